package tools_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestPolicies checks which tools a policy offers.
func TestPolicies(t *testing.T) {
	all := []string{"jira_add_comment", "jira_create_issue", "jira_create_issues", "jira_get_attachment", "jira_get_fields", "jira_get_history", "jira_get_issue", "jira_link_issues", "jira_list_boards", "jira_list_projects", "jira_list_sprints", "jira_log_work",
		"jira_lookup", "jira_move_to_sprint", "jira_search", "jira_sprint_report", "jira_transition_issue", "jira_update_comment", "jira_update_issue", "jira_whoami"}
	reads := []string{"jira_get_attachment", "jira_get_fields", "jira_get_history", "jira_get_issue", "jira_list_boards", "jira_list_projects", "jira_list_sprints", "jira_lookup", "jira_search", "jira_sprint_report", "jira_whoami"}
	sorted := func(list []string, more ...string) []string {
		out := append(slices.Clone(list), more...)
		slices.Sort(out)
		return out
	}
	var whole []string
	for _, t := range tools.NewCatalog() {
		whole = append(whole, t.Name)
	}
	for name, c := range map[string]struct {
		policy policy.Policy
		want   []string
	}{
		"everything":               {policy.Policy{}, all},
		"read-only":                {policy.Policy{ReadOnly: true}, reads},
		"read-only beats allow":    {policy.Policy{ReadOnly: true, Allow: kit.Effects}, reads},
		"effects":                  {policy.Policy{Allow: []kit.Effect{kit.Read, kit.Comment}}, sorted(reads, "jira_add_comment", "jira_update_comment")},
		"no reading":               {policy.Policy{Allow: []kit.Effect{kit.Create}}, []string{"jira_create_issue", "jira_create_issues"}},
		"toolsets":                 {policy.Policy{Toolsets: []string{"projects", "site"}}, []string{"jira_list_projects", "jira_lookup", "jira_whoami"}},
		"the default set":          {policy.Policy{Toolsets: []string{"default"}}, all},
		"and one more":             {policy.Policy{Toolsets: []string{"default", "filters"}}, sorted(all, "jira_find_filters", "jira_run_filter")},
		"all toolsets":             {policy.Policy{Toolsets: []string{"all"}, Allow: kit.Effects}, whole},
		"deleting, asked for":      {policy.Policy{Allow: []kit.Effect{kit.Delete}}, []string{"jira_delete_comment", "jira_delete_issue", "jira_delete_worklog"}},
		"asked for by name":        {policy.Policy{Tools: []string{"jira_run_filter", "jira_delete_issue"}}, []string{"jira_run_filter"}},
		"tools, of a toolset":      {policy.Policy{Toolsets: []string{"issues"}, Tools: []string{"jira_search", "jira_whoami"}}, []string{"jira_search"}},
		"less":                     {policy.Policy{Exclude: []string{"jira_create_issue"}}, slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "jira_create_issue" })},
		"excluded beats the named": {policy.Policy{Tools: []string{"jira_search"}, Exclude: []string{"jira_search"}}, nil},
	} {
		catalog := tools.NewCatalog()
		if _, err := c.policy.Check(catalog); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := c.policy.Limits(catalog).Offered; !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v (the tables of tools/policy_test.go list tools by name)", name, got, c.want)
		}
	}
	// Effects that manage or delete have to be allowed explicitly.
	for _, e := range []kit.Effect{kit.Manage, kit.Delete} {
		if (policy.Policy{}).Allows(e) || !(policy.Policy{Allow: []kit.Effect{e}}).Allows(e) {
			t.Errorf("%s is wrongly allowed", e)
		}
	}
}

// TestUnknownNamesInPolicy checks that unknown names in a policy are
// errors.
func TestUnknownNamesInPolicy(t *testing.T) {
	from := map[string]string{"allow": "ALLOW", "toolsets": "SETS", "tools": "TOOLS", "exclude": "EXCLUDE"}
	for words, p := range map[string]policy.Policy{
		"TOOLS: unknown tool: jira_serch (did you mean jira_search?)":                            {Tools: []string{"jira_serch"}},
		"EXCLUDE: unknown tool: jira_delete_all":                                                 {Exclude: []string{"jira_delete_all"}},
		"SETS: unknown toolset: isues (did you mean issues?)":                                    {Toolsets: []string{"isues"}},
		`ALLOW: unknown effect "write"; allowed values: read, comment, create, edit, transition`: {Allow: []kit.Effect{"write"}},
	} {
		p.Sources = from
		if _, err := p.Check(tools.NewCatalog()); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %s", err, words)
		}
	}
	if warning, err := (policy.Policy{Sources: from, Lenient: true, Tools: []string{"confluence_search"}}).Check(tools.NewCatalog()); err != nil || warning == "" {
		t.Errorf("%q, %v", warning, err)
	}
}

// TestArgumentEffects checks that a transition takes no comment where
// comments are not allowed, in the schema and in a call.
func TestArgumentEffects(t *testing.T) {
	b := toolstest.New(t, policy.Policy{Allow: []kit.Effect{kit.Read, kit.Transition}})
	move, _ := b.Tools.Tool("jira_transition_issue")
	if schema := string(move.InputSchema(b.Tools.Runner.Allowed)); strings.Contains(schema, `"comment"`) || !strings.Contains(schema, `"resolution"`) {
		t.Errorf("the schema: %s", schema)
	}
	b.Refused("jira_transition_issue", `{"issue":"PAY-2","to":"Done","comment":"x"}`, "comment")
	for _, sent := range b.TakeRequests() {
		if strings.HasPrefix(sent, "POST") {
			t.Errorf("sent %s", sent)
		}
	}
}

// TestCallersCanOnlyNarrow checks that a caller can narrow and never
// widen what the server offers.
func TestCallersCanOnlyNarrow(t *testing.T) {
	b := toolstest.New(t, policy.Policy{Exclude: []string{"jira_create_issue"}})
	list := func(p policy.Policy) []string {
		res := b.Tools.MCP.HandleMessage(policy.Narrow(t.Context(), p), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`))
		var names []string
		for _, tool := range res.(mcp.JSONRPCResponse).Result.(mcp.ListToolsResult).Tools {
			names = append(names, tool.Name)
		}
		return names
	}
	call := func(p policy.Policy, tool, args string) string {
		res := b.Tools.MCP.HandleMessage(policy.Narrow(t.Context(), p), []byte(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, tool, args)))
		return fmt.Sprintf("%+v", res)
	}
	for name, c := range map[string]struct {
		p    policy.Policy
		want int
		has  string
		not  string
	}{
		"nothing":   {policy.Policy{}, 19, "jira_add_comment", "jira_create_issue"},
		"read-only": {policy.Policy{ReadOnly: true}, 11, "jira_search", "jira_add_comment"},
		"one tool":  {policy.Policy{Tools: []string{"jira_search"}}, 1, "jira_search", "jira_whoami"},
		"wider":     {policy.Policy{Tools: []string{"jira_create_issue", "jira_search"}, Allow: kit.Effects}, 1, "jira_search", "jira_create_issue"},
		"a toolset": {policy.Policy{Toolsets: []string{"site"}}, 1, "jira_whoami", "jira_search"},
		"less":      {policy.Policy{Exclude: []string{"jira_search"}}, 18, "jira_get_issue", "jira_search"},
		"no such":   {policy.Policy{Tools: []string{"x"}}, 0, "", "jira_search"},
	} {
		got := list(c.p)
		if len(got) != c.want || c.has != "" && !slices.Contains(got, c.has) || slices.Contains(got, c.not) {
			t.Errorf("%s: %v", name, got)
		}
		b.TakeRequests()
		if answer := call(c.p, c.not, `{"issue":"PAY-2","body":"x"}`); !strings.Contains(answer, "not offered") && !strings.Contains(answer, "not found") {
			t.Errorf("%s: %s is called: %s", name, c.not, answer)
		}
		if sent := b.TakeRequests(); len(sent) > 0 {
			t.Errorf("%s: sent %v", name, sent)
		}
	}
}

// TestWriteLimit checks that a loop of single writes is stopped while reads
// go on.
func TestWriteLimit(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	serveWithWriteLimit(b, t, 3)
	write := func() (string, bool) {
		text, _, isError := b.Call(t.Context(), "jira_add_comment", `{"issue":"PAY-2","body":"again"}`)
		return text, isError
	}
	for range 3 {
		if text, isError := write(); isError {
			t.Fatal(text)
		}
		b.Clock.Advance(10 * time.Second)
	}
	b.TakeRequests()
	if text, isError := write(); !isError || !strings.Contains(text, "at most 3 issues a minute") || !strings.Contains(text, "Wait 31 s") {
		t.Errorf("the fourth: %s", text)
	}
	if sent := b.TakeRequests(); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
	b.Ok("jira_search", `{"jql":"project = PAY","limit":1}`)
	b.Clock.Advance(30 * time.Second)
	if text, isError := write(); isError {
		t.Errorf("after a minute: %s", text)
	}
	if _, isError := write(); !isError {
		t.Error("two after one minute for the first")
	}
}

// TestWriteLimitPerAddress checks that the sessions of one address
// together write as much as four callers at most, and that callers without
// sessions are distinguished by their address.
func TestWriteLimitPerAddress(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	serveWithWriteLimit(b, t, 2)
	tool, _ := b.Tools.Tool("jira_add_comment")
	write := func(ctx context.Context) bool {
		res := b.Tools.Runner.Call(ctx, tool, toolstest.CallRequest(tool.Name, `{"issue":"PAY-2","body":"again"}`))
		return !res.IsError
	}
	made := 0
	for n := range 20 {
		session := server.NewInProcessSession(fmt.Sprint("s", n), nil)
		ctx := b.Tools.MCP.WithContext(kit.WithAddress(t.Context(), "10.0.0.1"), session)
		for range 3 {
			if write(ctx) {
				made++
			}
		}
	}
	if made != 8 {
		t.Errorf("%d writes of many sessions from one address", made)
	}
	for _, address := range []string{"10.0.0.2", "10.0.0.3"} {
		ctx := kit.WithAddress(t.Context(), address)
		made := 0
		for range 10 {
			if write(ctx) {
				made++
			}
		}
		if made != 8 {
			t.Errorf("%s: %d writes", address, made)
		}
	}
}

// TestWriteLimitCountsIssues checks that a call counts as many writes as it writes
// issues, that one of more than the limit is refused before it starts, and that a
// confirmed bulk change counts once.
func TestWriteLimitCountsIssues(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	b.WritesPerMinute = 5
	b.Connect(toolstest.Everything, b.Sandbox)
	create := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"type":"Task","summary":"counted %d of %d"}`, i, n))
		}
		return `{"project":"PAY","issues":[` + strings.Join(list, ",") + `]}`
	}
	before := b.Sandbox.IssueCount()
	b.Refused("jira_create_issues", create(6), "would write 6 issues", "JIRA_MCP_WRITES_PER_MINUTE")
	if now := b.Sandbox.IssueCount(); now != before {
		t.Errorf("%d issues were created", now-before)
	}
	b.Ok("jira_create_issues", create(3))
	b.Refused("jira_transition_issue", `{"issue":"PAY-12, PAY-31, PAY-32","to":"In Progress"}`, "at most 5 issues a minute", "jira_bulk_update")
	bulk := `{"jql":"key in (PAY-41, PAY-42, PAY-43, PAY-44, PAY-45, PAY-46)","fields":[{"name":"Labels","value":"counted","op":"add"}]}`
	b.CallConfirmed("jira_bulk_update", bulk) // counts as one
	b.Ok("jira_add_comment", `{"issue":"PAY-2","body":"the fifth"}`)
	b.Refused("jira_add_comment", `{"issue":"PAY-2","body":"the sixth"}`, "the limit is reached")
}

// TestCallerNetworks checks which addresses share a limit.
func TestCallerNetworks(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1": "loopback", "127.8.9.1": "loopback", "::1": "loopback", "::ffff:127.0.0.1": "loopback",
		"10.0.0.1": "10.0.0.1", "::ffff:10.0.0.1": "10.0.0.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "",
	} {
		if got := (kit.Caller{Address: address}).Network(); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

// serveWithWriteLimit serves the sandbox with a limit of writes per minute.
func serveWithWriteLimit(b *toolstest.Server, t *testing.T, most int) {
	t.Helper()
	b.WritesPerMinute = most
	b.Connect(policy.Policy{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.Mu.Lock()
		b.Requests = append(b.Requests, r.Method+" "+r.URL.Path)
		b.Mu.Unlock()
		b.Sandbox.ServeHTTP(w, r)
	}))
}
