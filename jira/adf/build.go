package adf

import (
	"strconv"
	"time"
)

// NewDoc returns a document of version 1 that consists of blocks. Tasks and
// task lists without a localId get one, which the schema requires.
//
// The constructors of this package do not check where a node may stand: a
// document is valid against Atlassian's schema if each block stands where the
// schema allows it. [FromMarkdown] takes care of that by itself.
func NewDoc(blocks ...*Node) *Node {
	d := newDoc(blocks)
	assignIDs(d, nil, nil)
	return d
}

// NewParagraph returns a paragraph with inline content.
func NewParagraph(inline ...*Node) *Node { return paragraph(inline) }

// NewHeading returns a heading of a level from 1 to 6.
func NewHeading(level int, inline ...*Node) *Node {
	return &Node{Type: "heading", Attrs: newAttrs("level", max(1, min(6, level))), Content: inline}
}

// NewText returns a text with marks. The marks are put into the order of
// Atlassian's editor, without those that the schema does not allow together.
// The text must not be empty.
func NewText(text string, marks ...Mark) *Node { return textNode(text, validMarks(marks)...) }

// NewMark returns a mark without attributes: strong, em, strike, code or
// underline.
func NewMark(kind string) Mark { return Mark{Type: kind} }

// NewLink returns the mark that links a text to an address.
func NewLink(url string) Mark { return Mark{Type: "link", Attrs: newAttrs("href", url)} }

// NewMention returns a mention, which notifies the account. The name is shown
// after an @.
func NewMention(accountID, name string) *Node {
	return &Node{Type: "mention", Attrs: newAttrs("id", accountID, "text", "@"+name)}
}

// NewStatus returns a status lozenge. The colours are neutral, purple, blue,
// red, yellow and green.
func NewStatus(text, colour string) *Node {
	return &Node{Type: "status", Attrs: newAttrs("text", text, "color", colour)}
}

// NewDate returns a date. Jira stores the day as a timestamp at midnight UTC.
func NewDate(year int, month time.Month, day int) *Node {
	at := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return &Node{Type: "date", Attrs: newAttrs("timestamp", strconv.FormatInt(at.UnixMilli(), 10))}
}

// NewHardBreak returns a line break within a paragraph.
func NewHardBreak() *Node { return &Node{Type: "hardBreak"} }

// NewRule returns a horizontal rule.
func NewRule() *Node { return &Node{Type: "rule"} }

// NewCodeBlock returns a code block. An empty language means plain text.
func NewCodeBlock(language, code string) *Node {
	n := &Node{Type: "codeBlock"}
	if language != "" {
		n.Attrs = newAttrs("language", language)
	}
	if code != "" {
		n.Content = []*Node{textNode(code)}
	}
	return n
}

// NewBlockquote returns a quote of paragraphs and lists.
func NewBlockquote(blocks ...*Node) *Node { return &Node{Type: "blockquote", Content: blocks} }

// NewPanel returns a panel: info, note, tip, success, warning or error.
func NewPanel(kind string, blocks ...*Node) *Node {
	return &Node{Type: "panel", Attrs: newAttrs("panelType", kind), Content: blocks}
}

// NewExpand returns a section that people open and close.
func NewExpand(title string, blocks ...*Node) *Node {
	return &Node{Type: "expand", Attrs: newAttrs("title", title), Content: blocks}
}

// NewBulletList returns a bullet list; see [NewListItem].
func NewBulletList(items ...*Node) *Node { return &Node{Type: "bulletList", Content: items} }

// NewOrderedList returns a numbered list that begins at 1; see [NewListItem].
func NewOrderedList(items ...*Node) *Node { return &Node{Type: "orderedList", Content: items} }

// NewListItem returns an item of a bullet list or a numbered list. Its first
// block is a paragraph or a code block.
func NewListItem(blocks ...*Node) *Node { return &Node{Type: "listItem", Content: blocks} }

// NewTaskList returns a list of tasks; see [NewTask].
func NewTaskList(tasks ...*Node) *Node { return &Node{Type: "taskList", Content: tasks} }

// NewTask returns an item of a task list.
func NewTask(done bool, inline ...*Node) *Node {
	state := "TODO"
	if done {
		state = "DONE"
	}
	return &Node{Type: "taskItem", Attrs: newAttrs("state", state), Content: inline}
}

// NewTable returns a table; see [NewTableRow].
func NewTable(rows ...*Node) *Node { return &Node{Type: "table", Content: rows} }

// NewTableRow returns a row of cells; see [NewTableHeader] and [NewTableCell].
func NewTableRow(cells ...*Node) *Node { return &Node{Type: "tableRow", Content: cells} }

// NewTableHeader returns a header cell.
func NewTableHeader(blocks ...*Node) *Node { return &Node{Type: "tableHeader", Content: blocks} }

// NewTableCell returns a cell.
func NewTableCell(blocks ...*Node) *Node { return &Node{Type: "tableCell", Content: blocks} }
