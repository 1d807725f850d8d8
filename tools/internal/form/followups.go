package form

import (
	"context"
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

// TextFile is a file whose content is given as text.
type TextFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
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
	return once.FingerprintOf(who, f.Project, f.TypeID, f.Values, f.Updates, f.FollowUps.Links, f.FollowUps.Watchers, f.FollowUps.Files)
}
