package adf

import (
	"fmt"
	"hash/fnv"
)

// requiresLocalID holds the types for which the schema requires a localId.
// Other nodes only have one if an editor gave it to them.
var requiresLocalID = map[string]bool{"taskList": true, "taskItem": true, "blockTaskItem": true, "decisionList": true, "decisionItem": true}

// assignIDs assigns local ids to the nodes of d that need one and have none. An
// id follows from the node's type, its text and its position among the nodes
// without an id, so that the same text always gives the same document. Nodes in
// except are not changed. whole is the document that contains d, or nil; its
// ids are taken too.
func assignIDs(d *Node, except map[*Node]bool, whole *Node) {
	taken := map[string]bool{}
	var missing []*Node
	walk(d, func(n *Node) {
		if !requiresLocalID[n.Type] {
			return
		}
		if id := n.Attr("localId"); id != "" || hasAttr(n, "localId") {
			taken[id] = true
		} else if !except[n] {
			missing = append(missing, n)
		}
	})
	if len(missing) > 0 && whole != nil {
		walk(whole, func(n *Node) {
			if requiresLocalID[n.Type] {
				taken[n.Attr("localId")] = true
			}
		})
	}
	for i, n := range missing {
		for salt := i; ; salt++ {
			id := localID(n, salt)
			if !taken[id] {
				taken[id] = true
				n.Attrs = withAttr(n.Attrs, "localId", quoteJSON(id))
				break
			}
		}
	}
}

// localID returns a UUID for a node. The salt distinguishes nodes with the same
// text.
func localID(n *Node, salt int) string {
	h := fnv.New128a()
	fmt.Fprintf(h, "%s %d ", n.Type, salt)
	h.Write([]byte(PlainText(n)))
	b := h.Sum(nil)
	b[6] = b[6]&0x0f | 0x80 // RFC 9562: version 8, for custom formats.
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// walk calls visit for a node and all nodes in it, parents first.
func walk(n *Node, visit func(*Node)) {
	visit(n)
	for _, c := range n.Content {
		walk(c, visit)
	}
}
