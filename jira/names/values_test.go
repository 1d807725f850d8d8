package names_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// field returns a field of a screen.
func field(id, name, kind string, allowed ...jira.AllowedValue) jira.FieldMeta {
	return jira.FieldMeta{ID: id, Name: name, Schema: jira.Schema{Type: kind}, Allowed: allowed}
}

// listField returns a field that takes a list.
func listField(id, name, items string, allowed ...jira.AllowedValue) jira.FieldMeta {
	f := field(id, name, "array", allowed...)
	f.Schema.Items = items
	return f
}

// customField returns a field with a type of custom fields.
func customField(f jira.FieldMeta, kind string) jira.FieldMeta {
	f.Schema.Custom = "com.atlassian.jira.plugin.system.customfieldtypes:" + kind
	return f
}

// Values of the screens in the tests.
var (
	priorities = []jira.AllowedValue{{ID: "2", Name: "High"}, {ID: "4", Name: "Low"}}
	versions   = []jira.AllowedValue{{ID: "100", Name: "24.12"}, {ID: "101", Name: "25.1, beta"}}
	regions    = []jira.AllowedValue{{ID: "1", Value: "EU", Children: []jira.AllowedValue{{ID: "11", Value: "Berlin"}, {ID: "12", Value: "Paris"}}}, {ID: "2", Value: "US", Children: []jira.AllowedValue{{ID: "21", Value: "Austin"}}}, {ID: "3", Value: "Other"}}
)

// TestFindField checks that a field of a screen is found by id, name and alias,
// in this order.
func TestFindField(t *testing.T) {
	t.Parallel()
	screen := []jira.FieldMeta{{ID: "customfield_1", Name: "components"}, {ID: "components", Name: "Components"}, {ID: "fixVersions", Name: "Fix versions"}, {ID: "customfield_2", Name: "Due"}, {ID: "duedate", Name: "Due date"},
		{ID: "customfield_3", Name: "Severity"}, {ID: "customfield_4", Name: "severity"}}
	for given, c := range map[string]struct{ want, says string }{
		"components": {"components", ""}, "fix VERSIONS": {"fixVersions", ""}, "fixversion": {"fixVersions", ""}, "due": {"customfield_2", ""}, "component": {"components", ""}, "customfield_4": {"customfield_4", ""},
		"DUE date\t": {"duedate", ""},
		"Severity":   {"", `Severity (customfield_3); severity (customfield_4)`},
		"labels":     {"", `"labels"`}, "label": {"", `"label"`}, "Severty": {"", `mean "Severity"?`},
	} {
		got, err := names.FindField(screen, given)
		if checkError(t, err, c.says) && got.ID != c.want {
			t.Errorf("%q: %s, want %s", given, got.ID, c.want)
		}
	}
}

// TestEncode checks the JSON that Jira accepts for a value, by the field's type
// (contract: priorities and options by id, people by accountId, groups by name,
// parents by key), and the errors for values that it does not accept.
func TestEncode(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"user/search?query=Ana Silva": list(person(ana, "Ana Silva")), "user/search?query=Ana Silva, " + bo: list(), "user/assignable/search?project=PAY&query=Ana Silva": list(person(ana, "Ana Silva")),
		"user/assignable/search?project=PAY&query=Bo": list(), "user/search?query=Bo": list(), "user/search?query=B": list(),
		"user/assignable/search?project=PAY&query=B": list(),
		"myself":        `{"accountId":"me","displayName":"Mia","timeZone":"America/New_York"}`,
		"configuration": `{"timeTrackingEnabled":true,"timeTrackingConfiguration":{"workingHoursPerDay":8,"workingDaysPerWeek":5}}`,
		"board":         values(board(1, "A", "scrum", "PAY")), "board/1/sprint": values(sprint(31, "S1", "active", 1), sprint(32, "S2", "future", 1)),
	}
	cascade := field("customfield_5", "Region", "option-with-child", regions...)
	for name, c := range map[string]struct {
		field      jira.FieldMeta
		value      string
		want, says string
	}{
		"an allowed value by name":       {field("priority", "Priority", "priority", priorities...), " high ", `{"id":"2"}`, ""},
		"an allowed value by id":         {field("priority", "Priority", "priority", priorities...), "4", `{"id":"4"}`, ""},
		"a value that is not allowed":    {field("priority", "Priority", "priority", priorities...), "Hihg", "", `Allowed: High, Low.`},
		"a field without allowed values": {field("priority", "Priority", "priority"), "High", "", "Priority: has no values to choose from on this screen"},
		"text of one line":               {field("customfield_1", "Team", "string"), "A, B ", `"A, B "`, ""},
		"a number":                       {field("customfield_1", "Points", "number"), " 2.50 ", `2.5`, ""},
		"no number":                      {field("customfield_1", "Points", "number"), "two", "", `Points: "two" is not a number`},
		"not a number":                   {field("customfield_1", "Points", "number"), "NaN", "", `"NaN" is not a number`},
		"infinity":                       {field("customfield_1", "Points", "number"), "-inf", "", `"-inf" is not a number`},
		"a date":                         {field("duedate", "Due date", "date"), "2028-02-29", `"2028-02-29"`, ""},
		"a day that does not exist":      {field("duedate", "Due date", "date"), "2026-02-29", "", `Due date: "2026-02-29" is not a date or time like 2026-01-31`},
		"a time in the user's zone":      {field("customfield_1", "At", "datetime"), "2026-07-01T09:30", `"2026-07-01T09:30:00.000-0400"`, ""},
		"a time in its own zone":         {field("customfield_1", "At", "datetime"), "2026-07-01T09:30Z", `"2026-07-01T09:30:00.000+0000"`, ""},
		"no time":                        {field("customfield_1", "At", "datetime"), "noonish", "", `At: "noonish" is not a date or time`},
		"an estimate":                    {field("timetracking", "Time tracking", "timetracking"), "1d 2h", `{"originalEstimate":"600m"}`, ""},
		"no estimate":                    {field("timetracking", "Time tracking", "timetracking"), "soon", "", `Time tracking: "soon" is not a duration`},
		"a group":                        {field("customfield_1", "Group", "group"), " devs ", `{"name":"devs"}`, ""},
		"a person":                       {field("customfield_1", "Reviewer", "user"), "Ana Silva", `{"accountId":"` + ana + `"}`, ""},
		"an assignee":                    {field("assignee", "Assignee", "user"), "Ana Silva", `{"accountId":"` + ana + `"}`, ""},
		"an assignee who cannot be it":   {field("assignee", "Assignee", "user"), "Bo", "", `nobody called "Bo" can be assignee in PAY`},
		"the automatic assignee":         {field("assignee", "Assignee", "user"), " Automatic ", `{"accountId":"-1"}`, ""},
		"the default assignee":           {field("assignee", "Assignee", "user"), "default", `{"accountId":"-1"}`, ""},
		"a parent":                       {field("parent", "Parent", "issuelink"), " pay-7 ", `{"key":"PAY-7"}`, ""},
		"JSON for an unknown type":       {field("customfield_1", "Other", "any"), `{"a":[1]}`, `{"a":[1]}`, ""},
		"text for an unknown type":       {field("customfield_1", "Other", "any"), `plain`, `"plain"`, ""},
		"labels":                         {listField("labels", "Labels", "string"), "a, b-c ,,", `["a","b-c"]`, ""},
		"labels as JSON":                 {listField("labels", "Labels", "string"), `["a,b","c"]`, `["a,b","c"]`, ""},
		"no labels":                      {listField("labels", "Labels", "string"), "", `[]`, ""},
		"versions":                       {listField("fixVersions", "Fix versions", "version", versions...), `["25.1, beta","24.12"]`, `[{"id":"101"},{"id":"100"}]`, ""},
		"a version that is not there":    {listField("fixVersions", "Fix versions", "version", versions...), "24.12, 24.13", "", `mean "24.12"?`},
		"versions of an empty list":      {listField("fixVersions", "Fix versions", "version"), "24.12", "", "Fix versions: has no values to choose from"},
		"several people":                 {listField("customfield_1", "Reviewers", "user"), "Ana Silva, " + bo, `[{"accountId":"` + ana + `"},{"accountId":"` + bo + `"}]`, ""},
		"a sprint":                       {listField("customfield_9", "Sprint", "json"), "next", `32`, ""},
		"a sprint by name":               {listField("customfield_9", "Sprint", "json"), "s1", `31`, ""},
		"two sprints":                    {listField("customfield_9", "Sprint", "json"), "31, 32", "", "Sprint: accepts one sprint"},
		"no sprint":                      {listField("customfield_9", "Sprint", "json"), "", "", "Sprint: accepts one sprint"},
		"a cascading value":              {cascade, "eu > BERLIN", `{"child":{"id":"11"},"id":"1"}`, ""},
		"a cascading value by ids":       {cascade, "1>12", `{"child":{"id":"12"},"id":"1"}`, ""},
		"the upper level alone":          {cascade, " Other ", `{"id":"3"}`, ""},
		"a child of another parent":      {cascade, "US > Berlin", "", `Allowed: US, US > Austin.`},
		"a child without its parent":     {cascade, "berlin", "", `mean "EU > Berlin"?`},
		"an unknown upper level":         {cascade, "Asia", "", `Allowed: EU, EU > Berlin, EU > Paris, US, US > Austin, Other.`},
		"rich text":                      {field("description", "Description", "string"), "a", string(document("a")), ""},
		"rich text with a control":       {customField(field("customfield_1", "Notes", "string"), "textarea"), "a\x00", "", "Notes: has the control character U+0000"},
	} {
		n, _ := newNames(t, answers)
		got, err := n.Encode(t.Context(), c.field, "PAY", c.value)
		if !checkError(t, err, c.says) {
			continue
		}
		data, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if names.IsRichText(c.field) {
			if !names.Equal(json.RawMessage(c.want), data) {
				t.Errorf("%s: %s, want %s", name, data, c.want)
			}
		} else if string(data) != c.want {
			t.Errorf("%s: %s, want %s", name, data, c.want)
		}
	}
}

// TestEncodeNeedsJira checks that errors of the lookups behind a value are
// returned.
func TestEncodeNeedsJira(t *testing.T) {
	t.Parallel()
	n, _ := newNames(t, map[string]string{"myself": `503 {"errorMessages":["down"]}`, "board": `503 {"errorMessages":["down"]}`, "user/search": `503 {"errorMessages":["down"]}`})
	for value, f := range map[string]jira.FieldMeta{"2026-07-01T09:30": field("customfield_1", "At", "datetime"), "next": listField("customfield_9", "Sprint", "json"), "Bo": listField("customfield_2", "Reviewers", "user")} {
		if _, err := n.Encode(t.Context(), f, "PAY", value); !jira.IsStatus(err, 503) {
			t.Errorf("%s: %v", value, err)
		}
	}
	n, _ = newNames(t, map[string]string{"myself": `{"accountId":"me","timeZone":"Moon/Crater"}`})
	if got, err := n.Encode(t.Context(), field("customfield_1", "At", "datetime"), "PAY", "2026-07-01T09:30"); err != nil || got != "2026-07-01T09:30:00.000+0000" {
		t.Errorf("in a zone that is not known: %v (%v)", got, err)
	}
}

// TestLines checks the limits of fields with one line of text.
func TestLines(t *testing.T) {
	t.Parallel()
	team, link := customField(field("customfield_1", "Team", "string"), "textfield"), customField(field("customfield_2", "Page", "string"), "url")
	labels, tags := listField("labels", "Labels", "string"), customField(listField("customfield_3", "Tags", "string"), "labels")
	for name, c := range map[string]struct {
		field jira.FieldMeta
		value string
		says  string
	}{
		"255 letters":                    {team, strings.Repeat("ä", 255), ""},
		"256 letters":                    {team, strings.Repeat("a", 256), "Team: has 256 characters"},
		"a control character":            {team, "a\x07", `Team: "a\a" has control characters`},
		"an address":                     {link, "https://example.com/page?a=b", ""},
		"a long address":                 {link, "https://example.com/" + strings.Repeat("a", 300), ""},
		"no address":                     {link, "example.com/page", `Page: "example.com/page" is not an address`},
		"an address that is none":        {link, "https://exa mple.com:x", "is not an address"},
		"a label":                        {labels, `["a-b"]`, ""},
		"a label with a blank":           {labels, `["needs  review"]`, `Labels: a label cannot contain spaces; use "needs-review"`},
		"a custom label with a blank":    {tags, `["needs review"]`, `Tags: a label cannot contain spaces; use "needs-review"`},
		"a label that is too long":       {labels, strings.Repeat("a", 256), "Labels: has 256 characters"},
		"a blank in another list":        {listField("customfield_4", "Names", "string"), "a b", ""},
		"a summary":                      {field("summary", "Summary", "string"), "Pay by card", ""},
		"a summary that is not one line": {field("summary", "Summary", "string"), "a\nb", "Summary: has line breaks"},
	} {
		n, _ := newNames(t, nil)
		_, err := n.Encode(t.Context(), c.field, "PAY", c.value)
		checkError(t, err, c.says)
		var wrong *names.ValueError
		if err != nil && (!errors.As(err, &wrong) || wrong.Field != c.field.Name) {
			t.Errorf("%s: %v is no error of the field", name, err)
		}
	}
}

// TestCheckSummary checks Jira's rules for a summary (JRACLOUD-78553): one line
// of at most 255 characters.
func TestCheckSummary(t *testing.T) {
	t.Parallel()
	for summary, says := range map[string]string{
		"Pay by card": "", "x": "", strings.Repeat("ü", names.MaxSummary): "",
		"": "is empty", "  \u00a0": "is empty", "\u200b\u2060": "is empty",
		"a\nb": "line breaks", "a\r": "line breaks", "a\tb": "control characters", "a\u2028b": "line breaks", "a\u2029b": "line breaks", "a\x00b": "control characters",
		strings.Repeat("ü", names.MaxSummary+1): "has 256 characters",
	} {
		checkError(t, names.CheckSummary(summary), says)
	}
}

// TestSplitList checks lists that are JSON or separated by commas.
func TestSplitList(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{"": nil, " , ": nil, "a": {"a"}, " a b , c,": {"a b", "c"}, `["a, b"," c "]`: {"a, b", " c "}, `[]`: {}, `["a"`: {`["a"`}} {
		if got := names.SplitList(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestAllowedNames checks the names of values: name, value, key or id.
func TestAllowedNames(t *testing.T) {
	t.Parallel()
	f := field("x", "X", "option", jira.AllowedValue{ID: "1", Name: "High"}, jira.AllowedValue{ID: "2", Value: "EU"}, jira.AllowedValue{ID: "3", Key: "PAY"}, jira.AllowedValue{ID: "4"})
	if got := names.AllowedNames(f); !slices.Equal(got, []string{"High", "EU", "PAY", "4"}) {
		t.Errorf("%q", got)
	}
	if got := names.CascadeNames(regions); !slices.Equal(got, []string{"EU", "EU > Berlin", "EU > Paris", "US", "US > Austin", "Other"}) {
		t.Errorf("%q", got)
	}
}

// TestNamesOfOtherProducts checks that a name which two teams have is refused, as
// is one that cannot be looked up.
func TestNamesOfOtherProducts(t *testing.T) {
	t.Parallel()
	team := jira.FieldMeta{ID: "customfield_9", Name: "Team", Schema: jira.Schema{Type: "team"}}
	page := `{"isLast":true,"issues":[{"id":"1","key":"PAY-1","fields":{"customfield_9":{"id":"b81e55c2-0000-4000-8000-000000000001","name":"Falcon"}}},
		{"id":"2","key":"PAY-2","fields":{"customfield_9":{"id":"b81e55c2-0000-4000-8000-000000000002","name":"Falcon"}}},
		{"id":"3","key":"PAY-3","fields":{"customfield_9":{"id":"b81e55c2-0000-4000-8000-000000000003","name":"Heron"}}}]}`
	n, _ := newNames(t, map[string]string{"search/jql": page})
	if got, err := n.Encode(t.Context(), team, "PAY", "heron"); err != nil || got != "b81e55c2-0000-4000-8000-000000000003" {
		t.Errorf("%v (%v)", got, err)
	}
	_, err := n.Encode(t.Context(), team, "PAY", "falcon")
	checkError(t, err, `"falcon" is ambiguous: issues of PAY have different values with this name`)
	n, _ = newNames(t, map[string]string{"search/jql": `403 {"errorMessages":["You may not search."]}`})
	_, err = n.Encode(t.Context(), team, "PAY", "heron")
	checkError(t, err, "could not be read: Jira answered 403")
}
