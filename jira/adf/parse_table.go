package adf

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// table converts a table. An empty header row is no row of the table.
func (c *converter) table(n *east.Table) *Node {
	out := &Node{Type: "table"}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		kind := "tableCell"
		if _, header := row.(*east.TableHeader); header {
			kind = "tableHeader"
			if row.NextSibling() != nil && c.isEmptyRow(row) {
				continue
			}
		}
		r := &Node{Type: "tableRow", Content: []*Node{}}
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			if node := c.cell(cell.(*east.TableCell), kind); node != nil {
				r.Content = append(r.Content, node)
			}
			if cell.NextSibling() == nil {
				c.addExcessCells(r, cell)
			}
		}
		out.Content = append(out.Content, r)
	}
	return out
}

// isEmptyRow reports whether no cell of a row has content.
func (c *converter) isEmptyRow(row ast.Node) bool {
	for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
		if cell.FirstChild() != nil {
			return false
		}
	}
	return true
}

// alignmentOf maps goldmark's alignments to ADF's.
var alignmentOf = map[east.Alignment]string{east.AlignCenter: "center", east.AlignRight: "end"}

// cell converts a cell; to nil if <td/> marks it as missing.
func (c *converter) cell(n *east.TableCell, kind string) *Node {
	var raw []byte
	if n.Lines() != nil && n.Lines().Len() > 0 {
		segment := n.Lines().At(0)
		raw = segment.Value(c.src)
	}
	if t, ok := n.FirstChild().(*tagNode); ok && !t.closing && (t.name == "th" || t.name == "td") {
		if t.selfClosed && len(bytes.TrimSpace(raw)) == len(t.source) {
			return nil
		}
		kind = map[string]string{"th": "tableHeader", "td": "tableCell"}[t.name]
		raw = raw[len(t.source):]
		n.RemoveChild(n, t)
		if text, ok := n.FirstChild().(*ast.Text); ok {
			text.Segment = text.Segment.TrimLeftSpace(c.src)
		}
	}
	out := &Node{Type: kind}
	if lines := lineBreaks(raw); len(lines) > 0 {
		out.Content = c.cellBlocks(raw, lines)
	} else {
		run := c.inlineRun(n, inCell)
		out.Content = run.split(&Node{Type: "paragraph", Marks: run.blockMarks("paragraph", inCell)}, inCell)
	}
	if align := alignmentOf[n.Alignment]; align != "" {
		for _, p := range out.Content {
			if p.Type == "paragraph" && len(p.Marks) == 0 {
				p.Marks = []Mark{{Type: "alignment", Attrs: newAttrs("align", align)}}
			}
		}
	}
	return out
}

// lineBreak is the form of a line end in a cell.
const lineBreak = "<br>"

// lineBreaks returns the offsets of the <br> in a cell that are neither escaped
// nor in a code span. In a code fence <br> is a line end too. Without one the
// cell is plain inline content, so this decides how it is parsed.
func lineBreaks(raw []byte) []int {
	if !bytes.Contains(raw, []byte(lineBreak)) {
		return nil
	}
	var out []int
	start := 0 // Of the line.
	fence := 0 // The number of backticks of the open fence.
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			if fence == 0 {
				i++
			}
		case '`':
			n := count(raw[i:], '`')
			leading := onlyOf(raw[start:i], " >-*+0123456789.)")
			switch {
			case fence > 0:
				if n >= fence && onlyOf(raw[start:i], " >") {
					fence = 0
				}
			case n >= 3 && leading:
				fence = n
			default:
				if end := closingTicks(raw[i+n:], n); end >= 0 {
					i += n + end
				}
			}
			i += n - 1
		case '<':
			if bytes.HasPrefix(raw[i:], []byte(lineBreak)) {
				out = append(out, i)
				i += len(lineBreak) - 1
				start = i + 1
			}
		}
	}
	return out
}

// closingTicks returns the offset of the run of n backticks that ends a code
// span, or -1.
func closingTicks(s []byte, n int) int {
	for i := 0; i < len(s); i++ {
		if s[i] != '`' {
			continue
		}
		k := count(s[i:], '`')
		if k == n {
			return i
		}
		i += k - 1
	}
	return -1
}

// cellBlocks converts a cell with several lines. It parses its Markdown on its
// own: with line ends for <br>, and without the escapes of bars. Text beyond
// the limits stays text.
func (c *converter) cellBlocks(raw []byte, breaks []int) []*Node {
	var md []byte
	from := 0
	for _, at := range breaks {
		md = append(append(md, raw[from:at]...), '\n')
		from = at + len(lineBreak)
	}
	md = append(md, raw[from:]...)
	inner := &converter{src: bytes.ReplaceAll(md, []byte(`\|`), []byte("|")), o: c.o, inCell: true}
	if checkLimits(string(inner.src)) != nil {
		return []*Node{paragraph([]*Node{textNode(string(raw))})}
	}
	out := inner.document(inCell)
	c.hoisted = append(c.hoisted, inner.hoisted...)
	if len(out) == 0 {
		out = []*Node{paragraph(nil)}
	}
	return out
}

// addExcessCells adds the cells beyond the width of the header row. GFM ignores
// them, but no text may be lost, and Atlassian's transformer keeps them too.
// goldmark has dropped them already, so they are read from the source after the
// last cell.
func (c *converter) addExcessCells(row *Node, last ast.Node) {
	if last.Lines() == nil || last.Lines().Len() == 0 {
		return
	}
	rest := c.src[last.Lines().At(last.Lines().Len()-1).Stop:]
	if eol := bytes.IndexByte(rest, '\n'); eol >= 0 {
		rest = rest[:eol]
	}
	rest = bytes.TrimSpace(rest)
	rest = bytes.TrimPrefix(rest, []byte("|"))
	if !bytes.HasSuffix(rest, []byte(`\|`)) {
		rest = bytes.TrimSuffix(rest, []byte("|"))
	}
	if len(bytes.Trim(rest, " \t|")) == 0 {
		return
	}
	for len(rest) > 0 {
		end := 0
		for end < len(rest) && (rest[end] != '|' || end > 0 && rest[end-1] == '\\') {
			end++
		}
		inner := &converter{src: bytes.ReplaceAll(bytes.TrimSpace(rest[:end]), []byte(`\|`), []byte("|")), o: c.o}
		var nodes []*Node
		for _, block := range inner.document(inItem) {
			if len(nodes) > 0 {
				nodes = append(nodes, textNode(" "))
			}
			nodes = append(nodes, inlineText(block)...)
		}
		row.Content = append(row.Content, &Node{Type: "tableCell", Content: []*Node{paragraph(mergeTexts(nodes))}})
		if end == len(rest) {
			break
		}
		rest = rest[end+1:]
	}
}

// inlineText returns the inline content of a block and the blocks in it.
func inlineText(n *Node) []*Node {
	if inlineContent[n.Type] {
		return n.Content
	}
	var out []*Node
	for _, c := range n.Content {
		out = append(out, inlineText(c)...)
	}
	return out
}

// flatTable returns the rows of a table as paragraphs, with bars between the
// cells.
func (c *converter) flatTable(n *east.Table) []*Node {
	var out []*Node
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var content []*Node
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			if cell != row.FirstChild() {
				content = append(content, textNode(" | "))
			}
			content = append(content, c.inlineRun(cell, inCell).inlineOnly(false)...)
		}
		if _, head := row.(*east.TableHeader); !head && row.LastChild() != nil {
			var more Node
			c.addExcessCells(&more, row.LastChild())
			for _, cell := range more.Content {
				content = append(append(content, textNode(" | ")), inlineText(cell)...)
			}
		}
		out = append(out, paragraph(mergeTexts(content)))
	}
	return out
}
