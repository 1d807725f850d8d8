package tools_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// The tests of this file hold answers that another Jira-compatible server gave
// against what was concluded from them.

// newAnswering returns a server for the sandbox in which answer may answer a
// request instead; it reports whether it did.
func newAnswering(t *testing.T, answer func(w http.ResponseWriter, r *http.Request) bool) *toolstest.Server {
	t.Helper()
	b := toolstest.New(t, toolstest.Everything)
	b.Connect(toolstest.Everything, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.Mu.Lock()
		b.Requests = append(b.Requests, r.Method+" "+r.URL.Path)
		b.Mu.Unlock()
		if !answer(w, r) {
			b.Sandbox.ServeHTTP(w, r)
		}
	}))
	return b
}

// TestMissingPath checks that a path which a server does not have is named, and
// that neither a project nor a proxy is blamed after Jira answered.
func TestMissingPath(t *testing.T) {
	t.Parallel()
	b := newAnswering(t, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/project/PAY/components") {
			return false
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<html>404</html>"))
		return true
	})
	b.Ok("jira_whoami", `{}`)
	text := b.Refused("jira_lookup", `{"kind":"component","project":"PAY"}`, "Not Found for GET /rest/api/3/project/{projectIdOrKey}/components", "Jira has answered other requests, so this path is missing")
	if strings.Contains(text, "no such project") || strings.Contains(text, "captive portal") {
		t.Error(text)
	}
	b.Refused("jira_lookup", `{"kind":"component","project":"NOPE"}`, "no such project is visible")
}

// TestAbsentPermissions checks that a permission about which a server says nothing
// is not taken as refused.
func TestAbsentPermissions(t *testing.T) {
	t.Parallel()
	b := newAnswering(t, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/mypermissions") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-AAccountId", "somebody")
		_, _ = w.Write([]byte(`{"permissions":{"CREATE_ISSUES":{"havePermission":false},"BROWSE_PROJECTS":{"havePermission":true}}}`))
		return true
	})
	left, err := b.Tools.Unavailable(t.Context())
	if err != nil || left["jira_create_issue"] == "" || left["jira_add_comment"] != "" || left["jira_update_issue"] != "" {
		t.Errorf("left out: %v (%v)", left, err)
	}
	b.Ok("jira_add_comment", `{"issue":"PAY-9","body":"x","dry_run":true}`)
}

// TestEditWithoutAnswer checks that an edit which is confirmed with 204 is done,
// and that the values come from one read.
func TestEditWithoutAnswer(t *testing.T) {
	t.Parallel()
	var b *toolstest.Server
	b = newAnswering(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut || !strings.HasSuffix(r.URL.Path, "/issue/PAY-9") {
			return false
		}
		r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, "returnIssue=true", "returnIssue=false")
		b.Sandbox.ServeHTTP(w, r)
		return true
	})
	b.TakeRequests()
	text, _ := b.Ok("jira_update_issue", `{"issue":"PAY-9","summary":"Another one"}`)
	if !strings.Contains(text, "→ Another one") || strings.Contains(text, "lost") {
		t.Error(text)
	}
	if reads := toolstest.CountRequests(b.TakeRequests(), "GET /rest/api/3/issue/PAY-9"); reads != 2 {
		t.Errorf("the issue was read %d times, want 2: before and after", reads)
	}
}

// TestQueryReferenceWithoutFunctions checks that a function is not called unknown
// if the server lists none.
func TestQueryReferenceWithoutFunctions(t *testing.T) {
	t.Parallel()
	b := newAnswering(t, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/jql/autocompletedata") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-AAccountId", "somebody")
		_, _ = w.Write([]byte(`{"visibleFieldNames":[],"visibleFunctionNames":[],"jqlReservedWords":[]}`))
		return true
	})
	text := b.Refused("jira_search", `{"jql":"sprint in openSprints() AND status = Dne"}`, `Did you mean "Done"`)
	if strings.Contains(text, "No function") || strings.Contains(text, "No field") {
		t.Error(text)
	}
}
