package adf

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mayNeedEscape holds the bytes that may need an escape.
var mayNeedEscape = func() (t [256]bool) {
	for _, c := range "\\`*_[]<~&!@\n\t\r\v\f " {
		t[c] = true
	}
	return t
}()

// writeText writes text so that a Markdown parser reads it back unchanged. It
// escapes as little as possible, since a model reads the text and pays for it:
// the text "2 * 3 a_b _c_ [x] [1]" becomes "2 * 3 a_b \_c\_ \[x] [1]". It does
// not know the markup before and after this text, so it is careful at its ends.
// tight is true in the text of a link, where all brackets count.
func (w *inlineWriter) writeText(s string, tight bool) {
	s = w.r.visibleLines(s)
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !mayNeedEscape[c] {
			continue
		}
		if c == ' ' && (i > start || !w.atLineStart()) {
			continue // White space is only lost at the ends of lines.
		}
		w.b = append(w.b, s[start:i]...)
		start = i + 1
		w.writeSpecial(s, i, tight)
	}
	w.b = append(w.b, s[start:]...)
}

// writeSpecial writes the byte at i, escaped if necessary.
func (w *inlineWriter) writeSpecial(s string, i int, tight bool) {
	c := s[i]
	switch {
	case isBlank(c):
		if !w.keepsBlank(s, i) {
			w.b = append(w.b, numericEntity(rune(c))...)
			return
		}
	case c == '@' && w.wordHasDelimiter() || needsEscape(s, i, tight):
		w.b = append(w.b, '\\')
	}
	w.b = append(w.b, c)
}

// keepsBlank reports whether a parser keeps the white space at i.
func (w *inlineWriter) keepsBlank(s string, i int) bool {
	switch s[i] {
	case ' ', '\t':
		return !w.atLineStart()
	case '\n':
		next := i+1 < len(s) && isBlank(s[i+1])
		return !next && !w.oneLine && !w.inCell && !w.atLineStart() && !w.endsWithBlank()
	}
	return false
}

// wordHasDelimiter reports whether the word that ends here contains a delimiter.
// GFM would include it in a mail address. It goes on where the last call ended,
// since a word can be a whole document: 20,000 mentions side by side took 17 s.
func (w *inlineWriter) wordHasDelimiter() bool {
	if w.wordAt < w.from || w.wordAt > len(w.b) { // the text behind it was removed
		w.wordAt, w.wordDelim = len(w.b), false
		for w.wordAt > w.from && !isBlank(w.b[w.wordAt-1]) {
			w.wordAt--
		}
	}
	for ; w.wordAt < len(w.b); w.wordAt++ {
		switch c := w.b[w.wordAt]; {
		case isBlank(c):
			w.wordDelim = false
		case c == '*' || c == '~' || c == '`':
			w.wordDelim = true
		}
	}
	return w.wordDelim
}

// needsEscape reports whether a parser would read the byte at i as markup.
func needsEscape(s string, i int, tight bool) bool {
	last := i+1 == len(s)
	var prev, next byte
	if i > 0 {
		prev = s[i-1]
	}
	if !last {
		next = s[i+1]
	}
	switch s[i] {
	case '`':
		return true
	case '\\':
		return last || next < utf8.RuneSelf && !isLetter(next) && (next < '0' || next > '9')
	case '*':
		return !isLiteralStar(s, i)
	case '_':
		return !withinWord(s, i)
	case '[':
		return tight || !isLiteralBracket(s[i:])
	case ']':
		return tight || next == '('
	case '<':
		return last || isLetter(next) || strings.IndexByte("/!?", next) >= 0
	case '~':
		return last || i == 0 || next == '~' || prev == '~'
	case '&':
		return startsEntity(s[i:])
	case '!':
		return next == '['
	}
	return false
}

// withinWord reports whether the byte at i is between two letters or digits.
func withinWord(s string, i int) bool {
	return isWord(lastRune(s[:i])) && isWord(firstRune(s[i+1:]))
}

// startsEntity reports whether an ampersand begins an entity, or could begin
// one together with the text after s.
func startsEntity(s string) bool {
	return len(s) == 1 || beginsEntity(s) || len(s) < 40 && !strings.ContainsAny(s, " ;")
}

// isLiteralStar reports whether an asterisk is between two words and blanks, as in
// "2 * 3"; CommonMark then reads it as text.
func isLiteralStar(s string, i int) bool {
	return i >= 2 && i+2 < len(s) && s[i-1] == ' ' && s[i+1] == ' ' && !isBlank(s[i-2]) && !isBlank(s[i+2])
}

// isBlank reports whether c is ASCII white space.
func isBlank(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'
}

// isLetter reports whether c is an ASCII letter.
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isWord reports whether r is a letter or a digit.
func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func lastRune(s string) rune { r, _ := utf8.DecodeLastRuneInString(s); return r }

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }

// isLiteralBracket reports whether s begins with a pair of brackets that is only
// text: it cannot be a link, a definition, a check box, an alert, a mention or
// a footnote.
func isLiteralBracket(s string) bool {
	end := strings.IndexAny(s[1:], "[]\n") + 1
	if end < 2 || s[end] != ']' || end+1 >= len(s) {
		return false
	}
	if after := s[end+1]; after == '(' || after == '[' || after == ':' {
		return false
	}
	switch s[1] {
	case ' ', 'x', 'X', '-', '!', '?', '@', '^':
		return false
	}
	return true
}

// atLineStart reports whether the current line is empty so far.
func (w *inlineWriter) atLineStart() bool {
	return len(w.b) == w.from || w.b[len(w.b)-1] == '\n'
}

// endsWithBlank reports whether the text ends with white space that is not an
// entity.
func (w *inlineWriter) endsWithBlank() bool {
	return len(w.b) > w.from && isBlank(w.b[len(w.b)-1])
}

// endBlock writes white space at the end of a block as an entity, since parsers
// drop it.
func (w *inlineWriter) endBlock() {
	if len(w.b) == w.from {
		return
	}
	switch c := w.b[len(w.b)-1]; c {
	case '\n', ' ', '\t':
		w.b = append(w.b[:len(w.b)-1], numericEntity(rune(c))...)
	}
}

// escapeLineStarts escapes the lines of a paragraph that a parser would read as
// blocks: "1. x" becomes "1\. x". This package's own markup never begins like a
// block, since a block's marker needs a blank after it.
func escapeLineStarts(b []byte, from int) []byte {
	for start := from; start < len(b); {
		end := start
		for end < len(b) && b[end] != '\n' {
			end++
		}
		if at := blockStart(b[start:end]); at >= 0 {
			b = append(b, 0)
			copy(b[start+at+1:], b[start+at:])
			b[start+at] = '\\'
			end++
		}
		start = end + 1
	}
	return b
}

// blockStart returns the offset at which a backslash keeps a line from
// beginning a block, or -1 if it needs none.
func blockStart(line []byte) int {
	if len(line) == 0 {
		return -1
	}
	starts := false
	switch c := line[0]; c {
	case '#':
		n := count(line, '#')
		starts = n <= 6 && blankAt(line, n)
	case '>':
		starts = true
	case '-':
		starts = blankAt(line, 1) || onlyOf(line, "- \t|:")
	case '+', '*':
		starts = blankAt(line, 1)
	case '=':
		starts = onlyOf(line, "= \t")
	case '_':
		starts = onlyOf(line, "_ \t")
	case '|', ':':
		starts = onlyOf(line, "- \t|:")
	case '~':
		starts = count(line, '~') >= 3
	default:
		return numberedStart(line)
	}
	if starts {
		return 0
	}
	return -1
}

// numberedStart returns the offset of the mark after an ordered list's number,
// or -1.
func numberedStart(line []byte) int {
	n := 0
	for n < len(line) && line[n] >= '0' && line[n] <= '9' {
		n++
	}
	if n > 0 && n <= 9 && n < len(line) && (line[n] == '.' || line[n] == ')') && blankAt(line, n+1) {
		return n
	}
	return -1
}

// blankAt reports whether line has a blank at i, or ends there.
func blankAt(line []byte, i int) bool { return i >= len(line) || isBlank(line[i]) }

// count returns how often c occurs at the start of line.
func count(line []byte, c byte) int {
	n := 0
	for n < len(line) && line[n] == c {
		n++
	}
	return n
}

// onlyOf reports whether line consists of bytes in set.
func onlyOf(line []byte, set string) bool {
	for _, c := range line {
		if strings.IndexByte(set, c) < 0 {
			return false
		}
	}
	return true
}
