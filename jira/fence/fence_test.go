package fence_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// newFence returns a fence around projects, which has recorded the ids and names
// of PAY and OPS.
func newFence(t *testing.T, projects ...string) *fence.Fence {
	t.Helper()
	f, err := fence.New(projects, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.RecordProject("PAY", "10000", "Payments")
	f.RecordProject("OPS", "10001", "Platform Operations") // ignored if it is outside
	return f
}

// TestNew checks which projects New accepts, and which keys are inside
// afterwards.
func TestNew(t *testing.T) {
	for _, c := range []struct {
		projects, writable []string
		ok                 bool
	}{
		{[]string{"PAY"}, nil, true}, {[]string{"pay", " OPS "}, []string{"ops"}, true},
		{nil, nil, false}, {[]string{""}, nil, false}, {[]string{"P) OR (a"}, nil, false}, {[]string{"PAY"}, []string{"OPS"}, false},
	} {
		if _, err := fence.New(c.projects, c.writable); (err == nil) != c.ok {
			t.Errorf("%v, %v: %v", c.projects, c.writable, err)
		}
	}
	f, _ := fence.New([]string{"PAY", "OPS"}, []string{"PAY"})
	if !f.MayWrite("pay") || f.MayWrite("OPS") || !f.IsProjectInside("OPS") || f.IsProjectInside("OPSX") || !f.IsIssueInside("ops-1") || f.IsIssueInside("OPS") || f.IsIssueInside("SECRET-1") {
		t.Error("a project inside counts as outside, or the other way round")
	}
}

// fakeNames is a [fence.NameChecker] with a fixed list of things inside, as
// "kind name". It records the names that it is called with.
type fakeNames struct {
	fence   *fence.Fence
	inside  []string
	filters map[string]string
	asked   []string
}

func (s *fakeNames) Inside(_ context.Context, kind operation.Kind, name string) (bool, error) {
	if kind == operation.KindProject {
		_, inside := s.fence.FindProject(name)
		return inside, nil
	}
	s.asked = append(s.asked, string(kind)+" "+name)
	return slices.Contains(s.inside, string(kind)+" "+name), nil
}

func (s *fakeNames) Filters(_ context.Context, who string) ([]string, error) {
	if q, found := s.filters[who]; found {
		return strings.Split(q, " // "), nil
	}
	return nil, nil
}

func (s *fakeNames) InsideNames(context.Context, operation.Kind) []string { return nil }

func (s *fakeNames) FieldKind(_ context.Context, field string) (operation.Kind, error) {
	return map[string]operation.Kind{"target": operation.KindVersion, "cf[10077]": operation.KindProject}[field], nil
}

// TestNamesInQueries checks that every name in a query is checked, whatever it
// is in, and that a query is refused if one of them is outside.
func TestNamesInQueries(t *testing.T) {
	f := newFence(t, "PAY")
	for query, want := range map[string]string{ // the names that are checked, or the reason of a refusal
		`status = Done`:                                       "",
		`project = PAY or project = "payments"`:               "",
		`project = 10000`:                                     "",
		`project in projectsLeadByUser()`:                     "",
		`project = OPS`:                                       "is not in them",
		`space = OPS`:                                         "is not in them",
		`status = Done AND NOT project != OPS`:                "is not in them",
		`project = 10001`:                                     "is not in them",
		`project in (PAY, OPS)`:                               "is not in them",
		`key = PAY-1 or parent in (OPS-2, "SECRET-3")`:        "issue PAY-1, issue OPS-2, issue SECRET-3",
		`issue = 10150`:                                       "issue 10150",
		`"Epic Link" = OPS-7`:                                 "issue OPS-7",
		`cf[10014] = OPS-7`:                                   "issue OPS-7",
		`issue in linkedIssues("OPS-1", "blocks")`:            "issue OPS-1",
		`issuekey in childIssuesOf(OPS-9)`:                    "issue OPS-9",
		`labels = covid-19`:                                   "",
		`text ~ "OPS-1"`:                                      "",
		`fixVersion in unreleasedVersions(PAY)`:               "",
		`fixVersion in unreleasedVersions(OPS)`:               "is not in them",
		`fixVersion in unreleasedVersions("other")`:           "is not in them",
		`fixVersion = 24.12 or affectedVersion < "2 (x)"`:     "version 24.12, version 2 (x)",
		`fixVersion was 1 and fixVersion changed from 2 to 3`: "version 1, version 2, version 3",
		`fixVersion ~ "24*"`:                                  "",
		`component not in (Ledger, 10100)`:                    "component Ledger, component 10100",
		`Sprint = 32 and sprint != "PAY Sprint 14"`:           "sprint 32, sprint PAY Sprint 14",
		`target = 7 and "Target" ~ "7*"`:                      "version 7",
		`cf[10077] in (OPS)`:                                  "is not in them",
		`"ſpace" = OPS or "ıd" = 1`:                           "is not in them",
		`"ıssue" = OPS-1`:                                     "issue OPS-1",
		`parentProject = OPS`:                                 "is not in them",
		`sprint in openSprints()`:                             "",
		`filter is not EMPTY`:                                 "saved filters only by name or number",
		`request ~ "All"`:                                     "saved filters only by name or number",
		`filter = currentUser()`:                              "saved filters only by name or number",
		`issue in scriptRunner("x")`:                          "scriptRunner()",
		`assignee was currentUser() by membersOf(x)`:          "",
		`status changed by someFunction()`:                    "someFunction()",
		`summary ~ "a" ) or (project = OPS`:                   "JQL, character",
	} {
		site := &fakeNames{fence: f}
		// The query is refused at the first name outside, so all have to be inside.
		site.inside = strings.Split(want, ", ")
		confined, err := f.ConfineQuery(t.Context(), query, site)
		var refusal *fence.Error
		switch {
		case err == nil:
			if got := strings.Join(site.asked, ", "); got != want || !strings.HasPrefix(confined, `project IN ("PAY")`) {
				t.Errorf("%s: %s, asks about %q, want %q", query, confined, got, want)
			}
		case want == "" || !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v", query, err)
		case !strings.HasPrefix(want, "JQL") && (!errors.As(err, &refusal) || !strings.Contains(err.Error(), "confined to the projects PAY")):
			t.Errorf("%s: %v", query, err)
		}
		if len(site.asked) > 0 { // nothing outside may pass
			if _, err := f.ConfineQuery(t.Context(), query, &fakeNames{fence: f}); !errors.As(err, &refusal) {
				t.Errorf("%s: outside, yet %v", query, err)
			}
		}
	}
}

// TestSavedFilters checks that the query of a saved filter takes its place in
// the tree, that names outside in it match nothing, and that a refusal does not
// quote it.
func TestSavedFilters(t *testing.T) {
	f := newFence(t, "PAY", "HELP")
	site := func() *fakeNames {
		return &fakeNames{fence: f, inside: []string{"issue PAY-1", "version 24.12"}, filters: map[string]string{
			"bugs": "project = PAY AND type = Bug ORDER BY priority", "ops": "project = OPS", "mine": "assignee = currentUser()", "all": "ORDER BY created",
			"both": "project in (PAY, OPS) OR parent = OPS-1 OR key = PAY-1", "not ops": "project != OPS AND fixVersion not in (24.12, secret)",
			"behind": `issue in linkedIssues("SECRET-1")`, "nested": "filter = bugs AND filter not in (ops, mine)", "loop": "filter = loop",
			"odd": "issue in scriptRunner(x)", "broken": "status =", "version": "fixVersion changed to secret AND project = PAY", "wild": "filter = nested OR project = OPS",
			"twice": "project = PAY // project = HELP", "one of two": "project = OPS // project = PAY",
			"but not": "project != OPS AND fixVersion != secret AND fixVersion was not secret", "not in ops": "NOT project = OPS", "releases": "fixVersion not in releasedVersions(PAY, OPS)", "own": "key not in (OPS-1)", "not ops at all": "project = OPS AND (status = Done OR key = OPS-1)", "half odd": "project = PAY AND issue in scriptRunner(x)"}}
	}
	const inside = `project IN ("PAY", "HELP") AND `
	for query, want := range map[string]string{
		`filter = bugs ORDER BY key`:      inside + `(project = PAY AND type = Bug) ORDER BY key`,
		`filter in (bugs, mine)`:          inside + `(project = PAY AND type = Bug OR assignee = currentUser())`,
		`filter != mine`:                  inside + `NOT assignee = currentUser()`,
		`filter = all`:                    inside + `project IS NOT EMPTY`,
		`filter = both AND status = Done`: inside + `((project IN (PAY) OR project IS EMPTY OR key = PAY-1) AND status = Done)`,
		`filter = "not ops"`:              inside + `(project IS NOT EMPTY AND fixVersion NOT IN (24.12))`,
		`filter = nested`:                 inside + `((project = PAY AND type = Bug) AND NOT assignee = currentUser())`,
		`savedFilter = version`:           "!is not in them",
		`request = wild`:                  inside + `((project = PAY AND type = Bug) AND NOT assignee = currentUser() OR project IS EMPTY)`,
		`filter = "but not"`:              inside + `(project IS NOT EMPTY AND fixVersion IS NOT EMPTY AND project IS NOT EMPTY)`,
		`filter = releases`:               inside + `fixVersion NOT IN releasedVersions(PAY)`,
		`filter = own`:                    inside + `project IS NOT EMPTY`,
		`filter = "not in ops"`:           inside + `NOT project IS EMPTY`,
		`filter = "not ops at all"`:       "!is not in them",
		`filter = ops`:                    "!is not in them",
		`filter = behind`:                 "!is not in them",
		`filter = "no such"`:              "!is not in them",
		`filter = broken`:                 "!is not in them",
		`filter = loop`:                   "!is not in them",
		`filter = odd`:                    "!is not in them",
		`filter = "half odd"`:             "!cannot check a saved filter in this query",
		`filter = twice`:                  "!several saved filters",
		`filter = "one of two"`:           inside + `project = PAY`,
		`filter in (bugs, ops)`:           "!is not in them",
	} {
		confined, err := f.ConfineQuery(t.Context(), query, site())
		text := confined
		if err != nil {
			text = "!" + err.Error()
		}
		if text != want && (err == nil || want[0] != '!' || !strings.Contains(text, want[1:])) {
			t.Errorf("%s:\n got %s\nwant %s", query, text, want)
		}
		if err != nil && strings.Contains(err.Error(), "scriptRunner") {
			t.Errorf("%s: tells what the filter says: %v", query, err)
		}
	}
	if _, err := f.ConfineQuery(t.Context(), "filter in ("+strings.TrimSuffix(strings.Repeat("mine, ", 21), ", ")+")", site()); err == nil || !strings.Contains(err.Error(), "at most 20") {
		t.Errorf("many filters: %v", err)
	}
}

// TestFilter checks what is removed from answers, and what stays.
func TestFilter(t *testing.T) {
	f := newFence(t, "PAY")
	for name, c := range map[string]struct{ in, want string }{
		"issues": {`{"issues":[{"id":"1","key":"PAY-1","fields":{}},{"id":"2","key":"OPS-1","fields":{}}],"isLast":true}`, `{"issues":[{"id":"1","key":"PAY-1","fields":{}}],"isLast":true}`},
		"parent, links, sub-tasks": {`{"id":"1","key":"PAY-1","fields":{"parent":{"id":"9","key":"OPS-9"},"issuelinks":[{"id":"5","type":{"name":"Blocks"},"inwardIssue":{"id":"3","key":"OPS-3"}},
			{"id":"6","type":{"name":"Blocks"},"outwardIssue":{"id":"4","key":"PAY-4"}}],"subtasks":[{"id":"7","key":"PAY-7"}]}}`,
			`{"id":"1","key":"PAY-1","fields":{"issuelinks":[{"id":"6","type":{"name":"Blocks"},"outwardIssue":{"id":"4","key":"PAY-4"}}],"subtasks":[{"id":"7","key":"PAY-7"}]}}`},
		"history": {`{"id":"1","key":"PAY-1","fields":{},"changelog":{"histories":[{"items":[
			{"field":"Link","fieldtype":"jira","from":null,"fromString":null,"to":"OPS-3","toString":"This issue is blocked by OPS-3"},
			{"field":"Key","fieldtype":"jira","from":"","fromString":"SECRET-3","to":"","toString":"PAY-1"},
			{"field":"project","fieldtype":"jira","from":"10004","fromString":"Secret","to":"10000","toString":"Payments"},
			{"field":"Verknüpfung","fieldId":"issuelinks","fieldtype":"jira","from":null,"fromString":null,"to":"OPS-4","toString":"wird von OPS-4 blockiert"},
			{"field":"status","fieldtype":"jira","from":"1","fromString":"To Do","to":"2","toString":"OPS-1 is no key here"}]}]}}`,
			`{"id":"1","key":"PAY-1","fields":{},"changelog":{"histories":[{"items":[
			{"field":"Link","fieldtype":"jira","from":null,"fromString":null,"to":null,"toString":"(outside this server's projects)"},
			{"field":"Key","fieldtype":"jira","from":null,"fromString":"(outside this server's projects)","to":"","toString":"PAY-1"},
			{"field":"project","fieldtype":"jira","from":null,"fromString":"(outside this server's projects)","to":"10000","toString":"Payments"},
			{"field":"Verknüpfung","fieldId":"issuelinks","fieldtype":"jira","from":null,"fromString":null,"to":null,"toString":"(outside this server's projects)"},
			{"field":"status","fieldtype":"jira","from":"1","fromString":"To Do","to":"2","toString":"OPS-1 is no key here"}]}]}}`},
		"what people wrote": {`{"id":"1","key":"PAY-1","fields":{"summary":"as OPS-1","description":{"type":"doc","version":1,"content":[{"type":"inlineCard","attrs":{"url":"https://x/browse/OPS-1"}}]}}}`,
			`{"id":"1","key":"PAY-1","fields":{"summary":"as OPS-1","description":{"type":"doc","version":1,"content":[{"type":"inlineCard","attrs":{"url":"https://x/browse/OPS-1"}}]}}}`},
		"history in other words": {`{"histories":[{"items":[{"field":"Epos-Verknüpfung","fieldtype":"custom","fieldId":"customfield_1","from":"","fromString":"SEC-3","to":"","toString":"PAY-3"},
			{"field":"Vorgangsverknüpfung","fieldtype":"jira","from":null,"fromString":null,"to":"SEC-3","toString":"wird von SEC-3 blockiert"},
			{"field":"Kunde","fieldtype":"custom","fieldId":"customfield_2","from":null,"fromString":null,"to":null,"toString":"see SEC-3"}]}]}`,
			`{"histories":[{"items":[{"field":"Epos-Verknüpfung","fieldtype":"custom","fieldId":"customfield_1","from":null,"fromString":"(outside this server's projects)","to":"","toString":"PAY-3"},
			{"field":"Vorgangsverknüpfung","fieldtype":"jira","from":null,"fromString":null,"to":null,"toString":"(outside this server's projects)"},
			{"field":"Kunde","fieldtype":"custom","fieldId":"customfield_2","from":null,"fromString":null,"to":null,"toString":"see SEC-3"}]}]}`},
		"keys in custom objects":     {`{"id":"1","key":"PAY-1","fields":{"customfield_1":{"key":"SEC-9"},"customfield_2":[{"issueKey":"SEC-9"},{"key":"PAY-9"}],"customfield_3":{"key":"utf-8"}}}`, `{"id":"1","key":"PAY-1","fields":{"customfield_2":[{"key":"PAY-9"}]}}`},
		"projects":                   {`{"values":[{"key":"PAY","id":"10000","projectTypeKey":"software"},{"key":"OPS","id":"10001","projectTypeKey":"software"}]}`, `{"values":[{"key":"PAY","id":"10000","projectTypeKey":"software"}]}`},
		"fields of one project":      {`[{"id":"a"},{"id":"b","scope":{"type":"PROJECT","project":{"id":"10001"}}},{"id":"c","scope":{"type":"PROJECT","project":{"id":"10000"}}}]`, `[{"id":"a"},{"id":"c","scope":{"type":"PROJECT","project":{"id":"10000"}}}]`},
		"numbers as they are":        {`{"a":12345678901234567890,"b":1.10,"c":1e3}`, `{"a":12345678901234567890,"b":1.10,"c":1e3}`},
		"what only looks like a key": {`{"labels":["covid-19"],"options":[{"value":"UTF-8"}],"key":"reporter-1"}`, `{"labels":["covid-19"],"options":[{"value":"UTF-8"}],"key":"reporter-1"}`},
	} {
		got, outside, err := f.FilterJSON([]byte(c.in))
		if err != nil || outside {
			t.Errorf("%s: outside %v, %v", name, outside, err)
			continue
		}
		var a, b any
		_ = json.Unmarshal(got, &a)
		if err := json.Unmarshal([]byte(c.want), &b); err != nil {
			t.Fatal(err)
		}
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		if string(x) != string(y) {
			t.Errorf("%s:\n got %s\nwant %s", name, x, y)
		}
	}
	for _, in := range []string{`{"id":"1","key":"OPS-1","fields":{}}`, `{"key":"OPS","self":"https://x/rest/api/3/project/10001"}`} {
		if _, outside, err := f.FilterJSON([]byte(in)); !outside || err != nil {
			t.Errorf("%s is inside, %v", in, err)
		}
	}
	if _, _, err := f.FilterJSON([]byte("<html>")); err == nil {
		t.Error("a page is filtered")
	}
}

// TestAnswersAddNoProjects checks that an answer does not add ids or names of
// projects to the fence: the value of a field may be anybody's text.
func TestAnswersAddNoProjects(t *testing.T) {
	f, err := fence.New([]string{"PAY"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.FilterJSON([]byte(`{"customfield_1":{"key":"PAY","id":"66666","name":"Secret","projectTypeKey":"x"}}`)); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"66666", "Secret"} {
		if _, inside := f.FindProject(who); inside {
			t.Errorf("%s is PAY", who)
		}
	}
}

// FuzzFilter checks that a filtered answer is JSON, and that filtering it again
// changes nothing, so that nothing outside is left.
func FuzzFilter(f *testing.F) {
	f.Add(`{"issues":[{"id":"1","key":"PAY-1","fields":{"parent":{"id":"9","key":"OPS-9"}}}]}`)
	f.Add(`[{"field":"Link","fieldtype":"jira","to":"OPS-3"}]`)
	f.Fuzz(func(t *testing.T, in string) {
		fn, err := fence.New([]string{"PAY"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, outside, err := fn.FilterJSON([]byte(in))
		if err != nil || outside {
			return
		}
		if !json.Valid(out) {
			t.Errorf("%q becomes %q", in, out)
		}
		again, outside, err := fn.FilterJSON(out)
		if err != nil || outside || string(again) != string(out) {
			t.Errorf("%q: filtered twice it is %q, %v, %v", out, again, outside, err)
		}
	})
}
