package adf

import (
	"fmt"
	"strings"
)

// How Apply works
//
// Markdown shows only a part of a document: it has no local ids, no widths, no
// places of inline comments. So the edited Markdown cannot simply be converted
// and stored; Apply has to find out what the edit changed, and to make only
// these changes in the original.
//
//	original (ADF)                                result (ADF)
//	      |                                            ^
//	      | 1 render                                   | 5 merge, reuse
//	      v                                            |
//	Markdown as shown  --- somebody's edit --->  edited Markdown
//	      |                                            |
//	      | 3 parse                                    | 3 parse
//	      v                                            v
//	shown nodes    <---- 4 align: what changed? ---->  edited nodes
//	(trace.origins points
//	into original)
//
// The comparison (4) is between two trees that the same parser made, never
// between the original and parsed Markdown. Otherwise everything that Markdown
// cannot show or normalizes would count as a change. The map trace.origins
// leads from a shown node back to the original, with everything that is not
// shown. Nodes carry no state of an edit themselves.
//
// The steps:
//
//   1. Apply renders each top-level block of the original, exactly as
//      ToMarkdown did (renderer.topLevel).
//   2. shownParts splits that text into the parts that the editor saw: one a
//      block, or one for all blocks behind a marker of Cut. If isUnchanged, the
//      original itself is the result.
//   3. mergeContent skips the parts that the text still begins and ends with
//      (commonHead, commonTail), and parses the rest twice: each shown part by
//      itself (parseShown, which records the origins), and the edited
//      text as a whole (fromMarkdown).
//   4. alignBlocks pairs equal blocks by a longest common subsequence of their
//      digests; these stay the original's (keepOriginal). Between them,
//      mergeRange pairs similar blocks (pairSimilar): each pair is one block
//      that was changed. Other edited blocks are new, other shown blocks are
//      gone.
//   5. mergeBlock makes one block from such a pair. It copies the original node
//      with the attributes and marks that the edit changed (rebuild), and goes
//      on with its children: blocks by step 4 again, text by mergeInline, which
//      aligns words and inline nodes.
//   6. reuseOriginals searches the new nodes for content that was only moved: a
//      new block or inline node that looks like an unused one of the original
//      (indexUnused) is replaced by that.
//   7. finish assigns local ids to new tasks and writes the Report: the numbers
//      of blocks, and the rich content that is lost.
//
// Example: the original has a paragraph with the localId p, and in it a mention
// with the localId m1:
//
//	shown     Ask [@Ana](accountid:a1) on Monday.
//	edited    Ask [@Ana](accountid:a1) on Tuesday.
//
// The digests of the two paragraphs differ, but the blocks are similar (step
// 4). mergeInline finds the tokens "Ask", " ", the mention, " ", "on", " " and
// "." on both sides, so it keeps the text and the mention of the original and
// replaces one word (step 5). The result is the original paragraph with its
// localId p, the same mention node with its localId m1, and the text " on
// Tuesday.".

// Apply returns the document that original becomes when its Markdown is changed
// to edited. The Markdown before the change is that of [ToMarkdown] or [Cut]
// with the same options.
//
// Unchanged content keeps its nodes, with everything in them that Markdown does
// not show. Changed content is converted again in the smallest possible unit: a
// list item, a table cell, the words of a paragraph. The original is not
// modified; the result shares nodes with it.
//
// The report lists the effects of the edit, above all the rich content that is
// lost. The error is a [*LimitError] or a [*CutError].
func Apply(original *Node, edited string, opts ...Option) (*Node, *Report, error) {
	o := newOptions(opts)
	r := &renderer{hideInvisible: o.hideInvisible}
	texts := r.topLevel(original)
	edited = strings.TrimRight(strings.TrimLeft(normalize(edited), "\n"), "\n \t")
	blocks := original.Content
	if original.Type != "doc" || original.malformed {
		blocks = []*Node{original}
	}
	units, err := shownParts(texts, blocks, edited)
	if err != nil {
		return nil, nil, err
	}
	if isUnchanged(units, edited) {
		return original, &Report{Kept: len(blocks)}, nil
	}
	t := newTrace()
	o.lookup = &opaqueNodes{nodes: r.opaque, places: r.places, trace: t}
	a := &applier{o: &o, trace: t, report: &Report{}, used: map[*Node]bool{}, bodies: map[*Node]string{}}
	content, err := a.mergeContent(units, edited)
	if err != nil {
		return nil, nil, err
	}
	out := *original
	if original.Type != "doc" || original.malformed {
		out = *newDoc(nil)
	}
	if out.Content = content; content == nil {
		out.Content = []*Node{}
	}
	a.finish(&out, blocks, o.budgets, texts)
	return &out, a.report, nil
}

// shownPart is a part of the Markdown that was shown: one top-level block of the
// original, or a marker of [Cut] that stands for several.
type shownPart struct {
	text  string  // Its Markdown; a marker's whole line.
	nodes []*Node // The blocks of the original that it shows.
	cut   bool    // Whether it is a marker.
}

// shownParts returns the parts that were shown. It learns from the edited text
// which blocks were behind markers, since the original does not record a cut.
// An editor may also have joined several pages; then there are no markers, and
// every block is a part.
func shownParts(texts []string, blocks []*Node, edited string) ([]shownPart, error) {
	marks, err := parseMarkers(edited, texts)
	if err != nil {
		return nil, err
	}
	var out []shownPart
	for i := 0; i < len(blocks); i++ {
		if m, ok := marks[i+1]; ok {
			out = append(out, shownPart{text: m.line, nodes: blocks[i:m.to], cut: true})
			i = m.to - 1
			continue
		}
		out = append(out, shownPart{text: texts[i], nodes: blocks[i : i+1]})
	}
	return out, nil
}

// isUnchanged reports whether the edited text is that of all parts, joined by
// blank lines.
func isUnchanged(units []shownPart, edited string) bool {
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

// applier is the state of one call of [Apply].
type applier struct {
	o            *options
	trace        *trace
	report       *Report
	unusedBlocks map[uint64][]*Node // Blocks of the original that the result does not use, by digest.
	unusedAtoms  map[string][]*Node // The same for inline nodes, by atomKey.
	used         map[*Node]bool     // Nodes of the original that the result uses, changed or not, and the changed ones.
	bodies       map[*Node]string   // The text that was shown of opaque blocks.
	cuts         map[string][]*Node // The blocks that the markers stand for, by markerValue.
	isNew        map[*Node]bool     // Nodes of the result that were made from Markdown alone.
}

// mergeContent returns the blocks of the result; it does the steps 3 to 6. It
// neither parses nor compares the blocks before the first change and after the
// last one, except one neighbour on either side, which the change may join (a
// new item after a list). The others stay as they are, even if a CommonMark
// parser would read the whole text in another way: an unclosed code fence does
// not swallow the rest of the document.
func (a *applier) mergeContent(units []shownPart, edited string) ([]*Node, error) {
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
		nodes, err := a.parseShown(u)
		if err != nil {
			return nil, err
		}
		before = append(before, nodes...)
	}
	o := *a.o
	if o.resolver != nil {
		o.resolver = newNameResolver{o.resolver, shownText(units)}
	}
	after, err := fromMarkdown(edited[from:to], &o)
	if err != nil {
		return nil, err
	}
	a.isNew = map[*Node]bool{}
	var out []*Node
	for _, u := range units[:head] {
		out = append(out, u.nodes...)
	}
	changed := a.alignBlocks(before, after, inDoc)
	for _, n := range changed {
		a.markUsed(n)
	}
	a.indexUnused(before)
	a.reuseOriginals(changed, inDoc)
	out = append(out, changed...)
	for _, u := range units[len(units)-tail:] {
		out = append(out, u.nodes...)
	}
	return out, nil
}

// commonHead returns the number of parts that the edited text begins with, less
// one, and the offset at which the text after them begins. More than one blank
// line after a part ends the search.
func commonHead(units []shownPart, edited string) (n, at int) {
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

// commonTail returns the number of parts that the edited text ends with, less
// one, and the offset at which the text before them ends.
func commonTail(units []shownPart, edited string) (n, at int) {
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

// newNameResolver is a [Resolver] that only resolves names which the shown text
// did not contain as plain text. A name that was text before the edit stays
// text: an edit of one word must not turn the others into mentions.
type newNameResolver struct {
	Resolver
	shown string
}

// Mention implements [Resolver]. It searches every occurrence of the name: only
// the label of a mention, "[@Ana", may be in the shown text.
func (r newNameResolver) Mention(text string) (accountID, name string, ok bool) {
	if accountID, name, ok = r.Resolver.Mention(text); !ok {
		return "", "", false
	}
	for at := 0; ; at++ {
		i := strings.Index(r.shown[at:], "@"+name)
		if i < 0 {
			return accountID, name, true
		}
		if at += i; at == 0 || r.shown[at-1] != '[' || at > 1 && r.shown[at-2] == '\\' {
			return "", "", false // Plain text, not the label of a mention.
		}
	}
}

// Attachment implements [Resolver].
func (r newNameResolver) Attachment(name string) (f File, ok bool) {
	if strings.Contains(r.shown, "](attachment:"+name+")") || strings.Contains(r.shown, "]("+name+")") {
		return File{}, false
	}
	return r.Resolver.Attachment(name)
}

// shownText returns the Markdown of all parts.
func shownText(units []shownPart) string {
	var b strings.Builder
	for _, u := range units {
		b.WriteString(u.text + "\n\n")
	}
	return b.String()
}

// parseShown parses the Markdown of a part and records the origins of the
// nodes. The nodes of a marker are one stand-in of type cutType. A part of
// which nothing can be seen is an empty paragraph.
func (a *applier) parseShown(u shownPart) ([]*Node, error) {
	if u.cut {
		stand := &Node{Type: cutType, Text: markerValue(u.text), Content: u.nodes}
		a.trace.origins[stand] = u.nodes[0]
		return []*Node{stand}, nil
	}
	o := *a.o
	o.resolver = nil // A name that is plain text in the original stays plain text.
	nodes, err := fromMarkdown(u.text, &o)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		walk(n, func(n *Node) {
			if n.Type == opaqueType {
				a.bodies[a.trace.origins[n]] = n.Text
			}
		})
	}
	if len(nodes) == 0 {
		empty := &Node{Type: "paragraph"}
		a.trace.origins[empty] = u.nodes[0]
		return []*Node{empty}, nil
	}
	a.trace.link(nodes[0], u.nodes[0])
	return nodes, nil
}

// link records the original of a block parsed from the shown Markdown, and in
// the blocks in it. It descends as long as both trees have the same shape.
// Where Markdown has another structure than the original, the children have no
// counterpart, and an edit of them replaces them. It stops at inline content,
// which mergeInline compares by text. Opaque stand-ins have their origin from
// the parser.
func (t *trace) link(shown, orig *Node) {
	if shown.Type == opaqueType {
		return
	}
	t.origins[shown] = orig
	if shown.Type != orig.Type || len(shown.Content) != len(orig.Content) || inlineContent[shown.Type] {
		return
	}
	for i, c := range shown.Content {
		if c.Type != opaqueType && c.Type != orig.Content[i].Type {
			return
		}
	}
	for i, c := range shown.Content {
		t.link(c, orig.Content[i])
	}
}

// inlineContent holds the types of the blocks that contain inline nodes.
var inlineContent = map[string]bool{"paragraph": true, "heading": true, "taskItem": true, "decisionItem": true, "caption": true, "codeBlock": true}

// markUsed records the nodes of the original that are in a part of the result,
// so that indexUnused skips them.
func (a *applier) markUsed(n *Node) {
	if a.isNew[n] {
		return
	}
	if a.used[n] {
		return
	}
	a.used[n] = true
	if a.trace.origins[n] != nil {
		a.used[a.trace.origins[n]] = true
	}
	for _, c := range n.Content {
		a.markUsed(c)
	}
}

// CutError reports a marker of left-out blocks that does not fit the document:
// an edited one, one of an older version, or one that occurs twice.
type CutError struct{ Marker, Reason string }

// Error implements error.
func (e *CutError) Error() string { return fmt.Sprintf("%s: %s", e.Marker, e.Reason) }
