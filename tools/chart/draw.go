package chart

import (
	"fmt"
	"math"
	"time"

	"github.com/go-analyze/charts"
)

// BurndownStep is a point of a burndown. Its values hold from At until the next
// step.
type BurndownStep struct {
	At               time.Time
	Remaining, Scope float64
}

// BurndownData is the input of [Burndown].
type BurndownData struct {
	Title, Unit string
	From, To    time.Time // start and planned end of the sprint
	Now         time.Time // last moment of the steps; marked by a line if it is within the sprint
	Steps       []BurndownStep
	Ideal       []BurndownStep // corner points of the ideal line; only Remaining is used
}

// Burndown draws the remaining work as a stepped line, the scope above it, and
// the ideal line. It returns a PNG file.
func Burndown(d BurndownData) ([]byte, error) {
	c := newCanvas(d.Title, d.Unit)
	most, to := 1.0, d.To
	for _, s := range d.Steps {
		most = math.Max(most, math.Max(s.Scope, s.Remaining))
		if s.At.After(to) {
			to = s.At
		}
	}
	for _, s := range d.Ideal {
		most = math.Max(most, s.Remaining)
	}
	c.drawValueAxis(most)
	c.drawTimeAxis(d.From, to)
	var ideal []charts.Point
	for _, s := range d.Ideal {
		ideal = append(ideal, point(c.x(s.At), c.y(s.Remaining)))
	}
	c.drawDashed(grey, 2, ideal...)
	c.drawLine(orange, 2, c.stepLine(d.Steps, func(s BurndownStep) float64 { return s.Scope })...)
	c.drawLine(blue, 3, c.stepLine(d.Steps, func(s BurndownStep) float64 { return s.Remaining })...)
	if d.Now.After(d.From) && d.Now.Before(d.To) {
		x := c.x(d.Now)
		c.drawDashed(red, 1, point(x, c.top), point(x, c.bottom))
		c.drawCentred("now", x, c.top-4, red)
	}
	if len(d.Steps) > 0 { // the current value, as a number
		last := d.Steps[len(d.Steps)-1]
		c.drawOnWhite(formatNumber(last.Remaining), min(c.x(last.At)+6, c.right-c.textWidth(formatNumber(last.Remaining))), c.y(last.Remaining)+4)
	}
	c.addLegend("remaining", solidMark, blue)
	c.addLegend("scope", solidMark, orange)
	c.addLegend("ideal", dashedMark, grey)
	return c.png()
}

// stepLine returns the corner points of a stepped line: each value stays level
// until the next step and then jumps. Two steps of 8 and 5 give the points (x1,
// 8), (x2, 8) and (x2, 5).
func (c *canvas) stepLine(steps []BurndownStep, value func(BurndownStep) float64) []charts.Point {
	var out []charts.Point
	for n, s := range steps {
		y := c.y(value(s))
		if n > 0 {
			out = append(out, point(c.x(s.At), out[len(out)-1].Y))
		}
		out = append(out, point(c.x(s.At), y))
	}
	return out
}

// SprintBars is the two bars of a sprint: committed and completed work.
type SprintBars struct {
	Name                 string
	Committed, Completed float64
}

// VelocityData is the input of [Velocity].
type VelocityData struct {
	Title, Unit string
	Sprints     []SprintBars // oldest first
	Mean        float64
}

// Velocity draws the committed and the completed work of each sprint as bars,
// and the mean of the completed work as a line. It returns a PNG file.
func Velocity(d VelocityData) ([]byte, error) {
	c := newCanvas(d.Title, d.Unit)
	most := d.Mean
	for _, s := range d.Sprints {
		most = math.Max(most, math.Max(s.Committed, s.Completed))
	}
	c.drawValueAxis(most * 1.08)
	slot := (c.right - c.left) / max(1, len(d.Sprints))
	bar := min(56, slot/3)
	for n, s := range d.Sprints {
		middle := c.left + slot*n + slot/2
		for k, v := range []float64{s.Committed, s.Completed} {
			x := middle - bar + k*bar
			c.painter.FilledRect(x+1, c.y(v), x+bar-1, c.bottom, []charts.Color{sky, blue}[k], []charts.Color{sky, blue}[k], 0)
		}
		c.drawCentred(c.shorten(s.Name, slot-6), middle, c.bottom+20, ink)
	}
	y := c.y(d.Mean)
	c.drawDashed(red, 2, point(c.left, y), point(c.right, y))
	// The numbers come last, so that the line of the mean does not cross them.
	for n, s := range d.Sprints {
		for k, v := range []float64{s.Committed, s.Completed} {
			middle := c.left + slot*n + slot/2 - bar + k*bar + bar/2
			c.drawOnWhite(formatNumber(v), middle-c.textWidth(formatNumber(v))/2, c.y(v)-5)
		}
	}
	c.addLegend("committed", boxMark, sky)
	c.addLegend("completed", boxMark, blue)
	c.addLegend("mean completed, "+formatNumber(d.Mean), dashedMark, red)
	return c.png()
}

// FlowDay is the number of issues in each band at the end of a day.
type FlowDay struct {
	At                     time.Time
	ToDo, InProgress, Done float64
}

// FlowData is the input of [CumulativeFlow].
type FlowData struct {
	Title string
	Days  []FlowDay // oldest first
}

// CumulativeFlow draws the bands of a cumulative flow above each other, done at
// the bottom. It returns a PNG file.
func CumulativeFlow(d FlowData) ([]byte, error) {
	c := newCanvas(d.Title, "Issues at the end of each day")
	most := 1.0
	for _, b := range d.Days {
		most = math.Max(most, b.ToDo+b.InProgress+b.Done)
	}
	c.drawValueAxis(most)
	if len(d.Days) > 0 {
		c.drawTimeAxis(d.Days[0].At, d.Days[len(d.Days)-1].At)
	}
	below := func(FlowDay) float64 { return 0 }
	for _, band := range []struct {
		name   string
		colour charts.Color
		top    func(FlowDay) float64
	}{{"done", green, func(b FlowDay) float64 { return b.Done }}, {"in progress", orange, func(b FlowDay) float64 { return b.Done + b.InProgress }}, {"to do", sky, func(b FlowDay) float64 { return b.Done + b.InProgress + b.ToDo }}} {
		// The area follows the top of the band from left to right and its bottom,
		// the top of the band below, back from right to left.
		var area []charts.Point
		for _, b := range d.Days {
			area = append(area, point(c.x(b.At), c.y(band.top(b))))
		}
		edge := len(area)
		for n := len(d.Days) - 1; n >= 0; n-- {
			area = append(area, point(c.x(d.Days[n].At), c.y(below(d.Days[n]))))
		}
		if edge > 1 {
			c.painter.FillArea(area, band.colour.WithAlpha(190))
			c.drawLine(band.colour, 2, area[:edge]...)
		}
		c.addLegend(band.name, boxMark, band.colour.WithAlpha(190))
		below = band.top
	}
	return c.png()
}

// CompletedIssue is an issue that was done: the moment, and its cycle time in
// days.
type CompletedIssue struct {
	At   time.Time
	Days float64
}

// ScatterData is the input of [CycleTimes].
type ScatterData struct {
	Title         string
	From, To      time.Time
	Dots          []CompletedIssue
	P50, P85, P95 float64 // percentiles of the cycle time, in days
}

// CycleTimes draws a dot for each issue, and lines for the percentiles. It
// returns a PNG file.
func CycleTimes(d ScatterData) ([]byte, error) {
	c := newCanvas(d.Title, "Cycle time, days")
	most := d.P95
	for _, dot := range d.Dots {
		most = math.Max(most, dot.Days)
	}
	c.drawValueAxis(most)
	c.drawTimeAxis(d.From, d.To)
	for _, line := range []struct {
		name   string
		value  float64
		colour charts.Color
	}{{"50 %", d.P50, green}, {"85 %", d.P85, orange}, {"95 %", d.P95, red}} {
		y := c.y(line.value)
		c.drawDashed(line.colour, 2, point(c.left, y), point(c.right, y))
		c.addLegend(fmt.Sprintf("%s within %s days", line.name, formatNumber(line.value)), dashedMark, line.colour)
	}
	for _, dot := range d.Dots {
		c.painter.Circle(4, c.x(dot.At), c.y(dot.Days), blue.WithAlpha(150), blue, 1)
	}
	c.addLegend("an issue", dotMark, blue)
	return c.png()
}

// PersonBar is the open work of one person.
type PersonBar struct {
	Name             string
	InProgress, ToDo float64
}

// WorkloadData is the input of [Workload].
type WorkloadData struct {
	Title, Unit string
	People      []PersonBar // most work first
	Mean        float64
}

// maxBars is the greatest number of people in a chart. The title counts the
// others.
const maxBars = 14

// Workload draws the open work of each person as a horizontal bar, and the mean
// as a line. It returns a PNG file.
//
// It uses its own axis instead of drawValueAxis and drawTimeAxis, because its
// values run from left to right and the names of people need a wider margin.
func Workload(d WorkloadData) ([]byte, error) {
	people := d.People[:min(len(d.People), maxBars)]
	if left := len(d.People) - len(people); left > 0 {
		d.Title += fmt.Sprintf(" (%d more people)", left)
	}
	c := newCanvas(d.Title, "")
	c.left = 170
	most := math.Max(1, d.Mean)
	for _, p := range people {
		most = math.Max(most, p.InProgress+p.ToDo)
	}
	step := niceStep(most * 1.06 / 6)
	c.max = math.Ceil(most*1.06/step) * step
	x := func(v float64) int { return c.left + int(math.Round(v/c.max*float64(c.right-c.left))) }
	c.top -= 28
	for v := 0.0; v <= c.max+step/2; v += step {
		c.drawLine(faint, 1, point(x(v), c.top), point(x(v), c.bottom-14))
		c.drawCentred(formatNumber(v), x(v), c.bottom+4, ink)
	}
	c.drawCentred(d.Unit, (c.left+c.right)/2, c.bottom+28, ink)
	slot := (c.bottom - 14 - c.top) / max(1, len(people))
	bar := min(26, slot*2/3)
	for n, p := range people {
		y := c.top + slot*n + (slot-bar)/2
		c.drawRightAligned(c.shorten(p.Name, c.left-32), c.left-10, y+bar/2+4, ink)
		c.painter.FilledRect(c.left, y, x(p.InProgress), y+bar, blue, blue, 0)
		c.painter.FilledRect(x(p.InProgress), y, x(p.InProgress+p.ToDo), y+bar, sky, sky, 0)
	}
	c.drawDashed(red, 2, point(x(d.Mean), c.top), point(x(d.Mean), c.bottom-14))
	for n, p := range people {
		c.drawOnWhite(formatNumber(p.InProgress+p.ToDo), x(p.InProgress+p.ToDo)+6, c.top+slot*n+slot/2+4)
	}
	c.addLegend("in progress", boxMark, blue)
	c.addLegend("to do", boxMark, sky)
	c.addLegend("mean, "+formatNumber(d.Mean), dashedMark, red)
	return c.png()
}
