package tools_test

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestCommonRequests makes the five commonest requests as an assistant does, in
// the natural way of writing the arguments, in one call, or two where a person
// asks for two changes: none is refused, the answers have every fact that the
// person asked for, and no more requests go to Jira than the bound.
func TestCommonRequests(t *testing.T) {
	t.Parallel()
	type call struct{ tool, args string }
	for _, c := range []struct {
		request string
		bound   int // requests to Jira
		calls   []call
		facts   []string
	}{
		{"How is the sprint of the payments team? Who has how much left, and what is carried in?", 10,
			[]call{{"jira_sprint_report", `{"project":"Payments","sprint":"current","list":"carried_in"}`}},
			[]string{"Behind: 24 of 63 Story Points", "At this pace about 17 stay open", "Ana Silva 1 (8) / 3 (13)", "carried in, 1:\n  PAY-49 Export ledger entries for auditors | Ana Silva | In Progress | 5 | from PAY Sprint 13", "completed 9 (24), open 20 (39)"}},
		{"File a high bug on the checkout for Ben with 3 points, label it, and link it to PAY-9.", 7,
			[]call{{"jira_create_issue", `{"project":"PAY","issue_type":"bug","summary":"Receipt is blank on tablets","description":"**Seen** on two tablets.","priority":"high","assignee":"Ben Okafor","labels":"[\"tablet\"]","components":["Checkout"],"links":"relates to PAY-9","fields":{"Story Points":3,"Severity":"Major"},"parent":"","sprint":null}`}},
			[]string{"Created PAY-133 https://example.atlassian.net/browse/PAY-133", "Priority: High", "Severity: Major"}},
		{"Which issues of PAY are overdue, and whose are they?", 3,
			[]call{{"jira_search", `{"query":"project = PAY AND due < now() AND statusCategory != Done","fields":["key","summary","assignee","due"],"maxResults":"50"}`}},
			[]string{"key | summary | assignee | Due date", "PAY-99 | Loyal shopper rule counts cancelled orders | Greta Lund | 2026-03-0", "Now 2026-03-11"}},
		{"What is PAY-1 about, who wrote last, and what can I do next?", 3,
			[]call{{"jira_get_issue", `{"issue":"https://example.atlassian.net/browse/PAY-1"}`}},
			[]string{"3-D Secure timeout", "### Ana Silva 2026-03-08T21:42+01:00", "No attachments.", "Ask for review → In Review", "Done (needs Resolution (Done, "}},
		{"Tell Ben on PAY-1 that the fix is out, and close it.", 6,
			[]call{{"jira_add_comment", `{"issue":"#PAY-1","comment":"@Ben Okafor the fix is out."}`}, {"jira_transition_issue", `{"issue":"PAY-1: Card payments fail","status":"done","resolution":"Done"}`}},
			[]string{"Mentioned and notified, if they may see it: Ben Okafor", "PAY-1 is now Done"}},
	} {
		t.Run(c.request, func(t *testing.T) {
			t.Parallel()
			b := toolstest.New(t, policy.Policy{})
			b.TakeRequests()
			var all strings.Builder
			for _, call := range c.calls {
				text, _ := b.Ok(call.tool, call.args)
				all.WriteString(text + "\n")
			}
			if sent := b.TakeRequests(); len(sent) > c.bound {
				t.Errorf("%d requests, at most %d: %q", len(sent), c.bound, sent)
			}
			for _, fact := range c.facts {
				if !strings.Contains(all.String(), fact) {
					t.Errorf("does not say %q:\n%s", fact, all.String())
				}
			}
		})
	}
}
