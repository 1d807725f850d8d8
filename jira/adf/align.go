package adf

import "hash/maphash"

var seed = maphash.MakeSeed()

// digest is equal for nodes that Markdown shows alike.
func digest(n *Node) uint64 {
	if n.sum != 0 {
		return n.sum
	}
	var h maphash.Hash
	h.SetSeed(seed)
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
		sum := digest(c)
		for range 8 {
			h.WriteByte(byte(sum))
			sum >>= 8
		}
	}
	n.sum = max(h.Sum64(), 1)
	return n.sum
}

func digests(nodes []*Node) []uint64 {
	out := make([]uint64, len(nodes))
	for i, n := range nodes {
		out[i] = digest(n)
	}
	return out
}

// align pairs what was shown with what came back, and makes the blocks of the
// result.
func (a *applier) align(before, after []*Node, where place) []*Node {
	var out []*Node
	pairs := common(digests(before), digests(after))
	i, j := 0, 0
	for _, p := range append(pairs, [2]int{len(before), len(after)}) {
		out = append(out, a.gap(before[i:p[0]], after[j:p[1]], where)...)
		if p[0] < len(before) {
			out = append(out, a.keep(before[p[0]], after[p[1]])...)
		}
		i, j = p[0]+1, p[1]+1
	}
	return out
}

// keep returns what an unchanged block shows.
func (a *applier) keep(shown, back *Node) []*Node {
	switch {
	case shown.Type == cutType:
		return shown.Content
	case shown.orig != nil:
		return []*Node{shown.orig}
	}
	return a.fresh1(back)
}

func (a *applier) fresh1(n *Node) []*Node {
	if n.Type == cutType { // it was moved: its blocks are here now
		return a.cuts[n.Text]
	}
	a.fresh[n] = true
	return []*Node{n}
}

// gap makes the blocks of a stretch that differs. Blocks that are alike are
// one that was changed; the others were removed or added.
func (a *applier) gap(before, after []*Node, where place) []*Node {
	if len(before) == 0 || len(after) == 0 {
		var out []*Node
		for _, n := range after {
			out = append(out, a.fresh1(n)...)
		}
		return out
	}
	partner := pairUp(before, after)
	var out []*Node
	for j, n := range after {
		if i := partner[j]; i >= 0 && before[i].orig != nil {
			out = append(out, a.merge(before[i], n, where))
		} else {
			out = append(out, a.fresh1(n)...)
		}
	}
	return out
}
