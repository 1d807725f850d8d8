package search_test

import (
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// expectLimit checks where a query "created >= …" or "created > …" begins to
// find issues: an issue created at the limit is found, one created a minute
// before is not.
func expectLimit(t *testing.T, now time.Time, query string, limit time.Time) {
	t.Helper()
	env := newSite(t, now)
	put(t, env, "PAY-1", func(i *store.Issue) { i.Created = limit.Add(-time.Minute) })
	put(t, env, "PAY-2", func(i *store.Issue) { i.Created = limit })
	if got := found(t, env, query); got != "PAY-2" {
		t.Errorf("%s at %s: found %q, want the issue of %s alone", query, now, got, limit)
	}
}

// TestDateLiterals checks absolute dates and times in the caller's time zone,
// and periods before and after now, whose default unit is the minute (Atlassian
// support, "JQL fields", Created).
func TestDateLiterals(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]time.Time{
		"2026-03-02": at(t, "2026-03-02 00:00"), "2026/03/02": at(t, "2026-03-02 00:00"), "2026-03-02 14:30": at(t, "2026-03-02 14:30"),
		"2026/03/02 14:30": at(t, "2026-03-02 14:30"), "2026-07-01": at(t, "2026-07-01 00:00"),
		"-1d": at(t, "2026-03-11 16:30"), "-5d": at(t, "2026-03-07 16:30"), "-2w": at(t, "2026-02-26 16:30"), "-3h": at(t, "2026-03-12 13:30"),
		"-45m": at(t, "2026-03-12 15:45"), "-45": at(t, "2026-03-12 15:45"),
		"1w 2d": at(t, "2026-03-21 16:30"), "1d": at(t, "2026-03-13 16:30"),
	} {
		expectLimit(t, thursday, `created >= "`+literal+`"`, want)
	}
	expectLimit(t, thursday, "created >= -5d", at(t, "2026-03-07 16:30"))
	expectLimit(t, thursday, "createdDate >= 2026-03-02", at(t, "2026-03-02 00:00"))
}

// TestDateFunctions checks the functions of the current day, month and year
// and their increments, whose unit "defaults to the natural period of the
// function" (Atlassian support, "JQL functions"). A query with an end begins to
// find issues at the start of the next period.
func TestDateFunctions(t *testing.T) {
	t.Parallel()
	for function, want := range map[string]string{
		`now()`: "2026-03-12 16:30", `startOfDay()`: "2026-03-12 00:00", `startOfDay("-1")`: "2026-03-11 00:00", `startOfDay(-1d)`: "2026-03-11 00:00",
		`startOfDay("-3d")`: "2026-03-09 00:00", `startOfDay("+1w")`: "2026-03-19 00:00",
		`startOfDay("7h")`: "2026-03-12 07:00", `startOfDay("-90m")`: "2026-03-11 22:30", `STARTOFDAY()`: "2026-03-12 00:00", `startOfDay("2")`: "2026-03-14 00:00",
		`startOfMonth()`: "2026-03-01 00:00", `startOfMonth("-1")`: "2026-02-01 00:00", `startOfMonth(-1M)`: "2026-02-01 00:00",
		`startOfMonth("+14d")`: "2026-03-15 00:00", `startOfMonth(1)`: "2026-04-01 00:00", `startOfMonth(-3)`: "2025-12-01 00:00",
		`startOfYear()`: "2026-01-01 00:00", `startOfYear("-1")`: "2025-01-01 00:00", `startOfYear(-1y)`: "2025-01-01 00:00", `startOfYear("+3M")`: "2026-04-01 00:00",
	} {
		expectLimit(t, thursday, "created >= "+function, at(t, want))
	}
	for function, want := range map[string]string{
		`endOfDay()`: "2026-03-13 00:00", `endOfDay("+1")`: "2026-03-14 00:00", `endOfDay(-1d)`: "2026-03-12 00:00", `endOfDay(-2h)`: "2026-03-12 22:00",
		`endOfMonth()`: "2026-04-01 00:00", `endOfMonth("+15d")`: "2026-04-16 00:00",
		`endOfMonth(-1d)`: "2026-03-31 00:00", `endOfYear()`: "2027-01-01 00:00", `endOfYear("+1")`: "2028-01-01 00:00",
		`endOfYear("+3M")`: "2027-04-01 00:00", `endOfYear(-1)`: "2026-01-01 00:00",
	} {
		expectLimit(t, thursday, "created > "+function, at(t, want))
	}
}

// TestPeriodsAtTheirEdges checks periods that end in other months, years and
// offsets from UTC than they begin in.
func TestPeriodsAtTheirEdges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ now, query, want string }{
		{"2026-03-12 00:10", `created >= startOfDay()`, "2026-03-12 00:00"}, // still the 11th in UTC
		{"2026-03-30 12:00", `created >= startOfDay(-1d)`, "2026-03-29 00:00"},
		{"2026-03-29 12:00", `created > endOfDay()`, "2026-03-30 00:00"},
		{"2026-10-25 12:00", `created >= startOfDay()`, "2026-10-25 00:00"},
		{"2026-10-25 12:00", `created > endOfDay()`, "2026-10-26 00:00"},
		{"2026-03-31 23:59", `created > endOfMonth()`, "2026-04-01 00:00"},
		{"2026-03-31 23:59", `created >= startOfMonth(-1)`, "2026-02-01 00:00"},
		{"2028-02-10 09:00", `created > endOfMonth()`, "2028-03-01 00:00"},
		{"2026-07-10 09:00", `created > endOfMonth("+1")`, "2026-09-01 00:00"},
		{"2026-12-10 09:00", `created > endOfMonth("+1M")`, "2027-02-01 00:00"},
		{"2026-08-10 09:00", `created > endOfMonth(-1)`, "2026-08-01 00:00"},
		{"2026-12-31 23:59", `created > endOfYear()`, "2027-01-01 00:00"},
		{"2026-01-01 00:00", `created >= startOfYear()`, "2026-01-01 00:00"},
	} {
		expectLimit(t, at(t, c.now), c.query, at(t, c.want))
	}
}

// TestWeeks checks the functions of weeks without the day on which a week
// begins, which is a setting of the site: Sunday or Monday.
func TestWeeks(t *testing.T) {
	t.Parallel()
	env := newSite(t, thursday)
	for key, day := range map[string]string{"PAY-1": "2026-03-03", "PAY-2": "2026-03-07", "PAY-3": "2026-03-09", "PAY-4": "2026-03-14", "PAY-5": "2026-03-16", "PAY-6": "2026-03-21", "PAY-7": "2026-03-23"} {
		put(t, env, key, func(i *store.Issue) { i.Created = at(t, day+" 12:00") })
	}
	expectFound(t, env, map[string]string{
		`created >= startOfWeek()`: "PAY-3 PAY-4 PAY-5 PAY-6 PAY-7", `created >= startOfWeek("-1")`: "PAY-1 PAY-2 PAY-3 PAY-4 PAY-5 PAY-6 PAY-7",
		`created >= startOfWeek(1w)`: "PAY-5 PAY-6 PAY-7", `created >= startOfWeek("+7d")`: "PAY-5 PAY-6 PAY-7",
		`created <= endOfWeek()`: "PAY-1 PAY-2 PAY-3 PAY-4", `created <= endOfWeek("+1")`: "PAY-1 PAY-2 PAY-3 PAY-4 PAY-5 PAY-6",
		`created <= endOfWeek(-1)`: "PAY-1 PAY-2", `created >= startOfWeek() AND created <= endOfWeek()`: "PAY-3 PAY-4",
	})
	// On the days after a week's first, its start stays the same.
	for _, now := range []string{"2026-03-09 00:30", "2026-03-14 23:30"} {
		env := newSite(t, at(t, now))
		put(t, env, "PAY-1", func(i *store.Issue) { i.Created = at(t, "2026-03-07 12:00") })
		put(t, env, "PAY-2", func(i *store.Issue) { i.Created = at(t, "2026-03-09 00:00") })
		expectFound(t, env, map[string]string{`created >= startOfWeek()`: "PAY-2", `created <= endOfWeek(-1w)`: "PAY-1"})
	}
}

// dateSite returns a site with issues on different days.
func dateSite(t *testing.T) search.Env {
	t.Helper()
	env := newSite(t, thursday)
	put(t, env, "PAY-1", func(i *store.Issue) {
		i.Created, i.Updated, i.DueDate = at(t, "2011-01-01 09:00"), at(t, "2011-01-15 10:00"), "2011-01-15"
		i.Resolved, i.StatusChanged = at(t, "2011-01-31 23:00"), at(t, "2011-01-31 23:00")
	})
	put(t, env, "PAY-2", func(i *store.Issue) {
		i.Created, i.Updated, i.DueDate, i.StatusChanged = at(t, "2010-12-31 23:00"), at(t, "2011-02-01 00:00"), "2011-01-31", at(t, "2011-03-01 00:00")
	})
	put(t, env, "PAY-3", func(i *store.Issue) { i.Created, i.Updated = at(t, "2011-02-01 00:00"), at(t, "2011-02-01 00:01") })
	return env
}

// TestDateFields checks the operators of dates, with the examples of Atlassian
// support, "JQL fields". Comparisons do not match empty dates.
func TestDateFields(t *testing.T) {
	t.Parallel()
	expectFound(t, dateSite(t), map[string]string{
		`created > "2011/01/01" AND created < "2011/02/01"`: "PAY-1", `createdDate < 2011-01-01`: "PAY-2",
		`updated > "2011/01/15" AND updated < "2011/01/16"`: "PAY-1", `updatedDate = "2011-02-01 00:00"`: "PAY-2",
		`updated IN ("2011-02-01 00:00", "2011-02-01 00:01")`: "PAY-2 PAY-3", `updated != "2011-02-01 00:00"`: "PAY-1 PAY-3",
		`created <= "2011-02-01 00:00"`: "PAY-1 PAY-2 PAY-3", `created >= "2011-02-01 00:00"`: "PAY-3", `created > "2011-02-01 00:00"`: "",
		`due = "2011/01/15"`: "PAY-1", `dueDate >= "2011/01/01" AND due <= "2011/01/31"`: "PAY-1 PAY-2", `due < "2011/01/31"`: "PAY-1",
		`due > "2011/01/15"`: "PAY-2", `due != "2011/01/15"`: "PAY-2", `due IS EMPTY`: "PAY-3",
		`due NOT IN ("2011-01-31")`: "PAY-1", `resolved < "2011/02/01"`: "PAY-1", `resolutionDate >= "2011-01-31 23:00"`: "PAY-1",
		`resolved > "2011-01-31 23:00"`: "", `resolved IS EMPTY`: "PAY-2 PAY-3", `resolved = EMPTY`: "PAY-2 PAY-3",
		`statusCategoryChangedDate >= 2011-02-01`: "PAY-2", `statusCategoryChangedDate IS EMPTY`: "PAY-3", `created = now()`: "",
		`due < now()`: "PAY-1 PAY-2", `due < endOfDay()`: "PAY-1 PAY-2",
	})
}

// TestDatesRefuse checks the operands that are no dates.
func TestDatesRefuse(t *testing.T) {
	t.Parallel()
	env := dateSite(t)
	for _, literal := range []string{"tomorrow", "2026-02-30", "2026-13-01", "2026-03-02T10:00", "-1x", "1d2h", "-5 days", "--1d", "-1.5d", "2026-03-02 25:00", "02/03/2026", "-999999999d"} {
		expectErrors(t, env, map[string]string{
			`created > "` + literal + `"`: "Date value '" + literal + "' for field 'created' is invalid",
			`due = "` + literal + `"`:     "Date value '" + literal + "' for field 'due' is invalid",
		})
	}
	expectErrors(t, env, map[string]string{
		`created > currentUser()`: "currentUser", `created > startOfQuarter()`: "Unable to find JQL function 'startOfQuarter()'",
		`created = openSprints()`: "openSprints", `created > startOfDay(x)`: "'x'", `due < endOfMonth("1q")`: "'1q'",
		`created > startOfDay("")`: "''", `created > endOfYear("next year")`: "'next year'",
	})
}
