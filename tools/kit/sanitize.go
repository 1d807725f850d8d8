package kit

import (
	"strings"
	"unicode/utf8"
)

// Plain takes control characters out of text: they can move a terminal's
// cursor and paint over what was there. Tabs and ends of lines stay; a carriage
// return alone goes back to the line's beginning, and goes.
func Plain(s string) string {
	if !strings.ContainsFunc(s, control) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if control(r) {
			return -1
		}
		return r
	}, s)
}

func control(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r <= 0x9f
}

// plainJSON does the same in JSON, where control characters are escaped.
func plainJSON(s string) string {
	if !strings.Contains(s, `\`) && !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x7f && r <= 0x9f }) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		switch {
		case s[i] != '\\' || i+1 >= len(s):
			r, n := utf8.DecodeRuneInString(s[i:])
			if r < 0x7f || !control(r) {
				b.WriteString(s[i : i+n])
			}
			i += n
		case s[i+1] == 'u' && i+6 <= len(s):
			if r, ok := hex4(s[i+2 : i+6]); !ok || !control(r) {
				b.WriteString(s[i : i+6])
			}
			i += 6
		case s[i+1] == 'b' || s[i+1] == 'f' || s[i+1] == 'r':
			i += 2
		default: // another escape, whole: a backslash that is text
			b.WriteString(s[i : i+2])
			i += 2
		}
	}
	return b.String()
}

func hex4(s string) (rune, bool) {
	var r rune
	for _, c := range []byte(s) {
		d := strings.IndexByte("0123456789abcdef", c|0x20)
		if d < 0 {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}
