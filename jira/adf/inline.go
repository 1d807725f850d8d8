package adf

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// inlines converts the inline children of a block. Neighbouring texts with
// the same marks become one node, as Atlassian's editor has them.
func (c *converter) inlines(parent ast.Node) []*Node {
	var out []*Node
	c.inline(parent, nil, &out)
	merged := out[:0]
	for _, n := range out {
		if n.Type == "text" {
			if n.Text == "" {
				continue
			}
			if last := len(merged) - 1; last >= 0 && merged[last].Type == "text" && sameMarks(merged[last].Marks, n.Marks) {
				merged[last].Text += n.Text
				continue
			}
		}
		merged = append(merged, n)
	}
	return merged
}

func (c *converter) inline(parent ast.Node, marks []Mark, out *[]*Node) {
	add := func(s string, extra ...Mark) {
		*out = append(*out, textNode(s, legalMarks(append(append([]Mark{}, marks...), extra...))...))
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			s := n.Segment.Value(c.src)
			if !n.IsRaw() {
				s = util.ResolveNumericReferences(util.ResolveEntityNames(util.UnescapePunctuations(s)))
			}
			add(string(s))
			switch {
			case n.HardLineBreak():
				*out = append(*out, &Node{Type: "hardBreak"})
			case n.SoftLineBreak():
				add("\n")
			}
		case *ast.String:
			add(string(n.Value))
		case *ast.CodeSpan:
			add(c.rawText(n), Mark{Type: "code"})
		case *ast.Emphasis:
			kind := "em"
			if n.Level == 2 {
				kind = "strong"
			}
			c.inline(n, append(marks[:len(marks):len(marks)], Mark{Type: kind}), out)
		case *east.Strikethrough:
			c.inline(n, append(marks[:len(marks):len(marks)], Mark{Type: "strike"}), out)
		case *ast.Link:
			c.link(n, string(n.Destination), marks, out)
		case *ast.Image:
			c.link(n, string(n.Destination), marks, out)
		case *ast.AutoLink:
			href := string(n.URL(c.src))
			if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(href, "mailto:") {
				href = "mailto:" + href
			}
			add(string(n.Label(c.src)), linkMark(href))
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				segment := n.Segments.At(i)
				add(string(segment.Value(c.src)))
			}
		default:
			c.inline(n, marks, out)
		}
	}
}

// link converts a link or an image (which becomes a link: a picture would
// have to be uploaded first). A link to accountid:ID is a mention.
func (c *converter) link(n ast.Node, dest string, marks []Mark, out *[]*Node) {
	if id, ok := strings.CutPrefix(dest, "accountid:"); ok && id != "" {
		*out = append(*out, &Node{Type: "mention", Attrs: map[string]any{"id": id, "text": c.rawText(n)}})
		return
	}
	if dest == "" {
		c.inline(n, marks, out)
		return
	}
	if unsafeScheme(dest) {
		c.inline(n, marks, out)
		*out = append(*out, textNode(" ("+dest+")", legalMarks(marks)...))
		return
	}
	before := len(*out)
	c.inline(n, append(marks[:len(marks):len(marks)], linkMark(dest)), out)
	if len(*out) == before {
		*out = append(*out, textNode(dest, legalMarks(append(append([]Mark{}, marks...), linkMark(dest)))...))
	}
}

// unsafeScheme reports a destination that runs or carries content of its own.
// Jira does not keep such links either; they stay readable text.
func unsafeScheme(dest string) bool {
	scheme, _, ok := strings.Cut(strings.ToLower(strings.TrimSpace(dest)), ":")
	return ok && (scheme == "javascript" || scheme == "data" || scheme == "vbscript")
}

func linkMark(href string) Mark { return Mark{Type: "link", Attrs: map[string]any{"href": href}} }

// rawText is the text below a node, without marks.
func (c *converter) rawText(n ast.Node) string {
	var b strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		switch t := child.(type) {
		case *ast.Text:
			s := t.Segment.Value(c.src)
			if _, code := n.(*ast.CodeSpan); code {
				s = []byte(strings.ReplaceAll(string(s), "\n", " "))
			} else {
				s = util.UnescapePunctuations(s)
			}
			b.Write(s)
		case *ast.String:
			b.Write(t.Value)
		default:
			b.WriteString(c.rawText(child))
		}
	}
	return b.String()
}

// markOrder is the order in which Atlassian's editor writes marks.
var markOrder = []string{"link", "em", "strong", "strike", "code"}

// legalMarks orders marks, drops repeats (the inner link wins), and drops
// what the schema does not allow beside code: code goes with a link alone.
func legalMarks(marks []Mark) []Mark {
	byType := map[string]Mark{}
	for _, m := range marks {
		byType[m.Type] = m
	}
	_, code := byType["code"]
	var out []Mark
	for _, t := range markOrder {
		if m, ok := byType[t]; ok && (!code || t == "code" || t == "link") {
			out = append(out, m)
		}
	}
	return out
}

func addMark(nodes []*Node, m Mark) []*Node {
	for _, n := range nodes {
		if n.Type == "text" {
			n.Marks = legalMarks(append(n.Marks, m))
		}
	}
	return nodes
}

func sameMarks(a, b []Mark) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Type != b[i].Type || a[i].Attrs["href"] != b[i].Attrs["href"] {
			return false
		}
	}
	return true
}
