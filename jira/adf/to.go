package adf

import (
	"fmt"
	"strconv"
	"strings"
)

// maxDepth bounds the recursion over hostile documents.
const maxDepth = 200

// ToMarkdown renders a document as Markdown. Text is never lost; see the
// package documentation for the forms.
func ToMarkdown(n *Node) string {
	if n == nil {
		return ""
	}
	return strings.TrimSpace(strings.Join(blockTexts(n.Content, 0), "\n\n"))
}

func blockTexts(nodes []*Node, depth int) []string {
	var out []string
	for i := 0; i < len(nodes); i++ {
		// Inline nodes directly in a container make one paragraph.
		if isInline(nodes[i]) {
			j := i
			for j < len(nodes) && isInline(nodes[j]) {
				j++
			}
			out = append(out, escapeLineStarts(inlineMarkdown(nodes[i:j])))
			i = j - 1
			continue
		}
		if s := blockMarkdown(nodes[i], depth); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func blockMarkdown(n *Node, depth int) string {
	if n == nil || depth > maxDepth {
		return ""
	}
	switch n.Type {
	case "paragraph":
		return escapeLineStarts(inlineMarkdown(n.Content))
	case "heading":
		title := strings.ReplaceAll(inlineMarkdown(n.Content), "\n", " ")
		return strings.Repeat("#", headingLevel(n)) + " " + title
	case "bulletList", "orderedList", "taskList", "decisionList":
		return listMarkdown(n, depth)
	case "codeBlock":
		return fence(n.attr("language"), rawContent(n))
	case "blockquote":
		return prefixLines("> ", strings.Join(blockTexts(n.Content, depth+1), "\n\n"))
	case "panel":
		return prefixLines("> ", "[!"+alertOf(n.attr("panelType"))+"]\n"+strings.Join(blockTexts(n.Content, depth+1), "\n\n"))
	case "rule":
		return "---"
	case "table":
		return tableMarkdown(n, depth)
	case "mediaSingle", "mediaGroup":
		return strings.Join(blockTexts(n.Content, depth+1), "\n\n")
	case "caption":
		return escapeLineStarts(inlineMarkdown(n.Content))
	case "expand", "nestedExpand":
		body := blockTexts(n.Content, depth+1)
		if title := n.attr("title"); title != "" {
			body = append([]string{"**" + escapeText(title) + "**"}, body...)
		}
		return strings.Join(body, "\n\n")
	}
	if body := blockTexts(n.Content, depth+1); len(body) > 0 {
		return strings.Join(body, "\n\n")
	}
	return inlineText(n)
}

func alertOf(panel string) string {
	switch panel {
	case "warning":
		return "WARNING"
	case "error":
		return "CAUTION"
	case "success":
		return "TIP"
	}
	return "NOTE"
}

func listMarkdown(n *Node, depth int) string {
	number := 1
	if start, err := strconv.Atoi(n.attr("order")); err == nil {
		number = start
	}
	var items []string
	for _, item := range n.Content {
		marker := "- "
		switch {
		case n.Type == "orderedList":
			marker = strconv.Itoa(number) + ". "
			number++
		case item.Type == "taskItem" && item.attr("state") == "DONE":
			marker = "- [x] "
		case item.Type == "taskItem":
			marker = "- [ ] "
		}
		indent := strings.Repeat(" ", strings.IndexByte(marker, ' ')+1)
		if item.Type == "taskList" || item.Type == "bulletList" || item.Type == "orderedList" {
			items = append(items, indentLines(indent, blockMarkdown(item, depth+1)))
			continue
		}
		items = append(items, marker+strings.TrimPrefix(indentLines(indent, itemBody(item, depth)), indent))
	}
	return strings.Join(items, "\n")
}

// itemBody joins an item's blocks: a list follows its paragraph directly, all
// else is set apart by an empty line.
func itemBody(item *Node, depth int) string {
	var b strings.Builder
	for i, c := range item.Content {
		s := ""
		if isInline(c) {
			if i > 0 && isInline(item.Content[i-1]) {
				continue // rendered with the run it belongs to
			}
			end := i
			for end < len(item.Content) && isInline(item.Content[end]) {
				end++
			}
			s = inlineMarkdown(item.Content[i:end])
		} else {
			s = blockMarkdown(c, depth+1)
		}
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
			if !strings.HasSuffix(c.Type, "List") {
				b.WriteByte('\n')
			}
		}
		b.WriteString(s)
	}
	return b.String()
}

// inCell keeps a cell on one line and its bars apart from the table's.
var inCell = strings.NewReplacer("\\\n", " ", "\n", " ", "|", `\|`)

func tableMarkdown(n *Node, depth int) string {
	var rows [][]string
	width, headed := 0, false
	for r, row := range n.Content {
		var cells []string
		for _, cell := range row.Content {
			headed = headed || r == 0 && cell.Type == "tableHeader"
			s := strings.Join(blockTexts(cell.Content, depth+1), " ")
			s = inCell.Replace(s)
			cells = append(cells, s)
		}
		width = max(width, len(cells))
		rows = append(rows, cells)
	}
	if width == 0 {
		return ""
	}
	if !headed {
		rows = append([][]string{make([]string, width)}, rows...)
	}
	var b strings.Builder
	for i, cells := range rows {
		for len(cells) < width {
			cells = append(cells, "")
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
		if i == 0 {
			b.WriteString(strings.Repeat("|---", width) + "|\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// fence wraps code in a fence longer than any run of backticks inside.
func fence(language, body string) string {
	mark := "```"
	for strings.Contains(body, mark) {
		mark += "`"
	}
	return mark + language + "\n" + body + "\n" + mark
}

func rawContent(n *Node) string {
	var b strings.Builder
	for _, c := range n.Content {
		b.WriteString(c.Text)
		if c.Type == "hardBreak" {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func prefixLines(prefix, s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(prefix+line, " ")
	}
	return strings.Join(lines, "\n")
}

func indentLines(indent, s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = indent + line
		}
	}
	return strings.Join(lines, "\n")
}
