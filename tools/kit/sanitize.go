package kit

import (
	"strings"
	"unicode/utf8"
)

// Plain removes control characters from text: they can move a terminal's cursor
// and overwrite what was shown. Tabs and line feeds stay. A carriage return
// goes, since alone it moves back to the beginning of the line.
func Plain(s string) string {
	if !hasControl(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, s)
}

// hasControl reports whether a text has a character that is removed. It decodes only
// what is not ASCII: it sees every text of an answer.
func hasControl(s string) bool {
	for i := 0; i < len(s); i++ {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if isControl(r) {
			return true
		}
		i += size - 1
	}
	return false
}

// isControl reports whether a character is removed: C0 and C1 controls and DEL,
// except line feed and tab.
func isControl(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r <= 0x9f
}

// plainJSON removes control characters from JSON, where encoders write most of
// them as escapes: a backslash with u and four hexadecimal digits, or with b, f
// or r. It works on the encoded text, since decoding and encoding it again
// would lose the order of the fields. An escaped backslash is skipped as a
// whole, so that text that only looks like an escape stays:
//
//	"a\u001b[1m" → "a[1m"
//	"a\\u001b"   → "a\\u001b"
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
			if r < 0x7f || !isControl(r) {
				b.WriteString(s[i : i+n])
			}
			i += n
		case s[i+1] == 'u' && i+6 <= len(s):
			if r, ok := hex4(s[i+2 : i+6]); !ok || !isControl(r) {
				b.WriteString(s[i : i+6])
			}
			i += 6
		case s[i+1] == 'b' || s[i+1] == 'f' || s[i+1] == 'r':
			i += 2
		default: // another escape, as a whole: a backslash that is text
			b.WriteString(s[i : i+2])
			i += 2
		}
	}
	return b.String()
}

// hex4 returns the number that four hexadecimal digits stand for.
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
