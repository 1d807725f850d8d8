package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// sampleValues maps each field to a value that it accepts, for a query with
// each of its operators.
var sampleValues = map[string]string{
	"Lab size": `" large "`, "Request participants": "currentUser()", "Story type": "Chore", "Work category": "Other", "Audience": `"R&D"`,
	"project": "PAY", "space": "PAY", "status": "Done", "statusCategory": `"In Progress"`, "issueType": "Bug", "type": "Bug", "priority": "High", "resolution": "Done",
	"assignee": "currentUser()", "reporter": `"Ben Okafor"`, "creator": "currentUser()", "watcher": "currentUser()", "Reviewers": "currentUser()", "labels": "x", "component": "Ledger",
	"fixVersion": "24.12", "affectedVersion": "24.10", "sprint": `"PAY Sprint 14"`, "Sprint": "34", "issueLinkType": "blocks", "votes": "0", "watchers": "1", "Story Points": "3", "Story point estimate": "3",
	"Flagged": "Impediment", "Severity": "Major", "Impact": "Minor", "Root cause": "Defect", "epic link": "PAY-2", "parent": "PAY-2", "issueLink": "PAY-1",
	"filter": "10300", "savedFilter": "10300", "request": "10300", "searchRequest": "10300",
	"Change risk": "Low", "Environment affected": "Production", "Regions": `"Region 01"`, "Expected downtime": "3", "Approver": "currentUser()", "Approving group": "payments-team",
	"key": "PAY-1", "issueKey": "PAY-1", "issue": "PAY-1", "id": "PAY-1", "workItem": "PAY-1", "work item": "PAY-1",
}

// TestEveryFieldTakesItsOperators checks that the site evaluates each field,
// operator and function that its own reference of JQL offers, and refuses
// others.
func TestEveryFieldTakesItsOperators(t *testing.T) {
	c := start(t)
	_, ref := c.do("GET", "/rest/api/3/jql/autocompletedata", "")
	fields := ref["visibleFieldNames"].([]any)
	asked := 0
	ask := func(jql string) {
		t.Helper()
		asked++
		body, _ := json.Marshal(map[string]any{"jql": jql, "maxResults": 1})
		if status, answer := c.do("POST", "/rest/api/3/search/jql", string(body)); status != 200 {
			t.Errorf("%s: %d %v", jql, status, answer["errorMessages"])
		}
	}
	for _, f := range fields {
		field := f.(map[string]any)
		value := field["value"].(string)
		sample := sampleValues[strings.Trim(value, `"`)]
		types := fmt.Sprint(field["types"])
		switch {
		case sample != "":
		case strings.HasPrefix(value, `"Check`) && strings.ContainsAny(value[len(value)-2:], "13579"):
			sample = "Yes"
		case strings.Contains(types, "Date"):
			sample = "-3d"
		default:
			sample = "word"
		}
		for _, o := range field["operators"].([]any) {
			switch op := o.(string); op {
			case "in", "not in", "was in", "was not in":
				ask(value + " " + op + " (" + sample + ")")
			case "is", "is not":
				ask(value + " " + op + " EMPTY")
			case "changed":
				ask(value + " changed AFTER -30d BY currentUser()")
				ask(value + " changed FROM " + sample + " TO EMPTY DURING (-30d, now())")
			default:
				ask(value + " " + op + " " + sample)
			}
		}
		if field["orderable"] == "true" {
			ask("project = PAY ORDER BY " + value + " DESC, key")
		}
		if id, ok := field["cfid"].(string); ok && len(field["operators"].([]any)) > 0 {
			ask(id + " IS NOT EMPTY")
		}
	}
	for _, q := range []string{
		"issue in linkedIssues(PAY-1)", `assignee in membersOf("payments-team")`, `issue in updatedBy("Ben Okafor", -30d)`, "sprint in (openSprints(), closedSprints())", "sprint not in futureSprints()",
		"created >= startOfDay(-1) AND updated < endOfDay()", "due < endOfWeek() OR due > startOfMonth(1)", "resolved > startOfYear() AND resolved < now()", "created > startOfWeek(-1w) AND created < endOfMonth()", "created < endOfYear()",
		"fixVersion in releasedVersions()", "fixVersion in unreleasedVersions(PAY)", "type in subtaskIssueTypes() OR issuetype in standardIssueTypes()",
		"filter = 10300", `savedFilter in ("My open work", 10304) ORDER BY rank`, "space = PAY & workItem != PAY-1", "not (project = OPS || ! status = Done)", `summary ~ "re\u0066und"`,
	} {
		ask(q)
	}
	for _, q := range []string{
		"nofield = 1", "issue.property[x].y = 1", "status in nofunction()", "summary = x", "labels ~ x", "filter = Nightjar", `filter = "no such"`, "fixVersion = nope", "component = nope", "sprint = nope", "rank = 1",
		"labels was x", "assignee in membersOf(nobody)", "issue in linkedIssues(SECRET-1)", "attachments = x", "created > tomorrow", "cf[99999] = 1", "fixVersion in releasedVersions(SECRET)", "project = SECRET",
	} {
		body, _ := json.Marshal(map[string]any{"jql": q})
		if status, _ := c.do("POST", "/rest/api/3/search/jql", string(body)); status != 400 {
			t.Errorf("%s: %d, want 400", q, status)
		}
	}
	if asked < 250 {
		t.Errorf("only %d queries", asked)
	}
}

// TestSavedFiltersMatchTheirQueries checks that the clause "filter = id" finds
// the same issues as the filter's query.
func TestSavedFiltersMatchTheirQueries(t *testing.T) {
	c := start(t)
	_, page := c.do("GET", "/rest/api/3/filter/search?expand=jql", "")
	filters := page["values"].([]any)
	if len(filters) != 11 { // The filters of others are not among them.
		t.Errorf("%d filters", len(filters))
	}
	for _, f := range filters {
		filter := f.(map[string]any)
		query, _, _ := strings.Cut(filter["jql"].(string), " ORDER BY")
		want, got := c.search(query), c.search("filter = "+filter["id"].(string))
		if fmt.Sprint(want) != fmt.Sprint(got) {
			t.Errorf("%s: %v, want %v", filter["name"], got, want)
		}
		all, not := len(c.search("created > -999d")), len(c.search(fmt.Sprintf("filter != %q", filter["name"])))
		if len(want)+not != all {
			t.Errorf("%s: %d and not %d of %d", filter["name"], len(want), not, all)
		}
	}
	if _, page := c.do("GET", "/rest/api/3/filter/search?filterName=open&isSubstringMatch=true", ""); len(page["values"].([]any)) != 2 || page["values"].([]any)[0].(map[string]any)["jql"] != nil {
		t.Errorf("by name: %v", page)
	}
}
