package adf

import "slices"

// Mentioned returns the names of the people that a document mentions, as it
// shows them ("@Ana Silva"), each once.
func Mentioned(n *Node) []string {
	var out []string
	for n := range n.All() {
		if text := n.Attr("text"); n.Type == "mention" && text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}
