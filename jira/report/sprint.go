package report

import (
	"cmp"
	"slices"
	"time"
)

// SprintInfo describes a sprint as Jira has it.
type SprintInfo struct {
	ID         int64
	Name, Goal string
	State      string // future, active or closed
	Start, End time.Time
	Complete   time.Time // zero unless the sprint is closed
}

// over returns the moment at which the report ends: the completion of a closed
// sprint, otherwise now.
func (s SprintInfo) over(now time.Time) time.Time {
	if s.State == "closed" && !s.Complete.IsZero() {
		return s.Complete
	}
	return now
}

// Question holds everything that a sprint report is computed from.
type Question struct {
	Sprint   SprintInfo
	Issues   []Issue           // those in the sprint, and those that may have left it
	Done     func(string) bool // reports whether the status with this id counts as done
	Calendar Calendar
	Now      time.Time
	Since    time.Time // start of the period that EventsSince lists
	Stale    int       // working days without a change after which an issue is reported
}

// Fate is the result of an issue in a sprint.
type Fate string

// The outcomes. Each issue of a sprint report has exactly one.
const (
	Completed        Fate = "completed"         // in the sprint and done at the end
	NotDone          Fate = "not done"          // in the sprint and open at the end; carried over once the sprint is closed
	Removed          Fate = "removed"           // not in the sprint at the end
	CompletedOutside Fate = "completed outside" // done before the sprint started or before it entered
)

// Item is an issue of a sprint with its outcome.
type Item struct {
	*Issue
	Fate      Fate
	Committed bool      // in the sprint and open at the start
	Added     bool      // entered, or was re-opened, after the start
	Entered   time.Time // when it began to count: the start of the sprint for committed issues
	Left      time.Time // when it left, for a removed issue
	By        string    // who added or removed it last
	Reopened  bool      // re-opened during the sprint
	First     float64   // estimate at EnteredAt
	Last      float64   // estimate when it left, or at the end
}

// ScopeChange is one change to the contents of a sprint after its start.
type ScopeChange struct {
	At     time.Time
	By     string
	Key    string
	What   string  // added, removed, added back (not counted in the sums), re-estimated, re-opened
	Points float64 // difference in estimate, negative for a removal
}

// Standing is the report of one sprint: its items, the sums over them, its
// scope changes and its burndown. For the sums see the rules in the package's
// documentation.
type Standing struct {
	Sprint                                              SprintInfo
	Items                                               []Item
	Subtasks                                            int // number of sub-tasks in the sprint at the end; not in Items
	Committed, Added, Removed, Completed, Left, Outside Amount
	Reestimated                                         float64       // sum of the estimate differences, in points
	Scope                                               []ScopeChange // oldest first
	Steps                                               []Step        // the burndown, oldest first
	Days                                                Days
}

// Days tells how much of a sprint's time has passed and how fast the team works.
// Times are in working days.
type Days struct {
	Total, Gone, Left float64  // Remaining is 0 unless the sprint is active
	Pace, Needed      float64  // per working day, in points, or in issues if nothing is estimated
	ScopePercent      *float64 // net scope change in per cent of the committed work; nil if nothing was committed
	ByPoints          bool     // whether the numbers are in points
}

// Stand computes the report of a sprint. Its items are ordered by outcome:
// not done, completed, removed, completed outside.
func Stand(q Question) *Standing {
	out := &Standing{Sprint: q.Sprint}
	end := q.Sprint.over(q.Now)
	for n := range q.Issues {
		i := &q.Issues[n]
		switch {
		case i.Epic:
			continue
		case i.Subtask:
			if i.InSprint(q.Sprint.ID, end) {
				out.Subtasks++
			}
			continue
		}
		item, was := q.follow(i, end)
		if !was {
			continue
		}
		out.count(item)
		out.Items = append(out.Items, item)
		out.Scope = append(out.Scope, q.scope(i, item, end)...)
	}
	slices.SortStableFunc(out.Scope, func(a, b ScopeChange) int { return a.At.Compare(b.At) })
	slices.SortStableFunc(out.Items, func(a, b Item) int { return cmp.Compare(rank(a.Fate), rank(b.Fate)) })
	out.Steps = q.steps(out.Items, end)
	out.Days = q.days(out, end)
	return out
}

// rank returns the position of an outcome in the order of a report's items.
func rank(f Fate) int { return slices.Index([]Fate{NotDone, Completed, Removed, CompletedOutside}, f) }

// walk follows one issue from the start of a sprint to its end. Its fields are
// the issue's state at the moment reached so far: begin sets it for the start
// of the sprint, apply is called for each later change, and finish derives the
// outcome.
type walk struct {
	q      Question
	item   Item
	inside bool // currently in the sprint
	was    bool // in the sprint at any moment
	done   bool // currently in a done status
	counts bool // was in the sprint while it was open; counts in the sums
}

// follow returns an issue's item, with its outcome at the end. was is false for
// an issue that has no part in the sprint: it was never in it, or it was done
// all the time and left again.
func (q Question) follow(i *Issue, end time.Time) (item Item, was bool) {
	w := walk{q: q, item: Item{Issue: i}}
	w.begin(i, end)
	for _, c := range i.Changes {
		if c.At.After(q.Sprint.Start) && !c.At.After(end) {
			w.step(c)
		}
	}
	w.finish(end)
	return w.item, w.was
}

// begin sets the state at the start of the sprint. An issue that was created
// directly in the sprint later has no history entry for that, so it enters here,
// at its creation. Only an issue that is in the sprint at the start can be
// committed.
func (w *walk) begin(i *Issue, end time.Time) {
	start, id := w.q.Sprint.Start, w.q.Sprint.ID
	at, filed := start, false
	if !i.InSprint(id, start) {
		if filed = i.Created.After(start) && i.InSprint(id, i.Created) && !i.Created.After(end); filed {
			at = i.Created
		}
	}
	w.inside = filed || i.InSprint(id, start)
	w.was = w.inside
	if w.done = w.q.Done(i.StatusAt(at)); w.inside && !w.done {
		w.enter(at, !filed)
	}
}

// enter counts an issue from this moment on. Only the first call has an effect,
// so an issue that is removed and added again stays committed.
func (w *walk) enter(at time.Time, committed bool) {
	if w.counts {
		return
	}
	w.counts, w.item.Entered, w.item.First = true, at, w.item.Issue.pointsAt(at)
	w.item.Committed, w.item.Added = committed, !committed
}

// step applies one change after the start. The following steps matter:
//
//   - The issue enters the sprint: it counts, unless it is done.
//   - The issue leaves: the moment and the estimate are noted, in case it does
//     not come back.
//   - The issue is re-opened in the sprint: it counts from now on if it had
//     entered as done. For example, "done Monday, added Tuesday, re-opened
//     Thursday" is added on Thursday.
func (w *walk) step(c Change) {
	switch c.Field {
	case Sprint:
		now := holds(c.To, w.q.Sprint.ID)
		if now != w.inside {
			w.item.By = c.By
		}
		if now && !w.inside && !w.done {
			w.enter(c.At, false)
		}
		if w.inside && !now {
			w.item.Left, w.item.Last = c.At, w.item.Issue.pointsAt(c.At)
		}
		w.inside, w.was = now, w.was || now
	case Status:
		now := w.q.Done(c.To)
		if w.done && !now && w.inside {
			w.item.Reopened = true
			w.enter(c.At, false)
		}
		w.done = now
	}
}

// finish derives the outcome at the end. An issue that never counted was done
// whenever it was in the sprint: it is completed outside if it still is in the
// sprint, and has no part in it otherwise.
func (w *walk) finish(end time.Time) {
	i := w.item.Issue
	switch {
	case !w.counts:
		w.item.Fate = CompletedOutside
		w.item.First, w.item.Last = i.pointsAt(end), i.pointsAt(end)
		w.was = w.was && w.inside // done on entry and then removed: no part in the sprint
	case !w.inside:
		w.item.Fate = Removed
	case w.done:
		w.item.Fate, w.item.Last, w.item.Left = Completed, i.pointsAt(end), time.Time{}
	default:
		w.item.Fate, w.item.Last, w.item.Left = NotDone, i.pointsAt(end), time.Time{}
	}
}

// count adds an item to the sums. Committed and Added use the estimate at entry,
// the sums of the end use the final one, and Reestimated holds the difference:
// that is why committed + added − removed + re-estimated = completed + not done.
func (s *Standing) count(i Item) {
	if i.Fate == CompletedOutside {
		s.Outside.Add(i.Last)
		return
	}
	if i.Committed {
		s.Committed.Add(i.First)
	} else {
		s.Added.Add(i.First)
	}
	s.Reestimated += i.Last - i.First
	switch i.Fate {
	case Completed:
		s.Completed.Add(i.Last)
	case Removed:
		s.Removed.Add(i.Last)
	default:
		s.Left.Add(i.Last)
	}
}

// scope returns the scope changes of one issue, oldest first. It replays the
// history a second time, now with the item known: nothing before EnteredAt
// counts, because the issue was not in the sprint or was done until then.
// Example: a committed issue of 3 points that is removed, added again and
// re-estimated to 5 gives "removed −3", "added back 3", "re-estimated 2".
func (q Question) scope(i *Issue, item Item, end time.Time) []ScopeChange {
	var out []ScopeChange
	if item.Fate == CompletedOutside {
		return nil
	}
	id := q.Sprint.ID
	inside := item.Committed
	if item.Added && item.Entered.Equal(i.Created) {
		out = append(out, ScopeChange{At: i.Created, Key: i.Key, What: "added", Points: item.First})
		inside = true
	}
	for _, c := range i.Changes {
		if !c.At.After(q.Sprint.Start) || c.At.After(end) {
			continue
		}
		switch now := holds(c.To, id); {
		case c.At.Before(item.Entered): // not in the sprint yet, or done
		case c.Field == Sprint && now && !inside:
			inside = true
			what := "added"
			if item.Committed || c.At.After(item.Entered) { // it was in the sprint before
				what = "added back"
			}
			out = append(out, ScopeChange{c.At, c.By, i.Key, what, i.pointsAt(c.At)})
		case c.Field == Sprint && !now && inside:
			inside = false
			out = append(out, ScopeChange{c.At, c.By, i.Key, "removed", -i.pointsAt(c.At)})
		case c.Field == Estimate && inside && !c.At.Before(item.Entered):
			from, to := number(c.From), number(c.To)
			diff := value(to) - value(from)
			if diff != 0 {
				out = append(out, ScopeChange{c.At, c.By, i.Key, "re-estimated", diff})
			}
		case c.Field == Status && q.Done(c.From) && !q.Done(c.To):
			if item.Added && c.At.Equal(item.Entered) { // it was done when it entered
				inside = true
				out = append(out, ScopeChange{c.At, c.By, i.Key, "re-opened", item.First})
			}
		}
	}
	return out
}

// value returns the number that v points to, or 0 for nil.
func value(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

// days computes the sprint's time and pace. It uses points as soon as any sum has
// some, otherwise numbers of issues: a sprint whose issues got their estimates
// after the start is measured in points too.
func (q Question) days(s *Standing, end time.Time) Days {
	d := Days{Total: q.Calendar.Between(q.Sprint.Start, q.Sprint.End), Gone: q.Calendar.Between(q.Sprint.Start, end)}
	if q.Sprint.State == "active" {
		d.Left = q.Calendar.Between(q.Now, q.Sprint.End)
	}
	done, left, committed := float64(s.Completed.Issues), float64(s.Left.Issues), float64(s.Committed.Issues)
	changed := float64(s.Added.Issues - s.Removed.Issues)
	if d.ByPoints = s.Committed.Points+s.Added.Points+s.Completed.Points+s.Removed.Points+s.Left.Points > 0; d.ByPoints {
		done, left, committed = s.Completed.Points, s.Left.Points, s.Committed.Points
		changed = s.Added.Points - s.Removed.Points + s.Reestimated
	}
	if d.Gone > 0 {
		d.Pace = done / d.Gone
	}
	if d.Left > 0 {
		d.Needed = left / d.Left
	}
	if committed > 0 {
		percent := 100 * changed / committed
		d.ScopePercent = &percent
	}
	return d
}
