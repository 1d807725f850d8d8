package adf

// place is a bit set of the places in which a block can stand. It decides which
// blocks the schema allows there (npm @atlaskit/adf-schema, full.json).
type place uint16

const (
	inDoc place = 1 << iota
	inQuote
	inItem
	inPanel
	inExpand
	inNested // In a nestedExpand.
	inCell
	inTask // In a blockTaskItem.
)

// everywhere holds all places but a task.
const everywhere = inDoc | inQuote | inItem | inPanel | inExpand | inNested | inCell

// blockPlaces maps the blocks that have a readable form to the places in which
// the schema allows them. A node in any other place is not valid and is shown
// as opaque.
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

// The places in which the schema allows marks on blocks: its definitions
// paragraph_with_… and heading_with_….
var (
	alignPlaces       = map[string]place{"paragraph": inDoc | inCell, "heading": inDoc | inCell}
	indentationPlaces = map[string]place{"paragraph": inDoc, "heading": inDoc | inCell}
	fontSizePlaces    = map[string]place{"paragraph": inDoc | inItem | inPanel | inExpand | inNested | inTask}
)

// inlineTypes holds the inline nodes that have a readable form.
var inlineTypes = map[string]bool{"text": true, "hardBreak": true, "mention": true, "emoji": true, "date": true, "status": true,
	"inlineCard": true, "placeholder": true, "mediaInline": true}

// maxDepth limits nesting: deeper blocks are shown as opaque. FromMarkdown does
// not read more either.
const maxDepth = maxNesting

// paragraphPlaces saves isReadable a lookup.
var paragraphPlaces = blockPlaces["paragraph"]

// isReadable reports whether a block has a readable form in its place; blocks
// without one are opaque. It checks the block's own shape. Children are checked
// on their own, unless the block only makes sense with them (a table and its
// rows).
func isReadable(n *Node, where place, depth int) bool {
	if n.Type == "paragraph" { // By far the most common block.
		return !n.malformed && paragraphPlaces&where != 0 && depth <= maxDepth
	}
	if n.malformed || blockPlaces[n.Type]&where == 0 || depth > maxDepth {
		return false
	}
	switch n.Type {
	case "heading":
		level := n.integer("level", 0)
		return level >= 1 && level <= 6
	case "rule", "blockCard", "embedCard":
		return true
	case "codeBlock":
		return allOf(n.Content, func(c *Node) bool { return c.Type == "text" && !c.malformed && len(c.Marks) == 0 })
	case "bulletList", "orderedList":
		return hasOnly(n, func(c *Node) bool { return c.Type == "listItem" && !c.malformed && len(c.Content) > 0 })
	case "decisionList":
		return hasOnly(n, func(c *Node) bool { return c.Type == "decisionItem" && !c.malformed })
	case "taskList":
		return hasOnly(n, func(c *Node) bool { return isReadableTask(c, depth+1) })
	case "mediaSingle":
		return isReadableMedia(n)
	case "mediaGroup":
		return hasOnly(n, isMedia)
	case "table":
		return isReadableTable(n)
	}
	return len(n.Content) > 0
}

// isReadableTask reports whether an item of a task list has a readable form.
func isReadableTask(c *Node, depth int) bool {
	if c.malformed || depth > maxDepth {
		return false
	}
	switch c.Type {
	case "taskItem":
		return true
	case "blockTaskItem":
		return len(c.Content) > 0
	}
	return c.Type == "taskList" && len(c.Content) > 0 && allOf(c.Content, func(c *Node) bool { return isReadableTask(c, depth+1) })
}

// isReadableMedia reports whether a mediaSingle is one medium, with or without a
// caption.
func isReadableMedia(n *Node) bool {
	switch len(n.Content) {
	case 1:
		return isMedia(n.Content[0])
	case 2:
		return isMedia(n.Content[0]) && n.Content[1].Type == "caption" && !n.Content[1].malformed
	}
	return false
}

// isMedia reports whether n is a well-formed media node.
func isMedia(n *Node) bool { return n.Type == "media" && !n.malformed }

// isReadableTable reports whether a table has only rows of well-formed cells
// without spans, which Markdown cannot express.
func isReadableTable(n *Node) bool {
	return len(n.Content) > 0 && allOf(n.Content, func(row *Node) bool {
		return row.Type == "tableRow" && !row.malformed && allOf(row.Content, func(cell *Node) bool {
			return (cell.Type == "tableCell" || cell.Type == "tableHeader") && !cell.malformed && len(cell.Content) > 0 && !hasSpan(cell)
		})
	})
}

// hasSpan reports whether a cell covers several columns or rows.
func hasSpan(cell *Node) bool {
	return cell.Attrs != nil && (cell.integer("colspan", 1) != 1 || cell.integer("rowspan", 1) != 1)
}

// hasOnly reports whether a node has content and ok is true for all of it.
func hasOnly(n *Node, ok func(*Node) bool) bool { return len(n.Content) > 0 && allOf(n.Content, ok) }

// allOf reports whether ok is true for all nodes.
func allOf(nodes []*Node, ok func(*Node) bool) bool {
	for _, n := range nodes {
		if !ok(n) {
			return false
		}
	}
	return true
}

// childPlace returns the place in which the children of a container stand. It is
// inDoc for types that are no place of their own, such as lists and tables;
// their callers keep the place of the container around them.
func childPlace(container string) place {
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
