package names_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// siteFields are the fields of a site, among them two pairs of the same name.
const siteFields = `[{"id":"summary","name":"Summary"},{"id":"issuetype","name":"Issue Type"},{"id":"fixVersions","name":"Fix versions"},{"id":"duedate","name":"Due date"},
	{"id":"customfield_1","name":"Severity"},{"id":"customfield_2","name":"severity"},{"id":"customfield_3","name":"Label"},{"id":"labels","name":"Labels"},{"id":"customfield_4","name":"duedate"}]`

// TestFieldIDs checks that fields are found by id, name and alias, in this
// order, and that all fields of a name are returned.
func TestFieldIDs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wanted, want []string
		says         string
	}{
		"nothing":                      {nil, nil, ""},
		"a name in any case":           {[]string{" SUMMARY "}, []string{"summary"}, ""},
		"an id":                        {[]string{"customfield_2"}, []string{"customfield_2"}, ""},
		"an id that is a name as well": {[]string{"duedate"}, []string{"duedate"}, ""},
		"a name that two fields have":  {[]string{"Severity"}, []string{"customfield_1", "customfield_2"}, ""},
		"an alias":                     {[]string{"type", "Fix Version", "due"}, []string{"issuetype", "fixVersions", "duedate"}, ""},
		"a name that is an alias too":  {[]string{"label"}, []string{"customfield_3"}, ""},
		"an alias of a hidden field":   {[]string{"links"}, []string{"issuelinks"}, ""},
		"repeats":                      {[]string{"labels", "Severity", "customfield_1", "Labels"}, []string{"labels", "customfield_1", "customfield_2"}, ""},
		"a typing error":               {[]string{"summary", "Sevrity"}, nil, `mean "Severity"?`},
	} {
		n, site := newNames(t, map[string]string{"field": siteFields})
		got, err := n.FieldIDs(t.Context(), c.wanted)
		if checkError(t, err, c.says) && !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if asked := site.requests(); len(asked) > 1 || len(c.wanted) == 0 && len(asked) > 0 {
			t.Errorf("%s: asked %q", name, asked)
		}
	}
}

// TestNewField checks that an unknown field is looked up again in new answers,
// but only if the known ones are not current.
func TestNewField(t *testing.T) {
	t.Parallel()
	n, site := newNames(t, map[string]string{"field": siteFields})
	if _, err := n.FieldIDs(t.Context(), []string{"summary"}); err != nil {
		t.Fatal(err)
	}
	site.answers["field"] = `[{"id":"customfield_9","name":"Region"}]`
	site.now = site.now.Add(4 * time.Second)
	if got, err := n.FieldIDs(t.Context(), []string{"Region"}); err == nil {
		t.Errorf("after 4 s: %q", got)
	}
	site.now = site.now.Add(time.Second)
	if got, err := n.FieldIDs(t.Context(), []string{"Region"}); err != nil || !slices.Equal(got, []string{"customfield_9"}) {
		t.Errorf("after 5 s: %q (%v)", got, err)
	}
	if asked := site.requests(); len(asked) != 2 {
		t.Errorf("asked %q", asked)
	}
}

// TestFieldName checks the names of known and unknown fields.
func TestFieldName(t *testing.T) {
	t.Parallel()
	fields := []jira.Field{{ID: "a", Name: "First"}, {ID: "b", Name: "Second"}}
	for id, want := range map[string]string{"a": "First", "b": "Second", "c": "c"} {
		if got := names.FieldName(fields, id); got != want {
			t.Errorf("%s: %q", id, got)
		}
	}
}

// TestProject checks that a project is found by key and name.
func TestProject(t *testing.T) {
	t.Parallel()
	pay, out := `{"id":"10000","key":"PAY","name":"Payments"}`, `{"id":"10001","key":"OUT","name":"Payouts"}`
	answers := map[string]string{
		"project/search?query=pay": values(pay, out), "project/search?query=payouts": values(pay, out), "project/search?query=P": values(pay, out),
		"project/search?query=nothing": values(), "project/search?query=broken": `403 {"errorMessages":["No."]}`,
	}
	for name, c := range map[string]struct {
		who, want, says string
		asked           int
	}{
		"a key in capitals, unchecked": {" NEW_1 ", "NEW_1", "", 0},
		"a key in small letters":       {"pay", "PAY", "", 1},
		"a name":                       {" payouts ", "OUT", "", 1},
		"a part of two names":          {"P", "", `"P" could be any of: Payments (PAY); Payouts (OUT)`, 1},
		"an unknown name":              {"nothing", "", `"nothing"`, 1},
		"an error of Jira":             {"broken", "", "No.", 1},
	} {
		n, site := newNames(t, answers)
		got, err := n.Project(t.Context(), c.who)
		if checkError(t, err, c.says) && got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if asked := site.requests(); len(asked) != c.asked {
			t.Errorf("%s: asked %q", name, asked)
		}
	}
}

// TestType checks that an issue type is found by name and id among those that
// can be created.
func TestType(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"issue/createmeta/PAY/issuetypes": `{"issueTypes":[{"id":"1","name":"Story"},{"id":"2","name":"Bug"},{"id":"3","name":"Epic","hierarchyLevel":1}],"total":3}`,
		"issue/createmeta/OUT/issuetypes": `{"issueTypes":[],"total":0}`,
		"issue/createmeta/OFF/issuetypes": `404 {"errorMessages":["No project."]}`,
	}
	for name, c := range map[string]struct{ project, given, want, says string }{
		"a name in any case":    {"PAY", "bug", "2", ""},
		"an id":                 {"PAY", "3", "3", ""},
		"a plural":              {"PAY", "Storys", "", `mean "Story"? Allowed: Story, Bug, Epic.`},
		"no type is creatable":  {"OUT", "Bug", "", "may not create issues in OUT"},
		"a project out of view": {"OFF", "Bug", "", "No project."},
	} {
		n, _ := newNames(t, answers)
		got, err := n.Type(t.Context(), c.project, c.given)
		if checkError(t, err, c.says) && got.ID != c.want {
			t.Errorf("%s: %q, want %q", name, got.ID, c.want)
		}
	}
}

// TestTypesOfOneName checks that issue types whose names differ only in case are
// told apart by their spelling, and are not guessed.
func TestTypesOfOneName(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"issue/createmeta/PAY/issuetypes": `{"issueTypes":[{"id":"1","name":"BUG"},{"id":"2","name":"bug"},{"id":"3","name":"Task"}],"total":3}`})
	for given, want := range map[string]string{"bug": "2", "BUG": "1", "3": "3"} {
		if got, err := n.Type(t.Context(), "PAY", given); got.ID != want || err != nil {
			t.Errorf("%s: %s (%v), want %s", given, got.ID, err, want)
		}
	}
	_, err := n.Type(t.Context(), "PAY", "Bug")
	checkError(t, err, "could be any of: BUG (id 1); bug (id 2)")
}

// TestNearest checks which name is suggested: the closest, of which at most a
// third of the given letters differ.
func TestNearest(t *testing.T) {
	t.Parallel()
	for given, c := range map[string]struct {
		names []string
		want  string
	}{
		"storys":                 {[]string{"Bug", "Story", "Epic"}, "Story"},
		"hihg":                   {[]string{"High"}, ""},                         // two of four letters
		"higj":                   {[]string{"Low", "High"}, "High"},              // one of four
		"priorty":                {[]string{"Property", "Priority"}, "Priority"}, // the closer one
		"in progres":             {[]string{"In Progress", "In Progress 2"}, "In Progress"},
		"ab":                     {[]string{"AC"}, ""}, // less than a letter
		"AB":                     {[]string{"ab"}, "ab"},
		"größe":                  {[]string{"Grösse"}, ""}, // two of five letters, not of seven bytes
		"":                       {[]string{"a"}, ""},
		"none":                   {nil, ""},
		strings.Repeat("a", 64):  {[]string{strings.Repeat("a", 65), strings.Repeat("a", 63)}, strings.Repeat("a", 63)},
		strings.Repeat("b", 65):  {[]string{strings.Repeat("b", 65)}, ""},
		"the ledger is too long": {[]string{"ledger"}, ""},
	} {
		if got := names.Nearest(given, c.names); got != c.want {
			t.Errorf("%q: %q, want %q", given, got, c.want)
		}
	}
}

// TestUnknownError checks what the error lists: the candidates of an ambiguous
// name, a probable name, and at most 25 allowed ones.
func TestUnknownError(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 26 {
		many = append(many, fmt.Sprintf("Value %02d", i))
	}
	first := strings.Join(many[:25], ", ")
	for name, c := range map[string]struct {
		err         names.UnknownError
		says, lacks []string
	}{
		"nothing is allowed":             {names.UnknownError{Kind: "field", Given: "x"}, []string{`field "x"`}, []string{"mean", "Allowed"}},
		"nothing is near":                {names.UnknownError{Kind: "type", Given: "x", Allowed: []string{"Bug", "Epic"}}, []string{`type "x"`, ": Bug, Epic."}, []string{"mean"}},
		"a near name":                    {names.UnknownError{Kind: "type", Given: "bugs", Allowed: []string{"Epic", "Bug"}}, []string{`mean "Bug"?`, ": Epic, Bug."}, nil},
		"a suggestion by the caller":     {names.UnknownError{Kind: "value", Given: "bugs", Allowed: []string{"Bug"}, Suggestion: "EU > Bugs"}, []string{`mean "EU > Bugs"?`, ": Bug."}, nil},
		"several meanings":               {names.UnknownError{Kind: "board", Given: "pay", Allowed: []string{"Pay 1", "Pay 2"}, Ambiguous: true}, []string{`board "pay"`, ": Pay 1; Pay 2."}, []string{"Allowed", "mean"}},
		"25 names":                       {names.UnknownError{Kind: "x", Given: "y", Allowed: many[:25]}, []string{first + "."}, []string{"more"}},
		"more than 25 names":             {names.UnknownError{Kind: "x", Given: "y", Allowed: many}, []string{first + " and 1 more."}, []string{many[25]}},
		"a near name of more than 25":    {names.UnknownError{Kind: "x", Given: "valu 25", Allowed: many}, []string{`mean "Value 25"?`}, []string{"Allowed", many[0]}},
		"a near name of no more than 25": {names.UnknownError{Kind: "x", Given: "valu 24", Allowed: many[:25]}, []string{`mean "Value 24"?`, first + "."}, nil},
	} {
		got := c.err.Error()
		for _, part := range c.says {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %s, want %q", name, got, part)
			}
		}
		for _, part := range c.lacks {
			if strings.Contains(got, part) {
				t.Errorf("%s: %s, which has %q", name, got, part)
			}
		}
	}
}

// TestUnique checks that repeats are left out and the order stays.
func TestUnique(t *testing.T) {
	t.Parallel()
	if got := names.Unique([]string{"b", "a", "b", "B", "a"}); !slices.Equal(got, []string{"b", "a", "B"}) {
		t.Errorf("%q", got)
	}
	if got := names.Unique(nil); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// TestMatchTransitions checks which transitions a name, an id or the text of an
// answer finds. A name that is also that of another transition's status finds both.
func TestMatchTransitions(t *testing.T) {
	t.Parallel()
	transition := func(id, name, to string) jira.Transition {
		out := jira.Transition{ID: id, Name: name}
		out.To.Name = to
		return out
	}
	open := []jira.Transition{transition("11", "Start", "In Progress"), transition("21", "Resume", "in progress"), transition("31", "Done", "Closed"), transition("41", "Reject", "Done")}
	for given, want := range map[string][]string{"start": {"11"}, "In Progress": {"11", "21"}, "21": {"21"}, "done": {"31", "41"}, "Reject → Done (41)": {"41"}, "reject → done (4)": nil, "closed": {"31"}, "Open": nil, "": nil} {
		var got []string
		found, _ := names.MatchTransitions(open, " "+given+" ")
		for _, m := range found {
			got = append(got, m.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}

// TestLoopsAreNotMeantByStatus checks that a transition back to the present
// status is found by its own name only.
func TestLoopsAreNotMeantByStatus(t *testing.T) {
	t.Parallel()
	loop := jira.Transition{ID: "11", Name: "Reassign", IsLooped: true}
	loop.To.Name = "Done"
	if found, _ := names.MatchTransitions([]jira.Transition{loop}, "Done"); len(found) != 0 {
		t.Errorf("the status Done finds %v", found)
	}
	if found, byStatus := names.MatchTransitions([]jira.Transition{loop}, "reassign"); len(found) != 1 || byStatus {
		t.Errorf("its name finds %v, by status %v", found, byStatus)
	}
}

// TestResolutionInName checks which transition names hold a resolution.
func TestResolutionInName(t *testing.T) {
	t.Parallel()
	resolutions := []string{"Done", "Won't Do", "Duplicate", "Cannot Reproduce", "Fixed"}
	for _, c := range []struct{ transition, status, want string }{
		{"Close as duplicate", "Closed", "Duplicate"},
		{"Close (won't do)", "Closed", "Won't Do"},
		{"Cannot reproduce", "Done", "Cannot Reproduce"},
		{"Duplicate", "Duplicate", ""}, // the status itself
		{"Mark as done", "Closed", ""}, // finished work
		{"✅ Done", "✅ Done", ""},
		{"Deduplicate", "Closed", ""}, // whole words only
		{"Start work", "In Progress", ""},
	} {
		if got := names.ResolutionInName(c.transition, c.status, resolutions); got != c.want {
			t.Errorf("%q to %q holds %q, want %q", c.transition, c.status, got, c.want)
		}
	}
}

// TestUnknownErrorIsFound checks that callers find the error with errors.As.
func TestUnknownErrorIsFound(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"field": siteFields})
	_, err := n.FieldIDs(t.Context(), []string{"nothing at all"})
	var unknown *names.UnknownError
	if !errors.As(err, &unknown) || unknown.Ambiguous || unknown.Given != "nothing at all" || len(unknown.Allowed) != 9 {
		t.Errorf("%+v", unknown)
	}
}
