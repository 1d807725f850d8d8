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

// Form fills in a screen of Jira's by the names of its fields, and collects
// everything that is wrong with it, so that the model hears of all at once.
type Form struct {
	names   *names.Names
	Screen  []jira.FieldMeta
	Project string
	Creates bool   // the screen is of an issue to be
	Kind    string // its type, by id
	// kindName is what people call that type.
	KindName string
	Values   map[string]any    // what goes to Jira, by field id
	Updates  map[string][]any  // what is added to lists and removed from them
	Asked    map[string]string // what was asked for, in people's words
	// arguments are the fields that the tool has an argument for.
	arguments map[string]bool
	given     map[string]bool // fields that were given wrongly, by id
	meant     []string        // the ids of all fields that were given, rightly or not
	Later     Later           // what follows a create
	Problems  []error
}

func New(n *names.Names, screen []jira.FieldMeta, project string, arguments ...string) *Form {
	// Jira keeps files and comments on screens; they are not set as fields.
	screen = slices.DeleteFunc(slices.Clone(screen), func(m jira.FieldMeta) bool { return m.ID == "attachment" })
	f := &Form{names: n, Screen: screen, Project: project, Values: map[string]any{}, Updates: map[string][]any{}, given: map[string]bool{}, Asked: map[string]string{}, arguments: map[string]bool{}}
	for _, id := range arguments {
		f.arguments[id] = true
	}
	return f
}

// Same reports whether two forms send the same.
func (f *Form) Same(other *Form) bool {
	return f.Project == other.Project && f.Kind == other.Kind && reflect.DeepEqual(f.Values, other.Values) && reflect.DeepEqual(f.Updates, other.Updates)
}

// Refreshed reports whether a second look at the names may help: err is about
// names or values, nothing was done, and something was remembered that may
// have changed since. What is remembered is dropped then.
func Refreshed(d env.Env, err error) bool {
	var form *Error
	var unknown *names.UnknownError
	refused := jira.IsStatus(err, http.StatusBadRequest) && jira.OutcomeOf(err) == jira.Refused
	return (refused || errors.As(err, &form) || errors.As(err, &unknown)) && d.Names.Refresh()
}

// Find finds a field on the screen, and notes that it is meant.
func (f *Form) Find(name string) (jira.FieldMeta, bool) {
	meta, err := names.FindField(f.Screen, name)
	if err != nil {
		f.Problems = append(f.Problems, err)
		return meta, false
	}
	if !slices.Contains(f.meant, meta.ID) {
		f.meant = append(f.meant, meta.ID)
	}
	return meta, true
}

// Put sets a field by name or id, if given.
func (f *Form) Put(ctx context.Context, name, value string, given bool) {
	if !given {
		return
	}
	meta, ok := f.Find(name)
	if !ok || f.taken(meta) {
		return
	}
	if meta.ID == "issuelinks" {
		f.linkAll(ctx, value)
		return
	}
	v, err := f.names.Encode(ctx, meta, f.Project, value)
	if list, isList := v.([]any); err == nil && isList && len(list) == 0 {
		err = fmt.Errorf("%s: no value given; to empty it: op clear", meta.Name)
	}
	if err != nil {
		f.wrong(meta, err)
		return
	}
	f.Values[meta.ID], f.Asked[meta.ID] = v, value
}

// taken notes that a field is given twice. Jira refuses one that is both set
// and added to.
func (f *Form) taken(meta jira.FieldMeta) bool {
	if f.Asked[meta.ID] == "" {
		return false
	}
	f.Problems = append(f.Problems, fmt.Errorf("%s is given twice", meta.Name))
	return true
}

// List sets a field that takes a list of names.
func (f *Form) List(ctx context.Context, id string, items []string) {
	if len(items) == 0 {
		return
	}
	meta, ok := f.Find(id)
	if !ok || f.taken(meta) {
		return
	}
	v, err := f.names.EncodeItems(ctx, meta, f.Project, items)
	if err != nil {
		f.wrong(meta, err)
		return
	}
	f.Values[meta.ID], f.Asked[meta.ID] = v, strings.Join(items, ", ")
}

// linkAll puts links in words into the form, comma-separated.
func (f *Form) linkAll(ctx context.Context, value string) {
	for _, text := range names.SplitList(value) {
		f.Link(ctx, text)
	}
}

// OrNone sets a field, or empties it where the value says so.
func (f *Form) OrNone(ctx context.Context, id, value string) {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "none", "nobody", "unassigned":
		f.Clear(id)
	default:
		f.Put(ctx, id, value, value != "")
	}
}

// Sprint puts the issue into a sprint, or into the backlog.
func (f *Form) Sprint(ctx context.Context, value string) {
	if value == "" {
		return
	}
	at := slices.IndexFunc(f.Screen, func(m jira.FieldMeta) bool { return m.Schema.Items == "json" })
	switch {
	case at < 0:
		f.Problems = append(f.Problems, errors.New("this type of issue has no field Sprint on its screen here, so it is in no sprint"))
	case strings.EqualFold(strings.TrimSpace(value), "backlog") || strings.EqualFold(strings.TrimSpace(value), "none"):
		id := f.Screen[at].ID
		f.Values[id], f.Asked[id] = nil, "backlog"
		f.meant = append(f.meant, id)
	default:
		f.Put(ctx, f.Screen[at].ID, value, true)
	}
}

func (f *Form) Parent(ctx context.Context, key string) {
	if key == "" {
		return
	}
	clean, err := keys.Parse(key)
	if err != nil && strings.ContainsFunc(key, unicode.IsLetter) && f.Project != "" {
		clean, err = f.names.Epic(ctx, f.Project, key) // by its summary
	}
	if err != nil {
		f.wrong(jira.FieldMeta{ID: "parent"}, fmt.Errorf("parent: %w", err))
		return
	}
	f.Put(ctx, "parent", clean, true)
}

// Fields sets the fields given by name and value.
func (f *Form) Fields(ctx context.Context, list []FieldValue) {
	for _, v := range list {
		switch {
		case strings.EqualFold(v.Name, "comment"):
			f.Problems = append(f.Problems, errors.New("a comment is not given as a field; jira_add_comment adds one"))
		case f.Creates && (v.Op == "remove" || v.Op == "clear"):
			f.Problems = append(f.Problems, fmt.Errorf("%s: there is nothing to %s on this screen; leave it out", v.Name, v.Op))
		case v.Op == "clear":
			f.Clear(v.Name)
		case strings.TrimSpace(v.Value) == "":
			meta, _ := names.FindField(f.Screen, v.Name) // unknown: the problem is the same
			f.wrong(meta, fmt.Errorf("%s: no value given", v.Name))
		case v.Op == "add" || v.Op == "remove":
			f.change(ctx, v)
		default:
			f.Put(ctx, v.Name, v.Value, true)
		}
	}
}

// Clear empties a field.
func (f *Form) Clear(name string) {
	meta, ok := f.Find(name)
	switch {
	case !ok || f.taken(meta):
	case meta.Required:
		f.wrong(meta, fmt.Errorf("%s is required and cannot be cleared", meta.Name))
	case meta.Schema.Type == "array":
		f.Values[meta.ID], f.Asked[meta.ID] = []any{}, "nothing"
	default:
		f.Values[meta.ID], f.Asked[meta.ID] = nil, "nothing"
	}
}

// change adds to a list or removes from it. What is being created has no list
// yet: there adding joins what was given already.
func (f *Form) change(ctx context.Context, v FieldValue) {
	meta, ok := f.Find(v.Name)
	if !ok {
		return
	}
	if meta.ID == "issuelinks" && v.Op == "add" {
		f.linkAll(ctx, v.Value)
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
		f.wrong(meta, err)
	case !isList || !f.Creates && !slices.Contains(meta.Operations, v.Op):
		f.wrong(meta, fmt.Errorf("%s takes no %s; set it", meta.Name, v.Op))
	case len(list) == 0:
		f.wrong(meta, fmt.Errorf("%s: nothing to %s was given", meta.Name, v.Op))
	case f.Creates:
		before, _ := f.Values[meta.ID].([]any)
		f.Values[meta.ID] = append(before, list...)
		f.Asked[meta.ID] = strings.TrimPrefix(f.Asked[meta.ID]+", "+v.Value, ", ")
	case set:
		f.taken(meta)
	default:
		f.update(meta, v, list)
	}
}

// update adds operations on a list.
func (f *Form) update(meta jira.FieldMeta, v FieldValue, list []any) {
	for _, item := range list {
		for _, op := range f.Updates[meta.ID] {
			for verb, other := range op.(map[string]any) {
				if verb != v.Op && reflect.DeepEqual(other, item) {
					f.wrong(meta, fmt.Errorf("%s: the same is both added and removed (%s)", meta.Name, v.Value))
					return
				}
			}
		}
		f.Updates[meta.ID] = append(f.Updates[meta.ID], map[string]any{v.Op: item})
	}
	f.Asked[meta.ID] = strings.TrimPrefix(f.Asked[meta.ID]+"; "+v.Op+" "+v.Value, "; ")
}

// Sent are the ids of what goes to Jira, sorted.
func (f *Form) Sent() []string {
	ids := slices.AppendSeq(slices.Collect(maps.Keys(f.Values)), maps.Keys(f.Updates))
	slices.Sort(ids)
	return ids
}

// Kept reports whether Jira holds what was sent for a field.
func (f *Form) Kept(id string, held json.RawMessage) bool {
	if v, ok := f.Values[id]; ok {
		if v == nil && f.Asked[id] == "backlog" {
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

// inOpenSprint reports a value of the sprint field with a sprint that is not
// closed: closed ones stay.
func inOpenSprint(held json.RawMessage) bool {
	var list []jira.Sprint
	_ = json.Unmarshal(held, &list) // none: in no sprint
	return slices.ContainsFunc(list, func(s jira.Sprint) bool { return s.State != "closed" })
}

// Holds reports whether an issue holds all that was sent.
func (f *Form) Holds(fields jira.Fields) bool {
	return !slices.ContainsFunc(f.Sent(), func(id string) bool { return !f.Kept(id, fields[id]) })
}

// ChangeLabels adds labels or removes them.
func (f *Form) ChangeLabels(ctx context.Context, op string, labels []string) {
	if len(labels) > 0 {
		// The list as it is: a comma may be part of a label.
		list, _ := json.Marshal(labels)
		f.change(ctx, FieldValue{Name: "labels", Op: op, Value: string(list)})
	}
}

// sends reports a change of a field that is sent.
func (f *Form) sends(item jira.ChangeItem) bool {
	return slices.ContainsFunc(f.Sent(), func(id string) bool { return IsField(item, id, f.Name(id)) })
}

// replaces reports a change of a field that is sent as a whole.
func (f *Form) replaces(item jira.ChangeItem) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(f.Values)), func(id string) bool { return IsField(item, id, f.Name(id)) })
}

// means reports a change of a field that was given, rightly or not.
func (f *Form) means(item jira.ChangeItem) bool {
	return slices.ContainsFunc(f.meant, func(id string) bool { return IsField(item, id, f.Name(id)) })
}

// Require notes the required fields that are missing, except those that are
// filled in by other means.
func (f *Form) Require(subtask bool, except ...string) {
	for _, m := range f.Screen {
		if _, given := f.Values[m.ID]; given || f.Updates[m.ID] != nil || slices.Contains(except, m.ID) || f.given[m.ID] {
			continue
		}
		if m.Required && !m.HasDefault || subtask && m.ID == "parent" {
			f.Problems = append(f.Problems, &missingError{m, f.arguments[m.ID]})
		}
	}
}

// wrong notes that a field was given, and what is wrong with it: it is not
// missing.
func (f *Form) wrong(m jira.FieldMeta, err error) {
	f.given[m.ID] = true
	f.Problems = append(f.Problems, err)
}

// missingError is a required field that was not given.
type missingError struct {
	field    jira.FieldMeta
	argument bool // the tool has an argument for it
}

func (e *missingError) Error() string {
	text := e.field.Name + " is required"
	if allowed := allowedValues(e.field); allowed != "" {
		return text + "; allowed: " + allowed
	}
	return text + " (" + KindOfField(e.field) + ")"
}

// allowedValues lists what a field takes, as far as that is a list.
func allowedValues(m jira.FieldMeta) string {
	const most = 25
	allowed := AllowedLabels(m)
	text := strings.Join(allowed[:min(len(allowed), most)], ", ")
	if n := len(allowed) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// Error is a form that cannot be sent.
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

func (e *Error) Unwrap() []error { return e.Problems }

// Reason implements [kit.Reasoned].
func (e *Error) Reason() string { return "fields" }

// Hint says how the fields that have no argument of their own are given, or
// what stands in the way of a name.
func (e *Error) Hint() string {
	for _, err := range e.Problems {
		var m *missingError
		if errors.As(err, &m) && !m.argument {
			return fmt.Sprintf(`Give it as fields: [{"name": %q, "value": …}].`, m.field.Name)
		}
	}
	for _, err := range e.Problems { // Jira's, where a name was asked for
		var refused *jira.Error
		if errors.As(err, &refused) && refused.Hint() != "" {
			return refused.Hint()
		}
	}
	return ""
}

func (f *Form) Err() error {
	if len(f.Problems) == 0 {
		return nil
	}
	return &Error{f.Problems}
}

// Name is a field's display name.
func (f *Form) Name(id string) string {
	for _, m := range f.Screen {
		if m.ID == id {
			return m.Name
		}
	}
	return id
}

// Explain adds names and allowed values to the field errors of an answer.
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
		named[f.Name(id)] = message
	}
	explained := *e
	explained.Fields = named
	return &explained
}

// Meta is a field of the screen.
func (f *Form) Meta(id string) jira.FieldMeta {
	for _, m := range f.Screen {
		if m.ID == id {
			return m
		}
	}
	return jira.FieldMeta{ID: id, Name: id}
}

// FieldValue sets any field by its name.
type FieldValue struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty" doc:"lists: comma-separated or a JSON array" loose:"true"`
	Op    string `json:"op,omitempty" enum:"set,add,remove,clear" default:"set"`
}

// LeadsTo are the issues that what follows the create is written to, and its
// parent with them: they are looked at in one go, before anything is filed.
func (f *Form) LeadsTo() []string {
	var out []string
	for _, l := range f.Later.Links {
		out = append(out, l.Other)
	}
	if parent, ok := f.Values["parent"].(map[string]string); ok && len(out) > 0 {
		out = append(out, parent["key"])
	}
	return names.Unique(out)
}

// NewIssue is the issue that the form describes.
func (f *Form) NewIssue() jira.NewIssue {
	values := maps.Clone(f.Values)
	values["project"] = map[string]string{"key": f.Project}
	values["issuetype"] = map[string]string{"id": f.Kind}
	return jira.NewIssue{Fields: values, Update: f.Updates}
}

// Outcome says what Jira holds of a new issue's fields, and what it did not keep.
func (f *Form) Outcome(issue jira.Issue) (set map[string]string, dropped []string) {
	set = map[string]string{}
	for _, id := range f.Sent() {
		name, held := f.Name(id), issue.Fields[id]
		s := names.Format(held)
		if !f.Kept(id, held) {
			now := "it is empty"
			if s != "" {
				now = "it is " + text.Shorten(s, 80)
			}
			dropped = append(dropped, fmt.Sprintf("%s (%s; asked for %s)", name, now, text.Shorten(f.Asked[id], 80)))
			continue
		}
		if id != "description" && id != "summary" {
			set[name] = text.Shorten(text.OneLine(s), 200)
		}
	}
	return set, dropped
}

// Words are what was wrong with one issue of several, with the fields' names and
// what they allow.
func (f *Form) Words(failure jira.CreateFailure) string {
	e := &jira.Error{Messages: failure.Errors.Messages, Fields: failure.Errors.Fields}
	return kit.ErrorText(f.Explain(e))
}

func (f *Form) Fingerprint(who string) once.Fingerprint {
	return once.FingerprintOf(who, f.Project, f.Kind, f.Values, f.Updates, f.Later.Links, f.Later.Watchers, f.Later.Files)
}

// TextFile is a file that is given as text.
type TextFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Link puts a link in words, "blocks PAY-2", into the form: on the screen where
// that has a field for links, else to be made afterwards.
func (f *Form) Link(ctx context.Context, text string) {
	l, err := f.names.ParseLink(ctx, text)
	if err == nil {
		l.Other, err = keys.Parse(l.Other)
	}
	if err != nil {
		f.wrong(jira.FieldMeta{ID: "issuelinks"}, fmt.Errorf("links: %w", err))
		return
	}
	words := l.Phrase() + " " + l.Other
	if slices.ContainsFunc(f.Screen, func(m jira.FieldMeta) bool { return m.ID == "issuelinks" }) {
		f.Updates["issuelinks"] = append(f.Updates["issuelinks"], names.LinkOnCreate(l))
		f.Asked["issuelinks"] = strings.TrimPrefix(f.Asked["issuelinks"]+", "+words, ", ")
		return
	}
	f.Later.Links = append(f.Later.Links, l)
}

// Later is what follows a create.
type Later struct {
	Links    []names.Link
	Watchers []jira.User
	Files    []TextFile
}

// Would says what would follow.
func (l Later) Would() []kit.Change {
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

// AllowedLabels are the values of a field; of a cascading one with those below.
func AllowedLabels(m jira.FieldMeta) []string {
	return names.CascadeNames(m.Allowed)
}

// KindOfField says in words what a field takes.
func KindOfField(m jira.FieldMeta) string {
	words := map[string]string{"string": "text", "number": "number", "date": "date, 2026-01-31", "datetime": "time, 2026-01-31T14:30", "user": "person", "group": "group",
		"option": "one of", "priority": "one of", "resolution": "one of", "securitylevel": "one of", "issuelink": "key of an issue", "timetracking": "time, 1d 2h", "option-with-child": "one of, as Parent > Child"}
	switch {
	case names.IsRichText(m):
		return "Markdown"
	case m.ID == "issuelinks":
		return "links, as blocks PAY-2"
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
