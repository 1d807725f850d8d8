package names

import (
	"slices"
	"testing"
)

// TestAsMarkdown checks which texts in other notations are converted, and that
// everything ambiguous stays as it is.
func TestAsMarkdown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, want string
		done       []string
	}{
		{`What we saw:\n\n## Causes\n\n- stale lock\n- full disk`, "What we saw:\n\n## Causes\n\n- stale lock\n- full disk", []string{`line breaks typed as \n`}},
		{`Steps:\n1. pay\n2. go back`, "Steps:\n1. pay\n2. go back", []string{`line breaks typed as \n`}},
		{`a\r\n\r\nb\tc`, "a\n\nb\tc", []string{`line breaks typed as \n`}},
		{`It fails.\nRestart helps.`, "It fails.\nRestart helps.", []string{`line breaks typed as \n`}},
		{"bq. as he said\n{quote}\na\nb\n{quote}\n{info:title=x}\nnote\n{info}", "> as he said\n> a\n> b\n\n> [!NOTE]\n> **x**\n>\n> note\n", []string{"wiki markup (quotes and panels)"}},
		{"{panel}\nnever closed", "{panel}\nnever closed", nil},
		{"<@712020:5a1d0001-0c3e-4b7a-9d2f-0000000a11ce>, @accountid:5b10ac8d82e05b22cc7d4ef5 and @[Ana Silva].", "[](accountid:712020:5a1d0001-0c3e-4b7a-9d2f-0000000a11ce), [](accountid:5b10ac8d82e05b22cc7d4ef5) and @Ana Silva.", []string{"mentions"}},
		{"@[Ana](https://example.com) and a@5b10ac8d82e05b22cc7d4ef", "@[Ana](https://example.com) and a@5b10ac8d82e05b22cc7d4ef", nil},
		{`one\n\ntwo uses ` + "`a\\nb`" + ` here`, "one\n\ntwo uses `a\\nb` here", []string{`line breaks typed as \n`}},
		{"Steps:\\n\\n```bash\\necho `hi`\\nls\\n```\\n\\nDone", "Steps:\n\n```bash\necho `hi`\nls\n```\n\nDone", []string{`line breaks typed as \n`}},
		{"```\\nx\\n```", "```\nx\n```", []string{`line breaks typed as \n`}},
		{`See C:\new\notes and D:\nightly`, `See C:\new\notes and D:\nightly`, nil},
		{`grep '\n' file`, `grep '\n' file`, nil},
		{"real\nbreak and \\n\\n typed", "real\nbreak and \\n\\n typed", nil},
		{"h2. Steps\n\n{code:java}\nint a = 1;\n{code}\n\n||A||B||\n|1|2|\n|3|4|\nend", "## Steps\n\n```java\nint a = 1;\n```\n\n| A | B |\n| --- | --- |\n|1|2|\n|3|4|\nend",
			[]string{"wiki markup (headings)", "wiki markup (code)", "wiki markup (tables)"}},
		{"|| a || b ||\n| [l|https://e.com] | *b* |", "|  a  |  b  |\n| --- | --- |\n| [l](https://e.com) | *b* |", []string{"wiki markup (tables)"}},
		{"{noformat}\n```\n{noformat}", "````\n```\n````", []string{"wiki markup (code)"}},
		{"{code:title=A.java|language=java}\nx\n{code}", "**A.java**\n\n```java\nx\n```", []string{"wiki markup (code)"}},
		{"{panel:title=Important|bgColor=#fff}\nbody\n{panel}", "> [!NOTE]\n> **Important**\n>\n> body\n", []string{"wiki markup (quotes and panels)"}},
		{"{code}\nnever closed", "{code}\nnever closed", nil},
		{"```\nh2. in code\n{code}\n```", "```\nh2. in code\n{code}\n```", nil},
		{"````\n```\nh2. in code\n````\nh2. outside", "````\n```\nh2. in code\n````\n## outside", []string{"wiki markup (headings)"}},
		{"code:\n\n    {code}\n    x\n    {code}", "code:\n\n    {code}\n    x\n    {code}", nil},
		{"a *bold* word, [a|b], {{mono}}, h2.no and 1h2. no", "a *bold* word, [a|b], {{mono}}, h2.no and 1h2. no", nil},
		{"[~accountid:712020:5a1d] and `[~accountid:x]` look", "[](accountid:712020:5a1d) and `[~accountid:x]` look", []string{"wiki markup (mentions)"}},
		{"| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |", nil},
		{"plain\r\ntext", "plain\r\ntext", nil},
	} {
		got, done := asMarkdown(c.text)
		if got != c.want || !slices.Equal(done, c.done) {
			t.Errorf("%q\n got %q %q\nwant %q %q", c.text, got, done, c.want, c.done)
		}
	}
}

// TestAsDocument checks which texts are an ADF document.
func TestAsDocument(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		` {"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"x"}]}]} `: true,
		`{"type":"doc","version":1}`: false, `{"type":"paragraph","content":[]}`: false, `{"type":"doc","version":1,"content":[]`: false,
		`The JSON is {"type":"doc","version":1,"content":[]}`: false, `{"type":"doc","version":1,"content":[]} and more`: false, "": false,
	} {
		if d, got := asDocument(text); got != want || got && d.Type != "doc" {
			t.Errorf("%s: %v", text, got)
		}
	}
}
