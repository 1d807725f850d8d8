package reports

import (
	"fmt"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/chart"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// chartOption is the argument with which a caller asks for charts. Inputs embed
// it.
type chartOption struct {
	Chart bool `json:"chart,omitempty" doc:"also return an image"`
}

// charts holds the pictures of a report. Outputs embed it. The pictures are
// separate content of the MCP result and not part of its structured content.
type charts struct{ images []kit.Image }

// Describe implements [kit.Describer].
func (p *charts) Describe() kit.Description {
	return kit.Description{Images: p.images}
}

// addChart adds a chart in PNG format. It takes both results of a drawing
// function.
func (p *charts) addChart(png []byte, err error) error {
	if err != nil {
		return fmt.Errorf("drawing: %w", err)
	}
	p.images = append(p.images, kit.Image{Type: "image/png", Data: png})
	return nil
}

// drawBurndown draws the burndown of a sprint, in points, or in issues if
// nothing is estimated.
func drawBurndown(q report.SprintInput, s *report.SprintReport, unit string) ([]byte, error) {
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
	d.Ideal = idealLine(q, s, value(s.Committed))
	return chart.Burndown(d)
}

// idealLine returns the line from the committed amount at the start of the
// sprint to zero at its end. The line falls on working days only and is level
// on days off: each point is the committed amount times the share of working
// time that is left. For example, 10 points over a week from Monday to Friday
// give 10, 8, 6, 4, 2 and 0.
//
// The line has one point for each midnight, at most 400, which bounds the work
// for a sprint with absurd dates. A sprint without working days has no line.
func idealLine(q report.SprintInput, s *report.SprintReport, committed float64) []chart.BurndownStep {
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

// draw adds a chart of the sprints: committed and completed work, with the
// mean.
func (o *velocityOutput) draw(byPoints bool) error {
	unit, value := "Issues", func(a report.Amount) float64 { return float64(a.Issues) }
	if byPoints {
		unit, value = o.Unit, func(a report.Amount) float64 { return a.Points }
	}
	d := chart.VelocityData{Title: "Velocity of " + o.Board, Unit: unit, Mean: o.Mean}
	for _, s := range o.Sprints {
		d.Sprints = append(d.Sprints, chart.SprintBars{Name: s.Name, Committed: value(s.Committed), Completed: value(s.Completed)})
	}
	return o.addChart(chart.Velocity(d))
}

// draw adds two charts: the cumulative flow by day, and the cycle time of each
// finished issue with its percentiles. An issue that was never in progress has
// no cycle time and no dot.
func (o *flowOutput) draw(f *report.Flow, from, to time.Time, zone *time.Location) error {
	d := chart.FlowData{Title: "Cumulative flow of " + o.Subject}
	for _, day := range f.CumulativeFlow() {
		at, err := time.ParseInLocation(time.DateOnly, day.Date, zone)
		if err != nil {
			return err
		}
		d.Days = append(d.Days, chart.FlowDay{At: at, ToDo: float64(day.ToDo), InProgress: float64(day.InProgress), Done: float64(day.Done)})
	}
	if err := o.addChart(chart.CumulativeFlow(d)); err != nil {
		return err
	}
	s := chart.ScatterData{Title: "Cycle times of " + o.Subject, From: from.In(zone), To: to.In(zone), P50: o.Cycle.Median, P85: o.Cycle.P85, P95: o.Cycle.P95}
	for _, done := range f.Finished() {
		if done.Cycle >= 0 {
			s.Dots = append(s.Dots, chart.CompletedIssue{At: done.At.In(zone), Days: done.Cycle})
		}
	}
	return o.addChart(chart.CycleTimes(s))
}

// draw adds a chart of the open work of each person, split into work in
// progress and work to do.
func (o *workloadOutput) draw() error {
	unit, value := "Open issues", func(a report.Amount) float64 { return float64(a.Issues) }
	if o.byPoints {
		unit, value = "Open, "+o.Unit, func(a report.Amount) float64 { return a.Points }
	}
	d := chart.WorkloadData{Title: "Workload in " + o.Subject, Unit: unit, Mean: o.Mean}
	for _, p := range o.People {
		d.People = append(d.People, chart.PersonBar{Name: p.Name, InProgress: value(p.InProgress), ToDo: value(p.Open) - value(p.InProgress)})
	}
	return o.addChart(chart.Workload(d))
}
