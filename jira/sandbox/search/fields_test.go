package search_test

import (
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// fieldSite returns a site with a few issues that differ in their system
// fields. PAY-3 is empty in all that can be.
func fieldSite(t *testing.T) search.Env {
	t.Helper()
	env := newSite(t, thursday)
	one := put(t, env, "PAY-1", func(i *store.Issue) {
		i.Type, i.Priority, i.Assignee, i.Reporter, i.Creator = epic, high, ana, ben, ben
		i.Labels, i.Components, i.FixVersions, i.Versions = []string{"Urgent", "backend"}, []*store.Named{ledger, api}, []*store.Version{payOne, payTwo}, []*store.Version{payOne}
		i.Sprints, i.Voters, i.Watchers = []*store.Sprint{sprint1, sprint2}, []*store.User{ben, chidi}, []*store.User{ana, ben, chidi}
		i.Attachments, i.DueDate = []*store.Attachment{{ID: "1"}}, "2026-03-20"
	})
	two := put(t, env, "PAY-2", func(i *store.Issue) {
		i.Status, i.Priority, i.Assignee, i.Parent = inProgress, low, ben, one.ID
		i.Labels, i.Components, i.FixVersions, i.Sprints, i.Voters = []string{"ui"}, []*store.Named{api}, []*store.Version{payTwo}, []*store.Sprint{sprint3}, []*store.User{ana}
		i.Links = []store.Link{{ID: "1", Type: blocking, Other: one.ID, Outward: true}}
	})
	c := one.Clone()
	c.Links = []store.Link{{ID: "1", Type: blocking, Other: two.ID}}
	env.Site.Put(c)
	put(t, env, "PAY-3", func(i *store.Issue) { i.Reporter, i.Creator, i.Priority = nil, chidi, nil })
	put(t, env, "OPS-4", func(i *store.Issue) {
		i.Type, i.Status, i.Resolution, i.Assignee, i.Parent = subtask, done, fixed, chidi, one.ID
		i.Components, i.FixVersions, i.Resolved = []*store.Named{opsLedger}, []*store.Version{opsOne}, thursday
	})
	put(t, env, "HID-5", func(i *store.Issue) { i.Assignee, i.Labels = ana, []string{"covert"} })
	return env
}

// TestFieldsMatch checks the literals that fields take: names regardless of
// case and ids (Atlassian support, "JQL fields").
func TestFieldsMatch(t *testing.T) {
	t.Parallel()
	expectFound(t, fieldSite(t), map[string]string{
		`project = PAY`: "PAY-1 PAY-2 PAY-3", `project = "operations"`: "OPS-4", `space = 200`: "OPS-4", `project != PAY`: "OPS-4",
		`project IN (PAY, ops)`: "OPS-4 PAY-1 PAY-2 PAY-3", `project NOT IN (OPS)`: "PAY-1 PAY-2 PAY-3",
		`key = PAY-2`: "PAY-2", `issuekey = pay-2`: "PAY-2", `id IN (PAY-1, PAY-2)`: "PAY-1 PAY-2", `issue != PAY-1`: "OPS-4 PAY-2 PAY-3",
		`workItem = PAY-3`: "PAY-3", `"work item" NOT IN (PAY-3, OPS-4)`: "PAY-1 PAY-2",
		`type = Epic`: "PAY-1", `issuetype IN (epic, "Sub-task")`: "OPS-4 PAY-1", `type = 11`: "PAY-2 PAY-3", `type != Bug`: "OPS-4 PAY-1",
		`status = "in progress"`: "PAY-2", `status = 6`: "OPS-4", `status NOT IN ("To Do", Done)`: "PAY-2", `statusCategory = Done`: "OPS-4",
		`statusCategory = "To Do"`: "PAY-1 PAY-3", `statusCategory != Done`: "PAY-1 PAY-2 PAY-3",
		`statusCategory = new`: "PAY-1 PAY-3", `statusCategory = 4`: "PAY-2",
		`assignee = "ana silva"`: "PAY-1", `assignee = acc-ben`: "PAY-2", `assignee = "ana@example.com"`: "PAY-1",
		`assignee IN (acc-ana, "Chidi Eze")`: "OPS-4 PAY-1", `reporter = "Ben Okafor"`: "PAY-1", `creator = acc-ben`: "PAY-1",
		`labels = backend`: "PAY-1", `labels IN (ui, urgent)`: "PAY-1 PAY-2", `labels = "no such label"`: "", `component = API`: "PAY-1 PAY-2",
		`component = 33`: "OPS-4", `component = ledger`: "OPS-4 PAY-1",
		`component = Ledger AND component = API`: "PAY-1", `fixVersion = "1.0"`: "OPS-4 PAY-1", `fixVersion = 42`: "PAY-1 PAY-2",
		`fixVersion IN ("1.0", "2.0")`: "OPS-4 PAY-1 PAY-2", `affectedVersion = "1.0"`: "PAY-1",
		`sprint = 53`: "PAY-2", `sprint = "sprint 1"`: "PAY-1", `sprint IN ("Sprint 2", 53)`: "PAY-1 PAY-2", `parent = PAY-1`: "OPS-4 PAY-2",
		`"epic link" IN (PAY-1)`: "OPS-4 PAY-2", `parent != PAY-1`: "",
		`attachments IS NOT EMPTY`: "PAY-1", `attachments IS EMPTY`: "OPS-4 PAY-2 PAY-3", `watcher = acc-ana`: "PAY-1",
		`watcher = "Chidi Eze"`: "OPS-4 PAY-1 PAY-2", `watcher NOT IN (acc-ana)`: "OPS-4 PAY-2",
		`issueLink = PAY-1`: "PAY-2", `issueLink IN (PAY-1, PAY-2)`: "PAY-1 PAY-2", `issueLink != PAY-1`: "PAY-1",
		`issueLinkType = "is blocked by"`: "PAY-1", `issueLinkType = blocks`: "PAY-2", `issueLinkType != blocks`: "PAY-1",
	})
}

// TestEmptyFields checks that != and NOT IN "will not match a field that has no
// value", and that EMPTY and NULL are values to compare with (Atlassian
// support, "JQL operators").
func TestEmptyFields(t *testing.T) {
	t.Parallel()
	expectFound(t, fieldSite(t), map[string]string{
		`assignee != acc-ana`: "OPS-4 PAY-2", `assignee NOT IN (acc-ana, acc-ben)`: "OPS-4", `assignee != acc-ana OR assignee IS EMPTY`: "OPS-4 PAY-2 PAY-3",
		`component != API`: "OPS-4", `component NOT IN (API, Ledger)`: "", `labels != ui`: "PAY-1", `fixVersion != "2.0"`: "OPS-4", `sprint != 53`: "PAY-1",
		`priority != High`:  "OPS-4 PAY-2",
		`assignee IS EMPTY`: "PAY-3", `assignee IS NULL`: "PAY-3", `assignee = EMPTY`: "PAY-3", `assignee IS NOT EMPTY`: "OPS-4 PAY-1 PAY-2",
		`assignee != EMPTY`: "OPS-4 PAY-1 PAY-2", `assignee != null`: "OPS-4 PAY-1 PAY-2",
		`assignee IN (acc-ana, EMPTY)`: "PAY-1 PAY-3", `assignee NOT IN (acc-ana, EMPTY)`: "OPS-4 PAY-2", `assignee IN (EMPTY)`: "PAY-3",
		`reporter IS EMPTY`: "PAY-3", `component IS EMPTY`: "PAY-3",
		`fixVersion IS EMPTY`: "PAY-3", `labels IS EMPTY`: "OPS-4 PAY-3", `sprint IS EMPTY`: "OPS-4 PAY-3", `sprint IS NOT EMPTY`: "PAY-1 PAY-2",
		`priority IS EMPTY`: "PAY-3", `duedate IS NOT EMPTY`: "PAY-1", `resolved IS EMPTY`: "PAY-1 PAY-2 PAY-3",
		`resolution = Unresolved`: "PAY-1 PAY-2 PAY-3", `resolution = unresolved AND type = Epic`: "PAY-1", `resolution IS EMPTY`: "PAY-1 PAY-2 PAY-3",
		`resolution != Unresolved`: "OPS-4", `resolution = 21`: "OPS-4", `resolution != "Won't Fix"`: "OPS-4",
		`resolution IN (Fixed, Unresolved)`: "OPS-4 PAY-1 PAY-2 PAY-3",
	})
}

// TestNumbersAndPriorities checks the comparisons: "votes > 4" finds more than
// 4 votes and "priority > normal" the higher priorities (Atlassian support,
// "JQL operators"). The numbers of keys compare within one project.
func TestNumbersAndPriorities(t *testing.T) {
	t.Parallel()
	env := fieldSite(t)
	put(t, env, "PAY-10", func(i *store.Issue) { i.Reporter = nil })
	expectFound(t, env, map[string]string{
		`votes = 2`: "PAY-1", `votes > 1`: "PAY-1", `votes >= 1`: "PAY-1 PAY-2", `votes < 1`: "OPS-4 PAY-3 PAY-10", `votes <= 1`: "OPS-4 PAY-2 PAY-3 PAY-10",
		`votes != 0`: "PAY-1 PAY-2", `votes IN (1, 2)`: "PAY-1 PAY-2",
		`votes NOT IN (0, 2)`: "PAY-2", `watchers > 1`: "PAY-1", `watchers = 1`: "OPS-4 PAY-2", `watchers = 0`: "PAY-3 PAY-10",
		`priority > Medium`: "PAY-1", `priority >= Medium`: "OPS-4 PAY-1 PAY-10", `priority < Medium`: "PAY-2", `priority <= Medium`: "OPS-4 PAY-2 PAY-10",
		`priority > 4`: "OPS-4 PAY-1 PAY-10", `priority > High`: "", `priority <= low`: "PAY-2",
		`key > PAY-2`: "PAY-3 PAY-10", `key >= PAY-2`: "PAY-2 PAY-3 PAY-10", `key < PAY-10`: "PAY-1 PAY-2 PAY-3", `issuekey <= pay-2`: "PAY-1 PAY-2",
		`key > PAY-2 AND key < PAY-10`: "PAY-3",
	})
	expectErrors(t, env, map[string]string{`priority > Urgent`: "'Urgent' does not exist for the field 'priority'", `votes > few`: "'few'", `key > PAY-99`: "'PAY-99' does not exist", `key > HID-5`: "'HID-5' does not exist"})
}

// TestBooleans checks AND, OR, NOT and their precedence, over fields that have
// a value.
func TestBooleans(t *testing.T) {
	t.Parallel()
	expectFound(t, fieldSite(t), map[string]string{
		`type = Bug AND status = "In Progress"`: "PAY-2", `type = Epic OR status = Done`: "OPS-4 PAY-1", `NOT status = "To Do"`: "OPS-4 PAY-2", `! type = Bug`: "OPS-4 PAY-1",
		`type = Epic OR type = Bug AND status = "In Progress"`: "PAY-1 PAY-2", `(type = Epic OR type = Bug) AND status = "In Progress"`: "PAY-2",
		`NOT (type = Bug OR type = Epic)`: "OPS-4", `NOT (type = Bug AND status = "To Do")`: "OPS-4 PAY-1 PAY-2", `NOT NOT status = Done`: "OPS-4",
		`type = Bug && (status = Done || status = "To Do")`: "PAY-3",
	})
}

// TestUnsupportedOperators checks the operators that fields do not take
// (Atlassian support, "JQL fields", the rows of unsupported operators).
func TestUnsupportedOperators(t *testing.T) {
	t.Parallel()
	env := fieldSite(t)
	for _, query := range []string{
		`summary = x`, `summary IN (x)`, `summary > x`, `description != x`, `environment NOT IN (x)`, `comment = x`, `text = x`, `text > x`, `status > Done`,
		`status ~ Done`, `assignee ~ ana`, `assignee >= acc-ana`,
		`reporter < acc-ana`, `creator ~ ana`, `labels ~ ui`, `labels > ui`, `component ~ API`, `component <= API`, `project > PAY`, `project ~ PAY`,
		`type ~ Bug`, `type < Bug`, `sprint ~ one`, `sprint > 51`, `created ~ x`, `due !~ x`,
		`attachments = x`, `attachments IN (x)`, `attachments > x`, `parent > PAY-1`, `parent ~ PAY`, `votes ~ 1`, `watchers !~ 1`, `watcher > acc-ana`,
		`priority ~ High`, `resolution ~ Fixed`, `fixVersion ~ one`,
		`issueLink > PAY-1`, `issueLink IS EMPTY`, `issueLinkType ~ blocks`, `filter IS EMPTY`, `filter > 1`, `rank = 1`,
	} {
		expectErrors(t, env, map[string]string{query: "is not supported by the '"})
	}
	for _, query := range []string{
		`labels WAS ui`, `summary CHANGED`, `creator WAS acc-ana`, `sprint CHANGED`, `type WAS Bug`, `project WAS PAY`, `component WAS API`,
		`affectedVersion WAS "1.0"`, `created CHANGED`, `votes WAS 1`, `parent CHANGED`, `key CHANGED`, `watcher WAS acc-ana`,
	} {
		expectErrors(t, env, map[string]string{query: "History searches do not support the '"})
	}
}
