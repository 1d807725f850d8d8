package form

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// AllFieldIDs returns the ids of the fields that show what was sent, with the
// create and after it. Logged work needs the time of the last change as well.
func (f *Form) AllFieldIDs() []string {
	ids := f.FieldIDs()
	if f.FollowUps.Edit != nil {
		ids = append(ids, f.FollowUps.Edit.FieldIDs()...)
	}
	if slices.ContainsFunc(ids, func(id string) bool { return isWorklog(f.Meta(id)) || id == "worklog" }) {
		ids = append(ids, "updated")
	}
	return ids
}

// ReplaceParent sets the parent to an issue that did not exist when the form was
// filled in.
func (f *Form) ReplaceParent(key string) {
	set := func(to *Form) {
		to.Values["parent"], to.Requested["parent"] = map[string]string{"key": key}, key
	}
	later := false
	for n, v := range f.FollowUps.Fields {
		if strings.EqualFold(v.Name, "parent") {
			f.FollowUps.Fields[n].Value, later = key, true
		}
	}
	switch {
	case !later:
		set(f)
	case f.FollowUps.Edit != nil:
		set(f.FollowUps.Edit)
	}
}

// TextFile is a file whose content is given as text.
type TextFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// FollowUps is what can be written only after the issue exists: links, the sprint
// and other fields (if the create screen does not have them), watchers and
// files.
type FollowUps struct {
	Fields []FieldValue
	// Edit is the edit screen filled in with Fields. It is nil if the screen is
	// known only once the issue exists.
	Edit     *Form
	Sprint   jira.Sprint // ID 0: none
	Links    []names.Link
	Watchers []jira.User
	Files    []TextFile
}

// postpone adds a field to the follow-ups if the screen does not have it and the
// site does. The sprint has a request of its own, which needs no screen.
func (f *Form) postpone(ctx context.Context, v FieldValue) bool {
	if !f.MayFollow {
		return false
	}
	if f.HasField(v.Name) {
		return false
	}
	ids, err := f.names.FieldIDs(ctx, []string{v.Name})
	if err != nil || len(ids) == 0 {
		return false // FindField reports it
	}
	if sprint, _ := f.names.SprintField(ctx); sprint == ids[0] {
		f.followSprint(ctx, v.Value)
		return true
	}
	if slices.ContainsFunc(f.FollowUps.Fields, func(other FieldValue) bool { return strings.EqualFold(other.Name, v.Name) }) {
		f.Problems = append(f.Problems, fmt.Errorf("%s is given twice", v.Name))
		return true
	}
	v.Op = "" // a new issue has nothing to add to
	f.FollowUps.Fields = append(f.FollowUps.Fields, v)
	return true
}

// HasField reports whether a field with a name or id is on the screen, or several
// are.
func (f *Form) HasField(name string) bool {
	var unknown *names.UnknownError
	_, err := names.FindField(f.Screen, name)
	return !errors.As(err, &unknown) || unknown.Ambiguous
}

// followSprint adds a sprint to the follow-ups.
func (f *Form) followSprint(ctx context.Context, value string) {
	sprint, err := f.names.Sprint(ctx, f.Project, value)
	if err == nil && f.FollowUps.Sprint.ID != 0 && f.FollowUps.Sprint.ID != sprint.ID {
		err = errors.New("sprint is given twice")
	}
	if err != nil {
		f.Problems = append(f.Problems, err)
		return
	}
	f.FollowUps.Sprint = sprint
}

// FillEdit returns an edit screen filled in with the fields of the follow-ups. A
// field that is not on it either is a problem, since it cannot be set at all.
func (f *Form) FillEdit(ctx context.Context, screen []jira.FieldMeta) *Form {
	edit := New(f.names, screen, f.Project)
	for _, v := range f.FollowUps.Fields {
		var unknown *names.UnknownError
		if _, err := names.FindField(screen, v.Name); errors.As(err, &unknown) && !unknown.Ambiguous {
			edit.Problems = append(edit.Problems, fmt.Errorf("%s is on neither the create screen nor the edit screen of %s in %s, so it cannot be set", v.Name, f.TypeName, f.Project))
			continue
		}
		edit.SetFields(ctx, []FieldValue{v})
	}
	return edit
}

// Changes returns the follow-ups as changes, for a dry run.
func (l FollowUps) Changes() []kit.Change {
	var out []kit.Change
	const after = " (not on the create screen; set right after the create)"
	if l.Edit != nil {
		for _, c := range l.Edit.Changes(nil) {
			out = append(out, kit.Change{Field: c.Field, After: c.After + after})
		}
	} else {
		for _, v := range l.Fields {
			out = append(out, kit.Change{Field: v.Name, After: CutMiddle(v.Value) + after})
		}
	}
	if l.Sprint.ID != 0 {
		out = append(out, kit.Change{Field: "Sprint", After: l.Sprint.Name + after})
	}
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

// addLinks adds links that are given in one text, separated by commas.
func (f *Form) addLinks(ctx context.Context, value string) {
	for _, text := range names.SplitList(value) {
		f.AddLink(ctx, text)
	}
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

// Fingerprint returns a hash of everything that is sent for a user, follow-ups
// included, which recognises an identical create.
func (f *Form) Fingerprint(who string) once.Fingerprint {
	return once.FingerprintOf(who, f.Project, f.TypeID, f.Values, f.Updates, f.FollowUps.Fields, f.FollowUps.Sprint.ID, f.FollowUps.Links, f.FollowUps.Watchers, f.FollowUps.Files)
}
