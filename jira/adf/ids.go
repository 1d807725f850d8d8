package adf

import (
	"fmt"
	"hash/fnv"
)

// needsID are the nodes to which the schema gives a required localId. Others
// have none unless an editor gave it.
var needsID = map[string]bool{"taskList": true, "taskItem": true, "blockTaskItem": true, "decisionList": true, "decisionItem": true}

// assignIDs gives local ids to the nodes that need one and have none. They
// follow from what the nodes hold and where they stand, so that the same text
// always makes the same document. Nodes in except are not touched; whole is the
// document that d is of, whose ids are taken.
func assignIDs(d *Node, except map[*Node]bool, whole *Node) {
	taken := map[string]bool{}
	var missing []*Node
	walk(d, func(n *Node) {
		if !needsID[n.Type] {
			return
		}
		if id := n.attr("localId"); id != "" || hasAttr(n, "localId") {
			taken[id] = true
		} else if !except[n] {
			missing = append(missing, n)
		}
	})
	if len(missing) > 0 && whole != nil {
		walk(whole, func(n *Node) {
			if needsID[n.Type] {
				taken[n.attr("localId")] = true
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

func localID(n *Node, salt int) string {
	h := fnv.New128a()
	fmt.Fprintf(h, "%s %d ", n.Type, salt)
	h.Write([]byte(PlainText(n)))
	b := h.Sum(nil)
	b[6] = b[6]&0x0f | 0x80 // RFC 9562: version 8, an id of one's own making
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func walk(n *Node, visit func(*Node)) {
	visit(n)
	for _, c := range n.Content {
		walk(c, visit)
	}
}
