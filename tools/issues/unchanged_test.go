package issues_test

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestSmallEditsAreSent checks edits that are close to what Jira stores: the tool
// sends each of them and never answers that the edit changes nothing.
func TestSmallEditsAreSent(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	edit := func(args string) string {
		b.TakeRequests()
		text, _ := b.Ok("jira_update_issue", args)
		sent := strings.Contains(strings.Join(b.TakeRequests(), "\n"), "PUT ")
		if sent == strings.HasPrefix(text, "Nothing was sent") {
			t.Errorf("%s: sent %v, answer %s", args, sent, text)
		}
		return text
	}
	edit(`{"issue":"OPS-2","labels":["a","b"]}`)
	for _, args := range []string{`"labels":["a"]`, `"labels":["a","b","c"]`, `"summary":"A new summary"`, `"summary":"a new summary"`, `"assignee":"default"`} {
		if text := edit(`{"issue":"OPS-2",` + args + `}`); strings.HasPrefix(text, "Nothing was sent") {
			t.Errorf("%s: %s", args, text)
		}
	}
}
