package adf

import (
	"hash/maphash"
)

// digestSeed makes digests differ between processes; nothing stores them.
var digestSeed = maphash.MakeSeed()

// trace is what one edit knows of the nodes that it works on. Nodes themselves
// carry no state of an edit: a document may be edited by several callers at
// once.
type trace struct {
	origins map[*Node]*Node  // The node of the original that a shown or a new node stands for.
	digests map[*Node]uint64 // The digests that were computed.
}

func newTrace() *trace { return &trace{origins: map[*Node]*Node{}, digests: map[*Node]uint64{}} }

// digest returns a hash of a node's type, text, attributes, marks and content.
// Two parsed nodes have the same digest if Markdown shows them alike. It is
// stored in the trace: 0 means not computed, so it is never 0. The content of a
// cut marker's stand-in does not count, since the marker's text names it.
func (t *trace) digest(n *Node) uint64 {
	if sum := t.digests[n]; sum != 0 {
		return sum
	}
	var h maphash.Hash
	h.SetSeed(digestSeed)
	part := func(s string) {
		h.WriteString(s)
		h.WriteByte(0)
	}
	part(n.Type)
	part(n.Text)
	h.Write(n.Attrs)
	h.WriteByte(1)
	for _, m := range n.Marks {
		part(m.Type)
		h.Write(m.Attrs)
	}
	for _, c := range n.Content {
		if n.Type == cutType {
			break
		}
		sum := t.digest(c)
		for range 8 {
			h.WriteByte(byte(sum))
			sum >>= 8
		}
	}
	sum := max(h.Sum64(), 1)
	t.digests[n] = sum
	return sum
}

// digestsOf returns the digest of each node.
func (t *trace) digestsOf(nodes []*Node) []uint64 {
	out := make([]uint64, len(nodes))
	for i, n := range nodes {
		out[i] = t.digest(n)
	}
	return out
}

// alignBlocks returns the blocks that result from the shown blocks before when
// the edit changes them to after. Blocks with equal digests are unchanged;
// their longest common subsequence divides both lists into ranges that differ.
// Example, with letters for digests:
//
//	before   A B C D          A and D stay,
//	after    A X Y D          B C and X Y go to mergeRange.
func (a *applier) alignBlocks(before, after []*Node, where place) []*Node {
	var out []*Node
	pairs := commonSubsequence(a.trace.digestsOf(before), a.trace.digestsOf(after))
	i, j := 0, 0
	for _, p := range append(pairs, [2]int{len(before), len(after)}) {
		out = append(out, a.mergeRange(before[i:p[0]], after[j:p[1]], where)...)
		if p[0] < len(before) {
			out = append(out, a.keepOriginal(before[p[0]], after[p[1]])...)
		}
		i, j = p[0]+1, p[1]+1
	}
	return out
}

// keepOriginal returns the original blocks behind an unchanged shown block: all
// those of a cut marker, else one. A shown block without an origin has no
// counterpart in the original; the edited block, which is equal, takes its
// place.
func (a *applier) keepOriginal(shown, back *Node) []*Node {
	switch {
	case shown.Type == cutType:
		return shown.Content
	case a.trace.origins[shown] != nil:
		return []*Node{a.trace.origins[shown]}
	}
	return a.takeNew(back)
}

// takeNew records an edited block as new and returns it. For a cut marker it
// returns the blocks that the marker stands for.
func (a *applier) takeNew(n *Node) []*Node {
	if n.Type == cutType { // The marker was moved, and its blocks move with it.
		return a.cuts[n.Text]
	}
	a.isNew[n] = true
	return []*Node{n}
}

// mergeRange returns the blocks of a range in which both sides differ. Two
// similar blocks are one that was changed, which mergeBlock makes; the other
// edited blocks are new. Shown blocks without a partner are omitted; if they
// were only moved, reuseOriginals finds them again.
func (a *applier) mergeRange(before, after []*Node, where place) []*Node {
	if len(before) == 0 || len(after) == 0 {
		var out []*Node
		for _, n := range after {
			out = append(out, a.takeNew(n)...)
		}
		return out
	}
	partner := pairSimilar(before, after)
	var out []*Node
	for j, n := range after {
		if i := partner[j]; i >= 0 && a.trace.origins[before[i]] != nil {
			out = append(out, a.mergeBlock(before[i], n, where))
		} else {
			out = append(out, a.takeNew(n)...)
		}
	}
	return out
}
