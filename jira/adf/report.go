package adf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Report says what an edit did to a document.
type Report struct {
	Kept    int      `json:"kept"`              // top-level blocks that stayed as they were
	Changed int      `json:"changed,omitempty"` // that were changed in part
	Added   int      `json:"added,omitempty"`
	Removed int      `json:"removed,omitempty"`
	Lost    []Loss   `json:"lost,omitempty"`    // rich content that is gone
	Ignored []string `json:"ignored,omitempty"` // opaque blocks in which something was edited: they stayed as they were
}

// Loss is rich content that the result does not have.
type Loss struct {
	Type string `json:"type"` // the node's type; annotation for an inline comment's place; cut for blocks behind a marker
	Text string `json:"text"` // what it showed
}

// lossNames are what people call the types of nodes.
var lossNames = map[string]string{"media": "picture or file", "mediaInline": "file", "inlineCard": "link card", "blockCard": "link card", "embedCard": "embedded page",
	"nestedExpand": "expand", "annotation": "inline comment", "bodiedExtension": "macro", "extension": "macro", "inlineExtension": "macro",
	"syncBlock": "synced block", "bodiedSyncBlock": "synced block", "layoutSection": "columns", "cut": "text that was not shown:"}

// String names the loss for a reader.
func (l Loss) String() string {
	name := cmp.Or(lossNames[l.Type], l.Type)
	switch {
	case l.Text == "":
		return name
	case l.Type == "cut":
		return name + " " + l.Text
	}
	return fmt.Sprintf("%s %q", name, l.Text)
}

// richTypes are the nodes whose removal is reported. Their text alone would
// not bring them back, or they are easily dropped unawares. An emoji counts
// only where its character is gone from the text.
var richTypes = map[string]bool{"media": true, "mediaInline": true, "mention": true, "panel": true, "expand": true, "nestedExpand": true,
	"inlineCard": true, "blockCard": true, "embedCard": true, "status": true, "date": true, "emoji": true, "placeholder": true,
	"extension": true, "bodiedExtension": true, "inlineExtension": true, "syncBlock": true, "bodiedSyncBlock": true, "layoutSection": true}

// plainValues are rich nodes that are values: to put another in their place is
// a change, and loses nothing.
var plainValues = map[string]bool{"date": true, "status": true}

// finish gives the result its local ids and the report its lists. Blocks that
// stayed as they were need no second look.
func (a *applier) finish(out *Node, blocks []*Node, budgets []int, texts []string) {
	kept := map[*Node]bool{}
	for _, n := range out.Content {
		kept[n] = true
	}
	old, opaque, top := map[*Node]bool{}, map[*Node]bool{}, map[*Node]bool{}
	var gone []*Node // blocks that are not there as they were
	for _, b := range blocks {
		if top[b] = true; kept[b] {
			a.report.Kept++
			old[b] = true
			continue
		}
		gone = append(gone, b)
		walk(b, func(n *Node) { old[n] = true })
	}
	for _, n := range a.o.lookup.nodes {
		opaque[n] = true
	}
	edited, comments := doc(nil), map[string]bool{}
	for _, n := range out.Content {
		switch {
		case top[n]:
			walk(n, func(n *Node) { eachAnnotation(n, func(id string) { comments[id] = true }) })
			continue
		case n.orig != nil && old[n.orig]:
			a.report.Changed++
		default:
			a.report.Added++
		}
		edited.Content = append(edited.Content, n)
	}
	assignIDs(edited, old, out)
	present := map[*Node]bool{}
	keys := map[string]int{}
	walk(edited, func(n *Node) {
		present[n] = true
		if n.orig != nil && (n.orig.Type == n.Type || !richTypes[n.orig.Type]) { // a panel that became a quote is gone
			present[n.orig] = true
		}
		if !old[n] && n.orig == nil {
			keys[identity(n)]++
		}
		eachAnnotation(n, func(id string) { comments[id] = true })
	})
	became := map[*Node]*Node{}
	for _, n := range edited.Content {
		if n.orig != nil {
			became[n.orig] = n
		}
	}
	for _, b := range gone {
		if !present[b] {
			a.report.Removed++
		}
		a.lostFrom(b, out, present, opaque, keys, comments, newValues(became[b], old))
	}
	for b := range kept {
		present[b] = true
	}
	a.cutLoss(out, blocks, budgets, texts)
	walk(edited, func(n *Node) {
		if !old[n] {
			n.orig, n.sum = nil, 0
		}
	})
}

// lostFrom reports what a block of the original had and the result has not.
// values counts the plain values that were put into the block.
func (a *applier) lostFrom(block, out *Node, present, opaque map[*Node]bool, keys map[string]int, comments map[string]bool, values map[string]int) {
	text := sync.OnceValue(func() string { return PlainText(out) })
	a.losses(block, opaque, func(n *Node) {
		eachAnnotation(n, func(id string) {
			if !comments[id] {
				comments[id] = true // once is enough
				a.lose("annotation", brief(n.Text))
			}
		})
		if present[n] || !richTypes[n.Type] && !opaque[n] {
			return
		}
		if k := identity(n); k != "" && keys[k] > 0 {
			keys[k]--
			return
		}
		if values[n.Type] > 0 {
			values[n.Type]-- // another value of its kind was put in
			return
		}
		if n.Type == "emoji" && n.attr("text") != "" && strings.Contains(text(), n.attr("text")) {
			return
		}
		a.lose(first(n.Type, "node"), richText(n))
	})
}

// newValues counts the plain values of a changed block that it had not before.
func newValues(block *Node, old map[*Node]bool) map[string]int {
	out := map[string]int{}
	if block != nil {
		walk(block, func(n *Node) {
			if plainValues[n.Type] && !old[n] && n.orig == nil {
				out[n.Type]++
			}
		})
	}
	return out
}

// losses visits the original; an opaque block is one thing, whatever is in it.
func (a *applier) losses(n *Node, opaque map[*Node]bool, visit func(*Node)) {
	visit(n)
	if opaque[n] {
		return
	}
	for _, c := range n.Content {
		a.losses(c, opaque, visit)
	}
}

func (a *applier) lose(kind, text string) { a.report.Lost = append(a.report.Lost, Loss{kind, text}) }

// cutLoss reports what an edit without the marker would drop unseen: all that
// lies behind a cut, a text that is new as a whole where it may have been cut,
// or a block too large to be shown at once.
func (a *applier) cutLoss(out *Node, blocks []*Node, budgets []int, texts []string) {
	if len(blocks) == 0 || len(out.Content) == 0 || len(budgets) == 0 {
		return
	}
	sizes := sizesOf(texts)
	index := make(map[*Node]int, len(blocks))
	for i, b := range blocks {
		index[b] = i
		if sizes[i] > slices.Max(budgets) && !slices.Contains(out.Content, b) {
			a.lose("cut", fmt.Sprintf("block %d, whose %d characters are not shown at once", i+1, sizes[i]))
			return
		}
	}
	for _, n := range out.Content {
		if i, ok := index[n.orig]; ok && sizes[i] > slices.Min(budgets) && brokenOff(PlainText(n.orig), PlainText(n)) {
			a.lose("cut", fmt.Sprintf("the rest of block %d, which may not have been shown", i+1))
			return
		}
	}
	// Between the blocks that are known again, and the ends, is what the edit
	// made of the rest.
	cuts := cutPoints(sizes, budgets)
	first, last, head, tail := len(blocks), 0, len(out.Content), 0
	for j, n := range out.Content {
		i, known := index[n]
		if !known && n.orig != nil {
			i, known = index[n.orig]
			known = known && alike(n, n.orig)
		}
		if known {
			first, last = min(first, i), max(last, i+1)
			head, tail = min(head, j), j+1
		}
	}
	switch {
	case slices.Contains(cuts[max(last, 1):len(blocks)], true) && shrinks(blocks[last:], out.Content[tail:]):
		a.lose("cut", fmt.Sprintf("blocks %d to %d, some of which were not shown", last+1, len(blocks)))
	case first > 0 && slices.Contains(cuts[1:min(first+1, len(blocks))], true) && shrinks(blocks[:first], out.Content[:head]):
		a.lose("cut", fmt.Sprintf("blocks 1 to %d, some of which were not shown", first))
	}
}

// brokenOff reports that a text ends, or starts, in the midst of what it was,
// and that much is missing there.
func brokenOff(before, after string) bool {
	const known, missing = 30, 200 // bytes
	if len(after) < known || len(before)-len(after) < missing {
		return false
	}
	end, start := after[len(after)-known:], after[:known]
	if i := strings.LastIndex(before, end); i >= 0 && len(before)-i-known >= missing {
		return true
	}
	i := strings.Index(before, start)
	return i >= missing
}

// alike reports a changed block that still has most of its words.
func alike(n, b *Node) bool { return likeness(b, n, wordsOf(b), wordsOf(n)) >= 1 }

// shrinks reports whether there is less after an edit than before.
func shrinks(before, after []*Node) bool {
	size := func(list []*Node) int {
		n := 0
		for _, b := range list {
			n += len(PlainText(b))
		}
		return n
	}
	return len(after) < len(before) || size(after) < size(before)
}

// identity is what makes two rich nodes the same for a reader.
func identity(n *Node) string {
	switch n.Type {
	case "media", "mediaInline":
		return "media " + n.attr("id") + n.attr("url")
	case "mention":
		return "mention " + n.attr("id")
	case "inlineCard", "blockCard", "embedCard":
		return "card " + cardURL(n) + string(rawAttr(n.Attrs, "datasource"))
	case "status", "placeholder":
		return n.Type + n.attr("text")
	case "date":
		return "date " + n.attr("timestamp")
	case "emoji":
		return "emoji " + n.attr("shortName")
	}
	return ""
}

func eachAnnotation(n *Node, visit func(id string)) {
	for _, m := range n.Marks {
		if m.Type == "annotation" {
			visit(attrOf(m.Attrs, "id"))
		}
	}
}

// richText shows what a node said.
func richText(n *Node) string {
	switch n.Type {
	case "panel", "expand", "nestedExpand", "extension", "bodiedExtension", "inlineExtension", "layoutSection", "syncBlock", "bodiedSyncBlock":
		return brief(strings.TrimLeft(strings.TrimPrefix(opaqueLabel(n), n.Type), ": "))
	}
	return brief(PlainText(n))
}

func brief(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
