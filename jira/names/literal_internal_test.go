package names

import (
	"slices"
	"testing"
)

// TestLiteral checks which markup of other notations is named, and which text is
// none.
func TestLiteral(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"{code:java}int a = 1;{code}":               {"{code}"},
		"{noformat}a{noformat}":                     {"{code}"},
		"{quote}said{quote}":                        {"{quote}"},
		"{color:red}whole line{color}":              {"{color}"},
		"{expand:More}\nhidden\n{expand}":           {"{anchor}, {toc} and the like"},
		"and {{mono}} and !img.png!":                {"{{…}}", "!file!"},
		"see [text|https://example.com]":            {"[text|address]"},
		"[a|b] alone":                               nil,
		"[~ben.okafor@example.com] and [~ben]":      {"[~name]"},
		"<p>a</p><ul><li>b</li></ul>":               {"HTML"},
		"<!-- hidden -->":                           {"HTML"},
		"a < b > c, <T>, List<String>":              nil,
		"`{{x}}` and ```\n":                         nil,
		"```\n{code}\n<p>\n```\nafter":              nil,
		"~~~\n{{x}}\n~~~":                           nil,
		"# Heading\n\n*italic* and -x-":             nil,
		"h3. Env\n# first\n** b\n*bold* and -gone-": {"# numbered lists (headings in Markdown)", "nested lists (**, --)", "*bold* (italic in Markdown)", "-strike-"},
		"h2. Steps\n{code:bash}\n# comment\n{code}": nil,
		"|| a ||\n| [b|https://e.com] |":            nil,
		"h2. Links\n[a|b]":                          {"[text|address]"},
		"Wow! That is great! See a.png":             nil,
	} {
		markdown, done := asMarkdown(text)
		if got := literal(markdown, text, len(done) > 0); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
