package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// The operators of Atlassian support, "JQL fields", in the order of the
// tables.
const (
	equality = "= != in not in"
	empties  = "is is not"
	order    = "< <= > >="
	history  = "was was not was in was not in changed"
)

// TestDescribeOperators checks the operators that the reference offers for
// each field against the tables of Atlassian support, "JQL fields".
func TestDescribeOperators(t *testing.T) {
	t.Parallel()
	got := map[string]search.FieldReference{}
	for _, f := range search.Describe(newSite(t, thursday)).Fields {
		got[strings.Trim(f.Value, `"`)] = f
	}
	for name, want := range map[string][]string{
		"assignee": {equality, empties, history}, "reporter": {equality, empties, history}, "status": {equality, empties, history},
		"priority": {equality, empties, order, history}, "creator": {equality, empties}, "watcher": {equality, empties},
		"component": {equality, empties}, "labels": {equality, empties}, "project": {equality, empties}, "type": {equality, empties},
		"issueType": {equality, empties}, "sprint": {equality, empties},
		"created": {equality, empties, order}, "createdDate": {equality, empties, order}, "updated": {equality, empties, order},
		"resolved": {equality, empties, order}, "due": {equality, empties, order}, "dueDate": {equality, empties, order},
		"attachments": {empties}, "summary": {"~ !~", empties}, "description": {"~ !~", empties}, "environment": {"~ !~", empties}, "filter": {equality},
		"savedFilter": {equality}, "request": {equality}, "searchRequest": {equality}, "issueLink": {equality},
		"Story Points": {equality, empties, order}, "Target date": {equality, empties, order}, "Window": {equality, empties, order},
		"Region": {equality, empties}, "Regions": {equality, empties}, "Runbook": {equality, empties}, "Plan": {"~ !~", empties},
		"Nickname": {"~ !~", empties},
		"Approver": {equality, empties}, "Systems": {equality, empties}, "Owning group": {equality, empties},
	} {
		f, ok := got[name]
		if !ok {
			t.Errorf("no field %s", name)
			continue
		}
		var operators []string
		for _, op := range f.Operators {
			operators = append(operators, string(op))
		}
		if expected := parseOperators(strings.Join(want, " ")); !sameSet(operators, expected) {
			t.Errorf("%s: %q, want %q", name, operators, expected)
		}
	}
}

// parseOperators splits a list of operators, of which some have two or three
// words.
func parseOperators(s string) []string {
	for _, words := range []string{"was not in", "was not", "was in", "not in", "is not"} {
		s = strings.ReplaceAll(s, words, strings.ReplaceAll(words, " ", "_"))
	}
	out := strings.Fields(s)
	for n := range out {
		out[n] = strings.ReplaceAll(out[n], "_", " ")
	}
	return out
}

// sameSet reports whether two lists have the same elements in any order.
func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// TestDescribeFields checks the names, types and flags of the reference, and
// that its fields are sorted and named only once.
func TestDescribeFields(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	put(t, env, "PAY-1", nil)
	fields := search.Describe(env).Fields
	got, last := map[string]search.FieldReference{}, ""
	for _, f := range fields {
		if _, twice := got[f.Display]; twice {
			t.Errorf("%s is named twice", f.Display)
		}
		got[f.Display] = f
		if strings.ToLower(f.Value) < last {
			t.Errorf("%s comes after %s", f.Value, last)
		}
		last = strings.ToLower(f.Value)
		if len(f.Types) != 1 || f.Types[0] == "" {
			t.Errorf("%s: types %q", f.Value, f.Types)
		}
		_, err := search.Run(env, "project = PAY ORDER BY "+f.Value+" ASC", nil)
		if f.Orderable != (err == nil) {
			t.Errorf("%s: orderable is %v, and ORDER BY answers %v", f.Value, f.Orderable, err)
		}
	}
	for display, want := range map[string]string{
		"summary": "summary 0 java.lang.String", "assignee": "assignee 0 com.atlassian.jira.user.ApplicationUser", "created": "created 0 java.util.Date",
		"votes": "votes 0 java.lang.Number", "issueKey": "issueKey 0 com.atlassian.jira.issue.Issue",
		"status": "status 0 com.atlassian.jira.issue.status.Status", "filter": "filter 0 com.atlassian.jira.issue.search.SearchRequest",
		"Story Points - cf[10016]": `"Story Points" 10016 java.lang.Number`,
		"Window - cf[10018]":       "Window 10018 java.util.Date", "Approver - cf[10019]": "Approver 10019 com.atlassian.jira.user.ApplicationUser",
		"Plan - cf[10027]": "Plan 10027 java.lang.String",
	} {
		f := got[display]
		if s := fmt.Sprintf("%s %d %s", f.Value, f.CustomID, strings.Join(f.Types, " ")); s != want {
			t.Errorf("%s: %q, want %q", display, s, want)
		}
	}
	if _, ok := got["Summary - cf[0]"]; ok {
		t.Error("a system field is offered as a custom field")
	}
}

// TestDescribeFunctions checks the functions that the reference offers, and
// which of them return several values.
func TestDescribeFunctions(t *testing.T) {
	t.Parallel()
	got := map[string]bool{}
	for _, f := range search.Describe(newSite(t, thursday)).Functions {
		name, _, _ := strings.Cut(f.Value, "(")
		got[name] = f.List
		if len(f.Types) != 1 || f.Types[0] == "" {
			t.Errorf("%s: types %q", f.Value, f.Types)
		}
	}
	want := map[string]bool{
		"currentUser": false, "now": false, "startOfDay": false, "startOfWeek": false, "startOfMonth": false, "startOfYear": false, "endOfDay": false,
		"endOfWeek": false, "endOfMonth": false, "endOfYear": false,
		"membersOf": true, "linkedIssues": true, "updatedBy": true, "openSprints": true, "closedSprints": true, "futureSprints": true,
		"releasedVersions": true, "unreleasedVersions": true, "standardIssueTypes": true, "subtaskIssueTypes": true,
	}
	if len(got) != len(want) {
		t.Errorf("%d functions, want %d", len(got), len(want))
	}
	for name, list := range want {
		if is, ok := got[name]; !ok || is != list {
			t.Errorf("%s: list is %v (known: %v), want %v", name, is, ok, list)
		}
	}
}

// TestValues checks the values to suggest for a field, which are those that the
// caller sees.
func TestValues(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	put(t, env, "PAY-1", func(i *store.Issue) { i.Labels = []string{"ui", "backend"} })
	put(t, env, "OPS-2", func(i *store.Issue) { i.Labels = []string{"ui"} })
	put(t, env, "HID-3", func(i *store.Issue) { i.Labels = []string{"covert"} })
	env.Site.Filters = []*store.Filter{{ID: "1", Name: "Bugs", Owner: ben, Shared: true}, {ID: "2", Name: "Mine", Owner: ana}, {ID: "3", Name: "Private", Owner: ben}}
	for field, want := range map[string]string{
		"project": "PAY,OPS", "Space": "PAY,OPS", "status": "To Do,In Progress,In Review,Done", `"Status"`: "To Do,In Progress,In Review,Done",
		"type": "Epic,Bug,Sub-task", "issuetype": "Epic,Bug,Sub-task", "priority": "High,Medium,Low",
		"resolution": "Fixed,Won't Fix", "affectedVersion": "1.0,2.0,1.0", "fixVersion": "1.0,2.0,1.0", "component": "Ledger,API,Ledger",
		"sprint": "Sprint 1,Sprint 2,Sprint 3", "filter": "Bugs,Mine", "savedFilter": "Bugs,Mine", "labels": "backend,ui", "LABELS": "backend,ui",
		"Region": "Europe,Asia", `"region"`: "Europe,Asia", "summary": "", "Story Points": "", "nofield": "", "": "",
	} {
		got := search.Values(env, field)
		if field == "fixVersion" || field == "affectedVersion" || field == "component" {
			slices.Sort(got)
			got = slices.Compact(got) // whether two projects' values of a name count twice is open
			sorted := strings.Split(want, ",")
			slices.Sort(sorted)
			want = strings.Join(slices.Compact(sorted), ",")
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
	for field, hidden := range map[string]string{"component": "Vault", "project": "HID", "labels": "covert", "fixVersion": "secret", "filter": "Private"} {
		if got := search.Values(as(ben, env), field); !slices.Contains(got, hidden) {
			t.Errorf("Ben sees %s %q", field, got)
		}
	}
}
