package adf_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
)

// atlassianCase is a Markdown text with the document that Atlassian's own
// transformer makes of it (npm: @atlaskit/editor-markdown-transformer,
// Apache-2.0).
type atlassianCase struct {
	Markdown string          `json:"markdown"`
	ADF      json.RawMessage `json:"adf"`
	Lossy    bool            `json:"lossy"` // Whether Atlassian's transformer drops content here.
}

// cases returns the cases in testdata/atlassian.json.
func cases(t testing.TB) []atlassianCase {
	t.Helper()
	data, err := os.ReadFile("testdata/atlassian.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []atlassianCase }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 100 {
		t.Fatalf("only %d cases in testdata", len(file.Cases))
	}
	return file.Cases
}

// from converts Markdown and fails the test if that fails.
func from(t testing.TB, md string) *adf.Node {
	t.Helper()
	n, err := adf.FromMarkdown(md)
	if err != nil {
		t.Fatalf("FromMarkdown(%q): %v", md, err)
	}
	return n
}

// value converts a document to plain Go values.
func value(t testing.TB, n *adf.Node) any {
	t.Helper()
	data, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// samples holds Markdown texts on which the tests try each property.
var samples = []string{
	"", "plain", "two\n\nparagraphs", "# H1\n\n###### H6\n\ntext", "- a\n- b\n  - c\n    - d\n- e", "3. three\n4. four",
	"1. one\n\n   more\n2. two\n   ```go\n   x := 1\n   ```", "```\ncode\n```", "```sql\nselect *\nfrom t\n```", "    indented",
	"> quote\n> more\n\nafter", "a **b** *c* ***d*** ~~e~~ `f` **`g`**", "[text](https://example.com/a_b?c=d&e) <https://example.com>",
	"| a | b |\n|---|---|\n| 1 | **2** |\n| x \\| y | `z` |", "a\\\nb  \nc\nd", "---", "* * *", "![shot](https://example.com/a.png)",
	"- # heading in item\n- > quote in item\n- | t | u |\n  |---|---|\n  | 1 | 2 |\n- ---", "> # heading\n> > nested\n>\n> | a |\n> |---|\n> | 1 |",
	"<b>html</b> & &amp; <!-- c -->\n\n<div>\nblock\n</div>", "[@Ana](accountid:abc-1) hi", "-\n- \n-\n  - x", "1.\n2. b", ">", "- - - a",
	"**bold *both* bold** *it **both***", "text with * star and _ under_score_s and [brackets] and 2 < 3 > 1", "\\# not heading\n\\- not list\n1\\. no",
	"tab\tand\u00a0nbsp 😀 e\u0301", "a<br>b", "- [ ] todo\n- [x] done", "http://example.com/x_(y)", "&#0; &#65; &copy;", "```\n```", "| a |\n|---|", "[](https://example.com)",
	"[link **bold** `code`](https://example.com 'title')", "Term\n===\n\nx\n---", "***", "\u200b", "`` a`b ``", "a  \n\nb", "[note]: http://x 'title'", "see [b]\n\n[b]: http://used\n[c]: http://unused",
}

// corpus returns the samples and the Markdown of all cases.
func corpus(t testing.TB) []string {
	out := samples
	for _, c := range cases(t) {
		out = append(out, c.Markdown)
	}
	return out
}

// TestFromMarkdownIsValidAgainstAtlassiansSchema checks that each text of the
// corpus makes a document that Atlassian's schema accepts.
func TestFromMarkdownIsValidAgainstAtlassiansSchema(t *testing.T) {
	schema := contracttest.LoadADF(t)
	for _, md := range corpus(t) {
		n := from(t, md)
		if err := schema.Check(value(t, n)); err != nil {
			data, _ := json.Marshal(n)
			t.Errorf("%q makes an invalid document: %v\n%s", md, err, data)
		}
	}
}

// visible returns the letters and digits of s, which no conversion may lose.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// TestRoundTripKeepsTheDocument checks that the corpus keeps its text through
// ADF, Markdown and ADF again.
func TestRoundTripKeepsTheDocument(t *testing.T) {
	for _, md := range corpus(t) {
		first := from(t, md)
		shown := adf.ToMarkdown(first)
		second := from(t, shown)
		if a, b := visible(adf.PlainText(first)), visible(adf.PlainText(second)); a != b {
			t.Errorf("%q\nshown as %q\nloses text: %q, then %q", md, shown, a, b)
		}
	}
}
