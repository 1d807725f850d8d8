package tools_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// ownMarkers returns the marker texts that people wrote in issues inside: those
// are part of their texts, and stay.
func ownMarkers(y *toolstest.FencedServer, markers []string) []string {
	y.T.Helper()
	own, _ := json.Marshal(writtenTexts(y.SearchDirectly("project = PAY")))
	return slices.DeleteFunc(slices.Clone(markers), func(c string) bool { return newMarkers([]string{c}).find(string(own), "") == "" })
}

// writtenTexts returns what people wrote in issues: summaries, rich text,
// comments.
func writtenTexts(v any) []string {
	switch v := v.(type) {
	case []map[string]any:
		var out []string
		for _, i := range v {
			f := i["fields"].(map[string]any)
			out = append(out, f["summary"].(string))
			out = append(out, writtenTexts(f["description"])...)
			out = append(out, writtenTexts(f["comment"])...)
		}
		return out
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, writtenTexts(item)...)
		}
		return out
	case map[string]any:
		var out []string
		for name, sub := range v {
			if s, ok := sub.(string); ok && name == "text" {
				out = append(out, s)
			}
			out = append(out, writtenTexts(sub)...)
		}
		return out
	}
	return nil
}

// leakAttempts are calls of every tool that name something outside the fence. A
// placeholder like %issue or %version stands for each name of that kind in
// outsideNames.
var leakAttempts = map[string][]string{
	"jira_whoami":        {`{}`},
	"jira_list_projects": {`{}`, `{"query":"OPS"}`, `{"query":"canary"}`, `{"query":"%project"}`, `{"start":1}`},
	"jira_get_issue": {`{"issues":["%issue"]}`, `{"issues":["PAY-1","%issue"]}`, `{"issues":["%id"]}`, `{"issues":["PAY-1"],"include":["comments"]}`,
		`{"issues":["PAY-1","PAY-12","PAY-9","PAY-15"],"fields":["*all"]}`, `{"issues":["PAY-1"],"fields":["Linked Issues","Parent","Sprint"]}`},
	"jira_search": {`{"jql":"project = OPS"}`, `{"jql":"project = %id"}`, `{"jql":"project = \"%project\""}`, `{"jql":"project != PAY"}`, `{"jql":"project is not empty"}`,
		`{"jql":"created >= -999d","limit":100}`, `{"jql":"created >= -999d","count":true}`, `{"jql":"created >= -999d OR project = OPS"}`, `{"jql":"key = %issue"}`, `{"jql":"key in (PAY-1, %issue)"}`,
		`{"jql":"parent = %issue"}`, `{"jql":"\"Epic Link\" = %issue"}`, `{"jql":"issueLink = %issue"}`, `{"jql":"issue in linkedIssues(\"%issue\")"}`, `{"jql":"issue in linkedIssues(\"PAY-1\")"}`,
		`{"jql":"filter = %filter"}`, `{"jql":"filter != %filter OR created > -9d"}`, `{"jql":"savedFilter = \"Urgent everywhere\"","limit":100,"fields":["Project","Linked Issues"]}`, `{"jql":"filter = \"Not operations\"","limit":100}`,
		`{"jql":"filter = \"My open work\"","count":true}`, `{"jql":"fixVersion in releasedVersions(OPS)"}`, `{"jql":"fixVersion in releasedVersions()","fields":["Fix versions"]}`, `{"jql":"issue in someFunction(\"%issue\")"}`, `{"jql":"text ~ canary"}`,
		`{"jql":"fixVersion = %version"}`, `{"jql":"fixVersion != %version","limit":100,"fields":["Fix versions"]}`, `{"jql":"affectedVersion in (24.10, %version)"}`, `{"jql":"fixVersion was %version"}`, `{"jql":"fixVersion changed to %version"}`,
		`{"jql":"component = %component"}`, `{"jql":"component not in (Ledger, %component)","limit":100,"fields":["Components"]}`, `{"jql":"sprint = %sprint"}`, `{"jql":"sprint != %sprint","limit":100}`, `{"jql":"cf[10020] = %sprint"}`,
		`{"jql":"text ~ \"x\\\") OR project = OPS OR (text ~ \\\"y\""}`, `{"jql":"summary ~ \"a\" ) OR (project = OPS"}`, `{"jql":"sprint in openSprints()","fields":["Parent","Linked Issues","Sprint"],"limit":100}`, `{"jql":"id = %id"}`,
		`{"jql":"project = PAY) OR (project = OPS"}`, `{"jql":"project = PAY ORDER BY project","limit":100,"fields":["Linked Issues","Parent","Project","Sprint","Components","Fix versions"]}`,
		`{"jql":"status was Done by \"Emeka Nwosu\"","limit":100}`, `{"jql":"cf[10014] = %issue"}`, `{"jql":"nofield = 1"}`, `{"jql":"component = \"canary\""}`, `{"jql":"status = canary"}`,
		`{"jql":"cf\\u005b10016\\u005d\\u0020\\u003d\\u0020424242\\u0020or\\u0020project\\u0020\\u003d\\u0020OPS\\u0020and\\u0020summary is not empty","count":true}`},
	"jira_create_issue": {`{"project":"OPS","type":"Task","summary":"x"}`, `{"project":"%project","type":"Task","summary":"x"}`, `{"project":"%id","type":"Task","summary":"x"}`,
		`{"project":"PAY","type":"Sub-task","summary":"x","parent":"%issue"}`, `{"project":"PAY","type":"Sub-task","summary":"x","parent":"%id"}`, `{"project":"PAY","type":"Story","summary":"x","parent":"%issue"}`, `{"project":"PAY","type":"Story","summary":"x","fields":[{"name":"Parent","value":"%issue"}]}`,
		`{"project":"PAY","type":"Bug","summary":"x","components":["%component"]}`, `{"project":"PAY","type":"Bug","summary":"x","fields":[{"name":"Fix versions","value":"%version"}]}`, `{"project":"PAY","type":"Story","summary":"x","fields":[{"name":"Sprint","value":"%sprint"}]}`,
		`{"project":"PAY","type":"Bug","summary":"x","assignee":"Hiro Tanaka"}`, `{"project":"PAY","type":"Bug","summary":"x","fields":[{"name":"Project","value":"OPS"}]}`, `{"project":"PAY","type":"Bug","summary":"x","fields":[{"name":"Linked Issues","value":"blocks %issue"}]}`, `{"project":"PAY","type":"Bug","summary":"x","links":["is blocked by %issue"]}`,
		`{"project":"PAY","type":"Sub-task","parent":"PAY-9","summary":"x","links":["blocks %issue"]}`, `{"project":"PAY","type":"Bug","summary":"x","sprint":"%sprint"}`, `{"project":"PAY","type":"Story","summary":"x","parent":"canary"}`, `{"project":"PAY","type":"Story","summary":"canary summary"}`},
	"jira_update_issue": {`{"issue":"%issue","summary":"x"}`, `{"issue":"%issue","append":"x"}`, `{"issue":"%id","summary":"x"}`, `{"issue":"PAY-12","fields":[{"name":"Parent","value":"%id"}]}`, `{"issue":"PAY-2","fields":[{"name":"Parent","value":"%issue"}]}`,
		`{"issue":"PAY-2","fields":[{"name":"Project","value":"OPS"}]}`, `{"issue":"PAY-2","fields":[{"name":"Components","value":"%component"}]}`, `{"issue":"PAY-2","fields":[{"name":"Fix versions","value":"%version","op":"add"}]}`, `{"issue":"PAY-4","fields":[{"name":"Sprint","value":"%sprint"}]}`,
		`{"issue":"PAY-2","assignee":"Hiro Tanaka"}`, `{"issue":"PAY-9","fields":[{"name":"Linked Issues","value":"blocks %issue"}]}`, `{"issue":"PAY-9","sprint":"%sprint"}`, `{"issue":"PAY-9, %issue","priority":"Low"}`},
	"jira_add_comment":      {`{"issue":"%issue","body":"x"}`, `{"issue":"%id","body":"x"}`, `{"issue":"PAY-2","body":"@Hiro Tanaka look"}`, `{"issue":"PAY-2","body":"x","reply_to":"%comment"}`},
	"jira_transition_issue": {`{"issue":"%issue","to":"Done"}`, `{"issue":"%id","to":"Done"}`, `{"issue":"%issue","to":"Done","comment":"x"}`, `{"issue":"PAY-90, %issue","to":"In Review"}`, `{"issue":"%issue","to":"Done","via":["In Progress"]}`},
	"jira_get_attachment":   {`{"issue":"%issue","file":"runbook.pdf"}`, `{"issue":"%issue","file":"canary"}`, `{"issue":"%id","file":"1"}`, `{"issue":"PAY-1","file":"%file"}`, `{"issue":"PAY-9","file":"%file"}`},
	"jira_create_issues": {`{"project":"%project","issues":[{"type":"Task","summary":"x"}]}`, `{"project":"PAY","issues":[{"type":"Story","summary":"x","parent":"%issue"}]}`, `{"project":"PAY","issues":[{"type":"Story","summary":"y","links":["blocks %issue"]}]}`,
		`{"project":"PAY","issues":[{"type":"Story","summary":"x","sprint":"%sprint"}]}`, `{"project":"OPS","issues":[{"type":"Task","summary":"y"}]}`, `{"project":"PAY","issues":[{"type":"Story","summary":"z","parent":"canary"}]}`},
	"jira_get_fields": {`{"project":"%project","type":"Task"}`, `{"project":"OPS"}`, `{"issue":"%issue"}`, `{"issue":"%id"}`, `{"project":"PAY","type":"Bug"}`, `{"issue":"PAY-1","query":"canary"}`},
	"jira_lookup": {`{"kind":"user","query":"Hiro"}`, `{"kind":"user","query":"Ana","project":"%project"}`, `{"kind":"label"}`, `{"kind":"label","project":"OPS"}`, `{"kind":"component","project":"OPS"}`, `{"kind":"component","project":"PAY"}`, `{"kind":"version","project":"%project"}`,
		`{"kind":"sprint","project":"OPS"}`, `{"kind":"sprint","project":"PAY"}`, `{"kind":"board"}`, `{"kind":"board","project":"OPS"}`, `{"kind":"board","project":"PAY"}`, `{"kind":"epic","project":"OPS"}`, `{"kind":"filter"}`, `{"kind":"filter","query":"canary"}`, `{"kind":"project","query":"canary"}`, `{"kind":"project"}`,
		`{"kind":"status"}`, `{"kind":"field"}`, `{"kind":"priority"}`, `{"kind":"resolution"}`, `{"kind":"link type"}`},
	"jira_get_history":    {`{"issue":"%issue"}`, `{"issue":"%id"}`, `{"issue":"PAY-1"}`, `{"issue":"PAY-12"}`},
	"jira_update_comment": {`{"issue":"%issue","comment":"1","append":"x"}`, `{"issue":"PAY-1","comment":"%comment","append":"x"}`, `{"issue":"%id","comment":"%comment","append":"x"}`, `{"issue":"OPS-3","comment":"%comment","append":"x"}`},
	"jira_delete_comment": {`{"issue":"%issue","comment":"1"}`, `{"issue":"PAY-1","comment":"%comment"}`, `{"issue":"OPS-3","comment":"%comment"}`},
	"jira_get_comments":   {`{"issue":"%issue"}`, `{"issue":"%id"}`, `{"issue":"PAY-1","author":"Ana"}`},
	"jira_link_issues":    {`{"issue":"%issue","words":"blocks","target":"PAY-2"}`, `{"issue":"PAY-2","words":"blocks","target":"%issue"}`, `{"issue":"PAY-2","words":"is blocked by","target":"%id"}`, `{"issue":"%issue","target":"https://example.com/x"}`, `{"issue":"PAY-1","words":"is blocked by","target":"OPS-3"}`},
	"jira_unlink_issues":  {`{"issue":"PAY-1","target":"%issue"}`, `{"issue":"OPS-3","target":"PAY-1"}`, `{"issue":"PAY-12","target":"SECRET-2"}`, `{"issue":"%issue","target":"https://example.com/x"}`},
	"jira_log_work":       {`{"issue":"%issue","time":"1h"}`, `{"issue":"%id","time":"1h"}`},
	"jira_get_worklogs":   {`{"issue":"%issue"}`, `{"issue":"%id"}`, `{"issue":"PAY-9"}`},
	"jira_update_worklog": {`{"issue":"%issue","worklog":"1","time":"1h"}`, `{"issue":"OPS-3","worklog":"%worklog","time":"1h"}`, `{"issue":"PAY-9","worklog":"%worklog","time":"2h"}`},
	"jira_delete_worklog": {`{"issue":"%issue","worklog":"1"}`, `{"issue":"OPS-3","worklog":"%worklog"}`, `{"issue":"PAY-9","worklog":"%worklog"}`},
	"jira_watch_issue":    {`{"issue":"%issue","add":["me"]}`, `{"issue":"%issue","vote":"give"}`, `{"issue":"%id","remove":["me"]}`},
	"jira_add_attachment": {`{"issue":"%issue","name":"x.txt","text":"x"}`, `{"issue":"%id","name":"x.txt","text":"x"}`},
	"jira_manage_version": {`{"project":"%project","version":"v","do":"create"}`, `{"project":"OPS","version":"%version","do":"release"}`, `{"project":"PAY","version":"%version","do":"release"}`, `{"project":"PAY","version":"25.1","do":"release","move_open_to":"%version"}`},
	"jira_move_issue":     {`{"issue":"PAY-2","project":"OPS","type":"Task"}`, `{"issue":"PAY-2","project":"%project","type":"Task"}`, `{"issue":"%issue","project":"PAY","type":"Task"}`, `{"issue":"%id","project":"PAY","type":"Task"}`},
	"jira_clone_issue":    {`{"issue":"%issue"}`, `{"issue":"%issue","project":"PAY","type":"Task"}`, `{"issue":"PAY-2","project":"OPS","type":"Epic"}`, `{"issue":"PAY-1","include":["links","files"]}`, `{"issue":"PAY-2","fields":[{"name":"Components","value":"%component"}]}`},
	"jira_bulk_update": {`{"issues":["%issue"],"fields":[{"name":"Labels","value":"x","op":"add"}]}`, `{"issues":["PAY-2","%issue"],"fields":[{"name":"Labels","value":"x","op":"add"}]}`, `{"jql":"project = OPS","fields":[{"name":"Labels","value":"x","op":"add"}]}`, `{"jql":"key = %issue","to":"Done"}`,
		`{"jql":"created > -900d AND project = \"%project\"","fields":[{"name":"Assignee","value":"me"}]}`, `{"task":"1"}`, `{"task":"%task"}`},
	"jira_find_filters": {`{}`, `{"query":"canary"}`, `{"query":"OPS"}`},
	"jira_run_filter":   {`{"filter":"%filter"}`, `{"filter":"Not operations","limit":100,"fields":["Linked Issues","Parent"]}`, `{"filter":"Open bugs in Payments","and":"project = OPS"}`, `{"filter":"Urgent everywhere","limit":100}`},
	"jira_list_boards":  {`{}`, `{"project":"OPS"}`, `{"project":"%project"}`, `{"query":"canary"}`},
	"jira_list_sprints": {`{"board":"%board"}`, `{"project":"OPS","state":"all"}`, `{"project":"%project"}`, `{"board":"1","state":"all"}`},
	"jira_get_board":    {`{"board":"%board"}`, `{"project":"OPS"}`},
	"jira_get_backlog":  {`{"board":"%board"}`, `{"project":"%project"}`},
	"jira_get_epic":     {`{"epic":"%issue"}`, `{"epic":"%id"}`, `{"epic":"canary","project":"OPS"}`, `{"epic":"canary","project":"PAY"}`},
	"jira_move_to_sprint": {`{"sprint":"next","issues":["%issue"]}`, `{"sprint":"%sprint","issues":["PAY-11"]}`, `{"sprint":"next","board":"%board","issues":["PAY-11"]}`, `{"sprint":"backlog","issues":["PAY-11","%issue"]}`, `{"sprint":"next","jql":"project = OPS"}`,
		`{"sprint":"next","issues":["%id"]}`},
	"jira_sprint_report":  {`{"board":"%board"}`, `{"project":"OPS"}`, `{"project":"%project"}`, `{"board":"1","sprint":"%sprint"}`, `{"project":"PAY"}`, `{"project":"PAY","sprint":"last"}`},
	"jira_velocity":       {`{"board":"%board"}`, `{"project":"OPS"}`, `{"project":"%project"}`, `{"project":"PAY"}`},
	"jira_flow_report":    {`{"board":"%board"}`, `{"project":"OPS"}`, `{"project":"%project"}`, `{"jql":"project = OPS"}`, `{"jql":"created > -900d","from":"2020-01-01"}`, `{"jql":"key = %issue"}`},
	"jira_workload":       {`{"board":"%board"}`, `{"project":"OPS"}`, `{"project":"%project"}`, `{"jql":"project = \"%project\""}`, `{"jql":"created > -900d"}`, `{"jql":"key = %issue"}`},
	"jira_standup":        {`{"board":"%board"}`, `{"project":"OPS"}`, `{"project":"%project"}`, `{"jql":"created > -900d","since":"2020-01-01"}`, `{"jql":"key = %issue","since":"2020-01-01"}`},
	"jira_release_report": {`{"project":"OPS","version":"next"}`, `{"project":"%project","version":"next"}`, `{"project":"PAY","version":"%version"}`},
	"jira_release_notes":  {`{"project":"OPS","version":"next"}`, `{"project":"%project","version":"next"}`, `{"project":"PAY","version":"%version"}`, `{"jql":"created > -900d"}`, `{"jql":"fixVersion = \"%version\""}`},
	"jira_rank_issues":    {`{"issues":["%issue"],"before":"PAY-11"}`, `{"issues":["PAY-11"],"before":"%issue"}`, `{"issues":["PAY-11"],"after":"%issue"}`},
	"jira_manage_sprint": {`{"action":"create","board":"%board","name":"x"}`, `{"action":"create","project":"OPS","name":"x"}`, `{"action":"edit","board":"1","sprint":"%sprint","goal":"x"}`, `{"action":"edit","board":"%board","sprint":"current","goal":"x"}`, `{"action":"delete","board":"1","sprint":"%sprint"}`,
		`{"action":"complete","board":"1","sprint":"%sprint"}`, `{"action":"complete","board":"1","sprint":"current","open_issues":"%sprint"}`},
	"jira_delete_issue": {`{"issue":"%issue"}`, `{"issue":"%id"}`, `{"issue":"%issue","with_subtasks":true}`, `{"issue":"PAY-1"}`, `{"issue":"PAY-12"}`},
}

// outsideNames returns names of things outside by their placeholder, and some
// that do not exist.
func outsideNames(y *toolstest.FencedServer, a *leakSite) map[string][]string {
	pick := func(what string) (out []string) {
		for n, c := range a.markers {
			if strings.HasPrefix(c, "canary-"+what+"-") {
				out = append(out, c)
				if n > 0 && strings.HasPrefix(a.markers[n-1], "77") && what != "project" {
					out = append(out, a.markers[n-1])
				}
				break
			}
		}
		return append(out, "no-such-"+what)
	}
	ops := y.DirectRequest("GET", "/rest/api/3/issue/OPS-3?fields=project", "")
	return map[string][]string{"%issue": {"OPS-3", "HELP-2", "SECRET-1", "OPS-5", "PAY-1000", "pay-1000", "OPS-99999"}, "%id": {ops["id"].(string), ops["fields"].(map[string]any)["project"].(map[string]any)["id"].(string)},
		"%project": pick("project"), "%version": append(pick("version"), pick("release")...), "%component": pick("component"), "%sprint": append(pick("sprint"), "77220022"), "%board": append(pick("board"), "77110011", "3"), "%filter": pick("filter"), "%file": pick("file"), "%task": {foreignTask(y)},
		"%comment": {y.Sandbox.Site().Issue("OPS-3").Comments[0].ID, "1"}, "%worklog": {y.Sandbox.Site().Issue("OPS-3").Worklogs[0].ID, "1"}}
}

// foreignTask begins a bulk operation, as another client of the same user does,
// and returns its id.
func foreignTask(y *toolstest.FencedServer) string {
	ops := y.Sandbox.Site().Issue("OPS-3")
	return y.Sandbox.Site().SubmitTask(&store.Task{By: y.Sandbox.Site().Users[0], Issues: []int64{ops.ID}, Do: func(int64) string { return "" }}, true)
}

// placeholder matches a placeholder in arguments.
var placeholder = regexp.MustCompile(`%[a-z]+`)

// fillPlaceholders returns the calls that an attempt stands for.
func fillPlaceholders(attempt string, named map[string][]string) []string {
	kind := placeholder.FindString(attempt)
	if kind == "" {
		return []string{attempt}
	}
	var out []string
	for _, name := range named[kind] {
		out = append(out, strings.ReplaceAll(attempt, kind, name))
	}
	return out
}

// TestFenceLeaksNothing makes every attempt with every tool, writes
// also as dry runs, and checks that no marker text comes out and nothing
// outside is changed.
func TestFenceLeaksNothing(t *testing.T) {
	t.Parallel()
	a := &leakSite{}
	y := toolstest.NewFencedWith(t, []string{"PAY"}, nil, a.addMarkers)
	theirs := ownMarkers(y, a.markers)
	names := slices.DeleteFunc(slices.Clone(a.markers), func(c string) bool { return slices.Contains(theirs, c) })
	if len(names) < 300 || len(theirs) > 10 {
		t.Fatalf("%d marker texts, of %d people inside wrote: %v", len(names), len(theirs), theirs)
	}
	markers := newMarkers(names)
	inside := len(y.SearchDirectly("project = PAY"))
	state := func() []byte {
		data, _ := json.Marshal(y.SearchDirectly("project in (OPS, HELP, DOCS)"))
		return data
	}
	before := state()
	named := outsideNames(y, a)
	table := map[string]int{}
	for _, tool := range y.Tools.Tools {
		for _, attempt := range toolstest.Sample(leakAttempts[tool.Name], 4) {
			for _, args := range toolstest.Sample(fillPlaceholders(attempt, named), 4) {
				tries := []string{args}
				if tool.Effect.Writes() {
					tries = []string{toolstest.DryRun(args), args}
				}
				for _, args := range tries {
					table[tool.Name]++
					tryCall(y, tool.Name, args, markers, inside+table["jira_create_issue"])
				}
			}
		}
		if table[tool.Name] == 0 {
			t.Errorf("%s: no calls in leakAttempts (tools/fence_leak_test.go)", tool.Name)
		}
	}
	if after := state(); !bytes.Equal(before, after) {
		t.Error("something outside was changed")
	}
	for _, d := range expandPromptAttempts(y, named) {
		table[d.entry]++
		y.TakeRequests()
		checkNoMarkers(y, d.entry, d.args, d.open(t.Context()), markers)
	}
	checkEveryEntryTried(y, table)
	total := 0
	for _, tool := range slices.Sorted(maps.Keys(table)) {
		total += table[tool]
		t.Logf("%-22s %4d attempts, none reached outside", tool, table[tool])
	}
	t.Logf("%d attempts with %d tools, prompts and resources, %d marker texts", total, len(table), len(names))
}

// TestAttemptsReachOutsideWithoutAFence checks that the attempts reach things
// outside if they are inside the fence, so that the test above can fail.
func TestAttemptsReachOutsideWithoutAFence(t *testing.T) {
	toolstest.SkipWhenShort(t)
	t.Parallel()
	a := &leakSite{}
	y := toolstest.NewFencedWith(t, []string{"PAY", "OPS", "HELP", "DOCS"}, nil, a.addMarkers)
	named := outsideNames(y, a)
	markers := newMarkers(a.markers)
	for _, tool := range y.Tools.Tools {
		open := 0
		for _, attempt := range leakAttempts[tool.Name] {
			for _, args := range fillPlaceholders(attempt, named) {
				if tool.Effect.Writes() {
					args = toolstest.DryRun(args)
				}
				text, structured, isError := y.Call(t.Context(), tool.Name, args)
				data, _ := json.Marshal(structured)
				if markers.find(text, args) != "" || markers.find(string(data), args) != "" || !isError && tool.Effect.Writes() {
					open++
				}
			}
		}
		t.Logf("%-22s %4d attempts reach outside", tool.Name, open)
		if tool.Name != "jira_whoami" && open == 0 {
			t.Errorf("%s: no call in leakAttempts would reach outside", tool.Name)
		}
	}
	open := map[string]int{}
	for _, d := range expandPromptAttempts(y, named) {
		if text := d.open(t.Context()); markers.find(text, d.args) != "" || strings.Contains(text, leakMark) {
			open[d.entry]++
		}
		open[d.entry] += 0
	}
	for entry, n := range open {
		t.Logf("%-22s %4d attempts reach outside", entry, n)
		if n == 0 && !strings.HasSuffix(entry, " person") { // a person who works in none of the four projects is outside here too
			t.Errorf("%s: no attempt would reach outside", entry)
		}
	}
}

// tryCall makes one call and checks its answer and its requests.
func tryCall(y *toolstest.FencedServer, tool, args string, markers markerFinder, inside int) {
	y.T.Helper()
	y.TakeRequests()
	text, structured, _ := y.Call(y.T.Context(), tool, args)
	data, _ := json.Marshal(structured)
	if c := markers.find(text, args) + markers.find(string(data), args); c != "" {
		y.T.Errorf("%s %s: %q comes out:\n%s", tool, args, c, text)
	}
	if out, ok := structured.(map[string]any); ok && out["approximate_count"] != nil {
		if n, err := out["approximate_count"].(json.Number).Int64(); err != nil || int(n) > inside {
			y.T.Errorf("%s %s: counts %v, and %d are inside", tool, args, out["approximate_count"], inside)
		}
	}
	checkRequestsConfined(y, tool, args)
}

// checkRequestsConfined checks the requests to Jira since it was last called:
// every query is confined, and a dry run writes nothing.
func checkRequestsConfined(y *toolstest.FencedServer, what, args string) {
	y.T.Helper()
	for _, sent := range y.TakeRequests() {
		if strings.Contains(sent, "/search/jql ") && !strings.Contains(sent, `"jql":"project IN (\"PAY\")`) {
			y.T.Errorf("%s %s: an unconfined query is sent: %s", what, args, sent)
		}
		if strings.Contains(args, `"dry_run":true`) && isWrite(sent) {
			y.T.Errorf("%s %s: a dry run sent %s", what, args, sent)
		}
	}
}

// isWrite reports whether a request changes something.
func isWrite(sent string) bool {
	return strings.HasPrefix(sent, "PUT") || strings.HasPrefix(sent, "DELETE") ||
		strings.HasPrefix(sent, "POST") && !strings.Contains(sent, "/search/") && !strings.Contains(sent, "/permissions/") && !strings.Contains(sent, "bulkfetch")
}

// TestRefusalsAreIndistinguishable checks that existing things outside and
// things that do not exist are refused in the same words and with the same
// requests.
func TestRefusalsAreIndistinguishable(t *testing.T) {
	y := toolstest.NewFencedWith(t, []string{"PAY"}, nil, func(s *store.Site) {
		ops := s.Project("OPS")
		ops.Versions = []*store.Version{{ID: "10290", Name: "OPS-2026"}}
		s.Sprints = append(s.Sprints, &store.Sprint{ID: 77, Name: "OPS Sprint", State: "active", Board: 2})
		for n, f := range [][2]string{{"Two of OPS", "project = OPS"}, {"Two of OPS", "project = OPS AND status = Done"}, {"Odd", "project = OPS AND issue in scriptRunner(x)"}, {"Round", "filter = Round AND project = OPS"}} {
			s.Filters = append(s.Filters, &store.Filter{ID: fmt.Sprint(10400 + n), Name: f[0], JQL: f[1], Owner: s.Users[1], Shared: true})
		}
	})
	for _, c := range []struct {
		tool, attempt string
		names         []string
	}{
		{"jira_search", `{"jql":"key = %s"}`, issuesOutside}, {"jira_search", `{"jql":"issue in linkedIssues(\"%s\")"}`, issuesOutside}, {"jira_search", `{"jql":"parent = %s"}`, issuesOutside},
		{"jira_update_issue", `{"issue":"%s","summary":"x"}`, issuesOutside}, {"jira_add_comment", `{"issue":"%s","body":"x"}`, issuesOutside}, {"jira_transition_issue", `{"issue":"%s","to":"Done"}`, issuesOutside},
		{"jira_delete_issue", `{"issue":"%s"}`, issuesOutside},
		{"jira_create_issue", `{"project":"PAY","type":"Story","summary":"x","parent":"%s"}`, issuesOutside},
		{"jira_search", `{"jql":"fixVersion = \"%s\""}`, []string{"OPS-2026", "no such"}}, {"jira_search", `{"jql":"fixVersion != \"%s\""}`, []string{"OPS-2026", "no such"}},
		{"jira_search", `{"jql":"component in (\"%s\")"}`, []string{"Kubernetes", "no such"}}, {"jira_search", `{"jql":"sprint not in (\"%s\")"}`, []string{"OPS Sprint", "no such"}},
		{"jira_search", `{"jql":"filter = \"%s\""}`, []string{"All of OPS", "Nightjar", "Two of OPS", "Odd", "Round", "no such"}}, {"jira_search", `{"jql":"project = \"%s\""}`, []string{"OPS", "Platform Operations", "SECRET", "no such"}},
		{"jira_create_issue", `{"project":"PAY","type":"Story","summary":"x","fields":[{"name":"Sprint","value":"%s"}]}`, []string{"77", "78"}},
	} {
		// Fills the caches of the site and of the user, whose time zone some tools ask for
		// ahead: a request that may or may not have been sent when the call is refused.
		_, _, _ = y.Call(t.Context(), "jira_whoami", `{}`)
		_, _, _ = y.Call(t.Context(), "jira_search", `{"jql":"project = OPS"}`)
		_, _, _ = y.Call(t.Context(), c.tool, fmt.Sprintf(c.attempt, "OPS-1"))
		said := map[string]string{}
		for _, name := range c.names {
			y.TakeRequests()
			text := y.Refused(c.tool, fmt.Sprintf(c.attempt, name), "confined to the projects PAY")
			text = strings.ReplaceAll(text, name, "NAME")
			if n := len(y.TakeRequests()); !strings.Contains(c.attempt, "Sprint") { // for an existing sprint its board is requested as well
				text += fmt.Sprintf(" [%d requests]", n)
			}
			said[text] += " " + name
		}
		if len(said) != 1 {
			t.Errorf("%s %s: told apart: %v", c.tool, c.attempt, said)
		}
	}
}

// issuesOutside are keys of issues that are outside, hidden, moved, or do not
// exist.
var issuesOutside = []string{"OPS-3", "OPS-99999", "SECRET-1", "NOSUCH-1", "PAY-1000", "PAY-99999"}

// TestWritesStayInWritableProjects checks a server that reads in two projects
// and writes in one.
func TestWritesStayInWritableProjects(t *testing.T) {
	y := toolstest.NewFenced(t, []string{"PAY", "OPS"}, []string{"PAY"})
	y.Ok("jira_get_issue", `{"issues":["OPS-3","PAY-1"]}`)
	y.Ok("jira_search", `{"jql":"project = OPS"}`)
	for tool, args := range map[string]string{"jira_update_issue": `{"issue":"OPS-3","summary":"x"}`, "jira_add_comment": `{"issue":"OPS-3","body":"x"}`,
		"jira_transition_issue": `{"issue":"OPS-3","to":"In Progress"}`, "jira_create_issue": `{"project":"OPS","type":"Task","summary":"x"}`} {
		y.TakeRequests()
		y.Refused(tool, args, "may write only in the projects PAY\n")
		for _, sent := range y.TakeRequests() {
			if isWrite(sent) {
				t.Errorf("%s: sent %s", tool, sent)
			}
		}
	}
	y.Ok("jira_update_issue", `{"issue":"PAY-2","summary":"Still possible"}`)
	text, _ := y.Ok("jira_whoami", `{}`)
	if !strings.Contains(text, "Confined to the projects PAY, OPS; may write in PAY.") {
		t.Error(text)
	}
}

// TestInsideWorksAsWithoutAFence checks that a fence around all visible
// projects changes no answer.
func TestInsideWorksAsWithoutAFence(t *testing.T) {
	y, free := toolstest.NewFenced(t, []string{"PAY", "OPS", "HELP", "DOCS", "MOB", "LAB"}, nil), toolstest.New(t, policy.Policy{})
	for _, c := range []struct{ tool, args string }{
		{"jira_list_projects", `{}`}, {"jira_get_issue", `{"issues":["PAY-1","OPS-5","PAY-12"]}`}, {"jira_search", `{"jql":"project = \"Platform Operations\" AND status != Done","count":true}`},
		{"jira_search", `{"jql":"issue in linkedIssues(PAY-1) ORDER BY key"}`}, {"jira_search", `{"jql":"text ~ disk OR assignee = currentUser()"}`}, {"jira_get_issue", `{"issues":["PAY-1000"]}`},
	} {
		want, _ := free.Ok(c.tool, c.args)
		got, _ := y.Ok(c.tool, c.args)
		want, _, _ = strings.Cut(want, "\nMore: cursor") // the cursor belongs to the query as it was sent
		got, _, _ = strings.Cut(got, "\nMore: cursor")
		if got != want {
			t.Errorf("%s %s:\nwith all projects inside: %s\nwithout a fence: %s", c.tool, c.args, got, want)
		}
	}
}

// TestSavedFiltersRunConfined checks that a saved filter finds what it finds
// without a fence, as far as it is in the projects inside.
func TestSavedFiltersRunConfined(t *testing.T) {
	y, free := toolstest.NewFenced(t, []string{"PAY", "HELP"}, nil), toolstest.New(t, policy.Policy{})
	for _, filter := range []string{"Open bugs in Payments", "My open work", "Urgent everywhere", "Not operations"} {
		want, _ := free.Ok("jira_search", fmt.Sprintf(`{"jql":"filter = \"%s\" AND project in (PAY, HELP) ORDER BY key","limit":100,"count":true}`, filter))
		got, _ := y.Ok("jira_search", fmt.Sprintf(`{"jql":"filter = \"%s\" ORDER BY key","limit":100,"count":true}`, filter))
		want, _, _ = strings.Cut(want, "\nMore: cursor")
		got, _, _ = strings.Cut(got, "\nMore: cursor")
		if want != got || strings.HasPrefix(got, "No issues") {
			t.Errorf("%s:\n%s\nwant\n%s", filter, got, want)
		}
	}
}

// TestNewIssuesAreInsideTheFence checks that a new issue is found, although its
// key was refused before it existed.
func TestNewIssuesAreInsideTheFence(t *testing.T) {
	y := toolstest.NewFenced(t, []string{"PAY"}, nil)
	y.Refused("jira_search", `{"jql":"key = PAY-133"}`, "or does not exist")
	y.Ok("jira_create_issue", `{"project":"PAY","type":"Story","summary":"x"}`)
	y.Ok("jira_search", `{"jql":"key = PAY-133"}`)
	y.Ok("jira_create_issue", `{"project":"PAY","type":"Sub-task","summary":"y","parent":"PAY-133"}`)
}
