package tools_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// jobs are typical tasks with the number of requests to Jira that each costs at
// most, with warm caches, without a fence and behind one. docs/operate.md has
// the table.
//
// The flow report reads histories and issues at the same time. Behind a fence,
// both need the projects of the issues. The answer with the issues tells them,
// and if it arrives first, the lookup for the histories is not sent: the report
// then costs one request less.
var jobs = []struct {
	what, tool, args string
	most, fenced     int
	parallel         int // how many of the fenced requests depend on the order of parallel answers
}{
	{"create a bug with priority, assignee by name, epic, sprint and a link", "jira_create_issue",
		`{"project":"PAY","type":"Bug","summary":"Spent %d","priority":"High","assignee":"Ben Okafor","parent":"PAY-2","sprint":"PAY Sprint 14","links":["blocks PAY-9"]}`, 3, 4, 0},
	{"the same if the create screen has no field for links", "jira_create_issue",
		`{"project":"OPS","type":"Task","summary":"Spent too %d","priority":"High","assignee":"Ben Okafor","parent":"OPS-1","links":["blocks OPS-9"]}`, 4, 5, 0},
	{"comment and transition to Done, if the transition screen has a comment field", "jira_transition_issue", `{"issue":"READY-%d","to":"Done","resolution":"Done","comment":"Checked"}`, 4, 5, 0},
	{"the same if it has none", "jira_transition_issue", `{"issue":"OPEN-%d","to":"In Progress","comment":"On it"}`, 4, 6, 0},
	{"edit priority and labels", "jira_update_issue", `{"issue":"PAY-9","priority":"Low","add_labels":["l%d"]}`, 2, 2, 0},
	{"read 20 issues with comments", "jira_get_issue", `{"issues":["PAY-21","PAY-22","PAY-23","PAY-24","PAY-25","PAY-26","PAY-27","PAY-28","PAY-29","PAY-30","PAY-31","PAY-32","PAY-33","PAY-34","PAY-35","PAY-36","PAY-37","PAY-38","PAY-39","PAY-40"],"include":["comments"]}`, 1, 1, 0},
	{"create an epic with two stories and a sub-task", "jira_create_issues", `{"project":"PAY","issues":[{"ref":"e","type":"Epic","summary":"E %d"},{"ref":"s","type":"Story","summary":"S","parent":"e"},{"type":"Story","summary":"T","parent":"e"},{"type":"Sub-task","summary":"U","parent":"s"}]}`, 5, 5, 0},
	{"report on a sprint, with its burndown", "jira_sprint_report", `{"project":"PAY","chart":true}`, 4, 5, 0},
	{"prepare the stand-up of a project", "jira_standup", `{"project":"PAY"}`, 2, 3, 0},
	{"report on the flow of 30 bugs, with a forecast", "jira_flow_report", `{"jql":"project = PAY AND type = Bug"}`, 3, 4, 1},
	{"label 500 issues (without reading the progress)", "jira_bulk_update", `{"jql":"labels IS EMPTY AND summary ~ \"many\"","fields":[{"name":"Labels","value":"l%d","op":"add"}]}`, 5, 15, 0}, // behind a fence the projects of the issues are looked up twice, a hundred issues a request
}

// manyIssues adds 500 issues to PAY.
func manyIssues(s *store.Site) {
	pay := s.Project("PAY")
	like := s.Issue("PAY-21")
	for n := range 500 {
		c := *like
		c.ID, c.Number = s.ReserveNumber(pay)
		c.Key, c.Summary, c.Labels, c.Comments = fmt.Sprintf("PAY-%d", c.Number), fmt.Sprintf("One of many %d", n), nil, nil
		s.Put(&c)
	}
}

// TestRequestsOfJobs counts the requests at the sandbox. The first call warms
// the caches.
func TestRequestsOfJobs(t *testing.T) {
	toolstest.SkipWhenShort(t)
	t.Parallel()
	table := "| task | tool calls | requests to Jira | with a project fence |\n| --- | --- | --- | --- |\n"
	for _, job := range jobs {
		var counted [2]int
		for n, confined := range []bool{false, true} {
			var b *toolstest.Server
			if confined {
				b = toolstest.NewFencedWith(t, []string{"PAY", "OPS", "HELP"}, nil, manyIssues).Server
			} else {
				b = toolstest.NewWith(t, toolstest.Everything, manyIssues)
			}
			site := b.Sandbox.Site()
			for round := range 2 {
				args := job.args
				if strings.Contains(args, "%d") {
					args = fmt.Sprintf(args, round)
				}
				for status, name := range map[string]string{"READY": "In Review", "OPEN": "To Do"} {
					args = strings.ReplaceAll(args, fmt.Sprintf("%s-%d", status, round), issueInStatus(site, name))
				}
				b.TakeRequests()
				if job.tool == "jira_bulk_update" {
					code := b.Code(job.tool, args)
					b.TakeRequests() // the first call only returns the code
					b.Ok(job.tool, toolstest.WithCode(args, code))
				} else {
					b.Ok(job.tool, args)
				}
				sent := b.TakeRequests()
				if round == 0 && job.tool != "jira_bulk_update" {
					continue // a bulk update is counted at once: all issues are labelled afterwards
				}
				counted[n] = 0
				polls := 0
				for _, r := range sent {
					if strings.Contains(r, "/bulk/queue/") {
						polls++
						continue
					}
					counted[n]++
				}
				if job.tool == "jira_bulk_update" && polls == 0 {
					t.Errorf("nobody asked how it went: %v", sent)
				}
				most := []int{job.most, job.fenced}[n]
				if least := most - n*job.parallel; counted[n] > most || counted[n] < least {
					t.Errorf("%s (fence %v): %d requests, want %d to %d: %.3000v", job.what, confined, counted[n], least, most, sent)
				}
				break
			}
		}
		table += fmt.Sprintf("| %s | 1 | %d | %d |\n", job.what, job.most, job.fenced)
	}
	toolstest.Golden(t, "requests.md", table)
}

// issueInStatus returns the key of an issue of PAY in a status, no sub-task, in
// a sprint.
func issueInStatus(s *store.Site, status string) string {
	for _, i := range s.All() {
		if i.Project.Key == "PAY" && i.Status.Name == status && i.Type.Level == 0 && i.Sprint() != nil {
			return i.Key
		}
	}
	return ""
}
