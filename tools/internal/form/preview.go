package form

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Changes returns the changes that the form would make, field by field. held
// are the fields now. Of long texts only the lines that differ are
// shown.
func (f *Form) Changes(held jira.Fields) []kit.Change {
	out := []kit.Change{}
	for _, id := range f.FieldIDs() {
		if id == "issuelinks" || isWorklog(f.Meta(id)) {
			out = append(out, kit.Change{Field: f.FieldName(id), After: f.Requested[id]})
			continue
		}
		before := names.Format(held[id])
		after := f.ValueAfter(id, held[id])
		if f.IsRichText(id) {
			before, after = DifferingLines(before, after)
		}
		if before == "" && !f.IsCreate {
			before = "empty"
		}
		out = append(out, kit.Change{Field: f.FieldName(id), Before: CutMiddle(before), After: CutMiddle(text.ValueOrEmpty(after))})
	}
	return out
}

// IsRichText reports whether a field holds rich text.
func (f *Form) IsRichText(id string) bool {
	_, doc := f.Values[id].(*adf.Node)
	return doc || slices.ContainsFunc(f.Screen, func(m jira.FieldMeta) bool { return m.ID == id && names.IsRichText(m) })
}

// ValueAfter returns what a field would show after the write. held is its value
// now, to which additions and removals apply.
func (f *Form) ValueAfter(id string, held json.RawMessage) string {
	if v, ok := f.Values[id]; ok {
		return f.displayText(id, v)
	}
	var list []json.RawMessage
	_ = json.Unmarshal(held, &list) // nothing yet: the same
	var items []string
	for _, item := range list {
		items = append(items, names.Format(item))
	}
	for _, op := range f.Updates[id] {
		for verb, item := range op.(map[string]any) {
			text := f.displayText(id, item)
			items = slices.DeleteFunc(items, func(s string) bool { return s == text })
			if verb == "add" {
				items = append(items, text)
			}
		}
	}
	return strings.Join(items, ", ")
}

// displayText returns a value that is sent to Jira as Jira will show it: an id
// becomes the name that the screen lists, a document becomes Markdown.
func (f *Form) displayText(id string, v any) string {
	if v != nil && names.AppForm(f.Meta(id)) != "" && f.Requested[id] != "" {
		// Jira shows another form than it takes; the id tells which one is meant.
		if own, ok := v.(string); ok && !strings.EqualFold(own, strings.TrimSpace(f.Requested[id])) {
			return fmt.Sprintf("%s (%s)", f.Requested[id], own)
		}
		return f.Requested[id]
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case *adf.Node:
		return names.Markdown(v)
	case map[string]string:
		return f.label(id, v)
	case map[string]any:
		return f.cascade(id, v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, f.displayText(id, item))
		}
		return strings.Join(out, ", ")
	}
	if kind := reflect.TypeOf(v).Kind(); kind == reflect.Int64 && f.Requested[id] != "" {
		return f.Requested[id] // a sprint is sent by its number
	}
	data, _ := json.Marshal(v)
	return names.Format(data)
}

// label returns the name of a person, an option or an issue.
func (f *Form) label(id string, v map[string]string) string {
	if account := v["accountId"]; account != "" {
		return f.names.DisplayName(account)
	}
	for _, m := range f.Screen {
		for _, allowed := range m.Allowed {
			if m.ID == id && v["id"] != "" && allowed.ID == v["id"] {
				return allowed.DisplayName()
			}
		}
	}
	for _, name := range []string{"key", "name", "value"} {
		if v[name] != "" {
			return v[name]
		}
	}
	return v["id"]
}

// cascade returns the name of a value of a cascading field: "Parent > Child".
func (f *Form) cascade(id string, v map[string]any) string {
	parent, _ := v["id"].(string)
	child, _ := v["child"].(map[string]string)
	for _, allowed := range f.Meta(id).Allowed {
		if allowed.ID != parent {
			continue
		}
		for _, below := range allowed.Children {
			if below.ID == child["id"] {
				return allowed.DisplayName() + " > " + below.DisplayName()
			}
		}
		return allowed.DisplayName()
	}
	data, _ := json.Marshal(v)
	return names.Format(data)
}

// Documents returns the rich texts that are sent.
func (f *Form) Documents() []*adf.Node {
	var out []*adf.Node
	for _, id := range f.FieldIDs() {
		if doc, ok := f.Values[id].(*adf.Node); ok {
			out = append(out, doc)
		}
	}
	return out
}

// AssigneeName returns the name of the assignee that the form sets, or "".
func (f *Form) AssigneeName() string {
	if v, ok := f.Values["assignee"]; ok {
		return f.displayText("assignee", v)
	}
	return ""
}

// DifferingLines removes the lines that two texts have in common at their
// beginning and end, and marks the gap with an ellipsis: "a\nb\nc" and
// "a\nx\nc" become "… b …" and "… x …". Texts that share neither are returned
// as they are.
func DifferingLines(before, after string) (string, string) {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	head, tail := 0, 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	if head+tail == 0 {
		return before, after
	}
	piece := func(lines []string) string {
		text := strings.TrimSpace(strings.Join(lines[head:len(lines)-tail], "\n"))
		if text == "" {
			text = "nothing"
		}
		return "… " + text + " …"
	}
	return piece(a), piece(b)
}

// maxPreview is how many characters of a value a preview shows.
const maxPreview = 2000

// CutMiddle replaces the middle of a text that is too long for a preview by the
// number of characters left out.
func CutMiddle(s string) string {
	r := []rune(s)
	if len(r) <= maxPreview {
		return s
	}
	return fmt.Sprintf("%s [… %d characters …] %s", string(r[:maxPreview/2]), len(r)-maxPreview, string(r[len(r)-maxPreview/2:]))
}
