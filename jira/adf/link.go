package adf

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// bracket starts a link or an atom. An exclamation mark before it would make
// it a picture.
func (w *inlineWriter) bracket() {
	w.endURL()
	if n := len(w.b); n > w.from && w.b[n-1] == '!' {
		slashes := n - 1
		for slashes > w.from && w.b[slashes-1] == '\\' {
			slashes--
		}
		if (n-1-slashes)%2 == 0 {
			w.b = append(w.b[:n-1], "&#33;"...)
		}
	}
	w.b = append(w.b, '[')
}

// endURL keeps an address in plain text from taking in the markup behind it:
// GFM's autolinks go on over brackets, backticks and tildes. An address that
// would is written so that it is not taken for one.
func (w *inlineWriter) endURL() {
	if w.inLink() {
		return
	}
	// What an earlier call has looked at is left alone, but for a start of an
	// address at its end.
	low := max(w.plain, min(w.looked, len(w.b))-len("www."))
	start := len(w.b)
	for start > low && !isBlank(w.b[start-1]) {
		start--
	}
	for at := start; at < len(w.b); at++ {
		colon, dot := bytes.HasPrefix(w.b[at:], []byte("://")), bytes.HasPrefix(w.b[at:], []byte("www."))
		if !colon && !dot {
			continue
		}
		head := at
		for head > w.plain && isLetter(w.b[head-1]) {
			head--
		}
		if head > w.plain && !isBlank(w.b[head-1]) && strings.IndexByte("*_~(", w.b[head-1]) < 0 {
			continue
		}
		entity := numeric(rune(w.b[at]))
		w.b = slices.Replace(w.b, at, at+1, []byte(entity)...)
		for i := range w.delims {
			if w.delims[i].at > at {
				w.delims[i].at += len(entity) - 1
			}
		}
	}
	w.looked = len(w.b)
}

// linkTarget writes a link's destination and title so that they are read back
// as they are.
func linkTarget(href, title string) string {
	if title == "" && href != "" && !strings.ContainsFunc(href, func(r rune) bool {
		return r <= ' ' || strings.IndexByte("()<>|`&\\", byte(min(r, 0x7f))) >= 0
	}) {
		return href
	}
	var b strings.Builder
	angled := href == "" || strings.ContainsAny(href, " \t\n\r()<>")
	if angled {
		b.WriteByte('<')
	}
	escapeInto(&b, href, "<>\\`")
	if angled {
		b.WriteByte('>')
	}
	if title != "" {
		b.WriteString(` "`)
		escapeInto(&b, title, "\"<\\`")
		b.WriteByte('"')
	}
	return b.String()
}

// escapeInto writes s with a backslash before each byte of set and before what
// would be read as an entity. Control characters and bars are entities: a line
// or a cell would end there.
func escapeInto(b *strings.Builder, s, set string) {
	for i, r := range s {
		if r < ' ' && r != 0 || r == '|' {
			b.WriteString(numeric(r))
			continue
		}
		if r < utf8.RuneSelf && strings.IndexByte(set, byte(r)) >= 0 || r == '&' && entityAt(s[i:]) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
}

// unsafeScheme reports a destination that runs or carries content of its own.
// Jira does not keep such links either; they stay readable text.
func unsafeScheme(dest string) bool {
	if dest != "" && strings.IndexByte("jJdDvVfF \t\n", dest[0]) < 0 {
		return false
	}
	scheme, _, ok := strings.Cut(strings.ToLower(strings.TrimSpace(dest)), ":")
	return ok && (scheme == "javascript" || scheme == "data" || scheme == "vbscript" || scheme == "file")
}

func linkMark(href, title string) Mark {
	var a json.RawMessage
	if title != "" {
		a = attrs("href", href, "title", title)
	} else {
		a = attrs("href", href)
	}
	return Mark{Type: "link", Attrs: a}
}
