package report

import (
	"cmp"
	"slices"
	"time"
)

// SprintInfo describes a sprint as Jira has it.
type SprintInfo struct {
	ID          int64
	Name, Goal  string
	State       string // future, active or closed
	Start, End  time.Time
	CompletedAt time.Time // zero unless the sprint is closed
}

// reportEnd returns the moment at which the report ends: the completion of a
// closed sprint, otherwise now.
func (s SprintInfo) reportEnd(now time.Time) time.Time {
	if s.State == "closed" && !s.CompletedAt.IsZero() {
		return s.CompletedAt
	}
	return now
}

// SprintInput holds everything that a sprint report is computed from.
type SprintInput struct {
	Sprint    SprintInfo
	Issues    []Issue           // those in the sprint, and those that may have left it
	IsDone    func(string) bool // reports whether the status with this id counts as done
	Calendar  Calendar
	Now       time.Time
	Since     time.Time // start of the period that EventsSince lists
	StaleDays int       // working days without a change after which an issue is reported
}

// Outcome is the result of an issue in a sprint.
type Outcome string

// The outcomes. Each issue of a sprint report has exactly one.
const (
	Completed        Outcome = "completed"         // in the sprint and done at the end
	NotDone          Outcome = "not done"          // in the sprint and open at the end; carried over once the sprint is closed
	Removed          Outcome = "removed"           // not in the sprint at the end
	CompletedOutside Outcome = "completed outside" // done before the sprint started or before it entered
)

// Item is an issue of a sprint with its outcome.
type Item struct {
	*Issue
	Outcome         Outcome
	Committed       bool      // in the sprint and open at the start
	Added           bool      // entered, or was re-opened, after the start
	EnteredAt       time.Time // when it began to count: the start of the sprint for committed issues
	LeftAt          time.Time // when it left, for a removed issue
	By              string    // who added or removed it last
	Reopened        bool      // re-opened during the sprint
	Cancelled       bool      // not done, but closed: its status is of the category Done and does not count as done
	CarriedFrom     string    // the name of the sprint that it came from without being done; "" if from none
	InitialEstimate float64   // estimate at EnteredAt
	FinalEstimate   float64   // estimate when it left, or at the end
}

// ScopeChange is one change to the contents of a sprint after its start.
type ScopeChange struct {
	At     time.Time
	By     string
	Key    string
	Kind   string  // added, removed, added back (not counted in the sums), re-estimated, re-opened
	Points float64 // difference in estimate, negative for a removal
}

// SprintReport is the report of one sprint: its items, the sums over them, its
// scope changes and its burndown. For the sums see the rules in the package's
// documentation.
type SprintReport struct {
	Sprint                                                          SprintInfo
	Items                                                           []Item
	Subtasks                                                        int // number of sub-tasks in the sprint at the end; not in Items
	Committed, Added, Removed, Completed, NotDone, CompletedOutside Amount
	Cancelled                                                       Amount        // the part of NotDone that is closed all the same
	CarriedIn                                                       Amount        // what came from an earlier sprint, of the other sums
	Reestimated                                                     float64       // sum of the estimate differences, in points
	ScopeChanges                                                    []ScopeChange // oldest first
	Steps                                                           []Step        // the burndown, oldest first
	Days                                                            Days
}

// Days tells how much of a sprint's time has passed and how fast the team works.
// Times are in working days.
type Days struct {
	Total, Elapsed, Remaining float64  // Remaining is 0 unless the sprint is active
	Pace, NeededPace          float64  // per working day, in points, or in issues if nothing is estimated
	ScopeChangePercent        *float64 // net scope change in per cent of the committed work; nil if nothing was committed
	ByPoints                  bool     // whether the numbers are in points
}

// NewSprintReport computes the report of a sprint. Its items are ordered by
// outcome: not done, completed, removed, completed outside.
func NewSprintReport(q SprintInput) *SprintReport {
	out := &SprintReport{Sprint: q.Sprint}
	end := q.Sprint.reportEnd(q.Now)
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
		item, was := q.outcomeOf(i, end)
		if !was {
			continue
		}
		out.addItem(item)
		out.Items = append(out.Items, item)
		out.ScopeChanges = append(out.ScopeChanges, q.scopeChanges(i, item, end)...)
	}
	slices.SortStableFunc(out.ScopeChanges, func(a, b ScopeChange) int { return a.At.Compare(b.At) })
	slices.SortStableFunc(out.Items, func(a, b Item) int { return cmp.Compare(outcomeRank(a.Outcome), outcomeRank(b.Outcome)) })
	out.Steps = q.burndown(out.Items, end)
	out.Days = q.days(out, end)
	return out
}

// outcomeRank returns the position of an outcome in the order of a report's
// items.
func outcomeRank(f Outcome) int {
	return slices.Index([]Outcome{NotDone, Completed, Removed, CompletedOutside}, f)
}

// sprintTracker follows one issue from the start of a sprint to its end. Its
// fields are the issue's state at the moment reached so far: begin sets it for
// the start of the sprint, apply is called for each later change, and finish
// derives the outcome.
type sprintTracker struct {
	q          SprintInput
	item       Item
	inside     bool // currently in the sprint
	everInside bool // in the sprint at any moment
	done       bool // currently in a done status
	counted    bool // was in the sprint while it was open; counts in the sums
}

// outcomeOf returns an issue's item, with its outcome at the end. was is false
// for an issue that has no part in the sprint: it was never in it, or it was
// done all the time and left again.
func (q SprintInput) outcomeOf(i *Issue, end time.Time) (item Item, was bool) {
	w := sprintTracker{q: q, item: Item{Issue: i}}
	w.begin(i, end)
	for _, c := range i.Changes {
		if c.At.After(q.Sprint.Start) && !c.At.After(end) {
			w.apply(c)
		}
	}
	w.finish(end)
	return w.item, w.everInside
}

// begin sets the state at the start of the sprint. An issue that was created
// directly in the sprint later has no history entry for that, so it enters here,
// at its creation. Only an issue that is in the sprint at the start can be
// committed.
func (w *sprintTracker) begin(i *Issue, end time.Time) {
	start, id := w.q.Sprint.Start, w.q.Sprint.ID
	at, filed := start, false
	if !i.InSprint(id, start) {
		if filed = i.Created.After(start) && i.InSprint(id, i.Created) && !i.Created.After(end); filed {
			at = i.Created
		}
	}
	w.inside = filed || i.InSprint(id, start)
	w.everInside = w.inside
	if w.done = w.q.IsDone(i.StatusAt(at)); w.inside && !w.done {
		w.enter(at, !filed)
	}
}

// enter counts an issue from this moment on. Only the first call has an effect,
// so an issue that is removed and added again stays committed.
func (w *sprintTracker) enter(at time.Time, committed bool) {
	if w.counted {
		return
	}
	w.counted, w.item.EnteredAt, w.item.InitialEstimate = true, at, w.item.Issue.pointsAt(at)
	w.item.Committed, w.item.Added = committed, !committed
}

// apply applies one change after the start. The following steps matter:
//
//   - The issue enters the sprint: it counts, unless it is done.
//   - The issue leaves: the moment and the estimate are noted, in case it does
//     not come back.
//   - The issue is re-opened in the sprint: it counts from now on if it had
//     entered as done. For example, "done Monday, added Tuesday, re-opened
//     Thursday" is added on Thursday.
func (w *sprintTracker) apply(c Change) {
	switch c.Field {
	case Sprint:
		now := listHasID(c.To, w.q.Sprint.ID)
		if now != w.inside {
			w.item.By = c.By
		}
		if now && !w.inside && !w.done {
			w.enter(c.At, false)
		}
		if w.inside && !now {
			w.item.LeftAt, w.item.FinalEstimate = c.At, w.item.Issue.pointsAt(c.At)
		}
		w.inside, w.everInside = now, w.everInside || now
	case Status:
		now := w.q.IsDone(c.To)
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
func (w *sprintTracker) finish(end time.Time) {
	i := w.item.Issue
	switch {
	case !w.counted:
		w.item.Outcome = CompletedOutside
		w.item.InitialEstimate, w.item.FinalEstimate = i.pointsAt(end), i.pointsAt(end)
		w.everInside = w.everInside && w.inside // done on entry and then removed: no part in the sprint
	case !w.inside:
		w.item.Outcome = Removed
	case w.done:
		w.item.Outcome, w.item.FinalEstimate, w.item.LeftAt = Completed, i.pointsAt(end), time.Time{}
	default:
		w.item.Outcome, w.item.FinalEstimate, w.item.LeftAt = NotDone, i.pointsAt(end), time.Time{}
		// The category is known of the present status only.
		w.item.Cancelled = i.Status.Category == "done" && i.StatusAt(end) == i.Status.ID
	}
	if w.counted {
		w.item.CarriedFrom = i.carriedFrom(w.q.Sprint).Name
	}
}

// Open returns what is left to do: the work that is not done, without what was
// closed in another way.
func (s *SprintReport) Open() Amount {
	return Amount{Issues: s.NotDone.Issues - s.Cancelled.Issues, Points: s.NotDone.Points - s.Cancelled.Points}
}

// addItem adds an item to the sums. Committed and Added use the estimate at
// entry, the sums of the end use the final one, and Reestimated holds the
// difference: that is why committed + added − removed + re-estimated =
// completed + not done.
func (s *SprintReport) addItem(i Item) {
	if i.Outcome == CompletedOutside {
		s.CompletedOutside.Add(i.FinalEstimate)
		return
	}
	if i.Committed {
		s.Committed.Add(i.InitialEstimate)
	} else {
		s.Added.Add(i.InitialEstimate)
	}
	s.Reestimated += i.FinalEstimate - i.InitialEstimate
	if i.CarriedFrom != "" {
		s.CarriedIn.Add(i.InitialEstimate)
	}
	if i.Cancelled {
		s.Cancelled.Add(i.FinalEstimate)
	}
	switch i.Outcome {
	case Completed:
		s.Completed.Add(i.FinalEstimate)
	case Removed:
		s.Removed.Add(i.FinalEstimate)
	default:
		s.NotDone.Add(i.FinalEstimate)
	}
}

// scopeChanges returns the scope changes of one issue, oldest first. It replays
// the history a second time, now with the item known: nothing before EnteredAt
// counts, because the issue was not in the sprint or was done until then.
// Example: a committed issue of 3 points that is removed, added again and
// re-estimated to 5 gives "removed −3", "added back 3", "re-estimated 2".
func (q SprintInput) scopeChanges(i *Issue, item Item, end time.Time) []ScopeChange {
	var out []ScopeChange
	if item.Outcome == CompletedOutside {
		return nil
	}
	id := q.Sprint.ID
	inside := item.Committed
	if item.Added && item.EnteredAt.Equal(i.Created) {
		out = append(out, ScopeChange{At: i.Created, Key: i.Key, Kind: "added", Points: item.InitialEstimate})
		inside = true
	}
	for _, c := range i.Changes {
		if !c.At.After(q.Sprint.Start) || c.At.After(end) {
			continue
		}
		switch now := listHasID(c.To, id); {
		case c.At.Before(item.EnteredAt): // not in the sprint yet, or done
		case c.Field == Sprint && now && !inside:
			inside = true
			what := "added"
			if item.Committed || c.At.After(item.EnteredAt) { // it was in the sprint before
				what = "added back"
			}
			out = append(out, ScopeChange{c.At, c.By, i.Key, what, i.pointsAt(c.At)})
		case c.Field == Sprint && !now && inside:
			inside = false
			out = append(out, ScopeChange{c.At, c.By, i.Key, "removed", -i.pointsAt(c.At)})
		case c.Field == Estimate && inside && !c.At.Before(item.EnteredAt):
			from, to := parseNumber(c.From), parseNumber(c.To)
			diff := valueOrZero(to) - valueOrZero(from)
			if diff != 0 {
				out = append(out, ScopeChange{c.At, c.By, i.Key, "re-estimated", diff})
			}
		case c.Field == Status && q.IsDone(c.From) && !q.IsDone(c.To):
			if item.Added && c.At.Equal(item.EnteredAt) { // it was done when it entered
				inside = true
				out = append(out, ScopeChange{c.At, c.By, i.Key, "re-opened", item.InitialEstimate})
			}
		}
	}
	return out
}

// valueOrZero returns the number that v points to, or 0 for nil.
func valueOrZero(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

// days computes the sprint's time and pace. It uses points as soon as any sum
// has some, otherwise numbers of issues: a sprint whose issues got their
// estimates after the start is measured in points too.
func (q SprintInput) days(s *SprintReport, end time.Time) Days {
	d := Days{Total: q.Calendar.WorkingDays(q.Sprint.Start, q.Sprint.End), Elapsed: q.Calendar.WorkingDays(q.Sprint.Start, end)}
	if q.Sprint.State == "active" {
		d.Remaining = q.Calendar.WorkingDays(q.Now, q.Sprint.End)
	}
	open := s.Open()
	done, left, committed := float64(s.Completed.Issues), float64(open.Issues), float64(s.Committed.Issues)
	changed := float64(s.Added.Issues - s.Removed.Issues)
	if d.ByPoints = s.Committed.Points+s.Added.Points+s.Completed.Points+s.Removed.Points+s.NotDone.Points > 0; d.ByPoints {
		done, left, committed = s.Completed.Points, open.Points, s.Committed.Points
		changed = s.Added.Points - s.Removed.Points + s.Reestimated
	}
	if d.Elapsed > 0 {
		d.Pace = done / d.Elapsed
	}
	if d.Remaining > 0 {
		d.NeededPace = left / d.Remaining
	}
	if committed > 0 {
		percent := 100 * changed / committed
		d.ScopeChangePercent = &percent
	}
	return d
}
