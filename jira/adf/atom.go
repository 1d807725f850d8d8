package adf

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/util"

	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
)

// atom writes an inline node that is not plain text. rest is what follows it
// in its block.
func (w *inlineWriter) atom(n *Node, rest []*Node) {
	defer func() { w.plain = len(w.b) }()
	if n.odd || !inlineTypes[n.Type] {
		w.opaque(n)
		return
	}
	switch n.Type {
	case "text":
		w.code(n.Text)
	case "hardBreak":
		w.hardBreak(rest)
	case "mention":
		w.labelled(first(n.attr("text"), "@"+n.attr("id")), schemeMention+n.attr("id"))
	case "emoji":
		w.labelled(n.attr("text"), schemeEmoji+emojiName(n.attr("shortName")))
	case "status":
		w.labelled(n.attr("text"), schemeStatus+n.attr("color"))
	case "placeholder":
		w.labelled(n.attr("text"), schemePlaceholder)
	case "mediaInline":
		w.labelled(mediaLabel(n), mediaTarget(n))
	case "date":
		w.b = append(w.b, tagOf("date", dateValue(n.attr("timestamp")))...)
	case "inlineCard":
		w.b = append(w.b, cardForm(cardURL(n))...)
	}
}

// labelled writes [label](target).
func (w *inlineWriter) labelled(label, target string) {
	w.bracket()
	line := w.oneLine
	w.oneLine = true
	w.writeText(label, true)
	w.oneLine = line
	w.b = append(w.b, "]("...)
	w.b = append(w.b, linkTarget(target, "")...)
	w.b = append(w.b, ')')
}

func (w *inlineWriter) opaque(n *Node) {
	name := n.Type
	if name == "" {
		name = "node"
	}
	ref := w.r.reference(name, n, 0)
	w.labelled(opaqueLabel(n), schemeOpaque+ref)
}

// code writes a code span, in backticks where they can hold it.
func (w *inlineWriter) code(s string) {
	s = w.r.visible(s)
	if !w.ticksHold(s) {
		w.b = append(w.b, "<tt>"...)
		w.b = append(w.b, escapeRaw(s)...)
		w.b = append(w.b, "</tt>"...)
		return
	}
	w.endURL()
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

// ticksHold reports whether code comes back from between backticks, here.
func (w *inlineWriter) ticksHold(s string) bool {
	switch {
	case s == "", strings.ContainsAny(s, "\n\r\v\f\x00"):
		return false
	case strings.Trim(s, " \t") == "" && strings.Trim(s, " ") != "":
		return false // where a tab is among blanks alone, goldmark and the standard strip differently
	case w.inCell && (strings.Contains(s, "<br") || strings.Contains(s, `\|`) || strings.HasSuffix(s, `\`)):
		return false
	case len(w.b) == w.from:
		return true
	}
	last := w.b[len(w.b)-1]
	return last != '`' && (isBlank(last) || strings.IndexByte(s, '@') < 0)
}

// hasRun reports a run of exactly n backticks.
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

// escapeRaw writes text for <tt> and <codeblock>, in which only entities are
// read: on one line, and with nothing in it that could end it.
func escapeRaw(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '<' || r == '|' || r == '\\' || r == '`', r < ' ' && r != '\t' && r != 0, r == '&' && entityAt(s[i:]), r == ' ' && (i == 0 || s[i-1] == ' '),
			r == '\t' && i == 0:
			b.WriteString(numeric(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// hardBreak writes a break as a line end where one can stand, else as a tag.
func (w *inlineWriter) hardBreak(rest []*Node) {
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

func mediaLabel(n *Node) string {
	return first(n.attr("alt"), n.attr("id"), n.attr("url"))
}

// mediaTarget is a medium's destination: attachment:NAME#ID, the name being
// all that ADF has, the alternative text; or a URL.
func mediaTarget(n *Node) string {
	if n.attr("type") == "external" {
		if u := n.attr("url"); u != "" && !ownScheme(u) && !unsafeScheme(u) {
			return u
		}
		return schemeAttachment + "#" + n.attr("url")
	}
	id := n.attr("id")
	name := n.attr("alt")
	if name == "" {
		return schemeAttachment + "#" + id
	}
	return schemeAttachment + fileName.Replace(name) + "#" + id
}

// fileName writes a file's name as part of a destination.
var fileName = strings.NewReplacer("%", "%25", "#", "%23", "\n", "%0A", "\r", "%0D")

var fileNameBack = strings.NewReplacer("%25", "%", "%23", "#", "%0A", "\n", "%0D", "\r")

// mediaImage writes ![alt](target).
func (r *renderer) mediaImage(n *Node, inCell bool) string {
	w := &inlineWriter{r: r, oneLine: true, inCell: inCell}
	w.labelled(n.attr("alt"), mediaTarget(n))
	image := "!" + string(w.b)
	if m := n.mark("link"); m != nil {
		if href := attrOf(m.Attrs, "href"); href != "" && !unsafeScheme(href) && !ownScheme(href) {
			return "[" + image + "](" + linkTarget(href, "") + ")"
		}
	}
	return image
}

func emojiText(n *Node) string { return first(n.attr("text"), n.attr("shortName")) }

// emojiName takes the colons off a short name.
func emojiName(short string) string {
	if len(short) > 2 && short[0] == ':' && short[1] != ':' && short[len(short)-1] == ':' {
		return short[1 : len(short)-1]
	}
	return ":" + short
}

func emojiShortName(name string) string {
	if bare, ok := strings.CutPrefix(name, ":"); ok {
		return bare
	}
	return ":" + name + ":"
}

// cardURL is a smart link's address; of one that carries data, the data's.
func cardURL(n *Node) string {
	if u := n.attr("url"); u != "" {
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

// cardForm writes a smart link in a line of text.
func cardForm(url string) string {
	if isBareURL(url) {
		return "<" + url + ">"
	}
	return tagOf("link", url)
}

// isBareURL reports an address that can stand between angle brackets.
func isBareURL(url string) bool {
	if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") || strings.ContainsAny(url, "|\\`\x7f") {
		return false
	}
	return util.FindURLIndex([]byte(url)) == len(url)
}

// opaqueLabel names an opaque node for a reader.
func opaqueLabel(n *Node) string {
	name := n.Type
	if name == "" {
		name = "unknown"
	}
	label := strings.Join(strings.Fields(name+" "+n.attr("extensionKey")+" "+n.attr("text")), " ")
	if text := strings.Join(strings.Fields(PlainText(n)), " "); text != "" && text != n.attr("text") {
		label += ": " + text
	}
	const most = 120
	if r := []rune(label); len(r) > most {
		label = string(r[:most]) + "…"
	}
	return label
}

// reference numbers an opaque node; the number is its place among the opaque
// nodes of the document.
func (r *renderer) reference(name string, n *Node, where place) string {
	if r.display {
		return "inside"
	}
	r.opaque, r.places = append(r.opaque, n), append(r.places, where)
	return fmt.Sprintf("%s-%d", refName(name), len(r.opaque))
}

// refName keeps what can stand in an info string.
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

// opaqueNumber reads a reference back: 0 where it is none.
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
