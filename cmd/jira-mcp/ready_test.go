package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// TestReadiness checks /readyz in both identities: with the credential of the process,
// and without any where the process has none; with Jira up and down. It shows no error.
func TestReadiness(t *testing.T) {
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		name   string
		env    map[string]string
		isDown bool
		want   int
	}{
		{"a process", map[string]string{"JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken}, false, 200},
		{"a process with a revoked token", map[string]string{"JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.RevokedToken}, false, 503},
		{"a process, Jira down", map[string]string{"JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken}, true, 503},
		{"callers", map[string]string{"JIRA_MCP_IDENTITY": "caller"}, false, 200},
		{"callers, Jira down", map[string]string{"JIRA_MCP_IDENTITY": "caller"}, true, 503},
	} {
		t.Run(one.name, func(t *testing.T) {
			var requests atomic.Int64
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				if one.isDown {
					w.WriteHeader(http.StatusBadGateway)
					return
				}
				if one.env["JIRA_MCP_IDENTITY"] == "caller" && r.Header.Get("Authorization") != "" {
					t.Error("a credential was sent:", r.URL)
				}
				site.ServeHTTP(w, r)
			}))
			t.Cleanup(srv.Close)
			one.env["JIRA_URL"], one.env["JIRA_MCP_LOG_LEVEL"] = srv.URL, "warn"
			c := &company{t: t, dir: t.TempDir(), process: newProcess(t, one.env)}
			c.start("http")
			for range 3 {
				res, err := http.Get(strings.TrimSuffix(c.url, "/mcp") + "/readyz") //nolint:noctx // loopback
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if res.StatusCode != one.want || strings.Contains(string(body), srv.URL) || strings.Contains(string(body), sandbox.Email) {
					t.Errorf("%d %s, want %d", res.StatusCode, body, one.want)
				}
			}
			if one.want == 200 && requests.Load() > 2 {
				t.Errorf("%d requests for three probes", requests.Load())
			}
		})
	}
}
