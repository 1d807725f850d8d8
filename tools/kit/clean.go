package kit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean removes from outgoing text what people cannot see and a model can
// read: Unicode tags, which can spell whole sentences; variation selectors,
// which can carry bytes; zero-width and other format characters; and
// bidirectional controls, which show a text in another order than it is
// written. Where such a character belongs to what it stands in, it stays: in
// emoji sequences, and joiners between letters of scripts that need them.
//
// It leaves quotes, backslashes and control characters alone, so that it can be
// given JSON.
func Clean(s string) string {
	if !strings.ContainsFunc(s, unseen) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	before := rune(0) // the last rune that was kept
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unseen(r) {
			// Pieces of a character could make one when what is between goes.
			b.WriteRune(r)
			before, i = r, i+n
			continue
		}
		if keep := belongs(before, s[i:]); keep > 0 {
			b.WriteString(s[i : i+keep])
			before, _ = utf8.DecodeLastRuneInString(s[i : i+keep])
			i += keep
			continue
		}
		i += n
	}
	return b.String()
}

const (
	zwnj, zwj       = '\u200c', '\u200d'
	vs15, vs16      = '\ufe0e', '\ufe0f'
	blackFlag       = '\U0001f3f4'
	tagEnd          = '\U000e007f'
	ideographicFrom = '\U000e0100'
	ideographicTo   = '\U000e01ef'
)

// unseen reports characters that show nothing, or change how others show.
func unseen(r rune) bool {
	switch {
	case r < 0xad:
		return false
	case r >= 0xfe00 && r <= 0xfe0f, r >= ideographicFrom && r <= ideographicTo: // variation selectors
		return true
	case r == 0x034f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0: // joiner and fillers
		return true
	case r >= 0x180b && r <= 0x180f: // Mongolian selectors
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

// belongs is how many bytes of s, which starts with an unseen character,
// belong to what stands before it.
func belongs(before rune, s string) int {
	r, n := utf8.DecodeRuneInString(s)
	next, _ := utf8.DecodeRuneInString(s[n:])
	switch {
	case r == vs16 || r == vs15:
		if pictograph(before) || strings.ContainsRune("0123456789#*", before) && next == 0x20e3 {
			return n
		}
	case r == zwj:
		if (pictograph(before) || before == vs16) && pictograph(next) || joining(before) && joining(next) {
			return n
		}
	case r == zwnj:
		if joining(before) && joining(next) {
			return n
		}
	case r >= ideographicFrom && r <= ideographicTo:
		if unicode.Is(unicode.Han, before) {
			return n
		}
	case before == blackFlag:
		return flag(s)
	}
	return 0
}

// flag is the length of the tags that make a black flag one of the three
// subdivision flags that are in use (Unicode, emoji-sequences: RGI).
func flag(s string) int {
	for _, region := range []string{"gbeng", "gbsct", "gbwls"} {
		tags := strings.Map(func(r rune) rune { return r + 0xe0000 }, region) + string(tagEnd)
		if strings.HasPrefix(s, tags) {
			return len(tags)
		}
	}
	return 0
}

// pictograph reports characters that begin or continue an emoji sequence.
func pictograph(r rune) bool {
	switch {
	case r >= 0x1f000 && r <= 0x1faff, r >= 0x2190 && r <= 0x21ff, r >= 0x2300 && r <= 0x23ff, r >= 0x25a0 && r <= 0x27bf, r >= 0x2900 && r <= 0x297f, r >= 0x2b00 && r <= 0x2bff:
		return true
	}
	return strings.ContainsRune("\u00a9\u00ae\u203c\u2049\u2122\u2139\u24c2\u3030\u303d\u3297\u3299", r)
}

// joining reports letters of scripts in which joiners change the shape or the
// meaning of words.
func joining(r rune) bool {
	return !unseen(r) && unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya,
		unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan)
}

// plain takes control characters out of text: they can move a terminal's
// cursor and paint over what was there. Tabs and ends of lines stay.
func plain(s string) string {
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
	return r < ' ' && r != '\n' && r != '\t' && r != '\r' || r >= 0x7f && r <= 0x9f
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
		case s[i+1] == 'b' || s[i+1] == 'f':
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
