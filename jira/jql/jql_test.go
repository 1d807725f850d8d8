package jql_test

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

// atlassianQuery is the verdict of Atlassian's parser on a query, with its tree
// (npm: @atlaskit/jql-parser and @atlaskit/jql-ast, Apache-2.0).
type atlassianQuery struct {
	JQL  string          `json:"jql"`
	OK   bool            `json:"ok"`
	Tree json.RawMessage `json:"tree"`
}

// loadQueries returns the queries in testdata.
func loadQueries(t testing.TB) []atlassianQuery {
	t.Helper()
	data, err := os.ReadFile("testdata/atlassian.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Queries []atlassianQuery }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Queries) < 500 {
		t.Fatalf("only %d queries in testdata", len(file.Queries))
	}
	return file.Queries
}

// TestAtlassianVerdictsAndTrees checks that Parse accepts and rejects the same
// queries as Atlassian's parser, and returns the same trees.
func TestAtlassianVerdictsAndTrees(t *testing.T) {
	for _, q := range loadQueries(t) {
		got, err := jql.Parse(q.JQL)
		if (err == nil) != q.OK {
			t.Errorf("%q: Atlassian says ok=%v, we say %v", q.JQL, q.OK, err)
			continue
		}
		// Atlassian's tree does not decode escapes ("\u0041" becomes u0041): for
		// queries with escapes, only the verdict is compared.
		if err != nil || strings.Contains(q.JQL, `\`) {
			continue
		}
		var want any
		if err := json.Unmarshal(q.Tree, &want); err != nil {
			t.Fatal(err)
		}
		ours := roundTrip(t, tree(got))
		if strings.Contains(strings.ToLower(q.JQL), "cf") {
			// Atlassian keeps the characters of a custom field with their blanks; this
			// tree has them in canonical form.
			canonicalCF(want)
			canonicalCF(ours)
		}
		if !reflect.DeepEqual(want, ours) {
			t.Errorf("%q: tree differs (-Atlassian +ours):\n%s", q.JQL, cmp.Diff(want, ours))
		}
	}
}

var cfField = regexp.MustCompile(`(?i)^cf\s*\[\s*(\d+)\s*\]`)

// canonicalCF rewrites every field written as cf[…] to one spelling and removes
// its properties.
func canonicalCF(v any) {
	switch v := v.(type) {
	case map[string]any:
		if name, ok := v["field"].(string); ok {
			if m := cfField.FindStringSubmatch(name); m != nil {
				v["field"] = "cf[" + m[1] + "]"
				delete(v, "properties")
			}
		}
		for _, sub := range v {
			canonicalCF(sub)
		}
	case []any:
		for _, sub := range v {
			canonicalCF(sub)
		}
	}
}

// ignorePositions compares trees without positions and quotes.
var ignorePositions = cmp.Options{
	cmpopts.IgnoreFields(jql.Field{}, "At", "Quoted"),
	cmpopts.IgnoreFields(jql.Value{}, "At", "Quoted"),
	cmpopts.IgnoreFields(jql.Not{}, "At"),
	cmpopts.IgnoreFields(jql.Func{}, "At"),
	cmpopts.IgnoreFields(jql.Empty{}, "At"),
	cmpopts.IgnoreFields(jql.List{}, "At"),
}

// checkPrint checks that a query, if it parses, prints as text that parses to
// the same tree and prints the same again.
func checkPrint(t *testing.T, src string) {
	t.Helper()
	first, err := jql.Parse(src)
	if err != nil {
		return
	}
	printed := first.String()
	again, err := jql.Parse(printed)
	if err != nil {
		t.Errorf("%q prints as %q, which does not parse: %v", src, printed, err)
		return
	}
	if diff := cmp.Diff(first, again, ignorePositions); diff != "" {
		t.Errorf("%q prints as %q, another tree:\n%s", src, printed, diff)
	}
	if got := again.String(); got != printed {
		t.Errorf("%q prints as %q and then as %q", src, printed, got)
	}
}

// TestPrintKeepsTheTree checks that printing and parsing a query keeps its tree.
func TestPrintKeepsTheTree(t *testing.T) {
	for _, q := range loadQueries(t) {
		checkPrint(t, q.JQL)
	}
	for _, src := range escapedNames {
		checkPrint(t, src)
	}
}

// escapedNames are names that look like syntax once their escapes are decoded,
// so that they have to be printed in quotes.
var escapedNames = []string{
	`cf\u005b1\u005d\u0020\u003d\u00202\u0020or\u0020project\u0020\u003d\u0020OPS\u0020and\u0020summary is not empty`,
	`a = 1 order by cf\u005b1\u005d\u0020desc\u002c\u0020key asc`,
	`"cf[1] = 2 or a" = 1`, `a\ or\ b = c\ or\ d`, `a in f\u0028\u0029(x\u0029)`, `issue.property[k\u005d\u0020or].p = 1`, "a\u3000OR\u3000b = 1", `cf[00012] = 1`,
}

// TestQuote checks that any valid UTF-8 text survives quoting and parsing.
func TestQuote(t *testing.T) {
	for _, text := range []string{"", "plain", `back\slash`, `"quoted" OR project = X`, "it's", "two\nlines\ttab\r", "nul\x00", "\u007f\u009f", "ümläut 😀", `\" OR 1=1 --`, "\ufdd0"} {
		q, err := jql.Parse("summary ~ " + jql.Quote(text))
		if err != nil {
			t.Errorf("Quote(%q) = %s does not parse: %v", text, jql.Quote(text), err)
			continue
		}
		if v := q.Where.(*jql.Term).Operand.(*jql.Value); v.Text != text {
			t.Errorf("Quote(%q) reads back as %q", text, v.Text)
		}
	}
	if got := jql.Quote("a\xffb"); got != `"ab"` {
		t.Errorf("Quote of invalid UTF-8 = %s", got)
	}
}

// TestErrorPositions checks the position and the advice of errors.
func TestErrorPositions(t *testing.T) {
	for _, c := range []struct {
		src string
		at  int
		has string
	}{
		{"status = ", 9, "a value"},
		{"status Done", 7, "an operator"},
		{"status = In Progress", 9, "reserved word needs quotes"},
		{"status is Done", 10, "use = for a value"},
		{"status = (a, b)", 9, "use IN"},
		{"status in Done", 10, "a list in parentheses"},
		{`summary ~ "open`, 15, "closing"},
		{`summary ~ "a\qb"`, 12, "escape"},
		{"(a = 1", 6, "closing parenthesis"},
		{"a = 1 b = 2", 6, "AND, OR"},
		{"assignee = a@b.c", 12, "quotes"},
		{"order by", 8, "a field"},
	} {
		_, err := jql.Parse(c.src)
		var e *jql.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v, want an *Error", c.src, err)
			continue
		}
		if e.At != c.at || !strings.Contains(e.Error(), c.has) {
			t.Errorf("%q: at %d %q, want at %d with %q", c.src, e.At, e, c.at, c.has)
		}
	}
}

// TestBounded checks that only queries with a condition are bounded.
func TestBounded(t *testing.T) {
	for src, want := range map[string]bool{"": false, "order by created": false, "project = PAY order by created": true} {
		q, err := jql.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		if q.Bounded() != want {
			t.Errorf("Bounded(%q) = %v", src, !want)
		}
	}
}

// TestHostileInputIsLinearAndShallow checks that long and deeply nested queries
// neither take long nor exhaust the stack.
func TestHostileInputIsLinearAndShallow(t *testing.T) {
	for _, src := range []string{
		strings.Repeat("(", 1_000_000), strings.Repeat("NOT ", 1_000_000), strings.Repeat("!", 1_000_000),
		"a in " + strings.Repeat("(", 1_000_000), strings.Repeat("a=1 or ", 200_000) + "a=1", strings.Repeat(`"`, 1_000_001),
	} {
		started := time.Now()
		_, _ = jql.Parse(src)
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("%.10q… took %v", src, took)
		}
	}
}

// FuzzParse checks that every query that parses prints to the same tree.
func FuzzParse(f *testing.F) {
	for i, q := range loadQueries(f) {
		if i%20 == 0 {
			f.Add(q.JQL)
		}
	}
	for _, src := range escapedNames {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) { checkPrint(t, src) })
}

// BenchmarkParse measures the parsing of a usual query.
func BenchmarkParse(b *testing.B) {
	const src = `project = PAY AND status in ("In Progress", Done) AND assignee = currentUser() AND updated >= -2w ORDER BY rank ASC, key`
	for b.Loop() {
		if _, err := jql.Parse(src); err != nil {
			b.Fatal(err)
		}
	}
}
