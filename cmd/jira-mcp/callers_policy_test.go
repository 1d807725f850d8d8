package main

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestPolicyByPerson checks that rules narrow what each person gets, and nothing for
// others.
func TestPolicyByPerson(t *testing.T) {
	t.Parallel()
	file := writeFile(t, `
default:
  writes_per_minute: 4
rules:
  - name: readers
    account: 712020:user-1
    allow: [read]
    projects: [PAY]
  - name: nobody
    account: 712020:user-2
    deny: true
  - name: staff
    group: jira-software-users
    toolsets: [default, comments]
`)
	c := newCompany(t, 3, "http", map[string]string{"JIRA_MCP_POLICY_FILE": file})
	a, b, d := c.callers[0], c.callers[1], c.callers[2]
	for _, one := range []struct {
		who        *caller
		tool, args string
		says       string
	}{
		{a, "jira_add_comment", `{"issue":"PAY-1","body":"Mine"}`, "Commented on PAY-1"},
		{a, "jira_get_issue", `{"issues":["OPS-1"]}`, a.marker},
		{a, "jira_rank_issues", `{"issues":["PAY-100"],"after":"PAY-95"}`, "not found"},
		{b, "jira_get_issue", `{"issues":["PAY-1"]}`, b.marker},
		{b, "jira_get_issue", `{"issues":["OPS-1"]}`, "confined to the projects PAY"},
		{b, "jira_add_comment", `{"issue":"PAY-1","body":"Mine"}`, "not found"},
		{d, "jira_get_issue", `{"issues":["PAY-1"]}`, `rule \"nobody\" of JIRA_MCP_POLICY_FILE denies access`},
	} {
		if text := one.who.call(one.tool, one.args); !strings.Contains(text, one.says) {
			t.Errorf("%s, %s %s: no %q in %.500s", one.who.name, one.tool, one.args, one.says, text)
		}
	}
	refused := ""
	for range 5 {
		if text := a.call("jira_add_comment", `{"issue":"PAY-2","body":"More"}`); strings.Contains(text, `"isError":true`) {
			refused = text
		}
	}
	if !strings.Contains(refused, "at most 4 issues a minute") || !strings.Contains(refused, `writes_per_minute in rule \"default\" of JIRA_MCP_POLICY_FILE`) {
		t.Errorf("the limit: %s", refused)
	}
}

// TestPolicyIsReread changes the policy file: who is denied loses their stream at once,
// others keep theirs, and a broken file changes nothing.
func TestPolicyIsReread(t *testing.T) {
	t.Parallel()
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := writeFile(t, "default:\n  writes_per_minute: 50\n")
	c := newCompany(t, 2, "http", map[string]string{"JIRA_MCP_POLICY_FILE": file})
	a, b := c.callers[0], c.callers[1]
	ends := map[*caller]chan struct{}{}
	sessions := map[*caller]session{}
	for _, u := range c.callers {
		sessions[u] = u.open()
		ends[u] = sessions[u].stream(t.Context())
	}
	write(file, "default:\n  writes_per_minute: 50\nrules:\n  - account: 712020:user-0\n    denied: true\n")
	c.awaitLog("the earlier one stays")
	for _, u := range c.callers {
		if got := sessions[u].call("jira_get_issue", `{"issues":["PAY-1"]}`); !strings.Contains(got.body, u.marker) {
			t.Errorf("%s after a broken file: %d %.300s", u.name, got.status, got.body)
		}
	}
	write(file, "default:\n  writes_per_minute: 50\nrules:\n  - account: 712020:user-0\n    deny: true\n")
	select {
	case <-ends[a]:
	case <-time.After(20 * time.Second):
		t.Error("the stream of a denied user stays open")
	}
	if got := sessions[a].call("jira_get_issue", `{"issues":["PAY-1"]}`); got.status != http.StatusForbidden || !strings.Contains(got.body, "denies access") {
		t.Errorf("a denied user: %d %.300s", got.status, got.body)
	}
	if got := sessions[b].call("jira_get_issue", `{"issues":["PAY-1"]}`); !strings.Contains(got.body, b.marker) {
		t.Errorf("the session of another: %d %.300s", got.status, got.body)
	}
	select {
	case <-ends[b]:
		t.Error("the stream of another user has ended")
	default:
	}
	write(file, "default:\n  allow: [read]\n")
	c.awaitLogs("the policy file was read again", 2)
	if got := sessions[b].call("jira_get_issue", `{"issues":["PAY-1"]}`); got.status != http.StatusNotFound {
		t.Errorf("a session with other rights: %d %.300s", got.status, got.body)
	}
	if text := a.call("jira_add_comment", `{"issue":"PAY-1","body":"x"}`); !strings.Contains(text, "not found") {
		t.Errorf("after the change: %.300s", text)
	}
}

// stream opens the stream of a session. The channel is closed when it has ended.
func (s session) stream(ctx context.Context) chan struct{} {
	s.company.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.company.url, nil)
	if err != nil {
		s.company.t.Fatal(err)
	}
	req.Header.Set("Authorization", s.header())
	req.Header.Set("Mcp-Session-Id", s.id)
	req.Header.Set("Accept", "text/event-stream")
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		s.company.t.Fatal(err, res)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		defer res.Body.Close()
		for r := bufio.NewScanner(res.Body); r.Scan(); {
			continue
		}
	}()
	return closed
}

// awaitLog waits until the log contains a text.
func (c *company) awaitLog(text string) { c.t.Helper(); c.awaitLogs(text, 1) }

// awaitLogs waits until the log contains a text so often.
func (c *company) awaitLogs(text string, times int) {
	c.t.Helper()
	limit := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for strings.Count(c.process.err.String(), text) < times {
		select {
		case <-limit:
			c.t.Fatalf("no %q in the log", text)
		case <-tick.C:
		}
	}
}

// TestNoProjectIsNotAllProjects checks that lists with nothing in common leave nothing.
func TestNoProjectIsNotAllProjects(t *testing.T) {
	for _, one := range []struct{ a, b, want []string }{
		{nil, nil, nil}, {nil, []string{}, []string{}}, {[]string{}, nil, []string{}}, {nil, []string{"PAY"}, []string{"PAY"}}, {[]string{"PAY"}, nil, []string{"PAY"}},
		{[]string{"PAY"}, []string{"OPS"}, []string{}}, {[]string{"PAY", "OPS"}, []string{"OPS"}, []string{"OPS"}},
	} {
		if got := intersect(one.a, one.b); !slices.Equal(got, one.want) || (got == nil) != (one.want == nil) {
			t.Errorf("%v and %v: %v (nil: %v)", one.a, one.b, got, got == nil)
		}
	}
}
