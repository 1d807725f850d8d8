package toolstest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// NewBent returns a server for a sandbox whose answers are changed before they are
// sent, as odd sites answer. bend gets the path of a request and the decoded
// answer, and returns what is sent instead. change may be nil.
func NewBent(t *testing.T, change func(*store.Site), bend func(path string, answer any) any) *Server {
	t.Helper()
	b := &Server{T: t, Clock: NewClock()}
	site, err := sandbox.New(sandbox.Options{Now: b.Clock.Now, Setup: change})
	if err != nil {
		t.Fatal(err)
	}
	b.Sandbox = site
	b.Connect(Everything, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.Mu.Lock()
		b.Requests = append(b.Requests, r.Method+" "+r.URL.Path)
		b.Mu.Unlock()
		rec := httptest.NewRecorder()
		site.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		var answer any
		if json.Unmarshal(body, &answer) == nil {
			body, _ = json.Marshal(bend(r.URL.Path, answer))
		}
		for name, values := range rec.Header() {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
	}))
	return b
}

// EachObject calls do for every JSON object in a decoded answer.
func EachObject(v any, do func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			EachObject(one, do)
		}
	case map[string]any:
		do(v)
		for _, one := range v {
			EachObject(one, do)
		}
	}
}
