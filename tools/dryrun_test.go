package tools_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// dryRuns are calls of every tool that writes, with what the dry run of each
// has to contain.
var dryRuns = map[string][]struct {
	args string
	says []string
}{
	"jira_create_issue": {
		{`{"project":"PAY","type":"Bug","summary":"Refund fails","description":"@Ben Okafor, see\n\n- one","priority":"high","assignee":"Ana Costa","labels":["a","b"],"components":["Refunds"],"fields":[{"name":"Story Points","value":"3"},{"name":"Sprint","value":"PAY Sprint 14"},{"name":"Severity","value":"major"}]}`,
			[]string{"It would file a Bug in PAY.", "Assignee: Ana Costa", "Components: Refunds", "Labels: a, b", "Priority: High", "Severity: Major", "Story Points: 3", "Sprint: PAY Sprint 14", "Summary: Refund fails", "- one",
				"May notify: Ana Costa (assigned), Ben Okafor (mentioned)"}},
		{`{"project":"PAY","type":"Bug","summary":"x"}`, []string{"get Jira's defaults", "the project may set an assignee"}},
	},
	"jira_update_issue": {
		{`{"issue":"PAY-2","summary":"Another","add_labels":["new"],"assignee":"Ben Okafor","priority":"Lowest","due_date":"2026-12-24"}`,
			[]string{"It would edit PAY-2.", "→ Another", "→ Ben Okafor", "→ Lowest", "Due date: empty → 2026-12-24", "new", "Ben Okafor (assigned)"}},
		{`{"issue":"PAY-2","append":"One more line, @Ana Costa"}`, []string{"Description: … nothing … → … One more line", "Ana Costa (mentioned)"}},
		{`{"issue":"PAY-2","assignee":"none"}`, []string{"→ empty"}},
	},
	"jira_add_comment": {
		{`{"issue":"HELP-2","body":"Hello **you**"}`, []string{"comment on HELP-2, visible to agents only (internal)", "Hello **you**", "May notify:"}},
		{`{"issue":"HELP-2","body":"Hello **you**","public":true}`, []string{"comment on HELP-2, visible to the customer as well (public)", "May notify:", "Ines Moreau (reporter)"}},
		{`{"issue":"HELP-2","body":"x","public":true}`, []string{"the customer as well (public)"}},
	},
	"jira_transition_issue": {
		{`{"issue":"PAY-90","to":"In Review","comment":"Look, @Ana Costa"}`, []string{`It would transition PAY-90 with "`, "→ In Review", "Comment: Look,", "Ana Costa (mentioned)"}},
	},
	"jira_create_issues": {
		{`{"project":"PAY","issues":[{"ref":"epic","type":"Epic","summary":"Receipts"},{"ref":"story","type":"Story","summary":"Mail a receipt","parent":"epic","priority":"High"},{"type":"Sub-task","summary":"Template","parent":"story","links":["blocks PAY-9"]}]}`,
			[]string{"It would file 3 issues in PAY.", `epic: Epic "Receipts"`, `story: Story "Mail a receipt"; Priority: High; below epic`, `#3: Sub-task "Template"; below story; blocks PAY-9`}},
	},
	"jira_update_comment": {
		{`{"issue":"PAY-1","comment":"OWN","append":"One more line"}`, []string{"edit comment", "of PAY-1", "One more line"}},
	},
	"jira_link_issues": {
		{`{"issue":"PAY-2","words":"is blocked by","target":"PAY-9"}`, []string{"link: PAY-2 is blocked by PAY-9"}},
		{`{"issue":"PAY-2","target":"https://example.com/plan","title":"The plan"}`, []string{"link PAY-2 to the page https://example.com/plan (The plan)"}},
	},
	"jira_unlink_issues": {
		{`{"issue":"PAY-9","target":"PAY-10"}`, []string{"remove the link: PAY-9 blocks PAY-10"}},
	},
	"jira_log_work": {
		{`{"issue":"PAY-3","time":"1h 30m","started":"2026-03-10T09:00","remaining":"2h"}`, []string{"log 1h 30m on PAY-3, started 2026-03-10T09:00+01:00", "Now: ", "left"}},
	},
	"jira_update_worklog": {
		{`{"issue":"PAY-3","worklog":"WORKLOG","time":"2h"}`, []string{"change worklog", "Time: 1h 30m → 2h"}},
	},
	"jira_watch_issue": {
		{`{"issue":"PAY-9","add":["Chidi Eze"],"remove":["Ben Okafor"]}`, []string{"change the watchers of PAY-9: added Chidi Eze, removed Ben Okafor", "Watching now: "}},
	},
	"jira_add_attachment": {
		{`{"issue":"PAY-9","name":"log.txt","text":"line"}`, []string{"attach log.txt (4 bytes) to PAY-9"}},
	},
	"jira_manage_version": {
		{`{"project":"PAY","version":"24.12","do":"release"}`, []string{"release version 24.12 of PAY, which is unreleased", "Released: false → true"}},
		{`{"project":"PAY","version":"25.9","do":"create","release_date":"2026-05-01"}`, []string{"create version 25.9 in PAY", "Release: 2026-05-01"}},
	},
	"jira_move_issue": {
		{`{"issue":"PAY-31","project":"OPS","type":"Task"}`, []string{`move PAY-31 "`, "Project: PAY → OPS, with a new key", "Type: Story → Task", "Lost or hidden: ", "Kept: ", "Jira sends no notification e-mails", "confirm: "}},
	},
	"jira_clone_issue": {
		{`{"issue":"PAY-9","summary":"A copy","include":["links"]}`, []string{"file a copy of PAY-9 in PAY", "Summary: A copy", "Also copied: links"}},
	},
	"jira_bulk_update": {
		{`{"jql":"project = PAY AND type = Bug","fields":[{"name":"Labels","value":"triage","op":"add"}]}`, []string{"change ", " issues", "Labels: add triage", "Issues: PAY-", "Jira sends no notification e-mails", "confirm: "}},
		{`{"issues":["PAY-11","PAY-12"],"to":"In Progress","notify":true}`, []string{"transition 2 issues with Start work → In Progress (11)", "Jira sends notification e-mails"}},
	},
	"jira_move_to_sprint": {
		{`{"sprint":"next","issues":["PAY-41","PAY-90"]}`, []string{"move 2 to PAY Sprint 15: PAY-41, PAY-90", "Sprint: backlog: PAY-41; PAY Sprint 14: PAY-90 → PAY Sprint 15"}},
		{`{"sprint":"backlog","jql":"key = PAY-72"}`, []string{"move 1 to the backlog: PAY-72", "Sprint: PAY Sprint 14 → the backlog", "confirm: "}},
	},
	"jira_rank_issues": {
		{`{"issues":["PAY-100","PAY-101"],"after":"PAY-95"}`, []string{"rank PAY-100, PAY-101 after PAY-95"}},
	},
	"jira_manage_sprint": {
		{`{"action":"create","board":"1","name":"PAY Sprint 16","goal":"Rest","start":"2026-04-01T09:00","end":"2026-04-14T17:00"}`, []string{"create a sprint on PAY board", "Name: PAY Sprint 16", "Start: 2026-04-01T09:00", "Goal: Rest"}},
		{`{"action":"edit","project":"PAY","sprint":"next","goal":"All of it"}`, []string{"edit the sprint PAY Sprint 15", "Goal: PSD3 gap analysis → All of it"}},
		{`{"action":"complete","project":"PAY","sprint":"current","open_issues":"next"}`, []string{"complete the sprint PAY Sprint 14", "open issues move to PAY Sprint 15: PAY-", "confirm: "}},
		{`{"action":"start","project":"PAY","sprint":"next","end":"2026-04-14T17:00"}`, []string{"start the sprint PAY Sprint 15", "confirm: "}},
		{`{"action":"delete","project":"PAY","sprint":"next"}`, []string{"delete the future sprint PAY Sprint 15", "which are kept", "confirm: "}},
	},
	"jira_delete_comment": {
		{`{"issue":"PAY-1","comment":"OWN"}`, []string{"delete comment ", " of PAY-1, by Ana Silva", "confirm: "}},
	},
	"jira_delete_worklog": {
		{`{"issue":"PAY-3","worklog":"WORKLOG"}`, []string{"delete worklog ", " of PAY-3, by Ana Silva: ", "confirm: "}},
	},
	"jira_delete_issue": {
		{`{"issue":"PAY-1"}`, []string{"delete PAY-1", "last updated 20", "Would also be deleted: ", "comments", "links", "confirm: "}},
	},
}

// TestDryRunsPreviewAndSendNothing checks, for every tool that
// writes, that a dry run sends nothing and that the same call then does what it
// said.
func TestDryRunsPreviewAndSendNothing(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	for _, tool := range b.Tools.Tools {
		if tool.Effect.Writes() != (len(dryRuns[tool.Name]) > 0) {
			t.Errorf("%s writes: %v; dry runs: %d", tool.Name, tool.Effect.Writes(), len(dryRuns[tool.Name]))
		}
		for _, c := range dryRuns[tool.Name] {
			b.TakeRequests()
			c.args = b.FillIDs(c.args)
			text, structured := b.Ok(tool.Name, toolstest.DryRun(c.args))
			if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) > 0 {
				t.Errorf("%s %s sent %v", tool.Name, c.args, sent)
			}
			if !strings.HasPrefix(text, "Dry run: nothing was sent.") || structured["dry_run"] == nil {
				t.Errorf("%s: %s", tool.Name, text)
			}
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("%s %s does not say %q:\n%s", tool.Name, c.args, want, text)
				}
			}
			if strings.HasPrefix(tool.Name, "jira_delete_") || tool.Name == "jira_move_issue" || tool.Name == "jira_bulk_update" || strings.Contains(text, "confirm: ") {
				continue // calls of these tools are confirmed first
			}
			said, _ := b.Ok(tool.Name, c.args)
			if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) == 0 {
				t.Errorf("%s %s: in earnest nothing was sent: %s", tool.Name, c.args, said)
			}
			checkPreviewMatches(t, tool.Name, structured, said)
		}
	}
}

// checkPreviewMatches compares the fields that an edit or a create reports with
// those that the dry run announced.
func checkPreviewMatches(t *testing.T, tool string, structured map[string]any, said string) {
	t.Helper()
	changes, _ := structured["dry_run"].(map[string]any)["changes"].([]any)
	for _, c := range changes {
		change := c.(map[string]any)
		field, after := change["field"].(string), change["after"].(string)
		if slices.Contains([]string{"Summary", "Description", "Comment", "Status", "Steps to reproduce"}, field) {
			continue
		}
		// An edit shows the values before as well; other tools report in other
		// words.
		if !strings.Contains(tool, "_issue") || tool == "jira_create_issues" || tool == "jira_link_issues" || tool == "jira_unlink_issues" || tool == "jira_clone_issue" {
			continue
		}
		if !strings.Contains(said, "\n"+field+": "+after) && !strings.Contains(said, "→ "+after) {
			t.Errorf("%s: the dry run said %s: %s; it became\n%s", tool, field, after, said)
		}
	}
}

// TestDryRunsFailLikeCalls checks that mistakes, missing permissions
// and the fence fail a dry run as they fail the call.
func TestDryRunsFailLikeCalls(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	for _, c := range []struct{ tool, args, says string }{
		{"jira_create_issue", `{"project":"PAY","type":"Bug","summary":"x","priority":"Urgent"}`, "Allowed: Highest"},
		{"jira_update_issue", `{"issue":"DOCS-2","summary":"x"}`, "may not edit"},
		{"jira_transition_issue", `{"issue":"PAY-2","to":"Nowhere"}`, "no transition from there is named"},
		{"jira_add_comment", `{"issue":"PAY-99999","body":"x"}`, "404"},
		{"jira_delete_issue", `{"issue":"PAY-99999"}`, "404"},
	} {
		b.Refused(c.tool, toolstest.DryRun(c.args), c.says)
	}
	y := toolstest.NewFenced(t, []string{"PAY", "OPS"}, []string{"PAY"})
	y.Refused("jira_update_issue", toolstest.DryRun(`{"issue":"OPS-3","summary":"x"}`), "may write only in the projects PAY\n")
	y.Refused("jira_create_issue", toolstest.DryRun(`{"project":"OPS","type":"Task","summary":"x"}`), "may write only in the projects PAY\n")
}

// TestDryRunsAreNotRateLimited checks that dry runs do not count as writes.
func TestDryRunsAreNotRateLimited(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	serveWithWriteLimit(b, t, 1)
	for range 3 {
		b.Ok("jira_add_comment", `{"issue":"PAY-2","body":"x","dry_run":true}`)
	}
	b.Ok("jira_add_comment", `{"issue":"PAY-2","body":"x"}`)
	b.Refused("jira_add_comment", `{"issue":"PAY-2","body":"x"}`, "at most 1 issues a minute")
}

// TestIdenticalCreatesAreMadeOnce checks that identical creates within ten
// minutes make one issue, concurrent ones included.
func TestIdenticalCreatesAreMadeOnce(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	create := `{"project":"PAY","type":"Bug","summary":"Twice","description":"The same"}`
	keys, mu, wait := map[string]int{}, sync.Mutex{}, sync.WaitGroup{}
	for range 16 {
		wait.Go(func() {
			text, structured, isError := b.Call(t.Context(), "jira_create_issue", create)
			if isError {
				t.Error(text)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			keys[structured.(map[string]any)["key"].(string)]++
		})
	}
	wait.Wait()
	if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) != 1 || len(keys) != 1 {
		t.Fatalf("sent %v, keys %v", sent, keys)
	}
	text, structured := b.Ok("jira_create_issue", create)
	for _, want := range []string{"Not created again: it is PAY-", "This server process filed the same issue", "allow_duplicate: true"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
	first := structured["key"].(string)
	if structured["filed_before"] != true {
		t.Errorf("%v", structured)
	}
	// A create that differs makes another issue, if it is wanted or of another type.
	b.Refused("jira_create_issue", `{"project":"PAY","type":"Bug","summary":"Twice","description":"The same!"}`, "an issue with the same or nearly the same summary exists already", first+" (To Do) Twice", "allow_duplicate: true")
	for _, other := range []string{`{"project":"PAY","type":"Bug","summary":"Twice","description":"The same!","allow_duplicate":true}`, `{"project":"PAY","type":"Task","summary":"Twice","description":"The same"}`,
		strings.Replace(create, `"summary"`, `"allow_duplicate":true,"summary"`, 1)} {
		if _, s := b.Ok("jira_create_issue", other); s["key"] == first || s["filed_before"] != nil {
			t.Errorf("%s: %v", other, s)
		}
	}
	b.Clock.Advance(10*time.Minute + time.Second)
	b.Refused("jira_create_issue", create, "an issue with the same or nearly the same summary exists already")
	if _, s := b.Ok("jira_create_issue", strings.Replace(create, `"summary"`, `"allow_duplicate":true,"summary"`, 1)); s["filed_before"] != nil {
		t.Errorf("after ten minutes: %v", s)
	}
}

// TestFailedAndDeletedCreatesAreRepeated checks that a create is repeated if
// the first one failed or its issue was deleted, and not if its answer was
// lost.
func TestFailedAndDeletedCreatesAreRepeated(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	fault := http.StatusOK
	b.Connect(toolstest.Everything, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.Mu.Lock()
		b.Requests = append(b.Requests, r.Method+" "+r.URL.Path)
		b.Mu.Unlock()
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/issue") && fault != http.StatusOK {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(fault)
			_ = json.NewEncoder(w).Encode(map[string]any{"errorMessages": []string{"No."}})
			return
		}
		b.Sandbox.ServeHTTP(w, r)
	}))
	create := `{"project":"PAY","type":"Bug","summary":"Again"}`
	fault = http.StatusBadRequest
	b.Refused("jira_create_issue", create, "No.")
	fault = http.StatusOK
	_, made := b.Ok("jira_create_issue", create)
	if made["filed_before"] != nil {
		t.Errorf("after a refusal: %v", made)
	}
	// Somebody deletes it.
	b.CallConfirmed("jira_delete_issue", `{"issue":"`+made["key"].(string)+`"}`)
	if _, s := b.Ok("jira_create_issue", create); s["filed_before"] != nil || s["key"] == made["key"] {
		t.Errorf("after a delete: %v", s)
	}
	// The answer is lost: nobody knows whether the issue was created.
	lost := `{"project":"PAY","type":"Bug","summary":"Lost"}`
	fault = http.StatusInternalServerError
	b.Refused("jira_create_issue", lost, "may have happened")
	fault = http.StatusOK
	b.TakeRequests()
	b.Refused("jira_create_issue", lost, "its answer was lost", "Nothing was sent now", "jira_search with jql", "allow_duplicate: true")
	if sent := toolstest.WriteRequests(b.TakeRequests()); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
	b.Ok("jira_create_issue", strings.TrimSuffix(lost, "}")+`,"allow_duplicate":true}`)
}

// TestIdenticalCreatesWithFaultsBetween checks that identical creates make one
// issue, whichever requests fail between them.
func TestIdenticalCreatesWithFaultsBetween(t *testing.T) {
	const create = `{"project":"PAY","type":"Bug","summary":"One","description":"@Ben Okafor, see"}`
	again := strings.Replace(create, `"summary"`, `"allow_duplicate":true,"summary"`, 1)
	for name, between := range map[string]struct {
		fault func(step int, r *http.Request) int
		calls []string // any of them may fail except the first
	}{
		"it cannot be read back": {func(_ int, r *http.Request) int {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/issue/PAY-133") {
				return 404
			}
			return 0
		}, []string{create, create, create}},
		"another one is refused": {func(step int, r *http.Request) int {
			if step == 1 && toolstest.IsCreate(r) {
				return 400
			}
			return 0
		}, []string{create, again, create}},
		"people cannot be looked up the first time": {func(step int, r *http.Request) int {
			if step == 0 && strings.HasSuffix(r.URL.Path, "/user/search") {
				return 500
			}
			return 0
		}, []string{create, create}},
		"who it is cannot be asked, and the answer is lost": {func(step int, r *http.Request) int {
			if step == 0 && (strings.HasSuffix(r.URL.Path, "/myself") || toolstest.IsCreate(r)) {
				return 503
			}
			return 0
		}, []string{create, create}},
		"in other words": {func(int, *http.Request) int { return 0 }, []string{create, strings.Replace(create, `"PAY"`, `"Payments"`, 1)}},
	} {
		b := toolstest.New(t, toolstest.Everything)
		b.Ok("jira_whoami", `{}`)
		b.Clock.Advance(11 * time.Minute)
		var step atomic.Int64 // the search for similar issues may outlive its call
		b.Connect(toolstest.Everything, &toolstest.Faulty{B: b, Next: b.Sandbox, Fault: func(r *http.Request) int { return between.fault(int(step.Load()), r) }})
		keys := map[string]bool{}
		for n, args := range between.calls {
			step.Store(int64(n))
			text, structured, isError := b.Call(t.Context(), "jira_create_issue", args)
			if out, ok := structured.(map[string]any); ok && !isError {
				keys[out["key"].(string)] = true
			} else if strings.Contains(text, "answer was lost") || strings.Contains(text, "may have happened") {
				keys["lost"] = true
			} else if n == 0 || args == create {
				t.Errorf("%s, call %d: %s", name, n, text)
			}
		}
		if made := len(slices.DeleteFunc(b.TakeRequests(), func(r string) bool { return r != "POST /rest/api/3/issue" })); len(keys) != 1 || made-boolInt(name == "another one is refused") != 1 {
			t.Errorf("%s: keys %v, %d sent", name, keys, made)
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestDryRunOfRepeatedCreate checks that the dry run of a repeated create names
// the earlier issue, and that behind a fence a deleted issue is recognised as
// gone.
func TestDryRunOfRepeatedCreate(t *testing.T) {
	y := toolstest.NewFenced(t, []string{"PAY"}, nil)
	const create = `{"project":"PAY","type":"Bug","summary":"Known"}`
	_, made := y.Ok("jira_create_issue", create)
	if text, _ := y.Ok("jira_create_issue", toolstest.DryRun(create)); !strings.Contains(text, "It would file nothing: the same issue was filed 0 s ago as "+made["key"].(string)) {
		t.Error(text)
	}
	y.CallConfirmed("jira_delete_issue", `{"issue":"`+made["key"].(string)+`"}`)
	if text, _ := y.Ok("jira_create_issue", toolstest.DryRun(create)); !strings.Contains(text, "It would file a Bug") {
		t.Error(text)
	}
	if _, s := y.Ok("jira_create_issue", create); s["filed_before"] != nil || s["key"] == made["key"] {
		t.Errorf("%v", s)
	}
}
