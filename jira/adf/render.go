package adf

import (
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/invisible"
)

// ToMarkdown returns a document as Markdown; see the package documentation for
// the forms.
func ToMarkdown(n *Node, opts ...Option) string {
	if n == nil {
		return ""
	}
	o := newOptions(opts)
	r := &renderer{hideInvisible: o.hideInvisible}
	return strings.Join(r.topLevel(n), "\n\n")
}

// renderer writes nodes as Markdown.
type renderer struct {
	hideInvisible bool
	opaque        []*Node      // The opaque nodes, in the order of their numbers.
	places        []place      // The place of each opaque node; 0 in inline content.
	insideOpaque  bool         // Whether it renders the inside of an opaque block, where nothing is numbered.
	aligned       string       // The alignment of the column of the current cell.
	buffer        []byte       // Reused for inline content.
	writer        inlineWriter // Reused likewise.
}

// dropReferences removes the opaque nodes from index n on, and thus their
// numbers, when the text that named them is written again in another way.
func (r *renderer) dropReferences(n int) { r.opaque, r.places = r.opaque[:n], r.places[:n] }

// topLevel returns each top-level block as Markdown. A blank line between them
// makes each one read the same, whatever stands beside it.
func (r *renderer) topLevel(n *Node) []string {
	if n.Type != "doc" || n.malformed {
		return []string{r.opaqueBlock(n, inDoc)}
	}
	return r.blocks(n.Content, inDoc, 0, false)
}

// visibleLines is like visible for text of several lines. Line ends of other
// systems, which text pasted from Windows has, are shown as \n; [Apply] keeps
// them as long as the text stays.
func (r *renderer) visibleLines(s string) string { return lineFeeds(r.visible(s)) }

// visible returns the part of s to show: with [HideInvisible], s without its
// invisible characters.
func (r *renderer) visible(s string) string {
	if !r.hideInvisible {
		return s
	}
	return invisible.Clean(s)
}

// blocks returns the children of a container as Markdown. Lists that follow one
// another alternate their markers (- and *, or . and )), since CommonMark would
// read lists with the same marker as one.
func (r *renderer) blocks(nodes []*Node, where place, depth int, inCell bool) []string {
	out := make([]string, len(nodes))
	other := false
	for i, n := range nodes {
		if i > 0 && shareMarker(nodes[i-1].Type, n.Type) {
			other = !other
		} else {
			other = false
		}
		out[i] = r.block(n, where, depth, inCell, other)
	}
	return out
}

// shareMarker reports whether two types are lists with the same marker.
func shareMarker(a, b string) bool {
	bulleted := func(s string) bool { return s == "bulletList" || s == "taskList" || s == "decisionList" }
	return bulleted(a) && bulleted(b) || a == "orderedList" && b == "orderedList"
}

// block returns one block as Markdown. other selects the other list marker. A
// block that the schema does not allow in this place, or that lacks the shape
// of its type, is opaque.
func (r *renderer) block(n *Node, where place, depth int, inCell, other bool) string {
	if !isReadable(n, where, depth) {
		return r.opaqueBlock(n, where)
	}
	switch n.Type {
	case "paragraph":
		return r.paragraph(n, where, inCell)
	case "heading":
		return r.heading(n, where, inCell)
	case "bulletList", "orderedList":
		return r.list(n, depth, inCell, other)
	case "taskList":
		return r.taskList(n, depth, inCell, other)
	case "decisionList":
		return r.decisionList(n, inCell, other)
	case "codeBlock":
		return r.codeBlock(n, where, inCell)
	case "blockquote":
		return quote(strings.Join(r.blocks(n.Content, inQuote, depth+1, inCell), "\n\n"))
	case "panel":
		return r.panel(n, depth, inCell)
	case "rule":
		return "---"
	case "table":
		return r.table(n, depth)
	case "mediaSingle":
		return r.mediaSingle(n, inCell)
	case "mediaGroup":
		var parts []string
		for _, m := range n.Content {
			parts = append(parts, r.mediaImage(m, inCell))
		}
		return "<mediagroup>" + strings.Join(parts, " ") + "</mediagroup>"
	case "blockCard":
		return formatTag("card", cardURL(n))
	case "embedCard":
		return formatTag("embed", cardURL(n))
	}
	return r.expand(n, depth, inCell)
}

// emptyParagraph is the form of a paragraph in which nothing can be seen.
const emptyParagraph = "<br/>"

// paragraph returns a paragraph. One of only hard breaks has one <br/> for
// each, and one for the paragraph.
func (r *renderer) paragraph(n *Node, where place, inCell bool) string {
	prefix := r.blockMarks(n, where)
	if allOf(n.Content, func(c *Node) bool { return c.Type == "hardBreak" && !c.malformed }) {
		return prefix + strings.Repeat(emptyParagraph, len(n.Content)+1)
	}
	b := r.inlineBytes(append(r.buffer[:0], prefix...), n.Content, false, inCell)
	if len(b) == len(prefix) { // Nothing in it can be seen.
		return prefix + emptyParagraph
	}
	b = escapeLineStarts(b, 0)
	r.buffer = b
	return string(b)
}

// blockMarks returns the tags for the marks of a paragraph or heading, as far
// as they have a form and are allowed in this place. It omits an alignment that
// the table's column has already.
func (r *renderer) blockMarks(n *Node, where place) string {
	out := ""
	for _, m := range n.Marks {
		switch m.Type {
		case "alignment":
			if a := attrOf(m.Attrs, "align"); (a == "center" || a == "end") && a != r.aligned && alignPlaces[n.Type]&where != 0 {
				out += "<align:" + a + ">"
			}
		case "indentation":
			if l := attrOf(m.Attrs, "level"); len(l) == 1 && l >= "1" && l <= "6" && indentationPlaces[n.Type]&where != 0 {
				out += "<indent:" + l + ">"
			}
		case "fontSize":
			if attrOf(m.Attrs, "fontSize") == "small" && fontSizePlaces[n.Type]&where != 0 {
				out += "<size:small>"
			}
		}
	}
	return out
}

// heading returns a heading on one line.
func (r *renderer) heading(n *Node, where place, inCell bool) string {
	text := r.blockMarks(n, where) + r.inlines(n.Content, true, inCell)
	if strings.HasSuffix(text, "#") { // CommonMark drops closing number signs.
		text = text[:len(text)-1] + `\#`
	}
	return strings.TrimRight(strings.Repeat("#", n.integer("level", 1))+" "+text, " ")
}

// alertOfPanel maps panel types to alerts: GitHub's own if it has one for the
// type.
var alertOfPanel = map[string]string{"info": "NOTE", "note": "IMPORTANT", "tip": "TIP", "warning": "WARNING", "error": "CAUTION",
	"success": "SUCCESS", "custom": "CUSTOM"}

// panel returns a panel as an alert. An unknown type is shown as CUSTOM.
func (r *renderer) panel(n *Node, depth int, inCell bool) string {
	alert := alertOfPanel[n.Attr("panelType")]
	if alert == "" {
		alert = "CUSTOM"
	}
	blocks := r.blocks(n.Content, inPanel, depth+1, inCell)
	sep := "\n\n"
	if n.Content[0].Type == "paragraph" && !strings.HasPrefix(blocks[0], "<") {
		sep = "\n"
	}
	return quote("[!" + alert + "]" + sep + strings.Join(blocks, "\n\n"))
}

// expand returns an expand as <details>.
func (r *renderer) expand(n *Node, depth int, inCell bool) string {
	body := strings.Join(r.blocks(n.Content, childPlace(n.Type), depth+1, inCell), "\n\n")
	return "<details><summary>" + escapeRaw(r.visible(n.Attr("title"))) + "</summary>\n\n" + body + "\n\n</details>"
}

// mediaSingle returns a picture with its caption. A link may be a mark of
// either node; both have the same form.
func (r *renderer) mediaSingle(n *Node, inCell bool) string {
	m := n.Content[0]
	if link := n.Mark("link"); link != nil && m.Mark("link") == nil {
		linked := *m
		linked.Marks = append([]Mark{*link}, m.Marks...)
		m = &linked
	}
	image := r.mediaImage(m, inCell)
	if len(n.Content) == 2 {
		image += "<figcaption>" + r.inlines(n.Content[1].Content, true, inCell) + "</figcaption>"
	}
	return image
}

// quote returns s as a block quote.
func quote(s string) string { return prefixLines("> ", ">", s) }

// prefixLines returns s with a prefix before every line, and bare before empty
// lines.
func prefixLines(prefix, bare, s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	for {
		end := strings.IndexByte(s, '\n')
		line := s
		if end >= 0 {
			line = s[:end]
		}
		if line == "" {
			b.WriteString(bare)
		} else {
			b.WriteString(prefix)
			b.WriteString(line)
		}
		if end < 0 {
			return b.String()
		}
		b.WriteByte('\n')
		s = s[end+1:]
	}
}

// number returns the number of an ordered list's first item. It is 1 if the
// attribute is absent or not from 0 to 999,999,000: CommonMark reads at most
// nine digits.
func number(n *Node) int {
	if f, err := strconv.ParseFloat(n.Attr("order"), 64); err == nil && f >= 0 && f <= 999_999_000 {
		return int(f)
	}
	return 1
}
