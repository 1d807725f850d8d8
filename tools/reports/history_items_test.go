package reports_test

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// newBentHistories returns a server for the sandbox whose histories are changed
// item by item.
func newBentHistories(t *testing.T, bend func(item map[string]any)) *toolstest.Server {
	t.Helper()
	return toolstest.NewBent(t, nil, func(path string, answer any) any {
		if bend != nil && strings.Contains(path, "changelog") {
			toolstest.EachObject(answer, func(o map[string]any) {
				if items, ok := o["items"].([]any); ok {
					for _, item := range items {
						bend(item.(map[string]any))
					}
				}
			})
		}
		return answer
	})
}

// historyReports are the reports that are computed from histories.
var historyReports = []struct{ tool, args string }{
	{"jira_sprint_report", `{"project":"PAY"}`},
	{"jira_velocity", `{"project":"PAY","sprints":3}`},
	{"jira_flow_report", `{"project":"PAY"}`},
	{"jira_flow_report", `{"board":"1"}`},
	{"jira_standup", `{"project":"PAY"}`},
	{"jira_get_history", `{"issue":"PAY-74"}`},
}

// TestIncompleteItemsOfHistories checks that figures stay the same if items of
// histories lack members that Atlassian's document does not require.
func TestIncompleteItemsOfHistories(t *testing.T) {
	t.Parallel()
	whole := newBentHistories(t, nil)
	want := map[string]string{}
	for _, c := range historyReports {
		want[c.tool+c.args], _ = whole.Ok(c.tool, c.args)
	}
	for name, bend := range map[string]func(item map[string]any){
		"no fieldId": func(i map[string]any) { delete(i, "fieldId") },
		"no ids": func(i map[string]any) {
			if i["field"] != "assignee" {
				delete(i, "from")
				delete(i, "to")
			}
		},
		"null ids": func(i map[string]any) {
			if i["field"] == "status" || i["field"] == "Sprint" {
				i["from"], i["to"] = nil, nil
			}
		},
		"neither": func(i map[string]any) {
			delete(i, "fieldId")
			delete(i, "from")
			delete(i, "to")
		},
		"an id of another site, with the name": func(i map[string]any) {
			if i["field"] == "status" {
				i["from"], i["to"] = "14104", "14105"
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBentHistories(t, bend)
			for _, c := range historyReports {
				if got, _ := b.Ok(c.tool, c.args); got != want[c.tool+c.args] && !(name == "an id of another site, with the name" && c.tool == "jira_get_history") {
					t.Errorf("%s %s:\n%s\nwant\n%s", c.tool, c.args, got, want[c.tool+c.args])
				}
			}
		})
	}
}

// TestDeletedStatusesInHistories checks that a status that the site does not have
// any more is named, and that the other figures stay.
func TestDeletedStatusesInHistories(t *testing.T) {
	t.Parallel()
	b := newBentHistories(t, func(i map[string]any) {
		for _, side := range []string{"from", "to"} {
			if text := map[string]string{"from": "fromString", "to": "toString"}[side]; i["field"] == "status" && i[text] == "In Review" {
				i[side], i[text] = "14104", "Peer check"
			}
		}
	})
	whole := newBentHistories(t, nil)
	for _, c := range historyReports[:4] {
		got, _ := b.Ok(c.tool, c.args)
		const note = "These statuses from issue histories were not found on the site and count as not done: Peer check."
		if !strings.Contains(got, note) {
			t.Errorf("%s %s does not name the status:\n%s", c.tool, c.args, got)
		}
		want, _ := whole.Ok(c.tool, c.args)
		if c.tool == "jira_velocity" && strings.TrimSpace(strings.ReplaceAll(got, "\n"+note, "")) != strings.TrimSpace(want) {
			t.Errorf("the figures differ:\n%s\nwant\n%s", got, want)
		}
	}
}

// TestHistoriesThatNeverGotThere checks that issues are named which are done
// today although no change of their histories leads to their status.
func TestHistoriesThatNeverGotThere(t *testing.T) {
	t.Parallel()
	b := newBentHistories(t, func(i map[string]any) {
		if i["field"] == "status" && i["toString"] == "Done" {
			i["to"], i["toString"] = "3", "In Progress"
		}
	})
	got, _ := b.Ok("jira_sprint_report", `{"project":"PAY"}`)
	if !strings.Contains(got, "Now in a done status, although their histories show no transition to it: PAY-") || !strings.Contains(got, "They do not count as completed.") {
		t.Error(got)
	}
}

// TestRenamedStatusInHistory checks that the time in a status counts together
// after it was renamed, under its present name.
func TestRenamedStatusInHistory(t *testing.T) {
	t.Parallel()
	b := newBentHistories(t, func(i map[string]any) {
		if i["field"] == "status" && i["toString"] == "In Review" {
			i["toString"] = "Code Review" // its name at that time, with the present id
		}
	})
	text, _ := b.Ok("jira_get_history", `{"issue":"PAY-74"}`)
	_, rest, _ := strings.Cut(text, "Time in status")
	line, _, _ := strings.Cut(rest, "\n")
	if !strings.Contains(line, "In Review") || !strings.Contains(line, "(now)") || strings.Contains(line, "Code Review") {
		t.Error(line)
	}
}
