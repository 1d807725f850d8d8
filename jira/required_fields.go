package jira

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
)

// requiredFields are the fields that every issue has and that Jira returns
// whenever a request names them, with the members of their values that this
// program reads. Jira requires a summary, a type and a project for each issue, and
// gives each a status and the times.
var requiredFields = map[string][]string{
	"summary": nil, "created": nil, "updated": nil,
	"status": {"name", "statusCategory"}, "issuetype": {"name"}, "project": {"key"},
	"comment": {"comments"},
}

// fieldShapes are the forms of the values of fields that may be null: an object
// with some members, or a list.
var fieldShapes = map[string][]string{
	"assignee": {"displayName"}, "reporter": {"displayName"}, "creator": {"displayName"},
	"priority": {"name"}, "resolution": {"name"}, "parent": {"key"}, "timetracking": {}, "votes": {}, "watches": {},
}

// listFields are the fields whose values are lists.
var listFields = []string{"labels", "components", "fixVersions", "versions", "issuelinks", "subtasks", "attachment"}

// checkSearch checks the issues of a page of a search.
func checkSearch(ctx context.Context, in request, answer any) string {
	if page, ok := answer.(*SearchPage); ok {
		page.Issues = checkIssues(ctx, in, page.Issues)
	}
	return ""
}

// checkFetched checks the issues of a bulk fetch.
func checkFetched(ctx context.Context, in request, answer any) string {
	if fetched, ok := answer.(*BulkFetch); ok {
		fetched.Issues = checkIssues(ctx, in, fetched.Issues)
	}
	return ""
}

// checkIssue checks one issue, which needs a key and fields if the request named
// some.
func checkIssue(ctx context.Context, in request, answer any) string {
	issue, ok := answer.(*Issue)
	switch {
	case !ok || in.exempt || len(in.issueFields) == 0:
	case issue.Key == "":
		return "key"
	case issue.Fields == nil:
		return "fields"
	default:
		checkIssues(ctx, in, []Issue{*issue})
		return missingExpansion(issue, strings.Split(in.query.Get("expand"), ","))
	}
	return ""
}

// missingExpansion returns the name of a part of an issue that a request asked for
// with expand, and that the answer lacks or has without its own members.
func missingExpansion(issue *Issue, expand []string) string {
	isComplete := map[string]bool{
		"names":       len(issue.Names) > 0 || len(issue.Fields) == 0,
		"editmeta":    issue.EditMeta != nil && issue.EditMeta.isComplete(),
		"changelog":   issue.Changelog != nil && issue.Changelog.Histories != nil,
		"transitions": issue.Transitions != nil,
	}
	for _, t := range issue.Transitions {
		isComplete["transitions"] = isComplete["transitions"] && t.ID != "" && t.Name != "" && t.To.Name != ""
	}
	for _, part := range expand {
		if complete, ok := isComplete[strings.TrimSuffix(part, ".fields")]; ok && !complete {
			return part
		}
	}
	return ""
}

// isComplete reports whether an edit screen is Jira's: without the permission to
// edit it has an empty list of fields.
func (m *EditMeta) isComplete() bool {
	for _, f := range m.Fields {
		if f.Name == "" {
			return false
		}
	}
	return m.Fields != nil
}

// checkIssues checks the issues of an answer, each against the fields that the
// request asked for. It leaves out an issue without a key, and warns about both
// what it left out and values that are missing: one damaged issue does not hide
// the others.
func checkIssues(ctx context.Context, in request, issues []Issue) []Issue {
	if in.exempt || len(in.issueFields) == 0 {
		return issues
	}
	all := len(issues)
	issues = slices.DeleteFunc(issues, func(i Issue) bool { return i.Key == "" })
	if lost := all - len(issues); lost > 0 {
		Warn(ctx, leftOut(lost, "a key"))
	}
	var without []string
	for _, i := range issues {
		if missing := missingFields(i.Fields, in.issueFields); len(missing) > 0 {
			without = append(without, fmt.Sprintf("%s (%s)", i.Key, strings.Join(missing, ", ")))
		}
	}
	if len(without) > 0 {
		Warn(ctx, "Jira's answer lacks values of issues, or has them in an unknown form: "+shortList(without, maxNamed)+".")
	}
	return issues
}

// maxNamed is how many issues a warning names.
const maxNamed = 5

// shortList returns a list in words, with the number of further elements.
func shortList(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(list[:most], "; "), len(list)-most)
}

// missingFields returns the fields in asked that an issue lacks although every issue
// has them, or that have an unknown form.
func missingFields(f Fields, asked []string) []string {
	var missing []string
	if slices.Contains(asked, "*all") || slices.Contains(asked, "*navigable") {
		asked = []string{"summary", "status", "issuetype", "project", "created", "updated", "issuelinks", "labels", "assignee", "reporter", "priority", "resolution", "parent"}
	}
	for _, id := range asked {
		raw := f[id]
		members, isRequired := requiredFields[id]
		isThere := len(raw) > 0 && string(raw) != "null"
		switch {
		case isRequired && !hasMembers(raw, members):
		case isThere && slices.Contains(listFields, id) && raw[0] != '[':
		case isThere && fieldShapes[id] != nil && (raw[0] != '{' || !hasMembers(raw, fieldShapes[id])):
		case isThere && id == "issuelinks" && !areLinks(raw):
		default:
			continue
		}
		missing = append(missing, id)
	}
	return missing
}

// areLinks reports whether each link of a list has its phrases.
func areLinks(raw []byte) bool {
	complete := true
	rawjson.Elements(raw, func(link []byte) bool {
		rawjson.Members(link, func(key, value []byte) bool {
			complete = complete && (string(key) != "type" || hasMembers(value, []string{"inward", "outward"}))
			return complete
		})
		complete = complete && hasMembers(link, []string{"id", "type"})
		return complete
	})
	return complete
}

// hasMembers reports whether a value is there and has members.
func hasMembers(raw []byte, members []string) bool {
	if len(raw) == 0 || string(raw) == "null" || string(raw) == `""` {
		return false
	}
	found := 0
	if len(members) > 0 {
		rawjson.Members(raw, func(key, value []byte) bool {
			if slices.Contains(members, string(key)) && string(value) != "null" && string(value) != `""` {
				found++
			}
			return found < len(members)
		})
	}
	return found >= len(members)
}
