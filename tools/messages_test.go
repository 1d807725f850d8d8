package tools_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestCascadingValues checks that values of cascading fields are shown as they
// are written, and that a child without its parent gets a suggestion.
func TestCascadingValues(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	const change = `{"project":"OPS","type":"Change","summary":"Move the queue","dry_run":true,"fields":[{"name":"Change risk","value":"Low"},{"name":"Change window","value":"2026-03-12T22:00"},{"name":"Environment affected","value":"%s"}]}`
	text, _ := b.Ok("jira_create_issue", strings.Replace(change, "%s", "Production > Dublin", 1))
	if !strings.Contains(text, "Environment affected: Production > Dublin") {
		t.Errorf("the dry run: %s", text)
	}
	b.Refused("jira_create_issue", strings.Replace(change, "%s", "Dublin", 1), `Did you mean "Production > Dublin"?`)
	b.Refused("jira_create_issue", strings.Replace(change, "%s", "Production > Dubln", 1), `Did you mean "Production > Dublin"?`)
}

// TestTransitionPathIsCheckedFirst checks that a misspelt status on a
// transition path fails before the first transition, and that an error on the
// way names the call for the rest.
func TestTransitionPathIsCheckedFirst(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	b.TakeRequests()
	b.Refused("jira_transition_issue", `{"issue":"PAY-71","to":"Done","via":["In Progress","In Reviw"]}`, `Did you mean "In Review"?`)
	if n := toolstest.CountRequests(b.TakeRequests(), "POST /rest/api/3/issue/PAY-71/transitions"); n > 0 {
		t.Errorf("%d transitions", n)
	}
	// The last transition requires a resolution, as another issue shows.
	b.Refused("jira_transition_issue", `{"issue":"PAY-71","to":"Done","via":["In Progress","In Review"]}`, "the later step from In Review to Done does not fit", "Resolution is required")
	if n := toolstest.CountRequests(b.TakeRequests(), "POST /rest/api/3/issue/PAY-71/transitions"); n > 0 {
		t.Errorf("%d transitions before the step that does not fit", n)
	}
	// A step that nothing shows beforehand stops the call half way, and the error
	// says how to continue: no other sub-task is in review.
	text := b.Refused("jira_transition_issue", `{"issue":"PAY-113","to":"Done","via":["In Progress","In Review"]}`, "stopped there: it is now in In Review", "Resolution is required", `jira_transition_issue {"issue":"PAY-113","to":"Done"}`)
	if strings.Contains(text, "Nothing was") {
		t.Errorf("it says that nothing was done: %s", text)
	}
	text, _ = b.Ok("jira_transition_issue", `{"issue":"PAY-71","to":"Done","via":["In Progress","In Review"],"resolution":"Done"}`)
	if !strings.Contains(text, "PAY-71 is now Done") {
		t.Error(text)
	}
}

// TestBulkSetWarnsOfReplacement checks that a dry run says when a list of many
// issues would be replaced.
func TestBulkSetWarnsOfReplacement(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	for args, want := range map[string]string{
		`{"issues":"PAY-2, PAY-3","fields":[{"name":"Labels","value":"x"}],"dry_run":true}`:            "replaces the current values of each issue",
		`{"issues":"PAY-2, PAY-3","fields":[{"name":"Labels","value":"x","op":"add"}],"dry_run":true}`: "Labels: add x",
	} {
		if text, _ := b.Ok("jira_bulk_update", args); !strings.Contains(text, want) {
			t.Errorf("%s: %s", args, text)
		}
	}
}

// TestTaskStatusNeedsNoConfirmation checks that the progress of a bulk
// operation is reported without a confirmation.
func TestTaskStatusNeedsNoConfirmation(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	text := b.CallConfirmed("jira_bulk_update", `{"issues":["PAY-2","PAY-3"],"fields":[{"name":"Labels","value":"x","op":"add"}]}`)
	_, task, ok := strings.Cut(text, "Task ")
	if !ok {
		t.Fatal(text)
	}
	if text, _ = b.Ok("jira_bulk_update", `{"task":"`+strings.TrimSuffix(strings.Fields(task)[0], ".")+`"}`); !strings.Contains(text, "Changed 2 issues") {
		t.Error(text)
	}
}

// TestRefusedCallsDoNotCountAsWrites checks that calls that fail before they
// write do not count against the limit of writes.
func TestRefusedCallsDoNotCountAsWrites(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	serveWithWriteLimit(b, t, 2)
	for range 5 {
		b.Refused("jira_update_issue", `{"issue":"PAY-2","priority":"Urgentest"}`, `No value "Urgentest" for Priority`)
	}
	for range 2 {
		b.Ok("jira_add_comment", `{"issue":"PAY-2","body":"again"}`)
		b.Clock.Advance(time.Second)
	}
	b.Refused("jira_add_comment", `{"issue":"PAY-2","body":"again"}`, "at most 2 issues a minute")
	if text, _ := b.Ok("jira_whoami", `{}`); !strings.Contains(text, "At most 2 issues written a minute") {
		t.Error(text)
	}
}

// TestMissingValuesAreExplained checks the messages on things that do not exist.
func TestMissingValuesAreExplained(t *testing.T) {
	b := toolstest.New(t, toolstest.Everything)
	for _, c := range [][3]string{
		{"jira_lookup", `{"kind":"label","query":"pay"}`, "|"},
		{"jira_watch_issue", `{"issue":"PAY-2","remove":["Greta Lund"]}`, "did not watch it"},
		{"jira_add_comment", `{"issue":"PAY-2","body":"Ask @Nosuchperson","dry_run":true}`, "@Nosuchperson is plain text"},
		{"jira_get_comments", `{"issue":"PAY-2","author":"me"}`, "PAY-2 has"},
	} {
		text, _ := b.Ok(c[0], c[1])
		if c[2] != "|" && !strings.Contains(text, c[2]) || strings.Contains(text, "No label") {
			t.Errorf("%s %s: %s", c[0], c[1], text)
		}
	}
	b.Refused("jira_update_issue", `{"issue":"PAY-2","status":"Done"}`, "jira_transition_issue changes it")
	b.Refused("jira_lookup", `{}`, `"kind" is missing; one of user`)
}
