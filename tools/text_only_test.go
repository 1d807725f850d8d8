package tools_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// TestLongAnswersInText checks that answers that are too long without structured
// content are shortened to the limit, say what was left out, and have every
// issue that is shown with structured content.
func TestLongAnswersInText(t *testing.T) {
	toolstest.SkipWhenShort(t)
	t.Parallel()
	plain, both := toolstest.NewTextOnly(t, policy.Policy{}), toolstest.New(t, policy.Policy{})
	for _, c := range []struct{ tool, args, says string }{
		{"jira_search", `{"jql":"project = PAY","limit":100,"fields":["summary","status","assignee","reporter","created","updated","labels","components","Description"]}`, "37 more were found but did not fit.\nMore: cursor "},
		{"jira_search", `{"jql":"project in (PAY, OPS, MOB)","limit":100}`, "\nMore: cursor "},
		{"jira_get_issue", `{"issues":["PAY-1","PAY-2","PAY-3","PAY-4","PAY-5","PAY-6","PAY-7","PAY-8","PAY-9","PAY-10"],"include":["comments"]}`, "# PAY-10 "},
		{"jira_sprint_report", `{"project":"PAY","list":["committed","added","removed","completed","open","cancelled","carried_in","carried_over","completed_outside","events","scope"]}`, "\ncompleted, 9:"},
	} {
		text, _ := plain.Ok(c.tool, c.args)
		other, _ := both.Ok(c.tool, c.args)
		if n := utf8.RuneCountInString(text); n > 24000 || n < 1000 {
			t.Errorf("%s %s: %d characters", c.tool, c.args, n)
		}
		for line := range strings.Lines(other) {
			if strings.HasPrefix(strings.TrimSpace(line), "PAY-") && !strings.Contains(text, line) {
				t.Errorf("%s %s: only with structured content the text has %s", c.tool, c.args, line)
			}
		}
		if !strings.Contains(text, c.says) {
			t.Errorf("%s %s does not say %q:\n%s", c.tool, c.args, c.says, text)
		}
	}
}
