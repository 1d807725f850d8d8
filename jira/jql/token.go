package jql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is a query that does not parse.
type Error struct {
	At       int    // offset in bytes where it went wrong
	Got      string // what stood there, "" at the end
	Expected string // what could have stood there
}

// Error implements error.
func (e *Error) Error() string {
	got := "the query ends"
	if e.Got != "" {
		got = fmt.Sprintf("%q stands", e.Got)
	}
	return fmt.Sprintf("JQL, character %d: %s where %s was expected", e.At+1, got, e.Expected)
}

type kind int

const (
	tEOF    kind = iota
	tWord        // unquoted text
	tQuoted      // text in either quotes
	tNumber      // digits, perhaps with a minus
	tSymbol      // ( ) , [ ] and the operators
	tKeyword
	tReserved // a word the grammar keeps for itself
)

// token is one lexical element. text is the symbol, the keyword in lower
// case, or the text unquoted and unescaped.
type token struct {
	kind kind
	text string
	at   int
	end  int
}

// keywords, with the canonical form of each. cf is one since it only ever
// starts cf[12345].
var keywords = map[string]string{
	"in": "in", "is": "is", "and": "and", "or": "or", "not": "not", "empty": "empty", "null": "empty",
	"was": "was", "changed": "changed", "before": "before", "after": "after", "from": "from", "to": "to",
	"on": "on", "during": "during", "order": "order", "by": "by", "asc": "asc", "desc": "desc", "cf": "cf",
}

// reserved words may be used only in quotes (@atlaskit/jql-parser, rule
// RESERVED_WORD).
var reserved = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`abort access add alias alter any as audit avg begin between boolean break byte
		catch char character check checkpoint collate collation column commit connect continue count create current
		date decimal declare decrement default defaults define delete delimiter difference distinct divide do double
		drop else encoding end equals escape exclusive exec execute exists explain false fetch field file first float
		for function go goto grant greater group having identified if immediate increment index initial inner inout
		input insert int integer intersect intersection into isempty isnull join last left less like limit lock long
		max min minus mode modify modulo more multiply next noaudit notin nowait number object of option outer output
		power previous prior privileges public raise raw remainder rename resource return returns revoke right row
		rowid rownum rows select session set share size sqrt start strict string subtract sum synonym table then trans
		transaction trigger true uid union unique update user validate values view when whenever where while with`) {
		m[w] = true
	}
	return m
}()

// bare reports whether a character may stand in unquoted text.
func bare(r rune) bool {
	switch {
	case r <= ',', r == '/', r >= ';' && r <= '@', r >= '[' && r <= '^', r >= '{' && r <= 0x9f, nonCharacter(r):
		return false
	}
	return true
}

// quotable reports whether a character may stand unescaped in quoted text.
func quotable(r rune) bool {
	switch {
	case r == '\n', r == '\r':
		return true
	case r < ' ', r >= 0x7f && r <= 0x9f, nonCharacter(r):
		return false
	}
	return true
}

func nonCharacter(r rune) bool { return r >= 0xfdd0 && r <= 0xfdef || r == 0xfffe || r == 0xffff }

func scan(src string) ([]token, error) {
	var out []token
	for at := 0; ; {
		for at < len(src) && strings.IndexByte(" \t\r\n", src[at]) >= 0 {
			at++
		}
		if at == len(src) {
			return append(out, token{tEOF, "", at, at}), nil
		}
		t, err := next(src, at)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		at = t.end
	}
}

func next(src string, at int) (token, error) {
	for _, s := range []string{"!=", "!~", "<=", ">=", "&&", "||", "(", ")", ",", "[", "]", "!", "<", ">", "=", "~", "&", "|"} {
		if strings.HasPrefix(src[at:], s) {
			t := token{tSymbol, s, at, at + len(s)}
			switch s {
			case "&&", "&":
				t.kind, t.text = tKeyword, "and"
			case "||", "|":
				t.kind, t.text = tKeyword, "or"
			}
			return t, nil
		}
	}
	if c := src[at]; c == '"' || c == '\'' {
		return quoted(src, at)
	}
	return word(src, at)
}

func word(src string, at int) (token, error) {
	var b strings.Builder
	end, escaped := at, false
	for end < len(src) {
		r, n := utf8.DecodeRuneInString(src[end:])
		if r == '\\' {
			e, n, ok := escape(src[end:])
			if !ok {
				break
			}
			b.WriteRune(e)
			end, escaped = end+n, true
			continue
		}
		if !bare(r) || r == utf8.RuneError && n == 1 {
			break
		}
		b.WriteString(src[end : end+n])
		end += n
	}
	if end == at {
		r, n := utf8.DecodeRuneInString(src[at:])
		expected := "a field, a value, an operator or a parenthesis"
		if r == '\\' {
			expected = `an escape (\\ \" \' \n \r \t \uXXXX or a backslash and a space)`
		} else if strings.ContainsRune(`#$%*+./;?@^{}`, r) {
			expected = "text in quotes, since this character needs them,"
		}
		return token{}, &Error{At: at, Got: src[at : at+n], Expected: expected}
	}
	t := token{tWord, b.String(), at, end}
	if escaped {
		return t, nil
	}
	lower := asciiLower(t.text)
	if k, ok := keywords[lower]; ok {
		t.kind, t.text = tKeyword, k
	} else if reserved[lower] {
		t.kind = tReserved
	} else if digits(strings.TrimPrefix(t.text, "-")) {
		t.kind = tNumber
	}
	return t, nil
}

// asciiLower folds ASCII only, as the grammar does: 'liKe' with a Kelvin sign
// is a plain word.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

func digits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

func quoted(src string, at int) (token, error) {
	var b strings.Builder
	quote := rune(src[at])
	for end := at + 1; end < len(src); {
		r, n := utf8.DecodeRuneInString(src[end:])
		switch {
		case r == quote:
			return token{tQuoted, b.String(), at, end + 1}, nil
		case r == '\\':
			e, n, ok := escape(src[end:])
			if !ok {
				return token{}, &Error{At: end, Got: src[end:min(end+2, len(src))], Expected: `an escape (\\ \" \' \n \r \t \uXXXX)`}
			}
			b.WriteRune(e)
			end += n
		case !quotable(r) || r == utf8.RuneError && n == 1:
			return token{}, &Error{At: end, Got: src[end : end+n], Expected: "a printable character or an escape"}
		default:
			b.WriteString(src[end : end+n])
			end += n
		}
	}
	return token{}, &Error{At: len(src), Expected: fmt.Sprintf("the closing %c of the text that starts at character %d", quote, at+1)}
}

// escape reads one escape sequence and returns its rune and length.
func escape(s string) (rune, int, bool) {
	if len(s) < 2 {
		return 0, 0, false
	}
	switch c := s[1]; c {
	case 'n':
		return '\n', 2, true
	case 'r':
		return '\r', 2, true
	case 't':
		return '\t', 2, true
	case '"', '\'', '\\', ' ':
		return rune(c), 2, true
	case 'u':
		if r, ok := hex4(s[2:]); ok {
			// A pair of escapes can make one character beyond U+FFFF.
			if r >= 0xd800 && r < 0xdc00 && strings.HasPrefix(s[6:], `\u`) {
				if low, ok := hex4(s[8:]); ok && low >= 0xdc00 && low < 0xe000 {
					return (r-0xd800)<<10 + (low - 0xdc00) + 0x10000, 12, true
				}
			}
			return r, 6, true
		}
	}
	return 0, 0, false
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range s[:4] {
		i := strings.IndexRune("0123456789abcdef", c|0x20)
		if c >= '0' && c <= '9' {
			i = int(c - '0')
		} else if i < 10 {
			return 0, false
		}
		r = r<<4 | rune(i)
	}
	return r, true
}
