package tools_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestFieldsAreLenient checks the forms in which values of fields are given, and
// which of them are refused because they may mean something else.
func TestFieldsAreLenient(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, policy.Policy{})
	_, out := b.Ok("jira_create_issue", `{"project":"PAY","type":"Story","summary":"Fields","labels":["a"]}`)
	update := func(fields string) string {
		text, _ := b.Ok("jira_update_issue", fmt.Sprintf(`{"issue":%q,"dry_run":true,"fields":%s}`, out["key"], fields))
		return text
	}
	for fields, want := range map[string]string{
		`{"Labels":{"op":"add","value":"b"}}`:                               "Labels: a → a, b",
		`{"Labels":{"add":["b","c"]}}`:                                      "Labels: a → a, b, c",
		`{"Labels":[{"add":"b"},{"remove":"a"}]}`:                           "Labels: a → b",
		`{"Labels":{"set":["b"]}}`:                                          "Labels: a → b",
		`[{"name":"Labels","value":["b"],"op":"add"}]`:                      "Labels: a → a, b",
		`{"Summary":["Only one"]}`:                                          "Summary: Fields → Only one",
		`[{"name":"","value":"","op":"set"},{"name":"Labels","value":"b"}]`: "Labels: a → b",
	} {
		if text := update(fields); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q:\n%s", fields, want, text)
		}
	}
	for fields, want := range map[string]string{
		`{"Labels":[null]}`:                     "Labels: no value given",
		`{"Labels":[""]}`:                       "Labels: no value given",
		`{"Summary":["one","two"]}`:             "takes a text, not a list",
		`{"Summary":{"add":"one","other":"x"}}`: "takes a text, not an object",
	} {
		b.Refused("jira_update_issue", fmt.Sprintf(`{"issue":%q,"fields":%s}`, out["key"], fields), want)
	}
}

// TestOtherSpellings checks spellings of arguments that a code, a list of figures
// or a column depend on.
func TestOtherSpellings(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, policy.Policy{})
	everything := toolstest.New(t, toolstest.Everything)
	code := everything.Code("jira_delete_issue", `{"issue":"PAY-40","dryRun":true}`)
	if text, _ := everything.Ok("jira_delete_issue", `{"issue":"PAY-40","Confirm":"`+code+`"}`); !strings.HasPrefix(text, "Deleted PAY-40") {
		t.Errorf("a code of a dry run written in another way: %s", text)
	}
	if text, _ := b.Ok("jira_sprint_report", `{"project":"PAY","list":"done, Carried Over"}`); !strings.Contains(text, "\ncompleted, 9:") || !strings.Contains(text, "\ncarried over, ") {
		t.Error(text)
	}
	b.Refused("jira_search", `{"jql":"key = PAY-1","limit":1e300}`, `"limit" must be at most 9007199254740992`)
	b.Refused("jira_search", `{"jql":"key = PAY-1","limit":"99999999999999999999"}`, `"limit" must be at most 9007199254740992`)
	if text, _ := b.Ok("jira_search", `{"jql":"key = PAY-1","fields":["id","id","url","link"]}`); !strings.HasPrefix(text, "key | id | url\n") {
		t.Error(text)
	}
	if text, _ := everything.Ok("jira_get_comments", `{"issue":"PAY-1","skip":1000}`); strings.Contains(text, "1000") {
		t.Errorf("a place beyond the end counts as comments: %s", text)
	}
}
