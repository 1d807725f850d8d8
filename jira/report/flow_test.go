package report_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/report"
)

// states maps ids to the statuses of these tests.
var states = map[string]report.IssueStatus{todo.ID: todo, doing.ID: doing, done.ID: done}

// flowOf returns the flow report of issues over four weeks from Monday, 2 March.
func flowOf(issues ...report.Issue) *report.Flow {
	f := report.NewFlow(report.FlowInput{From: at(0).Truncate(24 * time.Hour), To: at(28), IsDone: func(id string) bool { return id == done.ID },
		Category: func(id string) string { return states[id].Category }, StatusName: func(id string) string { return states[id].Name }, Calendar: report.WorkWeek(time.UTC)})
	for n := range issues {
		f.Add(&issues[n])
	}
	return f
}

// TestCycleAndLeadTimes checks cycle and lead times case by case. All issues
// are created on day -7.
func TestCycleAndLeadTimes(t *testing.T) {
	for name, c := range map[string]struct {
		issue               report.Issue
		cycle, lead         float64 // -1 for none
		resolved, open, wip int
	}{
		"straight through":       {story("A", done, nil, nil, statusChange(1, todo, doing), statusChange(3, doing, done)), 2, 10, 1, 0, 0},
		"straight to done":       {story("A", done, nil, nil, statusChange(3, todo, done)), -1, 10, 1, 0, 0},
		"begun, put back, begun": {story("A", done, nil, nil, statusChange(1, todo, doing), statusChange(2, doing, todo), statusChange(5, todo, doing), statusChange(6, doing, done)), 5, 13, 1, 0, 0},
		"re-opened, done again":  {story("A", done, nil, nil, statusChange(1, todo, doing), statusChange(2, doing, done), statusChange(4, done, doing), statusChange(6, doing, done)), 5, 13, 1, 0, 0},
		"re-opened":              {story("A", doing, nil, nil, statusChange(1, todo, doing), statusChange(2, doing, done), statusChange(4, done, doing)), -1, -1, 0, 1, 1},
		"done before":            {story("A", done, nil, nil, statusChange(-3, todo, doing), statusChange(-2, doing, done)), -1, -1, 0, 0, 0},
		"done after":             {story("A", done, nil, nil, statusChange(1, todo, doing), statusChange(30, doing, done)), -1, -1, 0, 1, 1},
		"put back":               {story("A", todo, nil, nil, statusChange(1, todo, doing), statusChange(2, doing, todo)), -1, -1, 0, 1, 0},
		"filed in progress":      {story("A", done, nil, nil, statusChange(2, doing, done)), 9, 9, 1, 0, 0},
		"filed done":             {story("A", done, nil, nil), -1, -1, 0, 0, 0},
		"done and closed":        {story("A", done, nil, nil, statusChange(1, todo, doing), statusChange(2, doing, done), statusChange(5, done, done)), 1, 9, 1, 0, 0},
	} {
		f := flowOf(c.issue)
		cycle, lead := -1.0, -1.0
		for _, d := range f.Finished() {
			cycle, lead = d.Cycle, d.Lead
		}
		if cycle != c.cycle || lead != c.lead || f.Resolved != c.resolved || f.Open != c.open || len(f.WIP) != c.wip {
			t.Errorf("%s: cycle %v, lead %v, resolved %d, open %d, in progress %d", name, cycle, lead, f.Resolved, f.Open, len(f.WIP))
		}
	}
}

// TestFlowIgnoresEpics checks that a flow report ignores epics and issues that
// were created after its period.
func TestFlowIgnoresEpics(t *testing.T) {
	epic := story("E", done, nil, nil, statusChange(1, todo, done))
	epic.Epic = true
	late := story("L", todo, nil, nil)
	late.Created = at(40)
	if f := flowOf(epic, late); f.Issues != 0 || f.Resolved != 0 {
		t.Errorf("%+v", f)
	}
}

// TestGivenUp checks that an issue in a status of the category Done that is not
// in the board's last column is neither open nor resolved.
func TestGivenUp(t *testing.T) {
	f := report.NewFlow(report.FlowInput{From: at(0), To: at(28), IsDone: func(id string) bool { return false }, Category: func(id string) string { return states[id].Category },
		StatusName: func(id string) string { return id }, Calendar: report.WorkWeek(time.UTC)})
	i := story("A", done, nil, nil, statusChange(1, todo, doing), statusChange(2, doing, done))
	f.Add(&i)
	if days := f.CumulativeFlow(); f.Open != 0 || f.Resolved != 0 || f.GivenUp != 1 || days[len(days)-1] != (report.CumulativeDay{Date: "2026-03-30"}) {
		t.Errorf("%+v", f)
	}
}

// TestPercentiles checks that percentiles use the nearest rank, ⌈p/100·n⌉.
func TestPercentiles(t *testing.T) {
	ten := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, c := range []struct {
		of      []float64
		p, want float64
	}{{ten, 50, 5}, {ten, 85, 9}, {ten, 95, 10}, {ten, 90, 9}, {ten, 100, 10}, {ten, 1, 1}, {ten[:1], 50, 1}, {ten[:1], 95, 1}, {ten[:3], 50, 2}, {nil, 50, 0}} {
		if got := report.Percentile(c.of, c.p); got != c.want {
			t.Errorf("%v of %v: %v, want %v", c.p, c.of, got, c.want)
		}
	}
}

// TestFlowByHand checks the report of four issues over two weeks against
// numbers worked out by hand. The days in a status are those of the three
// issues that were done: To Do 8+9+10 = 27 days, In Progress 2+4 = 6 days.
func TestFlowByHand(t *testing.T) {
	bug := story("B", done, nil, nil, statusChange(2, todo, doing), statusChange(6, doing, done))
	bug.Type = "Bug"
	f := flowOf(story("A", done, nil, nil, statusChange(1, todo, doing), statusChange(3, doing, done)), bug, story("C", done, nil, nil, statusChange(3, todo, done)), story("D", doing, nil, nil, statusChange(8, todo, doing)))
	if got := fmt.Sprint(f.CycleTimes(""), f.LeadTimes(""), f.CycleTimes("Bug"), f.Types()); got != "{2 2 4 4} {3 10 13 13} {1 4 4 4} [Story Bug]" {
		t.Error(got)
	}
	if got := fmt.Sprint(f.TimeInStatus()); got != "[{To Do 9} {In Progress 2}]" {
		t.Error(got)
	}
	if len(f.WIP) != 1 || f.WIP[0].Key != "D" || f.WIP[0].Days != 20 {
		t.Errorf("%+v", f.WIP)
	}
	var weeks []string
	for _, w := range f.Weeks() {
		weeks = append(weeks, fmt.Sprintf("%s %d/%d %v", w.Monday, w.Created, w.Resolved, w.Whole))
	}
	if got := fmt.Sprint(weeks); got != "[2026-03-02 0/3 true 2026-03-09 0/0 true 2026-03-16 0/0 true 2026-03-23 0/0 true 2026-03-30 0/0 false]" {
		t.Error(got)
	}
	// At the end of day 0 all issues are to do. Day 3: A and C are done, B is in
	// progress. Day 6: B is done too. Day 8 and day 28: D is in progress.
	days := f.CumulativeFlow()
	var out []report.CumulativeDay
	for _, n := range []int{0, 3, 6, 8, 28} {
		out = append(out, days[n])
	}
	if got := fmt.Sprint(out); got != "[{2026-03-02 4 0 0} {2026-03-05 1 1 2} {2026-03-08 1 0 3} {2026-03-10 0 1 3} {2026-03-30 0 1 3}]" {
		t.Error(got)
	}
}

// TestForecasts checks forecasts that do not depend on chance, because all weeks
// are alike.
func TestForecasts(t *testing.T) {
	for _, c := range []struct {
		open  int
		weeks []int
		want  string
	}{
		{10, []int{5, 5, 5, 5}, "2026-03-16 2026-03-16 2026-03-16"}, // two weeks
		{5, []int{10, 10}, "2026-03-05 2026-03-05 2026-03-05"},      // half of one
		{0, []int{1}, "  "},
	} {
		f := report.NewForecast(c.open, c.weeks, sprintStart, 1)
		if got := f.P50 + " " + f.P85 + " " + f.P95; got != c.want {
			t.Errorf("%d of %v: %s", c.open, c.weeks, got)
		}
	}
	if f := report.NewForecast(3, []int{0, 0}, sprintStart, 1); !f.NoThroughput {
		t.Errorf("%+v", f)
	}
}

// TestForecastsAreLikely checks a forecast with known probabilities. One open
// issue, with weeks of none or one that are equally likely, is a coin toss: it
// takes k weeks with probability 2^-k. So 50 % of the runs finish after the
// first week, 85 % after the third and 95 % after the fifth. A week of one
// finishes it at the end of that week.
func TestForecastsAreLikely(t *testing.T) {
	f := report.NewForecast(1, []int{0, 1}, sprintStart, 1)
	day := func(weeks int) string { return sprintStart.AddDate(0, 0, 7*weeks).Format(time.DateOnly) }
	if f.P85 != day(3) || f.P95 != day(5) || f.P50 != day(1) && f.P50 != day(2) { // 50 % is on the edge between two weeks
		t.Errorf("%+v", f)
	}
	if again := report.NewForecast(1, []int{0, 1}, sprintStart, 1); again != f {
		t.Errorf("the same question: %+v, then %+v", f, again)
	}
}

// TestVelocityByHand checks the velocity of sprints of 10, 20 and 30 points: the
// mean is 20, the standard deviation of the sample is 10, and 60 of 80
// committed points are completed.
func TestVelocityByHand(t *testing.T) {
	var sprints []*report.SprintReport
	for n, done := range []float64{10, 20, 30} {
		sprints = append(sprints, &report.SprintReport{Sprint: report.SprintInfo{Name: fmt.Sprint(n)}, Committed: report.Amount{Issues: 4, Points: []float64{20, 20, 40}[n]}, Completed: report.Amount{Issues: n + 1, Points: done}})
	}
	v := report.NewVelocity(sprints, true)
	if v.Mean != 20 || v.Deviation != 10 || v.Lowest != 10 || v.Highest != 30 || *v.CompletedPercent != 75 || len(v.Sprints) != 3 {
		t.Errorf("%+v", v)
	}
	if v := report.NewVelocity(sprints, false); v.Mean != 2 || v.Deviation != 1 || *v.CompletedPercent != 50 {
		t.Errorf("by count: %+v", v)
	}
	if v := report.NewVelocity(sprints[:1], true); v.Mean != 10 || v.Deviation != 0 {
		t.Errorf("of one: %+v", v)
	}
	if v := report.NewVelocity(nil, true); v.Mean != 0 || v.CompletedPercent != nil {
		t.Errorf("of none: %+v", v)
	}
}
