package report

import (
	"fmt"
	"strings"
	"time"
)

// ReleaseInput holds everything that the report of a version is computed from.
type ReleaseInput struct {
	Issues   []Issue
	IsDone   func(status string) bool // reports whether the status with this id counts as done
	Date     time.Time                // end of the day of the release; zero if none is planned
	Calendar Calendar
	Now      time.Time
}

// ReleaseReport is the progress of a version.
type ReleaseReport struct {
	Done, InProgress, ToDo Amount
	Issues                 []ReleaseIssue // all that count, in the order given
	Blocked                []Issue
	AtRisk                 []Risk // open issues that may miss the date
	ByEpic, ByType         []Group
	Unestimated            int     // open issues without an estimate, sub-tasks left out
	WorkingDays            float64 // until the date, or since the date if it has passed
	DatePassed             bool    // the date of the release has passed
	ByPoints               bool    // whether any issue has an estimate
}

// ReleaseIssue is an issue of a version: its epic, where it stands (done, in
// progress or to do), and for an open one why it may miss the date; "" if it may
// not.
type ReleaseIssue struct {
	Issue
	InEpic, State, Reason string
}

// Risk is an open issue that may not be done by the date, with the reasons.
type Risk struct {
	Issue
	Reason string // one or more reasons, separated by semicolons
}

// RiskMarginDays is the number of working days before the date within which an
// issue that has not been started, or has no assignee, is at risk.
const RiskMarginDays = 5

// NewReleaseReport computes the report of a version. An open issue is at risk
// if it is blocked, flagged, overdue or due after the date. In the last five
// working days before the date and after it, an issue is also at risk if it is
// not started or has no assignee. Epics are left out. Sub-tasks count as
// issues, and their estimates are part of their parents'.
func NewReleaseReport(q ReleaseInput) ReleaseReport {
	var r ReleaseReport
	if !q.Date.IsZero() {
		if r.WorkingDays = q.Calendar.WorkingDays(q.Now, q.Date); q.Date.Before(q.Now) {
			r.DatePassed, r.WorkingDays = true, q.Calendar.WorkingDays(q.Date, q.Now)
		}
	}
	epics := map[string]string{} // epic by issue key, because a sub-task's Parent is not the epic
	for _, i := range q.Issues {
		if !i.Subtask {
			epics[i.Key] = i.Parent
		}
	}
	byEpic, byType := &groupSet{}, &groupSet{}
	for _, i := range q.Issues {
		if i.Epic {
			continue
		}
		done := q.IsDone(i.Status.ID)
		epic := i.Parent
		if i.Subtask {
			parent, _, _ := strings.Cut(i.Parent, " ")
			epic = epics[parent]
		}
		byEpic.add(epic, &i, i.points(), done, !done)
		byType.add(i.Type, &i, i.points(), done, !done)
		r.ByPoints = r.ByPoints || i.points() > 0
		state := "in progress"
		switch {
		case done:
			r.Done.Add(i.points())
			r.Issues = append(r.Issues, ReleaseIssue{i, epic, "done", ""})
			continue
		case i.Status.Category == "new":
			r.ToDo.Add(i.points())
			state = "to do"
		default:
			r.InProgress.Add(i.points())
		}
		if i.Estimate == nil && !i.Subtask {
			r.Unestimated++
		}
		if len(i.BlockedBy) > 0 {
			r.Blocked = append(r.Blocked, i)
		}
		why := q.riskReason(i, r)
		if why != "" {
			r.AtRisk = append(r.AtRisk, Risk{i, why})
		}
		r.Issues = append(r.Issues, ReleaseIssue{i, epic, state, why})
	}
	r.ByEpic, r.ByType = byEpic.sorted(), byType.sorted()
	return r
}

// riskReason returns why an open issue may not be done by the date, or "" if
// nothing speaks against it. Of r it uses the working days and whether the date
// has passed.
func (q ReleaseInput) riskReason(i Issue, r ReleaseReport) string {
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
	// Date is midnight at the end of the day, so the second before it still has
	// the date of the release.
	case !q.Date.IsZero() && i.Due > day(q.Date.Add(-time.Second)):
		why = append(why, "due "+i.Due+", after the release")
	}
	if !q.Date.IsZero() && (r.DatePassed || r.WorkingDays <= RiskMarginDays) {
		when := fmt.Sprintf("with %.0f working days left", r.WorkingDays)
		if r.DatePassed {
			when = "and the date has passed"
		}
		if i.Status.Category == "new" {
			why = append(why, "not started "+when)
		}
		if i.Assignee == "" {
			why = append(why, "unassigned")
		}
	}
	return strings.Join(why, "; ")
}
