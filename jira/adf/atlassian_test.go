package adf_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// differs lists the cases in which this package intentionally differs from
// Atlassian's transformer, with the reasons.
var differs = map[string]string{
	"[](https://example.com)":                         "a link without text is dropped there; here its address is the text",
	"a | b\n--|--\n1 | 2":                             "the row is dropped there",
	"| a | b |\n|---|---|\n| 1 | 2 |\nafter":          "GFM: a line right below a table is a row of it",
	"- [ ] todo\n- [x] done":                          "a task list, which that transformer does not know",
	"| a | b |\n|---|---|\n| line<br>break | ~~x~~ |": "<br> is a hard break",
	"<br>":                       "<br> alone is an empty paragraph",
	"a<br/>b":                    "<br/> is a hard break",
	"Footnote[^1]\n\n[^1]: note": "a footnote's text is dropped there",
	"<https://example.com>":      "a smart link",
	"https://example.com":        "GFM's autolinks",
	"See https://example.com/path?x=1. And www.example.com too": "GFM's autolinks",
	"line one  \nline two":                                     "CommonMark: two blanks before a line's end are a hard break",
	"`![code](https://example.com/a.png)`":                     "code is code; there it is a picture",
	"\\![escaped](https://example.com/a.png)":                  "an escaped mark is none; there it is a picture",
	"[![alt](https://example.com/a.png)](https://example.com)": "a picture with a link; there the link's markup is text",
	"![alt]()":             "a picture without an address is not valid; here it is text",
	"![alt](javascript:x)": "the same",
	"![alt](relative.png)": "a file name is no address, and Jira cannot load the picture; here it is text",
	"![ref]\n\n[ref]: https://example.com/a.png":  "that transformer fails on it",
	"[`code link`](https://example.com)":          "the link is dropped there, although the schema allows it",
	"~~**a** *b* `c` [d](https://e.f)~~":          "a blank and a link lose the mark there",
	"[link] (https://example.com)":                "GFM's autolinks",
	"[outer [inner](https://a.b) x](https://c.d)": "GFM's autolinks",
	"<b>html</b>":                               "GitHub's HTML is read",
	"user@example.com":                          "GFM's autolinks",
	"\\[not link\\](https://example.com)":       "GFM's autolinks",
	"| a | b |\n|---|---|\n| 1 |":               "GFM: a short row is filled up",
	"| a | b |\n|---|---|\n| x \\| y | `p|q` |": "GFM: a bar parts cells in code too",
	"@[user](accountid:1)":                      "a mention",
	"a  \nb  \nc":                               "CommonMark: two blanks before a line's end are a hard break",
	"- a  \n  b":                                "the same", "> a  \n> b": "the same", "*a  \nb*": "the same",
	"a\x00b":     "NUL is kept; there it is U+FFFD",
	"~~a~~~~b~~": "GFM: four tildes strike nothing",
}

// TestAgainstAtlassian checks that documents have the same blocks at all
// levels, the same text and the same marks as those of Atlassian's transformer,
// in all cases in which that transformer keeps the content.
func TestAgainstAtlassian(t *testing.T) {
	compared := 0
	for _, c := range cases(t) {
		if c.Lossy || c.ADF == nil || differs[c.Markdown] != "" {
			continue
		}
		compared++
		var theirs any
		if err := json.Unmarshal(c.ADF, &theirs); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(outline(theirs), outline(plain(t, from(t, c.Markdown)))); diff != "" {
			t.Errorf("%q (-Atlassian +ours):\n%s", c.Markdown, diff)
		}
	}
	if compared < 200 {
		t.Errorf("only %d cases were compared", compared)
	}
}

// outline returns a document's blocks, texts and marks, one in a line. It folds
// white space at the start of a line, which CommonMark drops and that
// transformer does not, and omits the titles of links, which the transformer
// drops.
func outline(v any) []string {
	var out []string
	var walk func(n map[string]any, indent string)
	walk = func(n map[string]any, indent string) {
		kind, _ := n["type"].(string)
		attrs, _ := n["attrs"].(map[string]any)
		line := indent + kind
		switch kind {
		case "text":
			line = indent + strings.Join(strings.Fields(n["text"].(string)), " ")
			marks, _ := n["marks"].([]any)
			for _, m := range marks {
				mark := m.(map[string]any)
				line += " +" + mark["type"].(string)
				if a, ok := mark["attrs"].(map[string]any); ok {
					line += fmt.Sprint(" ", a["href"])
				}
			}
		case "heading":
			line += fmt.Sprint(attrs["level"])
		case "codeBlock":
			line += fmt.Sprint(" ", attrs["language"])
		case "orderedList":
			if order := attrs["order"]; order != nil && order != 1.0 {
				line += fmt.Sprint(" ", order)
			}
		case "media":
			line += fmt.Sprint(" ", attrs["type"], attrs["url"], attrs["alt"])
		}
		out = append(out, line)
		content, _ := n["content"].([]any)
		for _, c := range content {
			walk(c.(map[string]any), indent+"  ")
		}
	}
	walk(v.(map[string]any), "")
	return out
}
