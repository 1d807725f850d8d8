package issues_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestVeryLongTextsCanBeReadToTheirEnd checks that long comments, fields and
// descriptions can be read completely with the arguments that the cuts name.
func TestVeryLongTextsCanBeReadToTheirEnd(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	long := func(mark string) string {
		var s strings.Builder
		for n := range 200 {
			fmt.Fprintf(&s, "%s%03d %s\n\n", mark, n, strings.Repeat("words ", 10))
		}
		return s.String()
	}
	args, _ := json.Marshal(map[string]any{"project": "PAY", "type": "Bug", "summary": "Long", "description": long("d"),
		"fields": []map[string]string{{"name": "Environment", "value": long("e")}, {"name": "Steps to reproduce", "value": long("s")}}})
	_, out := b.Ok("jira_create_issue", string(args))
	key := out["key"].(string)
	for range 2 {
		body, _ := json.Marshal(map[string]any{"issue": key, "body": long("c")})
		b.Ok("jira_add_comment", string(body))
	}
	b.Tools.Runner.Budget = 9000
	for mark, base := range map[string]string{
		"d": `"fields":["description"]`, "e": `"fields":["Environment"]`, "s": `"fields":["Steps to reproduce"]`, "c": `"fields":["status"],"comments_from":2`,
	} {
		seen := map[string]bool{}
		for from := 0; ; {
			text, _ := b.Ok("jira_get_issue", fmt.Sprintf(`{"issues":[%q],%s,"text_from":%d}`, key, base, from))
			for n := range 200 {
				if line := fmt.Sprintf("%s%03d ", mark, n); strings.Contains(text, line) {
					seen[line] = true
				}
			}
			next := from
			if i := strings.LastIndex(text, "text_from "); i >= 0 {
				_, _ = fmt.Sscanf(text[i:], "text_from %d", &next)
			}
			if next == from {
				break
			}
			from = next
		}
		if len(seen) != 200 {
			t.Errorf("%s: %d of 200 paragraphs could be read", mark, len(seen))
		}
	}
	// Only one comment fits a call; comments_from leads to the next.
	text, _ := b.Ok("jira_get_issue", fmt.Sprintf(`{"issues":[%q],"fields":["status"],"include":["comments"]}`, key))
	if !strings.Contains(text, "comments_from 2") || strings.Contains(text, "include comments for all") {
		t.Errorf("the way on is not named:\n%s", text[max(0, len(text)-500):])
	}
}

// TestListsAreAddedToAndNotReplaced checks the operation add on lists, on
// create and in transitions, and its errors.
func TestListsAreAddedToAndNotReplaced(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	text, _ := b.Ok("jira_create_issue", `{"project":"PAY","type":"Task","summary":"x","labels":["a"],"fields":[{"name":"Labels","value":"b","op":"add"},{"name":"Fix versions","value":"24.12"}]}`)
	if !strings.Contains(text, "Labels: a, b") {
		t.Errorf("labels on create:\n%s", text)
	}
	b.Refused("jira_create_issue", `{"project":"PAY","type":"Task","summary":"x","fields":[{"name":"summary","value":"y"}]}`, "Summary is given twice")
	b.Refused("jira_create_issue", `{"project":"PAY","type":"Task","summary":"x","fields":[{"name":"Story Points","value":"1","op":"add"}]}`, "does not support op add; use op set")
	b.Ok("jira_transition_issue", `{"issue":"PAY-133","to":"In Progress"}`)
	b.Refused("jira_transition_issue", `{"issue":"PAY-133","to":"Done","resolution":"Done","fields":[{"name":"Comment","value":"x"}]}`, "a comment is not a field; use jira_add_comment")
}

// TestSprintsGoByName checks that a sprint can be given by its name among the
// other fields.
func TestSprintsGoByName(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	text, _ := b.Ok("jira_create_issue", `{"project":"PAY","type":"Task","summary":"x","fields":[{"name":"Sprint","value":"pay sprint 15"}]}`)
	if !strings.Contains(text, "Sprint: PAY Sprint 15") {
		t.Errorf("says:\n%s", text)
	}
	b.Refused("jira_create_issue", `{"project":"PAY","type":"Task","summary":"x","fields":[{"name":"Sprint","value":"PAY Sprint 99"}]}`, "PAY Sprint 14 (active, number 34)")
}

// TestRefusedQueriesAreExplained checks that an error of Jira about JQL gets a
// hint about the name, value, operator or function that is wrong.
func TestRefusedQueriesAreExplained(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	for jql, words := range map[string][]string{
		"Severty = Critical":                     {"Field 'Severty' does not exist", `No field "Severty". Did you mean "Severity"?`},
		"cf[99999] = 1":                          {`No field "cf[99999]".`},
		"project = PAY ORDER BY prority":         {`No field "prority". Did you mean "priority"?`},
		"customfield_10016 = 3":                  {"In JQL it is written cf[10016]."},
		`"Affects versions" = 24.10`:             {`In JQL "Affects versions" is written affectedVersion.`},
		"filter = nope":                          {"does not exist for the field 'filter'"},
		"priority = Hihg":                        {`No priority "Hihg". Allowed: Highest, High`},
		"type = bugg":                            {`Did you mean "Bug"?`},
		"component = Chekout":                    {`Did you mean "Checkout"?`},
		"fixVersion = 9.9.9":                     {"Allowed: 24.10, 24.11, 24.12, 25.1"},
		`sprint = "PAY Sprint 41"`:               {`Did you mean "PAY Sprint 1`},
		`filter = "My open"`:                     {`No filter "My open". Allowed: Open bugs in Payments, All of OPS, My open work`},
		"Severity = Majr":                        {`Did you mean "Major"?`},
		"summary = login":                        {"is not supported by the 'summary' field", `"summary" does not support =, only ~, !~, IS, IS NOT.`},
		"status ~ Done":                          {`"status" does not support ~, only =, !=, IN, NOT IN, IS, IS NOT, WAS`},
		"labels WAS x":                           {`"labels" does not support WAS, only =`},
		"cf[10016] ~ 3":                          {"does not support ~, only <"},
		"assignee = curentUser()":                {"No function curentUser(). Did you mean currentUser()?"},
		"status changed by someone() ":           {"No function someone()."},
		"sprint in openSprint() AND nope = 1":    {"Did you mean openSprints()?"},
		"project = PAY AND assignee = Ana":       {`"Ana Silva" (`, `"Ana Costa" (`},
		"project = PAY AND assignee = me":        {"assignee = currentUser()"},
		"project = PAY AND reporter = nobody":    {"reporter IS EMPTY"},
		"status = Donne":                         {`Did you mean "Done"?`},
		"project = PAX":                          {"jira_list_projects"},
		"project = PAY AND status in (Done, Ok)": {`No status "Ok". Allowed: To Do`},
	} {
		args, _ := json.Marshal(map[string]string{"jql": jql})
		b.Refused("jira_search", string(args), words...)
	}
	_, out := b.Ok("jira_search", `{"jql":"project = PAY ORDER BY key","limit":5}`)
	args, _ := json.Marshal(map[string]any{"jql": "project = OPS", "cursor": out["cursor"]})
	b.Refused("jira_search", string(args), "A cursor is valid only for the jql that returned it")
}

// TestColumnsSayWhatIsThere checks the cells of links and comments, and the
// answer for a page after the last project.
func TestColumnsSayWhatIsThere(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	text, _ := b.Ok("jira_search", `{"jql":"key = PAY-1","fields":["Linked Issues","Comment","Sub-tasks"]}`)
	for _, want := range []string{"is blocked by OPS-3, relates to HELP-2", "5 comments"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	text, _ = b.Ok("jira_list_projects", `{"start":100}`)
	if !strings.Contains(text, "there are only 6") {
		t.Errorf("beyond the last project: %s", text)
	}
}

// TestBadKeyDoesNotHideOtherIssues checks that a wrong key among several is
// reported with the other issues, and that an old key finds the moved issue.
func TestBadKeyDoesNotHideOtherIssues(t *testing.T) {
	b := toolstest.New(t, policy.Policy{})
	text, _ := b.Ok("jira_get_issue", `{"issues":["pay-1","XX"]}`)
	if !strings.Contains(text, "# PAY-1 ") || !strings.Contains(text, "not visible to this server's user: XX") {
		t.Errorf("says:\n%.300s", text)
	}
	text, _ = b.Ok("jira_get_issue", `{"issues":["PAY-1000"]}`)
	if !strings.Contains(text, "# OPS-5 ") {
		t.Errorf("a moved key: %.100s", text)
	}
}
