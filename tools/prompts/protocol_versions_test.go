package prompts_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestPromptsInBothProtocolVersions checks prompts, a resource and a completion
// over streamable HTTP, with clients of the protocol version 2025-11-25 and of
// 2026-07-28.
func TestPromptsInBothProtocolVersions(t *testing.T) {
	for era, legacy := range map[string]bool{"2025-11-25": true, "2026-07-28": false} {
		t.Run(era, func(t *testing.T) {
			b := toolstest.New(t, policy.Policy{})
			srv := httptest.NewServer(server.NewStreamableHTTPServer(b.Tools.MCP, server.WithStateLess(true)))
			t.Cleanup(srv.Close)
			way, err := transport.NewStreamableHTTP(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			var options []client.ClientOption
			version := mcp.LATEST_PROTOCOL_VERSION
			if legacy {
				options, version = append(options, client.WithLegacyProtocolOnly()), era //nolint:staticcheck // the version of most clients
			}
			c := client.NewClient(way, options...)
			if err := c.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			init := mcp.InitializeRequest{}
			init.Params.ProtocolVersion, init.Params.ClientInfo = version, mcp.Implementation{Name: "a-client", Version: "1"}
			got, err := c.Initialize(t.Context(), init)
			if err != nil || got.Capabilities.Prompts == nil || got.Capabilities.Resources == nil || got.Capabilities.Completions == nil {
				t.Fatalf("%+v, %v", got, err)
			}
			b.Client = c
			for name, p := range map[string]struct {
				args map[string]string
				says string
			}{"sprint_summary": {map[string]string{"project": "PAY"}, "PAY Sprint 14"}, "daily_standup": {map[string]string{"project": "PAY"}, "Chidi Eze"}, "draft_comment": {map[string]string{"issue": "PAY-1"}, "May be notified"}} {
				if text, err := b.Prompt(t.Context(), name, p.args); err != nil || !strings.Contains(text, p.says) {
					t.Errorf("%s: %v\n%s", name, err, text)
				}
			}
			if kind, text, _, err := b.Resource(t.Context(), "jira://issue/PAY-1"); err != nil || kind != "text/markdown" || !strings.Contains(text, "# PAY-1") {
				t.Errorf("%s, %v\n%s", kind, err, text)
			}
			if got := b.Complete(t.Context(), "sprint_summary", "sprint", "PAY Sprint 1", map[string]string{"project": "PAY"}); len(got) < 4 {
				t.Errorf("%v", got)
			}
		})
	}
}
