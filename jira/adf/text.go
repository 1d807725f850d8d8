package adf

import (
	"strings"
)

// PlainText returns the text of a document without markup. Line breaks separate
// the blocks.
func PlainText(n *Node) string {
	var b strings.Builder
	plainText(&b, n)
	return strings.TrimSpace(b.String())
}

// plainText appends the text of n to b.
func plainText(b *strings.Builder, n *Node) {
	switch n.Type {
	case "text":
		b.WriteString(n.Text)
	case "hardBreak":
		b.WriteByte('\n')
	case "mention":
		b.WriteString("@" + strings.TrimPrefix(firstNonBlank(n.Attr("text"), n.Attr("id")), "@"))
	case "emoji":
		b.WriteString(emojiText(n))
	case "status", "placeholder":
		b.WriteString(n.Attr("text"))
	case "date":
		b.WriteString(formatDate(n.Attr("timestamp")))
	case "inlineCard", "blockCard", "embedCard":
		b.WriteString(cardURL(n))
	case "media", "mediaInline":
		b.WriteString(mediaLabel(n))
	case "expand", "nestedExpand":
		if t := n.Attr("title"); t != "" {
			b.WriteString(t + "\n")
		}
	case "extension", "inlineExtension":
		b.WriteString(n.Attr("text"))
	}
	for _, c := range n.Content {
		plainText(b, c)
	}
	switch n.Type {
	case "paragraph", "heading", "codeBlock", "rule", "mediaSingle", "taskItem", "decisionItem", "blockCard", "embedCard", "extension":
		b.WriteByte('\n')
	case "tableCell", "tableHeader":
		b.WriteByte(' ')
	}
}

// Heading is an entry of an outline.
type Heading struct {
	Level int    `json:"level"`
	Text  string `json:"text"`
	Block int    `json:"block"` // The top-level block that contains it, counted from 1.
}

// Outline returns the headings of a document, including those inside other
// blocks.
func Outline(d *Node) []Heading {
	var out []Heading
	for i, block := range d.Content {
		walk(block, func(n *Node) {
			if n.Type == "heading" {
				out = append(out, Heading{max(1, min(6, n.integer("level", 1))), strings.Join(strings.Fields(PlainText(n)), " "), i + 1})
			}
		})
	}
	return out
}
