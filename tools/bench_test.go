package tools_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
)

// recorded answers every request as the sandbox answered it the first time,
// so that a benchmark measures this side alone.
func recorded(b *testing.B) http.Handler {
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
			again := httptest.NewRequest(r.Method, r.URL.String(), bytesReader(body))
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

func benchServer(b *testing.B) *tools.Server {
	b.Helper()
	return benchServerOf(b, recorded(b))
}

func benchServerOf(b *testing.B, site http.Handler) *tools.Server {
	b.Helper()
	srv := httptest.NewServer(site)
	b.Cleanup(srv.Close)
	base, _ := url.Parse(srv.URL)
	c, err := jira.New(jira.Options{Base: base, Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}})
	if err != nil {
		b.Fatal(err)
	}
	s, err := tools.NewServer(tools.Options{Deps: env.Env{Jira: c, Names: names.New(c, time.Now), Now: time.Now}, Policy: everything, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

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
