package reports_test

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestFlowOfShortAndLongPeriods checks that a period without a whole week has no
// mean, and that a list of weeks says how much of the period it shows.
func TestFlowOfShortAndLongPeriods(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	text, out := b.Ok("jira_flow_report", `{"project":"PAY","from":"5 days ago"}`)
	if _, ok := out["resolved_a_week"]; ok || !strings.Contains(text, "resolved (no whole week in the period)") || strings.Contains(text, "0 a week") {
		t.Errorf("%.200s, %v", text, out["resolved_a_week"])
	}
	text, _ = b.Ok("jira_flow_report", `{"project":"PAY"}`)
	if !strings.Contains(text, " a week), ") || !strings.Contains(text, "Created/resolved by week, the last 6 of 13 weeks: ") && !strings.Contains(text, "the last 6 of 14 weeks: ") || !strings.Contains(text, "(in part)") {
		t.Error(text)
	}
}

// TestReportsOfNothing checks that reports of no issues have structured content of
// their schemas, which [toolstest.Server.Ok] validates.
func TestReportsOfNothing(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	const none = `{"jql":"project = PAY AND summary ~ nothinglikethis"}`
	for _, tool := range []string{"jira_flow_report", "jira_workload", "jira_standup", "jira_release_notes"} {
		b.Ok(tool, none)
	}
	b.Ok("jira_manage_sprint", `{"action":"create","board":"PAY board","name":"Empty"}`)
	b.Ok("jira_sprint_report", `{"project":"PAY","sprint":"Empty"}`)
	b.Ok("jira_manage_version", `{"project":"PAY","version":"99","do":"create"}`)
	b.Ok("jira_release_report", `{"project":"PAY","version":"99"}`)
	b.Ok("jira_release_notes", `{"project":"PAY","version":"99"}`)
}
