package adf

import "slices"

// Mentioned returns the names of the people that a document mentions, as it
// shows them ("@Ana Silva"), each once.
func Mentioned(n *Node) []string {
	var out []string
	var walk func(*Node)
	walk = func(n *Node) {
		if n == nil {
			return
		}
		if text := n.attr("text"); n.Type == "mention" && text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
		for _, sub := range n.Content {
			walk(sub)
		}
	}
	walk(n)
	return out
}
