package userpolicy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/userpolicy"
)

const example = `# people from outside
default:
  writes_per_minute: 30
rules:
  - name: contractors
    domain: Partner.example.com
    projects: [pay, OPS]
    write_projects: PAY
    allow: [read, comment]
  - account: 712020:ana
    deny: true
  - group: [admins, "site admins"]
    toolsets: [default, reports]
`

func TestParse(t *testing.T) {
	f, err := userpolicy.Parse([]byte(example), userpolicy.Names{})
	if err != nil {
		t.Fatal(err)
	}
	want := &userpolicy.File{Default: &userpolicy.Rule{Name: "default", Line: 3, Writes: 30}, Rules: []*userpolicy.Rule{
		{Name: "contractors", Line: 5, Domains: []string{"partner.example.com"}, Projects: []string{"PAY", "OPS"}, WriteProjects: []string{"PAY"}, Allow: []string{"read", "comment"}},
		{Name: "account 712020:ana (line 10)", Line: 10, Accounts: []string{"712020:ana"}, Deny: true},
		{Name: "group admins, site admins (line 12)", Line: 12, Groups: []string{"admins", "site admins"}, Toolsets: []string{"default", "reports"}},
	}}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
	if !f.NamesGroups() || (&userpolicy.File{Rules: f.Rules[:2]}).NamesGroups() || len(f.All()) != 4 {
		t.Error("groups, or not all rules")
	}
}

// TestAllProblemsAtOnce checks that a mistake is never no restriction, and that all
// are reported with their lines.
func TestAllProblemsAtOnce(t *testing.T) {
	_, err := userpolicy.Parse([]byte(`defaults:
  deny: true
rules:
  - domain: example.com
    writes: 3
  - allow: [read]
  - account: a
    group: b
    deny: yes please
  - domain: "*"
    write_projects: []
    projects: [two words]
    writes_per_minute: 0
  - account: a
  - group: x
    deny: true
    deny: false
  - account: b
    name: [two, names]
    toolsets: [boardz]
    allow: [READ, reading]
`), userpolicy.Names{Toolsets: []string{"boards", "issues"}, Effects: []string{"read", "comment"}})
	var problems userpolicy.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	want := []string{
		`line 1: unknown name "defaults"; a file has default and rules`,
		`line 5: a rule has an unknown name "writes"; known are name, account, domain, group, allow, deny, projects, toolsets, write_projects, writes_per_minute`,
		`line 6: a rule requires exactly one of account, domain and group; use default for rules that apply to everybody`,
		`line 7: a rule requires exactly one of account, domain and group; use default for rules that apply to everybody`,
		`line 9: deny must be true or false`,
		`line 10: domain: write a domain such as example.com; for several use a list: [a.com, b.com]`,
		`line 10: a rule requires exactly one of account, domain and group; use default for rules that apply to everybody`,
		`line 11: write_projects is empty; leave it out, or use deny: true`,
		`line 12: projects: "TWO WORDS" is not a project key like PAY`,
		`line 13: writes_per_minute must be a number of at least 1; to forbid writes use allow: [read]`,
		`line 14: a rule does not restrict anything`,
		`line 17: deny occurs twice`,
		`line 19: a rule has one name`,
		`line 20: toolsets: unknown toolset "boardz"; did you mean boards?; known are boards, issues`,
		`line 21: allow: unknown effect "reading"; known are read, comment`,
	}
	if diff := cmp.Diff(want, []string(problems)); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"", "- a", "rules: 3", "rules:\n  - 3", "default: [", "default:\n  account: x\n  deny: true", "rules:\n  - account: [{}]\n    deny: true", "default: null", "default: {}", "rules: []", "default:\n  deny: false", "rules:\n  - account: a, b\n    deny: true", "rules:\n  - account: ana@example.com\n    deny: true", "rules:\n  - group: a, b\n    deny: true",
		"rules:\n  - domain: a.com,b.com\n    deny: true", "rules:\n  - domain: example.com.\n    deny: true", "rules:\n  - group: \"a\\u200b\"\n    deny: true", "rules:\n  - account: !!binary YQ==\n    deny: true",
		"default:\n  writes_per_minute: 3\n...\nx: [", "rules:\n  - account: a\n    projects: &deny [PAY]\n    *deny : true\n", "default:\n  deny: true\n---\nrules: []\n", "default:\n  deny: true\n---\n", "rules:\n  - account: ''\n    deny: true"} {
		if _, err := userpolicy.Parse([]byte(text), userpolicy.Names{}); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestFor(t *testing.T) {
	f, err := userpolicy.Parse([]byte(example), userpolicy.Names{})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		who  userpolicy.Who
		want string
	}{
		{userpolicy.Who{Account: "712020:ben", Domain: "example.com"}, "default"},
		{userpolicy.Who{Account: "712020:ana", Domain: "example.com"}, "default, account 712020:ana (line 10)"},
		{userpolicy.Who{Account: "712020:ana", Domain: "PARTNER.example.com", Groups: []string{"Site Admins"}}, "default, contractors, account 712020:ana (line 10), group admins, site admins (line 12)"},
		{userpolicy.Who{Account: "712020:ben", Domain: "sub.partner.example.com"}, "default"},
		{userpolicy.Who{Account: "712020:ben"}, "default"},
		{userpolicy.Who{Account: "712020:ben", GroupsUnknown: true}, "default, group admins, site admins (line 12)?"},
	} {
		var names []string
		for _, m := range f.For(one.who) {
			if m.IsAssumed {
				names = append(names, m.Name+"?")
				continue
			}
			names = append(names, m.Name)
		}
		if got := strings.Join(names, ", "); got != one.want {
			t.Errorf("%+v: %s, want %s", one.who, got, one.want)
		}
	}
}

// FuzzParse checks that no file makes the reader panic, and that what it accepts has
// only rules that restrict something.
func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add("a: &x [*x]")
	f.Add("default: &d\n  deny: true\nrules:\n  - *d")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := userpolicy.Parse([]byte(text), userpolicy.Names{})
		if err != nil {
			return
		}
		for _, r := range file.Rules {
			if len(r.Accounts)+len(r.Domains)+len(r.Groups) == 0 || !r.Deny && len(r.Toolsets)+len(r.Allow)+len(r.Projects)+len(r.WriteProjects)+r.Writes == 0 && !strings.Contains(text, "deny") {
				t.Errorf("%q has the rule %+v", text, r)
			}
		}
	})
}
