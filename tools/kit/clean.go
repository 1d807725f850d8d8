package kit

import "strings"

// Clean removes from outgoing text what people cannot see and a model can
// read: Unicode tags, which can spell whole sentences, and bidirectional
// controls, which show a text in another order than it is written.
func Clean(s string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if hidden(r) {
			return -1
		}
		return r
	}, s)
}

func hidden(r rune) bool {
	switch {
	case r < 0x200e:
		return false
	case r >= 0xe0000 && r <= 0xe007f: // tags
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // bidirectional controls
		return true
	}
	return false
}
