package adf

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// special are the bytes that escaping looks at.
var special = func() (t [256]bool) {
	for _, c := range "\\`*_[]<~&!@\n\t\r\v\f " {
		t[c] = true
	}
	return t
}()

// writeText writes text so that Markdown reads it back as it is. It escapes
// as little as possible: a model reads the text, and pays for it. What stands
// before and behind this text is not known to it, so at its ends it is
// careful. tight is set in the text of a link, where brackets count.
func (w *inlineWriter) writeText(s string, tight bool) {
	hide := w.r.hidden
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !special[c] {
			if c >= utf8.RuneSelf && hide != nil {
				r, size := utf8.DecodeRuneInString(s[i:])
				if hide(r) {
					w.b = append(w.b, s[start:i]...)
					start = i + size
				}
				i += size - 1
			}
			continue
		}
		if c == ' ' && (i > start || !w.atLineStart()) {
			continue // white space is lost at the ends of lines only
		}
		w.b = append(w.b, s[start:i]...)
		start = i + 1
		w.writeSpecial(s, i, tight)
	}
	w.b = append(w.b, s[start:]...)
}

func (w *inlineWriter) writeSpecial(s string, i int, tight bool) {
	c := s[i]
	last := i+1 == len(s)
	var prev, next byte
	if i > 0 {
		prev = s[i-1]
	}
	if !last {
		next = s[i+1]
	}
	escape := false
	switch c {
	case ' ', '\t':
		if w.atLineStart() {
			w.b = append(w.b, numeric(rune(c))...)
			return
		}
	case '\r', '\v', '\f':
		w.b = append(w.b, numeric(rune(c))...)
		return
	case '\n':
		if w.oneLine || w.inCell || last || i == 0 || isBlank(next) || w.atLineStart() || w.endsBlank() {
			w.b = append(w.b, "&#10;"...)
			return
		}
	case '\\':
		escape = last || next < utf8.RuneSelf && !isLetter(next) && (next < '0' || next > '9')
	case '`':
		escape = true
	case '*':
		escape = i < 2 || i+2 >= len(s) || prev != ' ' || next != ' ' || isBlank(s[i-2]) || isBlank(s[i+2])
	case '_':
		escape = i == 0 || last || !isWord(lastRune(s[:i])) || !isWord(firstRune(s[i+1:]))
	case '[':
		escape = tight || !harmlessBracket(s[i:])
	case ']':
		escape = tight || next == '('
	case '<':
		escape = last || isLetter(next) || next == '/' || next == '!' || next == '?'
	case '~':
		escape = last || i == 0 || next == '~' || prev == '~'
	case '&':
		escape = last || entityAt(s[i:]) || len(s)-i < 40 && !strings.ContainsAny(s[i:], " ;")
	case '!':
		escape = next == '['
	case '@':
		// GFM's addresses may hold the delimiters before them.
		for i := len(w.b) - 1; i >= w.from && !isBlank(w.b[i]); i-- {
			if w.b[i] == '*' || w.b[i] == '~' || w.b[i] == '`' {
				escape = true
			}
		}
	}
	if escape {
		w.b = append(w.b, '\\')
	}
	w.b = append(w.b, c)
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func lastRune(s string) rune { r, _ := utf8.DecodeLastRuneInString(s); return r }

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }

// harmlessBracket reports a pair of brackets in plain text that cannot be
// taken for a link, a definition, a check box, an alert or a mention.
func harmlessBracket(s string) bool {
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

// atLineStart reports whether nothing was written on this line yet.
func (w *inlineWriter) atLineStart() bool {
	return len(w.b) == w.from || w.b[len(w.b)-1] == '\n'
}

// endsBlank reports whether what was written ends on a raw blank.
func (w *inlineWriter) endsBlank() bool {
	return len(w.b) > w.from && isBlank(w.b[len(w.b)-1])
}

// endBlock makes white space at the end of a block survive.
func (w *inlineWriter) endBlock() {
	for i := len(w.b) - 1; i >= w.from; i-- {
		switch w.b[i] {
		case '\n':
			w.b = append(w.b[:i], "&#10;"...)
			return
		case ' ', '\t':
			c := w.b[i]
			w.b = append(w.b[:i], numeric(rune(c))...)
			return
		}
		return
	}
}

// escapeLineStarts keeps the lines of a paragraph from turning into blocks.
// Own markup never starts as these do, since a blank has to follow.
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

// blockStart returns where a backslash keeps a line from starting a block,
// -1 where none is needed.
func blockStart(line []byte) int {
	if len(line) == 0 {
		return -1
	}
	blankAt := func(i int) bool { return i >= len(line) || isBlank(line[i]) }
	switch c := line[0]; c {
	case '#':
		n := count(line, '#')
		if n <= 6 && blankAt(n) {
			return 0
		}
	case '>':
		return 0
	case '-', '+', '*':
		if blankAt(1) {
			return 0
		}
		if c == '-' && onlyOf(line, "- \t|:") {
			return 0
		}
	case '=':
		if onlyOf(line, "= \t") {
			return 0
		}
	case '_':
		if onlyOf(line, "_ \t") {
			return 0
		}
	case '|', ':':
		if onlyOf(line, "- \t|:") {
			return 0
		}
	case '~':
		if count(line, '~') >= 3 {
			return 0
		}
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		n := 0
		for n < len(line) && line[n] >= '0' && line[n] <= '9' {
			n++
		}
		if n <= 9 && n < len(line) && (line[n] == '.' || line[n] == ')') && blankAt(n+1) {
			return n
		}
	}
	return -1
}

func count(line []byte, c byte) int {
	n := 0
	for n < len(line) && line[n] == c {
		n++
	}
	return n
}

func onlyOf(line []byte, set string) bool {
	for _, c := range line {
		if strings.IndexByte(set, c) < 0 {
			return false
		}
	}
	return true
}
