package adf

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

// pairTags pairs the tags among siblings: the result has, for each opening tag,
// the index of its closing tag, and -1 for all other nodes. Tags nest: a
// closing tag ends the open tags within its own, which then are text.
//
//	<u> a <sub> b </u> c </sub>    only <u> and </u> are a pair
func pairTags(list []ast.Node) []int {
	out := make([]int, len(list))
	var stack []int
	open := map[string]int{}
	for i, n := range list {
		out[i] = -1
		t, ok := n.(*tagNode)
		if !ok || tags[t.name] != tagPair || t.raw != "" || t.selfClosed {
			continue
		}
		if !t.closing {
			stack = append(stack, i)
			open[t.name]++
			continue
		}
		for open[t.name] > 0 {
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			name := list[top].(*tagNode).name
			open[name]--
			if name == t.name {
				out[top] = i
				break
			}
		}
	}
	return out
}

// siblingsWithTags converts the siblings from index from to before index to,
// among which are tags. closes is the result of pairTags.
func (w *inlineReader) siblingsWithTags(list []ast.Node, closes []int, from, to int, marks []Mark) {
	for i := from; i < to; i++ {
		t, ok := list[i].(*tagNode)
		if !ok {
			w.node(list[i], marks)
			continue
		}
		end := closes[i]
		if end < 0 {
			w.singleTag(t, marks)
			continue
		}
		if m, ok := markOf(t); ok {
			w.siblingsWithTags(list, closes, i+1, end, addMark(marks, m))
			i = end
			continue
		}
		if w.groupTag(t, list, closes, i+1, end) {
			i = end
			continue
		}
		w.text(string(t.source), marks)
	}
}

// markOf returns the mark that a pair of tags puts on the text between them.
func markOf(t *tagNode) (Mark, bool) {
	switch t.name {
	case "u":
		return Mark{Type: "underline"}, true
	case "sub", "sup":
		return Mark{Type: "subsup", Attrs: newAttrs("type", t.name)}, true
	case "bold":
		return Mark{Type: "strong"}, true
	case "italic":
		return Mark{Type: "em"}, true
	case "strike":
		return Mark{Type: "strike"}, true
	case "a":
		href := attribute(t.source, "href")
		return linkMark(escapeURL(href), attribute(t.source, "title")), href != "" && !hasUnsafeScheme(href) && !hasAtomScheme(href)
	case "color":
		return Mark{Type: "textColor", Attrs: newAttrs("color", t.value)}, isColor(t.value)
	case "bg":
		return Mark{Type: "backgroundColor", Attrs: newAttrs("color", t.value)}, isColor(t.value)
	}
	return Mark{}, false
}

// singleTag converts a tag without a partner. A tag that has no meaning alone is
// text.
func (w *inlineReader) singleTag(t *tagNode, marks []Mark) {
	switch {
	case t.name == "tt" && !t.closing && strings.HasSuffix(string(t.source), "</"+t.written+">"):
		w.text(t.raw, addMark(marks, Mark{Type: "code"}))
	case t.name == "codeblock" && !t.closing && strings.HasSuffix(string(t.source), "</codeblock>"):
		w.out = append(w.out, codeBlock(t.raw, t.value))
	case t.name == "br" && !t.closing && !t.hasValue:
		w.out = append(w.out, &Node{Type: "hardBreak"})
	case t.name == "img" && !t.closing && w.picture(attribute(t.source, "src"), attribute(t.source, "alt"), marks):
	case t.closing || !t.hasValue:
		w.text(string(t.source), marks)
	case t.name == "date" && t.value != "":
		w.out = append(w.out, &Node{Type: "date", Attrs: newAttrs("timestamp", parseDate(t.value))})
	case t.name == "link":
		w.out = append(w.out, inlineCard(t.value))
	case t.name == "card":
		w.out = append(w.out, &Node{Type: "blockCard", Attrs: newAttrs("url", t.value)})
	case t.name == "embed":
		w.out = append(w.out, &Node{Type: "embedCard", Attrs: newAttrs("url", t.value, "layout", "center")})
	default:
		w.text(string(t.source), marks)
	}
}

// groupTag converts a pair of tags whose content is one node: a caption or a
// group of media. It reports false if the tags have no meaning there.
func (w *inlineReader) groupTag(t *tagNode, list []ast.Node, closes []int, from, to int) bool {
	inner := &inlineReader{c: w.c, where: w.where}
	inner.siblingsWithTags(list, closes, from, to, nil)
	nodes := mergeTexts(inner.out)
	switch t.name {
	case "figcaption":
		last := len(w.out) - 1
		if last < 0 || w.out[last].Type != "mediaSingle" || len(w.out[last].Content) != 1 {
			return false
		}
		caption := &Node{Type: "caption", Content: inlineRun{nodes: nodes, lookup: w.c.o.lookup}.inlineOnly(true)}
		w.out[last].Content = append(w.out[last].Content, caption)
		return true
	case "mediagroup":
		out := &Node{Type: "mediaGroup"}
		for _, n := range nodes {
			switch {
			case n.Type == "mediaSingle" && len(n.Content) == 1:
				out.Content = append(out.Content, n.Content[0])
			case n.Type != "text" || strings.TrimSpace(n.Text) != "":
				return false
			}
		}
		if len(out.Content) == 0 {
			return false
		}
		w.out = append(w.out, out)
		return true
	}
	return false
}
