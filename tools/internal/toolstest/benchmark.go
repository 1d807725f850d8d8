package toolstest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools"
)

// NewBenchServer returns a server with every tool over a site, for benchmarks.
func NewBenchServer(b *testing.B, site http.Handler) *tools.Server {
	b.Helper()
	srv := httptest.NewServer(site)
	b.Cleanup(srv.Close)
	base, _ := url.Parse(srv.URL)
	s, err := tools.NewServer(tools.Options{Jira: jira.Options{Base: base, Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}}, Now: time.Now, Policy: Everything, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	return s
}
