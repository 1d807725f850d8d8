package adf

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira/invisible"
)

// token is a word, a run of blanks, a sign, or an inline node that is no text.
type token struct {
	text  string
	node  *Node // whose text it is part of, or the inline node itself
	atom  bool
	start int // where its text starts in the block's visible text
}

// key is what has to be equal for two tokens to be the same. Marks are not:
// they are looked at when the same token is found on both sides.
func (t token) key() string {
	if t.atom {
		return atomKey(t.node)
	}
	return t.text
}

func atomKey(n *Node) string { return "\x00" + n.Type + string(n.Attrs) }

// tokens takes a block's inline content apart.
func tokens(nodes []*Node) []token {
	var out []token
	at := 0
	for _, n := range nodes {
		if n.Type != "text" {
			out = append(out, token{node: n, atom: true, start: at})
			at++
			continue
		}
		s := n.Text
		for s != "" {
			size := wordEnd(s)
			out = append(out, token{text: s[:size], node: n, start: at})
			at += size
			s = s[size:]
		}
	}
	return out
}

func wordEnd(s string) int {
	class := func(r rune) int {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '_':
			return 1
		case unicode.IsSpace(r):
			return 2
		}
		return 0
	}
	r, size := utf8.DecodeRuneInString(s)
	c := class(r)
	if c == 0 {
		return size
	}
	for i, r := range s {
		if class(r) != c {
			return i
		}
	}
	return len(s)
}

// source is the original's inline content, by the visible text: for each byte
// (an inline node counts as one) the node, and where in its text it stands.
type source struct {
	node []*Node
	at   []int
	text []byte
}

func (a *applier) source(nodes []*Node) source {
	var s source
	for _, n := range nodes {
		if n.Type != "text" || n.odd {
			s.node, s.at, s.text = append(s.node, n), append(s.at, 0), append(s.text, 0)
			continue
		}
		before := rune(0)
		for i := 0; i < len(n.Text); {
			r, size := utf8.DecodeRuneInString(n.Text[i:])
			seen := true
			if a.o.hides {
				size, seen = invisible.Next(before, n.Text[i:])
			}
			if seen {
				before = r
				if size > utf8.RuneLen(r) { // a sequence that stays together
					before, _ = utf8.DecodeLastRuneInString(n.Text[i : i+size])
				}
				for k := range size {
					s.node, s.at, s.text = append(s.node, n), append(s.at, i+k), append(s.text, n.Text[i+k])
				}
			}
			i += size
		}
	}
	return s
}

// matches reports whether the text that was shown is the original's.
func (s source) matches(shown []token) bool {
	at := 0
	for _, t := range shown {
		if t.atom {
			if at >= len(s.node) || s.node[at].Type == "text" && !s.node[at].odd {
				return false
			}
			at++
			continue
		}
		if at+len(t.text) > len(s.node) || string(s.text[at:at+len(t.text)]) != t.text {
			return false
		}
		for _, n := range s.node[at : at+len(t.text)] {
			if n.Type != "text" || n.odd {
				return false
			}
		}
		at += len(t.text)
	}
	return at == len(s.node)
}

// mergeInline makes the inline content of a block that changed. Words and
// inline nodes that are on both sides stay the original's.
func (a *applier) mergeInline(orig, shown, back *Node) []*Node {
	before, after := tokens(shown.Content), tokens(back.Content)
	src := a.source(orig.Content)
	if !src.matches(before) {
		for _, n := range back.Content {
			a.fresh[n] = true
		}
		return back.Content
	}
	w := &pieceWriter{a: a, src: src}
	pairs := common(keysOf(before), keysOf(after))
	i, j := 0, 0
	for _, p := range append(pairs, [2]int{len(before), len(after)}) {
		w.insert(before, i, p[0], after[j:p[1]])
		if p[0] < len(before) {
			w.keep(before[p[0]], after[p[1]])
		}
		i, j = p[0]+1, p[1]+1
	}
	out := w.nodes()
	if out == nil && orig.Content != nil {
		out = []*Node{}
	}
	return out
}

func keysOf(list []token) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.key()
	}
	return out
}

// piece is a part of the result's inline content.
type piece struct {
	node     *Node // an inline node, or the text node that the piece is part of; nil for new text
	atom     bool
	from, to int    // the part of the node's text
	text     string // of new text
	marks    []Mark
}

type pieceWriter struct {
	a      *applier
	src    source
	pieces []piece
}

// keep takes over a token of the original.
func (w *pieceWriter) keep(shown, back token) {
	if shown.atom {
		w.pieces = append(w.pieces, piece{node: w.src.node[shown.start], atom: true})
		return
	}
	for i := shown.start; i < shown.start+len(shown.text); {
		n := w.src.node[i]
		end := i + 1
		for end < shown.start+len(shown.text) && w.src.node[end] == n {
			end++
		}
		p := piece{node: n, from: w.src.at[i], to: w.src.at[end-1] + 1, marks: changedMarks(n.Marks, shown.node.Marks, back.node.Marks)}
		// Hidden characters belong to what they stand beside.
		if i == 0 || w.src.node[i-1] != n {
			p.from = 0
		}
		if end == len(w.src.node) || w.src.node[end] != n {
			p.to = len(n.Text)
		}
		if k := len(w.pieces) - 1; k >= 0 && w.pieces[k].node == n && !w.pieces[k].atom && i > 0 && w.src.at[i-1]+1 == w.pieces[k].to {
			p.from = w.pieces[k].to
		}
		w.pieces = append(w.pieces, p)
		i = end
	}
}

// insert adds new tokens where those of the original between from and to
// were. New text in the midst of one text of the original takes on its marks,
// seen and unseen.
func (w *pieceWriter) insert(before []token, from, to int, after []token) {
	if len(after) == 0 {
		return
	}
	host, shown := w.host(before, from, to)
	for _, t := range after {
		if t.atom {
			w.a.fresh[t.node] = true
			w.pieces = append(w.pieces, piece{node: t.node, atom: true})
			continue
		}
		p := piece{text: t.text, marks: t.node.Marks}
		if host != nil && sameMarks(shown.Marks, t.node.Marks) {
			p.marks = host.Marks
		}
		w.pieces = append(w.pieces, p)
	}
}

// host is the text of the original that new text is put into: the one that it
// replaces, or that stands on both sides of it.
func (w *pieceWriter) host(before []token, from, to int) (orig, shown *Node) {
	one := func(list []token) (orig, shown *Node) {
		for _, t := range list {
			if t.atom {
				return nil, nil
			}
			for i := t.start; i < t.start+len(t.text); i++ {
				if orig != nil && w.src.node[i] != orig {
					return nil, nil
				}
				orig, shown = w.src.node[i], t.node
			}
		}
		return orig, shown
	}
	if from < to {
		return one(before[from:to])
	}
	if from > 0 && from < len(before) {
		return one(before[from-1 : from+1])
	}
	return nil, nil
}

// nodes joins the pieces.
func (w *pieceWriter) nodes() []*Node {
	var out []*Node
	for i := 0; i < len(w.pieces); {
		p := w.pieces[i]
		if p.atom {
			out = append(out, p.node)
			i++
			continue
		}
		host := p.node
		var joined strings.Builder
		joined.WriteString(p.part())
		whole := p.node != nil && p.from == 0
		last := p.to
		j := i + 1
		for ; j < len(w.pieces); j++ {
			q := w.pieces[j]
			if q.atom || !sameMarks(q.marks, p.marks) || q.node != nil && host != nil && q.node != host {
				break
			}
			whole = whole && q.node == host && q.from == last
			if q.node != nil {
				host, last = q.node, q.to
			}
			joined.WriteString(q.part())
		}
		i = j
		text := joined.String()
		switch {
		case whole && last == len(host.Text) && sameMarks(p.marks, host.Marks):
			out = append(out, host)
		case text != "":
			n := &Node{Type: "text", Text: text, Marks: p.marks}
			if host != nil {
				n.rest = host.rest
				if n.Marks == nil && host.Marks != nil {
					n.Marks = []Mark{}
				}
			}
			out = append(out, n)
		}
	}
	return out
}

func (p piece) part() string {
	if p.node == nil {
		return p.text
	}
	return p.node.Text[p.from:p.to]
}
