package adf

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// FromMarkdown converts Markdown to a document that is valid against
// Atlassian's schema. The error is a [*LimitError].
func FromMarkdown(md string, opts ...Option) (*Node, error) {
	o := newOptions(opts)
	content, err := fromMarkdown(md, &o)
	if err != nil {
		return nil, err
	}
	d := newDoc(content)
	assignIDs(d, nil, nil)
	return d, nil
}

// fromMarkdown converts Markdown to blocks, without the local ids that the
// schema requires.
func fromMarkdown(md string, o *options) ([]*Node, error) {
	md = normalize(md)
	if err := checkLimits(md); err != nil {
		return nil, err
	}
	c := &converter{src: []byte(md), o: o}
	return c.document(inDoc), nil
}

// normalize returns the text with \n as line end and as valid UTF-8.
func normalize(md string) string {
	if !utf8.ValidString(md) {
		md = strings.ToValidUTF8(md, "\ufffd")
	}
	return lineFeeds(md)
}

// lineFeeds returns a text with \n as its only line end.
func lineFeeds(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// converter converts one Markdown text.
type converter struct {
	src     []byte
	o       *options
	linked  map[string]bool // The destinations of the text's links; nil until needed.
	inCell  bool            // In a table cell: a line end is a hard break.
	hoisted []*Node         // Opaque blocks that may not stand where they were put; they follow the top-level block.
}

// document converts the whole text.
func (c *converter) document(where place) []*Node {
	root := parse(c.src)
	var out []*Node
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		out = append(out, c.block(n, where)...)
		if where == inDoc { // A cell passes them on to its own document.
			out = append(out, c.hoisted...)
			c.hoisted = nil
		}
	}
	return out
}

// blocks converts the children of a container.
func (c *converter) blocks(parent ast.Node, where place) []*Node {
	var out []*Node
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		out = append(out, c.block(n, where)...)
	}
	return out
}

// block converts one block. If the schema does not allow the block in this
// place, the result is paragraphs with the same text.
func (c *converter) block(n ast.Node, where place) []*Node {
	switch n := n.(type) {
	case *ast.Heading:
		return c.heading(n, where)
	case *ast.Paragraph, *ast.TextBlock:
		return c.paragraph(n, where)
	case *ast.Blockquote:
		return c.quote(n, where)
	case *detailsNode:
		return c.details(n, where)
	case *ast.List:
		return c.list(n, where)
	case *ast.FencedCodeBlock:
		language := ""
		if n.Info != nil {
			language = string(n.Info.Segment.Value(c.src))
		}
		return c.code(c.lines(n), language, where)
	case *ast.CodeBlock:
		return c.code(c.lines(n), "", where)
	case *ast.ThematicBreak:
		if blockPlaces["rule"]&where == 0 {
			return []*Node{paragraph([]*Node{textNode("---")})}
		}
		return []*Node{{Type: "rule"}}
	case *east.Table:
		if blockPlaces["table"]&where == 0 {
			return c.flatTable(n)
		}
		return []*Node{c.table(n)}
	case *ast.LinkReferenceDefinition:
		return c.definition(n)
	}
	return c.blocks(n, where)
}

// headingAttrs holds the attributes of headings, by level.
var headingAttrs = [7]string{1: `{"level":1}`, 2: `{"level":2}`, 3: `{"level":3}`, 4: `{"level":4}`, 5: `{"level":5}`, 6: `{"level":6}`}

// heading converts a heading; to bold paragraphs if no heading is allowed.
func (c *converter) heading(n *ast.Heading, where place) []*Node {
	if blockPlaces["heading"]&where == 0 {
		run := c.inlineRun(n, where)
		for _, m := range run.nodes {
			if m.Type == "text" {
				m.Marks = validMarks(append(m.Marks, Mark{Type: "strong"}))
			}
		}
		return run.split(&Node{Type: "paragraph"}, where)
	}
	run := c.inlineRun(n, where)
	return run.split(&Node{Type: "heading", Attrs: []byte(headingAttrs[n.Level]), Marks: run.blockMarks("heading", where)}, where)
}

// paragraph converts a paragraph, which may be a marker of [Cut].
func (c *converter) paragraph(n ast.Node, where place) []*Node {
	if cut := c.cutStandIn(n); cut != nil {
		return []*Node{cut}
	}
	run := c.inlineRun(n, where)
	return run.split(&Node{Type: "paragraph", Marks: run.blockMarks("paragraph", where)}, where)
}

// quote converts a block quote, or the panel that an alert stands for. If
// neither is allowed, the result is its blocks, with the alert's line as a
// paragraph.
func (c *converter) quote(n *ast.Blockquote, where place) []*Node {
	kind, is, label := "blockquote", inQuote, ""
	if v, ok := n.AttributeString(alertAttribute); ok {
		kind, is, label = "panel", inPanel, v.(string)
	}
	if blockPlaces[kind]&where == 0 {
		out := c.blocks(n, where)
		if label != "" {
			out = append([]*Node{paragraph([]*Node{textNode("[!" + alertOfPanel[label] + "]")})}, out...)
		}
		return out
	}
	out := &Node{Type: kind, Content: c.blocks(n, is)}
	if label != "" {
		out.Attrs = newAttrs("panelType", label)
	}
	if len(out.Content) == 0 {
		out.Content = []*Node{paragraph(nil)}
	}
	return []*Node{out}
}

// details converts <details> to an expand or a nestedExpand. If neither is
// allowed, the result is its title in bold and its blocks.
func (c *converter) details(n *detailsNode, where place) []*Node {
	kind := ""
	switch {
	case where&inDoc != 0:
		kind = "expand"
	case where&(inExpand|inCell) != 0:
		kind = "nestedExpand"
	default:
		var out []*Node
		if strings.TrimSpace(n.title) != "" {
			out = append(out, paragraph([]*Node{textNode(n.title, Mark{Type: "strong"})}))
		}
		return append(out, c.blocks(n, where)...)
	}
	out := &Node{Type: kind, Attrs: newAttrs("title", n.title), Content: c.blocks(n, childPlace(kind))}
	if len(out.Content) == 0 {
		out.Content = []*Node{paragraph(nil)}
	}
	return []*Node{out}
}

// lines returns the source lines of a block.
func (c *converter) lines(n ast.Node) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(c.src))
	}
	return b.String()
}

// code converts a code block, or a fence that names an opaque node.
func (c *converter) code(body, language string, where place) []*Node {
	body = strings.TrimSuffix(body, "\n")
	if ref, ok := strings.CutPrefix(language, schemeOpaque); ok {
		if node := c.opaqueBlock(ref, body, where); node != nil {
			return node
		}
	}
	return []*Node{codeBlock(body, unescapeText([]byte(language)))}
}

// codeBlock returns a code block.
func codeBlock(body, language string) *Node {
	out := &Node{Type: "codeBlock"}
	if language != "" {
		out.Attrs = newAttrs("language", language)
	}
	if body != "" {
		out.Content = []*Node{textNode(body)}
	}
	return out
}

// definition returns a link definition as a paragraph if no link uses it, and
// otherwise nothing, since the links contain its address. The text of a
// footnote looks like a definition and is always kept.
func (c *converter) definition(n *ast.LinkReferenceDefinition) []*Node {
	if c.linked == nil {
		c.linked = map[string]bool{}
		_ = ast.Walk(n.OwnerDocument(), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			switch l := n.(type) {
			case *ast.Link:
				c.linked[string(l.Destination)] = true
			case *ast.Image:
				c.linked[string(l.Destination)] = true
			}
			return ast.WalkContinue, nil
		})
	}
	if c.linked[string(n.Destination)] && !isFootnote(n.Label) {
		return nil
	}
	title := ""
	if len(n.Title) > 0 {
		title = " " + strconv.Quote(string(n.Title))
	}
	return []*Node{paragraph([]*Node{textNode("[" + string(n.Label) + "]: " + string(n.Destination) + title)})}
}

// isFootnote reports whether a definition's label is that of a footnote.
func isFootnote(label []byte) bool { return len(label) > 0 && label[0] == '^' }
