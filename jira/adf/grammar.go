package adf

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/yuin/goldmark/util"
)

// Markdown has no form for many nodes. This package adds two kinds of forms,
// each with one grammar.
//
// Atoms with a label are links with a scheme of their own:
//
//	[@Ana Silva](accountid:5b10…)   mention
//	[In progress](status:blue)      status
//	[🎉](emoji:tada)                emoji
//	[what to fill in](placeholder:) placeholder
//	[plan.pdf](attachment:plan.pdf#ID), ![…](attachment:…) media
//	[label](adf:inlineExtension-2)  an opaque inline node
//
// All others are tags: <name>, </name>, <name:value> or <name/>, with one of
// the names in [tags]. Text after white space in a tag (an attribute) is
// ignored. In a value, entities are decoded.
const (
	schemeMention     = "accountid:"
	schemeStatus      = "status:"
	schemeEmoji       = "emoji:"
	schemePlaceholder = "placeholder:"
	schemeAttachment  = "attachment:"
	schemeOpaque      = "adf:"
)

// atomSchemes holds the schemes of atoms.
var atomSchemes = []string{schemeMention, schemeStatus, schemeEmoji, schemePlaceholder, schemeAttachment, schemeOpaque}

// hasAtomScheme reports whether a link has the scheme of an atom.
func hasAtomScheme(href string) bool {
	for _, s := range atomSchemes {
		if strings.HasPrefix(href, s) {
			return true
		}
	}
	return false
}

// tagKind is the way in which a tag is used.
type tagKind uint8

const (
	tagPair  tagKind = iota + 1 // <u>text</u>.
	tagVoid                     // <br>.
	tagBlock                    // At the start of a block or a cell.
)

// tags is the complete set of tags that ToMarkdown writes and FromMarkdown
// reads, with those that htmlTags leads to. Every other tag is text.
var tags = map[string]tagKind{
	"u": tagPair, "sub": tagPair, "sup": tagPair, "color": tagPair, "bg": tagPair, // Marks.
	"bold": tagPair, "italic": tagPair, "strike": tagPair, // Instead of ** and the like, if a parser would misread these.
	"tt": tagPair, "codeblock": tagPair, // Code that backticks cannot hold.
	"figcaption": tagPair, "mediagroup": tagPair,
	"a": tagPair, "img": tagVoid, // With attributes.
	"br": tagVoid, "date": tagVoid, "card": tagVoid, "embed": tagVoid, "link": tagVoid,
	"align": tagBlock, "indent": tagBlock, "size": tagBlock, "th": tagBlock, "td": tagBlock, "cut": tagBlock,
	// <details> and <summary> are blocks of their own: see detailsParser.
}

// htmlTags are tags of HTML that people write in GitHub's Markdown, with the tag
// that stands for each. FromMarkdown reads them and ToMarkdown never writes them.
var htmlTags = map[string]string{"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "s": "strike", "del": "strike",
	"kbd": "tt", "code": "tt", "a": "a", "img": "img"}

// tag is one tag as written.
type tag struct {
	name, value string
	written     string // the name as it was written, in lower case
	hasValue    bool
	closing     bool
	selfClosed  bool
}

// scanTag reads the tag at the start of s, and returns its length n, or 0 if s
// does not begin with one of our tags.
func scanTag(s []byte) (t tag, n int) {
	i := 1
	if i < len(s) && s[i] == '/' {
		t.closing = true
		i++
	}
	size := 0
	t.name, t.written, size = scanName(s[i:])
	i += size
	if size == 0 || i >= len(s) {
		return t, 0
	}
	if s[i] == ':' && !t.closing && t.written == t.name {
		i += t.scanValue(s[i:])
	}
	spaced := bytes.IndexAny(s[:i], " \t") > 0
	for ; i < len(s) && s[i] != '>'; i++ {
		switch c := s[i]; {
		case c == '<', c == '\n', c > ' ' && c != '/' && !spaced:
			return t, 0
		case c == ' ', c == '\t':
			spaced = true // An attribute may follow.
		}
		t.selfClosed = s[i] == '/'
	}
	if i >= len(s) || t.closing && t.selfClosed {
		return t, 0
	}
	return t, i + 1
}

// scanName reads one of our names at the start of s, without regard to case, or
// one of HTML for it.
func scanName(s []byte) (name, written string, n int) {
	var lower [len("figcaption")]byte
	for n < len(s) && isLetter(s[n]) {
		if n == len(lower) {
			return "", "", 0
		}
		lower[n] = s[n] | 0x20
		n++
	}
	written = string(lower[:n])
	if html := htmlTags[written]; html != "" {
		return html, written, n
	}
	if tags[written] == 0 {
		return "", "", 0
	}
	return written, written, n
}

// attribute returns the value of an attribute of a tag as written; "" if it has
// none.
func attribute(source []byte, name string) string {
	for _, m := range htmlAttribute().FindAllSubmatch(source, maxAttributes) {
		if strings.EqualFold(string(m[1]), name) {
			return unescapeEntities(slices.Concat(m[2], m[3]))
		}
	}
	return ""
}

// maxAttributes is the greatest number of attributes of a tag that are read.
const maxAttributes = 20

// htmlAttribute matches an attribute with a value in quotes.
var htmlAttribute = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\s([A-Za-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')`)
})

// scanValue reads a colon and the value after it, and returns their size. A
// slash at the end closes the tag, unless it can belong to an address.
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

// holdsURL reports whether the tag's value is an address, which may end with a
// slash of its own.
func (t *tag) holdsURL() bool { return t.name == "card" || t.name == "embed" || t.name == "link" }

// formatTag returns a tag with a value.
func formatTag(name, value string) string { return "<" + name + ":" + escapeValue(value) + ">" }

// escapeValue returns a tag's value without spaces, angle brackets, line ends
// and table bars: it writes these as entities.
func escapeValue(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' && r != 0 || r == '<' || r == '>' || r == '&' || r == '|' || r == '\\' || r == '`'
	}) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if r <= ' ' && r != 0 || r == '<' || r == '>' || r == '|' || r == '\\' || r == '`' || r == '&' && beginsEntity(s[i:]) {
			b.WriteString(numericEntity(r))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// numericEntity returns a character as a numeric entity. NUL has none:
// CommonMark reads &#0; as U+FFFD.
func numericEntity(r rune) string { return "&#" + strconv.Itoa(int(r)) + ";" }

// beginsEntity reports whether s begins with text that a parser could read as an
// entity.
func beginsEntity(s string) bool {
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

// readEntity decodes the entity at the start of s by CommonMark's rules, and
// returns its length n, or 0 if there is none.
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

// unescapeEntities decodes entities only.
func unescapeEntities(s []byte) string {
	if bytes.IndexByte(s, '&') < 0 {
		return string(s)
	}
	return decodeText(s, false)
}

// unescapeText decodes backslash escapes and entities.
func unescapeText(s []byte) string {
	if bytes.IndexByte(s, '&') < 0 && bytes.IndexByte(s, '\\') < 0 {
		return string(s)
	}
	return decodeText(s, true)
}

// decodeText decodes entities and, if backslashes is true, backslash escapes.
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

// formatDate returns a date's timestamp (milliseconds since 1970, as text) as a
// day, such as 2025-11-25, if it is midnight UTC, and otherwise unchanged.
func formatDate(timestamp string) string {
	ms, err := strconv.ParseInt(timestamp, 10, 64)
	if err == nil && strconv.FormatInt(ms, 10) == timestamp {
		if at := time.UnixMilli(ms).UTC(); at.Year() >= 1 && at.Year() <= 9999 && at.UnixMilli()%86_400_000 == 0 {
			return at.Format(time.DateOnly)
		}
	}
	return timestamp
}

// parseDate reverses formatDate.
func parseDate(value string) string {
	if at, err := time.Parse(time.DateOnly, value); err == nil {
		return strconv.FormatInt(at.UnixMilli(), 10)
	}
	return value
}
