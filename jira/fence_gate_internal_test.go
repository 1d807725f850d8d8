package jira

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// TestUndeclaredOperationsAreRefused checks that a client behind a fence sends
// no operation that does not declare what it names and answers, and that all of
// the client's operations declare it.
func TestUndeclaredOperationsAreRefused(t *testing.T) {
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"ok":true}`))
	}))
	defer srv.Close()
	base, _ := url.Parse(srv.URL)
	f, err := fence.New([]string{"PAY"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{Base: base, Fence: f, Credential: credential.Static{Token: credential.NewSecret("t")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, op := range map[string]operation.Operation{
		"no answer":      {ID: "x", Method: http.MethodGet, Path: "/rest/api/3/x"},
		"an element":     {ID: "x", Method: http.MethodGet, Path: "/rest/api/3/version/{id}", Answers: operation.AnswerSite},
		"an unknown one": {ID: "x", Method: http.MethodGet, Path: "/rest/api/3/version/{id}", Answers: operation.AnswerSite, Names: []operation.Reference{{Kind: operation.Kind("dashboard"), At: "path:id"}}},
	} {
		var args []string
		if strings.Contains(op.Path, "{") {
			args = []string{"1"}
		}
		if _, err := do[map[string]any](t.Context(), c, request{op: op, path: args}); OutcomeOf(err) != NotSent || !strings.Contains(err.Error(), "confined to the projects PAY") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if asked > 0 {
		t.Errorf("%d requests were sent", asked)
	}
	for _, op := range Operations() {
		if err := c.guard.CheckDeclared(op); err != nil {
			t.Errorf("%s: %v", op.ID, err)
		}
		for _, n := range op.Names {
			switch n.Kind {
			case operation.KindIssue, operation.KindProject, operation.KindJQL, operation.KindFields, operation.KindNewFields, operation.KindProjectList, operation.KindUsers, operation.KindAttachment, operation.KindFieldValues, operation.KindSite, operation.KindLink, operation.KindPart, operation.KindVersion, operation.KindBoard, operation.KindSprint, operation.KindTask, operation.KindNewIssues, operation.KindBulkMove:
			default:
				t.Errorf("%s names a %s, which the guard does not know", op.ID, n.Kind)
			}
		}
	}
}

// newFencedClient returns a client behind a fence around PAY, and the requests
// that the fake site h receives.
func newFencedClient(t *testing.T, h http.HandlerFunc) (*Client, *[]string) {
	t.Helper()
	return newFencedClientOf(t, []string{"PAY"}, nil, h)
}

// newFencedClientOf is newFencedClient for other projects.
func newFencedClientOf(t *testing.T, projects, writable []string, h http.HandlerFunc) (*Client, *[]string) {
	t.Helper()
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-AAccountId", "a1")
		h(w, r)
	}))
	t.Cleanup(srv.Close)
	base, _ := url.Parse(srv.URL)
	f, err := fence.New(projects, writable)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{Base: base, Fence: f, Credential: credential.Static{Token: credential.NewSecret("t")}})
	if err != nil {
		t.Fatal(err)
	}
	return c, &asked
}

// serveIssueProjects answers the fence's lookups and reports whether it did:
// issues with a key PAY-… are in PAY, all others in OPS. The project list
// contains PAY, whose name is OPS.
func serveIssueProjects(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case strings.HasSuffix(r.URL.Path, "/project/search"):
		_, _ = w.Write([]byte(`{"values":[{"id":"10000","key":"PAY","name":"OPS","projectTypeKey":"software"}],"isLast":true,"total":1}`))
	case r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/issue/") && r.URL.Query().Get("fields") == "project":
		project := "OPS"
		if strings.Contains(r.URL.Path, "/PAY-") || strings.HasSuffix(r.URL.Path, "/issue/1") {
			project = "PAY"
		}
		_, _ = w.Write([]byte(`{"id":"1","key":"` + project + `-1","fields":{"project":{"id":"1","key":"` + project + `"}}}`))
	case strings.HasSuffix(r.URL.Path, "/issue/bulkfetch"):
		var ask struct {
			Issues []string `json:"issueIdsOrKeys"`
		}
		_ = json.NewDecoder(r.Body).Decode(&ask)
		var list []string
		for n, key := range ask.Issues {
			project := "OPS"
			if strings.HasPrefix(key, "PAY-") {
				project = "PAY"
			}
			id := key
			if project == "PAY" {
				id = strconv.Itoa(n + 1)
			} else {
				key = "OPS-7"
			}
			list = append(list, fmt.Sprintf(`{"id":%q,"key":%q,"fields":{"project":{"id":"1","key":%q}}}`, id, key, project))
		}
		_, _ = fmt.Fprintf(w, `{"issues":[%s]}`, strings.Join(list, ","))
	default:
		return false
	}
	return true
}

// TestWritesThatLeadOutside checks that a write whose body leads outside the
// fence is not sent.
func TestWritesThatLeadOutside(t *testing.T) {
	c, asked := newFencedClient(t, func(w http.ResponseWriter, r *http.Request) {
		if !serveIssueProjects(w, r) {
			_, _ = w.Write([]byte(`{"id":"1","key":"PAY-1","fields":{}}`))
		}
	})
	link := []any{map[string]any{"add": map[string]any{"type": map[string]string{"name": "Blocks"}, "outwardIssue": map[string]string{"key": "10150"}}}}
	inside := map[string]string{"key": "PAY"}
	for name, write := range map[string]func() error{
		"a parent by its number": func() error {
			_, err := c.CreateIssue(t.Context(), NewIssue{Fields: map[string]any{"project": inside, "parent": map[string]string{"key": "10150"}}})
			return err
		},
		"a parent, edited": func() error {
			_, err := c.EditIssue(t.Context(), "PAY-2", Edit{Fields: map[string]any{"parent": map[string]any{"id": 10150}}})
			return err
		},
		"a link, edited": func() error {
			_, err := c.EditIssue(t.Context(), "PAY-2", Edit{Update: map[string][]any{"issuelinks": link}})
			return err
		},
		"a link of a move": func() error {
			return c.Transition(t.Context(), "PAY-2", TransitionRequest{TransitionID: "1", Update: map[string][]any{"issuelinks": link}})
		},
		"an epic's key with blanks": func() error {
			_, err := c.EditIssue(t.Context(), "PAY-2", Edit{Fields: map[string]any{"customfield_10014": " OPS-3 "}})
			return err
		},
		"a project called as another is": func() error {
			_, err := c.CreateIssue(t.Context(), NewIssue{Fields: map[string]any{"project": map[string]string{"key": "OPS"}}})
			return err
		},
		"no project": func() error {
			_, err := c.CreateIssue(t.Context(), NewIssue{Fields: map[string]any{"summary": "x"}})
			return err
		},
	} {
		*asked = nil
		if err := write(); OutcomeOf(err) != NotSent || err == nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, r := range *asked {
			if !strings.HasPrefix(r, "GET") && !strings.HasSuffix(r, "/bulkfetch") {
				t.Errorf("%s: sent %s", name, r)
			}
		}
	}
	if _, err := Collect(c.CreatableIssueTypes(t.Context(), "OPS"), 10); err == nil {
		t.Error("the screens of a project outside are read by another's name")
	}
}

// TestAnswersBehindTheFence checks how answers are filtered, with answers as
// real sites give them.
func TestAnswersBehindTheFence(t *testing.T) {
	body := ""
	c, _ := newFencedClient(t, func(w http.ResponseWriter, r *http.Request) {
		if !serveIssueProjects(w, r) {
			_, _ = w.Write([]byte(body))
		}
	})
	body = `[{"id":"a","name":"A"},{"id":"b","name":"B","scope":{"type":"PROJECT","project":{"id":"10000"}}},{"id":"c","name":"C","scope":{"type":"PROJECT","project":{"id":"10001"}}}]`
	if fields, err := c.Fields(t.Context()); err != nil || len(fields) != 2 {
		t.Errorf("fields of team-managed projects, inside and outside: %v, %v", fields, err)
	}
	body = `{"id":"1","key":"PAY-1","fields":{"customfield_10014":"OPS-3","customfield_1":["OPS-5","PAY-6"],"customfield_2":{"key":"OPS-4","summary":"outside"},"summary":"…/attachment/content/777","attachment":[{"id":"5"}]}}`
	issue, err := c.GetIssue(t.Context(), "PAY-1", nil, nil)
	if err != nil || len(issue.Fields) != 3 || string(issue.Fields["customfield_1"]) != `["PAY-6"]` {
		t.Errorf("custom fields: %s, %v", issue.Fields, err)
	}
	if _, err := c.AttachmentContent(t.Context(), "777"); OutcomeOf(err) != NotSent || err == nil {
		t.Errorf("a file that a summary names: %v", err)
	}
	if _, err := c.AttachmentContent(t.Context(), "5"); err != nil {
		t.Errorf("a file of an issue that was read: %v", err)
	}
	// Somebody moved the issue to another project during the edit.
	body = `{"id":"1","key":"OPS-77","fields":{}}`
	if _, err := c.EditIssue(t.Context(), "PAY-2", Edit{Fields: map[string]any{"summary": "x"}}); OutcomeOf(err) != Done || strings.Contains(err.Error(), "OPS-77") {
		t.Errorf("an edit of an issue that moved: %v, %v", OutcomeOf(err), err)
	}
	body = `<html>`
	if _, err := c.GetIssue(t.Context(), "PAY-1", nil, nil); err == nil {
		t.Error("what cannot be filtered comes through")
	}
}

// TestLinkTargetMustBeWritable checks that a link or a parent needs a
// project that may be written to on both sides.
func TestLinkTargetMustBeWritable(t *testing.T) {
	c, asked := newFencedClientOf(t, []string{"PAY", "OPS"}, []string{"PAY"}, func(w http.ResponseWriter, r *http.Request) {
		if !serveIssueProjects(w, r) {
			_, _ = w.Write([]byte(`{"id":"1","key":"PAY-1","fields":{}}`))
		}
	})
	link := func(key string) Edit {
		return Edit{Update: map[string][]any{"issuelinks": {map[string]any{"add": map[string]any{"type": map[string]string{"name": "Blocks"}, "outwardIssue": map[string]string{"key": key}}}}}}
	}
	parent := func(key string) map[string]any {
		return map[string]any{"project": map[string]string{"key": "PAY"}, "parent": map[string]string{"key": key}}
	}
	for key, want := range map[string]bool{"PAY-3": true, "OPS-3": false} {
		*asked = nil
		_, err := c.EditIssue(t.Context(), "PAY-2", link(key))
		if (err == nil) != want {
			t.Errorf("a link to %s: %v", key, err)
		}
		if _, err := c.CreateIssue(t.Context(), NewIssue{Fields: parent(key)}); (err == nil) != want {
			t.Errorf("a parent %s: %v", key, err)
		}
		for _, r := range *asked {
			if !want && !strings.HasPrefix(r, "GET") && !strings.HasSuffix(r, "/bulkfetch") {
				t.Errorf("sent %s", r)
			}
		}
	}
}

// TestCustomFieldsThatNameProjects checks that custom fields whose values are
// projects or versions are checked, in writes and in queries.
func TestCustomFieldsThatNameProjects(t *testing.T) {
	var query string
	c, asked := newFencedClient(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case serveIssueProjects(w, r):
		case strings.HasSuffix(r.URL.Path, "/field"):
			_, _ = w.Write([]byte(`[{"id":"customfield_10077","name":"Owning project","custom":true,"clauseNames":["cf[10077]","Owning project"],"schema":{"type":"project"}},
				{"id":"customfield_10078","name":"Target","custom":true,"clauseNames":["cf[10078]","Target"],"schema":{"type":"array","items":"version"}}]`))
		case strings.HasSuffix(r.URL.Path, "/versions"):
			_, _ = w.Write([]byte(`[{"id":"10202","name":"24.12","released":false}]`))
		case strings.HasSuffix(r.URL.Path, "/search/jql"):
			body, _ := io.ReadAll(r.Body)
			query = string(body)
			_, _ = w.Write([]byte(`{"issues":[],"isLast":true}`))
		default:
			_, _ = w.Write([]byte(`{"id":"1","key":"PAY-1","fields":{}}`))
		}
	})
	for value, want := range map[string]bool{"10000": true, "10001": false} {
		*asked = nil
		_, err := c.EditIssue(t.Context(), "PAY-2", Edit{Fields: map[string]any{"customfield_10077": map[string]string{"id": value}}})
		if (err == nil) != want {
			t.Errorf("project %s: %v, %v", value, err, *asked)
		}
	}
	for q, want := range map[string]bool{`"Owning project" = PAY`: true, `"Owning project" = DOCS`: false, "cf[10077] in (10001)": false, "cf[10078] = 24.12": true, "Target = secret": false, "target is not empty": true} {
		query = ""
		_, err := c.SearchPage(t.Context(), Search{JQL: q})
		if (err == nil) != want || (query != "") != want {
			t.Errorf("%s: %v", q, err)
		}
	}
}

// TestMovedIssueIsLookedUpAgain checks that the project of an issue is looked
// up again for each action, if the answer does not contain it: the issue may
// have moved.
func TestMovedIssueIsLookedUpAgain(t *testing.T) {
	moved := false
	c, _ := newFencedClient(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case moved && strings.Contains(r.URL.Path, "/issue/PAY-90") && r.URL.Query().Get("fields") == "project":
			_, _ = w.Write([]byte(`{"id":"1","key":"OPS-99","fields":{"project":{"id":"10001","key":"OPS"}}}`))
		case serveIssueProjects(w, r):
		case strings.HasSuffix(r.URL.Path, "/transitions"):
			_, _ = w.Write([]byte(`{"transitions":[]}`))
		}
	})
	if _, err := c.Transitions(t.Context(), "PAY-90"); err != nil {
		t.Fatal(err)
	}
	moved = true
	if _, err := c.Transitions(t.Context(), "PAY-90"); OutcomeOf(err) != NotSent || err == nil {
		t.Errorf("after it moved: %v", err)
	}
}
