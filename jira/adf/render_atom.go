package adf

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/util"

	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
)

// writeAtom writes an inline node other than plain text. rest holds the nodes
// after it in its block.
func (w *inlineWriter) writeAtom(n *Node, rest []*Node) {
	defer func() { w.plainFrom = len(w.b) }()
	if n.malformed || !inlineTypes[n.Type] {
		w.writeOpaque(n)
		return
	}
	switch n.Type {
	case "text":
		w.writeCode(n.Text)
	case "hardBreak":
		w.writeHardBreak(rest)
	case "mention":
		w.writeLabelled(firstNonBlank(n.Attr("text"), "@"+n.Attr("id")), schemeMention+n.Attr("id"))
	case "emoji":
		w.writeLabelled(n.Attr("text"), schemeEmoji+emojiName(n.Attr("shortName")))
	case "status":
		w.writeLabelled(n.Attr("text"), schemeStatus+n.Attr("color"))
	case "placeholder":
		w.writeLabelled(n.Attr("text"), schemePlaceholder)
	case "mediaInline":
		w.writeLabelled(mediaLabel(n), mediaTarget(n))
	case "date":
		w.b = append(w.b, formatTag("date", formatDate(n.Attr("timestamp")))...)
	case "inlineCard":
		w.b = append(w.b, cardForm(cardURL(n))...)
	}
}

// writeLabelled writes [label](target).
func (w *inlineWriter) writeLabelled(label, target string) {
	w.openBracket()
	line := w.oneLine
	w.oneLine = true
	w.writeText(label, true)
	w.oneLine = line
	w.b = append(w.b, "]("...)
	w.b = append(w.b, linkTarget(target, "")...)
	w.b = append(w.b, ')')
}

// writeOpaque writes a link that names an opaque inline node.
func (w *inlineWriter) writeOpaque(n *Node) {
	name := n.Type
	if name == "" {
		name = "node"
	}
	ref := w.r.reference(name, n, 0)
	w.writeLabelled(opaqueLabel(n), schemeOpaque+ref)
}

// writeCode writes a code span, in backticks if they can hold it, else in <tt>.
func (w *inlineWriter) writeCode(s string) {
	s = w.r.visible(s)
	if !w.backticksKeep(s) {
		w.b = append(w.b, "<tt>"...)
		w.b = append(w.b, escapeRaw(s)...)
		w.b = append(w.b, "</tt>"...)
		return
	}
	w.breakAutolink()
	ticks := 1
	for hasRun(s, ticks) {
		ticks++
	}
	mark := strings.Repeat("`", ticks)
	if s[0] == '`' || s[len(s)-1] == '`' || s[0] == ' ' && s[len(s)-1] == ' ' && strings.Trim(s, " ") != "" {
		s = " " + s + " "
	}
	w.b = append(w.b, mark...)
	w.b = append(w.b, s...)
	w.b = append(w.b, mark...)
}

// backticksKeep reports whether a parser reads s unchanged from between backticks
// at this point.
func (w *inlineWriter) backticksKeep(s string) bool {
	switch {
	case s == "", strings.ContainsAny(s, "\n\r\v\f\x00"):
		return false
	case strings.Trim(s, " \t") == "" && strings.Trim(s, " ") != "":
		return false // If blanks include a tab, goldmark and CommonMark strip them differently.
	case w.inCell && (strings.Contains(s, "<br") || strings.Contains(s, `\|`) || strings.HasSuffix(s, `\`)):
		return false
	case len(w.b) == w.from:
		return true
	}
	last := w.b[len(w.b)-1]
	return last != '`' && (isBlank(last) || strings.IndexByte(s, '@') < 0)
}

// hasRun reports whether s has a run of exactly n backticks.
func hasRun(s string, n int) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '`' {
			continue
		}
		start := i
		for i < len(s) && s[i] == '`' {
			i++
		}
		if i-start == n {
			return true
		}
	}
	return false
}

// escapeRaw returns text for <tt> and <codeblock>, in which parsers only read
// entities: on one line, and without characters that could end it.
func escapeRaw(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '<' || r == '|' || r == '\\' || r == '`', r < ' ' && r != '\t' && r != 0, r == '&' && beginsEntity(s[i:]), r == ' ' && (i == 0 || s[i-1] == ' '),
			r == '\t' && i == 0:
			b.WriteString(numericEntity(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// writeHardBreak writes a hard break: a backslash and a line end (in a cell only the
// line end) if text stands before and after it, else a tag.
func (w *inlineWriter) writeHardBreak(rest []*Node) {
	end := len(w.b) - w.from
	follows := len(rest) > 0 && rest[0].Type != "hardBreak" && (rest[0].Type != "text" || rest[0].Text != "" && !isBlank(rest[0].Text[0]))
	if !w.oneLine && follows && end > 0 && !isBlank(w.b[len(w.b)-1]) && !bytes.HasSuffix(w.b, []byte(`\`)) && !bytes.HasSuffix(w.b, []byte("<br/>")) {
		if !w.inCell {
			w.b = append(w.b, '\\')
		}
		w.b = append(w.b, '\n')
		return
	}
	w.b = append(w.b, "<br/>"...)
}

// mediaLabel returns the text by which a reader recognizes a medium.
func mediaLabel(n *Node) string {
	return firstNonBlank(n.Attr("alt"), n.Attr("id"), n.Attr("url"))
}

// mediaTarget returns the destination of a medium: its web address, or
// attachment:NAME#ID. ADF has no file name, so NAME is the alternative text.
func mediaTarget(n *Node) string {
	if n.Attr("type") == "external" {
		if u := n.Attr("url"); isWebAddress(u) {
			return u
		}
		return schemeAttachment + "#" + n.Attr("url")
	}
	id := n.Attr("id")
	name := n.Attr("alt")
	if name == "" {
		return schemeAttachment + "#" + id
	}
	return schemeAttachment + escapeFileName.Replace(name) + "#" + id
}

// isWebAddress reports whether a picture can be loaded from an address. Without a
// scheme and host, it is the name of a file.
func isWebAddress(dest string) bool {
	u, err := url.Parse(dest)
	return err == nil && (strings.EqualFold(u.Scheme, "http") || strings.EqualFold(u.Scheme, "https")) && u.Host != ""
}

// escapeFileName escapes a file name in a destination.
var escapeFileName = strings.NewReplacer("%", "%25", "#", "%23", "\n", "%0A", "\r", "%0D")

// unescapeFileName reverses escapeFileName.
var unescapeFileName = strings.NewReplacer("%25", "%", "%23", "#", "%0A", "\n", "%0D", "\r")

// mediaImage returns ![alt](target), in a link if the medium has one.
func (r *renderer) mediaImage(n *Node, inCell bool) string {
	w := &inlineWriter{r: r, oneLine: true, inCell: inCell}
	w.writeLabelled(n.Attr("alt"), mediaTarget(n))
	image := "!" + string(w.b)
	if m := n.Mark("link"); m != nil {
		if href := attrOf(m.Attrs, "href"); href != "" && !hasUnsafeScheme(href) && !hasAtomScheme(href) {
			return "[" + image + "](" + linkTarget(href, "") + ")"
		}
	}
	return image
}

// emojiText returns the character of an emoji, or its short name.
func emojiText(n *Node) string { return firstNonBlank(n.Attr("text"), n.Attr("shortName")) }

// emojiName returns a short name without its colons: "tada" for ":tada:". A
// name without them gets a colon before it.
func emojiName(short string) string {
	if len(short) > 2 && short[0] == ':' && short[1] != ':' && short[len(short)-1] == ':' {
		return short[1 : len(short)-1]
	}
	return ":" + short
}

// emojiShortName reverses emojiName.
func emojiShortName(name string) string {
	if bare, ok := strings.CutPrefix(name, ":"); ok {
		return bare
	}
	return ":" + name + ":"
}

// cardURL returns the address of a smart link, which is an attribute or a
// member of its data.
func cardURL(n *Node) string {
	if u := n.Attr("url"); u != "" {
		return u
	}
	url := ""
	rawjson.Members(n.Attrs, func(key, value []byte) bool {
		if string(key) == "data" {
			url = attrOf(value, "url")
		}
		return true
	})
	return url
}

// cardForm returns a smart link in a line of text.
func cardForm(url string) string {
	if isBareURL(url) {
		return "<" + url + ">"
	}
	return formatTag("link", url)
}

// isBareURL reports whether an address can stand between angle brackets.
func isBareURL(url string) bool {
	if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") || strings.ContainsAny(url, "|\\`\x7f") {
		return false
	}
	return util.FindURLIndex([]byte(url)) == len(url)
}

// opaqueLabel returns a name of an opaque node for readers, of at most 120
// characters.
func opaqueLabel(n *Node) string {
	name := n.Type
	if name == "" {
		name = "unknown"
	}
	label := strings.Join(strings.Fields(name+" "+n.Attr("extensionKey")+" "+n.Attr("text")), " ")
	if text := strings.Join(strings.Fields(PlainText(n)), " "); text != "" && text != n.Attr("text") {
		label += ": " + text
	}
	return shorten(label, 120)
}

// reference gives an opaque node its number, which is its position among the
// opaque nodes of the document, and returns its reference: "layoutSection-1".
func (r *renderer) reference(name string, n *Node, where place) string {
	if r.insideOpaque {
		return "inside"
	}
	r.opaque, r.places = append(r.opaque, n), append(r.places, where)
	return fmt.Sprintf("%s-%d", refName(name), len(r.opaque))
}

// refName returns the characters of s that can stand in an info string, at most
// 40, or "node" if there are none.
func refName(s string) string {
	out := strings.Map(func(r rune) rune {
		if r < 128 && (isLetter(byte(r)) || r >= '0' && r <= '9' || r == '_') {
			return r
		}
		return -1
	}, s)
	if len(out) > 40 {
		out = out[:40]
	}
	if out == "" {
		return "node"
	}
	return out
}

// opaqueNumber returns the number in a reference, or 0 if ref is none.
func opaqueNumber(ref string) int {
	at := strings.LastIndexByte(ref, '-')
	if at <= 0 || refName(ref[:at]) != ref[:at] {
		return 0
	}
	n, err := strconv.Atoi(ref[at+1:])
	if err != nil || n < 1 || strconv.Itoa(n) != ref[at+1:] {
		return 0
	}
	return n
}
