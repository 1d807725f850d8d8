// Package invisible finds the characters that people cannot see and a model can
// read: Unicode tags, which can spell whole sentences; variation selectors,
// which can carry bytes; zero-width and other format characters; and
// bidirectional controls, which show a text in another order than it is written
// (Unicode Technical Report 36; https://trojansource.codes). Such a character
// counts as visible where it is part of the text around it: in emoji sequences,
// and as a joiner between letters of scripts that need joiners.
//
// Only this package decides this: for text that is shown, and for the
// characters that an edit of a shown text preserves.
package invisible

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Contains reports whether s contains any character that may be invisible.
func Contains(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf { // nearly all text is ASCII
			r, size := utf8.DecodeRuneInString(s[i:])
			if isInvisible(r) {
				return true
			}
			i += size - 1
		}
	}
	return false
}

// Next returns the size in bytes of the piece that s begins with, a single
// character or a sequence that belongs together, and whether it is visible.
// before is the last visible character before s, 0 at the beginning of a text.
func Next(before rune, s string) (size int, seen bool) {
	r, n := utf8.DecodeRuneInString(s)
	if !isInvisible(r) {
		return n, true
	}
	if keep := sequenceLength(before, s); keep > 0 {
		return keep, true
	}
	return n, false
}

// Clean returns s without its invisible characters. If it removes any, it also
// replaces incomplete UTF-8 sequences by U+FFFD, since the parts on both sides
// could join to a character.
func Clean(s string) string {
	if !Contains(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	before := rune(0)
	for i := 0; i < len(s); {
		n, seen := Next(before, s[i:])
		if seen {
			piece := strings.ToValidUTF8(s[i:i+n], "\ufffd")
			b.WriteString(piece)
			before, _ = utf8.DecodeLastRuneInString(piece)
		}
		i += n
	}
	return b.String()
}

const (
	zwnj, zwj  = '\u200c', '\u200d'
	vs15, vs16 = '\ufe0e', '\ufe0f'
	blackFlag  = '\U0001f3f4'
	tagEnd     = '\U000e007f'
)

// isInvisible reports whether a character shows nothing, or only changes how
// others look.
func isInvisible(r rune) bool {
	switch {
	case r < 0xad:
		return false
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff: // Variation selectors, tags, and code points reserved for more of them.
		return true
	case r >= 0x180b && r <= 0x180f: // Mongolian selectors.
		return true
	case r == 0x1d159, r == 0x16fe4: // A note without a head, a filler.
		return true
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r), r >= 0x13430 && r <= 0x1343f:
		// Signs with a shape of their own, such as the Arabic end of ayah, and
		// Egyptian format controls. Unicode's default-ignorable characters do
		// not include them either (UAX #44).
		return false
	}
	// Fillers, joiners, and code points that Unicode reserves as
	// default-ignorable.
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}

// sequenceLength returns how many bytes of s, which begins with an invisible
// character, belong to the character before it; 0 if none do.
func sequenceLength(before rune, s string) int {
	r, n := utf8.DecodeRuneInString(s)
	next, _ := utf8.DecodeRuneInString(s[n:])
	switch {
	case r == vs16 || r == vs15:
		if isPictograph(before) || strings.ContainsRune("0123456789#*", before) && next == 0x20e3 {
			return n
		}
	case r == zwj:
		if (isPictograph(before) || before == vs16) && isPictograph(next) || usesJoiners(before) && usesJoiners(next) {
			return n
		}
	case r == zwnj:
		if usesJoiners(before) && usesJoiners(next) {
			return n
		}
	case before == blackFlag:
		return flagTagsLength(s)
	}
	return 0
}

// flagTagsLength returns the length of the tags that make a black flag one of
// the three subdivision flags in use (Unicode, emoji-sequences: RGI), 0 for
// other tags.
func flagTagsLength(s string) int {
	for _, region := range []string{"gbeng", "gbsct", "gbwls"} {
		tags := strings.Map(func(r rune) rune { return r + 0xe0000 }, region) + string(tagEnd)
		if strings.HasPrefix(s, tags) {
			return len(tags)
		}
	}
	return 0
}

// isPictograph reports whether a character begins or continues an emoji
// sequence.
func isPictograph(r rune) bool {
	switch {
	case r >= 0x1f000 && r <= 0x1faff, r >= 0x2190 && r <= 0x21ff, r >= 0x2300 && r <= 0x23ff, r >= 0x25a0 && r <= 0x27bf, r >= 0x2900 && r <= 0x297f, r >= 0x2b00 && r <= 0x2bff:
		return true
	}
	return strings.ContainsRune("\u00a9\u00ae\u203c\u2049\u2122\u2139\u24c2\u3030\u303d\u3297\u3299", r)
}

// usesJoiners reports whether a character is a letter of a script in which
// joiners change the shape or the meaning of words.
func usesJoiners(r rune) bool {
	return !isInvisible(r) && unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya,
		unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan)
}
