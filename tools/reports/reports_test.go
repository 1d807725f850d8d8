package reports_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tiktoken-go/tokenizer"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// expectedSums holds the expected amounts, in issues and story points, of the
// sandbox's four sprints. They were worked out by hand from the plan of its
// issues (seed/pay.go) and their texts, not by the code under test.
//
// The issues that are planned into a sprint have positions from 0. In each
// sprint:
//
//   - Issue 11 was done before the sprint started.
//   - Issues 13 and 15 were added late, and issue 3 was removed.
//   - Issue 7 was re-estimated from 3 to 8 points.
//   - Issues 2 and 12 were not done; 12 was cancelled, and that status is not
//     in the last column.
//
// Each sprint but the first begins with the issue that the one before carried
// over. The active sprint also has PAY-1, and of its 30 positions 2, 4, 7, 8,
// 13, 14, 17, 18 and 19 are done.
var expectedSums = map[string]map[string][2]float64{
	"PAY Sprint 11": {"committed": {13, 41}, "added": {2, 3}, "removed": {1, 2}, "completed": {12, 42}, "not_done": {2, 5}, "completed_outside": {1, 3}},
	"PAY Sprint 12": {"committed": {14, 38}, "added": {2, 8}, "removed": {1, 2}, "completed": {13, 45}, "not_done": {2, 4}, "completed_outside": {1, 5}},
	"PAY Sprint 13": {"committed": {16, 52}, "added": {2, 4}, "removed": {1, 3}, "completed": {15, 50}, "not_done": {2, 8}, "completed_outside": {1, 3}},
	"PAY Sprint 14": {"committed": {29, 57}, "added": {2, 3}, "removed": {1, 0}, "completed": {9, 24}, "not_done": {21, 41}, "completed_outside": {1, 2}},
}

// TestSprintSums checks the amounts of each sprint against
// expectedSums, and that the text has the scope changes and the goal.
func TestSprintSums(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	for sprint, want := range expectedSums {
		text, out := b.Ok("jira_sprint_report", fmt.Sprintf(`{"project":"PAY","sprint":%q}`, sprint))
		for what, w := range want {
			got := out[what].(map[string]any)
			if fmt.Sprintf("%v %v", got["issues"], got["points"]) != fmt.Sprintf("%v %v", w[0], w[1]) {
				t.Errorf("%s: %s %v, want %v", sprint, what, got, w)
			}
		}
		if fmt.Sprint(out["reestimated"]) != "5" {
			t.Errorf("%s: re-estimated %v, want 5", sprint, out["reestimated"])
		}
		for _, says := range []string{"Scope: ", " removed PAY-", " added PAY-", " re-estimated PAY-", "Goal: "} {
			if !strings.Contains(text, says) {
				t.Errorf("%s does not say %q:\n%s", sprint, says, text)
			}
		}
	}
}

// TestReportLength checks that each report has at most 700 tokens, for a
// sprint of 30 issues and for its project.
func TestReportLength(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ tool, args string }{
		{"jira_sprint_report", `{"project":"PAY"}`}, {"jira_velocity", `{"project":"PAY"}`}, {"jira_flow_report", `{"project":"PAY"}`}, {"jira_workload", `{"project":"PAY"}`},
		{"jira_release_report", `{"project":"PAY","version":"24.12"}`}, {"jira_release_notes", `{"project":"PAY","version":"24.11"}`}, {"jira_standup", `{"jql":"sprint in openSprints() AND project = PAY"}`},
	} {
		text, _ := b.Ok(c.tool, c.args)
		n, err := codec.Count(text)
		if err != nil || n > 700 {
			t.Errorf("%s: %d tokens: %v\n%s", c.tool, n, err, text)
		}
		t.Logf("%s: %d tokens", c.tool, n)
	}
}

// TestSprintReportRequests checks the number of requests of a sprint report:
// with empty caches, with the fields, boards and user known, and for a closed
// sprint. A repeated report of a closed sprint only reads the list of sprints.
func TestSprintReportRequests(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	for _, c := range []struct {
		args string
		most int
	}{{`{"project":"PAY"}`, 9}, {`{"project":"PAY"}`, 6}, {`{"project":"PAY","sprint":"last"}`, 6}, {`{"project":"PAY","sprint":"last"}`, 1}} {
		b.TakeRequests()
		b.Ok("jira_sprint_report", c.args)
		if sent := b.TakeRequests(); len(sent) > c.most {
			t.Errorf("%s: %d requests, at most %d: %v", c.args, len(sent), c.most, sent)
		}
	}
}

// TestSprintReportsWithoutBoards checks that, without the scopes for boards, a
// report is made from the sprints in the issues' fields and says what is
// missing.
func TestSprintReportsWithoutBoards(t *testing.T) {
	b := toolstest.NewScoped(t, toolstest.Everything, []string{"read:jira-work", "read:jira-user"}, false)
	tool, _ := b.Tools.Tool("jira_sprint_report")
	res := b.Tools.Runner.Call(t.Context(), tool, toolstest.CallRequest(tool.Name, `{"project":"PAY"}`))
	text, got := toolstest.ResultText(res), toolstest.MustJSON(t, res.StructuredContent)
	if !strings.Contains(text, "PAY Sprint 14") || !strings.Contains(text, "Based on the sprint fields of issues") || !strings.Contains(text, "Done is decided by status category") {
		t.Error(text)
	}
	// By status category, Cancelled counts as done: one more issue, without
	// points.
	if !strings.Contains(string(got), `"completed":{"issues":10,`) {
		t.Errorf("completed %s", got)
	}
}
