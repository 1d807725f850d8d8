package adf

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// itemKind is the kind of list item that a bullet with or without a box stands
// for.
type itemKind uint8

const (
	plainItem   itemKind = iota
	openTask             // [ ].
	doneTask             // [x].
	nestedTasks          // [-]: only the list within it.
	decided              // [!].
	undecided            // [?].
)

// listType returns the type of the list that contains such items.
func (k itemKind) listType() string {
	switch k {
	case openTask, doneTask, nestedTasks:
		return "taskList"
	case decided, undecided:
		return "decisionList"
	}
	return "bulletList"
}

// itemKindOf returns the kind of an item by the box at its start.
func (c *converter) itemKindOf(item ast.Node) itemKind {
	first := item.FirstChild()
	if first == nil || first.Lines() == nil || first.Lines().Len() == 0 {
		return plainItem
	}
	switch first.(type) {
	case *ast.Paragraph, *ast.TextBlock:
	default:
		return plainItem
	}
	line := first.Lines().At(0)
	s := line.Value(c.src)
	if len(s) < 3 || s[0] != '[' || s[2] != ']' || len(s) > 3 && !isBlank(s[3]) {
		return plainItem
	}
	switch s[1] {
	case ' ':
		return openTask
	case 'x', 'X':
		return doneTask
	case '-':
		// Only a list may follow: ADF has no place for text beside this box.
		if _, list := first.NextSibling().(*ast.List); list && first.Lines().Len() == 1 && len(bytes.TrimSpace(s)) == 3 {
			return nestedTasks
		}
	case '!':
		return decided
	case '?':
		return undecided
	}
	return plainItem
}

// list converts a list. Items with boxes make lists of their own type if the
// schema allows these here: "- [ ] a" and "- b" give a task list and a bullet
// list.
func (c *converter) list(n *ast.List, where place) []*Node {
	if n.IsOrdered() {
		out := &Node{Type: "orderedList"}
		if n.Start != 1 {
			out.Attrs = newAttrs("order", n.Start)
		}
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			out.Content = append(out.Content, c.item(item))
		}
		return []*Node{out}
	}
	b := &listBuilder{c: c, where: where}
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		kind := c.itemKindOf(item)
		if blockPlaces[kind.listType()]&where == 0 {
			kind = plainItem
		}
		b.add(item, kind)
	}
	return b.out
}

// item converts a plain item.
func (c *converter) item(item ast.Node) *Node {
	content := c.blocks(item, inItem)
	if len(content) == 0 {
		content = []*Node{paragraph(nil)}
	}
	return &Node{Type: "listItem", Content: content}
}

// listBuilder distributes items to lists: a list continues as long as the kind
// of list stays the same, and ends after an item with blocks that its kind
// cannot contain.
type listBuilder struct {
	c     *converter
	where place
	out   []*Node
	open  bool // Whether the last list of out takes more items.
}

// currentList returns the list of a type to add items to: the open one or a new
// one.
func (b *listBuilder) currentList(kind string) *Node {
	if last := len(b.out) - 1; b.open && b.out[last].Type == kind {
		return b.out[last]
	}
	list := &Node{Type: kind}
	b.out = append(b.out, list)
	b.open = true
	return list
}

// add converts an item and adds it to its list.
func (b *listBuilder) add(item ast.Node, kind itemKind) {
	switch kind {
	case plainItem:
		list := b.currentList("bulletList")
		list.Content = append(list.Content, b.c.item(item))
	case decided, undecided:
		state := "DECIDED"
		if kind == undecided {
			state = "UNDECIDED"
		}
		b.addBoxed(item, &Node{Type: "decisionItem", Attrs: newAttrs("state", state)}, "decisionList")
	case nestedTasks:
		b.addBoxed(item, nil, "taskList")
	default:
		state := "TODO"
		if kind == doneTask {
			state = "DONE"
		}
		b.addBoxed(item, &Node{Type: "taskItem", Attrs: newAttrs("state", state)}, "taskList")
	}
}

// addBoxed adds an item with inline content. Further paragraphs of the item
// become part of it, after two hard breaks; a list of tasks becomes a list
// within; other blocks follow the list and end it. An item without text after
// its box, but with paragraphs, is a blockTaskItem. out is nil for a box that
// only has a list.
func (b *listBuilder) addBoxed(item ast.Node, out *Node, kind string) {
	first := item.FirstChild()
	text := b.c.textAfterBox(first)
	rest := first.NextSibling()
	if out != nil {
		if blocks, after := b.c.taskBlocks(rest); out.Type == "taskItem" && len(text) == 0 && len(blocks) > 0 {
			out.Type, rest = "blockTaskItem", after
			text = blocks
		}
		out.Content = text
		list := b.currentList(kind)
		list.Content = append(list.Content, out)
	}
	for n := rest; n != nil; n = n.NextSibling() {
		blocks := b.c.block(n, b.where)
		for _, block := range blocks {
			switch {
			case block.Type == "paragraph" && out != nil && b.open && out.Type == "blockTaskItem":
				out.Content = append(out.Content, block)
			case block.Type == "paragraph" && out != nil && b.open:
				out.Content = append(append(out.Content, &Node{Type: "hardBreak"}, &Node{Type: "hardBreak"}), block.Content...)
			case block.Type == "taskList" && kind == "taskList":
				list := b.currentList(kind)
				list.Content = append(list.Content, block)
			default:
				b.out = append(b.out, block)
				b.open = false
			}
		}
	}
}

// textAfterBox converts the first paragraph of an item, without its box.
func (c *converter) textAfterBox(n ast.Node) []*Node {
	if t, ok := n.FirstChild().(*ast.Text); ok {
		// The brackets are several texts, or one together with the text after
		// them.
		left := 3
		for t != nil && left > 0 {
			size := t.Segment.Len()
			take := min(left, size)
			t.Segment = t.Segment.WithStart(t.Segment.Start + take)
			left -= take
			if left > 0 {
				t, _ = t.NextSibling().(*ast.Text)
			}
		}
		for t != nil {
			s := t.Segment.Value(c.src)
			trimmed := bytes.TrimLeft(s, " \t")
			t.Segment = t.Segment.WithStart(t.Segment.Start + len(s) - len(trimmed))
			if len(trimmed) > 0 {
				break
			}
			if t.SoftLineBreak() {
				t.SetSoftLineBreak(false)
				break
			}
			t, _ = t.NextSibling().(*ast.Text)
		}
	}
	return c.inlineRun(n, inTask).inlineOnly(false)
}

// taskBlocks converts the paragraphs that a task may contain, and opaque blocks
// of the original. It returns the first node after them.
func (c *converter) taskBlocks(n ast.Node) (out []*Node, after ast.Node) {
	for ; n != nil; n = n.NextSibling() {
		switch code := n.(type) {
		case *ast.Paragraph, *ast.TextBlock:
			r := c.inlineRun(n, inTask)
			r.nodes = r.inlineOnly(false)
			out = append(out, r.split(&Node{Type: "paragraph", Marks: r.blockMarks("paragraph", inTask)}, inTask)...)
		case *ast.FencedCodeBlock:
			if code.Info == nil || c.o.lookup == nil {
				return out, n
			}
			ref, ok := bytes.CutPrefix(code.Info.Segment.Value(c.src), []byte(schemeOpaque))
			blocks := c.opaqueBlock(string(ref), strings.TrimSuffix(c.lines(code), "\n"), inTask)
			if !ok || blocks == nil {
				return out, n
			}
			out = append(out, blocks...)
		default:
			return out, n
		}
	}
	return out, nil
}
