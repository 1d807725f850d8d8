package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
)

func TestParseFile(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"A=b":                    {"A": "b"},
		"A=ab$cd${x}`e`\\n":      {"A": "ab$cd${x}`e`\\n"},
		"A=\"ab$cd\\n\"":         {"A": `ab$cd\n`},
		"A='C:\\temp\\new'":      {"A": `C:\temp\new`},
		"export A = b \r\nB=c\n": {"A": "b", "B": "c"},
		"# a comment\n\n A=b":    {"A": "b"},
		"A=b # the site":         {"A": "b"},
		"A=b#c":                  {"A": "b#c"},
		"A=\"b # c\"":            {"A": "b # c"},
		"A=\"b\" # it's":         {"A": "b"},
		"A='b' # it's":           {"A": "b"},
		"A=":                     {"A": ""},
		"A=\"\"":                 {"A": ""},
		"A=b=c==":                {"A": "b=c=="},
		"A=it's":                 {"A": "it's"},
		`A=["op", "read"]`:       {"A": `["op", "read"]`},
		"A=b\nA='b'":             {"A": "b"},
		"A=b\rB=c\rC=d":          {"A": "b", "B": "c", "C": "d"},
	} {
		got, err := config.ParseFile(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v %s", text, err, diff)
		}
	}
	for text, mentions := range map[string]string{"A=b\ns3cret": "line 2", "A-B=s3cret": "line 1", "A=\"s3cret": "line 1", "A: s3cret": "line 1", "A='s3cret' s3cret": "line 1",
		"A=s3cret\n# x\nA=other": "line 3 sets A a second time", "A=s3cret\nA=": "line 2 sets A a second time", "A=\rexport A=s3cret": "line 2"} {
		if _, err := config.ParseFile(text); err == nil || !strings.Contains(err.Error(), mentions) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzParseFile checks that values survive being written in the simplest form.
func FuzzParseFile(f *testing.F) {
	f.Add("ATATT3x$a\\b")
	f.Add(`"quoted`)
	f.Fuzz(func(t *testing.T, value string) {
		if strings.ContainsAny(value, "\r\n'") {
			t.Skip()
		}
		got, err := config.ParseFile("A='" + value + "'")
		if err != nil || got["A"] != value {
			t.Errorf("%q: %q, %v", value, got["A"], err)
		}
	})
}
