package search_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// TestUnboundedQueries checks that a query without a restriction is rejected
// (contract, SearchAndReconcileRequestBean.jql).
func TestUnboundedQueries(t *testing.T) {
	t.Parallel()
	expectErrors(t, newSite(t, thursday), map[string]string{``: "Unbounded JQL queries are not allowed", `ORDER BY created DESC`: "Unbounded JQL queries are not allowed", `order by key`: "Please add a search restriction"})
}

// TestSyntaxErrors checks that a query that does not parse is rejected with the
// place of the fault.
func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	expectErrors(t, newSite(t, thursday), map[string]string{
		`project =`: "Error in the JQL Query: ", `project PAY`: "Error in the JQL Query: ", `project = PAY AND`: "Error in the JQL Query: ",
		`(project = PAY`: "Error in the JQL Query: ", `project = PAY ORDER`: "Error in the JQL Query: ",
		`status IS Done`: "EMPTY", `status IN Done`: "list", `votes > EMPTY`: "value", `priority > EMPTY`: "value", `created > EMPTY`: "value",
		`priority > (High, Low)`: "value",
	})
}

// TestUnknownNames checks that an unknown field or value rejects the whole
// query, even on a site without issues and beside an OR that matches.
func TestUnknownNames(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	for field, query := range map[string]string{
		"nofield": `nofield = 1`, "issue.property": `issue.property[x].y = 1`, "status": `status[x].y = Done`, "second": `second IS EMPTY`,
		"other": `project = PAY OR other = 1`, "third": `NOT (project = PAY AND third = 1)`, "fourth": `project = PAY ORDER BY key, fourth`,
		"attachments": `project = PAY ORDER BY attachments`, "old": `old WAS 1`,
	} {
		expectErrors(t, env, map[string]string{query: "Field '" + field + "' does not exist or you do not have permission to view it."})
	}
	for field, value := range map[string]string{
		"project": "NOPE", "status": "Closed", "statusCategory": "Waiting", "type": "Story", "priority": "Urgent", "resolution": "Duplicate",
		"assignee": "nobody", "reporter": "ben@example.com", "creator": "nobody", "component": "Nowhere",
		"fixVersion": "9.9", "affectedVersion": "9.9", "sprint": "Sprint 99", "parent": "PAY-99", "key": "PAY-99", "issueLink": "PAY-99",
		"issueLinkType": "likes", "watcher": "nobody",
	} {
		for _, query := range []string{field + ` = "` + value + `"`, field + ` != "` + value + `"`, field + ` IN ("` + value + `", EMPTY)`, field + ` NOT IN ("` + value + `")`} {
			expectErrors(t, env, map[string]string{query: "'" + value + "' does not exist for "})
		}
	}
}

// TestHiddenIssues checks that a query finds no issue that the caller does not
// see, and that naming one is answered like naming one that does not exist.
func TestHiddenIssues(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	put(t, env, "PAY-1", func(i *store.Issue) { i.Summary = "open" })
	put(t, env, "HID-2", func(i *store.Issue) { i.Summary, i.Labels = "covert", []string{"covert"} })
	expectFound(t, env, map[string]string{`created > -99d`: "PAY-1", `project != OPS`: "PAY-1", `labels = covert`: "", `text ~ covert`: "", `summary !~ open`: "", `NOT summary ~ open`: ""})
	for _, query := range []string{`key = HID-2`, `key != HID-2`, `parent = HID-2`, `issueLink = HID-2`, `key > HID-2`, `issue IN linkedIssues(HID-2)`, `project = HID`, `project != Hidden`, `project IN (PAY, 300)`, `fixVersion IN releasedVersions(HID)`} {
		_, hidden := search.Run(env, query, nil)
		_, unknown := search.Run(env, strings.NewReplacer("HID-2", "XYZ-9", "HID", "XYZ", "Hidden", "XYZ", "300", "XYZ").Replace(query), nil)
		if hidden == nil || unknown == nil || strings.NewReplacer("HID-2", "XYZ-9", "HID", "XYZ", "Hidden", "XYZ", "300", "XYZ").Replace(hidden.Error()) != unknown.Error() {
			t.Errorf("%s: %v, for something unknown: %v", query, hidden, unknown)
		}
	}
	expectFound(t, as(ben, env), map[string]string{`project = HID`: "HID-2", `labels = covert`: "HID-2", `key = HID-2`: "HID-2"})
}

// TestKeysOfMovedIssues checks that a key that an issue had before it was moved
// still finds it.
func TestKeysOfMovedIssues(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	moved := put(t, env, "PAY-7", nil)
	put(t, env, "PAY-8", func(i *store.Issue) { i.Parent = moved.ID })
	env.Site.Alias("OPS-1", moved.ID)
	expectFound(t, env, map[string]string{`key = OPS-1`: "PAY-7", `key IN (OPS-1, PAY-8)`: "PAY-7 PAY-8", `parent = OPS-1`: "PAY-8", `key = 10001`: "PAY-7"})
}

// TestIndexDelay checks that a search sees a write only after the delay of the
// index, except for issues that it is asked to read afresh (contract,
// SearchAndReconcileRequestBean.reconcileIssues).
func TestIndexDelay(t *testing.T) {
	t.Parallel()
	now := thursday
	site := store.New(func() time.Time { return now }, time.Minute)
	env := newSite(t, thursday)
	site.Projects, site.Statuses = env.Site.Projects, env.Site.Statuses
	env.Site = site
	i := &store.Issue{ID: 1, Key: "PAY-1", Number: 1, Project: site.Project("PAY"), Type: bug, Status: toDo, Created: now}
	site.Put(i)
	run := func(query string, fresh ...int64) []string {
		t.Helper()
		issues, err := search.Run(env, query, fresh)
		if err != nil {
			t.Fatal(err)
		}
		return keys(issues)
	}
	if got := run(`project = PAY`); len(got) != 0 {
		t.Errorf("at once: %v", got)
	}
	if got := run(`project = PAY`, 1); !slices.Equal(got, []string{"PAY-1"}) {
		t.Errorf("at once and afresh: %v", got)
	}
	now = now.Add(time.Hour)
	if got := run(`status = "To Do"`); !slices.Equal(got, []string{"PAY-1"}) {
		t.Errorf("later: %v", got)
	}
	c := i.Clone()
	c.Status = done
	site.Put(c)
	if got := run(`status = Done`); len(got) != 0 {
		t.Errorf("a change at once: %v", got)
	}
	if got := run(`status = Done`, 1); !slices.Equal(got, []string{"PAY-1"}) {
		t.Errorf("a change afresh: %v", got)
	}
}

// TestSavedFilters checks the clause filter with names and ids, that a filter
// is evaluated for its caller, and that its order has no effect.
func TestSavedFilters(t *testing.T) {
	t.Parallel()
	env := fieldSite(t)
	env.Site.Filters = []*store.Filter{
		{ID: "900", Name: "Bugs", JQL: `type = Bug ORDER BY key DESC`, Owner: ben, Shared: true},
		{ID: "901", Name: "My open work", JQL: `assignee = currentUser() AND statusCategory != Done`, Owner: ben, Shared: true},
		{ID: "902", Name: "Nested", JQL: `filter = Bugs AND status = "In Progress"`, Owner: ana},
		{ID: "903", Name: "Everything", JQL: `ORDER BY created`, Owner: ana},
		{ID: "904", Name: "Private", JQL: `type = Bug`, Owner: ben},
		{ID: "905", Name: "Loop", JQL: `filter = Pool`, Owner: ana}, {ID: "906", Name: "Pool", JQL: `filter = Loop`, Owner: ana},
		{ID: "907", Name: "Broken", JQL: `type =`, Owner: ana}, {ID: "908", Name: "Outdated", JQL: `status = Closed`, Owner: ana},
	}
	expectFound(t, env, map[string]string{
		`filter = Bugs`: "PAY-2 PAY-3", `filter = "bugs"`: "PAY-2 PAY-3", `savedFilter = 900`: "PAY-2 PAY-3", `request = 901`: "PAY-1",
		`searchRequest = Nested`: "PAY-2", `filter = Everything`: "OPS-4 PAY-1 PAY-2 PAY-3", `filter != Bugs`: "OPS-4 PAY-1",
		`filter IN (Bugs, 901)`: "PAY-1 PAY-2 PAY-3", `filter NOT IN (Bugs, 901)`: "OPS-4", `filter = Bugs AND status = "To Do"`: "PAY-3", `NOT filter = Bugs`: "OPS-4 PAY-1",
	})
	expectErrors(t, env, map[string]string{
		`filter = Private`: "'Private' does not exist for the field 'filter'", `filter = 904`: "'904' does not exist",
		`filter = 999`: "'999' does not exist", `filter IN (Bugs, 999)`: "'999' does not exist", `filter = Loop`: "cycle",
		`filter = Broken`:   "'Broken' does not parse",
		`filter = Outdated`: "'Closed' does not exist for the field 'status'", `filter = EMPTY`: "not supported by the 'filter' field",
		`filter = currentUser()`: "not supported by the 'filter' field", `filter ~ Bugs`: "operator '~' is not supported by the 'filter' field",
		`filter WAS Bugs`: "operator 'was'",
	})
}

// TestErrorMessages checks that the text of an error joins its messages.
func TestErrorMessages(t *testing.T) {
	t.Parallel()
	var err error = &search.Error{Messages: []string{"one", "two"}}
	var rejected *search.Error
	if err.Error() != "one; two" || !errors.As(err, &rejected) {
		t.Errorf("%q", err)
	}
}
