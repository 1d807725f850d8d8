package adf

import "slices"

// gather notes the blocks and inline nodes of the original that the result
// does not have yet: what was moved is found among them.
func (a *applier) gather(before []*Node) {
	a.spare, a.atoms = map[uint64][]*Node{}, map[string][]*Node{}
	for _, b := range before {
		a.gatherOne(b)
	}
}

func (a *applier) gatherOne(shown *Node) {
	if shown.orig != nil && !a.alive[shown.orig] && shown.Type != cutType {
		a.spare[digest(shown)] = append(a.spare[digest(shown)], shown.orig)
	}
	if shown.orig != nil && inlineContent[shown.Type] {
		atoms := 0
		for _, c := range shown.Content {
			if c.Type != "text" {
				atoms++
			}
		}
		var origs []*Node
		for _, c := range shown.orig.Content {
			if c.Type != "text" || c.odd {
				origs = append(origs, c)
			}
		}
		if atoms == len(origs) {
			k := 0
			for _, c := range shown.Content {
				if c.Type == "text" {
					continue
				}
				if !a.alive[origs[k]] && c.Type != "hardBreak" {
					a.atoms[atomKey(c)] = append(a.atoms[atomKey(c)], origs[k])
				}
				k++
			}
		}
	}
	for _, c := range shown.Content {
		if shown.Type != cutType && !inlineContent[shown.Type] {
			a.gatherOne(c)
		}
	}
}

// settle replaces what was made from Markdown alone by what the original has
// of it, and stand-ins by what they stand for.
func (a *applier) settle(nodes []*Node, where place) {
	for i, n := range nodes {
		if !a.fresh[n] {
			if n.orig != nil && n.Type != opaqueType { // a changed block: parts of it may be new
				in := where
				if p := inside(n.Type); p != inDoc {
					in = p
				}
				a.settle(n.Content, in)
			}
			continue
		}
		nodes[i] = a.settled(n, where)
	}
}

func (a *applier) settled(n *Node, where place) *Node {
	if n.Type == opaqueType {
		if body, ok := a.bodies[n.orig]; ok && body != n.Text {
			a.report.Ignored = append(a.report.Ignored, opaqueLabel(n.orig))
		}
		a.alive[n.orig] = true
		return n.orig
	}
	key := digest(n)
	if list := a.spare[key]; len(list) > 0 {
		a.spare[key] = list[1:]
		orig := list[0]
		if !a.alive[orig] {
			a.revive(orig)
			return fit(orig, where)
		}
	}
	if list := a.atoms[atomKey(n)]; len(list) > 0 && n.Type != "text" {
		a.atoms[atomKey(n)] = list[1:]
		a.alive[list[0]] = true
		return list[0]
	}
	in := where
	if p := inside(n.Type); p != inDoc {
		in = p
	}
	for i, c := range n.Content {
		n.Content[i] = a.settled(c, in)
	}
	return n
}

func (a *applier) revive(n *Node) {
	a.alive[n] = true
	for _, c := range n.Content {
		a.revive(c)
	}
}

// fit drops the marks of a block that the schema does not allow where it has
// come to.
func fit(n *Node, where place) *Node {
	misplaced := func(m Mark) bool {
		places, known := map[string]place{"breakout": inDoc, "fontSize": fontSizePlaces[n.Type], "alignment": alignPlaces[n.Type],
			"indentation": indentationPlaces[n.Type]}[m.Type]
		return known && places&where == 0
	}
	if len(n.Marks) == 0 || n.Type == "text" || !slices.ContainsFunc(n.Marks, misplaced) {
		return n
	}
	out := *n
	out.orig, out.Marks = n, slices.DeleteFunc(slices.Clone(n.Marks), misplaced)
	return &out
}
