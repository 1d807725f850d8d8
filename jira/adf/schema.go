package adf

// place is where a block stands; it decides which blocks the schema allows
// there (npm @atlaskit/adf-schema, full.json).
type place uint16

const (
	inDoc place = 1 << iota
	inQuote
	inItem
	inPanel
	inExpand
	inNested // a nestedExpand
	inCell
	inTask // a blockTaskItem
)

const everywhere = inDoc | inQuote | inItem | inPanel | inExpand | inNested | inCell

// blockPlaces says where a block that has a readable form may stand. A node
// in any other place is not valid and is shown as opaque.
var blockPlaces = map[string]place{
	"paragraph":    everywhere | inTask,
	"codeBlock":    everywhere,
	"bulletList":   everywhere,
	"orderedList":  everywhere,
	"mediaSingle":  everywhere,
	"mediaGroup":   everywhere &^ inItem,
	"heading":      inDoc | inPanel | inExpand | inNested | inCell,
	"rule":         inDoc | inPanel | inExpand | inNested | inCell,
	"taskList":     everywhere &^ inQuote,
	"decisionList": inDoc | inPanel | inExpand | inNested | inCell,
	"blockquote":   inDoc | inExpand | inNested | inCell,
	"panel":        inDoc | inExpand | inNested | inCell,
	"table":        inDoc | inExpand,
	"expand":       inDoc,
	"nestedExpand": inExpand | inCell,
	"blockCard":    inDoc | inPanel | inExpand | inCell,
	"embedCard":    inDoc | inExpand | inCell,
}

// Marks on blocks, by place: the schema's paragraph_with_… and heading_with_…
var (
	alignPlaces       = map[string]place{"paragraph": inDoc | inCell, "heading": inDoc | inCell}
	indentationPlaces = map[string]place{"paragraph": inDoc, "heading": inDoc | inCell}
	fontSizePlaces    = map[string]place{"paragraph": inDoc | inItem | inPanel | inExpand | inNested | inTask}
)

// inlineTypes are the inline nodes that have a readable form.
var inlineTypes = map[string]bool{"text": true, "hardBreak": true, "mention": true, "emoji": true, "date": true, "status": true,
	"inlineCard": true, "placeholder": true, "mediaInline": true}

// maxDepth bounds nesting: what lies deeper is shown as opaque. It is as much
// as FromMarkdown reads.
const maxDepth = maxNesting

var paragraphPlaces = blockPlaces["paragraph"]

// readable reports whether a block has a readable form where it stands; what
// has none is opaque. It looks at the block's own shape: its children's are
// their own matter, unless they only make sense together.
func readable(n *Node, where place, depth int) bool {
	if n.Type == "paragraph" { // by far the most
		return !n.odd && paragraphPlaces&where != 0 && depth <= maxDepth
	}
	if n.odd || blockPlaces[n.Type]&where == 0 || depth > maxDepth {
		return false
	}
	switch n.Type {
	case "heading":
		level := n.integer("level", 0)
		return level >= 1 && level <= 6
	case "rule", "blockCard", "embedCard":
		return true
	case "codeBlock":
		return allOf(n.Content, func(c *Node) bool { return c.Type == "text" && !c.odd && len(c.Marks) == 0 })
	case "bulletList", "orderedList":
		return filled(n, func(c *Node) bool { return c.Type == "listItem" && !c.odd && len(c.Content) > 0 })
	case "decisionList":
		return filled(n, func(c *Node) bool { return c.Type == "decisionItem" && !c.odd })
	case "taskList":
		return filled(n, func(c *Node) bool { return readableTask(c, depth+1) })
	case "mediaSingle":
		return readableMedia(n)
	case "mediaGroup":
		return filled(n, isMedia)
	case "table":
		return readableTable(n)
	}
	return len(n.Content) > 0
}

func readableTask(c *Node, depth int) bool {
	if c.odd || depth > maxDepth {
		return false
	}
	switch c.Type {
	case "taskItem":
		return true
	case "blockTaskItem":
		return len(c.Content) > 0
	}
	return c.Type == "taskList" && len(c.Content) > 0 && allOf(c.Content, func(c *Node) bool { return readableTask(c, depth+1) })
}

func readableMedia(n *Node) bool {
	switch len(n.Content) {
	case 1:
		return isMedia(n.Content[0])
	case 2:
		return isMedia(n.Content[0]) && n.Content[1].Type == "caption" && !n.Content[1].odd
	}
	return false
}

func isMedia(n *Node) bool { return n.Type == "media" && !n.odd }

func readableTable(n *Node) bool {
	return len(n.Content) > 0 && allOf(n.Content, func(row *Node) bool {
		return row.Type == "tableRow" && !row.odd && allOf(row.Content, func(cell *Node) bool {
			return (cell.Type == "tableCell" || cell.Type == "tableHeader") && !cell.odd && len(cell.Content) > 0 && !spans(cell)
		})
	})
}

func spans(cell *Node) bool {
	return cell.Attrs != nil && (cell.integer("colspan", 1) != 1 || cell.integer("rowspan", 1) != 1)
}

// filled reports a node that has content, all of it as it should be.
func filled(n *Node, ok func(*Node) bool) bool { return len(n.Content) > 0 && allOf(n.Content, ok) }

func allOf(nodes []*Node, ok func(*Node) bool) bool {
	for _, n := range nodes {
		if !ok(n) {
			return false
		}
	}
	return true
}

// inside is the place that a container's children stand in.
func inside(container string) place {
	switch container {
	case "blockquote":
		return inQuote
	case "listItem":
		return inItem
	case "panel":
		return inPanel
	case "expand":
		return inExpand
	case "nestedExpand":
		return inNested
	case "tableCell", "tableHeader":
		return inCell
	case "blockTaskItem":
		return inTask
	}
	return inDoc
}
