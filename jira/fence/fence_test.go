package fence_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
)

func around(t *testing.T, projects ...string) *fence.Fence {
	t.Helper()
	f, err := fence.New(projects, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.Learn("PAY", "10000", "Payments")
	f.Learn("OPS", "10001", "Platform Operations") // taken no notice of where it is outside
	return f
}

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
	if !f.MayWrite("pay") || f.MayWrite("OPS") || !f.Inside("OPS") || f.Inside("OPSX") || !f.InsideIssue("ops-1") || f.InsideIssue("OPS") || f.InsideIssue("SECRET-1") {
		t.Error("what is inside is told wrongly")
	}
}

func TestQuery(t *testing.T) {
	f := around(t, "PAY")
	for query, want := range map[string]string{ // the issues named, or the reason of a refusal
		`status = Done`:                                "",
		`project = PAY or project = "payments"`:        "",
		`project = 10000`:                              "",
		`project in projectsLeadByUser()`:              "",
		`project = OPS`:                                "not in them",
		`space = OPS`:                                  "not in them",
		`status = Done AND NOT project != OPS`:         "not in them",
		`project = 10001`:                              "not in them",
		`key = PAY-1 or parent in (OPS-2, "SECRET-3")`: "PAY-1 OPS-2 SECRET-3",
		`issue = 10150`:                                "10150",
		`"Epic Link" = OPS-7`:                          "OPS-7",
		`cf[10014] = OPS-7`:                            "OPS-7",
		`issue in linkedIssues("OPS-1", "blocks")`:     "OPS-1",
		`issuekey in childIssuesOf(OPS-9)`:             "OPS-9",
		`labels = covid-19`:                            "",
		`text ~ "OPS-1"`:                               "",
		`fixVersion in unreleasedVersions(PAY)`:        "",
		`fixVersion in unreleasedVersions(OPS)`:        "not in them",
		`fixVersion in unreleasedVersions("other")`:    "not in them",
		`filter = 7`:                                   "saved filters",
		`request = "All"`:                              "saved filters",
		`issue in scriptRunner("x")`:                   "scriptRunner()",
		`assignee was currentUser() by membersOf(x)`:   "",
		`status changed by someFunction()`:             "someFunction()",
		`summary ~ "a" ) or (project = OPS`:            "JQL, character",
	} {
		confined, issues, err := f.Query(query)
		var refusal *fence.Error
		switch {
		case err == nil:
			if got := strings.Join(issues, " "); got != want || !strings.HasPrefix(confined, `project IN ("PAY")`) {
				t.Errorf("%s: %s, names %q, want %q", query, confined, got, want)
			}
		case want == "" || !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v", query, err)
		case !strings.HasPrefix(want, "JQL") && (!errors.As(err, &refusal) || !strings.Contains(err.Error(), "confined to the projects PAY")):
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestFilter(t *testing.T) {
	f := around(t, "PAY")
	for name, c := range map[string]struct{ in, want string }{
		"issues": {`{"issues":[{"id":"1","key":"PAY-1","fields":{}},{"id":"2","key":"OPS-1","fields":{}}],"isLast":true}`, `{"issues":[{"id":"1","key":"PAY-1","fields":{}}],"isLast":true}`},
		"parent, links, sub-tasks": {`{"id":"1","key":"PAY-1","fields":{"parent":{"id":"9","key":"OPS-9"},"issuelinks":[{"id":"5","type":{"name":"Blocks"},"inwardIssue":{"id":"3","key":"OPS-3"}},
			{"id":"6","type":{"name":"Blocks"},"outwardIssue":{"id":"4","key":"PAY-4"}}],"subtasks":[{"id":"7","key":"PAY-7"}]}}`,
			`{"id":"1","key":"PAY-1","fields":{"issuelinks":[{"id":"6","type":{"name":"Blocks"},"outwardIssue":{"id":"4","key":"PAY-4"}}],"subtasks":[{"id":"7","key":"PAY-7"}]}}`},
		"history": {`{"id":"1","key":"PAY-1","fields":{},"changelog":{"histories":[{"items":[
			{"field":"Link","fieldtype":"jira","from":null,"fromString":null,"to":"OPS-3","toString":"This issue is blocked by OPS-3"},
			{"field":"Key","fieldtype":"jira","from":"","fromString":"SECRET-3","to":"","toString":"PAY-1"},
			{"field":"project","fieldtype":"jira","from":"10004","fromString":"Secret","to":"10000","toString":"Payments"},
			{"field":"status","fieldtype":"jira","from":"1","fromString":"To Do","to":"2","toString":"OPS-1 is no key here"}]}]}}`,
			`{"id":"1","key":"PAY-1","fields":{},"changelog":{"histories":[{"items":[
			{"field":"Link","fieldtype":"jira","from":null,"fromString":null,"to":null,"toString":"(outside this server's projects)"},
			{"field":"Key","fieldtype":"jira","from":null,"fromString":"(outside this server's projects)","to":"","toString":"PAY-1"},
			{"field":"project","fieldtype":"jira","from":null,"fromString":"(outside this server's projects)","to":"10000","toString":"Payments"},
			{"field":"status","fieldtype":"jira","from":"1","fromString":"To Do","to":"2","toString":"OPS-1 is no key here"}]}]}}`},
		"what people wrote": {`{"id":"1","key":"PAY-1","fields":{"summary":"as OPS-1","description":{"type":"doc","version":1,"content":[{"type":"inlineCard","attrs":{"url":"https://x/browse/OPS-1"}}]}}}`,
			`{"id":"1","key":"PAY-1","fields":{"summary":"as OPS-1","description":{"type":"doc","version":1,"content":[{"type":"inlineCard","attrs":{"url":"https://x/browse/OPS-1"}}]}}}`},
		"projects":                   {`{"values":[{"key":"PAY","id":"10000","projectTypeKey":"software"},{"key":"OPS","id":"10001","projectTypeKey":"software"}]}`, `{"values":[{"key":"PAY","id":"10000","projectTypeKey":"software"}]}`},
		"fields of one project":      {`[{"id":"a"},{"id":"b","scope":{"type":"PROJECT","project":{"id":"10001"}}},{"id":"c","scope":{"type":"PROJECT","project":{"id":"10000"}}}]`, `[{"id":"a"},{"id":"c","scope":{"type":"PROJECT","project":{"id":"10000"}}}]`},
		"numbers as they are":        {`{"a":12345678901234567890,"b":1.10,"c":1e3}`, `{"a":12345678901234567890,"b":1.10,"c":1e3}`},
		"what only looks like a key": {`{"labels":["covid-19"],"options":[{"value":"UTF-8"}],"key":"reporter-1"}`, `{"labels":["covid-19"],"options":[{"value":"UTF-8"}],"key":"reporter-1"}`},
	} {
		got, outside, err := f.Filter([]byte(c.in))
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
		if _, outside, err := f.Filter([]byte(in)); !outside || err != nil {
			t.Errorf("%s is inside, %v", in, err)
		}
	}
	if _, _, err := f.Filter([]byte("<html>")); err == nil {
		t.Error("a page is filtered")
	}
}

// FuzzFilter: nothing outside is left of what is an issue, and the result is
// JSON.
func FuzzFilter(f *testing.F) {
	f.Add(`{"issues":[{"id":"1","key":"PAY-1","fields":{"parent":{"id":"9","key":"OPS-9"}}}]}`)
	f.Add(`[{"field":"Link","fieldtype":"jira","to":"OPS-3"}]`)
	f.Fuzz(func(t *testing.T, in string) {
		fn, err := fence.New([]string{"PAY"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, outside, err := fn.Filter([]byte(in))
		if err != nil || outside {
			return
		}
		if !json.Valid(out) {
			t.Errorf("%q becomes %q", in, out)
		}
		again, outside, err := fn.Filter(out)
		if err != nil || outside || string(again) != string(out) {
			t.Errorf("%q: filtered twice it is %q, %v, %v", out, again, outside, err)
		}
	})
}
