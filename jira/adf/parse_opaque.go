package adf

import (
	"strings"
)

// opaqueType is the type of a stand-in for an opaque node during an edit. Its
// attribute n is the number of the node, its text the text of the fence.
const opaqueType = "\x00opaque"

// cutType is the type of a stand-in for the blocks that a cut left out.
const cutType = "\x00cut"

// opaqueNodes holds the opaque nodes of the original; index 0 has the number 1.
type opaqueNodes struct {
	nodes  []*Node
	places []place // The place of each node; 0 in inline content.
	trace  *trace
}

// opaqueBlock returns the stand-in for a fence that names an opaque node of the
// original: for instance ref layoutSection-1 for a fence "adf:layoutSection-1".
// It returns nil if there is no such node; the fence is then code. If the node
// may not stand here, it goes to c.hoisted and the result is empty.
func (c *converter) opaqueBlock(ref, body string, where place) []*Node {
	l := c.o.lookup
	n := opaqueNumber(strings.TrimSpace(ref))
	if l == nil || n < 1 || n > len(l.nodes) || l.places[n-1] == 0 || !strings.HasPrefix(ref, refName(firstNonBlank(l.nodes[n-1].Type, "node"))+"-") {
		return nil
	}
	node := &Node{Type: opaqueType, Attrs: newAttrs("n", n), Text: strings.Join(strings.Fields(body), " ")}
	l.trace.origins[node] = l.nodes[n-1]
	if !isAllowedAt(l.nodes[n-1], l.places[n-1], where) {
		c.hoisted = append(c.hoisted, node)
		return []*Node{}
	}
	return []*Node{node}
}

// isAllowedAt reports whether an opaque block may be put in a place: a place
// like its old one, or one in which the schema allows the node.
func isAllowedAt(n *Node, was, where place) bool {
	if was&where != 0 || where&inDoc != 0 {
		return true
	}
	return n.Type == "extension"
}

// opaqueInline returns the stand-in for a link that names an opaque inline
// node, or nil if there is none.
func (c *converter) opaqueInline(ref string) *Node {
	l := c.o.lookup
	n := opaqueNumber(ref)
	if l == nil || n < 1 || n > len(l.nodes) || l.places[n-1] != 0 { // A block is no inline node.
		return nil
	}
	node := &Node{Type: opaqueType, Attrs: newAttrs("n", n)}
	l.trace.origins[node] = l.nodes[n-1]
	return node
}
