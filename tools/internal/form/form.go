// Package form fills in a screen of Jira by the names of its fields.
//
// People and models give names: "Story Points", "High", "Ana Costa", "PAY
// Sprint 14". Jira takes ids, in JSON that depends on the type of the field. A
// [Form] has the fields of one screen (create, edit, transition or move) and
// turns names into what Jira takes. For example, SetFields with {"name":"story
// points","value":"5"} and {"name":"Labels","value":"late","op":"add"} makes
//
//	Values:  {"customfield_10016": 5}
//	Updates: {"labels": [{"add": "late"}]}
//
// A tool uses a Form in these steps: [New] with the fields that Jira lists for
// the screen; methods that set fields, none of which returns an error;
// CheckRequired on screens that create; Err, which returns all problems at
// once. Then Values and Updates are sent, and IsStored compares what Jira
// stored with what was sent.
//
// Read form.go first. values.go sets and clears fields by name, followups.go has
// what is written after a create, errors.go the problems, and stored.go the
// comparison with what Jira stored. preview.go shows a form in a dry run,
// richtext.go edits rich texts without losing content, and bulk.go writes a form
// for Jira's bulk edit.
package form

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
)

// Form is one screen that is being filled in. It collects all problems, so that
// a model can correct them in one more call.
type Form struct {
	names    *names.Names
	Screen   []jira.FieldMeta
	Project  string
	Issue    string      // key of the issue that the form changes; "" for a new one
	Held     jira.Fields // what the issue holds, if it was read before the form
	IsCreate bool        // the screen creates an issue
	TypeID   string      // the issue type, by id
	// TypeName is the issue type's name.
	TypeName  string
	Values    map[string]any    // what fields are set to, as Jira takes it, by field id
	Updates   map[string][]any  // what is added to lists and removed from them, by field id
	Requested map[string]string // the values as the caller gave them, by field id
	// arguments are the fields for which the tool has an argument of its own.
	arguments map[string]bool
	invalid   map[string]bool // fields with a value that was refused, by id: they are not missing
	swapped   map[string]bool // cleared fields for which [Form.ClearOtherwise] was tried
	mentioned []string        // the ids of all fields that were given, valid or not
	FollowUps FollowUps       // what can be written only after the issue exists
	// MayFollow reports that a field which is not on the screen, but which the
	// site has, goes to FollowUps.Fields and is no problem.
	MayFollow bool
	Problems  []error // for [Form.Err]
}

// New returns an empty form for a screen of a project. arguments are the ids of
// the fields for which the tool has arguments, for the messages.
func New(n *names.Names, screen []jira.FieldMeta, project string, arguments ...string) *Form {
	// Jira lists attachments on screens, but they cannot be set as a field.
	screen = slices.DeleteFunc(slices.Clone(screen), func(m jira.FieldMeta) bool { return m.ID == "attachment" })
	f := &Form{names: n, Screen: screen, Project: project, Values: map[string]any{}, Updates: map[string][]any{}, invalid: map[string]bool{}, swapped: map[string]bool{}, Requested: map[string]string{}, arguments: map[string]bool{}}
	for _, id := range arguments {
		f.arguments[id] = true
	}
	return f
}

// Equal reports whether two forms send the same.
func (f *Form) Equal(other *Form) bool {
	return f.Project == other.Project && f.TypeID == other.TypeID && reflect.DeepEqual(f.Values, other.Values) && reflect.DeepEqual(f.Updates, other.Updates) &&
		reflect.DeepEqual(f.FollowUps.Fields, other.FollowUps.Fields) && f.FollowUps.Sprint.ID == other.FollowUps.Sprint.ID
}

// RefreshNames reports whether the same call may succeed after names are looked
// up again, and drops what was remembered in that case: err has to be about
// names or values (an [Error], an unknown name, or Jira's status 400), nothing
// may have been written, and something has to be old enough that it may have
// changed since.
func RefreshNames(d env.Env, err error) bool {
	var form *Error
	var unknown *names.UnknownError
	refused := jira.IsStatus(err, http.StatusBadRequest) && jira.OutcomeOf(err) == jira.Refused
	return (refused || errors.As(err, &form) || errors.As(err, &unknown)) && d.Names.Refresh()
}

// FindField returns the field with a name or id and notes that it was
// mentioned. An unknown one is a problem; ok is false then.
func (f *Form) FindField(name string) (jira.FieldMeta, bool) {
	meta, err := names.FindField(f.Screen, name)
	if err != nil {
		f.Problems = append(f.Problems, err)
		return meta, false
	}
	if !slices.Contains(f.mentioned, meta.ID) {
		f.mentioned = append(f.mentioned, meta.ID)
	}
	return meta, true
}

// Set sets a field by name or id, if given is true. An empty list is refused:
// the operation clear empties a field.
func (f *Form) Set(ctx context.Context, name, value string, given bool) {
	if !given || f.clearsByWord(name, value) || f.postpone(ctx, FieldValue{Name: name, Value: value}) {
		return
	}
	meta, ok := f.FindField(name)
	if ok && meta.Schema.Type == "timetracking" {
		f.setEstimate(ctx, meta, name, value)
		return
	}
	if !ok || f.rejectDuplicate(meta) {
		return
	}
	switch {
	case meta.ID == "issuelinks":
		f.addLinks(ctx, value)
		return
	case isWorklog(meta):
		f.addWorklog(ctx, meta, value)
		return
	}
	v, err := f.encode(ctx, meta, value)
	if list, isList := v.([]any); err == nil && isList && len(list) == 0 {
		err = fmt.Errorf("%s: no value given; to clear it, use op clear", meta.Name)
	}
	if err != nil {
		f.reject(meta, err)
		return
	}
	f.Values[meta.ID], f.Requested[meta.ID] = v, value
}

// encode converts a value to the form that Jira accepts. Names and pictures in rich
// texts are looked up in the issue.
func (f *Form) encode(ctx context.Context, meta jira.FieldMeta, value string) (any, error) {
	if f.Issue == "" || !names.IsRichText(meta) {
		return f.names.Encode(ctx, meta, f.Project, value)
	}
	doc, err := f.names.Document(ctx, meta.Name, value, names.Place{Issue: f.Issue, Project: f.Project})
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// rejectDuplicate reports whether a field was set before, which is a problem:
// Jira refuses a field that is both set and added to.
func (f *Form) rejectDuplicate(meta jira.FieldMeta) bool {
	if f.Requested[meta.ID] == "" {
		return false
	}
	f.Problems = append(f.Problems, fmt.Errorf("%s is given twice", meta.Name))
	return true
}

// SetSprint puts the issue into a sprint, or out of all open sprints for
// "backlog" or "none". The field is found by its type, not by its name.
func (f *Form) SetSprint(ctx context.Context, value string) {
	if value == "" {
		return
	}
	at := slices.IndexFunc(f.Screen, func(m jira.FieldMeta) bool { return m.Schema.Items == "json" })
	isBacklog := IsNoSprint(value)
	switch {
	case at < 0 && f.MayFollow && isBacklog: // a new issue is in no sprint
	case at < 0 && f.MayFollow:
		f.followSprint(ctx, value)
	case at < 0:
		f.Problems = append(f.Problems, errors.New("this issue type has no Sprint field on its screen, so the issue cannot be put into a sprint; jira_move_to_sprint does not need the field"))
	case isBacklog:
		id := f.Screen[at].ID
		f.Values[id], f.Requested[id] = nil, "backlog"
		f.mentioned = append(f.mentioned, id)
	default:
		f.Set(ctx, f.Screen[at].ID, value, true)
	}
}

// IsNoSprint reports whether a sprint is given as "backlog" or "none".
func IsNoSprint(value string) bool {
	value = strings.TrimSpace(value)
	return strings.EqualFold(value, "backlog") || strings.EqualFold(value, "none")
}

// SetParent sets the parent, by key, id or address. Other text is the summary of
// an epic in the project.
func (f *Form) SetParent(ctx context.Context, key string) {
	if key == "" || f.clearsByWord("parent", key) {
		return
	}
	clean, err := keys.ParseExact(key)
	if err != nil && strings.ContainsFunc(key, unicode.IsLetter) && f.Project != "" {
		clean, err = f.names.Epic(ctx, f.Project, key)                      // by its summary
		if within, keyErr := keys.Parse(key); err != nil && keyErr == nil { // "PAY-2 Saved cards"
			clean, err = within, nil
		}
	}
	if err != nil {
		f.reject(jira.FieldMeta{ID: "parent"}, fmt.Errorf("parent: %w", err))
		return
	}
	f.Set(ctx, "parent", clean, true)
}

// FieldIDs returns the sorted ids of the fields that are sent.
func (f *Form) FieldIDs() []string {
	ids := slices.AppendSeq(slices.Collect(maps.Keys(f.Values)), maps.Keys(f.Updates))
	slices.Sort(ids)
	return ids
}

// isSent reports whether a change in an issue's history is of a field that the
// form sends.
func (f *Form) isSent(item jira.ChangeItem) bool {
	return slices.ContainsFunc(f.FieldIDs(), func(id string) bool { return IsField(item, id, f.FieldName(id)) })
}

// isReplaced reports whether a change is of a field that the form sets as a
// whole.
func (f *Form) isReplaced(item jira.ChangeItem) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(f.Values)), func(id string) bool { return IsField(item, id, f.FieldName(id)) })
}

// isMentioned reports whether a change is of a field that was mentioned, valid
// or not.
func (f *Form) isMentioned(item jira.ChangeItem) bool {
	return slices.ContainsFunc(f.mentioned, func(id string) bool { return IsField(item, id, f.FieldName(id)) })
}

// CheckRequired adds a problem for each required field that is missing and has
// no default. The parent of a sub-task is required although Jira does not mark
// it. except lists fields that are filled in by other means.
func (f *Form) CheckRequired(subtask bool, except ...string) {
	for _, m := range f.Screen {
		if _, given := f.Values[m.ID]; given || f.Updates[m.ID] != nil || slices.Contains(except, m.ID) || f.invalid[m.ID] {
			continue
		}
		if m.Required && !m.HasDefault || subtask && m.ID == "parent" {
			f.Problems = append(f.Problems, &missingError{m, f.arguments[m.ID]})
		}
	}
}

// FieldName returns the field's display name, or its id if it is not on the
// screen.
func (f *Form) FieldName(id string) string {
	for _, m := range f.Screen {
		if m.ID == id {
			return m.Name
		}
	}
	return id
}

// Meta returns a field of the screen; its id is its name if it is not there.
func (f *Form) Meta(id string) jira.FieldMeta {
	for _, m := range f.Screen {
		if m.ID == id {
			return m
		}
	}
	return jira.FieldMeta{ID: id, Name: id}
}
