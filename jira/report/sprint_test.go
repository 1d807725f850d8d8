package report_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/report"
)

// The sprint of these tests lasts two weeks from Monday, 2 March 2026, 9:00.
var (
	sprintStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	sprintEnd   = sprintStart.AddDate(0, 0, 14).Add(-time.Hour)
)

const sprintID = 7

// at returns the moment that lies the given number of days after the start of
// the sprint.
func at(days float64) time.Time { return sprintStart.Add(time.Duration(days * float64(24*time.Hour))) }

// points returns an estimate.
func points(p float64) *float64 { return &p }

// story returns an issue that was created a week before the sprint. The fields
// are its current ones; the changes come oldest first.
func story(key string, now report.IssueStatus, sprints []int64, estimate *float64, changes ...report.Change) report.Issue {
	return report.Issue{Key: key, Type: "Story", Status: now, Sprints: sprints, Estimate: estimate, Created: at(-7), Updated: at(0), Changes: changes}
}

// The statuses of these tests, and the sprints of an issue in the sprint.
var (
	todo   = report.IssueStatus{ID: "1", Name: "To Do", Category: "new"}
	doing  = report.IssueStatus{ID: "2", Name: "In Progress", Category: "indeterminate"}
	done   = report.IssueStatus{ID: "3", Name: "Done", Category: "done"}
	inside = []int64{sprintID}
)

// sprintChange returns a change of the sprint field from one list of ids to
// another.
func sprintChange(days float64, from, to string) report.Change {
	return report.Change{At: at(days), By: "Ana", Field: report.Sprint, From: from, To: to}
}

// statusChange returns a change of status.
func statusChange(days float64, from, to report.IssueStatus) report.Change {
	return report.Change{At: at(days), By: "Ben", Field: report.Status, From: from.ID, To: to.ID}
}

// estimateChange returns a change of the estimate.
func estimateChange(days float64, from, to string) report.Change {
	return report.Change{At: at(days), By: "Ana", Field: report.Estimate, From: from, To: to}
}

// sprintInput returns the input of a report on a sprint that is active (day 7)
// or closed.
func sprintInput(state string, issues ...report.Issue) report.SprintInput {
	q := report.SprintInput{Sprint: report.SprintInfo{ID: sprintID, Name: "S", State: state, Start: sprintStart, End: sprintEnd}, Issues: issues, IsDone: func(id string) bool { return id == done.ID },
		Calendar: report.WorkWeek(time.UTC), Now: at(7)}
	if state == "closed" {
		q.Sprint.CompletedAt, q.Now = sprintEnd, at(30)
	}
	return q
}

// TestOutcomes checks the outcome of an issue case by case. Each case is worked
// out by hand from the rules in the package's documentation.
func TestOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		issue    report.Issue
		fate     report.Outcome // "" for an issue that has no part in the sprint
		added    bool
		reopened bool
		first    float64
		last     float64
		scope    string
	}{
		"planned and done":             {story("A", done, inside, points(3), sprintChange(-1, "", "7"), statusChange(2, todo, done)), report.Completed, false, false, 3, 3, ""},
		"planned, not done":            {story("A", doing, inside, points(3), sprintChange(-1, "", "7"), statusChange(2, todo, doing)), report.NotDone, false, false, 3, 3, ""},
		"in it since it was filed":     {story("A", todo, inside, points(2)), report.NotDone, false, false, 2, 2, ""},
		"added":                        {story("A", done, inside, points(5), sprintChange(3, "", "7"), statusChange(4, todo, done)), report.Completed, true, false, 5, 5, "added 5"},
		"removed":                      {story("A", todo, nil, points(5), sprintChange(-1, "", "7"), sprintChange(3, "7", "")), report.Removed, false, false, 5, 5, "removed -5"},
		"moved to the next":            {story("A", todo, []int64{8}, points(5), sprintChange(-1, "", "7"), sprintChange(3, "7", "8")), report.Removed, false, false, 5, 5, "removed -5"},
		"carried over at the end":      {story("A", todo, []int64{7, 8}, points(5), sprintChange(-1, "", "7"), sprintChange(13.96, "7", "7, 8")), report.NotDone, false, false, 5, 5, ""},
		"added and removed":            {story("A", todo, nil, points(1), sprintChange(2, "", "7"), sprintChange(3, "7", "")), report.Removed, true, false, 1, 1, "added 1, removed -1"},
		"removed and added again":      {story("A", todo, inside, points(1), sprintChange(-1, "", "7"), sprintChange(2, "7", ""), sprintChange(3, "", "7")), report.NotDone, false, false, 1, 1, "removed -1, added back 1"},
		"re-estimated":                 {story("A", done, inside, points(8), estimateChange(-5, "", "3"), sprintChange(-1, "", "7"), estimateChange(4, "3", "8"), statusChange(5, todo, done)), report.Completed, false, false, 3, 8, "re-estimated 5"},
		"estimated inside":             {story("A", todo, inside, points(8), sprintChange(-1, "", "7"), estimateChange(4, "", "8")), report.NotDone, false, false, 0, 8, "re-estimated 8"},
		"re-estimated after it":        {story("A", todo, nil, points(8), sprintChange(-1, "", "7"), sprintChange(3, "7", ""), estimateChange(4, "3", "8")), report.Removed, false, false, 3, 3, "removed -3"},
		"re-opened":                    {story("A", doing, inside, points(2), sprintChange(-1, "", "7"), statusChange(2, todo, done), statusChange(3, done, doing)), report.NotDone, false, true, 2, 2, ""},
		"re-opened, done again":        {story("A", done, inside, points(2), sprintChange(-1, "", "7"), statusChange(2, todo, done), statusChange(3, done, doing), statusChange(4, doing, done)), report.Completed, false, true, 2, 2, ""},
		"done before the start":        {story("A", done, inside, points(2), statusChange(-3, todo, done), sprintChange(-1, "", "7")), report.CompletedOutside, false, false, 2, 2, ""},
		"done when it came":            {story("A", done, inside, points(2), statusChange(1, todo, done), sprintChange(2, "", "7")), report.CompletedOutside, false, false, 2, 2, ""},
		"done before, re-opened":       {story("A", doing, inside, points(2), statusChange(-3, todo, done), sprintChange(-1, "", "7"), statusChange(3, done, doing)), report.NotDone, true, true, 2, 2, "re-opened 2"},
		"done after the end":           {story("A", done, []int64{7, 8}, points(2), sprintChange(-1, "", "7"), sprintChange(13.9, "7", "7, 8"), statusChange(16, todo, done)), report.NotDone, false, false, 2, 2, ""},
		"never in it":                  {story("A", todo, nil, points(2), sprintChange(2, "", "9"), sprintChange(3, "9", "")), "", false, false, 0, 0, ""},
		"in it before, not at all":     {story("A", todo, nil, points(2), sprintChange(-3, "", "7"), sprintChange(-2, "7", "")), "", false, false, 0, 0, ""},
		"came in done, re-opened":      {story("A", doing, inside, points(5), statusChange(-1, todo, done), sprintChange(2, "", "7"), statusChange(4, done, doing)), report.NotDone, true, true, 5, 5, "re-opened 5"},
		"at the very start":            {story("A", todo, inside, points(2), sprintChange(0, "", "7")), report.NotDone, false, false, 2, 2, ""},
		"a number within a number":     {story("A", todo, []int64{77}, points(2), sprintChange(-1, "", "77")), "", false, false, 0, 0, ""},
		"done when it came, then gone": {story("A", done, nil, points(2), statusChange(1, todo, done), sprintChange(2, "", "7"), sprintChange(3, "7", "")), "", false, false, 0, 0, ""},
	} {
		s := report.NewSprintReport(sprintInput("closed", c.issue))
		if c.fate == "" {
			if len(s.Items) != 0 {
				t.Errorf("%s: %+v", name, s.Items[0].Outcome)
			}
			continue
		}
		if len(s.Items) != 1 {
			t.Errorf("%s: %d items", name, len(s.Items))
			continue
		}
		i := s.Items[0]
		if i.Outcome != c.fate || i.Added != c.added || i.Reopened != c.reopened || i.InitialEstimate != c.first || i.FinalEstimate != c.last {
			t.Errorf("%s: %s, added %v, re-opened %v, %v → %v", name, i.Outcome, i.Added, i.Reopened, i.InitialEstimate, i.FinalEstimate)
		}
		scope := ""
		for n, change := range s.ScopeChanges {
			if n > 0 {
				scope += ", "
			}
			scope += fmt.Sprintf("%s %g", change.Kind, change.Points)
		}
		if scope != c.scope {
			t.Errorf("%s: the scope changed by %q", name, scope)
		}
	}
}

// TestFiledIntoTheSprint checks that an issue created directly in a running
// sprint is added to it.
func TestFiledIntoTheSprint(t *testing.T) {
	i := story("A", todo, inside, points(2))
	i.Created = at(3)
	s := report.NewSprintReport(sprintInput("closed", i))
	if len(s.Items) != 1 || !s.Items[0].Added || s.Added != (report.Amount{Issues: 1, Points: 2}) || len(s.ScopeChanges) != 1 {
		t.Errorf("%+v", s)
	}
}

// TestSubtasksAndEpicsAreApart checks that sub-tasks are counted separately and
// that epics are not counted.
func TestSubtasksAndEpicsAreApart(t *testing.T) {
	sub, epic := story("A", done, inside, points(5)), story("B", done, inside, points(8))
	sub.Subtask, epic.Epic = true, true
	if s := report.NewSprintReport(sprintInput("active", sub, epic)); len(s.Items) != 0 || s.Subtasks != 1 || s.Completed.Issues != 0 {
		t.Errorf("%+v", s)
	}
}

// TestBurndownByHand checks the burndown of three issues against numbers worked
// out by hand.
func TestBurndownByHand(t *testing.T) {
	q := sprintInput("closed",
		story("A", done, inside, points(3), sprintChange(-1, "", "7"), statusChange(2, todo, done)),
		story("B", todo, nil, points(5), sprintChange(-1, "", "7"), sprintChange(4, "7", "")),
		story("C", done, inside, points(8), sprintChange(3, "", "7"), estimateChange(5, "2", "8"), statusChange(6, todo, done)))
	s := report.NewSprintReport(q)
	var got string
	for _, step := range s.Steps {
		got += fmt.Sprintf("%g:%g/%g ", step.At.Sub(sprintStart).Hours()/24, step.Remaining.Points, step.Scope.Points)
	}
	if want := "0:8/8 2:5/8 3:7/10 4:2/5 5:8/11 6:0/11 13.958333333333334:0/11 "; got != want {
		t.Errorf("the burndown is %s\nwant %s", got, want)
	}
	days := s.DailyBurndown(q.Calendar, q.Now)
	if len(days) != 15 || days[0].Remaining != 8 || days[4].Remaining != 2 || days[14].Remaining != 0 || days[14].Ideal != 0 || days[4].Ideal != days[5].Ideal {
		t.Errorf("by day: %+v", days)
	}
}

// TestSumsAgree checks for 3000 sprints with random histories that committed,
// added, removed and re-estimated work adds up to the work at the end, and that
// the burndown agrees with both.
func TestSumsAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	states := []report.IssueStatus{todo, doing, done}
	for range 3000 {
		var issues []report.Issue
		for n := range 1 + rng.IntN(6) {
			issues = append(issues, randomIssue(rng, fmt.Sprint("K-", n), states))
		}
		s := report.NewSprintReport(sprintInput([]string{"active", "closed"}[rng.IntN(2)], issues...))
		if s.Committed.Issues+s.Added.Issues-s.Removed.Issues != s.Completed.Issues+s.NotDone.Issues {
			t.Fatalf("%d + %d - %d issues, but %d + %d", s.Committed.Issues, s.Added.Issues, s.Removed.Issues, s.Completed.Issues, s.NotDone.Issues)
		}
		if diff := s.Committed.Points + s.Added.Points - s.Removed.Points + s.Reestimated - s.Completed.Points - s.NotDone.Points; math.Abs(diff) > 1e-9 {
			t.Fatalf("the points differ by %g", diff)
		}
		last := s.Steps[len(s.Steps)-1]
		if last.Remaining != s.NotDone || last.Scope.Issues != s.NotDone.Issues+s.Completed.Issues || s.Steps[0].Scope != s.Committed {
			t.Fatalf("the burndown goes from %+v to %+v; committed %+v, left %+v, completed %+v", s.Steps[0], last, s.Committed, s.NotDone, s.Completed)
		}
	}
}

// randomIssue returns an issue with a random history.
func randomIssue(rng *rand.Rand, key string, states []report.IssueStatus) report.Issue {
	state, sprint, estimate := states[rng.IntN(3)], []string{"", "7", "8", "7, 8"}[rng.IntN(4)], []string{"", "1", "3"}[rng.IntN(3)]
	i := report.Issue{Key: key, Created: at(-7 + rng.Float64()*12)}
	when := i.Created
	for range rng.IntN(9) {
		when = when.Add(time.Duration(rng.Float64() * 80 * float64(time.Hour)))
		if when.After(at(6.9)) {
			break
		}
		switch rng.IntN(3) {
		case 0:
			to := states[rng.IntN(3)]
			i.Changes = append(i.Changes, report.Change{At: when, Field: report.Status, From: state.ID, To: to.ID})
			state = to
		case 1:
			to := []string{"", "7", "8", "7, 8"}[rng.IntN(4)]
			i.Changes = append(i.Changes, report.Change{At: when, Field: report.Sprint, From: sprint, To: to})
			sprint = to
		default:
			to := []string{"", "1", "3"}[rng.IntN(3)]
			i.Changes = append(i.Changes, report.Change{At: when, Field: report.Estimate, From: estimate, To: to})
			estimate = to
		}
	}
	i.Status = state
	for _, id := range []int64{7, 8} {
		if sprint == fmt.Sprint(id) || sprint == "7, 8" {
			i.Sprints = append(i.Sprints, id)
		}
	}
	if estimate != "" {
		i.Estimate = points(map[string]float64{"1": 1, "3": 3}[estimate])
	}
	return i
}

// TestWorkingDays checks counts of working days around a weekend and a holiday.
func TestWorkingDays(t *testing.T) {
	c := report.WorkWeek(time.UTC)
	c.Holidays = map[string]bool{"2026-03-04": true}
	for _, d := range []struct {
		from, to float64
		want     float64
	}{{0, 1, 1}, {0, 7, 4}, {4.625, 6.625, 0}, {2, 1, 0}, {1.625, 2.625, 0}} {
		if got := c.WorkingDays(at(d.from), at(d.to)); math.Abs(got-d.want) > 1e-9 {
			t.Errorf("from day %g to %g: %g working days, want %g", d.from, d.to, got, d.want)
		}
	}
	if got := c.WorkingDaysBefore(at(7), 5); !got.Equal(at(-3)) {
		t.Errorf("five working days before are %s", got)
	}
}
