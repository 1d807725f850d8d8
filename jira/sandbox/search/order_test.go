package search_test

import (
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// TestOrder checks ORDER BY: the fields sort one after the other, priorities
// from the lowest to the highest with ASC, and keys by project and number
// (Atlassian support, "JQL keywords").
func TestOrder(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	put(t, env, "PAY-10", func(i *store.Issue) {
		i.Summary, i.Priority, i.Created, i.Updated, i.DueDate, i.Voters, i.Rank = "beta", low, at(t, "2026-03-03 10:00"), at(t, "2026-03-09 10:00"), "2026-04-01", []*store.User{ana, ben}, 2
		i.Custom = map[string]any{"customfield_10016": 2.0, "customfield_10017": "2026-05-03", "customfield_10018": "2026-05-01T10:00:00.000+0000", "customfield_10028": "x"}
	})
	put(t, env, "OPS-3", func(i *store.Issue) {
		i.Summary, i.Priority, i.Created, i.Updated, i.DueDate, i.Rank = "alpha", high, at(t, "2026-03-01 10:00"), at(t, "2026-03-10 10:00"), "2026-03-20", 3
		i.Custom = map[string]any{"customfield_10016": 10.0, "customfield_10017": "2026-05-01", "customfield_10018": "2026-05-03T10:00:00.000+0000", "customfield_10028": "z"}
	})
	put(t, env, "PAY-9", func(i *store.Issue) {
		i.Summary, i.Priority, i.Created, i.Updated, i.DueDate, i.Voters, i.Rank = "gamma", medium, at(t, "2026-03-02 10:00"), at(t, "2026-03-08 10:00"), "2026-03-25", []*store.User{ana}, 1
		i.Custom = map[string]any{"customfield_10016": 0.5, "customfield_10017": "2026-05-02", "customfield_10018": "2026-05-02T10:00:00.000+0000", "customfield_10028": "y"}
	})
	for order, want := range map[string]string{
		`key ASC`: "OPS-3 PAY-9 PAY-10", `key DESC`: "PAY-10 PAY-9 OPS-3", `issuekey asc`: "OPS-3 PAY-9 PAY-10", `summary ASC`: "OPS-3 PAY-10 PAY-9",
		`summary DESC`: "PAY-9 PAY-10 OPS-3", `created ASC`: "OPS-3 PAY-9 PAY-10", `created DESC`: "PAY-10 PAY-9 OPS-3",
		`updated ASC`: "PAY-9 PAY-10 OPS-3", `updatedDate DESC`: "OPS-3 PAY-10 PAY-9", `due ASC`: "OPS-3 PAY-9 PAY-10", `duedate DESC`: "PAY-10 PAY-9 OPS-3",
		`priority DESC`: "OPS-3 PAY-9 PAY-10", `priority ASC`: "PAY-10 PAY-9 OPS-3",
		`votes ASC`: "OPS-3 PAY-9 PAY-10", `votes DESC`: "PAY-10 PAY-9 OPS-3", `rank ASC`: "PAY-9 PAY-10 OPS-3", `Rank DESC`: "OPS-3 PAY-10 PAY-9",
		`cf[10030] ASC`: "PAY-9 PAY-10 OPS-3", `"Story Points" ASC`: "PAY-9 PAY-10 OPS-3", `cf[10016] DESC`: "OPS-3 PAY-10 PAY-9",
		`"Target date" ASC`: "OPS-3 PAY-9 PAY-10", `Window ASC`: "PAY-10 PAY-9 OPS-3", `Nickname DESC`: "OPS-3 PAY-9 PAY-10",
		`type ASC, created DESC`: "PAY-10 PAY-9 OPS-3", `type, priority DESC`: "OPS-3 PAY-9 PAY-10",
		`watchers ASC, summary DESC, key ASC`: "PAY-9 PAY-10 OPS-3", `project ASC, created ASC`: "PAY-9 PAY-10 OPS-3",
		`project DESC, created DESC`: "OPS-3 PAY-10 PAY-9",
		// The newest issue comes first without an order and among equal ones.
		`status ASC`: "PAY-9 OPS-3 PAY-10", `status DESC`: "PAY-9 OPS-3 PAY-10", `created`: "PAY-10 PAY-9 OPS-3", `priority`: "OPS-3 PAY-9 PAY-10",
	} {
		if got := found(t, env, "created > -99d ORDER BY "+order); got != want {
			t.Errorf("ORDER BY %s: %q, want %q", order, got, want)
		}
	}
	if got := found(t, env, "created > -99d"); got != "PAY-9 OPS-3 PAY-10" {
		t.Errorf("without an order: %q", got)
	}
}

// TestOrderByStatusAndPeople checks that ORDER BY keeps issues with the same
// value together.
func TestOrderByStatusAndPeople(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	for n, key := range []string{"PAY-1", "PAY-2", "PAY-3", "PAY-4"} {
		put(t, env, key, func(i *store.Issue) {
			i.Status, i.Assignee, i.Type = []*store.Status{toDo, inProgress}[n%2], []*store.User{ana, ben}[n%2], []*store.IssueType{epic, bug}[n%2]
			i.Custom = map[string]any{"customfield_10020": []*store.User{i.Assignee}}
		})
	}
	for _, field := range []string{"status", "assignee", "type", "Reviewers"} {
		if got := found(t, env, "project = PAY ORDER BY "+field+" ASC, key ASC"); got != "PAY-1 PAY-3 PAY-2 PAY-4" {
			t.Errorf("%s: %q", field, got)
		}
	}
}

// TestOrderRefuses checks the limit of seven fields (contract,
// SearchAndReconcileRequestBean.jql) and fields that do not sort.
func TestOrderRefuses(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	put(t, env, "PAY-1", nil)
	expectErrors(t, env, map[string]string{
		`project = PAY ORDER BY key, created, updated, due, summary, status, priority, votes`: "maximum number of fields in the 'ORDER BY' clause is 7",
		`project = PAY ORDER BY nofield`: "'nofield' does not exist", `project = PAY ORDER BY key ASC, filter`: "'filter' does not exist",
		`project = PAY ORDER BY attachments`: "'attachments'",
	})
	if got := found(t, env, `project = PAY ORDER BY key, created, updated, due, summary, status, priority`); got != "PAY-1" {
		t.Errorf("seven fields: %q", got)
	}
}
