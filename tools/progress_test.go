package tools_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/tools"
)

// rateLimitedSite is a site that answers 429 a number of times.
type rateLimitedSite struct {
	mu    sync.Mutex
	times int
}

func (l *rateLimitedSite) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	status, body, h := 200, `{"accountId":"a1","displayName":"Ana Silva","timeZone":"Europe/Berlin"}`, http.Header{"Content-Type": {"application/json"}, "X-Aaccountid": {"a1"}}
	if l.times > 0 {
		l.times--
		status, body = 429, `{}`
		h.Set("Retry-After", "4")
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r, ProtoMajor: 1}, nil
}

// TestWaitsAreReportedAsProgress checks that waits for Jira's rate limit are
// reported as progress, to clients that asked for it only.
func TestWaitsAreReportedAsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site, _ := url.Parse("https://example.atlassian.net")
		way := &rateLimitedSite{}
		s, err := tools.NewServer(tools.Options{Jira: jira.Options{Base: site, Transport: way, MaxWait: 15 * time.Second, Credential: credential.Static{Email: "a@b.c", Token: credential.NewSecret("t")}}, Now: time.Now, Log: slog.New(slog.DiscardHandler), Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		cl, err := client.NewInProcessClient(s.MCP)
		if err != nil {
			t.Fatal(err)
		}
		if err := cl.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		var mu sync.Mutex
		var told []string
		cl.OnNotification(func(n mcp.JSONRPCNotification) {
			mu.Lock()
			defer mu.Unlock()
			text, _ := json.Marshal(n)
			told = append(told, string(text))
		})
		init := mcp.InitializeRequest{}
		init.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
		if _, err := cl.Initialize(t.Context(), init); err != nil {
			t.Fatal(err)
		}
		for _, token := range []mcp.ProgressToken{nil, "p-1"} {
			way.times, told = 2, nil
			time.Sleep(11 * time.Minute) // the cached user has expired
			req := mcp.CallToolRequest{}
			req.Params.Name = "jira_whoami"
			if token != nil {
				req.Params.Meta = &mcp.Meta{ProgressToken: token}
			}
			started := time.Now()
			res, err := cl.CallTool(t.Context(), req)
			if err != nil || res.IsError {
				t.Fatal(res, err)
			}
			if took := time.Since(started); took < 8*time.Second {
				t.Errorf("it took %s", took)
			}
			synctest.Wait()
			mu.Lock()
			switch {
			case token == nil && len(told) > 0:
				t.Errorf("nobody asked, and was told %v", told)
			case token != nil && len(told) != 2:
				t.Errorf("two waits, told %v", told)
			}
			for n, line := range told {
				if !strings.Contains(line, `"progressToken":"p-1"`) || !strings.Contains(line, `"progress":`+[]string{"1", "2"}[n]) || !strings.Contains(line, ": rate limited by Jira") {
					t.Errorf("told %s", line)
				}
			}
			mu.Unlock()
		}
	})
}
