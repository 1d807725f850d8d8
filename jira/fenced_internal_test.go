package jira

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
)

// TestUndeclaredOperationsAreRefused behind a fence, and every one that there
// is declares itself.
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
	for name, op := range map[string]Operation{
		"no answer":      {ID: "x", Method: http.MethodGet, Path: "/rest/api/3/x"},
		"an element":     {ID: "x", Method: http.MethodGet, Path: "/rest/api/3/version/{id}", Answers: AnswerSite},
		"an unknown one": {ID: "x", Method: http.MethodGet, Path: "/rest/api/3/version/{id}", Answers: AnswerSite, Names: []Naming{{Kind("version"), "path:id"}}},
	} {
		var args []string
		if strings.Contains(op.Path, "{") {
			args = []string{"1"}
		}
		if _, err := do[map[string]any](t.Context(), c, call{op: op, path: args}); OutcomeOf(err) != NotSent || !strings.Contains(err.Error(), "confined to the projects PAY") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if asked > 0 {
		t.Errorf("%d requests were sent", asked)
	}
	g := newGuard(f, time.Now)
	for _, op := range Operations() {
		if err := g.declared(op); err != nil {
			t.Errorf("%s: %v", op.ID, err)
		}
		for _, n := range op.Names {
			switch n.Kind {
			case KindIssue, KindProject, KindJQL, KindFields, KindUsers, KindAttachment, KindSite:
			default:
				t.Errorf("%s names a %s, which the guard does not know", op.ID, n.Kind)
			}
		}
	}
}

func TestIssuesInValues(t *testing.T) {
	for id, c := range map[string]struct {
		value any
		want  string
	}{
		"parent":            {map[string]any{"key": "OPS-1"}, "OPS-1"},
		"customfield_10014": {"OPS-7", "OPS-7"},
		"issuelinks":        {[]any{map[string]any{"add": map[string]any{"type": map[string]any{"name": "Blocks"}, "inwardIssue": map[string]any{"key": "OPS-3"}, "outwardIssue": map[string]any{"id": "77"}}}}, "OPS-3 77"},
		"labels":            {[]any{"a", "covid-19"}, ""},
		"customfield_1":     {map[string]any{"value": "UTF-8"}, ""},
		"description":       {map[string]any{"type": "doc", "content": []any{map[string]any{"text": "OPS-1"}}}, ""},
		"summary":           {"see OPS-1", ""},
	} {
		got := issuesIn(id, c.value)
		if len(got) == 2 && got[0] == "77" {
			got[0], got[1] = got[1], got[0]
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", id, got, c.want)
		}
	}
	if got := issuesIn("parent", map[string]any{"id": "10150"}); len(got) != 1 || got[0] != "10150" {
		t.Errorf("a parent by id: %v", got)
	}
}
