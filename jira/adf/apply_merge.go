package adf

import (
	"encoding/json"
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
)

// mergeBlock returns the block that the origin of shown becomes when the shown
// block changes to back. where is its place in the result.
//
// The cases, in their order:
//
//   - An opaque block stays as it is; an edit of its text is reported as
//     ignored.
//   - If the original has another type than the node that was shown for it,
//     there is nothing to merge into: the edited block is new.
//   - Code keeps its attributes. Its text is replaced, except with the option
//     [HideInvisible]: then it is merged by words, which keeps the hidden
//     characters.
//   - Blocks of text are merged by words, also from one type to another: "Title
//     [@Ana](…)" to "# Title [@Ana](…)" keeps the mention.
//   - Blocks of different families (a list that became a table) are new.
//   - Blocks without content on both sides, such as rules and pictures, only
//     have attributes.
//   - A table row with the same number of cells is merged cell by cell, since a
//     cell belongs to its column. By digests, equal cells of different columns
//     could be paired.
//   - All other containers are aligned by their children.
func (a *applier) mergeBlock(shown, back *Node, where place) *Node {
	orig := a.trace.origins[shown]
	switch {
	case back.Type == opaqueType:
		if shown.Text != back.Text {
			a.report.Ignored = append(a.report.Ignored, opaqueLabel(orig))
		}
		return orig
	case orig.Type != shown.Type:
		a.isNew[back] = true
		return back
	case shown.Type == "codeBlock" && back.Type == "codeBlock":
		content := orig.Content
		switch {
		case rawContent(shown) == rawContent(back):
		case a.o.hideInvisible: // Hidden characters stay beside the words that stay.
			content = a.mergeInline(orig, shown, back)
		default:
			content = back.Content
			if content == nil && orig.Content != nil {
				content = []*Node{}
			}
		}
		return a.rebuild(shown, back, content)
	case inlineContent[shown.Type] && inlineContent[back.Type] && shown.Type != "codeBlock":
		return a.rebuild(shown, back, a.mergeInline(orig, shown, back))
	case family(shown) != family(back), inlineContent[shown.Type] != inlineContent[back.Type]:
		a.isNew[back] = true
		return back
	case len(shown.Content) == 0 && len(back.Content) == 0:
		return a.rebuild(shown, back, orig.Content)
	}
	inner := where
	if in := childPlace(back.Type); in != inDoc {
		inner = in
	}
	if back.Type == "tableRow" && len(shown.Content) == len(back.Content) {
		var content []*Node
		for i, c := range shown.Content {
			if a.trace.digest(c) == a.trace.digest(back.Content[i]) || a.trace.origins[c] == nil {
				content = append(content, a.keepOriginal(c, back.Content[i])...)
			} else {
				content = append(content, a.mergeBlock(c, back.Content[i], inner))
			}
		}
		return a.rebuild(shown, back, content)
	}
	return a.rebuild(shown, back, a.alignBlocks(shown.Content, back.Content, inner))
}

// rebuild returns a copy of the original node with new content, and with the
// attributes and marks that the edit changed. If nothing differs it returns the
// original node itself. A block that became another type (paragraph to heading)
// takes the attributes and marks of the edited block.
func (a *applier) rebuild(shown, back *Node, content []*Node) *Node {
	orig := a.trace.origins[shown]
	if content == nil && orig.Content != nil {
		content = []*Node{}
	}
	out := *orig
	out.Content = content
	a.trace.origins[&out] = orig
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

// changedAttrs returns the attributes of the original with the changes from
// shown to back: it removes the attributes that back lacks, and sets those with
// another value. All other attributes stay, in their order. Example:
//
//	orig   {"panelType":"info","panelColor":"#eee"}
//	shown  {"panelType":"info"}
//	back   {"panelType":"tip"}
//	gives  {"panelType":"tip","panelColor":"#eee"}
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

// changedMarks returns the marks of the original with the changes from shown to
// back. Marks that Markdown does not show stay, unless back has a mark of the
// same type. Beside code the schema allows only annotations and links, so new
// code drops all others.
func changedMarks(orig, shown, back []Mark) []Mark {
	if sameMarks(shown, back) {
		return orig
	}
	has := func(list []Mark, kind string) bool {
		return slices.ContainsFunc(list, func(m Mark) bool { return m.Type == kind })
	}
	out := []Mark{}
	for _, m := range back {
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
