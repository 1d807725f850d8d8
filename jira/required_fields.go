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
// gives each a status and the times; lists are there even if they are empty.
var requiredFields = map[string][]string{
	"summary": nil, "created": nil, "updated": nil,
	"status": {"name", "statusCategory"}, "issuetype": {"name"}, "project": {"key"},
	"comment": {"comments"}, "issuelinks": nil,
}

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
	}
	return ""
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
		Warn(ctx, fmt.Sprintf("Jira's answer lacks the keys of %d issues, which are left out.", lost))
	}
	var without []string
	for _, i := range issues {
		if missing := missingFields(i.Fields, in.issueFields); len(missing) > 0 {
			without = append(without, fmt.Sprintf("%s (%s)", i.Key, strings.Join(missing, ", ")))
		}
	}
	if len(without) > 0 {
		Warn(ctx, "Jira's answer lacks values that every issue has: "+shortList(without, maxNamed)+".")
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

// missingFields returns the required fields that an issue lacks, of those that
// the request asked for.
func missingFields(f Fields, asked []string) []string {
	var missing []string
	if slices.Contains(asked, "*all") || slices.Contains(asked, "*navigable") {
		asked = []string{"summary", "status", "issuetype", "project", "created", "updated"}
	}
	for _, id := range asked {
		if members, ok := requiredFields[id]; ok && !hasMembers(f[id], members) {
			missing = append(missing, id)
		}
	}
	return missing
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
