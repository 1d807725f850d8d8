package tools_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// branchCalls are calls that together take every branch of a tool that sends a
// request to Jira: see TestEveryDeclaredOperationIsSent.
var branchCalls = map[string][]string{
	"jira_whoami":        {`{}`},
	"jira_list_projects": {`{}`, `{"query":"pay"}`},
	"jira_search": {`{"jql":"project = PAY ORDER BY key","limit":2}`, `{"jql":"project = PAY","count":true,"fields":["Story Points","Sprint"]}`, `{"jql":"project = PAY AND updated >= -1d","fields":["updated"]}`,
		`{"jql":"assignee = Costa"}`, `{"jql":"status = Dne"}`, `{"jql":"Severity = Majr"}`, `{"jql":"fixVersion = 24.12 AND component = Ledger"}`, `{"jql":"filter = \"My open work\" AND sprint = \"PAY Sprint 14\""}`},
	"jira_get_issue": {`{"issues":["PAY-1"]}`, `{"issues":["PAY-1","PAY-2"],"fields":["summary","Story Points"]}`, `{"issues":["PAY-1"],"include":["comments"]}`, `{"issues":["PAY-4"]}`, `{"issues":["PAY-1"],"comments_from":2}`, `{"issues":["PAY-5"]}`, `{"issues":["PAY-9"],"include":["watchers"]}`},
	"jira_create_issue": {`{"project":"PAY","type":"Bug","summary":"x"}`, `{"project":"Payments","type":"Story","summary":"x","assignee":"me","description":"@Ana Silva, see","fields":[{"name":"Sprint","value":"PAY Sprint 14"}]}`,
		`{"project":"PAY","type":"Bug","summary":"x","assignee":"Ana Silva"}`, `{"project":"PAY","type":"Story","summary":"x","fields":[{"name":"Sprint","value":"90"}]}`, `{"project":"PAY","type":"Story","summary":"z","dry_run":true}`,
		`{"project":"PAY","type":"Sub-task","summary":"x","parent":"PAY-2"}`, `{"project":"PAY","type":"Story","summary":"late x","sprint":"PAY Sprint 20"}`,
		`{"project":"PAY","type":"Sub-task","summary":"linked x","parent":"PAY-11","links":["blocks PAY-9"],"watchers":["me"],"files":[{"name":"a.txt","text":"x"}]}`, `{"project":"PAY","type":"Story","summary":"est x","estimate":"1d"}`,
		`{"project":"PAY","type":"Task","summary":"later x","sprint":"PAY Sprint 20","fields":[{"name":"Customer","value":"x"}]}`},
	"jira_get_attachment": {`{"issue":"OPS-4","file":"runbook.pdf"}`, `{"issue":"PAY-5","file":"notes.txt"}`, `{"issue":"HELP-1","file":"x"}`},
	"jira_get_fields":     {`{"project":"PAY","type":"Bug"}`, `{"issue":"PAY-2"}`, `{"project":"Payments"}`},
	"jira_lookup": {`{"kind":"user","query":"Ana"}`, `{"kind":"user","query":"Ana","project":"PAY"}`, `{"kind":"status"}`, `{"kind":"status","project":"PAY"}`, `{"kind":"component"}`, `{"kind":"epic"}`, `{"kind":"field","query":"point"}`, `{"kind":"label","query":"re"}`, `{"kind":"label","project":"PAY"}`,
		`{"kind":"component","project":"PAY"}`, `{"kind":"version","project":"PAY"}`, `{"kind":"link type"}`, `{"kind":"priority"}`, `{"kind":"sprint","project":"PAY"}`, `{"kind":"board","project":"PAY"}`, `{"kind":"epic","project":"PAY"}`, `{"kind":"filter"}`, `{"kind":"project"}`},
	"jira_create_issues": {`{"project":"PAY","issues":[{"ref":"a","type":"Story","summary":"one x","assignee":"Ana Silva"},{"ref":"b","type":"Sub-task","summary":"below","parent":"a","links":["blocks PAY-9"],"description":"@Ana Silva, see"}]}`,
		`{"project":"Payments","issues":[{"type":"Story","summary":"two x","sprint":"PAY Sprint 20"}]}`, `{"project":"PAY","issues":[{"type":"Task","summary":"me x","assignee":"me","parent":"Saved cards at checkout"}]}`,
		`{"project":"PAY","issues":[{"type":"Task","summary":"later still","sprint":"PAY Sprint 20","fields":[{"name":"Customer","value":"x"}]}]}`},
	"jira_get_history": {`{"issue":"PAY-1"}`, `{"issue":"PAY-5"}`},
	"jira_update_comment": {`{"issue":"PAY-1","comment":"COMMENT","append":"@Ana Silva, see"}`, `{"issue":"PAY-1","comment":"COMMENT","append":"y","dry_run":true}`,
		`{"issue":"PAY-1","comment":"COMMENT","append":"@Ben knows"}`, `{"issue":"PAY-1","comment":"COMMENT","append":"![x](notes.txt)"}`},
	"jira_delete_comment": {`{"issue":"PAY-1","comment":"COMMENT","dry_run":true}`, `{"issue":"PAY-1","comment":"COMMENT"}`},
	"jira_get_comments":   {`{"issue":"PAY-5","newest_first":true}`},
	"jira_link_issues":    {`{"issue":"PAY-2","words":"blocks","target":"PAY-9"}`, `{"issue":"PAY-2","target":"https://example.com/x"}`, `{"issue":"PAY-2","words":"blocks","target":"PAY-8","dry_run":true}`},
	"jira_unlink_issues":  {`{"issue":"PAY-9","target":"PAY-10","dry_run":true}`, `{"issue":"PAY-9","target":"PAY-10"}`, `{"issue":"PAY-9","target":"https://example.com/page"}`},
	"jira_log_work":       {`{"issue":"PAY-2","time":"1d","comment":"@Ana Silva, see"}`, `{"issue":"PAY-2","time":"1h","dry_run":true}`, `{"issue":"PAY-5","time":"1h","comment":"![x](notes.txt), @Ben knows"}`},
	"jira_get_worklogs":   {`{"issue":"PAY-9"}`},
	"jira_update_worklog": {`{"issue":"PAY-9","worklog":"WORKLOG","time":"1d","comment":"@Ana Silva, see"}`, `{"issue":"PAY-9","worklog":"WORKLOG","comment":"![x](notes.txt), @Ben knows"}`},
	"jira_delete_worklog": {`{"issue":"PAY-9","worklog":"WORKLOG"}`},
	"jira_watch_issue":    {`{"issue":"PAY-11","add":["Ben Okafor"],"vote":"give"}`, `{"issue":"PAY-11","vote":"take back"}`, `{"issue":"PAY-8","remove":["Ben Okafor"]}`},
	"jira_add_attachment": {`{"issue":"PAY-9","name":"x.txt","text":"x"}`, `{"issue":"PAY-9","name":"x.txt","text":"x","dry_run":true}`},
	"jira_manage_version": {`{"project":"PAY","version":"25.1","do":"change","description":"x"}`, `{"project":"Payments","version":"25.2","do":"create"}`},
	"jira_move_issue":     {`{"issue":"PAY-20","type":"Task","dry_run":true}`, `{"issue":"PAY-20","project":"Payments","type":"Task"}`},
	"jira_clone_issue":    {`{"issue":"PAY-5","type":"Story","project":"Payments","include":["files"],"fields":[{"name":"Assignee","value":"Ana Costa"},{"name":"Reviewers","value":"Ben Okafor, me"}]}`},
	"jira_bulk_update":    {`{"jql":"key = PAY-30","fields":[{"name":"Labels","value":"x","op":"add"}]}`, `{"issues":["PAY-31","PAY-32"],"fields":[{"name":"Assignee","value":"Ana Costa"},{"name":"Reviewers","value":"me, Ben Okafor"}]}`, `{"issues":["PAY-31"],"fields":[{"name":"Assignee","value":"me"}]}`, `{"jql":"key = PAY-92","to":"In Progress","dry_run":true}`, `{"issues":["OPS-41"],"to":"Done"}`, `{"issues":["PAY-11","PAY-12"],"to":"In Progress"}`},
	"jira_find_filters":   {`{"query":"open"}`},
	"jira_run_filter":     {`{"filter":"Open bugs in Payments","count":true,"fields":["updated"]}`},
	"jira_delete_issue":   {`{"issue":"PAY-40"}`, `{"issue":"PAY-43"}`, `{"issue":"PAY-11","with_subtasks":true,"dry_run":true}`},
	"jira_update_issue":   {`{"issue":"PAY-2","summary":"y","assignee":"Ana Costa"}`, `{"issue":"PAY-2","append":"@Ana Silva, see"}`, `{"issue":"PAY-5","append":"![x](notes.txt), @Ben knows"}`, `{"issue":"PAY-9","sprint":"PAY Sprint 20"}`, `{"issue":"PAY-9","fields":[{"name":"Time tracking","value":"1d"},{"name":"Linked Issues","value":"blocks PAY-8"}]}`},
	"jira_add_comment":    {`{"issue":"PAY-2","body":"@Ana Silva, see"}`, `{"issue":"HELP-2","body":"x"}`, `{"issue":"PAY-2","body":"x","dry_run":true}`, `{"issue":"PAY-1","body":"x","reply_to":"COMMENT"}`, `{"issue":"PAY-5","body":"![x](notes.txt), @Ben knows"}`},
	"jira_list_boards":    {`{"project":"PAY"}`, `{"project":"Payments"}`},
	"jira_list_sprints":   {`{"project":"PAY","state":"all"}`, `{"board":"1"}`, `{"project":"Payments"}`},
	"jira_get_board":      {`{"project":"PAY"}`, `{"board":"1"}`, `{"project":"Payments"}`},
	"jira_get_backlog":    {`{"project":"PAY","limit":2}`, `{"board":"1","limit":1}`, `{"project":"Payments","limit":1}`},
	"jira_get_epic":       {`{"epic":"PAY-2"}`, `{"epic":"refund","project":"Payments"}`},
	"jira_move_to_sprint": {`{"sprint":"next","issues":["PAY-11"]}`, `{"sprint":"backlog","issues":["PAY-72"]}`, `{"sprint":"PAY Sprint 15","board":"1","issues":["PAY-12"]}`, `{"sprint":"34","issues":["PAY-13"]}`, `{"sprint":"next","board":"PAY board","jql":"key = PAY-14"}`, `{"sprint":"34","board":"1","issues":["PAY-15"]}`},
	"jira_sprint_report":  {`{"project":"PAY"}`, `{"board":"1","sprint":"34"}`, `{"board":"1","sprint":"33"}`, `{"project":"Payments","sprint":"PAY Sprint 14"}`},
	"jira_rank_issues":    {`{"issues":["PAY-11"],"before":"PAY-12"}`},
	"jira_velocity":       {`{"project":"PAY","sprints":1}`, `{"board":"1","sprints":1}`, `{"project":"Payments","sprints":1}`},
	"jira_flow_report":    {`{"project":"Payments"}`, `{"board":"1"}`, `{"board":"PAY board","from":"2026-02-01"}`, `{"jql":"assignee = Costa"}`, `{"jql":"status = Dne"}`, `{"jql":"Severity = Majr"}`},
	"jira_workload":       {`{"project":"Payments"}`, `{"board":"1"}`, `{"board":"PAY board"}`, `{"jql":"assignee = Costa"}`, `{"jql":"status = Dne"}`, `{"jql":"Severity = Majr"}`},
	"jira_standup":        {`{"project":"Payments"}`, `{"board":"1"}`, `{"board":"PAY board"}`, `{"jql":"assignee = Costa"}`, `{"jql":"status = Dne"}`, `{"jql":"Severity = Majr"}`},
	"jira_release_report": {`{"project":"PAY","version":"24.12"}`, `{"project":"Payments","version":"next"}`},
	"jira_release_notes":  {`{"project":"PAY","version":"24.12"}`, `{"project":"Payments","version":"next"}`, `{"jql":"project = PAY AND sprint in closedSprints()"}`, `{"jql":"assignee = Costa"}`, `{"jql":"status = Dne"}`, `{"jql":"Severity = Majr"}`},
	"jira_manage_sprint": {`{"action":"edit","sprint":"PAY Sprint 15","goal":"v"}`, `{"action":"create","project":"PAY","name":"Extra","goal":"x"}`, `{"action":"edit","board":"1","sprint":"next","goal":"y"}`, `{"action":"edit","board":"1","sprint":"35","goal":"y"}`, `{"action":"edit","project":"Payments","sprint":"next","goal":"z"}`,
		`{"action":"complete","board":"PAY board","project":"PAY","sprint":"current","open_issues":"next"}`, `{"action":"delete","project":"PAY","sprint":"next"}`},
	"jira_transition_issue": {`{"issue":"PAY-90","to":"In Review","comment":"![x](notes.txt), @Ben knows","dry_run":true}`, `{"issue":"HELP-25","to":"Resolved","resolution":"Done","fields":[{"name":"Root cause","value":"Defect"}]}`, `{"issue":"PAY-90","to":"In Review","comment":"@Ana Silva, see"}`, `{"issue":"PAY-31","to":"nowhere"}`, `{"issue":"PAY-12","to":"In Review","via":["In Progress"]}`},
}

// runBranches makes the calls of the offered tools for which meant returns
// true, those of tools that write last, and stops when until returns true. It
// returns the text of each call and the operations that each tool sent.
func runBranches(b *toolstest.Server, meant func(kit.Tool) bool, until func(tool string, call int, text string) bool) (said, sent map[string][]string) {
	b.T.Helper()
	said, sent = map[string][]string{}, map[string][]string{}
	left, err := b.Tools.Unavailable(b.T.Context())
	said["tools/list"] = []string{fmt.Sprintln(left, err)}
	if until("tools/list", 0, said["tools/list"][0]) {
		return said, sent
	}
	offered := slices.SortedStableFunc(slices.Values(b.Tools.Tools), func(x, y kit.Tool) int { return strings.Compare(writesLast(x), writesLast(y)) })
	for _, tool := range offered {
		if !meant(tool) {
			continue
		}
		for _, args := range branchCalls[tool.Name] {
			b.TakeRequests()
			res := b.Tools.Runner.Call(kit.WithConfirmed(b.T.Context()), tool, toolstest.CallRequest(tool.Name, fillBranchIDs(b, args)))
			said[tool.Name] = append(said[tool.Name], toolstest.RandomParts.ReplaceAllString(strings.ReplaceAll(toolstest.ResultText(res), b.Site, "SITE"), "$1 …"))
			for _, r := range b.TakeRequests() {
				sent[tool.Name] = append(sent[tool.Name], operationOf(r))
			}
			if n := len(said[tool.Name]) - 1; until(tool.Name, n, said[tool.Name][n]) {
				return said, sent
			}
		}
	}
	return said, sent
}

// neverStop makes runBranches go on to the end.
func neverStop(string, int, string) bool { return false }

// fillBranchIDs fills in ids: of a comment of PAY-1 by somebody else, and of
// the first worklog of PAY-9.
func fillBranchIDs(b *toolstest.Server, args string) string {
	site := b.Sandbox.Site()
	args = strings.ReplaceAll(args, "COMMENT", site.Issue("PAY-1").Comments[3].ID)
	return strings.ReplaceAll(args, "WORKLOG", site.Issue("PAY-9").Worklogs[0].ID)
}

// writesLast returns a key by which tools that write are sorted last.
func writesLast(t kit.Tool) string {
	if t.Effect.Writes() {
		return "last"
	}
	return "first"
}

// operationOf returns the key of a request's operation; one whose path has no
// placeholder takes precedence.
func operationOf(request string) string {
	found := request
	for _, op := range jira.Operations() {
		switch literal := !strings.Contains(op.Path, "{"); {
		case literal && op.Key() == request:
			return request
		case !literal && matchesPath(op.Key(), request):
			found = op.Key()
		}
	}
	return found
}

// matchesPath reports whether a request matches the key of an operation with
// placeholders.
func matchesPath(key, request string) bool {
	want, got := strings.Split(key, "/"), strings.Split(request, "/")
	return slices.EqualFunc(want, got, func(w, g string) bool { return w == g || strings.HasPrefix(w, "{") && g != "" })
}

// TestScopesAreSufficientAndNecessary checks for typical policies, classic and
// granular scopes, with a fence and without, that the computed scopes suffice,
// that without a required one some tool fails, and that without an optional one
// some tool says that it does less.
func TestScopesAreSufficientAndNecessary(t *testing.T) {
	toolstest.SkipWhenShort(t)
	t.Parallel()
	for name, p := range toolstest.Policies() {
		for _, granular := range []bool{false, true} {
			for _, confined := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, granular %v, confined %v", name, granular, confined), func(t *testing.T) {
					t.Parallel()
					offered := toolstest.NewScoped(t, p, nil, confined).Tools.Tools
					scoping := policy.ScopeOptions{Granular: granular, Fenced: confined}
					need := policy.ScopesFor(offered, scoping)
					// Tools that do not need the scope give the same answers
					// with and without it.
					using := func(scope string) func(kit.Tool) bool {
						return func(t kit.Tool) bool {
							own := policy.ScopesFor([]kit.Tool{t}, scoping)
							return slices.Contains(slices.Concat(own.Required, own.Optional), scope)
						}
					}
					all := slices.Concat(need.Required, need.Optional)
					b := toolstest.NewScoped(t, p, all, confined)
					said, sent := runBranches(b, func(kit.Tool) bool { return true }, neverStop)
					for tool, answers := range said {
						for i, text := range answers {
							if strings.Contains(text, toolstest.MissingScope) {
								t.Errorf("%s, call %d, lacks a scope with %v: %s", tool, i, all, text)
							}
						}
					}
					checkDeclared(t, offered, sent, confined)
					for _, one := range need.Required {
						names := func(_ string, _ int, text string) bool {
							return strings.Contains(text, toolstest.MissingScope) && strings.Contains(text, one)
						}
						said, _ := runBranches(toolstest.NewScoped(t, p, without(all, one), confined), using(one), names)
						if !slices.ContainsFunc(flatten(said), func(s string) bool { return names("", 0, s) }) {
							t.Errorf("without %s every tool works, or none names it", one)
						}
					}
					for _, one := range need.Optional {
						less, _ := runBranches(toolstest.NewScoped(t, p, without(all, one), confined), using(one), func(tool string, call int, text string) bool {
							return text != said[tool][call] && strings.Contains(text, "scope")
						})
						var other []string
						for tool, answers := range less {
							for i, text := range answers {
								if text != said[tool][i] {
									other = append(other, fmt.Sprintf("%s: %s", tool, text))
								}
							}
						}
						if len(other) == 0 {
							t.Errorf("without the optional %s nothing is less", one)
						} else if !slices.ContainsFunc(other, func(s string) bool { return strings.Contains(s, "scope") }) {
							t.Errorf("without the optional %s it is not said why something is less:\n%s", one, strings.Join(other, "\n"))
						}
					}
				})
			}
		}
	}
}

// fallbackScopes are scopes without which a tool sends another request instead.
var fallbackScopes = map[string]string{"jira_sprint_report": "read:board-scope.admin:jira-software", "jira_velocity": "read:board-scope.admin:jira-software",
	"jira_get_board": "read:board-scope.admin:jira-software", "jira_get_backlog": "read:board-scope.admin:jira-software"}

// TestEveryDeclaredOperationIsSent checks that some branch of a tool sends each
// operation that it declares, each on a server with empty caches: so the
// branches are complete, and no scope is requested without need.
func TestEveryDeclaredOperationIsSent(t *testing.T) {
	toolstest.SkipWhenShort(t)
	t.Parallel()
	guards := map[string]bool{}
	sent := map[string]map[string]bool{}
	for _, confined := range []bool{false, true} {
		all := toolstest.NewScoped(t, toolstest.Everything, nil, confined).Tools.Tools
		need := policy.ScopesFor(all, policy.ScopeOptions{Fenced: confined})
		for _, tool := range all {
			if sent[tool.Name] == nil {
				sent[tool.Name] = map[string]bool{jira.OpAttachment.Key(): tool.Name == "jira_get_attachment"} // the resource sends it
			}
			for _, args := range branchCalls[tool.Name] {
				b := toolstest.NewScoped(t, toolstest.Everything, slices.Concat(need.Required, need.Optional), confined)
				own, _ := b.Tools.Tool(tool.Name)
				b.Tools.Runner.Call(kit.WithConfirmed(t.Context()), own, toolstest.CallRequest(own.Name, fillBranchIDs(b, args)))
				for _, r := range b.TakeRequests() {
					sent[tool.Name][operationOf(r)] = true
					guards[operationOf(r)] = guards[operationOf(r)] || confined
				}
				if scope := fallbackScopes[tool.Name]; scope != "" {
					b := toolstest.NewScoped(t, toolstest.Everything, without(slices.Concat(need.Required, need.Optional), scope), confined)
					own, _ := b.Tools.Tool(tool.Name)
					b.Tools.Runner.Call(t.Context(), own, toolstest.CallRequest(own.Name, fillBranchIDs(b, args)))
					for _, r := range b.TakeRequests() {
						sent[tool.Name][operationOf(r)] = true
					}
				}
			}
			for _, op := range slices.Concat(tool.Requires, tool.Optional) {
				if confined && !sent[tool.Name][op] {
					t.Errorf("%s declares %s, which no call in branchCalls (tools/scopes_test.go) sends", tool.Name, op)
				}
			}
		}
	}
	required, optional, _ := jira.FenceOperations(slices.Collect(maps.Keys(guards)), nil)
	for _, op := range append(required, optional...) {
		if !guards[op.Key()] {
			t.Errorf("the fence declares %s, which no branch sends", op.Key())
		}
	}
}

// checkDeclared fails the test for operations that were sent and not declared.
func checkDeclared(t *testing.T, offered []kit.Tool, sent map[string][]string, confined bool) {
	t.Helper()
	for _, tool := range offered {
		always := []string{jira.OpMyself.Key(), jira.OpMyPermissions.Key()}
		if confined {
			required, optional, _ := jira.FenceOperations(tool.Requires, tool.Optional)
			for _, op := range append(required, optional...) {
				always = append(always, op.Key())
			}
		}
		if len(branchCalls[tool.Name]) == 0 {
			t.Errorf("%s: no calls in branchCalls (tools/scopes_test.go)", tool.Name)
		}
		for _, op := range sent[tool.Name] {
			if !slices.Contains(slices.Concat(tool.Requires, tool.Optional, always), op) && !strings.Contains(op, "/_edge/") {
				t.Errorf("%s sends %s, which it does not declare", tool.Name, op)
			}
		}
	}
}

func without(list []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == one })
}

// flatten returns the texts of all tools in one list.
func flatten(said map[string][]string) []string {
	var out []string
	for _, answers := range said {
		out = append(out, answers...)
	}
	return out
}

// TestIsBeta checks IsBeta against Atlassian's documents.
func TestIsBeta(t *testing.T) {
	con := contracttest.Load(t)
	for _, op := range jira.Operations() {
		_, _, o := con.Documents[string(op.Document)].Operation(op.ID)
		data, err := json.Marshal(o.Extensions["x-atlassian-oauth2-scopes"])
		if err != nil {
			t.Fatal(err)
		}
		var sets []struct {
			Scopes []string
			State  string
		}
		_ = json.Unmarshal(data, &sets) // the agile document has no such extension
		for _, set := range sets {
			for _, scope := range set.Scopes {
				if policy.IsBeta(scope) != (set.State == "Beta") {
					t.Errorf("%s is marked %s", scope, set.State)
				}
			}
		}
	}
	if policy.IsBeta("read:sprint:jira-software") || !policy.IsBeta("read:permission:jira") {
		t.Error("the agile API's scopes are marked, or the platform's are not")
	}
}
