package names

import (
	"regexp"
	"strings"
	"sync"
)

// A text can hold markup of other notations that is not converted, because it
// could be text. The answer names it, since it will be shown as it was typed.

// literalForm is markup that stays text.
type literalForm struct {
	name    string
	pattern *regexp.Regexp
	isWiki  bool // it is markup only in a text that is wiki markup otherwise
}

// numberedLists is the form of lists that are headings in Markdown.
const numberedLists = "# numbered lists (headings in Markdown)"

// literalForms returns the forms that [literal] looks for.
var literalForms = sync.OnceValue(func() []literalForm {
	form := func(name, pattern string, isWiki bool) literalForm {
		return literalForm{name, regexp.MustCompile(pattern), isWiki}
	}
	return []literalForm{
		form("{{…}}", `\{\{[^}\n]+\}\}`, false),
		form("[text|address]", `\[[^\]|\n]+\|(?:https?://|mailto:|#|\^)[^\]\n]*\]`, false),
		form("[text|address]", `\[[^\]|\n]+\|[^\]\n]+\]`, true),
		form("!file!", `![\w./-]+\.(?i:png|jpe?g|gif|svg|webp|bmp|pdf)(?:\|[^!\n]*)?!`, false),
		form("{code}", `\{(?:code|noformat)(?::[^}\n]*)?\}`, false),
		form("{quote}", `\{quote\}`, false),
		form("{panel}", `\{(?:panel|info|tip|note|warning)(?::[^}\n]+)?\}\S|(?m)^\{(?:panel|info|tip|note|warning)(?::[^}\n]*)?\}`, false),
		form("{color}", `\{color(?::[^}\n]*)?\}`, false),
		form("{anchor}, {toc} and the like", `(?m)^\{(?:toc|anchor|section|column|expand)(?::[^}\n]*)?\}`, false),
		form("[~name]", `\[~[^\]\n]+\]`, false),
		form(numberedLists, `(?m)^#+ `, true),
		form("nested lists (**, --)", `(?m)^(?:\*{2,}|-{2,}) \S`, true),
		form("*bold* (italic in Markdown)", `(?m)(?:^|[\s(])\*[^*\s](?:[^*\n]*[^*\s])?\*(?:[\s).,;:!?]|$)`, true),
		form("-strike-", `(?m)(?:^|[\s(])-[^-\s](?:[^-\n]*[^-\s])?-(?:[\s).,;:!?]|$)`, true),
		form("HTML", `(?i)</?(?:p|ul|ol|li|table|thead|tbody|tr|h[1-6]|hr|pre|ins|mark|div|span|font|center|blockquote)(?:\s[^>\n]*)?/?>|<!--`, false),
	}
})

// wikiCodeBlocks matches code of wiki markup, whose content is no markup.
var wikiCodeBlocks = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)\{(?:code|noformat)(?::[^}]*)?\}.*?\{(?:code|noformat)\}`)
})

// literal lists the forms of other notations in a Markdown text that are left as
// they are. isWiki says that other parts of the text were wiki markup, which makes
// more of it markup; original is the text before the conversion.
func literal(markdown, original string, isWiki bool) []string {
	text := withoutCode(markdown)
	var found []string
	for _, form := range literalForms() {
		in := text
		if form.name == numberedLists { // the converted headings look the same
			in = withoutCode(wikiCodeBlocks().ReplaceAllString(original, ""))
		}
		if (isWiki || !form.isWiki) && form.pattern.MatchString(in) {
			found = append(found, form.name)
		}
	}
	return Unique(found)
}

// withoutCode returns a text without fenced code blocks and code spans.
func withoutCode(text string) string {
	var out []string
	var code fences
	for line := range strings.Lines(text) {
		switch {
		case code.contain(strings.TrimSpace(line)):
		case strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t"): // indented code, or a list
		default:
			parts := strings.Split(line, "`")
			if len(parts)%2 == 0 { // an open code span
				parts = parts[:1]
			}
			for n := 1; n < len(parts); n += 2 {
				parts[n] = ""
			}
			out = append(out, strings.Join(parts, ""))
		}
	}
	return strings.Join(out, "")
}
