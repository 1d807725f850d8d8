package reports

import (
	"fmt"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/chart"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// chartOption is whether a report is drawn as well.
type chartOption struct {
	Chart bool `json:"chart,omitempty" doc:"as a picture too"`
}

// charts are those of a report; they are no part of its structured content.
type charts struct{ drawn []kit.Image }

// Describe implements [kit.Describer].
func (p *charts) Describe() kit.Description {
	return kit.Description{Images: p.drawn}
}

func (p *charts) add(png []byte, err error) error {
	if err != nil {
		return fmt.Errorf("drawing: %w", err)
	}
	p.drawn = append(p.drawn, kit.Image{Type: "image/png", Data: png})
	return nil
}

// burndown draws a sprint.
func burndown(q report.SprintInput, s *report.SprintReport, unit string) ([]byte, error) {
	zone := q.Calendar.Zone
	if !s.Days.ByPoints {
		unit = "Issues"
	}
	d := chart.BurndownData{Title: s.Sprint.Name + " burndown", Unit: unit, From: s.Sprint.Start.In(zone), To: s.Sprint.End.In(zone), Now: q.Now.In(zone)}
	value := func(a report.Amount) float64 {
		if s.Days.ByPoints {
			return a.Points
		}
		return float64(a.Issues)
	}
	for _, step := range s.Steps {
		d.Steps = append(d.Steps, chart.BurndownStep{At: step.At.In(zone), Remaining: value(step.Remaining), Scope: value(step.Scope)})
	}
	d.Ideal = ideal(q, s, value(s.Committed))
	return chart.Burndown(d)
}

// ideal is the line from what was committed to nothing, level on days off.
func ideal(q report.SprintInput, s *report.SprintReport, committed float64) []chart.BurndownStep {
	from, to := s.Sprint.Start, s.Sprint.End
	total := q.Calendar.WorkingDays(from, to)
	if total <= 0 {
		return nil
	}
	var out []chart.BurndownStep
	y, m, d := from.In(q.Calendar.Zone).Date()
	for at, n := from, 0; n < 400; n++ {
		out = append(out, chart.BurndownStep{At: at, Remaining: committed * (1 - q.Calendar.WorkingDays(from, at)/total)})
		if !at.Before(to) {
			break
		}
		if at = time.Date(y, m, d+n+1, 0, 0, 0, 0, q.Calendar.Zone); at.After(to) {
			at = to
		}
	}
	return out
}

// draw draws the sprints of a velocity.
func (o *velocityOutput) draw(byPoints bool) error {
	unit, value := "Issues", func(a report.Amount) float64 { return float64(a.Issues) }
	if byPoints {
		unit, value = o.Unit, func(a report.Amount) float64 { return a.Points }
	}
	d := chart.VelocityData{Title: "Velocity of " + o.Board, Unit: unit, Mean: o.Mean}
	for _, s := range o.Sprints {
		d.Sprints = append(d.Sprints, chart.SprintBars{Name: s.Name, Committed: value(s.Committed), Completed: value(s.Completed)})
	}
	return o.add(chart.Velocity(d))
}

// draw draws how work stood by the day, and how long each issue took.
func (o *flowOutput) draw(f *report.Flow, from, to time.Time, zone *time.Location) error {
	d := chart.FlowData{Title: "Cumulative flow of " + o.Of}
	for _, day := range f.CumulativeFlow() {
		at, err := time.ParseInLocation(time.DateOnly, day.Date, zone)
		if err != nil {
			return err
		}
		d.Days = append(d.Days, chart.FlowDay{At: at, ToDo: float64(day.ToDo), InProgress: float64(day.InProgress), Done: float64(day.Done)})
	}
	if err := o.add(chart.CumulativeFlow(d)); err != nil {
		return err
	}
	s := chart.ScatterData{Title: "Cycle times of " + o.Of, From: from.In(zone), To: to.In(zone), P50: o.Cycle.Median, P85: o.Cycle.P85, P95: o.Cycle.P95}
	for _, done := range f.Finished() {
		if done.Cycle >= 0 {
			s.Dots = append(s.Dots, chart.CompletedIssue{At: done.At.In(zone), Days: done.Cycle})
		}
	}
	return o.add(chart.CycleTimes(s))
}

// draw draws who has how much.
func (o *workloadOutput) draw() error {
	unit, value := "Open issues", func(a report.Amount) float64 { return float64(a.Issues) }
	if o.byPoints {
		unit, value = "Open, "+o.Unit, func(a report.Amount) float64 { return a.Points }
	}
	d := chart.WorkloadData{Title: "Workload in " + o.Of, Unit: unit, Mean: o.Mean}
	for _, p := range o.People {
		d.People = append(d.People, chart.PersonBar{Name: p.Who, InProgress: value(p.Doing), ToDo: value(p.Open) - value(p.Doing)})
	}
	return o.add(chart.Workload(d))
}
