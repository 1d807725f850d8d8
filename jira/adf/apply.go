package adf

import (
	"fmt"
	"strings"
)

// Apply changes a document as its Markdown was changed. edited is what
// [ToMarkdown] (or [Cut]) made of original, given the same options, with
// somebody's changes in it.
//
// What did not change keeps its nodes as they were, with everything in them
// that Markdown does not show. What changed is converted anew at the finest
// level that works: a list item, a table cell, the words of a paragraph. The
// original is not modified; the result shares nodes with it.
//
// The report says what became of the document, and above all which rich
// content is gone. The error is a [*LimitError] or a [*CutError].
func Apply(original *Node, edited string, opts ...Option) (*Node, *Report, error) {
	o := optionsOf(opts)
	r := &renderer{hides: o.hides}
	texts := r.topLevel(original)
	edited = strings.TrimRight(strings.TrimLeft(normal(edited), "\n"), "\n \t")
	blocks := original.Content
	if original.Type != "doc" || original.odd {
		blocks = []*Node{original}
	}
	units, err := baseline(texts, blocks, edited)
	if err != nil {
		return nil, nil, err
	}
	if same(units, edited) {
		return original, &Report{Kept: len(blocks)}, nil
	}
	o.lookup = &opaques{nodes: r.opaque, places: r.places}
	a := &applier{o: &o, report: &Report{}, alive: map[*Node]bool{}, bodies: map[*Node]string{}}
	content, err := a.content(units, edited)
	if err != nil {
		return nil, nil, err
	}
	out := *original
	if original.Type != "doc" || original.odd {
		out = *doc(nil)
	}
	if out.Content = content; content == nil {
		out.Content = []*Node{}
	}
	a.finish(&out, blocks, o.budgets, texts)
	return &out, a.report, nil
}

// unit is a block of the text that was shown: one of the original, or the
// marker that stands for some.
type unit struct {
	text  string
	nodes []*Node
	cut   bool
}

// baseline is what was shown, as far as the markers in the edited text tell.
func baseline(texts []string, blocks []*Node, edited string) ([]unit, error) {
	marks, err := markers(edited, texts)
	if err != nil {
		return nil, err
	}
	var out []unit
	for i := 0; i < len(blocks); i++ {
		if m, ok := marks[i+1]; ok {
			out = append(out, unit{text: m.line, nodes: blocks[i:m.to], cut: true})
			i = m.to - 1
			continue
		}
		out = append(out, unit{text: texts[i], nodes: blocks[i : i+1]})
	}
	return out, nil
}

func same(units []unit, edited string) bool {
	for i, u := range units {
		if i > 0 {
			rest, ok := strings.CutPrefix(edited, "\n\n")
			if !ok {
				return false
			}
			edited = rest
		}
		rest, ok := strings.CutPrefix(edited, u.text)
		if !ok {
			return false
		}
		edited = rest
	}
	return edited == ""
}

// applier works out one edit.
type applier struct {
	o      *options
	report *Report
	spare  map[uint64][]*Node // blocks of the original that nothing was made of, by digest
	atoms  map[string][]*Node // the same of inline nodes, by what Markdown shows of them
	alive  map[*Node]bool     // nodes of the original that the result has, changed or not
	bodies map[*Node]string   // what was shown of opaque blocks
	cuts   map[string][]*Node // what the markers stand for
	fresh  map[*Node]bool     // nodes of the result that were made from Markdown alone
}

// content makes the blocks of the result. The blocks before the first change
// and after the last are not looked at again, but for one on either side: they
// stay what they are, whatever the change would do to them in one reading.
func (a *applier) content(units []unit, edited string) ([]*Node, error) {
	head, from := commonHead(units, edited)
	tail, to := commonTail(units[head:], edited[from:])
	to += from
	middle := units[head : len(units)-tail]
	var before []*Node
	a.cuts = map[string][]*Node{}
	for _, u := range middle {
		if u.cut {
			a.cuts[markerValue(u.text)] = u.nodes
		}
		nodes, err := a.read(u)
		if err != nil {
			return nil, err
		}
		before = append(before, nodes...)
	}
	o := *a.o
	if o.resolver != nil {
		o.resolver = newNames{o.resolver, textOf(units)}
	}
	after, err := fromMarkdown(edited[from:to], &o)
	if err != nil {
		return nil, err
	}
	a.fresh = map[*Node]bool{}
	var out []*Node
	for _, u := range units[:head] {
		out = append(out, u.nodes...)
	}
	changed := a.align(before, after, inDoc)
	for _, n := range changed {
		a.mark(n)
	}
	a.gather(before)
	a.settle(changed, inDoc)
	out = append(out, changed...)
	for _, u := range units[len(units)-tail:] {
		out = append(out, u.nodes...)
	}
	return out, nil
}

// commonHead is how many units the edited text starts with, less one, and
// where it goes on.
func commonHead(units []unit, edited string) (n, at int) {
	last := 0
	for i, u := range units {
		rest, ok := strings.CutPrefix(edited[at:], u.text)
		if !ok || !strings.HasPrefix(rest, "\n\n") || strings.HasPrefix(rest, "\n\n\n") {
			break
		}
		n, last = i, at
		at += len(u.text) + 2
	}
	return n, last
}

// commonTail is the same from the end.
func commonTail(units []unit, edited string) (n, at int) {
	at = len(edited)
	last := at
	for i := range units {
		u := units[len(units)-1-i]
		rest, ok := strings.CutSuffix(edited[:at], u.text)
		if !ok || !strings.HasSuffix(rest, "\n\n") || strings.HasSuffix(rest, "\n\n\n") || u.text == "" {
			break
		}
		n, last = i, at
		at = len(rest) - 2
	}
	return n, last
}

// newNames resolves names that the text did not have as plain text before: a
// text stays what it was.
type newNames struct {
	Resolver
	shown string
}

func (r newNames) Mention(text string) (accountID, name string, ok bool) {
	if accountID, name, ok = r.Resolver.Mention(text); !ok {
		return "", "", false
	}
	for at := 0; ; at++ {
		i := strings.Index(r.shown[at:], "@"+name)
		if i < 0 {
			return accountID, name, true
		}
		if at += i; at == 0 || r.shown[at-1] != '[' || at > 1 && r.shown[at-2] == '\\' {
			return "", "", false // and no mention's label
		}
	}
}

func (r newNames) Attachment(name string) (mediaID string, ok bool) {
	if strings.Contains(r.shown, "](attachment:"+name+")") {
		return "", false
	}
	return r.Resolver.Attachment(name)
}

func textOf(units []unit) string {
	var b strings.Builder
	for _, u := range units {
		b.WriteString(u.text + "\n\n")
	}
	return b.String()
}

// read converts what was shown of a unit, and ties it to the original.
func (a *applier) read(u unit) ([]*Node, error) {
	if u.cut {
		return []*Node{{Type: cutType, Text: markerValue(u.text), Content: u.nodes, orig: u.nodes[0]}}, nil
	}
	o := *a.o
	o.resolver = nil // a name that is plain text in the original is just that
	nodes, err := fromMarkdown(u.text, &o)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		walk(n, func(n *Node) {
			if n.Type == opaqueType {
				a.bodies[n.orig] = n.Text
			}
		})
	}
	if len(nodes) == 0 {
		return []*Node{{Type: "paragraph", orig: u.nodes[0]}}, nil
	}
	tie(nodes[0], u.nodes[0])
	return nodes, nil
}

// tie notes for a block read from Markdown, and for the blocks in it, which
// nodes of the original they show.
func tie(shown, orig *Node) {
	if shown.Type == opaqueType {
		return
	}
	shown.orig = orig
	if shown.Type != orig.Type || len(shown.Content) != len(orig.Content) || inlineContent[shown.Type] {
		return
	}
	for i, c := range shown.Content {
		if c.Type != opaqueType && c.Type != orig.Content[i].Type {
			return
		}
	}
	for i, c := range shown.Content {
		tie(c, orig.Content[i])
	}
}

// inlineContent are the blocks that hold text.
var inlineContent = map[string]bool{"paragraph": true, "heading": true, "taskItem": true, "decisionItem": true, "caption": true, "codeBlock": true}

// mark notes which nodes of the original a part of the result has.
func (a *applier) mark(n *Node) {
	if a.fresh[n] {
		return
	}
	if a.alive[n] {
		return
	}
	a.alive[n] = true
	if n.orig != nil {
		a.alive[n.orig] = true
	}
	for _, c := range n.Content {
		a.mark(c)
	}
}

// CutError is a marker of left-out blocks that does not fit the document.
type CutError struct{ Marker, Reason string }

// Error implements error.
func (e *CutError) Error() string { return fmt.Sprintf("%s: %s", e.Marker, e.Reason) }
