package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// obj is a JSON object.
type obj = map[string]any

// searchPageSize is the number of issues in the answer to a search.
const searchPageSize = 50

// systemFields are fields that every Jira site has: id, name and type.
var systemFields = [][3]string{
	{"summary", "Summary", "string"}, {"status", "Status", "status"},
	{"issuetype", "Issue Type", "issuetype"}, {"priority", "Priority", "priority"},
	{"assignee", "Assignee", "user"}, {"reporter", "Reporter", "user"},
	{"creator", "Creator", "user"}, {"created", "Created", "datetime"},
	{"updated", "Updated", "datetime"}, {"duedate", "Due date", "date"},
	{"resolution", "Resolution", "resolution"}, {"resolutiondate", "Resolved", "datetime"},
	{"labels", "Labels", "array"}, {"components", "Components", "array"},
	{"fixVersions", "Fix versions", "array"}, {"versions", "Affects versions", "array"},
	{"description", "Description", "string"}, {"comment", "Comment", "comments-page"},
	{"project", "Project", "project"}, {"parent", "Parent", "issuelink"},
	{"subtasks", "Sub-tasks", "array"}, {"issuelinks", "Linked Issues", "array"},
	{"attachment", "Attachment", "array"}, {"environment", "Environment", "string"},
	{"timetracking", "Time tracking", "timetracking"}, {"watches", "Watchers", "watches"},
	{"votes", "Votes", "votes"}, {"worklog", "Log Work", "array"},
}

// customFields are fields that this site has added: number, name and type.
var customFields = [][3]string{
	{"10014", "Epic Link", "any"}, {"10016", "Story Points", "number"},
	{"10019", "Rank", "any"}, {"10020", "Sprint", "array"},
	{"10021", "Flagged", "array"}, {"10030", "Team", "option"},
	{"10031", "Customer", "string"}, {"10032", "Root Cause", "string"},
	{"10033", "Severity", "option"}, {"10034", "Target release", "date"},
	{"10035", "Reviewers", "array"}, {"10036", "Acceptance Criteria", "string"},
}

// accountID returns the account id of person n.
func accountID(n int) string { return fmt.Sprintf("557058:00000000-0000-4000-8000-%012d", n) }

// issueKey returns the key of issue n.
func issueKey(n int) string { return fmt.Sprintf("PAY-%d", n) }

// person returns user n as Jira represents users.
func person(n int) obj {
	names := []string{"Ada Moreno", "Bo Lindqvist", "Chidi Okafor", "Dana Petrova"}
	return obj{
		"accountId": accountID(n), "accountType": "atlassian", "active": true,
		"displayName": names[n%len(names)], "timeZone": "Europe/Berlin",
		"avatarUrls": obj{"48x48": fmt.Sprintf("https://avatar.example.net/%d/48", n)},
	}
}

// myself returns the user whose token is used.
func myself(r *http.Request) obj {
	me := person(1)
	email, _, _ := r.BasicAuth()
	me["accountId"], me["emailAddress"], me["locale"] = accountOf(r), email, "en_GB"
	return me
}

// accountOf returns the account that a request's credential belongs to: that of
// person 1, or of one of the many users of [suite.team].
func accountOf(r *http.Request) string {
	email, _, _ := r.BasicAuth()
	var n int
	if _, err := fmt.Sscanf(email, "user%d@", &n); err != nil {
		return accountID(1)
	}
	return accountID(1000 + n)
}

// fieldList returns every field of the site.
func fieldList() []obj {
	var list []obj
	for _, f := range systemFields {
		list = append(list, obj{
			"id": f[0], "key": f[0], "name": f[1], "custom": false, "navigable": true,
			"orderable": true, "searchable": true, "clauseNames": []string{f[0]},
			"schema": obj{"type": f[2], "system": f[0]},
		})
	}
	for _, f := range customFields {
		id := "customfield_" + f[0]
		list = append(list, obj{
			"id": id, "key": id, "name": f[1], "custom": true, "navigable": true,
			"orderable": true, "searchable": true, "clauseNames": []string{"cf[" + f[0] + "]", f[1]},
			"schema": obj{"type": f[2], "custom": "com.example.jira:" + f[0], "customId": f[0]},
		})
	}
	return list
}

// text returns a text node of the Atlassian Document Format (ADF).
func text(s string, marks ...string) obj {
	node := obj{"type": "text", "text": s}
	var list []obj
	for _, m := range marks {
		list = append(list, obj{"type": m})
	}
	if list != nil {
		node["marks"] = list
	}
	return node
}

// paragraph returns an ADF paragraph.
func paragraph(content ...obj) obj { return obj{"type": "paragraph", "content": content} }

// item returns an ADF list item with one paragraph.
func item(s string) obj { return obj{"type": "listItem", "content": []obj{paragraph(text(s))}} }

// document returns an ADF document.
func document(content ...obj) obj { return obj{"type": "doc", "version": 1, "content": content} }

// description returns a bug report with the usual kinds of nodes.
func description() obj {
	return document(
		obj{"type": "heading", "attrs": obj{"level": 2}, "content": []obj{text("What happens")}},
		paragraph(text("Customers who pay with a saved card are charged "), text("twice", "strong"),
			text(" when the gateway answers later than our own timeout of 8 seconds.")),
		obj{"type": "orderedList", "content": []obj{
			item("Put any article into the basket and go to the checkout."),
			item("Choose a saved card and confirm the payment."),
			item("Let the gateway answer after ten seconds."),
		}},
		obj{"type": "codeBlock", "attrs": obj{"language": "text"}, "content": []obj{
			text("POST /v2/charges 504 8001ms\nPOST /v2/charges 201 412ms"),
		}},
		paragraph(text("The second request has a new idempotency key, see "), text("charge.retry()", "code"), text(".")),
	)
}

// comment returns comment n.
func comment(n int) obj {
	lines := []string{
		"I can reproduce it on staging with the slow gateway double.",
		"The key is made in the retry loop, it ought to be made once per payment.",
		"Support counts eleven customers since Monday; refunds are under way.",
		"The fix is in review. It keeps the key in the payment's own record.",
		"Verified on staging with a delay of ten and of thirty seconds.",
	}
	day := fmt.Sprintf("2026-03-%02dT10:15:00.000+0100", n+2)
	return obj{
		"id": fmt.Sprint(20000 + n), "author": person(n), "created": day, "updated": day,
		"body": document(paragraph(text(lines[n%len(lines)]))), "jsdPublic": true,
	}
}

// status returns the workflow status of all issues.
func status() obj {
	return obj{
		"id": "3", "name": "In Progress",
		"statusCategory": obj{"id": 4, "key": "indeterminate", "name": "In Progress"},
	}
}

// rowFields returns those fields of issue n that a list of issues may show.
func rowFields(n int) obj {
	return obj{
		"summary": fmt.Sprintf("Saved card is charged twice after a gateway timeout (%d)", n),
		"status":  status(), "issuetype": obj{"id": "10004", "name": "Bug", "subtask": false},
		"priority": obj{"id": "2", "name": "High"}, "assignee": person(n), "reporter": person(n + 1),
		"created": "2026-03-01T09:00:00.000+0100", "updated": "2026-03-07T16:42:10.000+0100",
		"labels": []string{"checkout", "regression"}, "resolution": nil, "duedate": "2026-03-20",
		"project":           obj{"id": "10001", "key": "PAY", "name": "Payments"},
		"components":        []obj{{"id": "10100", "name": "Checkout"}},
		"customfield_10016": 3.0,
	}
}

// issueHead returns issue n with the given fields.
func issueHead(n int, fields obj) obj {
	id := fmt.Sprint(10000 + n)
	return obj{"id": id, "key": issueKey(n), "self": "https://example.atlassian.net/rest/api/3/issue/" + id, "fields": fields}
}

// fullIssue returns the issue PAY-1 with all its fields, and with their names
// if names is set.
func fullIssue(names bool) obj {
	fields := rowFields(1)
	var comments []obj
	for n := range 5 {
		comments = append(comments, comment(n))
	}
	maps.Copy(fields, obj{
		"description": description(), "creator": person(2), "subtasks": []obj{}, "attachment": []obj{},
		"comment":     obj{"comments": comments, "maxResults": 5, "total": 5, "startAt": 0},
		"fixVersions": []obj{{"id": "10200", "name": "4.18", "released": false}},
		"issuelinks": []obj{{
			"id": "30001", "type": obj{"name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
			"outwardIssue": issueHead(7, obj{"summary": "Refund the affected customers", "status": status()}),
		}},
		"parent":            issueHead(40, obj{"summary": "Robust payments", "status": status()}),
		"customfield_10020": []obj{{"id": 12, "name": "PAY Sprint 12", "state": "active", "boardId": 3}},
		"customfield_10033": obj{"id": "10500", "value": "Major"},
	})
	issue := issueHead(1, fields)
	issue["transitions"] = []obj{{"id": "31", "name": "Done", "isAvailable": true, "to": status()}}
	if names {
		byID := obj{}
		for _, f := range fieldList() {
			if id, _ := f["id"].(string); fields[id] != nil {
				byID[id] = f["name"]
			}
		}
		issue["names"] = byID
	}
	return issue
}

// searchPage returns the only page of a search. Each issue has those of the
// wanted fields that exist; like Jira, it has only an id if no field is wanted.
func searchPage(wanted []string) obj {
	all := slices.Contains(wanted, "*all") || slices.Contains(wanted, "*navigable")
	var issues []obj
	for n := 1; n <= searchPageSize; n++ {
		if len(wanted) == 0 {
			issues = append(issues, obj{"id": fmt.Sprint(10000 + n)})
			continue
		}
		fields := rowFields(n)
		maps.DeleteFunc(fields, func(name string, _ any) bool {
			return !all && !slices.Contains(wanted, name)
		})
		issues = append(issues, issueHead(n, fields))
	}
	return obj{"issues": issues, "isLast": true}
}
