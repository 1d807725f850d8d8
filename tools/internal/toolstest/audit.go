package toolstest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools"
)

// AuditFile is an audit file in memory.
type AuditFile struct {
	Mu       sync.Mutex
	b        bytes.Buffer
	WriteErr error // the error of every Write; nil for none
}

// Write implements io.Writer.
func (j *AuditFile) Write(p []byte) (int, error) {
	j.Mu.Lock()
	defer j.Mu.Unlock()
	if j.WriteErr != nil {
		return 0, j.WriteErr
	}
	return j.b.Write(p)
}

// Lines returns the lines written since it was last called.
func (j *AuditFile) Lines(t *testing.T) []map[string]any {
	t.Helper()
	j.Mu.Lock()
	defer j.Mu.Unlock()
	var out []map[string]any
	for _, line := range strings.Split(strings.TrimSuffix(j.b.String(), "\n"), "\n") {
		var l map[string]any
		if line == "" {
			continue
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, l)
	}
	j.b.Reset()
	return out
}

// NewAudited returns a server with every tool whose calls are audited.
func NewAudited(t *testing.T, a *tools.Audit) *Server {
	t.Helper()
	b := New(t, Everything)
	b.audit = a
	b.Connect(Everything, b.Sandbox)
	return b
}

// LostAnswers is a site that adds comments and then breaks the connection
// instead of answering.
type LostAnswers struct{ Next http.Handler }

// ServeHTTP implements http.Handler.
func (l LostAnswers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/comment") {
		l.Next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	l.Next.ServeHTTP(w, r)
}
