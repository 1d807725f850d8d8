package report

import (
	"slices"
	"time"
)

// Step is one point of a burndown. Its amounts hold from At until the next step.
type Step struct {
	At time.Time
	// Remaining is the work in the sprint that is not done, Scope all work in the
	// sprint that counts, done or not.
	Remaining, Scope Amount
}

// burndown returns the burndown from the start of the sprint to the end, with
// one step for each moment at which an item changed. It is empty before the
// start.
//
// It first collects the moments of all changes, sorted and without repeats, and
// then adds every item to the steps in which it was in the sprint. The last step
// is repeated at the end, so that the line reaches it.
func (q SprintInput) burndown(items []Item, end time.Time) []Step {
	if q.Sprint.Start.IsZero() || end.Before(q.Sprint.Start) {
		return nil
	}
	moments := []time.Time{q.Sprint.Start}
	for _, item := range items {
		if item.Outcome == CompletedOutside {
			continue
		}
		if item.Added {
			moments = append(moments, item.EnteredAt)
		}
		for _, c := range item.Changes {
			if c.At.After(q.Sprint.Start) && !c.At.After(end) && (c.Field == Sprint || c.Field == Status || c.Field == Estimate) {
				moments = append(moments, c.At)
			}
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	moments = slices.CompactFunc(moments, time.Time.Equal)
	place := func(at time.Time) int {
		n, _ := slices.BinarySearchFunc(moments, at, time.Time.Compare)
		return n
	}
	out := make([]Step, len(moments))
	for n, at := range moments {
		out[n].At = at
	}
	for _, item := range items {
		if item.Outcome == CompletedOutside {
			continue
		}
		q.addToSteps(out, item, place, end)
	}
	if last := out[len(out)-1]; last.At.Before(end) {
		last.At = end
		out = append(out, last)
	}
	return out
}

// addToSteps adds one item to the steps. The item's own changes cut its history
// into intervals without a change. For each interval the item is added to all
// steps from the interval's start to the next change, if it is in the sprint
// then. place returns the index of the step at a moment.
//
// Example: steps on Monday, Tuesday and Thursday, and an item of 3 points that
// is done on Tuesday. Its intervals are Monday (3 remaining, 3 scope) and
// Tuesday and Thursday (0 remaining, 3 scope).
func (q SprintInput) addToSteps(out []Step, item Item, place func(time.Time) int, end time.Time) {
	moments := []time.Time{item.EnteredAt}
	for _, c := range item.Changes {
		if c.At.After(item.EnteredAt) && !c.At.After(end) && (c.Field == Sprint || c.Field == Status || c.Field == Estimate) {
			moments = append(moments, c.At)
		}
	}
	for n, at := range moments {
		until := len(out)
		if n+1 < len(moments) {
			until = place(moments[n+1])
		}
		if !item.InSprint(q.Sprint.ID, at) {
			continue
		}
		points, open := item.pointsAt(at), !q.IsDone(item.StatusAt(at))
		for k := place(at); k < until; k++ {
			out[k].Scope.Add(points)
			if open {
				out[k].Remaining.Add(points)
			}
		}
	}
}

// Day is the state of a burndown at the end of a day, in points or in issues.
type Day struct {
	Date      string  `json:"date"`
	Remaining float64 `json:"remaining"`
	Scope     float64 `json:"scope"`
	Ideal     float64 `json:"ideal"`
}

// DailyBurndown returns the burndown by calendar day, at most 400 days, in
// points if the report is in points. The ideal line falls straight from the
// committed work to zero over the working days, so it is level on days off. It
// returns nil for a sprint that has not started.
func (s *SprintReport) DailyBurndown(c Calendar, now time.Time) []Day {
	if len(s.Steps) == 0 {
		return nil
	}
	total := c.WorkingDays(s.Sprint.Start, s.Sprint.End)
	committed := amountValue(s.Days.ByPoints, s.Committed)
	last := s.Steps[len(s.Steps)-1].At
	var out []Day
	for day := c.dayStart(s.Sprint.Start); !day.After(last) && len(out) < 400; day = c.dayStartAfter(day, 1) {
		until := c.dayStartAfter(day, 1)
		var held *Step
		for n := range s.Steps {
			if s.Steps[n].At.Before(until) {
				held = &s.Steps[n]
			}
		}
		if held == nil {
			continue
		}
		d := Day{Date: day.Format(time.DateOnly), Remaining: amountValue(s.Days.ByPoints, held.Remaining), Scope: amountValue(s.Days.ByPoints, held.Scope)}
		if total > 0 {
			d.Ideal = max(0, committed*(1-c.WorkingDays(s.Sprint.Start, until)/total))
		}
		out = append(out, d)
	}
	return out
}

// amountValue returns an amount as one number: its points, or its number of
// issues.
func amountValue(points bool, a Amount) float64 {
	if points {
		return a.Points
	}
	return float64(a.Issues)
}
