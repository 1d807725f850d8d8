package search_test

import (
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// changed returns an entry of a changelog.
func changed(by *store.User, when time.Time, field, from, to string) *store.Change {
	return &store.Change{Author: by, At: when, Items: []store.Item{{Field: field, FieldID: field, From: from, To: to}}}
}

// historySite returns a site of these histories:
//
//	PAY-1  created by Chidi on 1 March; Ana to In Progress on the 3rd at 10:00,
//	       Ben to Done (Fixed) on the 5th at 12:00; assigned to Ben on the 2nd,
//	       to Ana on the 4th; from Low to High on the 4th by Ana
//	PAY-2  created by Ana on 2 March in To Do; never changed; assigned to Ana
//	PAY-3  created by Ben on 6 March; Ben to In Progress on the 7th at 23:30,
//	       back to To Do on the 9th; never assigned
//	PAY-4  created by Ben on 8 March; Chidi sets version 1.0 on the 9th and 2.0
//	       in its place on the 10th; Ben reported it, until Ana on the 10th
func historySite(t *testing.T) search.Env {
	t.Helper()
	env := newSite(t, thursday)
	put(t, env, "PAY-1", func(i *store.Issue) {
		i.Created, i.Status, i.Resolution, i.Assignee, i.Priority = at(t, "2026-03-01 09:00"), done, fixed, ana, high
		last := changed(ben, at(t, "2026-03-05 12:00"), "status", inProgress.ID, done.ID)
		last.Items = append(last.Items, store.Item{Field: "resolution", FieldID: "resolution", To: fixed.ID})
		i.History = []*store.Change{
			changed(chidi, at(t, "2026-03-02 09:00"), "assignee", "", ben.ID), changed(ana, at(t, "2026-03-03 10:00"), "status", toDo.ID, inProgress.ID),
			changed(ana, at(t, "2026-03-04 10:00"), "assignee", ben.ID, ana.ID), changed(ana, at(t, "2026-03-04 11:00"), "priority", low.ID, high.ID), last,
		}
	})
	put(t, env, "PAY-2", func(i *store.Issue) {
		i.Created, i.Creator, i.Reporter, i.Assignee = at(t, "2026-03-02 09:00"), ana, ana, ana
	})
	put(t, env, "PAY-3", func(i *store.Issue) {
		i.Created, i.Creator = at(t, "2026-03-06 09:00"), ben
		i.History = []*store.Change{changed(ben, at(t, "2026-03-07 23:30"), "status", toDo.ID, inProgress.ID), changed(ben, at(t, "2026-03-09 10:00"), "status", inProgress.ID, toDo.ID)}
	})
	put(t, env, "PAY-4", func(i *store.Issue) {
		i.Created, i.Creator, i.Reporter, i.FixVersions = at(t, "2026-03-08 09:00"), ben, ana, []*store.Version{payTwo}
		i.History = []*store.Change{
			changed(chidi, at(t, "2026-03-09 09:00"), "fixVersions", "", payOne.ID), changed(chidi, at(t, "2026-03-10 09:00"), "fixVersions", payOne.ID, payTwo.ID), changed(ana, at(t, "2026-03-10 10:00"), "reporter", ben.ID, ana.ID),
		}
	})
	return env
}

// TestWas checks that WAS finds issues that "currently have or previously had"
// a value, and WAS NOT those that "have never had" it (Atlassian support, "JQL
// operators").
func TestWas(t *testing.T) {
	t.Parallel()
	expectFound(t, historySite(t), map[string]string{
		`status WAS "In Progress"`: "PAY-1 PAY-3", `status WAS Done`: "PAY-1", `status WAS "To Do"`: "PAY-1 PAY-2 PAY-3 PAY-4",
		`status WAS NOT "In Progress"`: "PAY-2 PAY-4", `status WAS NOT "To Do"`: "", `status WAS "In Review"`: "",
		`status WAS IN ("In Progress", Done)`: "PAY-1 PAY-3", `status WAS NOT IN ("In Progress", Done)`: "PAY-2 PAY-4", `NOT status WAS "In Progress"`: "PAY-2 PAY-4",
		`assignee WAS acc-ben`: "PAY-1", `assignee WAS "Ana Silva"`: "PAY-1 PAY-2", `assignee WAS currentUser()`: "PAY-1 PAY-2",
		`assignee WAS EMPTY`: "PAY-1 PAY-3 PAY-4", `assignee WAS NOT EMPTY`: "PAY-2", `assignee WAS IN membersOf("payments-team")`: "PAY-1 PAY-2",
		`assignee WAS NOT acc-ana`: "PAY-3 PAY-4", `priority WAS Low`: "PAY-1", `priority WAS Medium`: "PAY-2 PAY-3 PAY-4",
		`priority WAS NOT High`: "PAY-2 PAY-3 PAY-4", `resolution WAS Unresolved`: "PAY-1 PAY-2 PAY-3 PAY-4", `resolution WAS Fixed`: "PAY-1",
		`reporter WAS acc-ben`: "PAY-4", `reporter WAS currentUser()`: "PAY-2 PAY-4", `fixVersion WAS "1.0"`: "PAY-4", `fixVersion WAS "2.0"`: "PAY-4",
		`fixVersion WAS EMPTY`: "PAY-1 PAY-2 PAY-3 PAY-4",
	})
}

// TestWasInPeriods checks the predicates of WAS: the value was set by the
// person after BY and present at some time of the period. ON is a day in the
// caller's time zone.
func TestWasInPeriods(t *testing.T) {
	t.Parallel()
	expectFound(t, historySite(t), map[string]string{
		`status WAS "To Do" BEFORE 2026-03-01`: "", `status WAS "To Do" BEFORE 2026-03-02`: "PAY-1",
		`status WAS "In Progress" BEFORE 2026-03-02`: "", `status WAS "In Progress" BEFORE 2026-03-04`: "PAY-1",
		`status WAS "In Progress" BEFORE "2026-03-08 12:00"`: "PAY-1 PAY-3", `status WAS "In Progress" AFTER 2026-03-06`: "PAY-3",
		`status WAS "In Progress" AFTER 2026-03-05`: "PAY-1 PAY-3", `status WAS "In Progress" AFTER 2026-03-10`: "",
		`status WAS "To Do" AFTER 2026-03-11`: "PAY-2 PAY-3 PAY-4", `status WAS Done AFTER -1d`: "PAY-1",
		`status WAS "In Progress" ON 2026-03-02`: "", `status WAS "In Progress" ON 2026-03-03`: "PAY-1", `status WAS "In Progress" ON 2026-03-04`: "PAY-1",
		`status WAS "In Progress" ON 2026-03-05`: "PAY-1", `status WAS "In Progress" ON 2026-03-06`: "",
		`status WAS "In Progress" ON 2026-03-07`: "PAY-3", `status WAS "In Progress" ON "2026/03/08"`: "PAY-3",
		`status WAS "In Progress" ON startOfDay(-3d)`: "PAY-3", `status WAS "To Do" ON 2026-03-08`: "PAY-2 PAY-4",
		`status WAS "In Progress" DURING (2026-03-06, 2026-03-07)`: "", `status WAS "In Progress" DURING ("2026/03/06", "2026/03/08")`: "PAY-3",
		`status WAS "In Progress" DURING (2026-03-04, 2026-03-08)`: "PAY-1 PAY-3", `status WAS Done DURING (startOfMonth(), now())`: "PAY-1",
		`status WAS "In Progress" BY acc-ana`: "PAY-1", `status WAS "In Progress" BY (acc-ana, "Ben Okafor")`: "PAY-1 PAY-3",
		`status WAS "In Progress" BY acc-chidi`: "", `status WAS "To Do" BY acc-ana`: "PAY-2", `status WAS "To Do" BY acc-chidi`: "PAY-1",
		`status WAS "In Progress" BY acc-ben BEFORE 2026-03-06`: "", `status WAS "In Progress" BY acc-ben AFTER 2026-03-08`: "PAY-3",
		`status WAS "In Progress" AFTER 2026-03-06 BEFORE 2026-03-08`: "PAY-3", `status WAS "In Progress" AFTER 2026-03-06 BEFORE 2026-03-07`: "",
		`status WAS NOT "In Progress" BEFORE 2026-03-06`: "PAY-2 PAY-3 PAY-4", `status WAS NOT "In Progress" BY acc-ben`: "PAY-1 PAY-2 PAY-4",
		`status WAS NOT IN ("In Progress", Done) AFTER 2026-03-10`: "PAY-2 PAY-3 PAY-4",
		`fixVersion WAS "1.0" ON 2026-03-08`:                       "", `fixVersion WAS "1.0" ON 2026-03-09`: "PAY-4", `fixVersion WAS "1.0" AFTER 2026-03-11`: "",
		`assignee WAS EMPTY AFTER 2026-03-05`: "PAY-3 PAY-4", `reporter WAS acc-ben BEFORE 2026-03-09`: "PAY-4",
	})
}

// TestChanged checks CHANGED with the values before and after, the author and
// the time (Atlassian support, "JQL operators").
func TestChanged(t *testing.T) {
	t.Parallel()
	expectFound(t, historySite(t), map[string]string{
		`status CHANGED`: "PAY-1 PAY-3", `assignee CHANGED`: "PAY-1", `priority CHANGED`: "PAY-1", `reporter CHANGED`: "PAY-4",
		`resolution CHANGED`: "PAY-1", `fixVersion CHANGED`: "PAY-4", `NOT status CHANGED`: "PAY-2 PAY-4",
		`status CHANGED TO "In Progress"`: "PAY-1 PAY-3", `status CHANGED FROM "In Progress"`: "PAY-1 PAY-3",
		`status CHANGED FROM "In Progress" TO Done`: "PAY-1", `status CHANGED FROM "In Progress" TO "To Do"`: "PAY-3",
		`status CHANGED FROM "To Do" TO Done`: "",
		`status CHANGED TO (Done, "To Do")`:   "PAY-1 PAY-3", `status CHANGED FROM Done`: "", `assignee CHANGED FROM EMPTY`: "PAY-1",
		`assignee CHANGED FROM EMPTY TO acc-ben`: "PAY-1", `assignee CHANGED TO EMPTY`: "", `assignee CHANGED FROM acc-ben TO currentUser()`: "PAY-1",
		`priority CHANGED FROM Low TO High`: "PAY-1", `resolution CHANGED TO Fixed`: "PAY-1", `resolution CHANGED TO "Won't Fix"`: "",
		`fixVersion CHANGED FROM "1.0" TO "2.0"`: "PAY-4", `fixVersion CHANGED TO "1.0"`: "PAY-4",
		`status CHANGED BY acc-ana`: "PAY-1", `status CHANGED BY "Ben Okafor"`: "PAY-1 PAY-3", `status CHANGED BY acc-chidi`: "",
		`status CHANGED BY currentUser()`: "PAY-1", `status CHANGED BY membersOf("payments-team")`: "PAY-1 PAY-3", `status CHANGED TO Done BY acc-ana`: "",
		`status CHANGED TO "In Progress" BY (acc-ana, acc-chidi)`: "PAY-1", `reporter CHANGED BY acc-ana`: "PAY-4",
		`priority CHANGED BY acc-ana BEFORE endOfYear() AFTER startOfYear()`: "PAY-1",
		`status CHANGED AFTER 2026-03-06`:                                    "PAY-3", `status CHANGED AFTER 2026-03-04`: "PAY-1 PAY-3", `status CHANGED AFTER -1d`: "",
		`status CHANGED BEFORE 2026-03-03`: "", `status CHANGED BEFORE 2026-03-04`: "PAY-1", `status CHANGED TO Done BEFORE 2026-03-05`: "",
		`status CHANGED ON 2026-03-03`: "PAY-1", `status CHANGED ON 2026-03-04`: "", `status CHANGED ON 2026-03-07`: "PAY-3",
		`status CHANGED ON 2026-03-08`: "", `status CHANGED ON startOfDay(-3)`: "PAY-3", `status CHANGED DURING (2026-03-05, 2026-03-06)`: "PAY-1",
		`status CHANGED DURING (2026-03-05, "2026-03-07 23:45")`: "PAY-1 PAY-3", `status CHANGED DURING (2026-03-10, now())`: "",
		`status CHANGED AFTER 2026-03-06 BEFORE 2026-03-08`: "PAY-3", `status CHANGED FROM "To Do" AFTER 2026-03-08`: "",
	})
}

// TestHistoryRefuses checks the predicates and values that history searches do
// not take.
func TestHistoryRefuses(t *testing.T) {
	t.Parallel()
	expectErrors(t, historySite(t), map[string]string{
		`status WAS Closed`: "'Closed' does not exist for the field 'status'", `status CHANGED TO Closed`: "'Closed'",
		`status CHANGED FROM Closed`: "'Closed'", `assignee WAS nobody`: "'nobody' does not exist for the field 'assignee'",
		`status CHANGED BY nobody`:  "'nobody'",
		`status CHANGED AFTER soon`: "Date value 'soon'", `status CHANGED BEFORE soon`: "Date value 'soon'", `status CHANGED ON soon`: "Date value 'soon'",
		`status CHANGED ON EMPTY`: "date is needed for field 'status'", `status CHANGED AFTER currentUser()`: "currentUser",
		`status CHANGED DURING (2026-03-01)`: "needs a start and an end", `status CHANGED DURING 2026-03-01`: "needs a start and an end",
		`status CHANGED DURING (soon, now())`: "Date value 'soon'", `status WAS Done DURING (2026-03-01, later)`: "Date value 'later'",
		`status WAS currentUser()`: "currentUser", `status WAS Done BY openSprints()`: "openSprints",
	})
}
