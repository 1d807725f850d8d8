package report

import (
	"cmp"
	"slices"
)

// Load is the open work of one person.
type Load struct {
	Who      string // "" is nobody
	Open     Amount // all of it
	Doing    Amount // of that, in progress
	NoPoints int    // of that, not estimated; sub-tasks need not be
	Overdue  []string
	Stuck    []string // flagged, or blocked
	// Times is how many times the team's mean it is, by estimate where there is
	// one; 0 for nobody, who has no part in the mean.
	Times float64
}

// Workload is who has how much open work.
type Workload struct {
	People   []Load // most first, nobody last
	Total    Amount
	MeanOf   float64
	ByPoints bool
}

// Loads adds up open issues by assignee; today is 2026-01-31. Epics are left out:
// they are the work of their children. Sub-tasks count as issues, and the estimate
// of a sub-task is in its parent's.
func Loads(issues []Issue, today string) Workload {
	var w Workload
	people := map[string]*Load{}
	for n := range issues {
		i := &issues[n]
		if i.Epic || i.Status.Category == "done" {
			continue
		}
		l := people[i.Assignee]
		if l == nil {
			l = &Load{Who: i.Assignee}
			people[i.Assignee] = l
		}
		l.take(i, today)
		w.Total.Add(i.points())
	}
	w.ByPoints = w.Total.Points > 0
	team, assigned := 0, Amount{}
	for _, l := range people {
		w.People = append(w.People, *l)
		if l.Who != "" {
			team++
			assigned.Issues, assigned.Points = assigned.Issues+l.Open.Issues, assigned.Points+l.Open.Points
		}
	}
	if team > 0 {
		w.MeanOf = pick(w.ByPoints, assigned) / float64(team)
	}
	for n := range w.People {
		if l := &w.People[n]; l.Who != "" && w.MeanOf > 0 {
			l.Times = pick(w.ByPoints, l.Open) / w.MeanOf
		}
	}
	slices.SortFunc(w.People, func(a, b Load) int {
		if (a.Who == "") != (b.Who == "") {
			return cmp.Compare(b.Who, a.Who) // nobody is last
		}
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(b.Open.Issues, a.Open.Issues), cmp.Compare(a.Who, b.Who))
	})
	return w
}

func (l *Load) take(i *Issue, today string) {
	l.Open.Add(i.points())
	if i.Status.Category == "indeterminate" {
		l.Doing.Add(i.points())
	}
	if i.Estimate == nil && !i.Subtask {
		l.NoPoints++
	}
	if i.overdue(today) {
		l.Overdue = append(l.Overdue, i.Key)
	}
	if i.Flagged || len(i.BlockedBy) > 0 {
		l.Stuck = append(l.Stuck, i.Key)
	}
}

// points is the estimate now, 0 without one and for a sub-task.
func (i *Issue) points() float64 {
	if i.Estimate == nil || i.Subtask {
		return 0
	}
	return *i.Estimate
}

func (i *Issue) overdue(today string) bool { return i.Due != "" && i.Due < today }
