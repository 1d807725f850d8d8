package jira

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"
)

// singleLineMembers are the members of Jira's answers that are one line on every
// page of Jira: names, titles, the values of options. Whoever fills them in
// through the API could put a line break into some, and would then begin a line
// of an assistant's answer.
var singleLineMembers = []string{"name", "displayName", "summary", "filename", "fileName", "value", "title", "labels", "emailAddress", "inward", "outward"}

// singleLines returns a JSON document in which those members have blanks in
// place of line breaks. The document is returned itself if it has none. It reads
// the bytes and not the values, since answers are large and nearly all have
// nothing to replace.
func singleLines(body []byte) []byte {
	if !hasLineBreak(body) {
		return body
	}
	var out, member []byte
	copied := 0 // how much of the body is in out
	for i := 0; i < len(body); i++ {
		next := bytes.IndexByte(body[i:], '"')
		if next < 0 {
			break
		}
		start, end := i+next+1, stringEnd(body, i+next+1)
		i = end
		if isName(body, end+1) {
			member = body[start:end]
		} else if slices.Contains(singleLineMembers, string(member)) && hasLineBreak(body[start:end]) {
			out = appendLine(append(out, body[copied:start]...), body[start:end])
			copied = end
		}
	}
	if out == nil {
		return body
	}
	return append(out, body[copied:]...)
}

// isName reports whether a colon follows a string that ends before a position.
func isName(body []byte, at int) bool {
	for ; at < len(body); at++ {
		switch body[at] {
		case ' ', '\t', '\r', '\n':
		default:
			return body[at] == ':'
		}
	}
	return false
}

// stringEnd returns the position of the quote that ends a JSON string which begins
// at a position: the first one behind an even number of backslashes.
func stringEnd(body []byte, from int) int {
	for i := from; i < len(body); i++ {
		next := bytes.IndexByte(body[i:], '"')
		if next < 0 {
			break
		}
		i += next
		begin := i
		for begin > from && body[begin-1] == '\\' {
			begin--
		}
		if (i-begin)%2 == 0 {
			return i
		}
	}
	return len(body)
}

// mayBreak are the beginnings of all ways in which JSON can write a character
// that ends a line.
var mayBreak = [][]byte{[]byte(`\n`), []byte(`\r`), []byte(`\f`), []byte(`\u00`), []byte(`\u20`), []byte("\u0085"), []byte("\u2028"), []byte("\u2029")}

// hasLineBreak reports whether JSON may contain a character that ends a line.
func hasLineBreak(b []byte) bool {
	return slices.ContainsFunc(mayBreak, func(begin []byte) bool { return bytes.Contains(b, begin) })
}

// appendLine appends a JSON string with one blank in place of each line break.
func appendLine(out, text []byte) []byte {
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		switch {
		case r == '\\' && i+1 < len(text):
			r, size = escaped(text[i:])
		case r >= utf8.RuneSelf:
			r, size = utf8.DecodeRune(text[i:])
		}
		if r >= '\n' && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029 {
			out = append(out, ' ')
		} else {
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	return out
}

// escaped returns the character that a JSON escape stands for, and its length;
// 0 if the character is not a line break.
func escaped(text []byte) (rune, int) {
	switch text[1] {
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 'f':
		return '\f', 2
	case 'u':
		if len(text) >= 6 {
			if n, err := strconv.ParseUint(string(text[2:6]), 16, 32); err == nil {
				return rune(n), 6 //nolint:gosec // four hexadecimal digits
			}
		}
	}
	return 0, 2
}
