package adf

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira/invisible"
)

// token is a word, a run of white space, one sign, or an inline node that is no
// text (an atom). It is the unit in which mergeInline compares inline content.
type token struct {
	text  string
	node  *Node // The text node that contains it, or the inline node itself.
	atom  bool
	start int // The offset in the visible text of the block; an atom counts as one byte.
}

// key returns the string by which two tokens are equal. It does not include
// marks: a word that became bold is still the same word. The writer compares
// the marks when it keeps a token.
func (t token) key() string {
	if t.atom {
		return atomKey(t.node)
	}
	return t.text
}

// atomKey returns the key of an inline node that is no text: its type and
// attributes. The NUL keeps it apart from words.
func atomKey(n *Node) string { return "\x00" + n.Type + string(n.Attrs) }

// tokens splits the inline content of a block into tokens.
//
//	"Ask " mention " on Monday."  →  "Ask" " " mention " " "on" " " "Monday" "."
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

// wordEnd returns the size of the first token of s: a run of letters, digits,
// combining marks and underscores, a run of white space, or one other
// character.
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

// visibleText is the original's inline content as the reader sees it. The slices
// have one element for each byte of the visible text, and one for each inline
// node. It translates offsets of tokens, which come from the Markdown, to
// offsets in the original text nodes, which may contain hidden characters and
// be split at other points.
type visibleText struct {
	node   []*Node // The node that the byte belongs to.
	offset []int   // The offset of the byte in the text of that node.
	text   []byte  // The byte; 0 for an inline node.
}

// visibleTextOf returns the visible text of the original inline nodes. With the
// option [HideInvisible] it skips the characters that the Markdown does not
// contain.
func (a *applier) visibleTextOf(nodes []*Node) visibleText {
	var s visibleText
	for _, n := range nodes {
		if n.Type != "text" || n.malformed {
			s.node, s.offset, s.text = append(s.node, n), append(s.offset, 0), append(s.text, 0)
			continue
		}
		before := rune(0)
		for i := 0; i < len(n.Text); {
			r, size := utf8.DecodeRuneInString(n.Text[i:])
			seen := true
			if a.o.hideInvisible {
				size, seen = invisible.Next(before, n.Text[i:])
			}
			if seen {
				before = r
				if size > utf8.RuneLen(r) { // A sequence of several characters, such as an emoji with a joiner.
					before, _ = utf8.DecodeLastRuneInString(n.Text[i : i+size])
				}
				for k := range size {
					s.node, s.offset, s.text = append(s.node, n), append(s.offset, i+k), append(s.text, n.Text[i+k])
				}
			}
			i += size
		}
	}
	return s
}

// matches reports whether the visible text consists of exactly the shown
// tokens. If it does not, offsets of tokens mean nothing in the original.
func (s visibleText) matches(shown []token) bool {
	at := 0
	for _, t := range shown {
		if t.atom {
			if at >= len(s.node) || s.node[at].Type == "text" && !s.node[at].malformed {
				return false
			}
			at++
			continue
		}
		if at+len(t.text) > len(s.node) || string(s.text[at:at+len(t.text)]) != t.text {
			return false
		}
		for _, n := range s.node[at : at+len(t.text)] {
			if n.Type != "text" || n.malformed {
				return false
			}
		}
		at += len(t.text)
	}
	return at == len(s.node)
}

// mergeInline returns the inline content of a changed block. It aligns the
// tokens of the shown and the edited content by a longest common subsequence.
// Tokens on both sides stay those of the original, with the marks that Markdown
// does not show. If the shown text is not that of the original, the edited
// content replaces it as a whole.
//
// Example, with an inline comment (annotation) on "the new parser today":
//
//	shown   We ship the new parser today
//	edited  We ship the new printer today
//
// All tokens but one are kept. The new token "printer" is inserted where
// "parser" was, in the middle of the annotated text, and so takes on its
// annotation (see pieceWriter.host). The result is one text node, "the new
// printer today", with the annotation.
func (a *applier) mergeInline(orig, shown, back *Node) []*Node {
	before, after := tokens(shown.Content), tokens(back.Content)
	src := a.visibleTextOf(orig.Content)
	if !src.matches(before) {
		for _, n := range back.Content {
			a.isNew[n] = true
		}
		return back.Content
	}
	w := &pieceWriter{a: a, src: src}
	pairs := commonSubsequence(keysOf(before), keysOf(after))
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

// keysOf returns the key of each token.
func keysOf(list []token) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.key()
	}
	return out
}

// piece is a part of the result's inline content.
type piece struct {
	node     *Node // An inline node, or the text node that the piece is a part of; nil for new text.
	atom     bool
	from, to int    // The part of the node's text.
	text     string // The new text.
	marks    []Mark
}

// pieceWriter collects the pieces of a block's new inline content, from the
// beginning to the end, and joins them to nodes.
type pieceWriter struct {
	a      *applier
	src    visibleText
	pieces []piece
}

// keep appends a token of the original. The token can extend over several
// original text nodes (a word of which only a part has a comment); then it
// becomes several pieces. Hidden characters between two kept tokens of one
// node, and at its ends, are kept with the tokens beside them.
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
		p := piece{node: n, from: w.src.offset[i], to: w.src.offset[end-1] + 1, marks: changedMarks(n.Marks, shown.node.Marks, back.node.Marks)}
		// A piece that begins or ends at an end of its node includes the hidden
		// characters there; so does one that follows its predecessor directly.
		if i == 0 || w.src.node[i-1] != n {
			p.from = 0
		}
		if end == len(w.src.node) || w.src.node[end] != n {
			p.to = len(n.Text)
		}
		if k := len(w.pieces) - 1; k >= 0 && w.pieces[k].node == n && !w.pieces[k].atom && i > 0 && w.src.offset[i-1]+1 == w.pieces[k].to {
			p.from = w.pieces[k].to
		}
		w.pieces = append(w.pieces, p)
		i = end
	}
}

// insert appends new tokens, which replace the tokens of the original from
// index from to before index to. New text inside one text of the original takes
// on all marks of that text, shown or not, if its shown marks are the same.
func (w *pieceWriter) insert(before []token, from, to int, after []token) {
	if len(after) == 0 {
		return
	}
	host, shown := w.host(before, from, to)
	for _, t := range after {
		if t.atom {
			w.a.isNew[t.node] = true
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

// host returns the original text node that surrounds new text, and the shown
// one: the node that contains all replaced tokens, or, if none is replaced,
// both neighbours. It returns nil if these belong to several nodes or are
// atoms, since then the right marks are unknown.
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

// nodes joins the pieces to nodes. Pieces with the same marks become one text
// node if at most one original node is among them. If the pieces are one whole
// original node, that node itself is the result, so that nothing of it changes.
func (w *pieceWriter) nodes() []*Node {
	var out []*Node
	for i := 0; i < len(w.pieces); {
		p := w.pieces[i]
		if p.atom {
			out = append(out, p.node)
			i++
			continue
		}
		host := p.node // The only original node among the joined pieces.
		var joined strings.Builder
		joined.WriteString(p.part())
		whole := p.node != nil && p.from == 0 // Whether the pieces are all of host so far, without new text.
		last := p.to                          // The end of the part of host that the pieces cover.
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

// part returns the text of the piece.
func (p piece) part() string {
	if p.node == nil {
		return p.text
	}
	return p.node.Text[p.from:p.to]
}
