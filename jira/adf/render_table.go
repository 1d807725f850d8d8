package adf

import (
	"strings"
)

// table returns a table. A first row that begins with a header cell is GFM's
// header row; a table without one has an empty header row. A cell of another
// type than its row suggests begins with <th> or <td>, and a missing one is
// <td/>. Example, for a row of one cell with two blocks and a header cell:
//
//	|  |  |
//	|---|---|
//	| x<br><br>```<br>a<br>b<br>``` | <th>y |
func (r *renderer) table(n *Node, depth int) string {
	rows := n.Content
	width := 1
	for _, row := range rows {
		width = max(width, len(row.Content))
	}
	headed := len(rows[0].Content) > 0 && rows[0].Content[0].Type == "tableHeader"
	aligned := columnAlignments(rows, width)
	var b strings.Builder
	b.Grow(64 * len(rows))
	writeRow := func(cells []string) {
		b.WriteByte('|')
		for _, c := range cells {
			b.WriteByte(' ')
			b.WriteString(c)
			b.WriteString(" |")
		}
		b.WriteByte('\n')
	}
	rule := func() {
		b.WriteByte('|')
		for _, a := range aligned {
			switch a {
			case "center":
				b.WriteString(":-:|")
			case "end":
				b.WriteString("--:|")
			default:
				b.WriteString("---|")
			}
		}
		b.WriteByte('\n')
	}
	if !headed {
		writeRow(make([]string, width))
		rule()
	}
	cells := make([]string, width)
	for i, row := range rows {
		kind := "tableCell"
		if headed && i == 0 {
			kind = "tableHeader"
		}
		empty := true
		for j := range cells {
			if j >= len(row.Content) {
				cells[j] = "<td/>"
				continue
			}
			cells[j] = r.cell(row.Content[j], kind, aligned[j], depth)
			empty = empty && cells[j] == ""
		}
		if empty && kind == "tableHeader" {
			cells[0] = "<th>" // An empty row would say that there is no header.
		}
		writeRow(cells)
		if headed && i == 0 {
			rule()
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// columnAlignments returns for each column the alignment that all its
// paragraphs have, or "".
func columnAlignments(rows []*Node, width int) []string {
	out := make([]string, width)
	for j := range out {
		out[j] = "?" // Not known yet.
	}
	for _, row := range rows {
		for j, cell := range row.Content {
			a := ""
			for i, c := range cell.Content {
				of := ""
				if len(c.Marks) > 0 && c.Type == "paragraph" {
					if m := c.Mark("alignment"); m != nil {
						of = attrOf(m.Attrs, "align")
					}
				}
				if i == 0 {
					a = of
				} else if a != of {
					a = ""
				}
			}
			if out[j] == "?" {
				out[j] = a
			} else if out[j] != a {
				out[j] = ""
			}
		}
	}
	for j, a := range out {
		if a != "center" && a != "end" {
			out[j] = ""
		}
	}
	return out
}

// cellReplacer replaces the characters that would end a line or a cell.
var cellReplacer = strings.NewReplacer("\n", "<br>", "|", `\|`)

// cellText returns s as the text of a cell: on one line, with escaped bars.
func cellText(s string) string {
	if !strings.ContainsAny(s, "\n|") {
		return s
	}
	return cellReplacer.Replace(s)
}

// cell returns one cell. A single paragraph on one line is plain inline
// Markdown. All else is the Markdown of blocks with <br> for line ends.
// FromMarkdown recognizes that form by its <br>; a single line therefore begins
// with one.
func (r *renderer) cell(n *Node, kind, aligned string, depth int) string {
	prefix := ""
	if n.Type != kind {
		prefix = "<td>"
		if n.Type == "tableHeader" {
			prefix = "<th>"
		}
	}
	content := n.Content
	r.aligned = aligned // The column has it already.
	defer func() { r.aligned = "" }()
	if len(content) == 1 && content[0].Type == "paragraph" && isReadable(content[0], inCell, depth) {
		p := content[0]
		if len(p.Content) == 0 {
			return prefix + r.blockMarks(p, inCell)
		}
		if s := r.inCellParagraph(p); !strings.Contains(s, "\n") {
			return prefix + cellText(s)
		}
	}
	s := strings.Join(r.blocks(content, inCell, depth+1, true), "\n\n")
	if !strings.Contains(s, "\n") {
		s = "\n" + s
	}
	return prefix + cellText(s)
}

// inCellParagraph returns the only paragraph of a cell. No escapes at its start
// are needed, since a cell without <br> contains no blocks. If it has several
// lines, cell renders it again as a block, so it removes the opaque numbers.
func (r *renderer) inCellParagraph(p *Node) string {
	if allOf(p.Content, func(c *Node) bool { return c.Type == "hardBreak" && !c.malformed }) {
		return r.paragraph(p, inCell, true)
	}
	opaque := len(r.opaque)
	s := r.blockMarks(p, inCell) + r.inlines(p.Content, false, true)
	if strings.Contains(s, "\n") {
		r.dropReferences(opaque)
	}
	return s
}
