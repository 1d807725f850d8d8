package report

import (
	"fmt"
	"strings"
	"time"
)

// ReleaseQuestion is what the report of a version is made from.
type ReleaseQuestion struct {
	Issues   []Issue
	Done     func(status string) bool
	Date     time.Time // the end of the day of the release; zero where it is not planned
	Calendar Calendar
	Now      time.Time
}

// Release is how a version stands.
type Release struct {
	Done, Doing, ToDo Amount
	Blocked           []Issue
	AtRisk            []Risk
	ByEpic, ByType    []Group
	Unestimated       int
	WorkingDays       float64 // until the date, or since it where it is over
	Over              bool
	ByPoints          bool
}

// Risk is an open issue that may not be done by the date, and why.
type Risk struct {
	Issue
	Why string
}

// Margin is how close the date has to be, in working days, for work that has not
// begun to be at risk.
const Margin = 5

// Ready makes the report of a version. At risk is what is open and blocked,
// flagged, overdue, due after the date, or, in the last five working days before
// the date and after it, not begun or nobody's. Epics are left out, sub-tasks
// counted as issues whose estimate is in their parents'.
func Ready(q ReleaseQuestion) Release {
	var r Release
	if !q.Date.IsZero() {
		if r.WorkingDays = q.Calendar.Between(q.Now, q.Date); q.Date.Before(q.Now) {
			r.Over, r.WorkingDays = true, q.Calendar.Between(q.Date, q.Now)
		}
	}
	epics := map[string]string{} // of issues, by key: a sub-task's parent is no epic
	for _, i := range q.Issues {
		if !i.Subtask {
			epics[i.Key] = i.Parent
		}
	}
	byEpic, byType := &grouping{}, &grouping{}
	for _, i := range q.Issues {
		if i.Epic {
			continue
		}
		done := q.Done(i.Status.ID)
		epic := i.Parent
		if i.Subtask {
			parent, _, _ := strings.Cut(i.Parent, " ")
			epic = epics[parent]
		}
		byEpic.add(epic, i.points(), done)
		byType.add(i.Type, i.points(), done)
		r.ByPoints = r.ByPoints || i.points() > 0
		switch {
		case done:
			r.Done.Add(i.points())
			continue
		case i.Status.Category == "new":
			r.ToDo.Add(i.points())
		default:
			r.Doing.Add(i.points())
		}
		if i.Estimate == nil && !i.Subtask {
			r.Unestimated++
		}
		if len(i.BlockedBy) > 0 {
			r.Blocked = append(r.Blocked, i)
		}
		if why := q.risk(i, r); why != "" {
			r.AtRisk = append(r.AtRisk, Risk{i, why})
		}
	}
	r.ByEpic, r.ByType = byEpic.sorted(), byType.sorted()
	return r
}

func (q ReleaseQuestion) risk(i Issue, r Release) string {
	var why []string
	if len(i.BlockedBy) > 0 {
		why = append(why, "blocked by "+strings.Join(i.BlockedBy, ", "))
	}
	if i.Flagged {
		why = append(why, "flagged")
	}
	day := func(t time.Time) string { return t.In(q.Calendar.Zone).Format(time.DateOnly) }
	switch {
	case i.overdue(day(q.Now)):
		why = append(why, "overdue since "+i.Due)
	case !q.Date.IsZero() && i.Due > day(q.Date.Add(-time.Second)):
		why = append(why, "due "+i.Due+", after the release")
	}
	if !q.Date.IsZero() && (r.Over || r.WorkingDays <= Margin) {
		when := fmt.Sprintf("with %.0f working days left", r.WorkingDays)
		if r.Over {
			when = "and the date is over"
		}
		if i.Status.Category == "new" {
			why = append(why, "not begun "+when)
		}
		if i.Assignee == "" {
			why = append(why, "nobody's")
		}
	}
	return strings.Join(why, "; ")
}
