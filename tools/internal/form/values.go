package form

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// FieldValue is a caller's value for any field, by its name.
type FieldValue struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty" doc:"lists: comma-separated or a JSON array" loose:"true"`
	Op    string `json:"op,omitempty" enum:"set,add,remove,clear" default:"set"`
}

// SetList sets a field that takes a list of names.
func (f *Form) SetList(ctx context.Context, id string, items []string) {
	if len(items) == 0 || len(items) == 1 && f.clearsByWord(id, items[0]) {
		return
	}
	list, _ := json.Marshal(items)
	if f.postpone(ctx, FieldValue{Name: id, Value: string(list)}) {
		return
	}
	meta, ok := f.FindField(id)
	if !ok || f.rejectDuplicate(meta) {
		return
	}
	v, err := f.names.EncodeItems(ctx, meta, f.Project, items)
	if err != nil {
		f.reject(meta, err)
		return
	}
	f.Values[meta.ID], f.Requested[meta.ID] = v, strings.Join(items, ", ")
}

// SetFields sets, clears and changes the fields that a caller gives by name.
func (f *Form) SetFields(ctx context.Context, list []FieldValue) {
	for _, v := range list {
		switch {
		case strings.EqualFold(v.Name, "comment"):
			f.Problems = append(f.Problems, errors.New("a comment is not a field; use jira_add_comment"))
		case strings.EqualFold(v.Name, "watchers") || strings.EqualFold(v.Name, "watcher"):
			f.Problems = append(f.Problems, errors.New("watchers are not a field; jira_watch_issue adds and removes them"))
		case f.IsCreate && (v.Op == "remove" || v.Op == "clear"):
			f.Problems = append(f.Problems, fmt.Errorf("%s: a new issue has nothing to %s; leave it out", v.Name, v.Op))
		case v.Op == "clear":
			f.Clear(v.Name)
		case strings.TrimSpace(v.Value) == "" || kit.IsEmpty(v.Value):
			meta, _ := names.FindField(f.Screen, v.Name) // unknown: the problem is the same
			f.reject(meta, fmt.Errorf("%s: no value given", v.Name))
		default:
			f.setField(ctx, v)
		}
	}
}

// setField sets one field, or changes a list.
func (f *Form) setField(ctx context.Context, v FieldValue) {
	if f.rejectEpicName(v) || f.IsCreate && f.postpone(ctx, v) {
		return
	}
	if v.Op == "add" || v.Op == "remove" {
		f.changeList(ctx, v)
		return
	}
	f.Set(ctx, v.Name, v.Value, true)
}

// rejectEpicName reports whether a value is for the field Epic Name of older sites
// that is now the summary, and the call gives a summary too. The same text is
// accepted; another one is a problem.
func (f *Form) rejectEpicName(v FieldValue) bool {
	meta, err := names.FindField(f.Screen, v.Name)
	summary := f.Requested["summary"]
	if err != nil || meta.ID != "summary" || strings.EqualFold(strings.TrimSpace(v.Name), meta.Name) || summary == "" {
		return false
	}
	if strings.TrimSpace(v.Value) != strings.TrimSpace(summary) {
		f.reject(meta, fmt.Errorf("%s: Jira now uses the summary as the epic's name, and the summary is %q; leave out %s", v.Name, summary, v.Name))
	}
	return true
}

// changeList adds to a list or removes from it (op add and remove). An issue
// that is being created has no list yet: there added items join those that were
// given before.
func (f *Form) changeList(ctx context.Context, v FieldValue) {
	meta, ok := f.FindField(v.Name)
	if !ok {
		return
	}
	switch {
	case meta.ID == "issuelinks" && v.Op == "add":
		f.addLinks(ctx, v.Value)
		return
	case isWorklog(meta) && v.Op == "add": // the only operation that it has
		f.Set(ctx, v.Name, v.Value, true)
		return
	}
	list, isList, err := []any(nil), meta.Schema.Type == "array" && meta.Schema.Items != "json", error(nil)
	if isList {
		var encoded any
		encoded, err = f.encodeChange(ctx, meta, v)
		list, _ = encoded.([]any)
	}
	_, set := f.Values[meta.ID]
	switch {
	case err != nil:
		f.reject(meta, err)
	case !isList || !f.IsCreate && !slices.Contains(meta.Operations, v.Op):
		f.reject(meta, fmt.Errorf("%s does not support op %s; use op set", meta.Name, v.Op))
	case len(list) == 0:
		f.reject(meta, fmt.Errorf("%s: no values to %s", meta.Name, v.Op))
	case f.IsCreate:
		before, _ := f.Values[meta.ID].([]any)
		f.Values[meta.ID] = append(before, list...)
		f.Requested[meta.ID] = strings.TrimPrefix(f.Requested[meta.ID]+", "+v.Value, ", ")
	case set:
		f.rejectDuplicate(meta)
	default:
		f.addOperations(meta, v, list)
	}
}

// encodeChange converts the values that are added to a list or removed from it.
// A name with a comma that is removed can be known only from the issue.
func (f *Form) encodeChange(ctx context.Context, meta jira.FieldMeta, v FieldValue) (any, error) {
	if v.Op != "remove" || !strings.Contains(v.Value, ",") {
		return f.names.Encode(ctx, meta, f.Project, v.Value)
	}
	held := f.Held[meta.ID]
	if f.Held == nil && f.Issue != "" {
		var err error
		if held, err = f.names.FieldValue(ctx, f.Issue, meta.ID); err != nil {
			return nil, err
		}
	}
	return f.names.EncodeHeld(ctx, meta, f.Project, v.Value, held)
}

// addOperations adds operations on a list, one for each item. The same item
// must not be both added and removed.
func (f *Form) addOperations(meta jira.FieldMeta, v FieldValue, list []any) {
	for _, item := range list {
		for _, op := range f.Updates[meta.ID] {
			for verb, other := range op.(map[string]any) {
				if verb != v.Op && reflect.DeepEqual(other, item) {
					f.reject(meta, fmt.Errorf("%s: the same value is both added and removed (%s)", meta.Name, v.Value))
					return
				}
			}
		}
		f.Updates[meta.ID] = append(f.Updates[meta.ID], map[string]any{v.Op: item})
	}
	f.Requested[meta.ID] = strings.TrimPrefix(f.Requested[meta.ID]+"; "+v.Op+" "+v.Value, "; ")
}

// ChangeLabels adds labels or removes them (op add and remove).
func (f *Form) ChangeLabels(ctx context.Context, op string, labels []string) {
	if len(labels) > 0 {
		// The labels are passed as a JSON list, since a label may contain a
		// comma.
		list, _ := json.Marshal(labels)
		f.changeList(ctx, FieldValue{Name: "labels", Op: op, Value: string(list)})
	}
}
