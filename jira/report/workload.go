package report

import (
	"cmp"
	"slices"
)

// PersonLoad is the open work of one person.
type PersonLoad struct {
	Name        string   // display name; "" for unassigned work
	Open        Amount   // all open work
	InProgress  Amount   // the part of Open that is in progress
	Unestimated int      // number of open issues without an estimate, sub-tasks left out
	Estimated   int      // number of open issues with an estimate, sub-tasks left out
	Overdue     []string // keys
	Blocked     []string // keys of flagged issues and of those blocked by others
	// RatioToMean is this person's work divided by the team's mean, by estimate if
	// there are estimates, otherwise by count. It is nil for those who have no part
	// in the mean: unassigned work, and by estimate people without an estimated
	// issue, whose work is not known.
	RatioToMean *float64
}

// Workload is the open work of a team by person.
type Workload struct {
	People   []PersonLoad // most work first, unassigned work last
	Total    Amount
	Mean     float64 // open work per person of those who have a part in it
	InMean   int     // number of people who have a part in the mean
	ByPoints bool    // whether Mean and the ratios are by estimate
}

// NewWorkload sums open issues by assignee. today is a date like 2026-01-31.
// Epics are left out, because their work is that of their children. Sub-tasks
// count as issues, but their estimates do not count: they are part of their
// parents'.
func NewWorkload(issues []Issue, today string) Workload {
	var w Workload
	people := map[string]*PersonLoad{}
	for n := range issues {
		i := &issues[n]
		if i.Epic || i.Status.Category == "done" {
			continue
		}
		l := people[i.Assignee]
		if l == nil {
			l = &PersonLoad{Name: i.Assignee}
			people[i.Assignee] = l
		}
		l.add(i, today)
		w.Total.Add(i.points())
	}
	w.ByPoints = w.Total.Points > 0
	assigned := Amount{}
	for _, l := range people {
		w.People = append(w.People, *l)
		if w.inMean(l) {
			w.InMean++
			assigned.Issues, assigned.Points = assigned.Issues+l.Open.Issues, assigned.Points+l.Open.Points
		}
	}
	if w.InMean > 0 {
		w.Mean = amountValue(w.ByPoints, assigned) / float64(w.InMean)
	}
	for n := range w.People {
		if l := &w.People[n]; w.inMean(l) && w.Mean > 0 {
			ratio := amountValue(w.ByPoints, l.Open) / w.Mean
			l.RatioToMean = &ratio
		}
	}
	slices.SortFunc(w.People, func(a, b PersonLoad) int {
		if (a.Name == "") != (b.Name == "") {
			return cmp.Compare(b.Name, a.Name) // unassigned work is last
		}
		return cmp.Or(cmp.Compare(valueOrZero(b.RatioToMean), valueOrZero(a.RatioToMean)), cmp.Compare(b.Open.Issues, a.Open.Issues), cmp.Compare(a.Name, b.Name))
	})
	return w
}

// inMean reports whether a person has a part in the mean.
func (w *Workload) inMean(l *PersonLoad) bool {
	return l.Name != "" && (!w.ByPoints || l.Estimated > 0)
}

// add adds one open issue.
func (l *PersonLoad) add(i *Issue, today string) {
	l.Open.Add(i.points())
	if i.Status.Category == "indeterminate" {
		l.InProgress.Add(i.points())
	}
	switch {
	case i.Subtask:
	case i.Estimate == nil:
		l.Unestimated++
	default:
		l.Estimated++
	}
	if i.overdue(today) {
		l.Overdue = append(l.Overdue, i.Key)
	}
	if i.Flagged || len(i.BlockedBy) > 0 {
		l.Blocked = append(l.Blocked, i.Key)
	}
}

// points returns the current estimate, or 0 if there is none and for a sub-task.
func (i *Issue) points() float64 {
	if i.Estimate == nil || i.Subtask {
		return 0
	}
	return *i.Estimate
}

// overdue reports whether the due date is before today, a date like 2026-01-31.
func (i *Issue) overdue(today string) bool { return i.Due != "" && i.Due < today }
