package names_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// cachedLookups are lookups whose answers are kept, by the request that each of
// them makes.
var cachedLookups = map[string]func(context.Context, *names.Names) error{
	"field":                             func(ctx context.Context, n *names.Names) error { _, err := n.Fields(ctx); return err },
	"status":                            func(ctx context.Context, n *names.Names) error { _, err := n.Statuses(ctx); return err },
	"jql/autocompletedata":              func(ctx context.Context, n *names.Names) error { _, err := n.QueryReference(ctx); return err },
	"issueLinkType":                     func(ctx context.Context, n *names.Names) error { _, err := n.LinkTypes(ctx); return err },
	"project/search?query=payments":     func(ctx context.Context, n *names.Names) error { _, err := n.Project(ctx, "payments"); return err },
	"issue/createmeta/PAY/issuetypes":   func(ctx context.Context, n *names.Names) error { _, err := n.Types(ctx, "PAY"); return err },
	"issue/createmeta/PAY/issuetypes/1": func(ctx context.Context, n *names.Names) error { _, err := n.CreateScreen(ctx, "PAY", "1"); return err },
	"user/search?query=ana": func(ctx context.Context, n *names.Names) error {
		_, err := n.User(ctx, "assignee", "", "ana")
		return err
	},
	"board?projectKeyOrId=PAY":        func(ctx context.Context, n *names.Names) error { _, err := n.Boards(ctx, "PAY"); return err },
	"board?projectKeyOrId=OPS":        func(ctx context.Context, n *names.Names) error { _, err := n.OpenSprints(ctx, "OPS"); return err },
	"board/7/configuration":           func(ctx context.Context, n *names.Names) error { _, err := n.Configuration(ctx, 7); return err },
	"issue/createmeta/DEV/issuetypes": func(ctx context.Context, n *names.Names) error { _, err := n.Epics(ctx, "DEV", ""); return err },
	"configuration":                   func(ctx context.Context, n *names.Names) error { _, err := n.Duration(ctx, "1d"); return err },
}

// cacheAnswers are answers to the requests of cachedLookups.
func cacheAnswers() map[string]string {
	types := `{"issueTypes":[{"id":"1","name":"Story"}],"total":1}`
	return map[string]string{
		"field": siteFields, "status": list(`{"id":"1","name":"Open","statusCategory":{"key":"new"}}`), "jql/autocompletedata": `{"visibleFieldNames":[{"value":"status"}],"visibleFunctionNames":[]}`,
		"issueLinkType": `{"issueLinkTypes":[{"id":"1","name":"Blocks","inward":"is blocked by","outward":"blocks"}]}`, "project/search": values(`{"id":"1","key":"PAY","name":"Payments"}`),
		"issue/createmeta/PAY/issuetypes": types, "issue/createmeta/DEV/issuetypes": types,
		"issue/createmeta/PAY/issuetypes/1": `{"fields":[{"fieldId":"summary","name":"Summary"}],"total":1}`,
		"user/search":                       list(person("1", "Ana")), "board": values(`{"id":7,"name":"Team","type":"kanban"}`), "board/7/configuration": `{"id":7,"name":"Team","filter":{"id":"10"},"columnConfig":{"columns":[{"name":"Open","statuses":[]}]}}`,
		"configuration": `{"timeTrackingEnabled":true,"timeTrackingConfiguration":{"workingHoursPerDay":8,"workingDaysPerWeek":5}}`,
	}
}

// TestCacheFreshness checks that each answer is kept for less than five
// minutes, and that Refresh drops those of five seconds and older.
func TestCacheFreshness(t *testing.T) {
	t.Parallel()
	for request, lookup := range cachedLookups {
		t.Run(request, func(t *testing.T) {
			t.Parallel()
			n, site := newNames(t, cacheAnswers())
			look := func(step string, requests int) {
				t.Helper()
				if err := lookup(t.Context(), n); err != nil {
					t.Fatalf("%s: %v", step, err)
				}
				if asked := site.requests(); len(asked) != requests || requests == 1 && asked[0] != request {
					t.Errorf("%s: asked %q, want %d requests", step, asked, requests)
				}
			}
			look("at first", 1)
			site.now = site.now.Add(5*time.Minute - time.Second)
			look("just before five minutes", 0)
			site.now = site.now.Add(time.Second)
			look("after five minutes", 1)
			site.now = site.now.Add(4999 * time.Millisecond)
			if n.Refresh() {
				t.Error("Refresh drops an answer that is not five seconds old")
			}
			look("after Refresh within five seconds", 0)
			site.now = site.now.Add(time.Millisecond)
			if !n.Refresh() {
				t.Error("Refresh drops nothing after five seconds")
			}
			look("after Refresh", 1)
			if n.Refresh() {
				t.Error("a second Refresh drops something")
			}
		})
	}
}

// TestCacheKeys checks that different questions do not share an answer, and
// that the case of letters makes no difference.
func TestCacheKeys(t *testing.T) {
	t.Parallel()
	answers := cacheAnswers()
	for _, path := range []string{"issue/createmeta/OPS/issuetypes", "issue/createmeta/OPS/issuetypes/1", "issue/createmeta/PAY/issuetypes/2", "user/assignable/search"} {
		answers[path] = `{"issueTypes":[{"id":"1","name":"Task"}],"fields":[{"fieldId":"a","name":"A"}],"total":1}`
	}
	answers["board/8/configuration"] = answers["board/7/configuration"]
	answers["user/assignable/search"] = list(person("1", "Ana"))
	n, site := newNames(t, answers)
	for name, c := range map[string]struct {
		one, other, same func() error
	}{
		"types": {func() error { _, err := n.Types(t.Context(), "PAY"); return err }, func() error { _, err := n.Types(t.Context(), "OPS"); return err },
			func() error { _, err := n.Types(t.Context(), "pay"); return err }},
		"screens of a project": {func() error { _, err := n.CreateScreen(t.Context(), "PAY", "1"); return err }, func() error { _, err := n.CreateScreen(t.Context(), "OPS", "1"); return err },
			func() error { _, err := n.CreateScreen(t.Context(), "pay", "1"); return err }},
		"screens of a type": {func() error { _, err := n.CreateScreen(t.Context(), "PAY", "2"); return err }, func() error { return nil },
			func() error { _, err := n.CreateScreen(t.Context(), "pay", "2"); return err }},
		"people": {func() error { _, err := n.User(t.Context(), "", "", "ana"); return err }, func() error { _, err := n.User(t.Context(), "", "PAY", "ana"); return err },
			func() error { _, err := n.User(t.Context(), "", "pay", "ANA"); return err }},
		"configurations": {func() error { _, err := n.Configuration(t.Context(), 7); return err }, func() error { _, err := n.Configuration(t.Context(), 8); return err },
			func() error { _, err := n.Configuration(t.Context(), 7); return err }},
		"boards": {func() error { _, err := n.Boards(t.Context(), "PAY"); return err }, func() error { _, err := n.Boards(t.Context(), ""); return err },
			func() error { _, err := n.Boards(t.Context(), "pay"); return err }},
	} {
		want := 2
		if name == "screens of a type" {
			want = 1
		}
		for _, ask := range []func() error{c.one, c.other, c.same} {
			if err := ask(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if asked := site.requests(); len(asked) != want {
			t.Errorf("%s: asked %q, want %d requests", name, asked, want)
		}
	}
}

// TestNothingFoundIsNotKept checks that the answer that something does not
// exist is not kept: it may exist at any moment.
func TestNothingFoundIsNotKept(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"user/search": list(), "user/assignable/search": list(), "project/search": values(), "issue/createmeta/OPS/issuetypes": `{"issueTypes":[],"total":0}`, "board": values(),
		"issue/createmeta/PAY/issuetypes": `{"issueTypes":[{"id":"9","name":"Epic","hierarchyLevel":1}],"total":1}`, "search/jql": `{"issues":[],"isLast":true}`,
	}
	for name, ask := range map[string]func(*names.Names) error{
		"user":       func(n *names.Names) error { _, err := n.User(t.Context(), "assignee", "", "new"); return err },
		"assignable": func(n *names.Names) error { _, err := n.User(t.Context(), "assignee", "PAY", "new"); return err },
		"project":    func(n *names.Names) error { _, err := n.Project(t.Context(), "new"); return err },
		"type":       func(n *names.Names) error { _, err := n.Type(t.Context(), "OPS", "new"); return err },
		"board":      func(n *names.Names) error { _, err := n.Board(t.Context(), "PAY", "new"); return err },
		"epic":       func(n *names.Names) error { _, err := n.Epic(t.Context(), "PAY", "new"); return err },
	} {
		n, site := newNames(t, answers)
		var last []string
		for range 2 {
			if err := ask(n); err == nil {
				t.Errorf("%s: found", name)
			}
			last = site.requests()
		}
		if len(last) == 0 {
			t.Errorf("%s: the second attempt asks nothing", name)
		}
	}
}

// changingCredential is a source whose credential the test can change.
type changingCredential struct{ credential.Static }

// Credential implements [credential.Source].
func (c *changingCredential) Credential(context.Context) (credential.Credential, error) {
	return credential.Credential(c.Static), nil
}

// TestCachesBelongToAnAccount checks that an answer to one account is not given
// to the next one.
func TestCachesBelongToAnAccount(t *testing.T) {
	t.Parallel()
	for request, lookup := range cachedLookups {
		source := &changingCredential{credential.Static{Email: "a@example.com", Token: credential.NewSecret("a")}}
		n, site := newNames(t, cacheAnswers(), func(o *jira.Options) { o.Credential = source })
		ask := func() []string {
			if err := lookup(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			return site.requests()
		}
		ask()
		source.Static = credential.Static{Email: "b@example.com", Token: credential.NewSecret("b")}
		if _, err := n.User(t.Context(), "", "", "somebody else"); err != nil { // a request with the new credential
			t.Fatal(err)
		}
		site.requests()
		if asked := ask(); !slices.Contains(asked, request) {
			t.Errorf("%s: after the change the answer of the other account is used", request)
		}
	}
}

// TestErrorsAreNotKept checks that a failed lookup is repeated.
func TestErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	n, site := newNames(t, map[string]string{"field": `503 {"errorMessages":["down"]}`})
	var failed *jira.Error
	if _, err := n.FieldIDs(t.Context(), []string{"summary"}); !errors.As(err, &failed) {
		t.Errorf("error %v, want that of Jira", err)
	}
	site.answers["field"] = siteFields
	if _, err := n.FieldIDs(t.Context(), []string{"summary"}); err != nil {
		t.Error(err)
	}
}

// TestDamagedAnswersAreNotKept checks that an answer without what Jira always sends is
// an error and is not kept: the next lookup asks again.
func TestDamagedAnswersAreNotKept(t *testing.T) {
	t.Parallel()
	for request, lookup := range cachedLookups {
		for _, bad := range []string{`null`, `{}`, `{"error":"session expired"}`, `[null]`} {
			answers := cacheAnswers()
			path := request
			if _, ok := answers[path]; !ok {
				continue // an answer of several requests
			}
			right := answers[path]
			answers[path] = bad
			n, site := newNames(t, answers)
			if err := lookup(t.Context(), n); err == nil {
				t.Errorf("%s: %s was accepted", request, bad)
			}
			site.answers[path] = right
			if err := lookup(t.Context(), n); err != nil {
				t.Errorf("%s: after %s: %v", request, bad, err)
			}
		}
	}
}
