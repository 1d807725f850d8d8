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
	Overdue     []string // keys
	Blocked     []string // keys of flagged issues and of those blocked by others
	// RatioToMean is this person's work divided by the team's mean, by estimate if
	// there are estimates, otherwise by count. It is 0 for unassigned work, which
	// has no part in the mean.
	RatioToMean float64
}

// Workload is the open work of a team by person.
type Workload struct {
	People   []PersonLoad // most work first, unassigned work last
	Total    Amount
	Mean     float64 // open work per person, without the unassigned
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
	team, assigned := 0, Amount{}
	for _, l := range people {
		w.People = append(w.People, *l)
		if l.Name != "" {
			team++
			assigned.Issues, assigned.Points = assigned.Issues+l.Open.Issues, assigned.Points+l.Open.Points
		}
	}
	if team > 0 {
		w.Mean = amountValue(w.ByPoints, assigned) / float64(team)
	}
	for n := range w.People {
		if l := &w.People[n]; l.Name != "" && w.Mean > 0 {
			l.RatioToMean = amountValue(w.ByPoints, l.Open) / w.Mean
		}
	}
	slices.SortFunc(w.People, func(a, b PersonLoad) int {
		if (a.Name == "") != (b.Name == "") {
			return cmp.Compare(b.Name, a.Name) // unassigned work is last
		}
		return cmp.Or(cmp.Compare(b.RatioToMean, a.RatioToMean), cmp.Compare(b.Open.Issues, a.Open.Issues), cmp.Compare(a.Name, b.Name))
	})
	return w
}

// add adds one open issue.
func (l *PersonLoad) add(i *Issue, today string) {
	l.Open.Add(i.points())
	if i.Status.Category == "indeterminate" {
		l.InProgress.Add(i.points())
	}
	if i.Estimate == nil && !i.Subtask {
		l.Unestimated++
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
