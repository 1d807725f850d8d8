package adf

import (
	"strings"
	"unicode/utf8"
)

// opaqueBlock returns a block without a readable form, as a fence that names
// it. The text in the fence is for reading only, at most 4,000 characters:
//
//	```adf:layoutSection-1
//	left
//	```
func (r *renderer) opaqueBlock(n *Node, where place) string {
	name := n.Type
	if name == "" || n.malformed {
		name = firstNonBlank(n.Type, "node")
	}
	if r.insideOpaque {
		return abbreviate(PlainText(n))
	}
	ref := r.reference(name, n, where)
	inner := &renderer{hideInvisible: r.hideInvisible, insideOpaque: true}
	body := strings.TrimSpace(inner.renderOpaque(n))
	const most = 4000
	if utf8.RuneCountInString(body) > most {
		body = string([]rune(body)[:most]) + "…"
	}
	body = strings.Map(func(c rune) rune {
		if c == '\r' || c == '\t' || c == 0 {
			return ' '
		}
		return c
	}, body)
	if body == "" {
		body = opaqueLabel(n)
	}
	return fencedBlock(schemeOpaque+ref, trimLines(body))
}

// trimLines removes blanks at the ends of lines, since some containers lose
// them. Otherwise Apply would report an edit of the text.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// renderOpaque returns the content of an opaque block, for reading.
func (r *renderer) renderOpaque(n *Node) string {
	label := strings.Join(strings.Fields(n.Attr("extensionKey")+" "+n.Attr("text")+" "+n.Text), " ")
	switch {
	case n.Type == "table" && !n.malformed && len(n.Content) > 0 && allOf(n.Content, func(row *Node) bool { return row.Type == "tableRow" && !row.malformed }):
		return r.table(n, maxDepth-2)
	case len(n.Content) == 0:
		return label
	}
	parts := []string{}
	if label != "" {
		parts = append(parts, label)
	}
	if allOf(n.Content, func(c *Node) bool { return inlineTypes[c.Type] }) {
		return strings.Join(append(parts, r.inlines(n.Content, false, false)), "\n\n")
	}
	for _, c := range n.Content {
		var s string
		if isReadable(c, everywhere, maxDepth-8) {
			s = r.block(c, blockPlaces[c.Type], maxDepth-8, false, false)
		} else {
			s = r.renderOpaque(c)
		}
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "\n\n")
}
