package adf_test

import (
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/adf"
)

// TestHTMLOfGitHub checks the tags of HTML that people write in Markdown.
func TestHTMLOfGitHub(t *testing.T) {
	t.Parallel()
	for md, want := range map[string]string{
		"<b>a</b> <strong>b</strong> <i>c</i> <em>d</em> <s>e</s> <del>f</del>": "**a** **b** *c* *d* ~~e~~ ~~f~~",
		"press <kbd>Ctrl</kbd>, run <code>a*b*</code>":                          "press `Ctrl`, run `a*b*`",
		`<a href="https://example.com/x?a=1&amp;b=2" title="t">link</a>`:        `[link](https://example.com/x?a=1&b=2 "t")`,
		`<img alt='a chart' src='https://example.com/a.png' width="10"/>`:       "![a chart](https://example.com/a.png)",
		"<details><summary>More</summary>hidden **x**</details>\n\nafter":       "<details><summary>More</summary>\n\nhidden **x**\n\n</details>\n\nafter",
		"- a\n  <details><summary>More</summary>b</details>":                    "- a\n\n  **More**\n\n  b",
		// Text, since it is no such tag or no such address.
		`<a href="javascript:x">y</a>`:  `\<a href="javascript:x">y\</a>`,
		"<a>y</a>":                      `\<a>y\</a>`,
		`<img src="shot.png">`:          `\<img src="shot.png">`,
		"a <b and c> d, <bx>e</bx>":     `a \<b and c> d, \<bx>e\</bx>`,
		"![x](shot.png) and ![y](/z/a)": `\!\[x\](shot.png) and \!\[y\](/z/a)`,
	} {
		if got := adf.ToMarkdown(from(t, md)); got != want {
			t.Errorf("%s\n got %s\nwant %s", md, got, want)
		}
	}
}
