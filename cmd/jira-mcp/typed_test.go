package main

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// TestTypedText checks that a person who starts the server in a terminal gets
// hints, and that messages still work there.
func TestTypedText(t *testing.T) {
	p := newProcess(t, map[string]string{"JIRA_URL": "http://127.0.0.1:1", "JIRA_EMAIL": sandbox.Email, "JIRA_API_TOKEN": sandbox.ClassicToken})
	p.person = true
	p.in = strings.NewReader("help\n\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n")
	code, out, err := p.run(t.Context())
	if code != exitOK || strings.Contains(out, "error") || !strings.Contains(out, `"id":1`) {
		t.Errorf("%d, %s", code, out)
	}
	has(t, "stderr", err, "jira-mcp install CLIENT", "That is not a message of the Model Context Protocol")
	if strings.Count(err, "That is not a message") != 1 {
		t.Error(err)
	}
}
