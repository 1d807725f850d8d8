package adf

import (
	"slices"
)

// indexUnused indexes the blocks and inline nodes of the original that the
// result does not use yet. reuseOriginals takes moved content from this index.
func (a *applier) indexUnused(before []*Node) {
	a.unusedBlocks, a.unusedAtoms = map[uint64][]*Node{}, map[string][]*Node{}
	for _, b := range before {
		a.indexUnusedIn(b)
	}
}

// indexUnusedIn indexes one shown block and the blocks in it. Blocks are found
// by the digest of what was shown, inline nodes by their atomKey. The shown and
// the original inline nodes correspond by their order, which is only certain if
// there are equally many. Hard breaks have nothing to reuse.
func (a *applier) indexUnusedIn(shown *Node) {
	if a.trace.origins[shown] != nil && !a.used[a.trace.origins[shown]] && shown.Type != cutType {
		a.unusedBlocks[a.trace.digest(shown)] = append(a.unusedBlocks[a.trace.digest(shown)], a.trace.origins[shown])
	}
	if a.trace.origins[shown] != nil && inlineContent[shown.Type] {
		atoms := 0 // In the shown block.
		for _, c := range shown.Content {
			if c.Type != "text" {
				atoms++
			}
		}
		var origs []*Node // The inline nodes of the original block, without text.
		for _, c := range a.trace.origins[shown].Content {
			if c.Type != "text" || c.malformed {
				origs = append(origs, c)
			}
		}
		if atoms == len(origs) {
			k := 0
			for _, c := range shown.Content {
				if c.Type == "text" {
					continue
				}
				if !a.used[origs[k]] && c.Type != "hardBreak" {
					a.unusedAtoms[atomKey(c)] = append(a.unusedAtoms[atomKey(c)], origs[k])
				}
				k++
			}
		}
	}
	for _, c := range shown.Content {
		if shown.Type != cutType && !inlineContent[shown.Type] {
			a.indexUnusedIn(c)
		}
	}
}

// reuseOriginals replaces new nodes that look like unused ones of the original
// by these: content that was moved keeps its ADF. It also replaces the
// stand-ins of opaque nodes. It changes the slice nodes. Example: a picture
// that moves from its own paragraph into a list item is new there; the index
// has the original picture, with its width and layout, under the same digest.
func (a *applier) reuseOriginals(nodes []*Node, where place) {
	for i, n := range nodes {
		if !a.isNew[n] {
			if a.trace.origins[n] != nil && n.Type != opaqueType { // A changed block: parts of it may be new.
				in := where
				if p := childPlace(n.Type); p != inDoc {
					in = p
				}
				a.reuseOriginals(n.Content, in)
			}
			continue
		}
		nodes[i] = a.reuseOriginal(n, where)
	}
}

// reuseOriginal returns the original node to use for a new node, or the node
// itself with its children replaced. It tries, in this order, the opaque node
// that it stands for, an unused block with the same digest, and an unused
// inline node with the same key. Each unused node is used once; a second copy
// in the edited text is new. An opaque node, though, may be in the result
// several times.
func (a *applier) reuseOriginal(n *Node, where place) *Node {
	if n.Type == opaqueType {
		if body, ok := a.bodies[a.trace.origins[n]]; ok && body != n.Text {
			a.report.Ignored = append(a.report.Ignored, opaqueLabel(a.trace.origins[n]))
		}
		a.used[a.trace.origins[n]] = true
		return a.trace.origins[n]
	}
	key := a.trace.digest(n)
	if list := a.unusedBlocks[key]; len(list) > 0 {
		a.unusedBlocks[key] = list[1:]
		orig := list[0]
		if !a.used[orig] { // It may have been used since, as a part of another block.
			a.markTreeUsed(orig)
			return a.trace.dropInvalidMarks(orig, where)
		}
	}
	if list := a.unusedAtoms[atomKey(n)]; len(list) > 0 && n.Type != "text" {
		a.unusedAtoms[atomKey(n)] = list[1:]
		a.used[list[0]] = true
		return list[0]
	}
	in := where
	if p := childPlace(n.Type); p != inDoc {
		in = p
	}
	for i, c := range n.Content {
		n.Content[i] = a.reuseOriginal(c, in)
	}
	return n
}

// markTreeUsed records that the result uses a node and everything in it.
func (a *applier) markTreeUsed(n *Node) {
	a.used[n] = true
	for _, c := range n.Content {
		a.markTreeUsed(c)
	}
}

// dropInvalidMarks returns a block without the marks that the schema does not
// allow in its new place; for instance a cell's paragraph may be centred, one
// in a list item may not. The original is not modified.
func (t *trace) dropInvalidMarks(n *Node, where place) *Node {
	misplaced := func(m Mark) bool {
		places, known := map[string]place{"breakout": inDoc, "fontSize": fontSizePlaces[n.Type], "alignment": alignPlaces[n.Type],
			"indentation": indentationPlaces[n.Type]}[m.Type]
		return known && places&where == 0
	}
	if len(n.Marks) == 0 || n.Type == "text" || !slices.ContainsFunc(n.Marks, misplaced) {
		return n
	}
	out := *n
	t.origins[&out] = n
	out.Marks = slices.DeleteFunc(slices.Clone(n.Marks), misplaced)
	return &out
}
