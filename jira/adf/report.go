package adf

import (
	"fmt"
	"slices"
	"strings"
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

// String names the loss for a reader.
func (l Loss) String() string {
	if l.Text == "" {
		return l.Type
	}
	return l.Type + " " + l.Text
}

// richTypes are the nodes whose removal is reported. Their text alone would
// not bring them back, or they are easily dropped unawares. An emoji counts
// only where its character is gone from the text.
var richTypes = map[string]bool{"media": true, "mediaInline": true, "mention": true, "panel": true, "expand": true, "nestedExpand": true,
	"inlineCard": true, "blockCard": true, "embedCard": true, "status": true, "date": true, "emoji": true, "placeholder": true,
	"extension": true, "bodiedExtension": true, "inlineExtension": true, "syncBlock": true, "bodiedSyncBlock": true, "layoutSection": true}

// finish gives the result its local ids and the report its lists. Blocks that
// stayed as they were need no second look.
func (a *applier) finish(out *Node, blocks []*Node, budgets []int, texts []string) {
	kept := map[*Node]bool{}
	for _, n := range out.Content {
		kept[n] = true
	}
	old, opaque := map[*Node]bool{}, map[*Node]bool{}
	var gone []*Node // blocks that are not there as they were
	for _, b := range blocks {
		if kept[b] {
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
	edited := doc(nil)
	for _, n := range out.Content {
		switch {
		case old[n] && kept[n] && !slices.Contains(gone, n):
			continue
		case n.orig != nil && old[n.orig]:
			a.report.Changed++
		default:
			a.report.Added++
		}
		edited.Content = append(edited.Content, n)
	}
	assignIDs(edited, old)
	present := map[*Node]bool{}
	keys := map[string]int{}
	comments := map[string]bool{}
	walk(edited, func(n *Node) {
		present[n] = true
		if n.orig != nil {
			present[n.orig] = true
		}
		if !old[n] && n.orig == nil {
			keys[identity(n)]++
		}
		eachAnnotation(n, func(id string) { comments[id] = true })
	})
	for _, b := range gone {
		if !present[b] {
			a.report.Removed++
		}
		a.lostFrom(b, out, present, opaque, keys, comments)
	}
	for b := range kept {
		present[b] = true
	}
	a.cutLoss(out, blocks, present, budgets, texts)
	walk(edited, func(n *Node) {
		if !old[n] {
			n.orig, n.sum = nil, 0
		}
	})
}

// lostFrom reports what a block of the original had and the result has not.
func (a *applier) lostFrom(block, out *Node, present, opaque map[*Node]bool, keys map[string]int, comments map[string]bool) {
	a.losses(block, opaque, func(n *Node) {
		eachAnnotation(n, func(id string) {
			if !comments[id] {
				comments[id] = true // once is enough
				a.lose("annotation", "an inline comment's place in \""+brief(n.Text)+"\"")
			}
		})
		if present[n] || !richTypes[n.Type] && !opaque[n] {
			return
		}
		if k := identity(n); k != "" && keys[k] > 0 {
			keys[k]--
			return
		}
		if n.Type == "emoji" && n.attr("text") != "" && strings.Contains(PlainText(out), n.attr("text")) {
			return
		}
		a.lose(first(n.Type, "node"), richText(n))
	})
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

// cutLoss reports that what lies behind a cut, and nothing else at that end,
// is gone: the marker was dropped.
func (a *applier) cutLoss(out *Node, blocks []*Node, present map[*Node]bool, budgets []int, texts []string) {
	if len(blocks) == 0 || len(out.Content) == 0 {
		return
	}
	tail := len(blocks)
	for tail > 0 && !present[blocks[tail-1]] {
		tail--
	}
	head := 0
	for head < len(blocks) && !present[blocks[head]] {
		head++
	}
	for _, budget := range budgets {
		for _, at := range cutPoints(texts, budget) {
			switch {
			case at == tail && tail < len(blocks):
				a.lose("cut", fmt.Sprintf("blocks %d to %d, which were not shown", tail+1, len(blocks)))
				return
			case at == head && head > 0 && head < len(blocks):
				a.lose("cut", fmt.Sprintf("blocks 1 to %d, which were not shown", head))
				return
			}
		}
	}
}

// identity is what makes two rich nodes the same for a reader.
func identity(n *Node) string {
	switch n.Type {
	case "media", "mediaInline":
		return "media " + n.attr("id") + n.attr("url")
	case "mention":
		return "mention " + n.attr("id")
	case "inlineCard", "blockCard", "embedCard":
		return "card " + cardURL(n)
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
		return brief(strings.TrimPrefix(opaqueLabel(n), n.Type+" "))
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
