package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
)

// TestHeadersNarrow checks, over streamable HTTP and SSE and with a real
// client, that the headers of a caller narrow both the list of tools and the
// calls.
func TestHeadersNarrow(t *testing.T) {
	for _, kind := range []string{"http", "sse"} {
		url := serving(t, kind)
		for name, c := range map[string]struct {
			headers map[string]string
			want    int
			not     string
		}{
			"none":       {nil, 19, "jira_create_issue"}, // the server excludes this tool
			"read-only":  {map[string]string{"X-MCP-Readonly": "true"}, 11, "jira_add_comment"},
			"a clear no": {map[string]string{"X-MCP-Readonly": "false"}, 19, "jira_create_issue"},
			"tools":      {map[string]string{"X-MCP-Tools": "jira_search, jira_create_issue"}, 1, "jira_create_issue"},
			"less":       {map[string]string{"X-MCP-Exclude-Tools": "jira_search"}, 18, "jira_search"},
			"toolsets":   {map[string]string{"X-MCP-Toolsets": "site"}, 1, "jira_search"},
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				cl := connected(t, kind, url, c.headers)
				list, err := cl.ListTools(t.Context(), mcp.ListToolsRequest{})
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for _, tool := range list.Tools {
					names = append(names, tool.Name)
				}
				if len(names) != c.want || slices.Contains(names, c.not) {
					t.Errorf("listed %v", names)
				}
				req := mcp.CallToolRequest{}
				req.Params.Name, req.Params.Arguments = c.not, map[string]any{}
				if res, err := cl.CallTool(t.Context(), req); err == nil && !res.IsError {
					t.Errorf("%s is called: %+v", c.not, res)
				}
			})
		}
	}
}

func serving(t *testing.T, kind string) (url string) {
	t.Helper()
	return servingWith(t, kind, map[string]string{"JIRA_MCP_EXCLUDE_TOOLS": "jira_create_issue"})
}

// servingWith serves the sandbox with settings until the test ends.
func servingWith(t *testing.T, kind string, env map[string]string) (url string) {
	t.Helper()
	p := newProcess(t, map[string]string{"JIRA_MCP_LOG_LEVEL": "error"})
	maps.Copy(p.env, env)
	a := &app{stdio: stdio{p.in, &p.out, &p.err}, now: p.now, keyring: p.keyring, lookup: func(name string) (string, bool) { v, ok := p.env[name]; return v, ok }}
	a.prepare()
	ctx, stop := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- a.serve(ctx, &serveOptions{transport: kind, sandbox: true, http: httpserver.Options{Listen: "127.0.0.1:0", Ready: func(u string) { ready <- u }}})
	}()
	t.Cleanup(func() { stop(); <-done })
	select {
	case url = <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	return url
}

func connected(t *testing.T, kind, url string, headers map[string]string) *client.Client {
	t.Helper()
	var cl *client.Client
	var err error
	if kind == "sse" {
		cl, err = client.NewSSEMCPClient(url, transport.WithHeaders(headers))
	} else {
		cl, err = client.NewStreamableHttpClient(url, transport.WithHTTPHeaders(headers))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := cl.Start(t.Context()); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", kind, err))
	}
	t.Cleanup(func() { _ = cl.Close() })
	init := mcp.InitializeRequest{}
	init.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	if _, err := cl.Initialize(t.Context(), init); err != nil {
		t.Fatal(err)
	}
	return cl
}

// TestSeveralHeaderLines checks that several lines of one header intersect, as of a
// client and of the gateway in front of this server.
func TestSeveralHeaderLines(t *testing.T) {
	for name, c := range map[string]struct {
		lines    map[string][]string
		readOnly bool
		tools    []string
		exclude  []string
	}{
		"a client's no before a gateway's yes": {map[string][]string{"X-Mcp-Readonly": {"false", "true"}}, true, nil, nil},
		"the other order":                      {map[string][]string{"X-Mcp-Readonly": {"true", "false"}}, true, nil, nil},
		"joined by a proxy":                    {map[string][]string{"X-Mcp-Readonly": {"false, true"}}, true, nil, nil},
		"both no":                              {map[string][]string{"X-Mcp-Readonly": {"false", "0"}}, false, nil, nil},
		"tools of both":                        {map[string][]string{"X-Mcp-Tools": {"jira_search, jira_get_issue", "jira_get_issue,jira_add_comment"}}, false, []string{"jira_get_issue"}, nil},
		"no tool of both":                      {map[string][]string{"X-Mcp-Tools": {"jira_search", "jira_get_issue"}}, false, []string{nothing}, nil},
		"an empty line":                        {map[string][]string{"X-Mcp-Tools": {"", "jira_get_issue"}}, false, []string{"jira_get_issue"}, nil},
		"less of both":                         {map[string][]string{"X-Mcp-Exclude-Tools": {"jira_search", "jira_get_issue"}}, false, nil, []string{"jira_search", "jira_get_issue"}},
	} {
		p, _ := policyFromHeaders(http.Header(c.lines))
		if p.ReadOnly != c.readOnly || !slices.Equal(p.Tools, c.tools) || !slices.Equal(p.Exclude, c.exclude) {
			t.Errorf("%s: read-only %v, tools %v, without %v", name, p.ReadOnly, p.Tools, p.Exclude)
		}
	}
	cl := connected(t, "http", serving(t, "http"), map[string]string{"X-MCP-Tools": nothing})
	if list, err := cl.ListTools(t.Context(), mcp.ListToolsRequest{}); err != nil || len(list.Tools) != 0 {
		t.Errorf("%d tools, %v", len(list.Tools), err)
	}
}
