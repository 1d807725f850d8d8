package adf

import "strings"

// opaqueType is a stand-in for an opaque node while an edit is worked out.
const opaqueType = "\x00opaque"

// cutType stands for the blocks that a cut left out.
const cutType = "\x00cut"

// opaques are the opaque nodes of the original, by their numbers.
type opaques struct {
	nodes  []*Node
	places []place // where each of them stands
}

// opaqueBlock makes a stand-in for a fence that names an opaque node of the
// original: nil where there is no such node.
func (c *converter) opaqueBlock(ref, body string, where place) []*Node {
	l := c.o.lookup
	n := opaqueNumber(strings.TrimSpace(ref))
	if l == nil || n < 1 || n > len(l.nodes) || l.places[n-1] == 0 || !strings.HasPrefix(ref, refName(first(l.nodes[n-1].Type, "node"))+"-") {
		return nil
	}
	node := &Node{Type: opaqueType, Attrs: attrs("n", n), orig: l.nodes[n-1], Text: strings.Join(strings.Fields(body), " ")}
	if !mayStand(l.nodes[n-1], l.places[n-1], where) {
		c.hoisted = append(c.hoisted, node)
		return []*Node{}
	}
	return []*Node{node}
}

// mayStand reports whether an opaque block may be put in a place: one like
// that where it was, or where the schema has it.
func mayStand(n *Node, was, where place) bool {
	if was&where != 0 || where&inDoc != 0 {
		return true
	}
	return n.Type == "extension"
}

func (c *converter) opaqueInline(ref string) *Node {
	l := c.o.lookup
	n := opaqueNumber(ref)
	if l == nil || n < 1 || n > len(l.nodes) || l.places[n-1] != 0 { // a block is no inline node
		return nil
	}
	return &Node{Type: opaqueType, Attrs: attrs("n", n), orig: l.nodes[n-1]}
}
