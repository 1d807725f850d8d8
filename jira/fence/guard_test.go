package fence_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// fakeLookup is a [fence.Lookup] with a few things in PAY and OPS. It records
// the calls.
type fakeLookup struct {
	asked    []string
	projects map[string]string // of issues, by key
	sprints  error             // of the agile API; nil if it works
}

// record records a call.
func (l *fakeLookup) record(what ...string) { l.asked = append(l.asked, strings.Join(what, " ")) }

func (l *fakeLookup) Projects(context.Context, []string) ([]fence.Project, error) {
	l.record("projects")
	return []fence.Project{{Key: "PAY", ID: "10000", Name: "Payments"}}, nil
}

func (l *fakeLookup) IssueProject(_ context.Context, issue string) (string, error) {
	l.record("issue", issue)
	return l.projects[issue], nil
}

func (l *fakeLookup) IssueProjects(_ context.Context, issues []string) ([]fence.Issue, error) {
	l.record("issues", strings.Join(issues, ","))
	var out []fence.Issue
	for _, i := range issues {
		if p := l.projects[i]; p != "" {
			out = append(out, fence.Issue{Key: i, ID: "id of " + i, Project: p})
		}
	}
	return out, nil
}

func (l *fakeLookup) Versions(_ context.Context, project string) ([]fence.Item, error) {
	l.record("versions", project)
	return []fence.Item{{ID: "1", Name: "24.12"}}, nil
}

func (l *fakeLookup) Components(_ context.Context, project string) ([]fence.Item, error) {
	l.record("components", project)
	return []fence.Item{{ID: "2", Name: "Ledger"}}, nil
}

func (l *fakeLookup) Fields(context.Context) ([]fence.Field, error) {
	l.record("fields")
	return []fence.Field{{ID: "customfield_1", Name: "Sprint", Custom: true, CustomType: fence.SprintFieldType}, {ID: "customfield_2", Name: "Owner", Custom: true, Type: "project"}}, nil
}

func (l *fakeLookup) FilterByID(_ context.Context, id string) ([]fence.SavedFilter, error) {
	l.record("filter", id)
	return nil, nil
}

func (l *fakeLookup) FiltersByName(_ context.Context, name string) ([]fence.SavedFilter, error) {
	l.record("filters", name)
	if name == "10" {
		return []fence.SavedFilter{{ID: "7", Name: "10", JQL: "project = PAY"}}, nil
	}
	return nil, nil
}

func (l *fakeLookup) HasIssues(_ context.Context, query string) (bool, error) {
	l.record("search", query)
	return strings.Contains(query, "32"), nil
}

func (l *fakeLookup) BoardProject(_ context.Context, board string) (string, error) {
	l.record("board", board)
	return map[string]string{"1": "PAY", "2": "OPS"}[board], l.sprints
}

func (l *fakeLookup) SprintBoard(_ context.Context, sprint string) (string, error) {
	l.record("sprint", sprint)
	return map[string]string{"31": "1", "32": "1", "41": "2"}[sprint], l.sprints
}

// newGuard returns a guard around PAY and DOCS, of which only PAY is writable,
// and its lookup.
func newGuard(t *testing.T) (*fence.Guard, *fakeLookup) {
	t.Helper()
	f, err := fence.New([]string{"PAY", "DOCS"}, []string{"PAY"})
	if err != nil {
		t.Fatal(err)
	}
	l := &fakeLookup{projects: map[string]string{"PAY-1": "PAY", "PAY-2": "PAY", "PAY-9": "OPS", "OPS-1": "OPS", "DOCS-1": "DOCS"}}
	return fence.NewGuard(fence.GuardOptions{Fence: f, Lookup: l, Now: time.Now, Log: slog.New(slog.DiscardHandler)}), l
}

// Operations whose requests the tests check.
var (
	transition = operation.Operation{ID: "doTransition", Method: http.MethodPost, Path: "/issue/{issue}/transitions", Answers: operation.AnswerNothing,
		Names: []operation.Reference{{Kind: operation.KindIssue, At: "path:issue"}, {Kind: operation.KindFields, At: "body:fields"}}}
	search = operation.Operation{ID: "search", Method: http.MethodPost, Path: "/search", ReadOnly: true, Answers: operation.AnswerIssues,
		Names: []operation.Reference{{Kind: operation.KindJQL, At: "body:jql"}}}
	progress = operation.Operation{ID: "progress", Method: http.MethodGet, Path: "/task/{id}", Answers: operation.AnswerSite,
		Names: []operation.Reference{{Kind: operation.KindTask, At: "path:id"}}}
	unlink = operation.Operation{ID: "unlink", Method: http.MethodDelete, Path: "/link/{id}", Answers: operation.AnswerNothing,
		Names: []operation.Reference{{Kind: operation.KindLink, At: "path:id"}}}
)

// TestCheckRequest checks which lookups the guard makes for a
// request, and that it refuses things outside before the request is sent.
func TestCheckRequest(t *testing.T) {
	for name, c := range map[string]struct {
		in    fence.Request
		says  string // part of the refusal; "" for none
		asked []string
	}{
		"an issue inside":                 {fence.Request{Operation: transition, Path: []string{"PAY-1"}}, "", []string{"issue PAY-1"}},
		"an issue that moved away":        {fence.Request{Operation: transition, Path: []string{"PAY-9"}}, `"PAY-9" is not in them`, []string{"issue PAY-9"}},
		"an issue that is not there":      {fence.Request{Operation: transition, Path: []string{"PAY-404"}}, `"PAY-404" is not in them, or does not exist`, []string{"issue PAY-404"}},
		"a project that is read only":     {fence.Request{Operation: transition, Path: []string{"DOCS-1"}}, "may write only in the projects PAY", []string{"issue DOCS-1"}},
		"a parent outside":                {fence.Request{Operation: transition, Path: []string{"PAY-1"}, Body: fields("parent", map[string]any{"key": "OPS-1"})}, `"OPS-1"`, []string{"issues PAY-1,OPS-1"}},
		"a harmless field with a key":     {fence.Request{Operation: transition, Path: []string{"PAY-1"}, Body: fields("labels", []any{"OPS-1"})}, "", []string{"issue PAY-1"}},
		"an unknown member":               {fence.Request{Operation: transition, Path: []string{"PAY-1"}, Body: map[string]any{"surprise": 1}}, `cannot check "surprise" of doTransition`, nil},
		"a sprint of a board inside":      {fence.Request{Operation: transition, Path: []string{"PAY-1"}, Body: fields("customfield_1", 31)}, "", []string{"issue PAY-1", "fields", "sprint 31", "board 1"}},
		"a sprint of a board outside":     {fence.Request{Operation: transition, Path: []string{"PAY-1"}, Body: fields("customfield_1", 41)}, "the requested item is not in them", []string{"issue PAY-1", "fields", "sprint 41", "board 2"}},
		"a project field, outside":        {fence.Request{Operation: transition, Path: []string{"PAY-1"}, Body: fields("customfield_2", map[string]any{"key": "OPS"})}, "the requested item is not in them", []string{"issue PAY-1", "fields", "projects"}},
		"a query":                         {fence.Request{Operation: search, Body: map[string]any{"jql": "fixVersion = 24.12"}}, "", []string{"projects", "versions PAY"}},
		"a filter by a name like an id":   {fence.Request{Operation: search, Body: map[string]any{"jql": "filter = 10"}}, "", []string{"projects", "filter 10", "filters 10"}},
		"a bulk operation of another":     {fence.Request{Operation: progress, Path: []string{"5"}}, "only on bulk operations it has started", nil},
		"a link of an issue never read":   {fence.Request{Operation: unlink, Path: []string{"5"}}, "only links of issues it has read before", nil},
		"an operation that declares none": {fence.Request{Operation: operation.Operation{ID: "x", Path: "/x/{id}", Answers: operation.AnswerSite}}, "cannot check x, whose declaration is incomplete", nil},
	} {
		g, l := newGuard(t)
		_, err := g.CheckRequest(t.Context(), c.in, fence.NewIssueCache())
		var refusal *fence.Error
		if (err == nil) != (c.says == "") || err != nil && (!errors.As(err, &refusal) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
		if !slices.Equal(l.asked, c.asked) {
			t.Errorf("%s: asked %q, want %q", name, l.asked, c.asked)
		}
	}
}

// fields returns a request body with one field.
func fields(id string, value any) map[string]any {
	return map[string]any{"fields": map[string]any{id: value}}
}

// TestIssueLookupsPerCall checks that one call of a tool looks up the project
// of an issue once, and that the next call looks it up again.
func TestIssueLookupsPerCall(t *testing.T) {
	g, l := newGuard(t)
	in := fence.Request{Operation: transition, Path: []string{"PAY-1"}}
	act := fence.NewIssueCache()
	for range 3 {
		if _, err := g.CheckRequest(t.Context(), in, act); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.asked) != 1 {
		t.Errorf("asked %q", l.asked)
	}
	l.projects["PAY-1"] = "OPS"
	if _, err := g.CheckRequest(t.Context(), in, fence.NewIssueCache()); err == nil {
		t.Error("a write believes where an issue was")
	}
}

// TestFilterResponse checks that the guard filters answers and records
// links and tasks from them, which later requests may name.
func TestFilterResponse(t *testing.T) {
	g, _ := newGuard(t)
	act := fence.NewIssueCache()
	read := fence.Request{Operation: operation.Operation{ID: "get", Method: http.MethodGet, Path: "/issue/{issue}", Answers: operation.AnswerIssue}, Path: []string{"PAY-1"}}
	body, outside, err := g.FilterResponse(t.Context(), read, []byte(`{"id":"1","key":"PAY-1","fields":{"issuelinks":[{"id":"5","outwardIssue":{"id":"2","key":"PAY-2"}},{"id":"6","outwardIssue":{"id":"3","key":"OPS-1"}}]}}`), act)
	if err != nil || outside || strings.Contains(string(body), "OPS-1") {
		t.Errorf("%s, %v, %v", body, outside, err)
	}
	if _, err := g.CheckRequest(t.Context(), fence.Request{Operation: unlink, Path: []string{"5"}}, act); err != nil {
		t.Errorf("a link that was read: %v", err)
	}
	if _, err := g.CheckRequest(t.Context(), fence.Request{Operation: unlink, Path: []string{"6"}}, act); err == nil {
		t.Error("a link that was filtered out may be removed")
	}
	if _, outside, _ := g.FilterResponse(t.Context(), read, []byte(`{"id":"3","key":"OPS-1","fields":{}}`), act); !outside {
		t.Error("an issue outside passes")
	}
	submit := fence.Request{Operation: operation.Operation{ID: "bulk", Method: http.MethodPost, Path: "/bulk", Answers: operation.AnswerTask}}
	if _, _, err := g.FilterResponse(t.Context(), submit, []byte(`{"taskId":"77"}`), act); err != nil {
		t.Fatal(err)
	}
	if _, err := g.CheckRequest(t.Context(), fence.Request{Operation: progress, Path: []string{"77"}}, act); err != nil {
		t.Errorf("its own bulk operation: %v", err)
	}
}

// TestSprintsWithoutTheAgileAPI checks that without the agile API a sprint is
// inside if an issue inside is in it, and that the refusal otherwise names the
// missing scopes.
func TestSprintsWithoutTheAgileAPI(t *testing.T) {
	for sprint, says := range map[any]string{32: "", 31: "cannot determine the project of a sprint without issues: a scope or a permission is missing (read:sprint)"} {
		g, l := newGuard(t)
		l.sprints = &fence.UnavailableError{Needs: "read:sprint", Err: errors.New("403")}
		_, err := g.CheckRequest(t.Context(), fence.Request{Operation: transition, Path: []string{"PAY-1"}, Body: fields("customfield_1", sprint)}, fence.NewIssueCache())
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("sprint %v: %v", sprint, err)
		}
	}
}
