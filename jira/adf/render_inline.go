package adf

import (
	"slices"
	"strings"
)

// inlineWriter writes the inline nodes of one block as Markdown.
type inlineWriter struct {
	r           *renderer
	b           []byte
	from        int  // The offset in b at which the block's inline content begins.
	oneLine     bool // In a heading or label: no line may end.
	inCell      bool // In a table cell: a line end is a hard break.
	plainFrom   int  // The offset after which there is only text and emphasis.
	escapedTo   int  // The offset up to which breakAutolink has escaped addresses.
	wordAt      int  // The offset up to which wordHasDelimiter has looked.
	wordDelim   bool // Whether the word before that offset has a delimiter.
	useTags     bool // Write <bold> instead of **.
	open        []span
	delims      []delim
	marksByNode [][]*Mark // For each node, the marks to show it in.
	marks       []*Mark   // The storage for marksByNode.
}

// span is an open mark.
type span struct {
	mark   *Mark
	start  int    // The index of its opening delimiter in delims; -1 for a tag.
	closes string // The text that closes it.
}

// spanMarks holds the marks that text can be shown in, outermost first if
// nothing else decides.
var spanMarks = []string{"link", "textColor", "backgroundColor", "strong", "em", "strike", "underline", "subsup"}

// inlines returns inline nodes as Markdown.
func (r *renderer) inlines(nodes []*Node, oneLine, inCell bool) string {
	return string(r.inlineBytes(nil, nodes, oneLine, inCell))
}

// inlineBytes appends inline nodes as Markdown to b, or to the renderer's
// buffer if b is nil; the result is only valid until the next call.
//
// It first writes emphasis with delimiters and then checks, by CommonMark's
// rules, that a parser would pair them as meant. If not, it writes all of it
// again with tags: the strong text "-bar" after "foo" becomes
//
//	foo<bold>-bar</bold>    not foo**-bar**, which is plain text
func (r *renderer) inlineBytes(b []byte, nodes []*Node, oneLine, inCell bool) []byte {
	if b == nil {
		b = r.buffer[:0]
	}
	from, opaque := len(b), len(r.opaque)
	w := &r.writer
	*w = inlineWriter{r: r, b: b, from: from, oneLine: oneLine, inCell: inCell, plainFrom: from, delims: w.delims[:0], open: w.open[:0], marksByNode: w.marksByNode[:0], marks: w.marks[:0]}
	if len(nodes) == 1 && nodes[0].Type == "text" && !nodes[0].malformed && len(nodes[0].Marks) == 0 { // Most cells and items are like this.
		w.writeText(nodes[0].Text, false)
		w.endBlock()
		r.buffer = w.b
		return w.b
	}
	w.write(nodes)
	if !delimitersMatch(w.b, w.delims) {
		r.dropReferences(opaque)
		*w = inlineWriter{r: r, b: w.b[:from], from: from, oneLine: oneLine, inCell: inCell, plainFrom: from, useTags: true, open: w.open[:0], marksByNode: w.marksByNode[:0], marks: w.marks[:0]}
		w.write(nodes)
	}
	r.buffer = w.b
	return w.b
}

// write writes all nodes, and opens and closes spans between them so that each
// node is in its marks. ADF has flat lists of marks, while Markdown nests: a
// span that goes on over the next node stays open, all spans inside a closed
// one are closed too, and then opened again if needed.
func (w *inlineWriter) write(nodes []*Node) {
	for _, n := range nodes {
		w.marksByNode = append(w.marksByNode, w.shownMarks(n))
	}
	for i, n := range nodes {
		w.closeTo(w.stillOpen(w.marksByNode[i]))
		if n.Type != "text" || n.malformed || len(n.Marks) > 0 && n.Mark("code") != nil {
			w.openAll(i)
			w.writeAtom(n, nodes[i+1:])
			continue
		}
		text := n.Text
		if len(w.marksByNode[i]) > len(w.open) {
			// A mark may not begin with a blank, so leading blanks go before
			// it.
			lead := len(text) - len(strings.TrimLeft(text, " \n"))
			if lead == len(text) {
				w.writeText(text, w.inLink())
				continue
			}
			w.writeText(text[:lead], w.inLink())
			text = text[lead:]
		}
		w.openAll(i)
		w.writeText(text, w.inLink())
	}
	w.closeTo(0)
	w.endBlock()
}

// shownMarks returns the marks to show a node in. Code only combines with a
// link.
func (w *inlineWriter) shownMarks(n *Node) []*Mark {
	if len(n.Marks) == 0 || n.Type != "text" || n.malformed {
		return nil
	}
	if len(n.Marks) == 1 {
		if m := &n.Marks[0]; slices.Contains(spanMarks, m.Type) && hasForm(m) {
			w.marks = append(w.marks, m)
			return w.marks[len(w.marks)-1:]
		}
		return nil
	}
	var out []*Mark
	code := n.Mark("code") != nil
	for _, kind := range spanMarks {
		if m := n.Mark(kind); m != nil && (!code || kind == "link") && hasForm(m) {
			out = append(out, m)
		}
	}
	return out
}

// hasForm reports whether a mark can be shown.
func hasForm(m *Mark) bool {
	switch m.Type {
	case "link":
		href := attrOf(m.Attrs, "href")
		return href != "" && !hasUnsafeScheme(href) && !hasAtomScheme(href)
	case "textColor", "backgroundColor":
		return isColor(attrOf(m.Attrs, "color"))
	case "subsup":
		t := attrOf(m.Attrs, "type")
		return t == "sub" || t == "sup"
	}
	return true
}

// sameSpan reports whether two marks are equal.
func sameSpan(a, b *Mark) bool { return a.Type == b.Type && string(a.Attrs) == string(b.Attrs) }

// containsMark reports whether list contains a mark equal to m.
func containsMark(m *Mark, list []*Mark) bool {
	return slices.ContainsFunc(list, func(o *Mark) bool { return sameSpan(m, o) })
}

// isColor reports whether s is a colour such as #ff5630.
func isColor(s string) bool {
	return len(s) == 7 && s[0] == '#' && strings.Trim(s[1:], "0123456789abcdefABCDEF") == ""
}

// stillOpen returns how many of the open spans continue over a node with these
// marks.
func (w *inlineWriter) stillOpen(want []*Mark) int {
	for i, s := range w.open {
		if !containsMark(s.mark, want) {
			return i
		}
	}
	return len(w.open)
}

// openAll opens the missing spans of node i. The ones that continue over most
// nodes are outermost, so that they need not be closed early.
func (w *inlineWriter) openAll(i int) {
	var list []*Mark
	for _, m := range w.marksByNode[i] {
		if !slices.ContainsFunc(w.open, func(s span) bool { return sameSpan(s.mark, m) }) {
			list = append(list, m)
		}
	}
	if len(list) > 1 {
		reach := func(m *Mark) int {
			const far = 64 // Nodes. Longer spans count as equal.
			end := i
			for end-i < far && end+1 < len(w.marksByNode) && containsMark(m, w.marksByNode[end+1]) {
				end++
			}
			return end
		}
		slices.SortStableFunc(list, func(a, b *Mark) int { return reach(b) - reach(a) })
	}
	for _, m := range list {
		w.openSpan(m)
	}
}

// openSpan opens a mark, with a delimiter or a tag.
func (w *inlineWriter) openSpan(m *Mark) {
	s := span{mark: m, start: -1}
	delimiter, name, value := "", "", ""
	switch m.Type {
	case "link":
		w.openBracket()
		s.closes = "](" + linkTarget(attrOf(m.Attrs, "href"), attrOf(m.Attrs, "title")) + ")"
		w.delims = append(w.delims, delim{at: len(w.b), char: '['})
	case "strong":
		delimiter, name = "**", "bold"
	case "em":
		delimiter, name = "*", "italic"
	case "strike":
		delimiter, name = "~~", "strike"
	case "underline":
		name = "u"
	case "subsup":
		name = attrOf(m.Attrs, "type")
	case "textColor":
		name, value = "color", attrOf(m.Attrs, "color")
	case "backgroundColor":
		name, value = "bg", attrOf(m.Attrs, "color")
	}
	switch {
	case delimiter != "" && !w.useTags:
		if m.Type == "strike" {
			w.breakAutolink()
		}
		s.start = len(w.delims)
		s.closes = delimiter
		w.delims = append(w.delims, delim{at: len(w.b), char: delimiter[0], length: len(delimiter), opens: true})
		w.b = append(w.b, delimiter...)
	case value != "":
		s.closes = "</" + name + ">"
		w.b = append(w.b, "<"+name+":"+value+">"...)
	case name != "":
		s.closes = "</" + name + ">"
		w.b = append(w.b, "<"+name+">"...)
	}
	if s.start < 0 {
		w.plainFrom = len(w.b)
	}
	w.open = append(w.open, s)
}

// inLink reports whether a link is open.
func (w *inlineWriter) inLink() bool {
	return slices.ContainsFunc(w.open, func(s span) bool { return s.mark.Type == "link" })
}

// closeTo closes the innermost spans until keep of them are left.
func (w *inlineWriter) closeTo(keep int) {
	if len(w.open) <= keep {
		return
	}
	// Emphasis may not end with a blank, so trailing blanks go after the
	// delimiter. A line end after a backslash stays: it is a hard break.
	end := len(w.b)
	for end > w.from && (w.b[end-1] == ' ' || w.b[end-1] == '\n' && end > 1 && w.b[end-2] != '\\') {
		end--
	}
	blanks := string(w.b[end:])
	w.b = w.b[:end]
	for len(w.open) > keep {
		s := w.open[len(w.open)-1]
		w.open = w.open[:len(w.open)-1]
		switch {
		case s.start >= 0:
			if s.mark.Type == "strike" {
				w.breakAutolink()
			}
			w.delims = append(w.delims, delim{at: len(w.b), char: s.closes[0], length: len(s.closes), opener: s.start})
		case s.mark.Type == "link":
			w.delims = append(w.delims, delim{at: len(w.b), char: ']'})
		}
		w.b = append(w.b, s.closes...)
		if s.start < 0 {
			w.plainFrom = len(w.b)
		}
	}
	w.b = append(w.b, blanks...)
}
