package tools_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// jobs are typical tasks with the number of requests to Jira that each may
// cost, with warm caches, without a fence and behind one. README.md has the
// table.
var jobs = []struct {
	what, tool, args string
	most, fenced     int
}{
	{"file a bug with priority, assignee by name, epic, sprint and a link", "jira_create_issue",
		`{"project":"PAY","type":"Bug","summary":"Spent %d","priority":"High","assignee":"Ben Okafor","parent":"PAY-2","sprint":"PAY Sprint 14","links":["blocks PAY-9"]}`, 3, 4},
	{"the same where the create screen has no field for links", "jira_create_issue",
		`{"project":"OPS","type":"Task","summary":"Spent too %d","priority":"High","assignee":"Ben Okafor","parent":"OPS-1","links":["blocks OPS-9"]}`, 4, 5},
	{"comment and move to Done, where the screen takes a comment", "jira_transition_issue", `{"issue":"READY-%d","to":"Done","resolution":"Done","comment":"Checked"}`, 3, 4},
	{"the same where it takes none", "jira_transition_issue", `{"issue":"OPEN-%d","to":"In Progress","comment":"On it"}`, 4, 5},
	{"edit priority and labels", "jira_update_issue", `{"issue":"PAY-9","priority":"Low","add_labels":["l%d"]}`, 2, 3},
	{"read 20 issues with comments", "jira_get_issue", `{"issues":["PAY-21","PAY-22","PAY-23","PAY-24","PAY-25","PAY-26","PAY-27","PAY-28","PAY-29","PAY-30","PAY-31","PAY-32","PAY-33","PAY-34","PAY-35","PAY-36","PAY-37","PAY-38","PAY-39","PAY-40"],"include":["comments"]}`, 2, 3},
	{"an epic with two stories and a sub-task", "jira_create_issues", `{"project":"PAY","issues":[{"ref":"e","type":"Epic","summary":"E %d"},{"ref":"s","type":"Story","summary":"S","parent":"e"},{"type":"Story","summary":"T","parent":"e"},{"type":"Sub-task","summary":"U","parent":"s"}]}`, 4, 5},
	{"how does the sprint stand, with its burndown", "jira_sprint_report", `{"project":"PAY","chart":true}`, 5, 6},
	{"the stand-up of a project", "jira_standup", `{"project":"PAY"}`, 2, 3},
	{"flow and forecast of 30 bugs", "jira_flow_report", `{"jql":"project = PAY AND type = Bug"}`, 3, 4},
	{"label 500 issues (and as often as it takes to see it done)", "jira_bulk_update", `{"jql":"labels IS EMPTY AND summary ~ \"many\"","fields":[{"name":"Labels","value":"l%d","op":"add"}]}`, 5, 15}, // behind a fence the projects of the issues are looked up twice, a hundred issues a request
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
	t.Parallel()
	table := "| job | calls | requests to Jira | behind a fence |\n| --- | --- | --- | --- |\n"
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
				if counted[n] > most {
					t.Errorf("%s (fence %v): %d requests, at most %d: %.3000v", job.what, confined, counted[n], most, sent)
				}
				break
			}
		}
		table += fmt.Sprintf("| %s | 1 | %d | %d |\n", job.what, counted[0], counted[1])
	}
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), table) {
		t.Errorf("README.md has another table than\n%s", table)
	}
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
