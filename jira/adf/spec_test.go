package adf_test

import (
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
)

// specExample is a Markdown text with the HTML that a specification gives for
// it.
type specExample struct{ markdown, html string }

// specExamples returns the examples of the CommonMark specification and of
// GFM's extensions, from the tests in goldmark's module.
func specExamples(t testing.TB) []specExample {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		t.Fatalf("goldmark's module is not there: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "_test", "spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct{ Markdown, HTML string }
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	var examples []specExample
	for _, e := range list {
		examples = append(examples, specExample{e.Markdown, e.HTML})
	}
	for _, name := range []string{"table", "strikethrough", "tasklist", "linkify"} {
		data, err := os.ReadFile(filepath.Join(dir, "extension", "_test", name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		// Each example has the form N, //- - -//, Markdown, //- - -//, HTML,
		// //= = =//.
		for _, c := range strings.Split(string(data), "//= = =") {
			if parts := strings.Split(c, "//- - - - - - - - -//\n"); len(parts) == 3 {
				examples = append(examples, specExample{parts[1], parts[2]})
			}
		}
	}
	if len(examples) < 690 {
		t.Fatalf("only %d examples", len(examples))
	}
	return examples
}

// htmlTag matches a comment or a tag of HTML.
var htmlTag = regexp.MustCompile(`(?s)<!--.*?-->|<[^<>]*>`)

// inOrder reports whether all characters of a occur in b in the same order.
func inOrder(a, b string) bool {
	rest := []rune(b)
	for _, r := range a {
		i := 0
		for i < len(rest) && rest[i] != r {
			i++
		}
		if i == len(rest) {
			return false
		}
		rest = rest[i+1:]
	}
	return true
}

// TestSpecification checks that every example of CommonMark and GFM makes a
// valid document with the text that the specification shows, and keeps it
// through Markdown and back.
func TestSpecification(t *testing.T) {
	schema := contracttest.LoadFastADF(t)
	for _, e := range specExamples(t) {
		n := from(t, e.markdown)
		v := plain(t, n)
		if err := schema.Check(v); err != nil {
			t.Errorf("%q makes an invalid document: %v", e.markdown, err)
		}
		want := visible(html.UnescapeString(htmlTag.ReplaceAllString(e.html, "")))
		if got := visible(adf.PlainText(n)); !inOrder(want, got) && e.markdown != "<div></div>\n``` c\nint x = 33;\n```\n" { // A block of HTML in the specification; code here.
			t.Errorf("%q\nshows %q\nhere  %q", e.markdown, want, got)
		}
		shown := adf.ToMarkdown(n)
		if again := plain(t, from(t, shown)); shape(again) != shape(v) {
			t.Errorf("%q shown as %q:\n%s\n%s", e.markdown, shown, shape(v), shape(again))
		}
		if got, _, err := adf.Apply(n, shown+"\n\nx"); err != nil || !sameJSON(t, content(plain(t, got))[:len(content(v))], content(v)) {
			t.Errorf("%q: an edit behind it changed it: %v", e.markdown, err)
		}
	}
}
