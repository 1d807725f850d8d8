package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// rehearsed reports a write that was not sent, because the call is a dry run.
// It has passed all checks that are made before sending, the fence's too.
func rehearsed(err error) bool { return errors.Is(err, jira.ErrRehearsed) }

// permitted refuses a rehearsal of what Jira will not let this server's user do.
// Where that cannot be asked it is left to Jira.
func (d Deps) permitted(ctx context.Context, key, permission, act string) error {
	if !kit.IsDryRun(ctx) {
		return nil
	}
	has, err := d.Jira.PermissionsOn(ctx, []string{permission}, key)
	if err == nil && !has[permission] {
		return fmt.Errorf("this server's user may not %s %s: it lacks the permission %s there. Nothing was sent", act, key, permission)
	}
	return nil
}

// notifyFields are those that tell who hears of a change.
var notifyFields = []string{"assignee", "reporter", "watches"}

// changes says field by field what the form would change.
func (f *form) changes(held jira.Fields) []kit.Change {
	out := []kit.Change{}
	for _, id := range f.sent() {
		if id == "issuelinks" {
			out = append(out, kit.Change{Field: f.name(id), After: f.asked[id]})
			continue
		}
		before := names.Show(held[id])
		after := f.after(id, held[id])
		if f.isText(id) {
			before, after = differing(before, after)
		}
		if before == "" && !f.creates {
			before = "empty"
		}
		out = append(out, kit.Change{Field: f.name(id), Before: cutMiddle(before), After: cutMiddle(orEmpty(after))})
	}
	return out
}

func (f *form) isText(id string) bool {
	_, doc := f.values[id].(*adf.Node)
	return doc || slices.ContainsFunc(f.screen, func(m jira.FieldMeta) bool { return m.ID == id && names.RichText(m) })
}

// after is what a field would show.
func (f *form) after(id string, held json.RawMessage) string {
	if v, ok := f.values[id]; ok {
		return f.shown(id, v)
	}
	var list []json.RawMessage
	_ = json.Unmarshal(held, &list) // nothing yet: the same
	var items []string
	for _, item := range list {
		items = append(items, names.Show(item))
	}
	for _, op := range f.updates[id] {
		for verb, item := range op.(map[string]any) {
			text := f.shown(id, item)
			items = slices.DeleteFunc(items, func(s string) bool { return s == text })
			if verb == "add" {
				items = append(items, text)
			}
		}
	}
	return strings.Join(items, ", ")
}

// shown renders a value as it goes to Jira in the words that Jira will show.
func (f *form) shown(id string, v any) string {
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
			out = append(out, f.shown(id, item))
		}
		return strings.Join(out, ", ")
	}
	if kind := reflect.TypeOf(v).Kind(); kind == reflect.Int64 && f.asked[id] != "" {
		return f.asked[id] // a sprint goes by its number
	}
	data, _ := json.Marshal(v)
	return names.Show(data)
}

// label is what people call a person, a thing to choose, or an issue.
func (f *form) label(id string, v map[string]string) string {
	if account := v["accountId"]; account != "" {
		return f.names.Called(account)
	}
	for _, m := range f.screen {
		for _, allowed := range m.Allowed {
			if m.ID == id && v["id"] != "" && allowed.ID == v["id"] {
				return allowed.Label()
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

// cascade is what people call a value that is chosen in two steps.
func (f *form) cascade(id string, v map[string]any) string {
	parent, _ := v["id"].(string)
	child, _ := v["child"].(map[string]string)
	for _, allowed := range f.meta(id).Allowed {
		if allowed.ID != parent {
			continue
		}
		for _, below := range allowed.Children {
			if below.ID == child["id"] {
				return allowed.Label() + " > " + below.Label()
			}
		}
		return allowed.Label()
	}
	data, _ := json.Marshal(v)
	return names.Show(data)
}

// documents are the rich texts that the form sends.
func (f *form) documents() []*adf.Node {
	var out []*adf.Node
	for _, id := range f.sent() {
		if doc, ok := f.values[id].(*adf.Node); ok {
			out = append(out, doc)
		}
	}
	return out
}

// assigned is whom the form assigns, if anybody.
func (f *form) assigned() string {
	if v, ok := f.values["assignee"]; ok {
		return f.shown("assignee", v)
	}
	return ""
}

// differing leaves out of two texts the lines that both begin and end with.
func differing(before, after string) (string, string) {
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

// cutMiddle shortens a long text, and says by how much.
func cutMiddle(s string) string {
	r := []rune(s)
	if len(r) <= maxPreview {
		return s
	}
	return fmt.Sprintf("%s [… %d characters …] %s", string(r[:maxPreview/2]), len(r)-maxPreview, string(r[len(r)-maxPreview/2:]))
}

// mayNotify lists who may hear of a change of an issue: Jira's notification
// schemes can be read by administrators only, so this is whom the usual one
// tells. The user of this server does it and is left out.
func (d Deps) mayNotify(ctx context.Context, fields jira.Fields, assigned string, docs ...*adf.Node) []string {
	var out []string
	add := func(what, who string) {
		if who != "" && !slices.ContainsFunc(out, func(s string) bool { return strings.HasPrefix(s, who+" (") }) {
			out = append(out, who+" ("+what+")")
		}
	}
	me := ""
	if user, err := d.Jira.Myself(ctx); err == nil {
		me = user.DisplayName
	}
	add("assigned", assigned)
	add("assignee", names.Show(fields["assignee"]))
	add("reporter", names.Show(fields["reporter"]))
	for _, doc := range docs {
		for _, who := range adf.Mentioned(doc) {
			add("mentioned", strings.TrimPrefix(who, "@"))
		}
	}
	out = slices.DeleteFunc(out, func(s string) bool { return me != "" && strings.HasPrefix(s, me+" (") })
	if watches, ok := jira.Value[struct {
		Count int `json:"watchCount"`
	}](fields, "watches"); ok && watches.Count > 0 {
		out = append(out, fmt.Sprintf("watchers (%d)", watches.Count))
	}
	return out
}
