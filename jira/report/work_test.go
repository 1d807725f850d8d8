package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/report"
)

// assignedTo returns an issue with an assignee.
func assignedTo(who string, i report.Issue) report.Issue {
	i.Assignee = who
	return i
}

// TestWorkloadByHand checks the workload of two people: Ana has 8 points, Ben
// has 2, so the mean is 5.
func TestWorkloadByHand(t *testing.T) {
	sub, epic, late, stuck := story("S", todo, nil, points(5)), story("E", doing, nil, points(13)), story("L", todo, nil, points(2)), story("B", doing, nil, points(3))
	sub.Subtask, epic.Epic, late.Due, stuck.BlockedBy = true, true, "2026-03-08", []string{"X"}
	w := report.NewWorkload([]report.Issue{assignedTo("Ben", late), assignedTo("Ana", stuck), assignedTo("Ana", story("A", todo, nil, points(5))), assignedTo("Ana", sub), assignedTo("Ana", epic), assignedTo("Ben", story("D", done, nil, points(8))), story("N", todo, nil, points(1))}, "2026-03-09")
	var out []string
	for _, p := range w.People {
		out = append(out, fmt.Sprint(p.Name, p.Open, p.InProgress, ratioText(p.RatioToMean), p.Overdue, p.Blocked))
	}
	if got := strings.Join(out, "; "); got != "Ana{3 8} {1 3}1.6[] [B]; Ben{1 2} {0 0}0.4[L] []; {1 1} {0 0}–[] []" || w.Mean != 5 || w.Total != (report.Amount{Issues: 5, Points: 11}) {
		t.Errorf("%s; mean %v of %v", got, w.Mean, w.Total)
	}
	if w := report.NewWorkload([]report.Issue{assignedTo("Ana", story("A", todo, nil, nil)), assignedTo("Ana", story("B", todo, nil, nil)), assignedTo("Ben", story("C", todo, nil, nil)), assignedTo("Ben", story("D", todo, nil, nil))}, ""); w.ByPoints || w.Mean != 2 || ratioText(w.People[0].RatioToMean) != "1" {
		t.Errorf("without estimates: %+v", w)
	}
	if w := report.NewWorkload(nil, ""); len(w.People) != 0 || w.Mean != 0 {
		t.Errorf("%+v", w)
	}
}

// ratioText returns a ratio as text, or a dash.
func ratioText(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprint(*v)
}

// TestWorkloadOfUnestimatedIssues checks that somebody whose issues are not
// estimated has no part in the mean. Ana has 8 points and Ben 4, so it is 6; with
// Cleo, whose work is not known, it would be 4.
func TestWorkloadOfUnestimatedIssues(t *testing.T) {
	t.Parallel()
	zero := assignedTo("Ben", story("Z", todo, nil, points(0)))
	w := report.NewWorkload([]report.Issue{assignedTo("Ana", story("A", todo, nil, points(8))), assignedTo("Ben", story("B", todo, nil, points(4))), zero,
		assignedTo("Cleo", story("C", todo, nil, nil)), assignedTo("Cleo", story("D", doing, nil, nil))}, "")
	var out []string
	for _, p := range w.People {
		out = append(out, fmt.Sprint(p.Name, " ", p.Open.Issues, " ", p.Unestimated, " ", ratioText(p.RatioToMean)))
	}
	if got := strings.Join(out, "; "); got != "Ana 1 0 "+fmt.Sprint(8.0/6)+"; Ben 2 0 "+fmt.Sprint(4.0/6)+"; Cleo 2 2 –" || w.Mean != 6 || w.InMean != 2 {
		t.Errorf("%s; mean %v of %d", got, w.Mean, w.InMean)
	}
	if w := report.NewWorkload([]report.Issue{zero, assignedTo("Cleo", story("C", todo, nil, nil))}, ""); w.ByPoints || w.InMean != 2 || w.Mean != 1 {
		t.Errorf("without points: %+v", w)
	}
}

// TestRisks checks the reasons for a risk one by one. Now is Monday, 9 March,
// 9:00.
func TestRisks(t *testing.T) {
	due := func(day string, i report.Issue) report.Issue { i.Due = day; return i }
	blocked, flagged := story("A", doing, nil, points(1)), story("A", doing, nil, points(1))
	blocked.BlockedBy, flagged.Flagged = []string{"PAY-9", "PAY-8"}, true
	end := func(day int) time.Time { return time.Date(2026, 3, day+1, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		what  string
		issue report.Issue
		date  time.Time
		want  string
	}{
		{"blocked", assignedTo("Ana", blocked), time.Time{}, "blocked by PAY-9, PAY-8"},
		{"flagged", assignedTo("Ana", flagged), time.Time{}, "flagged"},
		{"overdue", assignedTo("Ana", due("2026-03-08", story("A", doing, nil, nil))), time.Time{}, "overdue since 2026-03-08"},
		{"due today", assignedTo("Ana", due("2026-03-09", story("A", doing, nil, nil))), time.Time{}, ""},
		{"due after", assignedTo("Ana", due("2026-03-28", story("A", doing, nil, nil))), end(27), "due 2026-03-28, after the release"},
		{"due on the day", assignedTo("Ana", due("2026-03-27", story("A", doing, nil, nil))), end(27), ""},
		{"not started, far", assignedTo("Ana", story("A", todo, nil, nil)), end(27), ""},
		{"not started, near", assignedTo("Ana", story("A", todo, nil, nil)), end(11), "not started with 3 working days left"},
		{"unassigned, near", story("A", doing, nil, nil), end(11), "unassigned"},
		{"date passed", assignedTo("Ana", story("A", todo, nil, nil)), end(5), "not started and the date has passed"},
		{"done", due("2026-03-01", story("A", done, nil, nil)), end(5), ""},
	} {
		r := report.NewReleaseReport(report.ReleaseInput{Issues: []report.Issue{c.issue}, IsDone: func(id string) bool { return id == done.ID }, Date: c.date, Calendar: report.WorkWeek(time.UTC), Now: at(7)})
		got := ""
		if len(r.AtRisk) > 0 {
			got = r.AtRisk[0].Reason
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// TestReleaseReportByHand checks the report of a version against numbers worked
// out by hand.
func TestReleaseReportByHand(t *testing.T) {
	sub := story("S", done, nil, points(9))
	sub.Subtask = true
	a := story("A", done, nil, points(3))
	a.Parent = "E Epic"
	r := report.NewReleaseReport(report.ReleaseInput{Issues: []report.Issue{a, sub, story("B", doing, nil, points(2)), story("C", todo, nil, nil)}, IsDone: func(id string) bool { return id == done.ID },
		Date: at(9), Calendar: report.WorkWeek(time.UTC), Now: at(7)})
	if got := fmt.Sprint(r.Done, r.InProgress, r.ToDo, r.Unestimated, r.WorkingDays, r.ByEpic); got != "{2 3} {1 2} {1 0} 1 2 [{E Epic 1 1 3 3 0 0 0} { 3 1 2 0 2 2 1}]" {
		t.Error(got)
	}
}

// TestStandupByHand checks that activity is listed under the person who did it,
// whoever the assignee is.
func TestStandupByHand(t *testing.T) {
	named := func(c report.Change, from, to string) report.Change { c.FromText, c.ToText = from, to; return c }
	a := assignedTo("Ana", story("A", doing, nil, nil, named(statusChange(-3, todo, doing), "To Do", "In Progress"), report.Change{At: at(6.5), By: "Cy", Field: report.Other, Name: "Summary"}))
	b := assignedTo("Ben", story("B", done, nil, nil, named(statusChange(6.1, todo, doing), "To Do", "In Progress"), named(statusChange(6.9, doing, done), "In Progress", "Done")))
	c := assignedTo("Ben", story("C", todo, nil, nil))
	c.Created, c.Creator, c.Flagged, c.Comments = at(6.2), "Cy", true, []report.Comment{{At: at(6.3), By: "Cy"}, {At: at(6.4), By: "Cy"}, {At: at(2), By: "Old"}, {At: at(8), By: "Late"}}
	var out []string
	for _, p := range report.Standup([]report.Issue{a, b, c}, func(id string) bool { return id == done.ID }, at(6), at(7)) {
		text := p.Name + ":"
		for _, d := range p.Activities {
			text += fmt.Sprintf(" %s %s>%s %v %v %d %v", d.Issue.Key, d.From, d.To, d.Completed, d.Created, d.Comments, d.Fields)
		}
		for _, d := range p.InProgress {
			text += fmt.Sprintf(" doing %s since %s", d.Key, d.Since.Format(time.DateOnly))
		}
		for _, d := range p.Blocked {
			text += " blocked " + d.Key
		}
		out = append(out, text)
	}
	if got := strings.Join(out, "\n"); got != "Ana: doing A since 2026-02-27\nBen: B To Do>Done true false 0 [] blocked C\nCy: C > false true 2 [] A > false false 0 [Summary]" {
		t.Error(got)
	}
}
