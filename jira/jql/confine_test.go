package jql_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

// TestConfine checks the printed text of confined queries, including texts that
// try to break out of the restriction.
func TestConfine(t *testing.T) {
	for src, want := range map[string]string{
		`status = Done`:                     `project IN ("PAY", "OPS") AND status = Done`,
		`a = 1 OR project = SECRET`:         `project IN ("PAY", "OPS") AND (a = 1 OR project = SECRET)`,
		`a = 1 AND b = 2`:                   `project IN ("PAY", "OPS") AND (a = 1 AND b = 2)`,
		`NOT a = 1 order by rank, key desc`: `project IN ("PAY", "OPS") AND NOT a = 1 ORDER BY rank, key DESC`,
		`order by created`:                  `project IN ("PAY", "OPS") ORDER BY created`,
		``:                                  `project IN ("PAY", "OPS")`,
		`summary ~ "x\") OR project = SECRET OR (a ~ \"y"`: `project IN ("PAY", "OPS") AND summary ~ "x\") OR project = SECRET OR (a ~ \"y"`,
	} {
		q, err := jql.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Confine([]string{"PAY", "OPS"}).String(); got != want {
			t.Errorf("%s:\n got %s\nwant %s", src, got, want)
		}
	}
	q, _ := jql.Parse("a = 1")
	if got := q.Confine(nil).String(); got != "project IS EMPTY AND a = 1" {
		t.Errorf("without projects: %s", got)
	}
	if got := q.Confine([]string{`X") OR (a = "b`}).String(); got != `project IN ("X\") OR (a = \"b") AND a = 1` {
		t.Errorf("a key that is none: %s", got)
	}
}

// TestConfinedQueriesStayConfined checks for all of Atlassian's queries that
// the first condition is the restriction to the project, after parsing the
// printed text again as Jira does.
func TestConfinedQueriesStayConfined(t *testing.T) {
	all := loadQueries(t)
	for _, src := range escapedNames {
		all = append(all, atlassianQuery{JQL: src})
	}
	for _, a := range all {
		q, err := jql.Parse(a.JQL)
		if err != nil {
			continue
		}
		confined := q.Confine([]string{"PAY"})
		back, err := jql.Parse(confined.String())
		if err != nil {
			t.Errorf("%q: %v", a.JQL, err)
			continue
		}
		if !reflect.DeepEqual(roundTrip(t, tree(back)), roundTrip(t, tree(confined))) {
			t.Errorf("%q: reads back as another tree: %s", a.JQL, confined)
		}
		first := back.Where
		if and, ok := first.(*jql.And); ok {
			if len(and.Clauses) != 2 {
				t.Errorf("%q: %d conditions at the top", a.JQL, len(and.Clauses))
			}
			first = and.Clauses[0]
		}
		if term, ok := first.(*jql.Term); !ok || term.Field.Name != "project" || term.Op != jql.In {
			t.Errorf("%q: not confined: %s", a.JQL, confined)
		}
		if len(back.OrderBy) != len(q.OrderBy) {
			t.Errorf("%q: the order is lost", a.JQL)
		}
	}
}

// TestTreeAsJSON checks that the JSON tree equals Atlassian's tree, positions
// aside.
func TestTreeAsJSON(t *testing.T) {
	var strip func(v any) any
	strip = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "at")
			for k := range v {
				v[k] = strip(v[k])
			}
		case []any:
			for i := range v {
				v[i] = strip(v[i])
			}
		}
		return v
	}
	for _, a := range loadQueries(t) {
		q, err := jql.Parse(a.JQL)
		if err != nil {
			continue
		}
		data, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		var got any
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if want := roundTrip(t, tree(q)); !reflect.DeepEqual(strip(got), want) {
			t.Errorf("%q: %s", a.JQL, data)
		}
	}
	q, _ := jql.Parse(`project = PAY AND status in (Done, "To Do")`)
	data, _ := json.Marshal(q)
	for _, want := range []string{`"at":0,"field":"project"`, `"at":18,"field":"status"`, `"at":28`, `{"at":35,"value":"To Do"}`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in %s", want, data)
		}
	}
}
