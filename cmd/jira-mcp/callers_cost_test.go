package main

import (
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/httpserver"
)

// heap returns the bytes in use after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // less than 2^63
}

// mixedCalls are twenty calls of a user's day.
var mixedCalls = []string{"jira_whoami", "jira_list_projects", "jira_search", "jira_get_issue", "jira_get_fields", "jira_lookup", "jira_update_issue", "jira_add_comment", "jira_get_comments", "jira_get_history",
	"jira_list_boards", "jira_list_sprints", "jira_sprint_report", "jira_get_backlog", "jira_search", "jira_get_issue", "jira_log_work", "jira_workload", "jira_lookup", "jira_search"}

// TestServerOfOneUserIsSmall measures the server of one user among many: the time to
// build it, and its memory at once and after twenty calls.
func TestServerOfOneUserIsSmall(t *testing.T) {
	const users = 40
	c := newCompany(t, users, "http", map[string]string{"JIRA_MCP_LOG_LEVEL": "error", "JIRA_MCP_AUDIT_FILE": "", "JIRA_MCP_WRITES_PER_MINUTE": "0", "JIRA_MCP_TOOLSETS": "", "JIRA_MCP_ALLOW": ""})
	for _, u := range c.callers[3:] {
		u.jira.AddPerson(u.name, u.email, u.account, u.token)
	}
	a := &app{stdio: stdio{c.process.in, &c.process.out, &c.process.err}, now: time.Now, keyring: c.process.keyring, configDirs: func() ([]string, error) { return []string{c.process.dir}, nil }, lookup: func(name string) (string, bool) { v, ok := c.process.env[name]; return v, ok }}
	a.prepare()
	shared, err := a.wireCallers(t.Context(), &serveOptions{transport: "http"})
	if err != nil {
		t.Fatal(err)
	}
	defer shared.program.stop()
	var known []httpserver.User
	for _, u := range c.callers {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/mcp", nil)
		r.Header.Set("Authorization", u.header())
		one, err := shared.user(r)
		if err != nil {
			t.Fatal(err)
		}
		known = append(known, one)
	}
	first, err := known[0].Open() // renders what all share
	if err != nil {
		t.Fatal(err)
	}
	before, began := heap(), time.Now()
	var open []httpserver.Tenant
	for _, one := range known[1:] {
		built, err := one.Open()
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, built)
	}
	took, size := time.Since(began)/(users-1), (heap()-before)/(users-1)
	t.Logf("a server is built in %v and takes %d KiB", took, size>>10)
	if took > 3*time.Millisecond && !isRace || size > 200<<10 {
		t.Error("the bounds are 3 ms and 200 KiB")
	}
	runtime.KeepAlive(open)
	runtime.KeepAlive(first)
	for _, one := range open {
		one.Close()
	}

	// Once the program and its connections are warm, each further user adds this much.
	work := func(u *caller) {
		u.ask("tools/list", "", nil)
		for _, tool := range mixedCalls {
			u.call(tool, callOfTool[tool])
			u.mu.Lock()
			u.received.Reset()
			u.upstream.Reset()
			u.mu.Unlock()
		}
	}
	for _, u := range c.callers[3:10] {
		work(u)
	}
	before = heap()
	for _, u := range c.callers[10:] {
		work(u)
	}
	size = (heap() - before) / (users - 10)
	t.Logf("after %d calls it takes %d KiB", len(mixedCalls)+1, size>>10)
	if size > 512<<10 {
		t.Error("the bound is 512 KiB")
	}
}
