package credential

import (
	"bytes"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// punctuation lists the characters that Markdown may escape.
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

// unescape returns a text without escapes, and for each of its bytes the position in
// s of the character or escape that it comes from, and the length of s at the end.
// It knows these escapes, in any mixture:
//
//	%61 and %2561      percent-encoding, once or several times
//	\u0061 and \x61    with any number of backslashes
//	\= and \\=         backslashes before punctuation, of Markdown and of JSON
//	&#61; and &amp;    character references of HTML
func unescape(s string) (plain []byte, at []int) {
	plain, at = make([]byte, 0, len(s)), make([]int, 0, len(s)+1)
	for i := 0; i < len(s); {
		decoded, size := nextPlain(s[i:])
		for range len(decoded) {
			at = append(at, i)
		}
		plain = append(plain, decoded...)
		i += size
	}
	return plain, append(at, len(s))
}

// nextPlain returns what the beginning of a text means, and its length.
func nextPlain(s string) (decoded string, size int) {
	switch s[0] {
	case '%':
		return percentDecoded(s)
	case '\\':
		return backslashDecoded(s)
	case '&':
		return referenceDecoded(s)
	}
	return s[:1], 1
}

// maxReference is the length of the longest character reference that is decoded.
const maxReference = 12

// referenceDecoded returns the character that a reference of HTML means; the & itself
// if it is none.
func referenceDecoded(s string) (decoded string, size int) {
	end := strings.IndexByte(s[:min(len(s), maxReference)], ';')
	if end < 0 {
		return s[:1], 1
	}
	if decoded = html.UnescapeString(s[:end+1]); decoded == s[:end+1] {
		return s[:1], 1
	}
	return decoded, end + 1
}

// maxLayers is how many escapes within escapes are removed: a token in HTML, in JSON,
// in a URL.
const maxLayers = 4

// unescapeAll is unescape, repeated until nothing changes.
func unescapeAll(s string) (plain []byte, at []int) {
	plain, at = unescape(s)
	for range maxLayers - 1 {
		next, from := unescape(string(plain))
		if len(next) == len(plain) {
			break
		}
		for n := range from {
			from[n] = at[from[n]]
		}
		plain, at = next, from
	}
	return plain, at
}

// percentDecoded returns the byte that a percent sign begins; the sign itself if none
// does.
func percentDecoded(s string) (decoded string, size int) {
	at := 1
	for strings.HasPrefix(s[at:], "25") && isHex(s, at+2, 2) {
		at += 2
	}
	if !isHex(s, at, 2) {
		return s[:1], 1
	}
	n, _ := strconv.ParseUint(s[at:at+2], 16, 8) // two hexadecimal digits
	return string([]byte{byte(n)}), at + 2
}

// backslashDecoded returns the character that backslashes escape; one backslash if
// they escape none.
func backslashDecoded(s string) (decoded string, size int) {
	rest := strings.TrimLeft(s, `\`)
	at := len(s) - len(rest)
	switch {
	case strings.HasPrefix(rest, "u") && isHex(rest, 1, 4):
		n, _ := strconv.ParseUint(rest[1:5], 16, 32) // four hexadecimal digits
		return string(utf8.AppendRune(nil, rune(n))), at + 5
	case strings.HasPrefix(rest, "x") && isHex(rest, 1, 2):
		n, _ := strconv.ParseUint(rest[1:3], 16, 8) // two hexadecimal digits
		return string([]byte{byte(n)}), at + 3
	case rest != "" && rest[0] == '%':
		decoded, size = percentDecoded(rest)
		return decoded, at + size
	case rest != "" && strings.IndexByte(punctuation, rest[0]) >= 0:
		return rest[:1], at + 1
	}
	return `\`, at
}

// isHex reports whether a text has so many hexadecimal digits at a position.
func isHex(s string, at, digits int) bool {
	if len(s) < at+digits {
		return false
	}
	for _, c := range []byte(s[at : at+digits]) {
		if c|0x20 < 'a' && (c < '0' || c > '9') || c|0x20 > 'f' {
			return false
		}
	}
	return true
}

// escapedIn returns the ranges of a text that mean a secret, in their order; nil if
// there are none.
func (r *Redactor) escapedIn(s string) [][2]int {
	secrets := r.plain.Load()
	if secrets == nil {
		return nil
	}
	plain, at := unescapeAll(s)
	var found [][2]int
	for _, secret := range *secrets {
		for from := 0; ; {
			n := bytes.Index(plain[from:], []byte(secret))
			if n < 0 {
				break
			}
			found = append(found, [2]int{at[from+n], at[from+n+len(secret)]})
			from += n + len(secret)
		}
	}
	slices.SortFunc(found, func(a, b [2]int) int { return a[0] - b[0] })
	return found
}

// replaceRanges returns a text with [Redacted] in place of ranges, which are sorted.
func replaceRanges(b []byte, ranges [][2]int) []byte {
	var out []byte
	at := 0
	for _, r := range ranges {
		if r[0] < at { // within the one before
			at = max(at, r[1])
			continue
		}
		out = append(append(out, b[at:r[0]]...), Redacted...)
		at = r[1]
	}
	return append(out, b[at:]...)
}
