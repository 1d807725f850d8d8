package adf_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
)

// atlassianCase is Markdown with the document that Atlassian's own transformer
// makes of it (npm: @atlaskit/editor-markdown-transformer, Apache-2.0).
type atlassianCase struct {
	Markdown string          `json:"markdown"`
	ADF      json.RawMessage `json:"adf"`
	Lossy    bool            `json:"lossy"` // Atlassian drops content here
}

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

func from(t testing.TB, md string) *adf.Node {
	t.Helper()
	n, err := adf.FromMarkdown(md)
	if err != nil {
		t.Fatalf("FromMarkdown(%q): %v", md, err)
	}
	return n
}

// value turns a document into plain Go values.
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

// samples are Markdown texts that every property below is tried on.
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

func corpus(t testing.TB) []string {
	out := samples
	for _, c := range cases(t) {
		out = append(out, c.Markdown)
	}
	return out
}

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

// visible keeps letters and digits: what no conversion may lose.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

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

// differs lists where we part from Atlassian's transformer on purpose.
var differs = map[string]string{
	"[](https://example.com)":                "a link without text is dropped there; here its address is the text",
	"a | b\n--|--\n1 | 2":                    "the row is dropped there",
	"| a | b |\n|---|---|\n| 1 | 2 |\nafter": "GFM: a line right below a table is a row of it",
}

// TestAgainstAtlassian compares with Atlassian's transformer where it keeps
// the content: the visible text must be the same.
func TestAgainstAtlassian(t *testing.T) {
	for _, c := range cases(t) {
		if c.Lossy || c.ADF == nil || differs[c.Markdown] != "" {
			continue
		}
		theirs, err := adf.Decode(c.ADF)
		if err != nil {
			t.Fatal(err)
		}
		ours := from(t, c.Markdown)
		// A picture is media there and a link with its alt text here.
		if strings.Contains(string(c.ADF), `"media"`) {
			continue
		}
		if a, b := visible(adf.PlainText(theirs)), visible(adf.PlainText(ours)); a != b {
			t.Errorf("%q: text %q there, %q here", c.Markdown, a, b)
		}
		if diff := cmp.Diff(blockTypes(theirs), blockTypes(ours)); diff != "" {
			t.Errorf("%q: blocks differ (-Atlassian +ours):\n%s", c.Markdown, diff)
		}
	}
}

func blockTypes(n *adf.Node) []string {
	var out []string
	for _, c := range n.Content {
		out = append(out, c.Type)
	}
	return out
}

func TestToMarkdown(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"marks", `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"a "},{"type":"text","text":"b ","marks":[{"type":"strong"}]},{"type":"text","text":"c","marks":[{"type":"strong"},{"type":"em"}]},{"type":"text","text":" d"}]}]}`, "a **b *c*** d"},
		{"link with emphasis", `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"see ","marks":[{"type":"link","attrs":{"href":"https://e.com"}}]},{"type":"text","text":"this","marks":[{"type":"link","attrs":{"href":"https://e.com"}},{"type":"strong"}]}]}]}`, "[see **this**](https://e.com)"},
		{"panel", `{"type":"doc","version":1,"content":[{"type":"panel","attrs":{"panelType":"warning"},"content":[{"type":"paragraph","content":[{"type":"text","text":"Mind"}]}]}]}`, "> [!WARNING]\n> Mind"},
		{"inline nodes", `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"mention","attrs":{"id":"a1","text":"@Ana"}},{"type":"text","text":" "},{"type":"emoji","attrs":{"shortName":":tada:","text":"🎉"}},{"type":"status","attrs":{"text":"OK","color":"green"}},{"type":"date","attrs":{"timestamp":"1764028800000"}},{"type":"inlineCard","attrs":{"url":"https://e.com/x"}}]}]}`, "[@Ana](accountid:a1) 🎉OK2025-11-25<https://e.com/x>"},
		{"media", `{"type":"doc","version":1,"content":[{"type":"mediaSingle","attrs":{"layout":"center"},"content":[{"type":"media","attrs":{"id":"m1","type":"file","collection":"c","alt":"shot.png"}}]}]}`, "![shot.png](attachment:shot.png)"},
		{"tasks", `{"type":"doc","version":1,"content":[{"type":"taskList","attrs":{"localId":"l"},"content":[{"type":"taskItem","attrs":{"localId":"i","state":"DONE"},"content":[{"type":"text","text":"one"}]},{"type":"taskItem","attrs":{"localId":"j","state":"TODO"},"content":[{"type":"text","text":"two"}]}]}]}`, "- [x] one\n- [ ] two"},
		{"expand", `{"type":"doc","version":1,"content":[{"type":"expand","attrs":{"title":"More"},"content":[{"type":"paragraph","content":[{"type":"text","text":"inside"}]}]}]}`, "**More**\n\ninside"},
		{"unknown", `{"type":"doc","version":1,"content":[{"type":"futureBlock","content":[{"type":"paragraph","content":[{"type":"text","text":"kept"}]}]}]}`, "kept"},
		{"nested lists", `{"type":"doc","version":1,"content":[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]},{"type":"orderedList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"b"}]}]}]}]}]}]}`, "- a\n  1. b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := adf.Decode([]byte(c.doc))
			if err != nil {
				t.Fatal(err)
			}
			if got := adf.ToMarkdown(n); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestHostileMarkdownEndsQuickly(t *testing.T) {
	for _, md := range []string{
		strings.Repeat("> ", 50_000), strings.Repeat("- ", 50_000), strings.Repeat("[a](", 30_000), strings.Repeat("*", 120_000),
		strings.Repeat("`", 120_000), strings.Repeat("|", 120_000), strings.Repeat("a_", 60_000), strings.Repeat("[", 120_000),
		strings.Repeat("|a", 3000) + "\n" + strings.Repeat("|-", 3000) + "\n" + strings.Repeat("a\n", 12_000), "a|b\n-|-\n" + strings.Repeat("x\n", 30_000),
		strings.Repeat("x", 200_000), strings.Repeat("<", 120_000), strings.Repeat(" ", 10_000) + "- x",
	} {
		started := time.Now()
		if n, err := adf.FromMarkdown(md); err == nil {
			adf.ToMarkdown(n)
		}
		if took := time.Since(started); took > 3*time.Second {
			t.Errorf("%.8q… took %v", md, took)
		}
	}
}

func FuzzFromMarkdown(f *testing.F) {
	for _, md := range samples {
		f.Add(md)
	}
	f.Fuzz(func(t *testing.T, md string) {
		hang := time.AfterFunc(5*time.Second, func() { panic(fmt.Sprintf("hangs on %q", md)) })
		defer hang.Stop()
		n, err := adf.FromMarkdown(md)
		if err != nil {
			return
		}
		adf.ToMarkdown(n)
	})
}
