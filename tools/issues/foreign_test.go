package issues_test

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestTextThatIsNotMarkdown checks that the unmistakable parts of other
// notations are stored as rich text, and that the answer names them.
func TestTextThatIsNotMarkdown(t *testing.T) {
	t.Parallel()
	b := toolstest.New(t, toolstest.Everything)
	for body, want := range map[string]struct{ stored, said string }{
		`Causes:\\n\\n- stale lock\\n- full disk`:                     {`"bulletList"`, `line breaks typed as \n`},
		`h2. Steps\n\n{code}\nx\n{code}`:                              {`"codeBlock"`, "wiki markup (headings), wiki markup (code)"},
		`[~accountid:712020:5a1d0003-0c3e-4b7a-9d2f-0000000a11d0] hi`: {`"mention"`, "wiki markup (mentions)"},
		`{\"type\":\"doc\",\"version\":1,\"content\":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}]},{\"type\":\"rule\"}]}`: {`"rule"`, "ADF document"},
		`See C:\\new and *this*`: {`C:\\new`, ""},
	} {
		text, _ := b.Ok("jira_add_comment", `{"issue":"PAY-9","body":"`+body+`"}`)
		comments := b.Sandbox.Site().Issue("PAY-9").Comments
		stored := string(comments[len(comments)-1].Body)
		if !strings.Contains(stored, want.stored) || !strings.Contains(text, want.said) || want.said == "" && strings.Contains(text, "onverted") {
			t.Errorf("%s: stored %s, answer:\n%s", body, stored, text)
		}
	}
}
