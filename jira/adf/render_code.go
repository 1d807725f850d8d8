package adf

import (
	"strings"
)

// codeBlock returns code in a fence, or in a <codeblock> tag if a fence would
// change it. A language that begins like an opaque reference is escaped.
func (r *renderer) codeBlock(n *Node, where place, inCell bool) string {
	body := r.visibleLines(rawContent(n))
	language := n.Attr("language")
	if needsCodeTag(body, language, inCell) || where&(inItem|inQuote|inPanel) != 0 && hasBlankLine(body) {
		out := "<codeblock"
		if language != "" {
			out += ":" + escapeValue(language)
		}
		return out + ">" + escapeRaw(body) + "</codeblock>"
	}
	if strings.HasPrefix(language, schemeOpaque) {
		language = "&#97;" + language[1:]
	}
	if body == "" {
		return "```" + language + "\n```"
	}
	return fencedBlock(language, body)
}

// needsCodeTag reports whether a fence cannot hold the code: it has another
// kind of line end or only line ends, a <br in a table cell, or a language with
// characters that an info string changes.
func needsCodeTag(body, language string, inCell bool) bool {
	if strings.ContainsAny(body, "\r\x00") || body != "" && strings.Trim(body, "\n") == "" || inCell && strings.Contains(body, "<br") {
		return true
	}
	if strings.ContainsAny(language, "`\n\r\t&\\|\x00<") || strings.TrimSpace(language) != language {
		return true
	}
	return false
}

// hasBlankLine reports whether code has lines of only blanks, which are lost in
// lists, quotes and panels.
func hasBlankLine(body string) bool {
	for line := range strings.Lines(body) {
		if text := strings.TrimSuffix(line, "\n"); text != "" && strings.Trim(text, " \t\v\f") == "" {
			return true
		}
	}
	return false
}

// fencedBlock returns the body in a code fence longer than any run of backticks in
// it.
func fencedBlock(language, body string) string {
	mark := "```"
	for strings.Contains(body, mark) {
		mark += "`"
	}
	return mark + language + "\n" + body + "\n" + mark
}

// rawContent returns the text of a code block.
func rawContent(n *Node) string {
	if len(n.Content) == 1 {
		return n.Content[0].Text
	}
	var b strings.Builder
	for _, c := range n.Content {
		b.WriteString(c.Text)
	}
	return b.String()
}
