package issues_test

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/seed"
	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestNamesakes checks whom a name means on a site with namesakes, deactivated
// accounts, apps and customers, and with names that Jira does not find as they are
// written.
func TestNamesakes(t *testing.T) {
	t.Parallel()
	b := toolstest.NewWith(t, toolstest.Everything, seed.Namesakes)
	for name, want := range map[string]string{"Ben Okafor": "Ben Okafor", "ana silva": "Ana Silva", "Zoe Muller": "Zoë Müller", "Zoë Müller": "Zoë Müller", "Jürgen Gross": "Jürgen Groß", "jurgen gross": "Jürgen Groß",
		"田中太郎": "田中 太郎", "John Smith": "John Smith", "John Smith 29": "John Smith 29", "Kim Last": "Kim Last", "kim": "Kim Last"} {
		text, _ := b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "assignee", name, "dry_run", true))
		if !strings.Contains(text, "→ "+want+"\n") {
			t.Errorf("%s: %s", name, text)
		}
	}
	for name, words := range map[string][]string{
		"Pat Levi":    {"could be any of: Pat Levi (712020:", "; Pat Levi (712020:"},
		"Smith":       {"John Smith 1 (", " and 6 more"},
		"Former user": {"Former user cannot be assignee in PAY: the account is deactivated"},
		"Jürgen":      nil,
	} {
		if words == nil {
			b.Ok("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "assignee", name, "dry_run", true))
			continue
		}
		b.Refused("jira_update_issue", toolstest.JSONArgs(t, "issue", "PAY-9", "assignee", name, "dry_run", true), words...)
	}
	for text, want := range map[string]string{
		"@Ana Silva look":        "[@Ana Silva](accountid:712020:5a1d0001",
		"Ask @Ben Okafor.":       "[@Ben Okafor](accountid:712020:5a1d0003",
		"@Zoe Muller: look":      "[@Zoe Muller](accountid:",
		"@Jürgen Gross, please":  "[@Jürgen Gross](accountid:",
		"@田中太郎 please":           "[@田中太郎](accountid:",
		"@John Smith please":     "[@John Smith](accountid:",
		"@Pat Levi please":       "@Pat Levi is plain text and mentions nobody: it could be Pat Levi (712020:7e5a",
		"@Former user please":    "@Former is plain text",
		"@Kim Customer 3 please": "[@Kim Customer 3](accountid:",
	} {
		got, _ := b.Ok("jira_add_comment", toolstest.JSONArgs(t, "issue", "PAY-9", "body", text, "dry_run", true))
		if !strings.Contains(got, want) {
			t.Errorf("%s:\n%s\nwant %s", text, got, want)
		}
	}
	for args, want := range map[string]string{
		`{"kind":"user","query":"ben"}`:                 "Ben Okafor | ben.okafor@example.com | 712020:5a1d0003-0c3e-4b7a-9d2f-0000000a11d0\nBen Okafor | deactivated | ",
		`{"kind":"user","query":"Ana Silva"}`:           "Ana Silva | customer | ",
		`{"kind":"user","query":"Zoe"}`:                 "Zoë Müller | 712020",
		`{"kind":"user","query":"kim","project":"PAY"}`: "Kim Last | 712020",
	} {
		if got, _ := b.Ok("jira_lookup", args); !strings.Contains(got, want) {
			t.Errorf("%s:\n%s\nwant %s", args, got, want)
		}
	}
}
