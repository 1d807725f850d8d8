package adf

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// openBracket begins a link or an atom. It escapes an exclamation mark before
// it, which would make a picture of it: "Wow!" before a status becomes
// Wow&#33;[Done](…).
func (w *inlineWriter) openBracket() {
	w.breakAutolink()
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

// breakAutolink prevents an address in the plain text before markup from
// including that markup: GFM's autolinks continue over brackets, backticks and
// tildes. Such an address is escaped so that it is no autolink:
//
//	see https&#58;//a.example/x[Done](status:green)
func (w *inlineWriter) breakAutolink() {
	if w.inLink() {
		return
	}
	// An earlier call has escaped the text up to w.escapedTo, except for the
	// beginning of an address at its end.
	low := max(w.plainFrom, min(w.escapedTo, len(w.b))-len("www."))
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
		for head > w.plainFrom && isLetter(w.b[head-1]) {
			head--
		}
		if head > w.plainFrom && !isBlank(w.b[head-1]) && strings.IndexByte("*_~(", w.b[head-1]) < 0 {
			continue
		}
		entity := numericEntity(rune(w.b[at]))
		w.b = slices.Replace(w.b, at, at+1, []byte(entity)...)
		for i := range w.delims {
			if w.delims[i].at > at {
				w.delims[i].at += len(entity) - 1
			}
		}
	}
	w.escapedTo = len(w.b)
}

// linkTarget returns the destination and title of a link, escaped so that a
// parser reads them unchanged.
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

// escapeInto writes s with a backslash before each byte of set, and before each
// ampersand that would begin an entity. Control characters and bars become
// entities, since a line or a cell would end there.
func escapeInto(b *strings.Builder, s, set string) {
	for i, r := range s {
		if r < ' ' && r != 0 || r == '|' {
			b.WriteString(numericEntity(r))
			continue
		}
		if r < utf8.RuneSelf && strings.IndexByte(set, byte(r)) >= 0 || r == '&' && beginsEntity(s[i:]) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
}

// hasUnsafeScheme reports whether a destination runs code or contains its own
// content. Jira does not keep such links either; they stay readable text.
func hasUnsafeScheme(dest string) bool {
	if dest != "" && strings.IndexByte("jJdDvVfF \t\n", dest[0]) < 0 {
		return false
	}
	scheme, _, ok := strings.Cut(strings.ToLower(strings.TrimSpace(dest)), ":")
	return ok && (scheme == "javascript" || scheme == "data" || scheme == "vbscript" || scheme == "file")
}

// linkMark returns a link mark.
func linkMark(href, title string) Mark {
	var a json.RawMessage
	if title != "" {
		a = newAttrs("href", href, "title", title)
	} else {
		a = newAttrs("href", href)
	}
	return Mark{Type: "link", Attrs: a}
}
