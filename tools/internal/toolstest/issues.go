package toolstest

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// JiraRequest sends a request to the sandbox, as a person does who uses Jira
// itself.
func (b *Server) JiraRequest(token, method, path, body string) []byte {
	b.T.Helper()
	r := httptest.NewRequestWithContext(b.T.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(sandbox.Email, token)
	w := httptest.NewRecorder()
	b.Sandbox.ServeHTTP(w, r)
	if w.Code >= 300 {
		b.T.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// SetDescription sets an issue's description, a document as JSON.
func (b *Server) SetDescription(key, doc string) {
	b.T.Helper()
	b.JiraRequest(sandbox.ClassicToken, "PUT", "/rest/api/3/issue/"+key, `{"fields":{"description":`+doc+`}}`)
}

// Field returns a field of an issue as Jira has it.
func (b *Server) Field(key, id string) any {
	b.T.Helper()
	var issue struct{ Fields map[string]any }
	if err := json.Unmarshal(b.JiraRequest(sandbox.ClassicToken, "GET", "/rest/api/3/issue/"+key, ""), &issue); err != nil {
		b.T.Fatal(err)
	}
	return issue.Fields[id]
}

// ReadIssue returns an issue's description and time of change as a model reads
// them.
func (b *Server) ReadIssue(key string) (description, updated string) {
	b.T.Helper()
	_, out := b.Ok("jira_get_issue", fmt.Sprintf(`{"issues":[%q]}`, key))
	issue := out["issues"].([]any)[0].(map[string]any)
	description, _ = issue["description"].(string)
	return description, issue["updated"].(string)
}

// JSONArgs returns arguments as JSON, from names and values in turn.
func JSONArgs(t *testing.T, pairs ...any) string {
	t.Helper()
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return string(MustJSON(t, m))
}

// WantDescription compares an issue's description with a document as JSON.
func (b *Server) WantDescription(key, doc string) {
	b.T.Helper()
	var want any
	if err := json.Unmarshal([]byte(doc), &want); err != nil {
		b.T.Fatal(err)
	}
	if diff := cmp.Diff(want, b.Field(key, "description")); diff != "" {
		b.T.Errorf("the description (-want +got):\n%s", diff)
	}
}
