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

// TestWorkloadOfBoard checks that a workload says which closed issues it leaves out
// although they are not in the board's last column.
func TestWorkloadOfBoard(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	const note = "Left out as closed, although not in the board's last column: issues in Cancelled, if there are any."
	if text, _ := b.Ok("jira_workload", `{"board":"PAY board"}`); !strings.Contains(text, note) || !strings.Contains(text, ": 60 (94) issues") {
		t.Error(text)
	}
	if text, _ := b.Ok("jira_workload", `{"project":"PAY"}`); strings.Contains(text, "Left out as closed") {
		t.Error(text)
	}
}
