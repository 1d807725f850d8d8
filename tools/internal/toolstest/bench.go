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
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
)

func NewBenchServer(b *testing.B, site http.Handler) *tools.Server {
	b.Helper()
	srv := httptest.NewServer(site)
	b.Cleanup(srv.Close)
	base, _ := url.Parse(srv.URL)
	c, err := jira.New(jira.Options{Base: base, Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}})
	if err != nil {
		b.Fatal(err)
	}
	s, err := tools.NewServer(tools.Options{Deps: env.Env{Jira: c, Names: names.New(c, time.Now), Now: time.Now}, Policy: Everything, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	return s
}
