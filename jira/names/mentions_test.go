package names_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/names"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// TestMentions checks which names behind an @ become mentions: the longest name
// of one active person, and never a guess.
func TestMentions(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 20 {
		many = append(many, person(fmt.Sprint(i), fmt.Sprintf("Ana %d", i)))
	}
	silva, short := person("a1", "Ana Silva"), person("a2", "Ana")
	for name, c := range map[string]struct {
		text  string
		users map[string][]string // by query
		want  string
		warns string
	}{
		"a full name":                      {"Ask @Ana Silva about it.", map[string][]string{"ana": {silva}}, "Ask [@Ana Silva](accountid:a1) about it.", ""},
		"a name in small letters":          {"@ana silva will know", map[string][]string{"ana": {silva}}, "[@ana silva](accountid:a1) will know", ""},
		"the longest of two names":         {"@Ana Silva knows", map[string][]string{"ana": {short, silva}}, "[@Ana Silva](accountid:a1) knows", ""},
		"the longest, listed first":        {"@Ana Silva knows", map[string][]string{"ana": {silva, short}}, "[@Ana Silva](accountid:a1) knows", ""},
		"the shorter of two names":         {"@Ana knows", map[string][]string{"ana": {silva, short}}, "[@Ana](accountid:a2) knows", ""},
		"a name at the end of a sentence":  {"Thanks, @Ana.", map[string][]string{"ana": {short}}, "Thanks, [@Ana](accountid:a2).", ""},
		"two people of the same name":      {"@Ana Silva", map[string][]string{"ana": {silva, person("a3", "ana silva")}}, "@Ana Silva", "it could be Ana Silva (a1) or ana silva (a3). To mention one of them, write [@Ana Silva](accountid:…)"},
		"the same account twice":           {"@Ana Silva", map[string][]string{"ana": {silva, silva}}, "[@Ana Silva](accountid:a1)", ""},
		"two of a name, one of a longer":   {"@Ana Silva", map[string][]string{"ana": {short, person("a3", "ana"), silva}}, "[@Ana Silva](accountid:a1)", ""},
		"a person who is not active":       {"@Ana Silva", map[string][]string{"a": nil, "ana": {`{"accountId":"a1","displayName":"Ana Silva","active":false}`}}, "@Ana Silva", "no active user named Ana Silva was found"},
		"a person without a name":          {"@Ana Silva", map[string][]string{"a": nil, "ana": {person("a1", "")}}, "@Ana Silva", "no active user named Ana Silva was found"},
		"a part of a word":                 {"@Anabel knows", map[string][]string{"a": nil, "anabel": {short}}, "@Anabel knows", "@Anabel is plain text"},
		"a part of a name with a hyphen":   {"@Ana-Maria knows", map[string][]string{"a": nil, "ana-maria": {short}}, "@Ana-Maria knows", "@Ana-Maria is plain text"},
		"a name with an apostrophe":        {"@Ann O'Neil knows", map[string][]string{"ann": {person("n1", "Ann O'Neil"), person("n2", "Ann O")}}, "[@Ann O'Neil](accountid:n1) knows", ""},
		"a longer name of somebody else":   {"@Ana Silva Costa", map[string][]string{"ana": {silva}, "ana silva costa": {person("a4", "Ana Silva Costa-Lima")}}, "@Ana Silva Costa", ""},
		"a capital that belongs to nobody": {"@Ana Silva Please check", map[string][]string{"ana": {silva}, "ana silva please": nil}, "[@Ana Silva](accountid:a1) Please check", ""},
		"a first word that is too common":  {"@Ana Silva knows", map[string][]string{"ana": many, "ana silva": {silva}}, "[@Ana Silva](accountid:a1) knows", ""},
		"two words that are too common":    {"@Ana Silva knows", map[string][]string{"a": nil, "ana": many, "ana silva": many}, "@Ana Silva knows", "@Ana is plain text"},
		"a single word, too common":        {"Thanks, @Ana.", map[string][]string{"ana": append([]string{short}, many...)}, "Thanks, [@Ana](accountid:a2).", ""},
		"nobody":                           {"See @nobody here", map[string][]string{"nobody": nil}, "See @nobody here", "@nobody is plain text and mentions nobody"},
		"code":                             {"Run `@Ana Silva` now", nil, "Run `@Ana Silva` now", ""},
		"a word behind a shorter name":     {"@Ann a question", map[string][]string{"ann": {person("n1", "Ann"), person("n2", "Anna")}}, "[@Ann](accountid:n1) a question", ""},
		"a capital behind a shorter name":  {"@Jan I think", map[string][]string{"jan": {person("n1", "Jan"), person("n2", "Jani")}, "jan i": nil}, "[@Jan](accountid:n1) I think", ""},
		"a last name in the next line":     {"Ask @Ana\nSilva please", map[string][]string{"ana": {short, silva}}, "Ask @Ana\nSilva please", ""},
		"a last name behind two blanks":    {"@Ana\u00a0 Silva please", map[string][]string{"ana": {short, silva}}, "[@Ana\u00a0 Silva](accountid:a1) please", ""},
		"a last name in bold":              {"@Ana **Silva** please", map[string][]string{"ana": {short, silva}}, "@Ana **Silva** please", ""},
		"a particle":                       {"@Ana de Souza please", map[string][]string{"ana": {short}, "ana de": {person("a9", "Ana de Souza Lima")}}, "@Ana de Souza please", ""},
		"an underscore within a word":      {"@Ana_b and @Ana.Souza", map[string][]string{"ana_b": {short}, "ana.souza": {short}, "a": nil}, "@Ana_b and @Ana.Souza", "@Ana_b is plain text"},
		"a deactivated longer name":        {"@ana silva knows", map[string][]string{"ana": {short, `{"accountId":"d1","displayName":"Ana Silva","active":false}`}}, "@ana silva knows", "no user of that name was found"},
		"a first name and an initial":      {"@Joel please", map[string][]string{"joel": {person("j2", "Joel Smith")}, "j": {person("j1", "Joe L")}}, "@Joel please", "@Joel is plain text"},
		"a mark that goes on":              {"@राम and @रामू", map[string][]string{"राम": {person("r1", "राम")}, "रामू": {person("r1", "राम")}, "र": {person("r1", "राम")}}, "[@राम](accountid:r1) and @रामू", "@रामू is plain text"},
		"without blanks":                   {"@田中太郎 please", map[string][]string{"田中太郎": nil, "田": {person("t1", "田中 太郎")}}, "[@田中太郎](accountid:t1) please", ""},
		"a namesake without accents":       {"@Jose Garcia", map[string][]string{"jose": {`{"accountId":"a1","displayName":"Jose Garcia","active":false}`}, "j": {person("j1", "José García")}}, "[@Jose Garcia](accountid:j1)", ""},
		"an @ alone":                       {"5 @ 3 and @!", nil, "5 @ 3 and @!", ""},
	} {
		answers := map[string]string{}
		for query, users := range c.users {
			answers["user/search?query="+query] = list(users...)
		}
		n, site := newNames(t, answers)
		var warnings []string
		ctx := jira.WithCall(t.Context(), jira.CallOptions{OnWarning: func(s string) { warnings = append(warnings, s) }})
		doc, err := n.Document(ctx, "Description", c.text, names.Place{})
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
		if asked := names.Unique(site.requests()); len(asked) != len(c.users) {
			t.Errorf("%s: asked %q", name, asked)
		}
	}
}

// TestMentionLookups checks that a text looks up ten names at most, each of
// them once.
func TestMentionLookups(t *testing.T) {
	t.Parallel()
	n, site := newNames(t, map[string]string{"user/search": list()})
	var text strings.Builder
	for i := range 12 {
		fmt.Fprintf(&text, "@name%d and again @Name%d, ", i, i)
	}
	if _, err := n.Document(t.Context(), "Description", text.String(), names.Place{}); err != nil {
		t.Fatal(err)
	}
	asked := site.requests()
	if len(asked) != 11 || asked[0] != "user/search?query=name0" || asked[1] != "user/search?query=n" || asked[10] != "user/search?query=name9" {
		t.Errorf("asked %q", asked)
	}
	if _, err := n.Document(t.Context(), "Description", "@name11", names.Place{}); err != nil || !slices.Equal(site.requests(), []string{"user/search?query=name11"}) {
		t.Errorf("the next text does not begin anew (%v)", err)
	}
}

// TestFirstNameLookups checks that the limit holds for first names as well.
func TestFirstNameLookups(t *testing.T) {
	t.Parallel()
	n, site := newNames(t, map[string]string{"user/search": list(), "user/assignable/search": list(person("b1", "Name11 Okafor"))})
	var text strings.Builder
	for i := range 60 {
		fmt.Fprintf(&text, "@Name%d, ", i)
	}
	doc, err := n.Document(t.Context(), "Description", text.String(), names.Place{Project: "PAY"})
	if asked := site.requests(); err != nil || len(asked) != 21 || strings.Contains(adf.ToMarkdown(doc), "accountid:b1") {
		t.Errorf("asked %d times: %q (%v)", len(asked), asked, err)
	}
}

// TestMentionsWithoutUsers checks that a text is accepted if people cannot be
// looked up, and that a warning says why.
func TestMentionsWithoutUsers(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`403 {"errorMessages":["You may not browse users."]}`:             "could not be looked up: Jira answered 403: You may not browse users. This server's user lacks the permission",
		`401 {"code":401,"message":"Unauthorized; scope does not match"}`: "lacks a scope that findUsers requires: read:jira-user",
	} {
		n, _ := newNames(t, map[string]string{"user/search": answer})
		var warnings []string
		ctx := jira.WithCall(t.Context(), jira.CallOptions{OnWarning: func(s string) { warnings = append(warnings, s) }})
		doc, err := n.Document(ctx, "Description", "Ask @Ana Silva.", names.Place{})
		if err != nil || adf.ToMarkdown(doc) != "Ask @Ana Silva." {
			t.Errorf("%s (%v)", adf.ToMarkdown(doc), err)
		}
		if len(warnings) == 0 || !strings.Contains(warnings[0], want) {
			t.Errorf("warnings %q, want %q", warnings, want)
		}
	}
}
