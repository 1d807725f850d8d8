package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/report"
)

// of returns an issue with an assignee.
func of(who string, i report.Issue) report.Issue {
	i.Assignee = who
	return i
}

// TestLoadsByHand checks the workload of two people: Ana has 8 points, Ben has
// 2, so the mean is 5.
func TestLoadsByHand(t *testing.T) {
	sub, epic, late, stuck := story("S", todo, nil, points(5)), story("E", doing, nil, points(13)), story("L", todo, nil, points(2)), story("B", doing, nil, points(3))
	sub.Subtask, epic.Epic, late.Due, stuck.BlockedBy = true, true, "2026-03-08", []string{"X"}
	w := report.Loads([]report.Issue{of("Ben", late), of("Ana", stuck), of("Ana", story("A", todo, nil, points(5))), of("Ana", sub), of("Ana", epic), of("Ben", story("D", done, nil, points(8))), story("N", todo, nil, points(1))}, "2026-03-09")
	var out []string
	for _, p := range w.People {
		out = append(out, fmt.Sprint(p.Who, p.Open, p.Doing, p.Times, p.Overdue, p.Stuck))
	}
	if got := strings.Join(out, "; "); got != "Ana{3 8} {1 3} 1.6 [] [B]; Ben{1 2} {0 0} 0.4 [L] []; {1 1} {0 0} 0 [] []" || w.MeanOf != 5 || w.Total != (report.Amount{Issues: 5, Points: 11}) {
		t.Errorf("%s; mean %v of %v", got, w.MeanOf, w.Total)
	}
	if w := report.Loads([]report.Issue{of("Ana", story("A", todo, nil, nil)), of("Ana", story("B", todo, nil, nil)), of("Ben", story("C", todo, nil, nil)), of("Ben", story("D", todo, nil, nil))}, ""); w.ByPoints || w.MeanOf != 2 || w.People[0].Times != 1 {
		t.Errorf("without estimates: %+v", w)
	}
	if w := report.Loads(nil, ""); len(w.People) != 0 || w.MeanOf != 0 {
		t.Errorf("%+v", w)
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
		{"blocked", of("Ana", blocked), time.Time{}, "blocked by PAY-9, PAY-8"},
		{"flagged", of("Ana", flagged), time.Time{}, "flagged"},
		{"overdue", of("Ana", due("2026-03-08", story("A", doing, nil, nil))), time.Time{}, "overdue since 2026-03-08"},
		{"due today", of("Ana", due("2026-03-09", story("A", doing, nil, nil))), time.Time{}, ""},
		{"due after", of("Ana", due("2026-03-28", story("A", doing, nil, nil))), end(27), "due 2026-03-28, after the release"},
		{"due on the day", of("Ana", due("2026-03-27", story("A", doing, nil, nil))), end(27), ""},
		{"not begun, far", of("Ana", story("A", todo, nil, nil)), end(27), ""},
		{"not begun, near", of("Ana", story("A", todo, nil, nil)), end(11), "not begun with 3 working days left"},
		{"nobody's, near", story("A", doing, nil, nil), end(11), "nobody's"},
		{"over", of("Ana", story("A", todo, nil, nil)), end(5), "not begun and the date is over"},
		{"done", due("2026-03-01", story("A", done, nil, nil)), end(5), ""},
	} {
		r := report.Ready(report.ReleaseQuestion{Issues: []report.Issue{c.issue}, Done: func(id string) bool { return id == done.ID }, Date: c.date, Calendar: report.WorkWeek(time.UTC), Now: at(7)})
		got := ""
		if len(r.AtRisk) > 0 {
			got = r.AtRisk[0].Why
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// TestReadyByHand checks the report of a version against numbers worked out by
// hand.
func TestReadyByHand(t *testing.T) {
	sub := story("S", done, nil, points(9))
	sub.Subtask = true
	a := story("A", done, nil, points(3))
	a.Parent = "E Epic"
	r := report.Ready(report.ReleaseQuestion{Issues: []report.Issue{a, sub, story("B", doing, nil, points(2)), story("C", todo, nil, nil)}, Done: func(id string) bool { return id == done.ID },
		Date: at(9), Calendar: report.WorkWeek(time.UTC), Now: at(7)})
	if got := fmt.Sprint(r.Done, r.Doing, r.ToDo, r.Unestimated, r.WorkingDays, r.ByEpic); got != "{2 3} {1 2} {1 0} 1 2 [{E Epic 1 1 3 3} { 3 1 2 0}]" {
		t.Error(got)
	}
}

// TestStandupByHand checks that activity is listed under the person who did it,
// whoever the assignee is.
func TestStandupByHand(t *testing.T) {
	named := func(c report.Change, from, to string) report.Change { c.FromText, c.ToText = from, to; return c }
	a := of("Ana", story("A", doing, nil, nil, named(became(-3, todo, doing), "To Do", "In Progress"), report.Change{At: at(6.5), By: "Cy", Field: report.Other, Name: "Summary"}))
	b := of("Ben", story("B", done, nil, nil, named(became(6.1, todo, doing), "To Do", "In Progress"), named(became(6.9, doing, done), "In Progress", "Done")))
	c := of("Ben", story("C", todo, nil, nil))
	c.Created, c.Creator, c.Flagged, c.Comments = at(6.2), "Cy", true, []report.Comment{{At: at(6.3), By: "Cy"}, {At: at(6.4), By: "Cy"}, {At: at(2), By: "Old"}, {At: at(8), By: "Late"}}
	var out []string
	for _, p := range report.Standup([]report.Issue{a, b, c}, func(id string) bool { return id == done.ID }, at(6), at(7)) {
		text := p.Name + ":"
		for _, d := range p.Did {
			text += fmt.Sprintf(" %s %s>%s %v %v %d %v", d.Issue.Key, d.From, d.To, d.Completed, d.Created, d.Comments, d.Fields)
		}
		for _, d := range p.Doing {
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
