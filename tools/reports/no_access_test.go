package reports_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/seed"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// newRefusing returns a server for the sandbox that answers the paths with one of
// the ends with a status.
func newRefusing(t *testing.T, status int, ends ...string) *toolstest.Server {
	t.Helper()
	b := toolstest.New(t, toolstest.Everything)
	b.Connect(toolstest.Everything, &toolstest.Faulty{B: b, Next: b.Sandbox, Fault: func(r *http.Request) int {
		for _, end := range ends {
			if strings.HasSuffix(r.URL.Path, end) || end == "changelog" && strings.Contains(r.URL.Path, end) {
				return status
			}
		}
		return 0
	}})
	return b
}

// TestReportsWithoutSecondaryAnswers checks that a report is made although
// something beside its issues cannot be read, and says what is missing.
func TestReportsWithoutSecondaryAnswers(t *testing.T) {
	t.Parallel()
	const byCategory, ofStoryPoints = "Done is decided by status category", "estimates are taken from Story Points or Story point estimate"
	for _, c := range []struct {
		status           int
		path, tool, args string
		want             []string
	}{
		{403, "/rest/agile/1.0/board", "jira_sprint_report", `{"project":"PAY"}`, []string{"committed 29 (57)", "Based on the sprint fields of issues"}},
		{404, "/board/1/sprint/34/issue", "jira_sprint_report", `{"project":"PAY"}`, []string{"committed 29 (57)", "including those not on the board"}},
		{403, "/board/1/configuration", "jira_sprint_report", `{"project":"PAY"}`, []string{"committed 29 (57)", byCategory, ofStoryPoints, "Jira answered 403"}},
		{500, "/board/1/configuration", "jira_velocity", `{"project":"PAY","sprints":2}`, []string{"14 (38)", byCategory, ofStoryPoints}},
		{404, "/board/1/configuration", "jira_flow_report", `{"board":"PAY board"}`, []string{"resolved", byCategory, "The board's configuration could not be read"}},
		{403, "/board/1/configuration", "jira_get_board", `{"project":"PAY"}`, []string{"PAY board | number 1", ofStoryPoints}},
		{403, "/board/1/configuration", "jira_get_backlog", `{"project":"PAY","limit":1}`, []string{"29 issues, 47 points", ofStoryPoints}},
		{500, "/changelog/bulkfetch", "jira_standup", `{"project":"PAY"}`, []string{"in progress: PAY-79 Warn when leaving checkout with a payment in fligh… (In Progress for 4.8 working days)"}},
		{500, "/changelog/bulkfetch", "jira_sprint_report", `{"project":"PAY"}`, []string{"committed 29 (57), added 2 (3), removed 1 (0)", "completed 9 (24)"}},
		{500, "changelog", "jira_standup", `{"project":"PAY"}`, []string{"in progress: ", "The histories of the issues could not be read: Jira answered 500"}},
		{500, "/api/3/status", "jira_flow_report", `{"project":"PAY"}`, []string{"126 created, 66 resolved", "The site's statuses could not be read: Jira answered 500"}},
		{500, "/api/3/status", "jira_workload", `{"project":"PAY"}`, []string{"60 (94)", "The site's statuses could not be read"}},
		{500, "/issue/bulkfetch", "jira_sprint_report", `{"project":"PAY","sprint":"PAY Sprint 12"}`, []string{"committed 13 (36)", "The issues that left the sprint (1) could not be read: Jira answered 500", "missing in committed, added and removed"}},
		{500, "/issueLinkType", "jira_standup", `{"project":"PAY"}`, []string{"in progress: ", "The types of links could not be read"}},
		{500, "/watchers", "jira_get_issue", `{"issues":["PAY-9"],"include":["watchers"]}`, []string{"PAY-9", "The watchers of PAY-9 could not be read"}},
		{404, "/search/approximate-count", "jira_search", `{"jql":"project = PAY","limit":1,"count":true}`, []string{"PAY-", "The number of matching issues could not be read"}},
	} {
		t.Run(c.tool+" without "+c.path, func(t *testing.T) {
			t.Parallel()
			text, _ := newRefusing(t, c.status, c.path).Ok(c.tool, c.args)
			for _, says := range c.want {
				if !strings.Contains(text, says) {
					t.Errorf("does not say %q:\n%s", says, text)
				}
			}
		})
	}
}

// TestFirstFailureIsReported checks that a report whose questions run side by side
// fails with Jira's answer, and not with a cancellation.
func TestFirstFailureIsReported(t *testing.T) {
	t.Parallel()
	b := newRefusing(t, http.StatusInternalServerError, "changelog")
	for range 5 {
		b.Refused("jira_flow_report", `{"project":"PAY"}`, "Jira answered 500")
	}
}

// TestSprintWithoutSprintField checks that the issues which Jira lists in a sprint
// count although their field Sprint is missing, or the site shows none. The
// figures are those of the whole answers; without the field, the issues that were
// added or removed are not known.
func TestSprintWithoutSprintField(t *testing.T) {
	t.Parallel()
	withoutValue := func(path string, answer any) any {
		toolstest.EachObject(answer, func(o map[string]any) {
			if _, isFields := o["summary"]; isFields {
				delete(o, seed.Sprint)
			}
		})
		return answer
	}
	text, _ := toolstest.NewBent(t, nil, withoutValue).Ok("jira_sprint_report", `{"project":"PAY"}`)
	for _, want := range []string{"committed 29 (57), added 2 (3), removed 1 (0)", "completed 9 (24), open 20 (39)", "issues that Jira lists in the sprint came without it in the field Sprint"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
	withoutField := func(path string, answer any) any {
		if list, ok := answer.([]any); ok && strings.HasSuffix(path, "/field") {
			return slices.DeleteFunc(list, func(f any) bool { return f.(map[string]any)["id"] == seed.Sprint })
		}
		return withoutValue(path, answer)
	}
	text, _ = toolstest.NewBent(t, nil, withoutField).Ok("jira_sprint_report", `{"project":"PAY"}`)
	for _, want := range []string{"committed 29 (57), added 1 (0)", "completed 9 (24), open 20 (39)", "This user sees no field Sprint"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
}

// TestBulkChangelogsAreSplit checks that a site which returns the histories of a
// hundred issues at most gets smaller questions.
func TestBulkChangelogsAreSplit(t *testing.T) {
	t.Parallel()
	whole, _ := toolstest.New(t, toolstest.Everything).Ok("jira_flow_report", `{"project":"PAY"}`)
	b := toolstest.New(t, toolstest.Everything)
	b.Connect(toolstest.Everything, &toolstest.Faulty{B: b, Next: b.Sandbox, Fault: func(r *http.Request) int {
		if !strings.HasSuffix(r.URL.Path, "/changelog/bulkfetch") {
			return 0
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		var in struct {
			Issues []string `json:"issueIdsOrKeys"`
		}
		if json.Unmarshal(body, &in) == nil && len(in.Issues) > 100 {
			return http.StatusBadRequest
		}
		return 0
	}})
	if text, _ := b.Ok("jira_flow_report", `{"project":"PAY"}`); text != whole {
		t.Errorf("%s\nwant\n%s", text, whole)
	}
}

// TestIssuesThatCannotBeRead checks that a report says how many of the issues that
// it found Jira did not return, and that those it returned twice count once.
func TestIssuesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	bend := func(change func([]any) []any) *toolstest.Server {
		return toolstest.NewBent(t, nil, func(path string, answer any) any {
			if o, ok := answer.(map[string]any); ok && strings.HasSuffix(path, "/issue/bulkfetch") {
				o["issues"] = change(o["issues"].([]any))
			}
			return answer
		})
	}
	twice := bend(func(list []any) []any { return append(list, list...) })
	if text, _ := twice.Ok("jira_flow_report", `{"project":"PAY"}`); !strings.Contains(text, "126 created, 66 resolved") {
		t.Error(text)
	}
	if text, _ := twice.Ok("jira_get_issue", `{"issues":["PAY-8","PAY-9"]}`); strings.Count(text, "# PAY-8 ") != 1 {
		t.Error(text)
	}
	fewer := bend(func(list []any) []any { return list[len(list)/2:] })
	if text, _ := fewer.Ok("jira_flow_report", `{"project":"PAY"}`); !strings.Contains(text, "issues that were found could not be read; they are not counted") {
		t.Error(text)
	}
}

// TestOldNameOfSprint checks that a sprint which was renamed since is named if the
// histories have neither its id nor its present name.
func TestOldNameOfSprint(t *testing.T) {
	t.Parallel()
	b := newBentHistories(t, func(i map[string]any) {
		if i["field"] == "Sprint" {
			delete(i, "from")
			delete(i, "to")
			for _, side := range []string{"fromString", "toString"} {
				if name, ok := i[side].(string); ok {
					i[side] = strings.ReplaceAll(name, "PAY Sprint 14", "Payments 14")
				}
			}
		}
	})
	if text, _ := b.Ok("jira_sprint_report", `{"project":"PAY"}`); !strings.Contains(text, "These sprints from issue histories are not known by name, so changes of scope may be missing: ") || !strings.Contains(text, "Payments 14") {
		t.Error(text)
	}
}

// TestClosedSprintWithoutBoards checks that the error for a sprint that is not
// found says that the boards could not be read.
func TestClosedSprintWithoutBoards(t *testing.T) {
	t.Parallel()
	b := newRefusing(t, http.StatusForbidden, "/rest/agile/1.0/board")
	b.Refused("jira_sprint_report", `{"project":"PAY","sprint":"PAY Sprint 13"}`, `"PAY Sprint 13"`, "The board could not be read: Jira answered 403")
}
