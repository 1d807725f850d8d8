package tools

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
)

// form fills in a screen of Jira's by the names of its fields, and collects
// everything that is wrong with it, so that the model hears of all at once.
type form struct {
	names   *names.Names
	screen  []jira.FieldMeta
	project string
	creates bool   // the screen is of an issue to be
	kind    string // its type, by id
	// kindName is what people call that type.
	kindName string
	values   map[string]any    // what goes to Jira, by field id
	updates  map[string][]any  // what is added to lists and removed from them
	asked    map[string]string // what was asked for, in people's words
	// arguments are the fields that the tool has an argument for.
	arguments map[string]bool
	given     map[string]bool // fields that were given wrongly, by id
	meant     []string        // the ids of all fields that were given, rightly or not
	later     later           // what follows a create
	problems  []error
}

func newForm(n *names.Names, screen []jira.FieldMeta, project string, arguments ...string) *form {
	// Jira keeps files and comments on screens; they are not set as fields.
	screen = slices.DeleteFunc(slices.Clone(screen), func(m jira.FieldMeta) bool { return m.ID == "attachment" })
	f := &form{names: n, screen: screen, project: project, values: map[string]any{}, updates: map[string][]any{}, given: map[string]bool{}, asked: map[string]string{}, arguments: map[string]bool{}}
	for _, id := range arguments {
		f.arguments[id] = true
	}
	return f
}

// same reports whether two forms send the same.
func (f *form) same(other *form) bool {
	return f.project == other.project && f.kind == other.kind && reflect.DeepEqual(f.values, other.values) && reflect.DeepEqual(f.updates, other.updates)
}

// stale reports whether a second look at the names may help: err is about
// names or values, nothing was done, and something was remembered that may
// have changed since. What is remembered is dropped then.
func (d Deps) stale(err error) bool {
	var form *formError
	var unknown *names.UnknownError
	refused := jira.IsStatus(err, http.StatusBadRequest) && jira.OutcomeOf(err) == jira.Refused
	return (refused || errors.As(err, &form) || errors.As(err, &unknown)) && d.Names.Refresh()
}

// find finds a field on the screen, and notes that it is meant.
func (f *form) find(name string) (jira.FieldMeta, bool) {
	meta, err := names.FindField(f.screen, name)
	if err != nil {
		f.problems = append(f.problems, err)
		return meta, false
	}
	if !slices.Contains(f.meant, meta.ID) {
		f.meant = append(f.meant, meta.ID)
	}
	return meta, true
}

// put sets a field by name or id, if given.
func (f *form) put(ctx context.Context, name, value string, given bool) {
	if !given {
		return
	}
	meta, ok := f.find(name)
	if !ok || f.taken(meta) {
		return
	}
	if meta.ID == "issuelinks" {
		f.linkAll(ctx, value)
		return
	}
	v, err := f.names.Encode(ctx, meta, f.project, value)
	if list, isList := v.([]any); err == nil && isList && len(list) == 0 {
		err = fmt.Errorf("%s: no value given; to empty it: op clear", meta.Name)
	}
	if err != nil {
		f.wrong(meta, err)
		return
	}
	f.values[meta.ID], f.asked[meta.ID] = v, value
}

// taken notes that a field is given twice. Jira refuses one that is both set
// and added to.
func (f *form) taken(meta jira.FieldMeta) bool {
	if f.asked[meta.ID] == "" {
		return false
	}
	f.problems = append(f.problems, fmt.Errorf("%s is given twice", meta.Name))
	return true
}

// list sets a field that takes a list of names.
func (f *form) list(ctx context.Context, id string, items []string) {
	if len(items) == 0 {
		return
	}
	meta, ok := f.find(id)
	if !ok || f.taken(meta) {
		return
	}
	v, err := f.names.EncodeItems(ctx, meta, f.project, items)
	if err != nil {
		f.wrong(meta, err)
		return
	}
	f.values[meta.ID], f.asked[meta.ID] = v, strings.Join(items, ", ")
}

// linkAll puts links in words into the form, comma-separated.
func (f *form) linkAll(ctx context.Context, value string) {
	for _, text := range names.SplitList(value) {
		f.link(ctx, text)
	}
}

// orNone sets a field, or empties it where the value says so.
func (f *form) orNone(ctx context.Context, id, value string) {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "none", "nobody", "unassigned":
		f.clear(id)
	default:
		f.put(ctx, id, value, value != "")
	}
}

// sprint puts the issue into a sprint, or into the backlog.
func (f *form) sprint(ctx context.Context, value string) {
	if value == "" {
		return
	}
	at := slices.IndexFunc(f.screen, func(m jira.FieldMeta) bool { return m.Schema.Items == "json" })
	switch {
	case at < 0:
		f.problems = append(f.problems, errors.New("this type of issue has no field Sprint on its screen here, so it is in no sprint"))
	case strings.EqualFold(strings.TrimSpace(value), "backlog") || strings.EqualFold(strings.TrimSpace(value), "none"):
		id := f.screen[at].ID
		f.values[id], f.asked[id] = nil, "backlog"
		f.meant = append(f.meant, id)
	default:
		f.put(ctx, f.screen[at].ID, value, true)
	}
}

func (f *form) parent(ctx context.Context, key string) {
	if key == "" {
		return
	}
	clean, err := cleanKey(key)
	if err != nil && strings.ContainsFunc(key, unicode.IsLetter) && f.project != "" {
		clean, err = f.names.Epic(ctx, f.project, key) // by its summary
	}
	if err != nil {
		f.wrong(jira.FieldMeta{ID: "parent"}, fmt.Errorf("parent: %w", err))
		return
	}
	f.put(ctx, "parent", clean, true)
}

// fields sets the fields given by name and value.
func (f *form) fields(ctx context.Context, list []FieldValue) {
	for _, v := range list {
		switch {
		case strings.EqualFold(v.Name, "comment"):
			f.problems = append(f.problems, errors.New("a comment is not given as a field; jira_add_comment adds one"))
		case f.creates && (v.Op == "remove" || v.Op == "clear"):
			f.problems = append(f.problems, fmt.Errorf("%s: there is nothing to %s on this screen; leave it out", v.Name, v.Op))
		case v.Op == "clear":
			f.clear(v.Name)
		case strings.TrimSpace(v.Value) == "":
			meta, _ := names.FindField(f.screen, v.Name) // unknown: the problem is the same
			f.wrong(meta, fmt.Errorf("%s: no value given", v.Name))
		case v.Op == "add" || v.Op == "remove":
			f.change(ctx, v)
		default:
			f.put(ctx, v.Name, v.Value, true)
		}
	}
}

// clear empties a field.
func (f *form) clear(name string) {
	meta, ok := f.find(name)
	switch {
	case !ok || f.taken(meta):
	case meta.Required:
		f.wrong(meta, fmt.Errorf("%s is required and cannot be cleared", meta.Name))
	case meta.Schema.Type == "array":
		f.values[meta.ID], f.asked[meta.ID] = []any{}, "nothing"
	default:
		f.values[meta.ID], f.asked[meta.ID] = nil, "nothing"
	}
}

// change adds to a list or removes from it. What is being created has no list
// yet: there adding joins what was given already.
func (f *form) change(ctx context.Context, v FieldValue) {
	meta, ok := f.find(v.Name)
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
		encoded, err = f.names.Encode(ctx, meta, f.project, v.Value)
		list, _ = encoded.([]any)
	}
	_, set := f.values[meta.ID]
	switch {
	case err != nil:
		f.wrong(meta, err)
	case !isList || !f.creates && !slices.Contains(meta.Operations, v.Op):
		f.wrong(meta, fmt.Errorf("%s takes no %s; set it", meta.Name, v.Op))
	case len(list) == 0:
		f.wrong(meta, fmt.Errorf("%s: nothing to %s was given", meta.Name, v.Op))
	case f.creates:
		before, _ := f.values[meta.ID].([]any)
		f.values[meta.ID] = append(before, list...)
		f.asked[meta.ID] = strings.TrimPrefix(f.asked[meta.ID]+", "+v.Value, ", ")
	case set:
		f.taken(meta)
	default:
		f.update(meta, v, list)
	}
}

// update adds operations on a list.
func (f *form) update(meta jira.FieldMeta, v FieldValue, list []any) {
	for _, item := range list {
		for _, op := range f.updates[meta.ID] {
			for verb, other := range op.(map[string]any) {
				if verb != v.Op && reflect.DeepEqual(other, item) {
					f.wrong(meta, fmt.Errorf("%s: the same is both added and removed (%s)", meta.Name, v.Value))
					return
				}
			}
		}
		f.updates[meta.ID] = append(f.updates[meta.ID], map[string]any{v.Op: item})
	}
	f.asked[meta.ID] = strings.TrimPrefix(f.asked[meta.ID]+"; "+v.Op+" "+v.Value, "; ")
}

// sent are the ids of what goes to Jira, sorted.
func (f *form) sent() []string {
	ids := slices.AppendSeq(slices.Collect(maps.Keys(f.values)), maps.Keys(f.updates))
	slices.Sort(ids)
	return ids
}

// kept reports whether Jira holds what was sent for a field.
func (f *form) kept(id string, held json.RawMessage) bool {
	if v, ok := f.values[id]; ok {
		if v == nil && f.asked[id] == "backlog" {
			return !inOpenSprint(held)
		}
		return names.Same(v, held)
	}
	for _, op := range f.updates[id] {
		for verb, item := range op.(map[string]any) {
			if names.Has(held, item) != (verb == "add") {
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

// holds reports whether an issue holds all that was sent.
func (f *form) holds(fields jira.Fields) bool {
	return !slices.ContainsFunc(f.sent(), func(id string) bool { return !f.kept(id, fields[id]) })
}

// changeLabels adds labels or removes them.
func (f *form) changeLabels(ctx context.Context, op string, labels []string) {
	if len(labels) > 0 {
		// The list as it is: a comma may be part of a label.
		list, _ := json.Marshal(labels)
		f.change(ctx, FieldValue{Name: "labels", Op: op, Value: string(list)})
	}
}

// sends reports a change of a field that is sent.
func (f *form) sends(item jira.ChangeItem) bool {
	return slices.ContainsFunc(f.sent(), func(id string) bool { return isField(item, id, f.name(id)) })
}

// replaces reports a change of a field that is sent as a whole.
func (f *form) replaces(item jira.ChangeItem) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(f.values)), func(id string) bool { return isField(item, id, f.name(id)) })
}

// means reports a change of a field that was given, rightly or not.
func (f *form) means(item jira.ChangeItem) bool {
	return slices.ContainsFunc(f.meant, func(id string) bool { return isField(item, id, f.name(id)) })
}

// require notes the required fields that are missing, except those that are
// filled in by other means.
func (f *form) require(subtask bool, except ...string) {
	for _, m := range f.screen {
		if _, given := f.values[m.ID]; given || f.updates[m.ID] != nil || slices.Contains(except, m.ID) || f.given[m.ID] {
			continue
		}
		if m.Required && !m.HasDefault || subtask && m.ID == "parent" {
			f.problems = append(f.problems, &missingError{m, f.arguments[m.ID]})
		}
	}
}

// wrong notes that a field was given, and what is wrong with it: it is not
// missing.
func (f *form) wrong(m jira.FieldMeta, err error) {
	f.given[m.ID] = true
	f.problems = append(f.problems, err)
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
	return text + " (" + kindOfField(e.field) + ")"
}

// allowedValues lists what a field takes, as far as that is a list.
func allowedValues(m jira.FieldMeta) string {
	const most = 25
	allowed := allowedLabels(m)
	text := strings.Join(allowed[:min(len(allowed), most)], ", ")
	if n := len(allowed) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// formError is a form that cannot be sent.
type formError struct{ problems []error }

func (e *formError) Error() string {
	var parts []string
	for _, p := range e.problems {
		parts = append(parts, strings.TrimSuffix(p.Error(), "."))
	}
	return strings.Join(parts, ".\n") + ".\nNothing was sent."
}

func (e *formError) Unwrap() []error { return e.problems }

// Reason implements [kit.Reasoned].
func (e *formError) Reason() string { return "fields" }

// Hint says how the fields that have no argument of their own are given, or
// what stands in the way of a name.
func (e *formError) Hint() string {
	for _, err := range e.problems {
		var m *missingError
		if errors.As(err, &m) && !m.argument {
			return fmt.Sprintf(`Give it as fields: [{"name": %q, "value": …}].`, m.field.Name)
		}
	}
	for _, err := range e.problems { // Jira's, where a name was asked for
		var refused *jira.Error
		if errors.As(err, &refused) && refused.Hint() != "" {
			return refused.Hint()
		}
	}
	return ""
}

func (f *form) err() error {
	if len(f.problems) == 0 {
		return nil
	}
	return &formError{f.problems}
}

// name is a field's display name.
func (f *form) name(id string) string {
	for _, m := range f.screen {
		if m.ID == id {
			return m.Name
		}
	}
	return id
}

// explain adds names and allowed values to the field errors of an answer.
func (f *form) explain(err error) error {
	var e *jira.Error
	var uncertain *uncertainError
	if errors.As(err, &uncertain) || !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	named := map[string]string{}
	for id, message := range e.Fields {
		for _, m := range f.screen {
			if m.ID != id {
				continue
			}
			if allowed := allowedValues(m); allowed != "" {
				message += " Allowed: " + allowed + "."
			}
		}
		named[f.name(id)] = message
	}
	explained := *e
	explained.Fields = named
	return &explained
}
