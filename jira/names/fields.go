package names

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// fieldAliases maps names that people and models use for fields to field ids:
// short ones, and the English names of Jira's own fields, which are shown in the
// user's language.
var fieldAliases = map[string]string{"summary": "summary", "issue type": "issuetype", "status": "status", "priority": "priority", "assignee": "assignee", "reporter": "reporter",
	"creator": "creator", "description": "description", "environment": "environment", "labels": "labels", "components": "components", "fix versions": "fixVersions",
	"affects versions": "versions", "affects version": "versions", "due date": "duedate", "resolution": "resolution", "parent": "parent", "created": "created", "updated": "updated",
	"linked issues": "issuelinks", "attachment": "attachment", "time tracking": "timetracking", "security level": "security", "watchers": "watches", "votes": "votes", "comment": "comment",
	"type": "issuetype", "fix version": "fixVersions", "fixversion": "fixVersions", "component": "components",
	"due": "duedate", "label": "labels", "sub-tasks": "subtasks", "links": "issuelinks", "attachments": "attachment", "comments": "comment",
	"project": "project", "resolved": "resolutiondate", "fix version/s": "fixVersions", "affects version/s": "versions", "component/s": "components", "epic": "parent",
	// Jira Cloud replaced the first two by the parent and the summary; the others
	// are parts of the field for time tracking.
	"epic link": "parent", "epic name": "summary", "original estimate": "timetracking", remainingEstimate: "timetracking"}

// remainingEstimate is the name of the part of time tracking that is left.
const remainingEstimate = "remaining estimate"

// IsRemainingEstimate reports whether a name means the remaining estimate of the
// field for time tracking, and not the original one.
func IsRemainingEstimate(f jira.FieldMeta, name string) bool {
	return f.ID == "timetracking" && strings.EqualFold(strings.TrimSpace(name), remainingEstimate)
}

// readAliases are the names of fields that can be read under them and not set:
// parts of the field for time tracking, and short words for estimates.
var readAliases = map[string]string{"time spent": "timetracking", "timespent": "timetracking", "timeestimate": "timetracking", "timeoriginalestimate": "timetracking", "logged": "timetracking",
	"estimate": "timetracking", "issue links": "issuelinks", "subtask": "subtasks", "subtasks": "subtasks", "resolution date": "resolutiondate"}

// FieldIDs converts field names or ids to ids, without repeats. If several
// fields share a name, it returns all of them: an issue has a value only in the
// one that it uses. An unknown name is looked up a second time, in newly
// requested fields, if the cached ones are not current.
func (n *Names) FieldIDs(ctx context.Context, wanted []string) ([]string, error) {
	ids, unknown, err := n.KnownFieldIDs(ctx, wanted)
	if err == nil && len(unknown) > 0 {
		return nil, unknown[0]
	}
	return ids, err
}

// KnownFieldIDs is [Names.FieldIDs] for a caller that can do without some of the
// fields: unknown has an error for each name that the site does not know.
func (n *Names) KnownFieldIDs(ctx context.Context, wanted []string) (ids []string, unknown []*UnknownError, _ error) {
	if len(wanted) == 0 {
		return nil, nil, nil
	}
	ids, unknown, err := n.fieldIDs(ctx, wanted)
	if err == nil && len(unknown) > 0 && n.fields.DeleteOlder(minRefreshAge) { // the field may be new
		ids, unknown, err = n.fieldIDs(ctx, wanted)
	}
	return ids, unknown, err
}

// fieldIDs implements [Names.KnownFieldIDs] without the second attempt.
func (n *Names) fieldIDs(ctx context.Context, wanted []string) (ids []string, unknown []*UnknownError, _ error) {
	all, err := n.Fields(ctx)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, f := range all {
		names = append(names, f.Name)
	}
	for _, w := range MergeNames(wanted, names) {
		found := findFields(all, w)
		if len(found) == 0 {
			unknown = append(unknown, &UnknownError{Kind: "field", Given: w, Allowed: likelyFields(all, w)})
		}
		ids = append(ids, found...)
	}
	return Unique(ids), unknown, nil
}

// likelyFields returns the names of the site's fields for a message: first those
// that share a word with the given name, then Jira's own, then the others.
func likelyFields(all []jira.Field, given string) []string {
	shares := func(f jira.Field) bool {
		for _, word := range strings.Fields(PlainWords(strings.ToLower(given))) {
			if len(word) > 2 && strings.Contains(strings.ToLower(f.Name), word) {
				return true
			}
		}
		return false
	}
	rank := func(f jira.Field) int {
		switch {
		case shares(f):
			return 0
		case f.Schema.Custom == "" && !strings.HasPrefix(f.ID, "customfield_"):
			return 1
		}
		return 2
	}
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b jira.Field) int { return rank(a) - rank(b) })
	var out []string
	for _, f := range sorted {
		out = append(out, f.Name)
	}
	return Unique(out)
}

// findFields returns the ids of the fields with a name or id. An id wins over
// names, and a field's own name wins over an alias.
func findFields(all []jira.Field, name string) []string {
	name = strings.TrimSpace(name)
	if slices.ContainsFunc(all, func(f jira.Field) bool { return f.ID == name }) {
		return []string{name}
	}
	var byName []string
	for _, f := range matchSpelling(all, name, jira.Field.DisplayNames) {
		byName = append(byName, f.ID)
	}
	if len(byName) > 0 {
		return byName
	}
	for _, aliases := range []map[string]string{fieldAliases, readAliases} {
		if id, ok := aliases[strings.ToLower(name)]; ok {
			return []string{id}
		}
	}
	if strings.EqualFold(name, "points") || strings.EqualFold(name, "story points") || strings.EqualFold(name, "estimation") {
		return pointFields(all)
	}
	return nil
}

// FieldName returns the display name of a field, or the id itself if it is
// unknown.
func FieldName(all []jira.Field, id string) string {
	for _, f := range all {
		if f.ID == id {
			return f.Name
		}
	}
	return id
}
