package report

import (
	"cmp"
	"slices"
	"time"
)

// SprintInfo is a sprint.
type SprintInfo struct {
	ID         int64
	Name, Goal string
	State      string // future, active or closed
	Start, End time.Time
	Complete   time.Time // zero while it is not closed
}

// over is the moment that a report looks at: the end of the sprint, or now.
func (s SprintInfo) over(now time.Time) time.Time {
	if s.State == "closed" && !s.Complete.IsZero() {
		return s.Complete
	}
	return now
}

// Question is what a sprint report is made from.
type Question struct {
	Sprint   SprintInfo
	Issues   []Issue           // those in the sprint, and those that may have left it
	Done     func(string) bool // of a status, by id
	Calendar Calendar
	Now      time.Time
	Since    time.Time // of what changed since
	Stale    int       // working days without a change that are worth telling
}

// Fate is what became of an issue in a sprint.
type Fate string

// The fates.
const (
	Completed        Fate = "completed"
	NotDone          Fate = "not done" // carried over, once the sprint is closed
	Removed          Fate = "removed"
	CompletedOutside Fate = "completed outside"
)

// Item is an issue of a sprint, and what became of it.
type Item struct {
	*Issue
	Fate      Fate
	Committed bool
	Added     bool // after the start
	Entered   time.Time
	Left      time.Time // of one that was removed
	By        string    // who added or removed it last
	Reopened  bool
	First     float64 // its estimate when it came in
	Last      float64 // when it left, or at the end
}

// ScopeChange is a change of what a sprint holds, after its start.
type ScopeChange struct {
	At     time.Time
	By     string
	Key    string
	What   string  // added, removed, added back (neither, in the sums), re-estimated, re-opened
	Points float64 // more or less of them
}

// Standing is how a sprint stands.
type Standing struct {
	Sprint                                              SprintInfo
	Items                                               []Item
	Subtasks                                            int
	Committed, Added, Removed, Completed, Left, Outside Amount
	Reestimated                                         float64
	Scope                                               []ScopeChange
	Steps                                               []Step
	Days                                                Days
}

// Days is the time of a sprint, in working days.
type Days struct {
	Total, Gone, Left float64
	Pace, Needed      float64  // of estimate, or of issues where nothing is estimated, a day
	ScopePercent      *float64 // how much the scope changed, against what was committed; none where nothing was
	ByPoints          bool
}

// Stand makes the report of a sprint.
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

func rank(f Fate) int { return slices.Index([]Fate{NotDone, Completed, Removed, CompletedOutside}, f) }

// walk goes through an issue's history from a sprint's start to its end.
type walk struct {
	q      Question
	item   Item
	inside bool // in the sprint
	was    bool // ever
	done   bool
	counts bool // it came in, and was not done
}

// follow says what became of an issue; was is false for one that was never in the
// sprint.
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

// begin takes an issue in that was there at the start, or was filed into it later.
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

func (w *walk) enter(at time.Time, committed bool) {
	if w.counts {
		return
	}
	w.counts, w.item.Entered, w.item.First = true, at, w.item.Issue.pointsAt(at)
	w.item.Committed, w.item.Added = committed, !committed
}

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

func (w *walk) finish(end time.Time) {
	i := w.item.Issue
	switch {
	case !w.counts:
		w.item.Fate = CompletedOutside
		w.item.First, w.item.Last = i.pointsAt(end), i.pointsAt(end)
		w.was = w.was && w.inside // done when it came, and gone again: it has no part in it
	case !w.inside:
		w.item.Fate = Removed
	case w.done:
		w.item.Fate, w.item.Last, w.item.Left = Completed, i.pointsAt(end), time.Time{}
	default:
		w.item.Fate, w.item.Last, w.item.Left = NotDone, i.pointsAt(end), time.Time{}
	}
}

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

// scope lists the changes of scope that an issue made.
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
		case c.At.Before(item.Entered): // done, wherever it was
		case c.Field == Sprint && now && !inside:
			inside = true
			what := "added"
			if item.Committed || c.At.After(item.Entered) { // it was there before
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
			if item.Added && c.At.Equal(item.Entered) { // it came in done
				inside = true
				out = append(out, ScopeChange{c.At, c.By, i.Key, "re-opened", item.First})
			}
		}
	}
	return out
}

func value(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

// days reckons time and pace.
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
