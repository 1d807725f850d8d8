package issues_test

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestSelectedFieldsAreAllShown checks that a call which selects fields gets
// every one of them, also those without a value, and that an unselected read
// leaves them out.
func TestSelectedFieldsAreAllShown(t *testing.T) {
	t.Parallel()
	b := toolstest.NewWith(t, toolstest.Everything, func(s *store.Site) { s.Issue("PAY-40").DueDate = "" })
	text, _ := b.Ok("jira_get_issue", `{"issues":["PAY-40"],"fields":["Due date","Severity","Summary"]}`)
	for _, want := range []string{"\nDue date: none", "\nSeverity: "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if text, _ := b.Ok("jira_get_issue", `{"issues":["PAY-40"]}`); strings.Contains(text, ": none") {
		t.Errorf("a whole issue shows fields without a value:\n%s", text)
	}
}

// TestSprintIsCleared checks that clearing the sprint field takes an issue out
// of its open sprint, as sprint: backlog does.
func TestSprintIsCleared(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	b.Ok("jira_update_issue", `{"issue":"PAY-100","fields":[{"name":"Sprint","op":"clear"}]}`)
	if s := b.Sandbox.Site().Issue("PAY-100").Sprint(); s != nil {
		t.Errorf("the issue is in %s", s.Name)
	}
}
