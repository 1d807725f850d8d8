package tools_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestIssuesAsPeopleWriteThem checks that a tool finds an issue in the ways in
// which people and models name it, and that a renamed key is explained.
func TestIssuesAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	for _, args := range []string{
		`{"issues":["pay-1"]}`, `{"issue":"PAY-1"}`, `{"key":"PAY-1"}`, `{"issueIdOrKey":"PAY-1"}`, `{"issues":"[\"PAY-1\"]"}`, `{"issues":[10001]}`, `{"issues":["PAY\u20111"]}`, `{"issues":"PAY-1: Card payments fail"}`,
		`{"issues":["https://example.atlassian.net/browse/PAY-1?focusedCommentId=123"]}`, `{"issues":"https://example.atlassian.net/jira/software/projects/PAY/boards/1?selectedIssue=PAY-1"}`,
		`{"issues":"[PAY-1](https://example.atlassian.net/browse/PAY-1)"}`, `{"issues":["#PAY-1"],"fields":"*all","include":""}`,
	} {
		if args == `{"issues":[10001]}` {
			args = fmt.Sprintf(`{"issues":[%d]}`, b.Sandbox.Site().Issue("PAY-1").ID)
		}
		if text, _ := b.Ok("jira_get_issue", args); !strings.HasPrefix(text, "# PAY-1 ") {
			t.Errorf("%s: %.200s", args, text)
		}
	}
	for _, args := range []string{`{"issues":["PAY-1,PAY-2"]}`, `{"issues":"PAY-1 PAY-2"}`, `{"issues":"PAY-1\nPAY-2"}`, `{"issues":"[\"PAY-1\",\"PAY-2\"]"}`} {
		if text, _ := b.Ok("jira_get_issue", args); !strings.HasPrefix(text, "# PAY-1 ") || !strings.Contains(text, "\n# PAY-2 ") {
			t.Errorf("%s: %.200s", args, text)
		}
	}
	b.Refused("jira_add_comment", `{"issue":"PAY-1 and PAY-2","body":"x"}`, "names several issues (PAY-1, PAY-2); give one")
	b.Refused("jira_update_issue", `{"issue":"PAY-1, the bug","summary":"x"}`, `"the" is not an issue key`)

	text := b.CallConfirmed("jira_move_issue", `{"issue":"PAY-31","project":"OPS","type":"Task"}`)
	moved := regexp.MustCompile(`OPS-\d+`).FindString(text)
	if moved == "" {
		t.Fatalf("not moved: %s", text)
	}
	for args, want := range map[string]string{
		`{"issues":["PAY-31"]}`: "[PAY-31 is an old key of " + moved + ".]", `{"issues":["PAY-1","PAY-31"]}`: "[PAY-31 is an old key of " + moved + ".]",
		`{"issues":["PAY-31","PAY-99999","PAY-1"]}`: "Not found, or not visible to this server's user: PAY-99999.",
	} {
		if text, _ := b.Ok("jira_get_issue", args); !strings.Contains(text, want) || !strings.Contains(text, "# "+moved) {
			t.Errorf("%s does not say %q: %s", args, want, text)
		}
	}
	if text, _ := b.Ok("jira_update_issue", `{"issue":"PAY-31","summary":"Moved along"}`); !strings.Contains(text, "PAY-31 is an old key of "+moved) {
		t.Errorf("an edit by the old key: %s", text)
	}
}

// TestSearchColumns checks names of columns that are no fields, old and new
// names of fields, and that unknown columns lose no row.
func TestSearchColumns(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, policy.Policy{})
	for fields, want := range map[string]string{
		`["key","status"]`:                 "key | status\nPAY-1 | In Progress",
		`["key"]`:                          "key\nPAY-1",
		`["id","url"]`:                     fmt.Sprintf("key | id | url\nPAY-1 | %d | https://example.atlassian.net/browse/PAY-1", b.Sandbox.Site().Issue("PAY-1").ID),
		`"*all"`:                           "key | type | status | priority | assignee | summary\nPAY-1 | Bug",
		`["*navigable","-comment"]`:        "*navigable shows the default columns here; name the others that you need.",
		`["Fix Version/s","Epic Link"]`:    "key | Fix versions | Parent\n",
		`["Time Spent"]`:                   "key | Time tracking\n",
		`["epic","points"]`:                "key | Parent | Story Points | Story point estimate\n",
		`["status","colour"]`:              "key | status\nPAY-1 | In Progress\nNo more.\nLeft out: No field \"colour\". Allowed: ",
		`["colour"]`:                       "key | type | status | priority | assignee | summary\nPAY-1 | Bug",
		`"[\"summary\",\"Story Pionts\"]"`: "Left out: No field \"Story Pionts\". Did you mean \"Story Points\"?",
	} {
		if text, _ := b.Ok("jira_search", `{"jql":"key = PAY-1","fields":`+fields+`}`); !strings.Contains(text, want) {
			t.Errorf("%s:\n%s\ndoes not say %q", fields, text, want)
		}
	}
	text, _ := b.Ok("jira_search", `{"jql":"key = PAY-1","fields":["colour"]}`)
	if _, allowed, _ := strings.Cut(text, "Allowed: "); !strings.HasPrefix(allowed, "Summary, ") {
		t.Errorf("Jira's own fields do not come first: %s", allowed)
	}
	if text, _ := b.Ok("jira_search", `{"jql":"project = PAY","limit":500,"fields":["status"]}`); strings.Count(text, "\nPAY-") != 100 || !strings.Contains(text, "limit 500 is above the maximum; 100 was used.") {
		t.Errorf("a limit above the bound: %.300s", text)
	}
	b.Refused("jira_search", `{"jql":"project = IF AND text ~ \"x\""}`, "does not exist for the field 'project'")
	b.Ok("jira_search", `{"jql":"project in (PAY, PAY) and labels != if"}`)
}

// TestNoneClears checks that none clears a field where it can be no value, that
// op clear always does, and that empty values clear nothing.
func TestNoneClears(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, policy.Policy{})
	_, out := b.Ok("jira_create_issue", `{"project":"PAY","type":"Story","summary":"All fields","assignee":"Ben Okafor","priority":"High","labels":["a"],"components":["Checkout"],"parent":"PAY-2","sprint":"next","fields":{"Due date":"2026-04-01","Story Points":3,"Fix versions":"24.12"}}`)
	key := out["key"].(string)
	text, _ := b.Ok("jira_update_issue", fmt.Sprintf(`{"issue":%q,"summary":"Still all fields","labels":[],"assignee":"","sprint":"null","due_date":"","fields":[]}`, key))
	for _, field := range []string{"Labels", "Assignee", "Sprint", "Due date"} {
		if strings.Contains(text, field+":") {
			t.Errorf("an empty value changes %s: %s", field, text)
		}
	}
	text, _ = b.Ok("jira_update_issue", fmt.Sprintf(`{"issue":%q,"assignee":"none","sprint":"none","due_date":"None","fields":{"Story Points":"none","Parent":"none","Fix versions":"none","Components":"none"}}`, key))
	for _, want := range []string{"Assignee: Ben Okafor → empty", "Due date: 2026-04-01 → empty", "Story Points: 3 → empty", "Fix versions: 24.12 → empty", "Components: Checkout → empty", "Parent: PAY-2"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
	text, _ = b.Ok("jira_update_issue", fmt.Sprintf(`{"issue":%q,"labels":"none"}`, key))
	if !strings.Contains(text, "Labels: a → none") {
		t.Errorf("none is a label like any other: %s", text)
	}
	if text, _ = b.Ok("jira_update_issue", fmt.Sprintf(`{"issue":%q,"fields":[{"name":"Labels","op":"clear"}]}`, key)); !strings.Contains(text, "Labels: none → empty") {
		t.Errorf("op clear: %s", text)
	}
	text, _ = b.Ok("jira_create_issue", `{"project":"PAY","type":"Task","summary":"Nobody's task","assignee":"none","parent":"none","sprint":"none","fields":{"Due date":"none"},"dry_run":true}`)
	if strings.Contains(text, "Due date") || strings.Contains(text, "Parent") {
		t.Errorf("none in a new issue: %s", text)
	}
}

// TestOnlyOneIsMeant checks that a board, a project or a sprint is not asked for
// where only one can be meant.
func TestOnlyOneIsMeant(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	for _, args := range []string{`{"sprint":"PAY Sprint 14"}`, `{"sprint":"pay sprint 14","board":0,"project":""}`, `{"sprint":34}`} {
		if text, _ := b.Ok("jira_sprint_report", args); !strings.Contains(text, "PAY Sprint 14, active") {
			t.Errorf("%s: %.200s", args, text)
		}
	}
	b.Refused("jira_sprint_report", `{"sprint":"current"}`, "give board (name or number) or project")
	b.Refused("jira_sprint_report", `{"sprint":"No such sprint"}`, "give board (name or number) or project")
	if text, _ := b.Ok("jira_get_epic", `{"epic":"Saved cards at checkout"}`); !strings.HasPrefix(text, "PAY-2 ") {
		t.Errorf("an epic by its summary alone: %.200s", text)
	}
	if text, _ := b.Ok("jira_get_epic", `{"epic":"PAY-2 Saved cards"}`); !strings.HasPrefix(text, "PAY-2 ") {
		t.Errorf("an epic by key and summary: %.200s", text)
	}
	fenced := toolstest.NewFenced(t, []string{"PAY"}, nil)
	for tool, calls := range map[string][]string{
		"jira_sprint_report": {`{}`, `{"sprint":"last"}`}, "jira_list_sprints": {`{}`}, "jira_get_board": {`{}`}, "jira_velocity": {`{}`}, "jira_workload": {`{}`}, "jira_flow_report": {`{}`}, "jira_standup": {`{}`},
		"jira_release_report": {`{"version":"24.12"}`}, "jira_release_notes": {`{"version":"24.11"}`}, "jira_get_fields": {`{"type":"Bug"}`}, "jira_get_backlog": {`{}`},
		"jira_create_issue": {`{"type":"Task","summary":"Without a project","dry_run":true}`}, "jira_lookup": {`{"kind":"version"}`, `{"kind":"component"}`, `{"kind":"epic"}`, `{"kind":"sprint"}`},
	} {
		for _, args := range calls {
			if text, _ := fenced.Ok(tool, args); text == "" {
				t.Errorf("%s %s says nothing", tool, args)
			}
		}
	}
}

// TestLookupsWithoutProject checks which names are found for the whole site, and
// that statuses are those of the project if one is given.
func TestLookupsWithoutProject(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, policy.Policy{})
	for args, want := range map[string][]string{
		`{"kind":"epic","query":"saved cards"}`:      {"Saved cards at checkout | In Progress | PAY-2", "set project"},
		`{"kind":"version","query":"24"}`:            {"24.11", "set project"},
		`{"kind":"Component","query":"check"}`:       {"Checkout", "set project"},
		`{"kind":"people","query":"ana"}`:            {"Ana Silva"},
		`{"kind":"statuses","project":"HELP"}`:       {"Waiting for customer", "Resolved"},
		`{"kind":"status","query":"waiting"}`:        {"Waiting for customer"},
		`{"kind":"sprint"}`:                          {"PAY Sprint 14", "MOB"},
		`{"kind":"epic","project":"pay","query":""}`: {"PAY-2"},
	} {
		text, _ := b.Ok("jira_lookup", args)
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s does not say %q:\n%s", args, w, text)
			}
		}
		if strings.Contains(args, "HELP") && strings.Contains(text, "In Review") {
			t.Errorf("%s lists statuses of other projects: %s", args, text)
		}
	}
}
