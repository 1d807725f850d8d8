package adf

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Limits on Markdown. goldmark is quadratic on some input (nested quotes and
// lists, unclosed links), so they are checked before it runs.
const (
	MaxMarkdown  = 128 << 10 // bytes
	maxNesting   = 100       // quotes and lists inside one another
	maxUnclosed  = 1000      // "](" without an end
	maxEmphasis  = 20_000    // emphasis delimiters in all
	maxTableCell = 20_000    // pipes in all
	maxCells     = 20_000    // a table's columns by the lines of the text
)

// LimitError is Markdown beyond what [FromMarkdown] reads.
type LimitError struct{ Reason string }

// Error implements error.
func (e *LimitError) Error() string { return "Markdown refused: " + e.Reason }

// markdown is built on first use: a process that writes no rich text does not
// pay for it.
var markdown = sync.OnceValue(func() parser.Parser {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify)).Parser()
})

// FromMarkdown converts Markdown into a document. Every document it returns
// is valid against Atlassian's schema. The error is a [*LimitError].
func FromMarkdown(md string) (*Node, error) {
	if !utf8.ValidString(md) {
		md = strings.ToValidUTF8(md, "\ufffd")
	}
	if err := checkLimits(md); err != nil {
		return nil, err
	}
	c := &converter{src: []byte(md)}
	root := markdown().Parse(text.NewReader(c.src))
	return doc(c.blocks(root, inDoc)), nil
}

// definition keeps a link definition that no link uses as text; the address of
// a used one is in its links.
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
	title := ""
	if len(n.Title) > 0 {
		title = " " + strconv.Quote(string(n.Title))
	}
	if c.linked[string(n.Destination)] {
		return nil
	}
	return []*Node{paragraph([]*Node{textNode("[" + string(n.Label) + "]: " + string(n.Destination) + title)})}
}

func checkLimits(md string) error {
	if len(md) > MaxMarkdown {
		return &LimitError{fmt.Sprintf("%d bytes; at most %d are read", len(md), MaxMarkdown)}
	}
	columns, lines := 0, 0
	for line := range strings.Lines(md) {
		lines++
		// The row under a table's head sets the width, and each later line is
		// a row of that width, even without a bar in it.
		if rest := strings.Trim(line, " \t\r\n|:-"); strings.Trim(rest, " \t|:-") == "" && strings.Contains(line, "-") {
			columns = max(columns, strings.Count(line, "|")+1)
		}
		depth := 0
		for _, r := range line {
			if r == '>' || r == '-' || r == '*' || r == '+' {
				depth++
			} else if r != ' ' && r != '\t' && (r < '0' || r > '9') && r != '.' && r != ')' {
				break
			}
		}
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		if depth > maxNesting && strings.Trim(strings.TrimSpace(line), "-*_ ") != "" || indent > 20*maxNesting {
			return &LimitError{fmt.Sprintf("quotes or lists nested more than %d deep", maxNesting)}
		}
	}
	if columns > 1 && columns*lines > maxCells {
		return &LimitError{fmt.Sprintf("a table of %d columns in a text of %d lines; at most %d cells are read", columns, lines, maxCells)}
	}
	if n := strings.Count(md, "](") - strings.Count(md, ")"); n > maxUnclosed {
		return &LimitError{fmt.Sprintf("%d links are not closed; at most %d may be", n, maxUnclosed)}
	}
	if strings.Count(md, "[") > maxEmphasis || strings.Count(md, "*")+strings.Count(md, "_") > maxEmphasis || strings.Count(md, "|") > maxTableCell {
		return &LimitError{fmt.Sprintf("more than %d markers of one kind", maxEmphasis)}
	}
	return nil
}

// place is where a block stands; it decides which blocks the schema allows.
type place int

const (
	inDoc place = iota
	inQuote
	inItem
)

type converter struct {
	src    []byte
	linked map[string]bool // destinations of the document's links
}

func (c *converter) blocks(parent ast.Node, where place) []*Node {
	var out []*Node
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		out = append(out, c.block(n, where)...)
	}
	return out
}

// block converts one block. Where the schema forbids it in this place, it
// becomes paragraphs with the same text.
func (c *converter) block(n ast.Node, where place) []*Node {
	switch n := n.(type) {
	case *ast.Heading:
		content := c.inlines(n)
		if where != inDoc {
			return []*Node{paragraph(addMark(content, Mark{Type: "strong"}))}
		}
		return []*Node{{Type: "heading", Attrs: map[string]any{"level": n.Level}, Content: content}}
	case *ast.Paragraph, *ast.TextBlock:
		return []*Node{paragraph(c.inlines(n))}
	case *ast.Blockquote:
		if where != inDoc {
			return c.blocks(n, where)
		}
		content := c.blocks(n, inQuote)
		if len(content) == 0 {
			content = []*Node{paragraph(nil)}
		}
		return []*Node{{Type: "blockquote", Content: content}}
	case *ast.List:
		return []*Node{c.list(n)}
	case *ast.FencedCodeBlock:
		return []*Node{c.code(n, string(n.Language(c.src)))}
	case *ast.CodeBlock:
		return []*Node{c.code(n, "")}
	case *ast.ThematicBreak:
		if where != inDoc {
			return []*Node{paragraph([]*Node{textNode("---")})}
		}
		return []*Node{{Type: "rule"}}
	case *ast.HTMLBlock:
		raw := c.lines(n)
		if n.HasClosure() {
			raw += string(n.ClosureLine.Value(c.src))
		}
		if raw = strings.TrimRight(raw, "\n"); raw == "" {
			return nil
		}
		return []*Node{paragraph([]*Node{textNode(raw)})}
	case *east.Table:
		if where != inDoc {
			return c.flatTable(n)
		}
		return []*Node{c.table(n)}
	case *ast.LinkReferenceDefinition:
		return c.definition(n)
	}
	return c.blocks(n, where)
}

func (c *converter) lines(n ast.Node) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(c.src))
	}
	return b.String()
}

func (c *converter) code(n ast.Node, language string) *Node {
	out := &Node{Type: "codeBlock"}
	if language != "" {
		out.Attrs = map[string]any{"language": language}
	}
	if body := strings.TrimSuffix(c.lines(n), "\n"); body != "" {
		out.Content = []*Node{textNode(body)}
	}
	return out
}

func (c *converter) list(n *ast.List) *Node {
	out := &Node{Type: "bulletList"}
	if n.IsOrdered() {
		out.Type = "orderedList"
		if n.Start != 1 {
			out.Attrs = map[string]any{"order": n.Start}
		}
	}
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		content := c.blocks(item, inItem)
		// An item starts with a paragraph or code; a list comes after one.
		if len(content) == 0 || content[0].Type != "paragraph" && content[0].Type != "codeBlock" {
			content = append([]*Node{paragraph(nil)}, content...)
		}
		out.Content = append(out.Content, &Node{Type: "listItem", Content: content})
	}
	return out
}

func (c *converter) table(n *east.Table) *Node {
	out := &Node{Type: "table"}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		kind := "tableCell"
		if _, header := row.(*east.TableHeader); header {
			kind = "tableHeader"
		}
		r := &Node{Type: "tableRow"}
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			content := c.inlines(cell)
			if cell.NextSibling() == nil {
				content = append(content, c.excess(cell)...)
			}
			r.Content = append(r.Content, &Node{Type: kind, Content: []*Node{paragraph(content)}})
		}
		out.Content = append(out.Content, r)
	}
	return out
}

// excess is the text of cells beyond the table's width. GFM ignores them;
// here they stay in the row's last cell, since no text is to be lost.
func (c *converter) excess(last ast.Node) []*Node {
	if last.Lines().Len() == 0 {
		return nil
	}
	rest := c.src[last.Lines().At(last.Lines().Len()-1).Stop:]
	if eol := bytes.IndexByte(rest, '\n'); eol >= 0 {
		rest = rest[:eol]
	}
	if s := strings.Trim(string(rest), " \t\r|"); s != "" {
		return []*Node{textNode(" | " + s)}
	}
	return nil
}

// flatTable writes a table's rows as paragraphs, cells apart by bars.
func (c *converter) flatTable(n *east.Table) []*Node {
	var out []*Node
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var content []*Node
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			if content != nil {
				content = append(content, textNode(" | "))
			}
			content = append(content, c.inlines(cell)...)
		}
		out = append(out, paragraph(content))
	}
	return out
}

// headingLevel keeps a level within what ADF has.
func headingLevel(n *Node) int {
	level, err := strconv.Atoi(n.attr("level"))
	if err != nil || level < 1 {
		return 1
	}
	return min(level, 6)
}
