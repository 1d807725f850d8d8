package search_test

import (
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// functionSite returns a site with links, versions, sprints and activity.
//
//	PAY-1  blocks PAY-2 and is caused by OPS-3; created by Ben on 1 March
//	PAY-2  created by Chidi; Ben changed it on the 5th
//	OPS-3  created by Chidi; Ben commented on the 9th
//	HID-4  linked to PAY-1; created by Ben; Ana does not see it
func functionSite(t *testing.T) search.Env {
	t.Helper()
	env := newSite(t, thursday)
	created := at(t, "2026-03-01 09:00")
	one := put(t, env, "PAY-1", func(i *store.Issue) {
		i.Created, i.Creator, i.Assignee, i.Type = created, ben, ana, epic
		i.FixVersions, i.Versions, i.Sprints = []*store.Version{payOne}, []*store.Version{payTwo}, []*store.Sprint{sprint1, sprint2}
	})
	two := put(t, env, "PAY-2", func(i *store.Issue) {
		i.Created, i.Assignee, i.Type, i.FixVersions, i.Sprints = created, chidi, subtask, []*store.Version{payTwo}, []*store.Sprint{sprint3}
		i.History = []*store.Change{changed(ben, at(t, "2026-03-05 12:00"), "priority", low.ID, medium.ID)}
	})
	three := put(t, env, "OPS-3", func(i *store.Issue) {
		i.Created, i.Assignee, i.FixVersions = created, ben, []*store.Version{opsOne}
		i.Comments = []*store.Comment{{ID: "1", Author: ben, Body: text("Done"), Created: at(t, "2026-03-09 12:00")}}
	})
	four := put(t, env, "HID-4", func(i *store.Issue) { i.Creator = ben })
	c := one.Clone()
	c.Links = []store.Link{{ID: "1", Type: blocking, Other: two.ID, Outward: true}, {ID: "2", Type: incident, Other: three.ID}, {ID: "3", Type: blocking, Other: four.ID, Outward: true}}
	env.Site.Put(c)
	env.Site.Reindex()
	return env
}

// TestFunctions checks the functions that stand for several values (Atlassian
// support, "JQL functions").
func TestFunctions(t *testing.T) {
	t.Parallel()
	expectFound(t, functionSite(t), map[string]string{
		`assignee IN membersOf("payments-team")`: "OPS-3 PAY-1", `assignee IN membersOf("PAYMENTS-TEAM")`: "OPS-3 PAY-1",
		`assignee NOT IN membersOf("payments-team")`: "PAY-2", `assignee IN membersOf("nobody-yet")`: "",
		`assignee NOT IN membersOf("nobody-yet")`:                              "OPS-3 PAY-1 PAY-2",
		`assignee IN membersOf("payments-team") AND assignee NOT IN (acc-ana)`: "OPS-3", `assignee IN (membersOf("payments-team"), acc-chidi)`: "OPS-3 PAY-1 PAY-2",
		`assignee = currentUser()`: "PAY-1", `assignee != currentUser()`: "OPS-3 PAY-2", `creator IN membersOf("group-1")`: "PAY-1",
		`sprint IN openSprints()`: "PAY-1", `sprint IN closedSprints()`: "PAY-1", `sprint IN futureSprints()`: "PAY-2",
		`sprint NOT IN futureSprints()`: "PAY-1", `sprint IN (openSprints(), futureSprints())`: "PAY-1 PAY-2", `sprint NOT IN openSprints()`: "PAY-2",
		`fixVersion IN releasedVersions()`: "OPS-3 PAY-1", `fixVersion IN unreleasedVersions()`: "PAY-2", `fixVersion IN releasedVersions(OPS)`: "OPS-3",
		`fixVersion IN releasedVersions(PAY, Operations)`: "OPS-3 PAY-1", `fixVersion IN unreleasedVersions(OPS)`: "",
		`fixVersion NOT IN releasedVersions()`:       "PAY-2",
		`affectedVersion IN unreleasedVersions(PAY)`: "PAY-1", `affectedVersion IN releasedVersions()`: "",
		`type IN standardIssueTypes()`: "OPS-3 PAY-1", `type IN subtaskIssueTypes()`: "PAY-2", `issuetype NOT IN subtaskIssueTypes()`: "OPS-3 PAY-1",
		`issue IN linkedIssues(PAY-1)`: "OPS-3 PAY-2", `key IN linkedIssues(PAY-1, blocks)`: "PAY-2",
		`issue IN linkedIssues(PAY-1, "is caused by")`: "OPS-3", `issue IN linkedIssues(PAY-1, "is blocked by")`: "",
		`issue IN linkedIssues(PAY-1, blocks, "is caused by")`: "OPS-3 PAY-2", `issue IN linkedIssues(OPS-3)`: "",
		`issue NOT IN linkedIssues(PAY-1)`: "PAY-1",
	})
}

// TestUpdatedBy checks that updatedBy finds the issues that somebody created,
// changed or commented on in a period of days (Atlassian support, "JQL
// functions").
func TestUpdatedBy(t *testing.T) {
	t.Parallel()
	expectFound(t, functionSite(t), map[string]string{
		`issue IN updatedBy(acc-ben)`: "OPS-3 PAY-1 PAY-2", `issuekey IN updatedBy("Ben Okafor")`: "OPS-3 PAY-1 PAY-2",
		`issue IN updatedBy(acc-chidi)`: "OPS-3 PAY-2", `issue IN updatedBy(acc-ana)`: "", `issue NOT IN updatedBy(acc-chidi)`: "PAY-1",
		`issue IN updatedBy(acc-ben, "-8d")`: "OPS-3 PAY-2", `issue IN updatedBy(acc-ben, "2026/03/06")`: "OPS-3",
		`issue IN updatedBy(acc-ben, 2026-03-01, 2026-03-04)`: "PAY-1", `issue IN updatedBy(acc-ben, "2026/03/04", "2026/03/07")`: "PAY-2",
		`issue IN updatedBy(acc-ben, "-8d", "-4d")`: "PAY-2",
		`issue IN updatedBy(acc-ben, 2026-03-10)`:   "", `issue IN updatedBy(acc-ben, "2026/02/01", "2026/02/28")`: "",
	})
}

// TestFunctionsRefuse checks the arguments and fields that functions do not
// take, and that a hidden issue or project is refused like one that does not
// exist.
func TestFunctionsRefuse(t *testing.T) {
	t.Parallel()
	expectErrors(t, functionSite(t), map[string]string{
		`assignee IN membersOf("strangers")`: "group 'strangers'; the group does not exist",
		`assignee IN membersOf()`:            "expected '1' arguments but received '0'", `assignee IN membersOf(a, b)`: "expected '1' arguments but received '2'",
		`issue IN linkedIssues()`:             "'linkedIssues' expected an issue key",
		`issue IN linkedIssues(PAY-99)`:       "Issue 'PAY-99' could not be found in function 'linkedIssues'",
		`issue IN linkedIssues(HID-4)`:        "Issue 'HID-4' could not be found in function 'linkedIssues'",
		`issue IN linkedIssues(PAY-1, likes)`: "link type 'likes' could not be found",
		`issue IN updatedBy()`:                "'updatedBy' expected between 1 and 3 arguments", `issue IN updatedBy(a, b, c, d)`: "expected between 1 and 3 arguments",
		`issue IN updatedBy(nobody)`: "'nobody' could not be found", `issue IN updatedBy(acc-ben, soon)`: "Date value 'soon'",
		`issue IN updatedBy(acc-ben, 2026-03-01, late)`: "Date value 'late'",
		`fixVersion IN releasedVersions(NOPE)`:          "project 'NOPE' provided to function 'releasedVersions'",
		`fixVersion IN unreleasedVersions(HID)`:         "project 'HID' provided to function 'unreleasedVersions'",
		`status IN unknownFunction(a, b)`:               "Unable to find JQL function 'unknownFunction(a, b)'", `assignee IN openSprints()`: "'openSprints()'",
		`sprint IN membersOf(x)`: "'membersOf(x)'", `status IN linkedIssues(PAY-1)`: "linkedIssues", `project = currentUser()`: "currentUser",
		`issue = currentUser()`: "currentUser", `created > openSprints()`: "openSprints", `summary ~ currentUser()`: "needs a text", `assignee = now()`: "now",
	})
}

// TestFunctionsOfAnotherCaller checks that currentUser() is the caller, and that
// linked issues and versions count for callers who see them.
func TestFunctionsOfAnotherCaller(t *testing.T) {
	t.Parallel()
	expectFound(t, as(ben, functionSite(t)), map[string]string{`assignee = currentUser()`: "OPS-3", `creator = currentUser()`: "HID-4 PAY-1", `issue IN linkedIssues(PAY-1)`: "HID-4 OPS-3 PAY-2", `fixVersion IN releasedVersions(HID)`: ""})
}

// TestUpdatedByRelativeDays checks that relative dates of updatedBy count back
// from now.
func TestUpdatedByRelativeDays(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	put(t, env, "PAY-1", func(i *store.Issue) { i.Created, i.Creator = thursday.AddDate(0, 0, -4), ana })
	put(t, env, "PAY-2", func(i *store.Issue) { i.Created, i.Creator = thursday.Add(-time.Hour), ana })
	expectFound(t, env, map[string]string{`issue IN updatedBy(acc-ana, "-2d")`: "PAY-2", `issue IN updatedBy(acc-ana, "-1w")`: "PAY-1 PAY-2"})
}
