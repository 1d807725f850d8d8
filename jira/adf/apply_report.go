package adf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Report describes what an edit did to a document.
type Report struct {
	Kept    int      `json:"kept"`              // Top-level blocks that stayed as they were.
	Changed int      `json:"changed,omitempty"` // Top-level blocks that were changed in part.
	Added   int      `json:"added,omitempty"`   // New top-level blocks.
	Removed int      `json:"removed,omitempty"` // Top-level blocks that are gone.
	Lost    []Loss   `json:"lost,omitempty"`    // Rich content that is gone.
	Ignored []string `json:"ignored,omitempty"` // Opaque blocks whose text was edited; they stayed as they were.
}

// Loss is one piece of rich content that the result no longer has.
type Loss struct {
	Type string `json:"type"` // The node's type; "annotation" for the place of an inline comment; "cut" for blocks that were not shown.
	Text string `json:"text"` // The text that it showed.
}

// lossNames maps node types to the names that users know.
var lossNames = map[string]string{"media": "image or file", "mediaInline": "file", "inlineCard": "link card", "blockCard": "link card", "embedCard": "embedded page",
	"nestedExpand": "expand", "annotation": "inline comment", "bodiedExtension": "macro", "extension": "macro", "inlineExtension": "macro",
	"syncBlock": "synced block", "bodiedSyncBlock": "synced block", "layoutSection": "columns", "cut": "text that was not shown:"}

// String returns the loss in words, for instance `image or file "shot.png"`.
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

// richTypes holds the types of nodes whose removal is reported: those that
// their text alone would not bring back, and those that an editor easily drops
// without noticing. The loss of an emoji is only reported if its character is
// gone from the text too.
var richTypes = map[string]bool{"media": true, "mediaInline": true, "mention": true, "panel": true, "expand": true, "nestedExpand": true,
	"inlineCard": true, "blockCard": true, "embedCard": true, "status": true, "date": true, "emoji": true, "placeholder": true,
	"extension": true, "bodiedExtension": true, "inlineExtension": true, "syncBlock": true, "bodiedSyncBlock": true, "layoutSection": true}

// plainValues holds the rich types that are plain values. Another value in
// place of one is a change, not a loss.
var plainValues = map[string]bool{"date": true, "status": true}

// finish completes the result out: it assigns the missing local ids and fills
// in the report. blocks are the top-level blocks of the original, texts their
// Markdown. Blocks that stayed as they were are not examined again.
//
// A node of the original counts as present if the result contains it or a
// changed copy of it with the same type. A rich node that is not present is
// still no loss if a new node with the same identity replaces it (a mention
// that was typed again) or, for plain values, another value in the same block.
func (a *applier) finish(out *Node, blocks []*Node, budgets []int, texts []string) {
	kept := map[*Node]bool{}
	for _, n := range out.Content {
		kept[n] = true
	}
	old, opaque, top := map[*Node]bool{}, map[*Node]bool{}, map[*Node]bool{}
	var gone []*Node // Blocks that the result does not have unchanged.
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
	edited, comments := newDoc(nil), map[string]bool{}
	for _, n := range out.Content {
		switch {
		case top[n]:
			walk(n, func(n *Node) { eachAnnotation(n, func(id string) { comments[id] = true }) })
			continue
		case a.trace.origins[n] != nil && old[a.trace.origins[n]]:
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
		if a.trace.origins[n] != nil && (a.trace.origins[n].Type == n.Type || !richTypes[a.trace.origins[n].Type]) { // A panel that became a quote is gone.
			present[a.trace.origins[n]] = true
		}
		if !old[n] && a.trace.origins[n] == nil {
			keys[identity(n)]++
		}
		eachAnnotation(n, func(id string) { comments[id] = true })
	})
	became := map[*Node]*Node{}
	for _, n := range edited.Content {
		if a.trace.origins[n] != nil {
			became[a.trace.origins[n]] = n
		}
	}
	for _, b := range gone {
		if !present[b] {
			a.report.Removed++
		}
		a.reportLosses(b, out, present, opaque, keys, comments, a.trace.newValues(became[b], old))
	}
	a.reportCutLoss(out, blocks, budgets, texts)
}

// reportLosses reports the rich content of an original block that the result
// does not have. keys counts the new nodes by identity, comments holds the ids
// of the inline comments that still have a place, and values counts the plain
// values that were put into the block. It uses up the entries of these maps.
func (a *applier) reportLosses(block, out *Node, present, opaque map[*Node]bool, keys map[string]int, comments map[string]bool, values map[string]int) {
	text := sync.OnceValue(func() string { return PlainText(out) })
	a.visitNodes(block, opaque, func(n *Node) {
		eachAnnotation(n, func(id string) {
			if !comments[id] {
				comments[id] = true // Each comment is reported once.
				a.addLoss("annotation", abbreviate(n.Text))
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
			values[n.Type]-- // Another value of its type was put in.
			return
		}
		if n.Type == "emoji" && n.Attr("text") != "" && strings.Contains(text(), n.Attr("text")) {
			return
		}
		a.addLoss(firstNonBlank(n.Type, "node"), lossText(n))
	})
}

// newValues counts, by type, the plain values that an edit put into a block.
func (t *trace) newValues(block *Node, old map[*Node]bool) map[string]int {
	out := map[string]int{}
	if block != nil {
		walk(block, func(n *Node) {
			if plainValues[n.Type] && !old[n] && t.origins[n] == nil {
				out[n.Type]++
			}
		})
	}
	return out
}

// visitNodes calls visit for a node of the original and the nodes in it. An
// opaque block is one thing, whatever is in it.
func (a *applier) visitNodes(n *Node, opaque map[*Node]bool, visit func(*Node)) {
	visit(n)
	if opaque[n] {
		return
	}
	for _, c := range n.Content {
		a.visitNodes(c, opaque, visit)
	}
}

// addLoss adds a loss to the report.
func (a *applier) addLoss(kind, text string) { a.report.Lost = append(a.report.Lost, Loss{kind, text}) }

// reportCutLoss reports content that an editor probably dropped because they
// never saw it. The marker of [Cut] protects blocks that were not shown, but an
// editor may leave it out. With the budgets of [CutAt], the first of these that
// applies is reported:
//
//   - A block larger than every budget is not in the result unchanged. No page
//     can have shown it whole.
//   - A changed block larger than the smallest budget ends or begins in the
//     middle of its old text.
//   - A page may have ended at or after the last known block, and the result
//     has fewer blocks or less text after it than the original.
//   - The same at the beginning, before the first known block.
//
// Known blocks are those that are in the result unchanged or nearly so.
func (a *applier) reportCutLoss(out *Node, blocks []*Node, budgets []int, texts []string) {
	if len(blocks) == 0 || len(out.Content) == 0 || len(budgets) == 0 {
		return
	}
	sizes := sizesOf(texts)
	index := make(map[*Node]int, len(blocks))
	for i, b := range blocks {
		index[b] = i
		if sizes[i] > slices.Max(budgets) && !slices.Contains(out.Content, b) {
			a.addLoss("cut", fmt.Sprintf("block %d (%d characters, too long to show at once)", i+1, sizes[i]))
			return
		}
	}
	for _, n := range out.Content {
		if i, ok := index[a.trace.origins[n]]; ok && sizes[i] > slices.Min(budgets) && isTruncated(PlainText(a.trace.origins[n]), PlainText(n)) {
			a.addLoss("cut", fmt.Sprintf("the rest of block %d, which may not have been shown", i+1))
			return
		}
	}
	// The blocks before the first known one and after the last known one are
	// what the edit made of the rest.
	cuts := cutPoints(sizes, budgets)
	first, last, head, tail := len(blocks), 0, len(out.Content), 0
	for j, n := range out.Content {
		i, known := index[n]
		if !known && a.trace.origins[n] != nil {
			i, known = index[a.trace.origins[n]]
			known = known && isSimilar(n, a.trace.origins[n])
		}
		if known {
			first, last = min(first, i), max(last, i+1)
			head, tail = min(head, j), j+1
		}
	}
	switch {
	case slices.Contains(cuts[max(last, 1):len(blocks)], true) && shrinks(blocks[last:], out.Content[tail:]):
		a.addLoss("cut", fmt.Sprintf("blocks %d to %d, some of which were not shown", last+1, len(blocks)))
	case first > 0 && slices.Contains(cuts[1:min(first+1, len(blocks))], true) && shrinks(blocks[:first], out.Content[:head]):
		a.addLoss("cut", fmt.Sprintf("blocks 1 to %d, some of which were not shown", first))
	}
}

// isTruncated reports whether the text after an edit ends or begins in the
// middle of the text before it, so that at least 200 bytes are missing there.
// It recognizes the point by 30 bytes.
func isTruncated(before, after string) bool {
	const known, missing = 30, 200 // In bytes.
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

// isSimilar reports whether a changed block n is nearly the same as the original
// block b: a similarity of 1 or more.
func isSimilar(n, b *Node) bool { return similarity(b, n, wordCounts(b), wordCounts(n)) >= 1 }

// shrinks reports whether an edit left fewer blocks or less text.
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

// identity returns a key that is equal for two rich nodes which are the same to
// a reader, or "" for types without one.
func identity(n *Node) string {
	switch n.Type {
	case "media", "mediaInline":
		return "media " + n.Attr("id") + n.Attr("url")
	case "mention":
		return "mention " + n.Attr("id")
	case "inlineCard", "blockCard", "embedCard":
		return "card " + cardURL(n) + string(rawAttr(n.Attrs, "datasource"))
	case "status", "placeholder":
		return n.Type + n.Attr("text")
	case "date":
		return "date " + n.Attr("timestamp")
	case "emoji":
		return "emoji " + n.Attr("shortName")
	}
	return ""
}

// eachAnnotation calls visit with the id of each inline comment on a node.
func eachAnnotation(n *Node, visit func(id string)) {
	for _, m := range n.Marks {
		if m.Type == "annotation" {
			visit(attrOf(m.Attrs, "id"))
		}
	}
}

// lossText returns the text by which a report names a lost node.
func lossText(n *Node) string {
	switch n.Type {
	case "panel", "expand", "nestedExpand", "extension", "bodiedExtension", "inlineExtension", "layoutSection", "syncBlock", "bodiedSyncBlock":
		return abbreviate(strings.TrimLeft(strings.TrimPrefix(opaqueLabel(n), n.Type), ": "))
	}
	return abbreviate(PlainText(n))
}

// abbreviate returns s on one line, cut to 60 characters.
func abbreviate(s string) string {
	return shorten(strings.Join(strings.Fields(s), " "), 60)
}
