package issues_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestTransitionsOfOneName checks that two transitions with one name are told
// apart by their ids, and that a field which a validator requires is named with
// the call that sets it.
func TestTransitionsOfOneName(t *testing.T) {
	t.Parallel()
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &toolstest.Server{T: t, Clock: toolstest.NewClock(), Sandbox: site}
	var sent string
	b.Connect(toolstest.Everything, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/issue/PAY-11/transitions") {
			site.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodGet {
			rec := httptest.NewRecorder()
			site.ServeHTTP(rec, r)
			w.Header().Set("X-AAccountId", rec.Header().Get("X-AAccountId"))
			_, _ = io.WriteString(w, `{"transitions":[{"id":"31","name":"Close","to":{"id":"3","name":"Done"},"fields":{}},{"id":"41","name":"Close","to":{"id":"2","name":"In Review"},"fields":{}}]}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		sent = string(body)
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"errorMessages":[],"errors":{"customfield_10016":"Story Points is required."}}`)
	}))
	b.Refused("jira_transition_issue", `{"issue":"PAY-11","to":"Close"}`, `several transitions fit "Close"`, "Close → Done (31)", "Close → In Review (41)", "Nothing was changed")
	if sent != "" {
		t.Errorf("sent %s", sent)
	}
	text := b.Refused("jira_transition_issue", `{"issue":"PAY-11","to":"41"}`, "Story Points: Story Points is required", "Set it first: jira_update_issue")
	if !strings.Contains(sent, `"id":"41"`) || strings.Contains(text, "customfield_") {
		t.Errorf("sent %s, answer %s", sent, text)
	}
}
