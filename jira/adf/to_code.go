package adf

import (
	"strings"
)

func (r *renderer) codeBlock(n *Node, where place, inCell bool) string {
	body := r.visible(rawContent(n))
	language := n.attr("language")
	if needsTag(body, language, inCell) || where&(inItem|inQuote|inPanel) != 0 && fragile(body) {
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
	return fence(language, body)
}

// needsTag reports code that a fence cannot hold: a line end of another kind,
// nothing but line ends, an odd language.
func needsTag(body, language string, inCell bool) bool {
	if strings.ContainsAny(body, "\r\x00") || body != "" && strings.Trim(body, "\n") == "" || inCell && strings.Contains(body, "<br") {
		return true
	}
	if strings.ContainsAny(language, "`\n\r\t&\\|\x00<") || strings.TrimSpace(language) != language {
		return true
	}
	return false
}

// fragile reports code with lines of nothing but blanks, which are lost within
// lists.
func fragile(body string) bool {
	for line := range strings.Lines(body) {
		if text := strings.TrimSuffix(line, "\n"); text != "" && strings.Trim(text, " \t\v\f") == "" {
			return true
		}
	}
	return false
}

// fence wraps code in a fence longer than any run of backticks inside.
func fence(language, body string) string {
	mark := "```"
	for strings.Contains(body, mark) {
		mark += "`"
	}
	return mark + language + "\n" + body + "\n" + mark
}

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
