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
// Read form.go first; preview.go shows a form in a dry run, richtext.go edits
// descriptions and other rich texts without losing content, bulk.go writes a
// form for Jira's bulk edit.
package form

import (
	"context"
	"encoding/json"
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
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Form is one screen that is being filled in. It collects all problems, so that
// a model can correct them in one more call.
type Form struct {
	names    *names.Names
	Screen   []jira.FieldMeta
	Project  string
	IsCreate bool   // the screen creates an issue
	TypeID   string // the issue type, by id
	// TypeName is the issue type's name.
	TypeName  string
	Values    map[string]any    // what fields are set to, as Jira takes it, by field id
	Updates   map[string][]any  // what is added to lists and removed from them, by field id
	Requested map[string]string // the values as the caller gave them, by field id
	// arguments are the fields for which the tool has an argument of its own.
	arguments map[string]bool
	invalid   map[string]bool // fields with a value that was refused, by id: they are not missing
	mentioned []string        // the ids of all fields that were given, valid or not
	FollowUps FollowUps       // what can be written only after the issue exists
	Problems  []error         // for [Form.Err]
}

// New returns an empty form for a screen of a project. arguments are the ids of
// the fields for which the tool has arguments, for the messages.
func New(n *names.Names, screen []jira.FieldMeta, project string, arguments ...string) *Form {
	// Jira lists attachments on screens, but they cannot be set as a field.
	screen = slices.DeleteFunc(slices.Clone(screen), func(m jira.FieldMeta) bool { return m.ID == "attachment" })
	f := &Form{names: n, Screen: screen, Project: project, Values: map[string]any{}, Updates: map[string][]any{}, invalid: map[string]bool{}, Requested: map[string]string{}, arguments: map[string]bool{}}
	for _, id := range arguments {
		f.arguments[id] = true
	}
	return f
}

// Equal reports whether two forms send the same.
func (f *Form) Equal(other *Form) bool {
	return f.Project == other.Project && f.TypeID == other.TypeID && reflect.DeepEqual(f.Values, other.Values) && reflect.DeepEqual(f.Updates, other.Updates)
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
	if !given {
		return
	}
	meta, ok := f.FindField(name)
	if !ok || f.rejectDuplicate(meta) {
		return
	}
	if meta.ID == "issuelinks" {
		f.addLinks(ctx, value)
		return
	}
	v, err := f.names.Encode(ctx, meta, f.Project, value)
	if list, isList := v.([]any); err == nil && isList && len(list) == 0 {
		err = fmt.Errorf("%s: no value given; to clear it, use op clear", meta.Name)
	}
	if err != nil {
		f.reject(meta, err)
		return
	}
	f.Values[meta.ID], f.Requested[meta.ID] = v, value
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

// SetList sets a field that takes a list of names.
func (f *Form) SetList(ctx context.Context, id string, items []string) {
	if len(items) == 0 {
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

// addLinks adds links that are given in one text, separated by commas.
func (f *Form) addLinks(ctx context.Context, value string) {
	for _, text := range names.SplitList(value) {
		f.AddLink(ctx, text)
	}
}

// SetOrClear sets a field, or clears it if the value is none, nobody or
// unassigned.
func (f *Form) SetOrClear(ctx context.Context, id, value string) {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "none", "nobody", "unassigned":
		f.Clear(id)
	default:
		f.Set(ctx, id, value, value != "")
	}
}

// SetSprint puts the issue into a sprint, or out of all open sprints for
// "backlog" or "none". The field is found by its type, not by its name.
func (f *Form) SetSprint(ctx context.Context, value string) {
	if value == "" {
		return
	}
	at := slices.IndexFunc(f.Screen, func(m jira.FieldMeta) bool { return m.Schema.Items == "json" })
	switch {
	case at < 0:
		f.Problems = append(f.Problems, errors.New("this issue type has no Sprint field on its screen, so the issue cannot be put into a sprint"))
	case strings.EqualFold(strings.TrimSpace(value), "backlog") || strings.EqualFold(strings.TrimSpace(value), "none"):
		id := f.Screen[at].ID
		f.Values[id], f.Requested[id] = nil, "backlog"
		f.mentioned = append(f.mentioned, id)
	default:
		f.Set(ctx, f.Screen[at].ID, value, true)
	}
}

// SetParent sets the parent, by key, id or address. Other text is the summary of
// an epic in the project.
func (f *Form) SetParent(ctx context.Context, key string) {
	if key == "" {
		return
	}
	clean, err := keys.Parse(key)
	if err != nil && strings.ContainsFunc(key, unicode.IsLetter) && f.Project != "" {
		clean, err = f.names.Epic(ctx, f.Project, key) // by its summary
	}
	if err != nil {
		f.reject(jira.FieldMeta{ID: "parent"}, fmt.Errorf("parent: %w", err))
		return
	}
	f.Set(ctx, "parent", clean, true)
}

// SetFields sets, clears and changes the fields that a caller gives by name.
func (f *Form) SetFields(ctx context.Context, list []FieldValue) {
	for _, v := range list {
		switch {
		case strings.EqualFold(v.Name, "comment"):
			f.Problems = append(f.Problems, errors.New("a comment is not a field; use jira_add_comment"))
		case f.IsCreate && (v.Op == "remove" || v.Op == "clear"):
			f.Problems = append(f.Problems, fmt.Errorf("%s: a new issue has nothing to %s; leave it out", v.Name, v.Op))
		case v.Op == "clear":
			f.Clear(v.Name)
		case strings.TrimSpace(v.Value) == "":
			meta, _ := names.FindField(f.Screen, v.Name) // unknown: the problem is the same
			f.reject(meta, fmt.Errorf("%s: no value given", v.Name))
		case v.Op == "add" || v.Op == "remove":
			f.changeList(ctx, v)
		default:
			f.Set(ctx, v.Name, v.Value, true)
		}
	}
}

// Clear empties a field. Jira empties a list with [] and any other field with
// null.
func (f *Form) Clear(name string) {
	meta, ok := f.FindField(name)
	switch {
	case !ok || f.rejectDuplicate(meta):
	case meta.Required:
		f.reject(meta, fmt.Errorf("%s is required and cannot be cleared", meta.Name))
	case meta.Schema.Items == "json": // the sprint: out of all open ones
		f.Values[meta.ID], f.Requested[meta.ID] = nil, "backlog"
	case meta.Schema.Type == "array":
		f.Values[meta.ID], f.Requested[meta.ID] = []any{}, "nothing"
	default:
		f.Values[meta.ID], f.Requested[meta.ID] = nil, "nothing"
	}
}

// changeList adds to a list or removes from it (op add and remove). An issue
// that is being created has no list yet: there added items join those that were
// given before.
func (f *Form) changeList(ctx context.Context, v FieldValue) {
	meta, ok := f.FindField(v.Name)
	if !ok {
		return
	}
	if meta.ID == "issuelinks" && v.Op == "add" {
		f.addLinks(ctx, v.Value)
		return
	}
	list, isList, err := []any(nil), meta.Schema.Type == "array" && meta.Schema.Items != "json", error(nil)
	if isList {
		var encoded any
		encoded, err = f.names.Encode(ctx, meta, f.Project, v.Value)
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

// FieldIDs returns the sorted ids of the fields that are sent.
func (f *Form) FieldIDs() []string {
	ids := slices.AppendSeq(slices.Collect(maps.Keys(f.Values)), maps.Keys(f.Updates))
	slices.Sort(ids)
	return ids
}

// IsStored reports whether held, the field's value in Jira after the write, is
// what was sent. Jira drops some values without an error. An issue in the
// backlog keeps its closed sprints, and of a changed list only the items that
// were sent are compared.
func (f *Form) IsStored(id string, held json.RawMessage) bool {
	if v, ok := f.Values[id]; ok {
		if v == nil && f.Requested[id] == "backlog" {
			return !inOpenSprint(held)
		}
		return names.Equal(v, held)
	}
	for _, op := range f.Updates[id] {
		for verb, item := range op.(map[string]any) {
			if names.ListContains(held, item) != (verb == "add") {
				return false
			}
		}
	}
	return true
}

// IsUncertain reports whether a stored value of a field differs from the sent
// one in a form that this server does not know, so that it cannot tell whether
// Jira kept it. An empty value is no such form.
func (f *Form) IsUncertain(id string, held json.RawMessage) bool {
	at := slices.IndexFunc(f.Screen, func(m jira.FieldMeta) bool { return m.ID == id })
	return at >= 0 && !names.IsComparable(f.Screen[at]) && len(held) > 0 && string(held) != "null" && string(held) != "[]"
}

// NotCompared describes a value that Jira accepted and shows in a form that
// cannot be compared with the sent one.
func NotCompared(shown string) string {
	if shown == "" {
		return "accepted; cannot be compared"
	}
	return "accepted; cannot be compared (Jira shows " + text.Shorten(text.OneLine(shown), 200) + ")"
}

// inOpenSprint reports whether a value of the sprint field has a sprint that is
// not closed. Jira keeps closed ones in it.
func inOpenSprint(held json.RawMessage) bool {
	var list []jira.Sprint
	_ = json.Unmarshal(held, &list) // none: in no sprint
	return slices.ContainsFunc(list, func(s jira.Sprint) bool { return s.State != "closed" })
}

// ChangesNothing reports whether an issue certainly has everything that the form
// would send. It does not where the comparison is not exact: the default
// assignee can be anybody, and of rich texts only the text and the kinds of
// marks are compared.
func (f *Form) ChangesNothing(fields jira.Fields) bool {
	for id := range f.Values {
		if f.IsRichText(id) {
			return false
		}
	}
	return !names.IsDefaultAssignee(f.Values["assignee"]) && f.AllStored(fields)
}

// AllStored reports whether an issue has everything that was sent.
func (f *Form) AllStored(fields jira.Fields) bool {
	return !slices.ContainsFunc(f.FieldIDs(), func(id string) bool { return !f.IsStored(id, fields[id]) })
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

// reject adds a problem with a field's value and notes that the field is not
// missing.
func (f *Form) reject(m jira.FieldMeta, err error) {
	f.invalid[m.ID] = true
	f.Problems = append(f.Problems, err)
}

// missingError is the problem of a required field that was not given.
type missingError struct {
	field       jira.FieldMeta
	hasArgument bool // the tool has an argument for it
}

func (e *missingError) Error() string {
	text := e.field.Name + " is required"
	if allowed := allowedValues(e.field); allowed != "" {
		return text + "; allowed: " + allowed
	}
	return text + " (" + ValueKind(e.field) + ")"
}

// allowedValues lists the first 25 values of a field that has a list of them.
func allowedValues(m jira.FieldMeta) string {
	const most = 25
	allowed := AllowedValueNames(m)
	text := strings.Join(allowed[:min(len(allowed), most)], ", ")
	if n := len(allowed) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// Error is the error of a form that cannot be sent, with all its problems.
type Error struct{ Problems []error }

// Error implements error.
func (e *Error) Error() string { return e.Problem() + "\nNothing was sent." }

// Problem returns all problems, without the note that nothing was sent.
func (e *Error) Problem() string {
	var parts []string
	for _, p := range e.Problems {
		parts = append(parts, strings.TrimSuffix(p.Error(), "."))
	}
	return strings.Join(parts, ".\n") + "."
}

// NothingDone reports that nothing was sent.
func (e *Error) NothingDone() bool { return true }

// Unwrap returns the problems.
func (e *Error) Unwrap() []error { return e.Problems }

// Reason implements [kit.ErrorClass].
func (e *Error) Reason() string { return "fields" }

// Hint returns how to give a missing field for which the tool has no argument;
// else the hint of Jira's error, if looking up a name failed.
func (e *Error) Hint() string {
	for _, err := range e.Problems {
		var m *missingError
		if errors.As(err, &m) && !m.hasArgument {
			return fmt.Sprintf(`Give it as fields: [{"name": %q, "value": …}].`, m.field.Name)
		}
	}
	for _, err := range e.Problems { // errors of Jira, from looking up names
		var refused *jira.Error
		if errors.As(err, &refused) && refused.Hint() != "" {
			return refused.Hint()
		}
	}
	return ""
}

// Err returns an [Error] with all problems; nil if there are none.
func (f *Form) Err() error {
	if len(f.Problems) == 0 {
		return nil
	}
	return &Error{f.Problems}
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

// Explain replaces field ids in Jira's error by names, and adds the allowed
// values. An error of a write that may have happened stays as it is.
func (f *Form) Explain(err error) error {
	var e *jira.Error
	var uncertain *write.UncertainError
	if errors.As(err, &uncertain) || !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	named := map[string]string{}
	for id, message := range e.Fields {
		for _, m := range f.Screen {
			if m.ID != id {
				continue
			}
			if allowed := allowedValues(m); allowed != "" {
				message += " Allowed: " + allowed + "."
			}
		}
		named[f.FieldName(id)] = message
	}
	explained := *e
	explained.Fields = named
	return &explained
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

// FieldValue is a caller's value for any field, by its name.
type FieldValue struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty" doc:"lists: comma-separated or a JSON array" loose:"true"`
	Op    string `json:"op,omitempty" enum:"set,add,remove,clear" default:"set"`
}

// RelatedIssues returns the keys of the issues that the follow-ups of a create
// write to, and the parent with them. The fence checks them in one request
// before anything is created.
func (f *Form) RelatedIssues() []string {
	var out []string
	for _, l := range f.FollowUps.Links {
		out = append(out, l.Other)
	}
	if parent, ok := f.Values["parent"].(map[string]string); ok && len(out) > 0 {
		out = append(out, parent["key"])
	}
	return names.Unique(out)
}

// NewIssue returns the issue that the form describes, for a create.
func (f *Form) NewIssue() jira.NewIssue {
	values := maps.Clone(f.Values)
	values["project"] = map[string]string{"key": f.Project}
	values["issuetype"] = map[string]string{"id": f.TypeID}
	return jira.NewIssue{Fields: values, Update: f.Updates}
}

// StoredFields compares a new issue with the form. set has the stored values by
// field name, without summary and description; dropped describes the fields
// that Jira did not store as they were sent.
func (f *Form) StoredFields(issue jira.Issue) (set map[string]string, dropped []string) {
	set = map[string]string{}
	for _, id := range f.FieldIDs() {
		name, held := f.FieldName(id), issue.Fields[id]
		s := names.Format(held)
		if !f.IsStored(id, held) && f.IsUncertain(id, held) {
			set[name] = NotCompared(s)
			continue
		}
		if !f.IsStored(id, held) {
			now := "it is empty"
			if s != "" {
				now = "it is " + text.Shorten(s, 80)
			}
			dropped = append(dropped, fmt.Sprintf("%s (%s; requested %s)", name, now, text.Shorten(f.Requested[id], 80)))
			continue
		}
		if id != "description" && id != "summary" {
			set[name] = text.Shorten(text.OneLine(s), 200)
		}
	}
	return set, dropped
}

// FailureText returns the error of one issue of a bulk create, with names and
// allowed values.
func (f *Form) FailureText(failure jira.CreateFailure) string {
	e := &jira.Error{Messages: failure.Errors.Messages, Fields: failure.Errors.Fields}
	return kit.ErrorText(f.Explain(e))
}

// Fingerprint returns a hash of everything that is sent for a user, follow-ups
// included, which recognises an identical create.
func (f *Form) Fingerprint(who string) once.Fingerprint {
	return once.FingerprintOf(who, f.Project, f.TypeID, f.Values, f.Updates, f.FollowUps.Links, f.FollowUps.Watchers, f.FollowUps.Files)
}

// TextFile is a file whose content is given as text.
type TextFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// AddLink adds a link given in words, like "blocks PAY-2". It is sent with the
// issue if the screen has a field for links, else it is created after the
// issue.
func (f *Form) AddLink(ctx context.Context, text string) {
	l, err := f.names.ParseLink(ctx, text)
	if err == nil {
		l.Other, err = keys.Parse(l.Other)
	}
	if err != nil {
		f.reject(jira.FieldMeta{ID: "issuelinks"}, fmt.Errorf("links: %w", err))
		return
	}
	words := l.Phrase() + " " + l.Other
	if slices.ContainsFunc(f.Screen, func(m jira.FieldMeta) bool { return m.ID == "issuelinks" }) {
		f.Updates["issuelinks"] = append(f.Updates["issuelinks"], names.LinkOnCreate(l))
		f.Requested["issuelinks"] = strings.TrimPrefix(f.Requested["issuelinks"]+", "+words, ", ")
		return
	}
	f.FollowUps.Links = append(f.FollowUps.Links, l)
}

// FollowUps is what can be written only after the issue exists: links (if the
// create screen has no field for them), watchers and files.
type FollowUps struct {
	Links    []names.Link
	Watchers []jira.User
	Files    []TextFile
}

// Changes returns the follow-ups as changes, for a dry run.
func (l FollowUps) Changes() []kit.Change {
	var out []kit.Change
	for _, link := range l.Links {
		out = append(out, kit.Change{Field: "Link", After: link.Phrase() + " " + link.Other})
	}
	for _, u := range l.Watchers {
		out = append(out, kit.Change{Field: "Watcher", After: u.DisplayName})
	}
	for _, f := range l.Files {
		out = append(out, kit.Change{Field: "File", After: fmt.Sprintf("%s, %d bytes", f.Name, len(f.Text))})
	}
	return out
}

// AllowedValueNames returns the names of a field's allowed values; for a
// cascading field those of the second level as well.
func AllowedValueNames(m jira.FieldMeta) []string {
	return names.CascadeNames(m.Allowed)
}

// ValueKind describes in words what a field takes, with an example where the
// format is not obvious: "date, 2026-01-31".
func ValueKind(m jira.FieldMeta) string {
	words := map[string]string{"string": "text", "number": "number", "date": "date, 2026-01-31", "datetime": "time, 2026-01-31T14:30", "user": "person", "group": "group",
		"option": "one of", "priority": "one of", "resolution": "one of", "securitylevel": "one of", "issuelink": "issue key", "timetracking": "time, 1d 2h", "option-with-child": "one of, such as Parent > Child"}
	switch {
	case names.IsRichText(m):
		return "Markdown"
	case m.ID == "issuelinks":
		return "links, such as blocks PAY-2"
	case m.Schema.Items == "json":
		return "sprint: name, current or next"
	case strings.HasSuffix(m.Schema.Custom, ":url"):
		return "address"
	case m.Schema.Type == "array" && m.Schema.Items == "string":
		return "labels"
	case m.Schema.Type == "array" && m.Schema.Items == "user":
		return "people"
	case m.Schema.Type == "array":
		return "any of"
	case words[m.Schema.Type] != "":
		return words[m.Schema.Type]
	}
	return m.Schema.Type
}
