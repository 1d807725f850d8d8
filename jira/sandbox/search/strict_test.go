package search_test

import (
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// TestSignedNumbers checks that a sign belongs to a number, and that other
// texts are no numbers (Atlassian support, "JQL fields", Votes: a number).
func TestSignedNumbers(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	put(t, env, "PAY-1", func(i *store.Issue) { i.Voters = []*store.User{ana} })
	put(t, env, "PAY-2", nil)
	expectFound(t, env, map[string]string{"votes >= -1": "PAY-1 PAY-2", "votes > 0": "PAY-1", `votes >= "1e0"`: "PAY-1", "key > PAY-1": "PAY-2"})
	expectErrors(t, env, map[string]string{`votes > "abc-1"`: "abc-1", `votes >= "2026-03-01"`: "2026-03-01", `votes < Infinity`: "Infinity", `votes < NaN`: "NaN"})
}

// TestEndsOfMonths checks that the end of a month is its last second, however
// long the month is (Atlassian support, "JQL functions": endOfMonth("+1") is
// the end of next month), and that a month later is never two months later.
func TestEndsOfMonths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ now, function, begins string }{
		{"2026-03-12 16:30", `endOfMonth("+1")`, "2026-05-01 00:00"}, {"2026-01-12 16:30", `endOfMonth("+1")`, "2026-03-01 00:00"},
		{"2026-02-12 16:30", `endOfMonth("+1")`, "2026-04-01 00:00"}, {"2026-04-12 16:30", `endOfMonth("+1")`, "2026-06-01 00:00"},
		{"2026-03-12 16:30", `endOfMonth(-1)`, "2026-03-01 00:00"}, {"2026-04-12 16:30", `endOfMonth(-1)`, "2026-04-01 00:00"},
		{"2026-03-31 16:30", `endOfDay("-1M")`, "2026-03-01 00:00"},
	} {
		expectLimit(t, at(t, c.now), "created > "+c.function, at(t, c.begins))
	}
	for _, c := range []struct{ now, function, begins string }{
		{"2026-03-31 16:30", `startOfDay("-1M")`, "2026-02-28 00:00"}, {"2026-12-31 16:30", `startOfDay(2M)`, "2027-02-28 00:00"}, {"2028-02-29 16:30", `startOfDay("-1y")`, "2027-02-28 00:00"},
	} {
		expectLimit(t, at(t, c.now), "created >= "+c.function, at(t, c.begins))
	}
}

// TestOffsetsOfSeveralParts checks that a sign applies to the parts after it
// ("past month (30 days): updated <= "-4w 2d"", Atlassian support, "JQL
// operators"), and that an empty text is no date.
func TestOffsetsOfSeveralParts(t *testing.T) {
	t.Parallel()
	expectLimit(t, thursday, `created >= "-4w 2d"`, at(t, "2026-02-10 16:30"))
	expectLimit(t, thursday, `created >= "-4w -2d"`, at(t, "2026-02-10 16:30"))
	expectLimit(t, thursday, `created >= "-1w +2d"`, at(t, "2026-03-07 16:30"))
	env := newSite(t, thursday)
	expectErrors(t, env, map[string]string{`created > ""`: "is invalid", `created > " "`: "is invalid", `created > "1w x"`: "is invalid"})
}

// TestPredicatesRestrict checks that all predicates of a history operator have
// to be true.
func TestPredicatesRestrict(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	put(t, env, "PAY-1", func(i *store.Issue) {
		i.Status = done
		i.History = []*store.Change{{Author: ana, At: at(t, "2026-03-03 10:00"), Items: []store.Item{{FieldID: "status", From: toDo.ID, To: done.ID}}}}
	})
	for query, want := range map[string]string{
		"status CHANGED ON 2026-03-03":                     "PAY-1",
		"status CHANGED ON 2026-03-03 BEFORE 2026-03-08":   "PAY-1",
		"status CHANGED BEFORE 2026-03-08 ON 2026-03-05":   "",
		"status CHANGED BEFORE 2026-03-02 ON 2026-03-03":   "",
		"status CHANGED AFTER 2026-03-05 ON 2026-03-03":    "",
		"status CHANGED BY acc-ana":                        "PAY-1",
		"status CHANGED BY acc-ana BY acc-ben":             "",
		`status CHANGED BY (membersOf("payments-team"))`:   "PAY-1",
		`status CHANGED BY (membersOf("nobody-yet"))`:      "",
		"status CHANGED AFTER 2026-03-01 AFTER 2026-02-01": "PAY-1",
		"status CHANGED AFTER 2026-03-05 AFTER 2026-02-01": "",
	} {
		if got := found(t, env, query); got != want {
			t.Errorf("%s: found %q, want %q", query, got, want)
		}
	}
	expectErrors(t, env, map[string]string{`status WAS "To Do" BY EMPTY`: "EMPTY"})
}

// TestFunctionsOfLists checks that a function that returns a list needs IN or
// NOT IN (Atlassian support, "JQL functions": the supported operators of each),
// and that priorities are not compared with a list.
func TestFunctionsOfLists(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	put(t, env, "PAY-1", func(i *store.Issue) { i.Assignee = ana })
	expectFound(t, env, map[string]string{`assignee IN membersOf("payments-team")`: "PAY-1", "assignee = currentUser()": "PAY-1", "issue NOT IN linkedIssues(PAY-1)": "PAY-1"})
	expectErrors(t, env, map[string]string{
		`assignee = membersOf("payments-team")`: "membersOf", `assignee != membersOf("payments-team")`: "membersOf", `assignee WAS membersOf("payments-team")`: "membersOf",
		"sprint = openSprints()": "openSprints", "fixVersion = releasedVersions()": "releasedVersions", "type = standardIssueTypes()": "standardIssueTypes",
		"issue = linkedIssues(PAY-1)": "linkedIssues", "priority > unreleasedVersions(OPS)": "unreleasedVersions",
	})
}

// TestProjectKeyBeforeName checks that a project's key wins over the name of
// another project.
func TestProjectKeyBeforeName(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	env.Site.Projects[1].Name = "PAY"
	env.Site.Projects[0], env.Site.Projects[1] = env.Site.Projects[1], env.Site.Projects[0]
	put(t, env, "PAY-1", nil)
	put(t, env, "OPS-1", nil)
	expectFound(t, env, map[string]string{"project = PAY": "PAY-1", "project = pay": "PAY-1", "project = Payments": "PAY-1"})
}
