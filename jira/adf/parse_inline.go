package adf

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// inlineRun is the inline content of a block. Pictures, groups of media and
// code in a tag are inline in Markdown, but blocks in ADF. They stand in nodes
// as blocks, and split divides the run at them.
type inlineRun struct {
	lookup *opaqueNodes // Of a caption: what its opaque nodes stand for.
	nodes  []*Node
	align  string
	level  string // The level of indentation.
	small  bool   // Whether the text has the small font size.
}

// inlineRun converts the inline children of a block.
func (c *converter) inlineRun(parent ast.Node, where place) inlineRun {
	w := &inlineReader{c: c, where: where}
	first := parent.FirstChild()
	for {
		t, ok := first.(*tagNode)
		if !ok || t.closing || tags[t.name] != tagBlock || !w.takeLeadingTag(t) {
			break
		}
		first = first.NextSibling()
	}
	w.siblings(first, nil)
	w.run.nodes = mergeTexts(w.out)
	return w.run
}

// takeLeadingTag takes over a tag at the start of a block, such as
// <align:center>. It reports whether the tag is one of these.
func (w *inlineReader) takeLeadingTag(t *tagNode) bool {
	switch {
	case t.name == "align" && (t.value == "center" || t.value == "end"):
		w.run.align = t.value
	case t.name == "indent" && len(t.value) == 1 && t.value >= "1" && t.value <= "6":
		w.run.level = t.value
	case t.name == "size" && t.value == "small":
		w.run.small = true
	default:
		return false
	}
	return true
}

// blockMarks returns the marks of a block of type kind, as far as the schema
// allows them in its place.
func (r inlineRun) blockMarks(kind string, where place) []Mark {
	var out []Mark
	if r.small && fontSizePlaces[kind]&where != 0 {
		out = append(out, Mark{Type: "fontSize", Attrs: newAttrs("fontSize", "small")})
	}
	switch {
	case r.align != "" && alignPlaces[kind]&where != 0:
		if where&inDoc == 0 { // In a cell the schema only allows alignment.
			out = nil
		}
		out = append(out, Mark{Type: "alignment", Attrs: newAttrs("align", r.align)})
	case r.level != "" && indentationPlaces[kind]&where != 0:
		out = append(out, Mark{Type: "indentation", Attrs: []byte(`{"level":` + r.level + `}`)})
	}
	return out
}

// split returns the blocks of a run: copies of shell with the text, and between
// them the nodes that are blocks already. "x ![a](…) y" gives a paragraph, a
// mediaSingle and another paragraph. A card alone in its paragraph is a block;
// beside text it becomes an inline card.
func (r inlineRun) split(shell *Node, where place) []*Node {
	if shell.Type == "paragraph" && len(r.nodes) > 0 && allOf(r.nodes, func(n *Node) bool { return n.Type == "hardBreak" }) {
		shell.Content = r.nodes[1:] // <br> alone is an empty paragraph.
		if len(shell.Content) == 0 {
			shell.Content = nil
		}
		return []*Node{shell}
	}
	if len(r.nodes) == 1 && (r.nodes[0].Type == "blockCard" || r.nodes[0].Type == "embedCard") && blockPlaces[r.nodes[0].Type]&where != 0 {
		return r.nodes
	}
	var out []*Node
	var text []*Node
	flush := func(force bool) {
		if len(text) > 0 || force {
			block := *shell
			block.Content = text
			out = append(out, &block)
			text = nil
		}
	}
	for _, n := range r.nodes {
		switch n.Type {
		case "blockCard", "embedCard":
			text = append(text, inlineCard(n.Attr("url")))
		case "mediaGroup":
			flush(false)
			if blockPlaces["mediaGroup"]&where != 0 {
				out = append(out, n)
				continue
			}
			for _, m := range n.Content {
				out = append(out, mediaSingle(m))
			}
		case "mediaSingle", "codeBlock":
			flush(false)
			out = append(out, n)
		default:
			text = append(text, n)
		}
	}
	flush(len(out) == 0)
	return out
}

// inlineOnly returns the run as inline nodes, for places without blocks: it
// turns media into text, and code blocks into code. In a caption also
// mediaInline and inlineExtension become text.
func (r inlineRun) inlineOnly(caption bool) []*Node {
	var out []*Node
	for _, n := range r.nodes {
		switch n.Type {
		case "blockCard", "embedCard":
			out = append(out, inlineCard(n.Attr("url")))
		case "codeBlock":
			out = append(out, textNode(rawContent(n), Mark{Type: "code"}))
		case "mediaSingle", "mediaGroup":
			for _, m := range n.Content {
				if m.Type == "media" {
					out = append(out, textNode("!["+m.Attr("alt")+"]("+mediaTarget(m)+")"))
				} else {
					out = append(out, m.Content...)
				}
			}
		case "mediaInline":
			if caption {
				n = textNode("[" + mediaLabel(n) + "](" + mediaTarget(n) + ")")
			}
			out = append(out, n)
		case opaqueType:
			if caption && r.lookup.trace.origins[n].Type == "inlineExtension" {
				n = textNode("[" + opaqueLabel(r.lookup.trace.origins[n]) + "]")
			}
			out = append(out, n)
		default:
			out = append(out, n)
		}
	}
	return mergeTexts(out)
}

// mergeTexts joins adjacent texts with the same marks, as Atlassian's editor
// does. It reuses the slice.
func mergeTexts(nodes []*Node) []*Node {
	out := nodes[:0]
	for _, n := range nodes {
		if n.Type == "text" {
			if n.Text == "" {
				continue
			}
			if last := len(out) - 1; last >= 0 && out[last].Type == "text" && sameMarks(out[last].Marks, n.Marks) {
				out[last].Text += n.Text
				continue
			}
		}
		out = append(out, n)
	}
	return out
}

// inlineReader converts the inline nodes of one block.
type inlineReader struct {
	c     *converter
	where place
	run   inlineRun
	out   []*Node
}

// text appends a text.
func (w *inlineReader) text(s string, marks []Mark) {
	if s != "" {
		w.out = append(w.out, textNode(s, marks...))
	}
}

// siblings converts a node and the nodes after it. Only if there are tags among
// them it needs all at once, to pair the tags.
func (w *inlineReader) siblings(first ast.Node, marks []Mark) {
	if w.c.o.resolver != nil && first != nil {
		joinTexts(first)
	}
	tagged := false
	for n := first; n != nil; n = n.NextSibling() {
		if _, ok := n.(*tagNode); ok {
			tagged = true
			break
		}
	}
	if !tagged {
		for n := first; n != nil; n = n.NextSibling() {
			w.node(n, marks)
		}
		return
	}
	var list []ast.Node
	for n := first; n != nil; n = n.NextSibling() {
		list = append(list, n)
	}
	w.siblingsWithTags(list, pairTags(list), 0, len(list), marks)
}

// joinTexts joins adjacent texts. goldmark begins a new text wherever it has
// searched for markup, and a name may extend over several.
func joinTexts(first ast.Node) {
	for n := first; n != nil; n = n.NextSibling() {
		t, ok := n.(*ast.Text)
		for ok {
			next, isText := t.NextSibling().(*ast.Text)
			if !isText || t.Segment.Stop != next.Segment.Start || t.SoftLineBreak() || t.HardLineBreak() || t.IsRaw() != next.IsRaw() {
				break
			}
			t.Segment = t.Segment.WithStop(next.Segment.Stop)
			t.SetSoftLineBreak(next.SoftLineBreak())
			t.SetHardLineBreak(next.HardLineBreak())
			t.Parent().RemoveChild(t.Parent(), next)
		}
	}
}

// node converts one inline node.
func (w *inlineReader) node(n ast.Node, marks []Mark) {
	switch n := n.(type) {
	case *ast.Text:
		w.plain(n, marks)
	case *ast.String:
		w.text(string(n.Value), marks)
	case *ast.CodeSpan:
		w.text(w.c.rawText(n), addMark(marks, Mark{Type: "code"}))
	case *ast.Emphasis:
		kind := "em"
		if n.Level == 2 {
			kind = "strong"
		}
		w.siblings(n.FirstChild(), addMark(marks, Mark{Type: kind}))
	case *east.Strikethrough:
		w.siblings(n.FirstChild(), addMark(marks, Mark{Type: "strike"}))
	case *ast.Link:
		w.link(n, marks)
	case *ast.Image:
		w.image(n, marks)
	case *ast.AutoLink:
		w.autoLink(n, marks)
	default:
		w.siblings(n.FirstChild(), marks)
	}
}

// plain converts a text and the line end after it.
func (w *inlineReader) plain(n *ast.Text, marks []Mark) {
	s := n.Segment.Value(w.c.src)
	if n.IsRaw() {
		w.text(string(s), marks)
	} else if r := w.c.o.resolver; r != nil && bytes.IndexByte(s, '@') >= 0 {
		w.mentions(s, w.following(n), marks)
	} else {
		w.text(unescapeText(s), marks)
	}
	switch {
	case n.HardLineBreak(), n.SoftLineBreak() && w.c.inCell:
		w.out = append(w.out, &Node{Type: "hardBreak"})
	case n.SoftLineBreak():
		w.text("\n", marks)
	}
}

// maxFollowing is the number of bytes behind a text that a resolver sees.
const maxFollowing = 120

// following returns the source behind a text, up to the end of the paragraph,
// without emphasis and line ends: it may go on with the name that the text ends
// with.
func (w *inlineReader) following(n *ast.Text) string {
	rest := w.c.src[n.Segment.Stop:]
	after, _, _ := strings.Cut(string(rest[:min(len(rest), maxFollowing)]), "\n\n")
	return strings.NewReplacer("*", "", "~", "", "\\\n", " ", "\n> ", " ", "\n", " ").Replace(after)
}

// mentions converts a text in which the resolver may know names: it is called
// for each @ that begins a word, with the text and what follows it. Only a name
// that ends within the text becomes a mention.
func (w *inlineReader) mentions(s []byte, after string, marks []Mark) {
	from := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
			continue
		}
		if s[i] != '@' || i > 0 && (isLetter(s[i-1]) || s[i-1] >= '0' && s[i-1] <= '9' || s[i-1] == '.' || s[i-1] == '_') {
			continue
		}
		id, name, ok := w.c.o.resolver.Mention(nameText(s[i+1:], after))
		if !ok || id == "" || !bytes.HasPrefix(s[i+1:], []byte(name)) {
			continue
		}
		w.text(unescapeText(s[from:i]), marks)
		w.out = append(w.out, &Node{Type: "mention", Attrs: newAttrs("id", id, "text", "@"+name)})
		i += len(name)
		from = i + 1
	}
	w.text(unescapeText(s[from:]), marks)
}

// maxNameText is the number of bytes behind an @ that a resolver sees: more than a
// name has. Without a limit, 130,000 signs in one text took 6.6 s.
const maxNameText = 512

// nameText returns what a resolver sees of a text behind an @, and of what follows
// the text. It ends with a whole character.
func nameText(s []byte, after string) string {
	if len(s) < maxNameText {
		return string(s) + after
	}
	end := maxNameText
	for end > 0 && !utf8.RuneStart(s[end-1]) {
		end--
	}
	return string(s[:end-1])
}

// autoLink converts an address in angle brackets to a smart link, and one in
// plain text, or a mail address, to a link.
func (w *inlineReader) autoLink(n *ast.AutoLink, marks []Mark) {
	href, label := string(n.URL(w.c.src)), string(n.Label(w.c.src))
	at := n.Pos()
	angled := at >= 0 && at < len(w.c.src) && w.c.src[at] == '<'
	switch {
	case angled && n.AutoLinkType == ast.AutoLinkURL && isBareURL(label):
		w.out = append(w.out, inlineCard(label))
		return
	case hasUnsafeScheme(href):
		w.text("<"+label+">", marks)
		return
	case n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(href, "mailto:"):
		href = "mailto:" + href
	}
	if !angled { // In plain text, entities are decoded.
		href, label = unescapeEntities([]byte(href)), unescapeEntities([]byte(label))
	}
	w.text(label, addMark(marks, linkMark(escapeURL(href), "")))
}

// inlineCard returns a smart link in a line of text.
func inlineCard(url string) *Node { return &Node{Type: "inlineCard", Attrs: newAttrs("url", url)} }

// escapeURL percent-encodes the characters that may not stand in an address.
func escapeURL(s string) string { return string(util.URLEscape([]byte(s), false)) }

// rawText returns the text in a node, without marks.
func (c *converter) rawText(n ast.Node) string {
	var b strings.Builder
	_, code := n.(*ast.CodeSpan)
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		switch t := child.(type) {
		case *ast.Text:
			s := t.Segment.Value(c.src)
			if code {
				b.WriteString(strings.ReplaceAll(string(s), "\n", " "))
				continue
			}
			b.WriteString(unescapeText(s))
			if t.SoftLineBreak() || t.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(t.Value)
		case *ast.AutoLink:
			b.Write(t.Label(c.src))
		case *tagNode:
			if t.raw != "" {
				b.WriteString(t.raw)
			} else {
				b.Write(t.source)
			}
		default:
			b.WriteString(c.rawText(child))
		}
	}
	return b.String()
}
