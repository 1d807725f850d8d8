package adf

import (
	"strconv"
	"strings"
)

// list returns a bullet list or an ordered list. other selects * and ) as
// markers.
func (r *renderer) list(n *Node, depth int, inCell, other bool) string {
	marker, count := "- ", number(n)
	end := ". "
	if other {
		marker, end = "* ", ") "
	}
	var b strings.Builder
	for i, item := range n.Content {
		if i > 0 {
			b.WriteByte('\n')
		}
		if n.Type == "orderedList" {
			marker = strconv.Itoa(count) + end
			count++
		}
		b.WriteString(hangingIndent(marker, r.itemBody(item, depth, inCell)))
	}
	return b.String()
}

// hangingIndent returns the marker and the body, whose further lines it indents by the
// marker's width: ("- ", "a\nb") gives "- a\n  b".
func hangingIndent(marker, body string) string {
	if strings.IndexByte(body, '\n') < 0 {
		return marker + body
	}
	indent := strings.Repeat(" ", len(marker))
	return marker + strings.TrimPrefix(prefixLines(indent, "", body), indent)
}

// itemBody returns the blocks of an item. A list follows its paragraph
// directly, as people write it, if Markdown allows that; an empty line
// separates all other blocks.
func (r *renderer) itemBody(item *Node, depth int, inCell bool) string {
	if len(item.Content) == 1 {
		return r.block(item.Content[0], inItem, depth+1, inCell, false)
	}
	blocks := r.blocks(item.Content, inItem, depth+1, inCell)
	var b strings.Builder
	for i, s := range blocks {
		if i > 0 {
			b.WriteByte('\n')
			if item.Content[i-1].Type != "paragraph" || !mayFollowParagraph(item.Content[i]) {
				b.WriteByte('\n')
			}
		}
		b.WriteString(s)
	}
	return b.String()
}

// mayFollowParagraph reports whether a list may follow a paragraph directly. An
// ordered list may only if it begins with 1.
func mayFollowParagraph(n *Node) bool {
	return n.Type == "bulletList" || n.Type == "taskList" || n.Type == "orderedList" && number(n) == 1
}

// taskList returns a task list. A list within it is indented below the item
// before it, or below an item "- [-]" of its own if it comes first.
func (r *renderer) taskList(n *Node, depth int, inCell, other bool) string {
	marker := "- "
	if other {
		marker = "* "
	}
	var b strings.Builder
	line := func(s string) {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(s)
	}
	inner := false
	for i, item := range n.Content {
		if item.Type == "taskList" {
			inner = i > 0 && n.Content[i-1].Type == "taskList" && !inner
			s := r.taskList(item, depth+1, inCell, inner)
			if i == 0 {
				line(marker + "[-]")
			}
			line(prefixLines("  ", "", s))
			continue
		}
		box := "[ ]"
		if item.Attr("state") == "DONE" {
			box = "[x]"
		}
		if item.Type == "taskItem" {
			text := string(escapeLineStarts([]byte(r.inlines(item.Content, false, inCell)), 0))
			line(hangingIndent(marker, strings.TrimRight(box+" "+text, " ")))
			continue
		}
		line(hangingIndent(marker, box+"\n\n"+strings.Join(r.blocks(item.Content, inTask, depth+1, inCell), "\n\n")))
	}
	return b.String()
}

// decisionList returns a decision list.
func (r *renderer) decisionList(n *Node, inCell, other bool) string {
	marker := "- "
	if other {
		marker = "* "
	}
	var items []string
	for _, item := range n.Content {
		box := "[!]"
		if item.Attr("state") == "UNDECIDED" {
			box = "[?]"
		}
		text := string(escapeLineStarts([]byte(r.inlines(item.Content, false, inCell)), 0))
		items = append(items, hangingIndent(marker, strings.TrimRight(box+" "+text, " ")))
	}
	return strings.Join(items, "\n")
}
