package tools_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// replaySandbox returns a handler that answers each request as the sandbox
// answered it the first time, so that a benchmark measures this program alone.
func replaySandbox(b *testing.B) http.Handler {
	b.Helper()
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		b.Fatal(err)
	}
	known := map[string]*httptest.ResponseRecorder{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		rec := known[r.URL.String()]
		if rec == nil {
			rec = httptest.NewRecorder()
			again := httptest.NewRequest(r.Method, r.URL.String(), toolstest.BytesReader(body))
			again.Header = r.Header
			site.ServeHTTP(rec, again)
			known[r.URL.String()] = rec
		}
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// benchServer returns a server over such answers.
func benchServer(b *testing.B) *tools.Server {
	b.Helper()
	return toolstest.NewBenchServer(b, replaySandbox(b))
}

// benchCall measures one call, from the JSON-RPC message to the encoded
// response.
func benchCall(b *testing.B, tool, args string) {
	s := benchServer(b)
	message := json.RawMessage(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + tool + `","arguments":` + args + `}}`)
	b.ReportAllocs()
	for b.Loop() {
		res, ok := s.MCP.HandleMessage(b.Context(), message).(mcp.JSONRPCResponse)
		if !ok {
			b.Fatal("an error")
		}
		if _, err := json.Marshal(res); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGetIssue(b *testing.B) { benchCall(b, "jira_get_issue", `{"issues":["PAY-1"]}`) }

func BenchmarkSearch50(b *testing.B) {
	benchCall(b, "jira_search", `{"jql":"project = PAY","limit":50}`)
}
