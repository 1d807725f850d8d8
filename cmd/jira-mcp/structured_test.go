package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
)

// TestStructuredIsAskedFor checks with a real client, over streamable HTTP in
// both protocol eras and over SSE, that output schemas and structured content
// are sent to callers with the header, and to all with the setting.
func TestStructuredIsAskedFor(t *testing.T) {
	for _, everybody := range []bool{false, true} {
		for _, kind := range []string{"http", "legacy", "sse"} {
			transportName := map[string]string{"legacy": "http"}[kind]
			if transportName == "" {
				transportName = kind
			}
			env := map[string]string{}
			if everybody {
				env["JIRA_MCP_STRUCTURED"] = "true"
			}
			url := servingWith(t, transportName, env)
			for _, header := range []string{"", "true", "false"} {
				headers := map[string]string{}
				if header != "" {
					headers[httpserver.HeaderStructured] = header
				}
				cl := connected(t, transportName, url, headers)
				if kind == "legacy" {
					cl = legacyClient(t, url, headers)
				}
				want := everybody || header == "true"
				list, err := cl.ListTools(t.Context(), mcp.ListToolsRequest{})
				if err != nil {
					t.Fatal(err)
				}
				for _, tool := range list.Tools {
					if has := tool.OutputSchema.Type != "" || len(tool.RawOutputSchema) > 0; has != want {
						t.Errorf("%s, everybody %v, header %q: %s has an output schema: %v", kind, everybody, header, tool.Name, has)
						break
					}
				}
				for args, isError := range map[string]bool{`{"issues":["PAY-1"]}`: false, `{"issues":["PAY-99999"]}`: true} {
					req := mcp.CallToolRequest{}
					req.Params.Name, req.Params.Arguments = "jira_get_issue", json.RawMessage(args)
					res, err := cl.CallTool(t.Context(), req)
					if err != nil || res.IsError != isError {
						t.Fatal(err, res)
					}
					if has := res.StructuredContent != nil; has != (want && !isError) {
						t.Errorf("%s, everybody %v, header %q, error %v: structured content: %v", kind, everybody, header, isError, has)
					}
				}
			}
		}
	}
}

// legacyClient returns a client that speaks the protocol eras with a handshake.
func legacyClient(t *testing.T, url string, headers map[string]string) *client.Client {
	t.Helper()
	way, err := transport.NewStreamableHTTP(url, transport.WithHTTPHeaders(headers))
	if err != nil {
		t.Fatal(err)
	}
	cl := client.NewClient(way, client.WithLegacyProtocolOnly()) //nolint:staticcheck // the older eras are served as well
	if err := cl.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cl.Close() })
	init := mcp.InitializeRequest{}
	init.Params.ProtocolVersion = "2025-11-25"
	if _, err := cl.Initialize(t.Context(), init); err != nil {
		t.Fatal(err)
	}
	return cl
}

// TestStructuredIsRemembered checks that a session of the older eras whose
// tools/list had the header gets structured content in calls without it, until
// it lists without the header; and that 2026-07-28 needs it in each request.
func TestStructuredIsRemembered(t *testing.T) {
	url := servingWith(t, "http", nil)
	session := ""
	send := func(body string, headers ...string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json, text/event-stream")
		for n := 0; n+1 < len(headers); n += 2 {
			req.Header.Set(headers[n], headers[n+1])
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if id := res.Header.Get("Mcp-Session-Id"); id != "" {
			session = id
		}
		data, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`
	const list = `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`
	const call = `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"jira_whoami","arguments":{}}}`
	const header = httpserver.HeaderStructured
	check := func(what, answer, member string, want bool) {
		t.Helper()
		if !strings.Contains(answer, `"result"`) || strings.Contains(answer, member) != want {
			t.Errorf("%s: %s: %v, in %.300s", what, member, !want, answer)
		}
	}
	send(initialize)
	asked := session
	check("a list with the header", send(list, "Mcp-Session-Id", asked, header, "true"), "outputSchema", true)
	check("a call without it", send(call, "Mcp-Session-Id", asked), "structuredContent", true)
	check("a call that says no", send(call, "Mcp-Session-Id", asked, header, "false"), "structuredContent", false)
	send(initialize)
	check("another session", send(call, "Mcp-Session-Id", session), "structuredContent", false)
	check("a single call with the header", send(call, "Mcp-Session-Id", session, header, "1"), "structuredContent", true)
	check("the call after it", send(call, "Mcp-Session-Id", session), "structuredContent", false)
	check("a list without the header", send(list, "Mcp-Session-Id", asked), "outputSchema", false)
	check("a call after that", send(call, "Mcp-Session-Id", asked), "structuredContent", false)

	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`
	modern := []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Session-Id", asked}
	modernList := `{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{` + meta + `}}`
	modernCall := `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"jira_whoami","arguments":{},` + meta + `}}`
	check("a modern list with the header", send(modernList, append(modern, "Mcp-Method", "tools/list", header, "true")...), "outputSchema", true)
	check("a modern call without it", send(modernCall, append(modern, "Mcp-Method", "tools/call", "Mcp-Name", "jira_whoami")...), "structuredContent", false)
	check("a modern call with it", send(modernCall, append(modern, "Mcp-Method", "tools/call", "Mcp-Name", "jira_whoami", header, "true")...), "structuredContent", true)
}

// TestStructuredOverStdio checks the flag --structured, and that without it
// nothing is structured.
func TestStructuredOverStdio(t *testing.T) {
	for flag, want := range map[string]bool{"": false, "--structured": true} {
		p := newProcess(t, nil)
		args := []string{"serve", "--sandbox"}
		if flag != "" {
			args = append(args, flag)
		}
		p.in = strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}
{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"jira_whoami","arguments":{}}}
`)
		if code, _, stderr := p.run(t.Context(), args...); code != exitOK {
			t.Fatalf("%q: exit %d: %s", flag, code, stderr)
		}
		for _, member := range []string{"outputSchema", "structuredContent"} {
			if has := strings.Contains(p.out.String(), member); has != want {
				t.Errorf("%q: %s: %v", flag, member, has)
			}
		}
	}
}
