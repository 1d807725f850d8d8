package report_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/report"
)

// TestDaysWithoutMidnight checks that ten working days count as ten in zones
// where clocks are put forward at midnight, so that a day starts at one
// o'clock.
func TestDaysWithoutMidnight(t *testing.T) {
	for name, from := range map[string]string{"America/Santiago": "2026-08-31", "America/Havana": "2026-03-02", "Atlantic/Azores": "2026-03-23", "Africa/Cairo": "2026-04-20", "Europe/Berlin": "2026-03-23"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		start, _ := time.ParseInLocation(time.DateOnly, from, zone)
		c := report.WorkWeek(zone)
		if got := c.WorkingDays(c.DayStart(start, 0), c.DayStart(start, 14)); got < 9.999 || got > 10.001 {
			t.Errorf("%s: %v working days", name, got)
		}
		i := story("A", todo, nil, nil)
		i.Created = start.AddDate(0, 0, 5).Add(12 * time.Hour)
		f := report.NewFlow(report.FlowInput{From: start, To: start.AddDate(0, 0, 14), IsDone: func(string) bool { return false }, Category: func(string) string { return "new" }, StatusName: func(id string) string { return id }, Calendar: c})
		f.Add(&i)
		seen := map[string]int{}
		for _, day := range f.CumulativeFlow() {
			if seen[day.Date]++; seen[day.Date] > 1 || day.ToDo > 1 {
				t.Errorf("%s: %+v", name, day)
			}
		}
		created := 0
		for _, w := range f.Weeks() {
			created += w.Created
		}
		if created != 1 || len(seen) < 14 {
			t.Errorf("%s: %d days, %d created", name, len(seen), created)
		}
	}
}

// TestForecastsBeyondTenYears checks that a forecast has no dates beyond ten
// years.
func TestForecastsBeyondTenYears(t *testing.T) {
	f := report.NewForecast(2000, []int{1, 0, 1, 0}, sprintStart, 1)
	if f.P50 != "" || f.P85 != "" || f.P95 != "" || f.NoThroughput {
		t.Errorf("%+v", f)
	}
}

// TestEstimatedLate checks that a sprint is measured in points if its issues got
// their estimates after the start.
func TestEstimatedLate(t *testing.T) {
	s := report.NewSprintReport(sprintInput("active", story("A", todo, inside, points(5), estimateChange(2, "", "5"))))
	if !s.Days.ByPoints || s.Reestimated != 5 || s.Days.ScopeChangePercent != nil {
		t.Errorf("%+v", s.Days)
	}
}

// TestReleasesOnDaysOff checks that a date of release counts as passed on a
// Sunday too, although no working day lies between, and that a sub-task belongs
// to the epic of its parent.
func TestReleasesOnDaysOff(t *testing.T) {
	a, sub := story("A", todo, nil, nil), story("B", todo, nil, nil)
	a.Parent, a.Assignee = "E Epic", "Ana"
	sub.Subtask, sub.Parent, sub.Assignee = true, "A Story", "Ana"
	friday, sunday := time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	r := report.NewReleaseReport(report.ReleaseInput{Issues: []report.Issue{a, sub}, IsDone: func(string) bool { return false }, Date: friday, Now: sunday, Calendar: report.WorkWeek(time.UTC)})
	if !r.DatePassed || r.WorkingDays != 0 || len(r.AtRisk) != 2 || r.AtRisk[0].Reason != "not started and the date has passed" || fmt.Sprint(r.ByEpic) != "[{E Epic 2 0 0 0 2 0 2}]" {
		t.Errorf("%+v", r)
	}
}
