package adf

import (
	"encoding/json"
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
)

// merge makes the block that shown.orig becomes when what was shown of it is
// changed to back.
func (a *applier) merge(shown, back *Node, where place) *Node {
	orig := shown.orig
	switch {
	case back.Type == opaqueType:
		if shown.Text != back.Text {
			a.report.Ignored = append(a.report.Ignored, opaqueLabel(orig))
		}
		return orig
	case orig.Type != shown.Type:
		a.fresh[back] = true
		return back
	case shown.Type == "codeBlock" && back.Type == "codeBlock":
		content := orig.Content
		switch {
		case rawContent(shown) == rawContent(back):
		case a.o.hides: // what is hidden stays beside the words that stay
			content = a.mergeInline(orig, shown, back)
		default:
			content = back.Content
			if content == nil && orig.Content != nil {
				content = []*Node{}
			}
		}
		return a.shell(shown, back, content)
	case inlineContent[shown.Type] && inlineContent[back.Type] && shown.Type != "codeBlock":
		return a.shell(shown, back, a.mergeInline(orig, shown, back))
	case family(shown) != family(back), inlineContent[shown.Type] != inlineContent[back.Type]:
		a.fresh[back] = true
		return back
	case len(shown.Content) == 0 && len(back.Content) == 0:
		return a.shell(shown, back, orig.Content)
	}
	inner := where
	if in := inside(back.Type); in != inDoc {
		inner = in
	}
	if back.Type == "tableRow" && len(shown.Content) == len(back.Content) {
		var content []*Node
		for i, c := range shown.Content {
			if digest(c) == digest(back.Content[i]) || c.orig == nil {
				content = append(content, a.keep(c, back.Content[i])...)
			} else {
				content = append(content, a.merge(c, back.Content[i], inner))
			}
		}
		return a.shell(shown, back, content)
	}
	return a.shell(shown, back, a.align(shown.Content, back.Content, inner))
}

// shell is the original's node with new content, and with those attributes
// and marks changed that the Markdown changed.
func (a *applier) shell(shown, back *Node, content []*Node) *Node {
	orig := shown.orig
	if content == nil && orig.Content != nil {
		content = []*Node{}
	}
	out := *orig
	out.orig, out.sum, out.Content = orig, 0, content
	if back.Type != shown.Type {
		out.Type, out.Attrs, out.Marks = back.Type, back.Attrs, back.Marks
	} else {
		out.Attrs = changedAttrs(orig.Attrs, shown.Attrs, back.Attrs)
		out.Marks = changedMarks(orig.Marks, shown.Marks, back.Marks)
		if slices.Equal(content, orig.Content) && string(out.Attrs) == string(orig.Attrs) && sameMarks(out.Marks, orig.Marks) {
			return orig
		}
	}
	return &out
}

// changedAttrs takes over what differs between what was shown and what came
// back.
func changedAttrs(orig, shown, back json.RawMessage) json.RawMessage {
	if string(shown) == string(back) {
		return orig
	}
	out := orig
	rawjson.Members(shown, func(key, _ []byte) bool {
		if rawAttr(back, string(key)) == nil {
			out = withAttr(out, string(key), nil)
		}
		return true
	})
	rawjson.Members(back, func(key, value []byte) bool {
		if string(rawAttr(shown, string(key))) != string(value) {
			out = withAttr(out, string(key), value)
		}
		return true
	})
	return out
}

// changedMarks does the same with marks. Those that Markdown does not show
// stay, as far as they go with the new ones.
func changedMarks(orig, shown, back []Mark) []Mark {
	if sameMarks(shown, back) {
		return orig
	}
	has := func(list []Mark, kind string) bool {
		return slices.ContainsFunc(list, func(m Mark) bool { return m.Type == kind })
	}
	out := []Mark{}
	for _, m := range back {
		// A mark that did not change keeps what Markdown does not show of it.
		for _, s := range shown {
			if s.Type == m.Type && string(s.Attrs) == string(m.Attrs) {
				for _, o := range orig {
					if o.Type == m.Type {
						m = o
					}
				}
			}
		}
		out = append(out, m)
	}
	code := has(back, "code")
	for _, m := range orig {
		if has(shown, m.Type) || has(out, m.Type) || code && m.Type != "annotation" && m.Type != "link" {
			continue
		}
		out = append(out, m)
	}
	return out
}
