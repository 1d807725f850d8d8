package jql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error reports why a query does not parse.
type Error struct {
	At       int    // byte offset of the error
	Got      string // the text there; "" at the end of the query
	Expected string // what the grammar expects there

	// needsQuotes reports a reserved word in place of a value.
	needsQuotes bool
}

// Error implements error. It counts characters from 1.
func (e *Error) Error() string {
	got := "the query ends"
	if e.Got != "" {
		got = fmt.Sprintf("found %q", e.Got)
	}
	return fmt.Sprintf("JQL, character %d: %s where %s was expected", e.At+1, got, e.Expected)
}

// tokenKind is the kind of a token.
type tokenKind int

// The kinds of tokens.
const (
	tEOF    tokenKind = iota
	tWord             // unquoted text
	tQuoted           // text in single or double quotes
	tNumber           // digits, optionally with a minus sign
	tSymbol           // ( ) , [ ] and the operators
	tKeyword
	tReserved // a word that the grammar reserves
)

// token is one lexical element. Its text is the symbol, the keyword in lower
// case, or the text without quotes and escapes. at and end are byte offsets.
type token struct {
	kind tokenKind
	text string
	at   int
	end  int
}

// keywords maps each keyword to its canonical form. The word cf is a keyword
// because it can only start cf[12345].
var keywords = map[string]string{
	"in": "in", "is": "is", "and": "and", "or": "or", "not": "not", "empty": "empty", "null": "empty",
	"was": "was", "changed": "changed", "before": "before", "after": "after", "from": "from", "to": "to",
	"on": "on", "during": "during", "order": "order", "by": "by", "asc": "asc", "desc": "desc", "cf": "cf",
}

// reservedWords holds the words that need quotes (@atlaskit/jql-parser, rule
// RESERVED_WORD).
var reservedWords = func() map[string]bool {
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

// isBare reports whether unquoted text may contain a character without escaping
// it. The ranges are those of the grammar. They exclude blanks, quotes,
// operators and brackets, but also # $ % * + / ; ? @ ^ { }.
func isBare(r rune) bool {
	switch {
	case r <= ',', r == '/', r >= ';' && r <= '@', r >= '[' && r <= '^', r >= '{' && r <= 0x9f, isNonCharacter(r):
		return false
	}
	return true
}

// isQuotable reports whether quoted text may contain a character without
// escaping it. Line breaks are allowed, other control characters are not.
func isQuotable(r rune) bool {
	switch {
	case r == '\n', r == '\r':
		return true
	case r < ' ', r >= 0x7f && r <= 0x9f, isNonCharacter(r):
		return false
	}
	return true
}

// isNonCharacter reports whether r is a Unicode noncharacter that the grammar
// excludes.
func isNonCharacter(r rune) bool { return r >= 0xfdd0 && r <= 0xfdef || r == 0xfffe || r == 0xffff }

// scan splits a query into tokens. The last one is always tEOF. The error is an
// [*Error].
func scan(src string) ([]token, error) {
	var out []token
	for at := 0; ; {
		for at < len(src) && strings.IndexByte(" \t\r\n", src[at]) >= 0 {
			at++
		}
		if at == len(src) {
			return append(out, token{tEOF, "", at, at}), nil
		}
		t, err := scanToken(src, at)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		at = t.end
	}
}

// scanToken returns the token that starts at a byte offset. Symbols come first,
// longest first, so that != is not read as ! and =. The grammar has && and & as
// spellings of AND, || and | of OR.
func scanToken(src string, at int) (token, error) {
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
		return scanQuoted(src, at)
	}
	return scanWord(src, at)
}

// scanWord reads unquoted text and classifies it as keyword, reserved word,
// number or plain word. A word with an escape is always a plain word: \u0061nd
// reads as the text "and", not as the operator.
func scanWord(src string, at int) (token, error) {
	var b strings.Builder
	end, escaped := at, false
	for end < len(src) {
		r, n := utf8.DecodeRuneInString(src[end:])
		if r == '\\' {
			e, n, ok := scanEscape(src[end:])
			if !ok {
				break
			}
			b.WriteRune(e)
			end, escaped = end+n, true
			continue
		}
		if !isBare(r) || r == utf8.RuneError && n == 1 {
			break
		}
		b.WriteString(src[end : end+n])
		end += n
	}
	// Nothing was read: the character at this position starts no token.
	if end == at {
		r, n := utf8.DecodeRuneInString(src[at:])
		expected := "a field, a value, an operator or a parenthesis"
		if r == '\\' {
			expected = `an escape (\\ \" \' \n \r \t \uXXXX or a backslash and a space)`
		} else if strings.ContainsRune(`#$%*+./;?@^{}`, r) {
			expected = "quoted text (this character needs quotes)"
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
	} else if reservedWords[lower] {
		t.kind = tReserved
	} else if isDigits(strings.TrimPrefix(t.text, "-")) {
		t.kind = tNumber
	}
	return t, nil
}

// asciiLower converts ASCII letters to lower case and leaves all others alone,
// as the grammar does: 'liKe' with a Kelvin sign is a plain word.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// isDigits reports whether s is one or more ASCII digits.
func isDigits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// scanQuoted reads text in quotes. Both kinds of quotes are equal; the closing
// one is the same as the opening one.
func scanQuoted(src string, at int) (token, error) {
	var b strings.Builder
	quote := rune(src[at])
	for end := at + 1; end < len(src); {
		r, n := utf8.DecodeRuneInString(src[end:])
		switch {
		case r == quote:
			return token{tQuoted, b.String(), at, end + 1}, nil
		case r == '\\':
			e, n, ok := scanEscape(src[end:])
			if !ok {
				return token{}, &Error{At: end, Got: src[end:min(end+2, len(src))], Expected: `an escape (\\ \" \' \n \r \t \uXXXX)`}
			}
			b.WriteRune(e)
			end += n
		case !isQuotable(r) || r == utf8.RuneError && n == 1:
			return token{}, &Error{At: end, Got: src[end : end+n], Expected: "a printable character or an escape"}
		default:
			b.WriteString(src[end : end+n])
			end += n
		}
	}
	return token{}, &Error{At: len(src), Expected: fmt.Sprintf("the closing %c of the text that starts at character %d", quote, at+1)}
}

// scanEscape reads the escape sequence at the start of s. It returns its rune
// and its length in bytes, and false if the sequence is invalid.
func scanEscape(s string) (rune, int, bool) {
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
		if r, ok := parseHex4(s[2:]); ok {
			// Two escapes of surrogates make one character beyond U+FFFF, as in
			// \ud83d\ude00 for U+1F600.
			if r >= 0xd800 && r < 0xdc00 && strings.HasPrefix(s[6:], `\u`) {
				if low, ok := parseHex4(s[8:]); ok && low >= 0xdc00 && low < 0xe000 {
					return (r-0xd800)<<10 + (low - 0xdc00) + 0x10000, 12, true
				}
			}
			return r, 6, true
		}
	}
	return 0, 0, false
}

// parseHex4 parses the first four bytes of s as a hexadecimal number, in either
// case.
func parseHex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range s[:4] {
		i := strings.IndexRune("0123456789abcdef", c|0x20) // c|0x20 is the lower-case letter
		if c >= '0' && c <= '9' {
			i = int(c - '0')
		} else if i < 10 {
			return 0, false
		}
		r = r<<4 | rune(i)
	}
	return r, true
}
