package tools_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// scenarios are calls of every tool: its main use, and likely mistakes. Each
// tool has a site of its own, on which its calls follow one another. What the
// model reads is in testdata/scenarios.md, for people to judge: could a model
// that knows nothing of the site correct itself with it in one more call?
var scenarios = []struct {
	tool     string
	calls    []string // calls that succeed
	mistakes []string
}{
	{"jira_whoami", []string{`{}`}, []string{`{"user":"me"}`, `[]`, `{"site":1}`}},
	{"jira_list_projects", []string{`{}`, `{"query":"nothing like it"}`}, []string{`{"project":"PAY"}`, `{"start":-1}`, `{"query":["PAY","OPS"]}`}},
	{"jira_search", []string{`{"jql":"project = PAY AND type = Bug ORDER BY key","limit":3}`}, []string{`{"jql":"project = PAY AND status = Dnoe"}`, `{"jql":"assignee = Costa"}`, `{"jql":"project == PAY"}`, `{"jql":"\"Story Point\" > 3"}`}},
	{"jira_get_issue", []string{`{"issues":["PAY-9"],"include":["watchers"]}`}, []string{`{"issues":["PAY-9999"]}`, `{"isue":"PAY-1"}`, `{"issues":["the refund bug"]}`, `{"issues":["PAY-1"],"fields":["Story Pionts"]}`}},
	{"jira_get_fields", []string{`{"project":"OPS","type":"Change","query":"change"}`, `{"project":"PAY"}`, `{"issue":"PAY-9","query":"sev"}`}, []string{`{}`, `{"project":"PAY","type":"Defect"}`, `{"project":"PAY","type":"Bug","query":"colour"}`, `{"project":"NOPE","type":"Bug"}`}},
	{"jira_lookup", []string{`{"kind":"user","query":"ana"}`, `{"kind":"sprint","project":"PAY"}`, `{"kind":"epic","query":"refund","project":"Payments"}`, `{"kind":"link type"}`, `{"kind":"version","project":"PAY"}`, `{"kind":"label","project":"PAY","query":"re"}`},
		[]string{`{"kind":"colour"}`, `{"kind":"epic","project":"PAYM"}`, `{"kind":"user"}`}},
	{"jira_create_issue", []string{`{"project":"PAY","type":"Bug","summary":"Receipt shows the wrong currency","priority":"high","assignee":"ben okafor","parent":"Saved cards","sprint":"current","links":["blocks PAY-9"],"watchers":["Chidi Eze"],"estimate":"1d 2h","files":[{"name":"log.txt","text":"EUR != GBP"}],"fields":[{"name":"Severity","value":"major"}]}`,
		`{"project":"OPS","type":"Change","summary":"Move the queue","fields":[{"name":"Change risk","value":"Low"},{"name":"Change window","value":"2026-03-12T22:00"},{"name":"Environment affected","value":"Production > Dublin"},{"name":"Runbook","value":"https://example.com/queue"},{"name":"Systems","value":"queue, mail"},{"name":"Regions","value":"Region 01, Region 02"},{"name":"Approver","value":"me"},{"name":"Approving group","value":"payments-team"},{"name":"Rollback plan","value":"- *stop*"},{"name":"Expected downtime","value":5}]}`},
		[]string{`{"project":"OPS","type":"Change","summary":"Move the queue"}`, `{"project":"PAY","type":"Bug","summary":"x","assignee":"Ana","priority":"urgent","sprint":"PAY Sprint 99"}`, `{"project":"PAY","type":"Bug","summary":"x","links":["is older than PAY-9"]}`,
			`{"project":"OPS","type":"Change","summary":"x","fields":[{"name":"Change risk","value":"Low"},{"name":"Change window","value":"tomorrow"},{"name":"Environment affected","value":"Production > Paris"}]}`, `{"project":"PAY","type":"Bug","summary":"x","estimate":"soon"}`}},
	{"jira_create_issues", []string{`{"project":"PAY","issues":[{"ref":"epic","type":"Epic","summary":"Invoices"},{"ref":"a","type":"Story","summary":"Write an invoice","parent":"epic","sprint":"next"},{"ref":"b","type":"Story","summary":"Send an invoice","parent":"epic","links":["is blocked by a"]},{"type":"Sub-task","summary":"Template","parent":"b"}]}`},
		[]string{`{"project":"PAY","issues":[{"type":"Story","summary":"x","parent":"epik"},{"type":"Stroy","summary":"y"}]}`, `{"project":"PAY","issues":[{"ref":"a","type":"Story","summary":"x","parent":"b"},{"ref":"b","type":"Story","summary":"y","parent":"a"}]}`, `{"project":"PAY","issues":[]}`}},
	{"jira_update_issue", []string{`{"issue":"PAY-9","priority":"Low","sprint":"backlog","assignee":"default","fields":[{"name":"Story Points","value":"8"},{"name":"Labels","value":"late","op":"add"}]}`, `{"issue":"PAY-9, PAY-10","priority":"High"}`, `{"issue":"PAY-9, PAY-9999","priority":"Low"}`},
		[]string{`{"issue":"PAY-9"}`, `{"issue":"PAY-9","fields":[{"name":"Status","value":"Done"}]}`, `{"issue":"PAY-9","assignee":"Ana"}`, `{"issue":"PAY-9","if_updated":"2026-03-01T00:00:00.000Z","priority":"Low"}`}},
	{"jira_transition_issue", []string{`{"issue":"PAY-11","to":"Done","via":["In Progress","In Review"],"resolution":"Done","comment":"Checked"}`, `{"issue":"PAY-12, PAY-31","to":"In Progress"}`, `{"issue":"PAY-11","to":"To Do"}`},
		[]string{`{"issue":"PAY-71","to":"Done"}`, `{"issue":"PAY-71","to":"Done","via":["In Progress","In Reviw"],"resolution":"Done"}`, `{"issue":"PAY-11","to":"To Do"}`, `{"issue":"HELP-25","to":"Resolved"}`}},
	{"jira_add_comment", []string{`{"issue":"PAY-9","body":"Seen it, @Ben Okafor","only_for":"role Developers"}`, `{"issue":"HELP-2","body":"We look into it","public":true}`, `{"issue":"PAY-1","body":"I agree","reply_to":"OWN"}`}, []string{`{"issue":"PAY-9","body":""}`, `{"issue":"PAY-9","body":"x","only_for":"Developers"}`, `{"issue":"PAY-9","body":"x","only_for":"role Wizards"}`, `{"issue":"PAY-1","body":"x","reply_to":"7"}`}},
	{"jira_update_comment", []string{`{"issue":"PAY-1","comment":"OWN","append":"And again"}`}, []string{`{"issue":"PAY-1","comment":"7","append":"x"}`, `{"issue":"PAY-1","comment":"OWN"}`, `{"issue":"PAY-1","comment":"OWN","find":"no such words","replace":"x"}`}},
	{"jira_get_comments", []string{`{"issue":"PAY-1","author":"silva","newest_first":true,"limit":1}`}, []string{`{"issue":"PAY-1","since":"soon"}`, `{"issue":"PAY-1","limit":-5}`, `{"issue":"PAY-9999"}`}},
	{"jira_delete_comment", []string{`{"issue":"PAY-1","comment":"OWN","dry_run":true}`}, []string{`{"issue":"PAY-1","comment":"7"}`, `{"issue":"PAY-1"}`, `{"issue":"PAY-9999","comment":"7"}`}},
	{"jira_get_history", []string{`{"issue":"PAY-1","fields":["status","assignee"]}`}, []string{`{"issue":"PAY-1","since":"3/4/2026"}`, `{"issue":"PAY-9999"}`, `{}`}},
	{"jira_link_issues", []string{`{"issue":"PAY-2","words":"is blocked by","target":"PAY-9"}`, `{"issue":"PAY-9","words":"blocks","target":"PAY-2"}`, `{"issue":"PAY-2","target":"https://example.com/plan","title":"The plan"}`}, []string{`{"issue":"PAY-2","target":"PAY-9"}`, `{"issue":"PAY-2","words":"blokcs","target":"PAY-9"}`, `{"issue":"PAY-2","words":"blocks","target":"PAY-9999"}`}},
	{"jira_unlink_issues", []string{`{"issue":"PAY-10","target":"PAY-9"}`}, []string{`{"issue":"PAY-9","target":"PAY-2"}`, `{"issue":"PAY-1","target":"PAY-2"}`, `{"issue":"PAY-1","target":"https://example.com/none"}`}},
	{"jira_log_work", []string{`{"issue":"PAY-3","time":"1d 2h","started":"2026-03-10T09:00","comment":"Pairing"}`, `{"issue":"PAY-3","time":"30m","remaining":"4h"}`}, []string{`{"issue":"PAY-3","time":"90"}`, `{"issue":"PAY-3","time":"1h","started":"yesternight"}`, `{"issue":"PAY-3"}`}},
	{"jira_get_worklogs", []string{`{"issue":"PAY-9"}`}, []string{`{"issue":"PAY-9","since":"mon day"}`, `{"issue":"PAY-9999"}`, `{"issue":"PAY-9","user":"ana"}`}},
	{"jira_update_worklog", []string{`{"issue":"PAY-3","worklog":"WORKLOG","time":"2h"}`}, []string{`{"issue":"PAY-3","worklog":"7","time":"2h"}`, `{"issue":"PAY-3","worklog":"WORKLOG"}`, `{"issue":"PAY-3","worklog":"WORKLOG","time":"long"}`}},
	{"jira_delete_worklog", []string{`{"issue":"PAY-3","worklog":"WORKLOG","dry_run":true}`}, []string{`{"issue":"PAY-3","worklog":"7"}`, `{"issue":"PAY-3"}`, `{"issue":"PAY-3","worklog":"WORKLOG","remaining":"2h"}`}},
	{"jira_watch_issue", []string{`{"issue":"PAY-9","add":["Chidi Eze","me"],"remove":["Ben Okafor"]}`}, []string{`{"issue":"PAY-9"}`, `{"issue":"PAY-9","add":["Ana"]}`, `{"issue":"PAY-9","vote":"yes"}`}},
	{"jira_get_attachment", []string{`{"issue":"OPS-4","file":"runbook.pdf"}`}, []string{`{"issue":"OPS-4","file":"runbook"}`, `{"issue":"PAY-9","file":"x"}`, `{"issue":"OPS-4"}`}},
	{"jira_add_attachment", []string{`{"issue":"PAY-9","name":"log.txt","text":"line"}`}, []string{`{"issue":"PAY-9","text":"line"}`, `{"issue":"PAY-9","file":"report.pdf"}`, `{"issue":"PAY-9","name":"a/b.txt","text":"x"}`}},
	{"jira_manage_version", []string{`{"project":"PAY","version":"25.2","do":"create","release_date":"2026-06-01"}`, `{"project":"PAY","version":"24.12","do":"release","move_open_to":"25.1"}`}, []string{`{"project":"PAY","version":"24.13","do":"release"}`, `{"project":"PAY","version":"25.1","do":"create"}`, `{"project":"OPS","version":"1.0","do":"create"}`}},
	{"jira_move_issue", []string{`{"issue":"PAY-31","project":"OPS","type":"Task","dry_run":true}`}, []string{`{"issue":"PAY-31"}`, `{"issue":"PAY-31","project":"OPS"}`, `{"issue":"PAY-31","project":"HELP","type":"Incident"}`}},
	{"jira_clone_issue", []string{`{"issue":"PAY-9","summary":"A copy","include":["links"]}`}, []string{`{"issue":"PAY-9","type":"Storry"}`, `{"issue":"PAY-9999"}`, `{"issue":"PAY-9","leave_out":["Sprnt"]}`}},
	{"jira_delete_issue", []string{`{"issue":"PAY-9","dry_run":true}`}, []string{`{"issue":"PAY-11"}`, `{"issue":"PAY-9999"}`, `{}`}},
	{"jira_bulk_update", []string{`{"jql":"project = PAY AND type = Bug","fields":[{"name":"Labels","value":"triage","op":"add"}],"dry_run":true}`}, []string{`{"jql":"project = PAY"}`, `{"jql":"project = PAY AND key = PAY-9","fields":[{"name":"Description","value":"x"}]}`, `{"jql":"project = PAY AND type = Bug","to":"Done"}`, `{"issues":["PAY-1"],"fields":[{"name":"Priority","value":"urgent"}]}`}},
	{"jira_list_boards", []string{`{}`, `{"project":"OPS"}`}, []string{`{"project":"PAYM"}`, `{"board":"PAY"}`, `{"query":5}`}},
	{"jira_list_sprints", []string{`{"project":"PAY","state":"all"}`, `{"board":"MOB board"}`, `{"board":"release"}`}, []string{`{}`, `{"board":"OPS board"}`, `{"board":"PYA board"}`, `{"project":"PAY","state":"started"}`}},
	{"jira_get_board", []string{`{"project":"PAY"}`, `{"board":"OPS board"}`, `{"board":4}`}, []string{`{}`, `{"board":"99"}`, `{"project":"DOCS"}`}},
	{"jira_get_backlog", []string{`{"project":"PAY","limit":3}`, `{"board":"OPS board","limit":2}`}, []string{`{}`, `{"board":"99"}`, `{"project":"PAY","limit":-5}`}},
	{"jira_get_epic", []string{`{"epic":"PAY-2","limit":3}`, `{"epic":"Offline mode","project":"MOB"}`}, []string{`{"epic":"PAY-9"}`, `{"epic":"Ofline mood"}`, `{"epic":"Refnds","project":"PAY"}`}},
	{"jira_move_to_sprint", []string{`{"sprint":"next","issues":"PAY-41, PAY-72, PAY-90"}`, `{"sprint":"backlog","issues":["PAY-72"]}`, `{"sprint":"MOB Hotfixes","issues":["MOB-20"]}`, `{"sprint":"PAY Sprint 15","jql":"project = PAY AND sprint is EMPTY AND type = Bug","dry_run":true}`},
		[]string{`{"sprint":"PAY Sprint 99","issues":["PAY-72"]}`, `{"sprint":"next"}`, `{"sprint":"current","issues":["MOB-20"]}`, `{"sprint":"PAY Sprint 11","issues":["PAY-72"]}`, `{"sprint":"next","issues":["PAY-9999"]}`}},
	{"jira_sprint_report", []string{`{"project":"PAY"}`, `{"board":"PAY board","sprint":"last"}`, `{"project":"PAY","sprint":"next"}`, `{"project":"MOB","sprint":"MOB Sprint 7","since":"2026-03-06"}`, `{"board":4,"sprint":"Train 9"}`},
		[]string{`{}`, `{"project":"OPS","sprint":"PAY Sprint 14"}`, `{"board":"OPS board"}`, `{"project":"MOB"}`, `{"project":"PAY","sprint":"PAY Sprint 99"}`, `{"project":"PAY","since":"once upon a time"}`}},
	{"jira_velocity", []string{`{"project":"PAY"}`, `{"board":"PAY board","sprints":2}`, `{"board":"MOB board"}`}, []string{`{}`, `{"board":"OPS board"}`, `{"project":"PAY","sprints":40}`, `{"project":"DOCS"}`}},
	{"jira_flow_report", []string{`{"project":"PAY"}`, `{"board":"OPS board","from":"2026-01-01","open":20}`, `{"jql":"project = PAY AND type = Bug"}`}, []string{`{}`, `{"project":"PAY","from":"2027-01-01"}`, `{"jql":"project = PAY AND status = Dnoe"}`, `{"project":"PAY","from":"lately"}`}},
	{"jira_workload", []string{`{"project":"PAY"}`, `{"jql":"sprint in openSprints()"}`, `{"board":"MOB board"}`}, []string{`{}`, `{"jql":"assignee = Costa"}`, `{"project":"PAYM"}`}},
	{"jira_standup", []string{`{"project":"PAY"}`, `{"board":"MOB board","since":"2026-03-06"}`, `{"project":"OPS"}`}, []string{`{}`, `{"project":"PAY","since":"once upon a time"}`, `{"board":"PYA board"}`}},
	{"jira_release_report", []string{`{"project":"PAY","version":"24.12"}`, `{"project":"PAY","version":"next"}`, `{"project":"PAY","version":"24.10"}`}, []string{`{"project":"PAY"}`, `{"project":"PAY","version":"24.13"}`, `{"project":"OPS","version":"next"}`}},
	{"jira_release_notes", []string{`{"project":"PAY","version":"24.11"}`, `{"jql":"project = OPS AND resolved >= -30d"}`}, []string{`{}`, `{"project":"PAY"}`, `{"project":"PAY","version":"24.13"}`}},
	{"jira_rank_issues", []string{`{"issues":["PAY-100","PAY-101"],"after":"PAY-95"}`}, []string{`{"issues":["PAY-100"]}`, `{"issues":["PAY-100"],"before":"PAY-100"}`, `{"issues":["PAY-100"],"before":"PAY-9999"}`}},
	{"jira_manage_sprint", []string{`{"action":"create","project":"PAY","name":"PAY Sprint 16","goal":"Rest"}`, `{"action":"edit","project":"PAY","sprint":"next","goal":"All of it"}`, `{"action":"complete","project":"PAY","sprint":"current","open_issues":"next","dry_run":true}`},
		[]string{`{"action":"create","project":"PAY"}`, `{"action":"start","board":"MOB board","sprint":"MOB Sprint 8"}`, `{"action":"complete","project":"PAY","sprint":"next"}`, `{"action":"create","board":"OPS board","name":"x"}`, `{"action":"close","project":"PAY"}`, `{"action":"edit","project":"PAY","sprint":"next","start":"later"}`}},
	{"jira_find_filters", []string{`{"query":"pay"}`}, []string{`{"name":"x"}`, `{"query":5}`, `[]`}},
	{"jira_run_filter", []string{`{"filter":"open bugs","limit":2,"and":"priority = High"}`}, []string{`{"filter":"Nothing like it"}`, `{"filter":"Urgent everywhere","and":"priority ="}`, `{"filter":"my"  ,"limit":-1}`}},
}

// TestScenarios compares what the model reads for every tool with the golden
// file.
func TestScenarios(t *testing.T) {
	toolstest.SkipWhenShort(t)
	t.Parallel()
	var b strings.Builder
	tried := map[string]bool{}
	main, mistakes := 0, 0
	for _, c := range scenarios {
		site := toolstest.NewTextOnly(t, toolstest.Everything)
		tried[c.tool] = true
		if len(c.calls) == 0 || len(c.mistakes) < 3 {
			t.Errorf("%s: %d calls and %d mistakes in scenarios; at least 1 and 3 are required", c.tool, len(c.calls), len(c.mistakes))
		}
		fmt.Fprintf(&b, "# %s\n", c.tool)
		for n, args := range append(append([]string{}, c.calls...), c.mistakes...) {
			text, _, isError := site.Call(t.Context(), c.tool, site.FillIDs(args))
			if n < len(c.calls) && isError {
				t.Errorf("%s %s: %s", c.tool, args, text)
			}
			if n >= len(c.calls) && !isError && !strings.HasPrefix(text, "No field name or allowed value contains") && !strings.Contains(text, "No field name or allowed value") {
				t.Errorf("%s %s is no mistake: %s", c.tool, args, text)
			}
			if n < len(c.calls) {
				main++
			} else {
				mistakes++
			}
			fmt.Fprintf(&b, "\n## %s\n\n%s\n", args, toolstest.RandomParts.ReplaceAllString(text, "$1 …"))
		}
		b.WriteByte('\n')
	}
	for _, tool := range toolstest.New(t, toolstest.Everything).Tools.Tools {
		if !tried[tool.Name] {
			t.Errorf("%s: no calls in scenarios (tools/scenario_test.go)", tool.Name)
		}
	}
	toolstest.Golden(t, "scenarios.md", b.String())
	t.Logf("%d tools, %d calls, %d mistakes", len(scenarios), main, mistakes)
}
