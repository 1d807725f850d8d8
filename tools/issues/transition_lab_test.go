package issues_test

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// transitionBody returns the body of the transition that a call sends, or "".
func transitionBody(b *toolstest.Server) string {
	for _, r := range b.TakeRequests() {
		if strings.HasPrefix(r, "POST ") && strings.HasSuffix(r, "/transitions") {
			return r
		}
	}
	return ""
}

// TestTransitionIsChosen checks which of several transitions to one status is
// made, on the workflow of LAB.
func TestTransitionIsChosen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ what, args, want string }{
		{"the one that takes the resolution", `{"issue":"LAB-2","to":"Done","resolution":"Won't Do"}`, `LAB-2 is now Done, with "Close".`},
		{"the one that takes the field", `{"issue":"LAB-2","to":"Done","fields":[{"name":"Log Work","value":"1h 30m"}]}`, "Log Work: 1h 30m logged"},
		{"added to", `{"issue":"LAB-2","to":"Done","fields":[{"name":"Log Work","op":"add","value":"1h 30m"}]}`, "Log Work: 1h 30m logged"},
		{"by its own name", `{"issue":"LAB-1","to":"close as duplicate","resolution":"Duplicate"}`, "Resolution: Duplicate"},
		{"by the resolution that its name holds", `{"issue":"LAB-1","to":"Done","resolution":"duplicate"}`, `with "Close as duplicate"`},
		{"a comment that the screen requires", `{"issue":"LAB-2","to":"In Review","comment":"Please look."}`, "Comment: added, visible to everyone"},
		{"a loop by its name", `{"issue":"LAB-1","to":"Reassign","fields":[{"name":"Assignee","value":"Lindqvist, Karin"}]}`, "Assignee: Lindqvist, Karin"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			b := toolstest.New(t, toolstest.Everything)
			if text, _ := b.Ok("jira_transition_issue", c.args); !strings.Contains(text, c.want) {
				t.Errorf("%s\ndoes not say %q", text, c.want)
			}
		})
	}
}

// TestTransitionIsNotGuessed checks the calls that name no single transition, or
// one that means something else. Nothing is sent.
func TestTransitionIsNotGuessed(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.TakeRequests()
	for _, c := range []struct {
		what, args string
		want       []string
	}{
		{"two of one name", `{"issue":"LAB-2","to":"Close"}`, []string{"Close → Done (31, needs Resolution)", "Close → Cancelled (41)"}},
		{"several to one status", `{"issue":"LAB-2","to":"Done"}`, []string{"Close as duplicate → Done (51)", "Log and finish → Done (71, needs Log Work)"}},
		{"the only one holds a resolution", `{"issue":"LAB-1","to":"Done"}`, []string{"implies the resolution Duplicate", `to: "Close as duplicate"`}},
		{"a loop is not the status", `{"issue":"LAB-1","to":"To Do"}`, []string{"LAB-1 already has the status To Do", "Reassign (the status stays)"}},
		{"a required comment", `{"issue":"LAB-2","to":"Submit"}`, []string{"requires a comment"}},
		{"a status that the workflow lacks", `{"issue":"LAB-1","to":"Blocked"}`, []string{"Statuses of its workflow: To Do, In Progress"}},
		{"a global transition to the present status", `{"issue":"OPS-8","to":"Done"}`, []string{"OPS-8 already has the status Done"}},
	} {
		text := b.Refused("jira_transition_issue", c.args, c.want...)
		if sent := transitionBody(b); sent != "" {
			t.Errorf("%s: sent %s\n%s", c.what, sent, text)
		}
	}
}

// TestTransitionTexts checks that a call takes a transition as answers list it, and
// that an answer without a path has the statuses of the workflow.
func TestTransitionTexts(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.Refused("jira_transition_issue", `{"issue":"LAB-2","to":"Done"}`, "Close as duplicate → Done (51)")
	if text, _ := b.Ok("jira_transition_issue", `{"issue":"LAB-2","to":"Close as duplicate → Done (51)","dry_run":true}`); !strings.Contains(text, `with "Close as duplicate"`) {
		t.Error(text)
	}
	b.Refused("jira_transition_issue", `{"issue":"LAB-1","to":"Selected for Development"}`, "Statuses of its workflow: To Do, In Progress")
}

// TestPathOfSeveralIssues checks that several issues read the same other issues
// once, and that a dry run shows the later steps of each.
func TestPathOfSeveralIssues(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.TakeRequests()
	text, _ := b.Ok("jira_transition_issue", `{"issue":"LAB-1, LAB-8","to":"Cancelled","via":["In Progress"],"dry_run":true}`)
	if n := strings.Count(text, "Then In Progress → Cancelled"); n != 2 {
		t.Errorf("%d later steps, want 2:\n%s", n, text)
	}
	asked := b.TakeRequests()
	if n := toolstest.CountRequests(asked, "POST /rest/api/3/search/jql"); n != 1 {
		t.Errorf("%d searches, want 1: %q", n, asked)
	}
	if n := toolstest.CountRequests(asked, "GET /rest/api/3/issue/LAB-6/transitions"); n != 1 {
		t.Errorf("LAB-6 was read %d times: %q", n, asked)
	}
}

// TestBulkTransitionIsNotGuessed checks that a bulk transition is chosen by the
// rules of a single one.
func TestBulkTransitionIsNotGuessed(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.Refused("jira_bulk_update", `{"issues":["LAB-1"],"to":"Done","dry_run":true}`, "Close as duplicate", "implies the resolution Duplicate", "Nothing was")
	text, _ := b.Ok("jira_bulk_update", `{"issues":["LAB-1"],"to":"Close as duplicate","dry_run":true}`)
	if !strings.Contains(text, "transition 1 issues with Close as duplicate → Done (") {
		t.Error(text)
	}
}

// TestTransitionValidator checks that a field that a validator of the workflow
// requires is named with the call that sets it, and that the call works.
func TestTransitionValidator(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.Refused("jira_transition_issue", `{"issue":"LAB-3","to":"Approve"}`, "Story type is required", `Set it first: jira_update_issue {"issue":"LAB-3","fields":[{"name":"Story type","value":…}]}`)
	b.Ok("jira_update_issue", `{"issue":"LAB-3","fields":[{"name":"Story type","value":"Chore"}]}`)
	if text, _ := b.Ok("jira_transition_issue", `{"issue":"LAB-3","to":"Approve"}`); !strings.Contains(text, "LAB-3 is now Selected for Development") {
		t.Error(text)
	}
}

// TestTransitionPath checks that later steps of a path are checked against
// other issues before anything is sent, and that an answer offers the path.
func TestTransitionPath(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.TakeRequests()
	b.Refused("jira_transition_issue", `{"issue":"LAB-1","to":"In Review","via":["In Progress"]}`, "as LAB-6 shows it", "requires a comment")
	if sent := transitionBody(b); sent != "" {
		t.Errorf("sent %s", sent)
	}
	b.Refused("jira_transition_issue", toolstest.JSONArgs(t, "issue", "LAB-1", "to", "Cancelled", "via", []string{"In Progress"}, "comment", strings.Repeat("long ", 14000)), "Comment")
	if sent := transitionBody(b); sent != "" {
		t.Errorf("a comment that cannot be sent: sent %s", sent)
	}
	text, _ := b.Ok("jira_transition_issue", `{"issue":"LAB-1","to":"Cancelled","via":["In Progress"],"dry_run":true}`)
	if want := `Then In Progress → Cancelled: with "Close", as LAB-6 shows it; conditions may differ.`; !strings.Contains(text, want) {
		t.Errorf("%s\ndoes not say %q", text, want)
	}
	text, _ = b.Ok("jira_transition_issue", `{"issue":"LAB-5","to":"Cancelled","via":["In Progress"],"dry_run":true}`)
	if want := "Then In Progress → Cancelled: cannot be checked before."; !strings.Contains(text, want) { // no other bug is in progress
		t.Errorf("%s\ndoes not say %q", text, want)
	}
	text = b.Refused("jira_transition_issue", `{"issue":"LAB-1","to":"In Review"}`, "To get there, call jira_transition_issue ")
	_, call, _ := strings.Cut(text, "jira_transition_issue ")
	call, _, _ = strings.Cut(call, " (as ")
	if want := `{"issue":"LAB-1","to":"In Review","via":["In Progress"]}`; call != want {
		t.Errorf("the offered call is %s, want %s", call, want)
	}
	if text, _ = b.Ok("jira_transition_issue", strings.Replace(call, "}", `,"comment":"Done."}`, 1)); !strings.Contains(text, "LAB-1 is now In Review") {
		t.Error(text)
	}
}

// TestTransitionCommentInServiceDesk checks that the comment of a transition is
// sent on its own in a service desk, and with the transition elsewhere.
func TestTransitionCommentInServiceDesk(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.TakeRequests()
	b.Ok("jira_transition_issue", `{"issue":"HELP-30","to":"Escalated","comment":"The customer called."}`)
	var sent []string
	for _, r := range b.TakeRequests() {
		if strings.HasPrefix(r, "POST ") {
			sent = append(sent, r)
		}
	}
	if len(sent) != 2 || !strings.HasSuffix(sent[0], "/transitions") || !strings.HasSuffix(sent[1], "/comment") {
		t.Errorf("sent %q", sent)
	}
}
