package names_test

import (
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// TestFirstNames checks when a first name is a mention: one person of the issue
// or project has it, and it is not the beginning of another name.
func TestFirstNames(t *testing.T) {
	t.Parallel()
	ben, other, karin := person("b1", "Ben Okafor"), person("b2", "Ben Smithers"), person("k1", "Lindqvist, Karin")
	issue := `{"key":"PAY-1","fields":{"project":{"key":"PAY"},"reporter":` + ben + `,"assignee":null,"comment":{"comments":[{"author":` + karin + `}]}}}`
	for name, c := range map[string]struct {
		text, assignable, want, warns string
	}{
		"the reporter":                  {"@Ben please look", "", "[@Ben](accountid:b1) please look", ""},
		"at the end of a sentence":      {"Thanks, @Ben.", "", "Thanks, [@Ben](accountid:b1).", ""},
		"last name first":               {"@Karin knows", karin, "[@Karin](accountid:k1) knows", ""},
		"one of the issue, one more":    {"@Ben knows", other, "@Ben knows", "it could be Ben Okafor (b1) or Ben Smithers (b2)"},
		"the same person twice":         {"@Ben knows", ben, "[@Ben](accountid:b1) knows", ""},
		"somebody else's last name":     {"@Ben Smith knows", "", "@Ben Smith knows", "no active user named Ben Smith was found; for Ben Okafor (b1), write the whole name"},
		"a sentence behind it":          {"@Ben Please look", "", "@Ben Please look", "for Ben Okafor (b1), write the whole name"},
		"a possessive":                  {"@Ben's idea", "", "[@Ben](accountid:b1)'s idea", ""},
		"a package":                     {"use @Ben/core", "", "use @Ben/core", ""},
		"two of them":                   {"@Ben/@Karin", karin, "[@Ben](accountid:b1)/[@Karin](accountid:k1)", ""},
		"a small letter":                {"use @ben here", "", "use @ben here", "@ben is plain text"},
		"code":                          {"`@Ben` and a@Ben", "", "`@Ben` and a@Ben", ""},
		"more people than one page":     {"@Ben knows", strings.TrimSuffix(strings.Repeat(other+",", 20), ","), "@Ben knows", "it could be Ben Okafor (b1) or Ben Smithers (b2)"},
		"nobody":                        {"@Zoe knows", "", "@Zoe knows", "@Zoe is plain text and mentions nobody"},
		"the beginning of another name": {"@Benedict knows", ben, "@Benedict knows", "@Benedict is plain text"},
	} {
		assignable := list()
		if c.assignable != "" {
			assignable = list(c.assignable)
		}
		n, _ := newNames(t, map[string]string{"user/search": list(), "user/assignable/search": assignable, "issue/PAY-1": issue})
		var warnings []string
		ctx := jira.WithCall(t.Context(), jira.CallOptions{OnWarning: func(s string) { warnings = append(warnings, s) }})
		doc, err := n.Document(ctx, "Comment", c.text, names.Place{Issue: "PAY-1"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := adf.ToMarkdown(doc); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if text := strings.Join(warnings, " "); (text == "") != (c.warns == "") || !strings.Contains(text, c.warns) {
			t.Errorf("%s: warnings %q, want %q", name, warnings, c.warns)
		}
	}
}
