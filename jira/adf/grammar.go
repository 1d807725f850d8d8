package adf

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yuin/goldmark/util"
)

// The forms that Markdown lacks are of two kinds, and each kind has one
// grammar.
//
// Atoms that have a label are links with a scheme of their own:
//
//	[@Ana Silva](accountid:5b10…)   mention
//	[In progress](status:blue)      status
//	[🎉](emoji:tada)                emoji
//	[what to fill in](placeholder:) placeholder
//	[plan.pdf](attachment:plan.pdf#ID), ![…](attachment:…) media
//	[label](adf:inlineExtension-2)  an opaque inline node
//
// All else is a tag: <name>, </name>, <name:value> or <name/>, the name one of
// [tags]. What stands behind white space in a tag (an attribute) is ignored.
// In a value, entities are read.
const (
	schemeMention     = "accountid:"
	schemeStatus      = "status:"
	schemeEmoji       = "emoji:"
	schemePlaceholder = "placeholder:"
	schemeAttachment  = "attachment:"
	schemeOpaque      = "adf:"
)

var schemes = []string{schemeMention, schemeStatus, schemeEmoji, schemePlaceholder, schemeAttachment, schemeOpaque}

func ownScheme(href string) bool {
	for _, s := range schemes {
		if strings.HasPrefix(href, s) {
			return true
		}
	}
	return false
}

// tagKind says how a tag is used.
type tagKind uint8

const (
	tagPair  tagKind = iota + 1 // <u>text</u>
	tagVoid                     // <br>
	tagBlock                    // at the start of a block or a cell
)

// tags is the closed set of tags that ToMarkdown writes and FromMarkdown
// reads. Every other tag is text.
var tags = map[string]tagKind{
	"u": tagPair, "sub": tagPair, "sup": tagPair, "color": tagPair, "bg": tagPair, // marks
	"bold": tagPair, "italic": tagPair, "strike": tagPair, // where ** and its like would not be read as such
	"tt": tagPair, "codeblock": tagPair, // code that backticks cannot hold
	"figcaption": tagPair, "mediagroup": tagPair,
	"br": tagVoid, "date": tagVoid, "card": tagVoid, "embed": tagVoid, "link": tagVoid,
	"align": tagBlock, "indent": tagBlock, "size": tagBlock, "th": tagBlock, "td": tagBlock, "cut": tagBlock,
	// <details> and <summary> are blocks of their own: see detailsParser.
}

// tag is one tag as written.
type tag struct {
	name, value string
	hasValue    bool
	closing     bool
	selfClosed  bool
}

// scanTag reads the tag at the start of s; n is its length, 0 where there is
// none of ours.
func scanTag(s []byte) (t tag, n int) {
	i := 1
	if i < len(s) && s[i] == '/' {
		t.closing = true
		i++
	}
	size := 0
	t.name, size = scanName(s[i:])
	i += size
	if size == 0 || i >= len(s) {
		return t, 0
	}
	if s[i] == ':' && !t.closing {
		i += t.scanValue(s[i:])
	}
	spaced := bytes.IndexAny(s[:i], " \t") > 0
	for ; i < len(s) && s[i] != '>'; i++ {
		switch c := s[i]; {
		case c == '<', c == '\n', c > ' ' && c != '/' && !spaced:
			return t, 0
		case c == ' ', c == '\t':
			spaced = true // an attribute may follow
		}
		t.selfClosed = s[i] == '/'
	}
	if i >= len(s) || t.closing && t.selfClosed {
		return t, 0
	}
	return t, i + 1
}

// scanName reads one of our names at the start of s, in any case.
func scanName(s []byte) (name string, n int) {
	var lower [len("figcaption")]byte
	for n < len(s) && isLetter(s[n]) {
		if n == len(lower) {
			return "", 0
		}
		lower[n] = s[n] | 0x20
		n++
	}
	if tags[string(lower[:n])] == 0 {
		return "", 0
	}
	return string(lower[:n]), n
}

// scanValue reads a colon and the value behind it.
func (t *tag) scanValue(s []byte) int {
	end := 1
	for end < len(s) && (s[end] > ' ' || s[end] == 0) && s[end] != '<' && s[end] != '>' {
		end++
	}
	value := s[1:end]
	if end < len(s) && s[end] == '>' && !t.holdsURL() && tags[t.name] != tagPair && bytes.HasSuffix(value, []byte("/")) {
		value = value[:len(value)-1]
		t.selfClosed = true
	}
	t.value, t.hasValue = unescapeEntities(value), true
	return end
}

// holdsURL reports a tag whose value may end on a slash of its own.
func (t *tag) holdsURL() bool { return t.name == "card" || t.name == "embed" || t.name == "link" }

// tagOf writes a tag with a value.
func tagOf(name, value string) string { return "<" + name + ":" + escapeValue(value) + ">" }

// escapeValue writes a tag's value so that it holds no space, angle bracket,
// line break or table bar.
func escapeValue(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' && r != 0 || r == '<' || r == '>' || r == '&' || r == '|' || r == '\\' || r == '`'
	}) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if r <= ' ' && r != 0 || r == '<' || r == '>' || r == '|' || r == '\\' || r == '`' || r == '&' && entityAt(s[i:]) {
			b.WriteString(numeric(r))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// numeric writes a character as a numeric entity. NUL has none: the standard
// reads &#0; as U+FFFD.
func numeric(r rune) string { return "&#" + strconv.Itoa(int(r)) + ";" }

// entityAt reports whether s starts with something that Markdown could read
// as an entity.
func entityAt(s string) bool {
	for i := 1; i < len(s) && i < 40; i++ {
		c := s[i]
		switch {
		case c == ';':
			return i > 1
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '#' && i == 1:
		default:
			return false
		}
	}
	return false
}

// readEntity reads the entity at the start of s, as CommonMark has them.
func readEntity(s []byte) (text string, n int) {
	end := bytes.IndexByte(s[:min(len(s), 40)], ';')
	if end < 2 {
		return "", 0
	}
	body := s[1:end]
	if body[0] == '#' {
		digits, base, most := body[1:], 10, 7
		if len(digits) > 0 && digits[0]|0x20 == 'x' {
			digits, base, most = digits[1:], 16, 6
		}
		if len(digits) == 0 || len(digits) > most {
			return "", 0
		}
		v, err := strconv.ParseUint(string(digits), base, 32)
		if err != nil {
			return "", 0
		}
		r := rune(v)
		if v == 0 || v > utf8.MaxRune || !utf8.ValidRune(r) {
			r = utf8.RuneError
		}
		return string(r), end + 1
	}
	if e, ok := util.LookUpHTML5EntityByName(string(body)); ok {
		return string(e.Characters), end + 1
	}
	return "", 0
}

// unescapeEntities reads entities, and nothing else.
func unescapeEntities(s []byte) string {
	if bytes.IndexByte(s, '&') < 0 {
		return string(s)
	}
	return decodeText(s, false)
}

// unescapeText reads backslash escapes and entities.
func unescapeText(s []byte) string {
	if bytes.IndexByte(s, '&') < 0 && bytes.IndexByte(s, '\\') < 0 {
		return string(s)
	}
	return decodeText(s, true)
}

func decodeText(s []byte, backslashes bool) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		switch {
		case s[i] == '&':
			if text, n := readEntity(s[i:]); n > 0 {
				b.WriteString(text)
				i += n
				continue
			}
		case s[i] == '\\' && backslashes && i+1 < len(s) && util.IsPunct(s[i+1]):
			i++
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// dateValue shows a date's timestamp (milliseconds since 1970, as text): the
// day where it is midnight UTC, else as it is.
func dateValue(timestamp string) string {
	ms, err := strconv.ParseInt(timestamp, 10, 64)
	if err == nil && strconv.FormatInt(ms, 10) == timestamp {
		if at := time.UnixMilli(ms).UTC(); at.Year() >= 1 && at.Year() <= 9999 && at.UnixMilli()%86_400_000 == 0 {
			return at.Format(time.DateOnly)
		}
	}
	return timestamp
}

func timestampOf(value string) string {
	if at, err := time.Parse(time.DateOnly, value); err == nil {
		return strconv.FormatInt(at.UnixMilli(), 10)
	}
	return value
}
