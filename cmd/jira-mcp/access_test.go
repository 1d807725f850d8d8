package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// lineOf returns the log line of a message whose members have some values.
func (c *company) lineOf(message string, want map[string]any) map[string]any {
	for line := range strings.Lines(c.process.err.String()) {
		var one map[string]any
		if json.Unmarshal([]byte(line), &one) != nil || one["msg"] != message {
			continue
		}
		fits := true
		for name, value := range want {
			fits = fits && one[name] == value
		}
		if fits {
			return one
		}
	}
	return nil
}

// TestAccessLog checks the lines of requests: who, which tool, how it ended, how long and
// how much, never what.
func TestAccessLog(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 2, "http", map[string]string{"JIRA_MCP_LOG_LEVEL": "info", "JIRA_MCP_AUDIT_FILE": ""}, func(o *serveOptions) { o.http.AccessLog = true })
	a, b := c.callers[0], c.callers[1]
	a.call("jira_get_issue", `{"issues":["PAY-1"]}`)
	b.call("jira_get_issue", `{"issues":["PAY-99999"]}`)
	s := a.open()
	s.call("jira_search", `{"jql":"project = PAY AND text ~ secretword"}`)
	a.ask("tools/call", a.token, map[string]any{"name": a.token, "arguments": map[string]any{}})
	for _, want := range []map[string]any{
		{"method": "tools/call", "tool": "jira_get_issue", "outcome": "ok", "person": a.account, "status": 200.0},
		{"method": "tools/call", "tool": "jira_get_issue", "outcome": "tool error", "person": b.account},
		{"method": "tools/call", "tool": "jira_search", "outcome": "ok", "person": a.account},
		{"method": "initialize", "outcome": "ok", "person": a.account},
	} {
		if line := c.lineOf("request", want); line == nil || line["took"] == nil || line["bytes"].(float64) == 0 || line["address"] == nil {
			t.Errorf("no line with %v: %v", want, line)
		}
	}
	a.ask(a.token, "", nil)
	s.post(`{"jsonrpc":"2.0","id":9,"method":"` + a.token + `"}`)
	a.send(http.MethodPost, "", map[string]string{"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "resources/read", "Mcp-Name": "other"}, `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"jira://issue/PAY-1?q=secretword"}}`)
	if line := c.lineOf("refused a request", map[string]any{"status": 400.0, "person": a.account, "tool": "(other)"}); line == nil {
		t.Error("a token in place of a tool has no line")
	}
	if log := c.process.err.String(); strings.Contains(log, a.token) || strings.Contains(log, "secretword") || strings.Contains(log, a.marker) || strings.Contains(log, s.id) {
		t.Errorf("the log shows content or a session's id: %s", log)
	}
}

// TestRefusalsAreLogged checks that a request that is turned away has a line without
// --access-log, with its reason and address and without a credential, and that others
// have none.
func TestRefusalsAreLogged(t *testing.T) {
	t.Parallel()
	c := newCompany(t, 1, "http", map[string]string{"JIRA_MCP_LOG_LEVEL": "info"}, func(o *serveOptions) { o.http.HashPeople = true })
	u := c.callers[0]
	u.call("jira_whoami", `{}`)
	u.send(http.MethodPost, "", map[string]string{"Authorization": "Basic bm9ib2R5QGV4YW1wbGUuY29tOndyb25ndG9rZW4="}, `{}`)
	u.send(http.MethodPost, "", map[string]string{"Authorization": ""}, `{}`)
	u.send(http.MethodPost, "", nil, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	u.send(http.MethodPost, "", nil, `not JSON, with a secretword`)
	u.send(http.MethodPost, "", map[string]string{"Origin": "https://evil.example.com"}, `{}`)
	for _, want := range []map[string]any{
		{"status": 401.0, "reason": "Jira rejected this credential: the token is wrong, expired or revoked, or it belongs to another e-mail address"},
		{"status": 401.0, "reason": "the client sent an empty header or an unexpanded variable in place of the credential: set the variable in the environment in which the client starts"},
		{"status": 400.0, "method": "tools/list", "reason": "the header Mcp-Session-Id is missing; initialize first"},
		{"status": 400.0, "reason": "the request is not JSON"},
		{"status": 403.0, "reason": "this Origin is not allowed; see --allowed-hosts"},
	} {
		line := c.lineOf("refused a request", want)
		if line == nil || !strings.HasPrefix(line["address"].(string), "127.0.0.1:") {
			t.Errorf("no line with %v: %v", want, line)
			continue
		}
		if person := line["person"].(string); person != "" && (!strings.HasPrefix(person, "#") || strings.Contains(person, u.account)) {
			t.Errorf("the person is %q", person)
		}
	}
	log := c.process.err.String()
	if c.lineOf("request", nil) != nil {
		t.Error("each request has a line without --access-log")
	}
	for _, secret := range []string{"wrongtoken", "bm9ib2R5", u.token, "secretword"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log shows %q", secret)
		}
	}
}
