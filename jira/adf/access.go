package adf

import (
	"encoding/json"
	"fmt"
	"iter"
)

// All returns an iterator over a node and all nodes in it, parents first and in
// the order of the document. It skips nil nodes.
func (n *Node) All() iter.Seq[*Node] {
	return func(yield func(*Node) bool) { n.yieldAll(yield) }
}

// yieldAll calls yield for a node and all nodes in it. It reports whether the
// iteration goes on.
func (n *Node) yieldAll(yield func(*Node) bool) bool {
	if n == nil {
		return true
	}
	if !yield(n) {
		return false
	}
	for _, c := range n.Content {
		if !c.yieldAll(yield) {
			return false
		}
	}
	return true
}

// Attr returns an attribute of a node as text: the value of a string, or a
// number or a boolean as written. It returns "" if the attribute is absent or
// has another type.
func (n *Node) Attr(name string) string { return attrOf(n.Attrs, name) }

// SetAttr sets an attribute of a node to a value, in its old place if the node
// already has it. The error is that of [json.Marshal] for the value.
func (n *Node) SetAttr(name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("adf: attribute %s: %w", name, err)
	}
	n.Attrs = withAttr(n.Attrs, name, data)
	return nil
}

// Mark returns the node's mark of a type, or nil.
func (n *Node) Mark(kind string) *Mark {
	for i := range n.Marks {
		if n.Marks[i].Type == kind {
			return &n.Marks[i]
		}
	}
	return nil
}

// Attr returns an attribute of a mark as text, such as the href of a link, in
// the form of [Node.Attr].
func (m *Mark) Attr(name string) string { return attrOf(m.Attrs, name) }
