package report

import (
	"slices"
	"time"
)

// Step is a moment of a burndown.
type Step struct {
	At time.Time
	// Remaining is what is in the sprint and not done, Scope all that is in it:
	// by estimate, and by count.
	Remaining, Scope Amount
}

// steps follows what is in the sprint from its start to a moment, a step for
// every change.
func (q Question) steps(items []Item, end time.Time) []Step {
	if q.Sprint.Start.IsZero() || end.Before(q.Sprint.Start) {
		return nil
	}
	moments := []time.Time{q.Sprint.Start}
	for _, item := range items {
		if item.Fate == CompletedOutside {
			continue
		}
		if item.Added {
			moments = append(moments, item.Entered)
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
		if item.Fate == CompletedOutside {
			continue
		}
		q.lay(out, item, place, end)
	}
	if last := out[len(out)-1]; last.At.Before(end) {
		last.At = end
		out = append(out, last)
	}
	return out
}

// lay adds an issue to the steps between which it does not change.
func (q Question) lay(out []Step, item Item, place func(time.Time) int, end time.Time) {
	moments := []time.Time{item.Entered}
	for _, c := range item.Changes {
		if c.At.After(item.Entered) && !c.At.After(end) && (c.Field == Sprint || c.Field == Status || c.Field == Estimate) {
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
		points, open := item.pointsAt(at), !q.Done(item.StatusAt(at))
		for k := place(at); k < until; k++ {
			out[k].Scope.Add(points)
			if open {
				out[k].Remaining.Add(points)
			}
		}
	}
}

// Day is how a burndown stood at the end of a day.
type Day struct {
	Date      string  `json:"date"`
	Remaining float64 `json:"remaining"`
	Scope     float64 `json:"scope"`
	Ideal     float64 `json:"ideal"`
}

// Daily is a burndown by the day, and the ideal line: straight from what was
// committed to nothing, over the working days.
func (s *Standing) Daily(c Calendar, now time.Time) []Day {
	if len(s.Steps) == 0 {
		return nil
	}
	total := c.Between(s.Sprint.Start, s.Sprint.End)
	committed := pick(s.Days.ByPoints, s.Committed)
	last := s.Steps[len(s.Steps)-1].At
	var out []Day
	for day := c.midnight(s.Sprint.Start); !day.After(last) && len(out) < 400; day = c.dayAfter(day, 1) {
		until := c.dayAfter(day, 1)
		var held *Step
		for n := range s.Steps {
			if s.Steps[n].At.Before(until) {
				held = &s.Steps[n]
			}
		}
		if held == nil {
			continue
		}
		d := Day{Date: day.Format(time.DateOnly), Remaining: pick(s.Days.ByPoints, held.Remaining), Scope: pick(s.Days.ByPoints, held.Scope)}
		if total > 0 {
			d.Ideal = max(0, committed*(1-c.Between(s.Sprint.Start, until)/total))
		}
		out = append(out, d)
	}
	return out
}

func pick(points bool, a Amount) float64 {
	if points {
		return a.Points
	}
	return float64(a.Issues)
}
