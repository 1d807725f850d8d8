// Package chart draws the charts of reports: numbers in, PNG out. It has one
// function and one input type per chart, in draw.go: [Burndown], [Velocity],
// [CumulativeFlow], [CycleTimes] and [Workload]. This file has the canvas on
// which they draw: the frame, the axes, the texts and the legend.
//
// Charts are 800 by 450 pixels on white and are meant to be read at that size.
// Axes have labels and units, and series differ in shape or position as well as
// in colour. The colours are those of Okabe and Ito, which people with any kind
// of colour vision can distinguish.
//
// No font is loaded before the first chart is drawn.
package chart

import (
	"math"
	"strconv"
	"time"

	"github.com/go-analyze/charts"
)

// The size of a chart, in pixels.
const (
	Width  = 800
	Height = 450
)

// The colours: white, three greys for texts and lines, and the palette of Okabe
// and Ito.
var (
	white  = charts.ColorRGB(255, 255, 255)
	ink    = charts.ColorRGB(51, 51, 51)
	grey   = charts.ColorRGB(128, 128, 128)
	faint  = charts.ColorRGB(226, 226, 226)
	blue   = charts.ColorRGB(0, 114, 178)
	orange = charts.ColorRGB(230, 159, 0)
	green  = charts.ColorRGB(0, 158, 115)
	red    = charts.ColorRGB(213, 94, 0)
	sky    = charts.ColorRGB(86, 180, 233)
)

// The font sizes.
const (
	titleSize = 15
	textSize  = 12
)

// canvas is a chart being drawn. It has a frame, into which x and y map moments
// and values: drawTimeAxis sets the scale of x, drawValueAxis that of y. Pixels
// are counted from the top left corner.
type canvas struct {
	painter                  *charts.Painter
	left, top, right, bottom int       // the frame, in pixels
	max                      float64   // value at the top of the frame
	from, to                 time.Time // moments at its left and right edge
	legend                   int       // x at which the next entry of the legend begins
}

// newCanvas returns an empty canvas with a title and the unit of its values.
func newCanvas(title, unit string) *canvas {
	c := &canvas{painter: charts.NewPainter(charts.PainterOptions{OutputFormat: "png", Width: Width, Height: Height}), left: 64, top: 96, right: Width - 24, bottom: Height - 44, legend: 64}
	c.painter.FilledRect(0, 0, Width, Height, white, white, 0)
	c.drawText(title, 24, 28, titleSize, ink)
	c.drawText(unit, 24, 78, textSize, ink)
	return c
}

// drawText draws a text; x and y are the left end of its baseline.
func (c *canvas) drawText(s string, x, y int, size float64, colour charts.Color) {
	c.painter.Text(s, x, y, 0, charts.FontStyle{FontSize: size, FontColor: colour})
}

// textWidth returns the width of a text of normal size, in pixels.
func (c *canvas) textWidth(s string) int {
	return c.painter.MeasureText(s, 0, charts.FontStyle{FontSize: textSize, FontColor: ink}).Width()
}

// drawCentred draws a text with its middle at x.
func (c *canvas) drawCentred(s string, x, y int, colour charts.Color) {
	c.drawText(s, x-c.textWidth(s)/2, y, textSize, colour)
}

// drawOnWhite draws a text on a white rectangle, which covers what is behind it.
func (c *canvas) drawOnWhite(s string, x, y int) {
	c.painter.FilledRect(x-2, y-11, x+c.textWidth(s)+2, y+2, white, white, 0)
	c.drawText(s, x, y, textSize, ink)
}

// drawRightAligned draws a text with its right end at x.
func (c *canvas) drawRightAligned(s string, x, y int, colour charts.Color) {
	c.drawText(s, x-c.textWidth(s), y, textSize, colour)
}

// shorten shortens a text to a width in pixels, with an ellipsis at its end. It
// removes one character after the other, because the characters differ in
// width. At least one character remains.
func (c *canvas) shorten(s string, most int) string {
	r := []rune(s)
	for len(r) > 1 && c.textWidth(string(r)) > most {
		r = r[:len(r)-1]
		if r[len(r)-1] != '…' {
			r = append(r[:len(r)-1], '…')
			if c.textWidth(string(r)) > most {
				r = r[:len(r)-1]
			}
		}
	}
	return string(r)
}

// drawValueAxis sets the scale of the vertical axis and draws its grid and
// labels. The scale starts at 0 and ends at a round number that is not less
// than most.
func (c *canvas) drawValueAxis(most float64) {
	step := niceStep(most / 5)
	c.max = math.Max(step, math.Ceil(most/step)*step)
	for v := 0.0; v <= c.max+step/2; v += step {
		y := c.y(v)
		c.drawLine(faint, 1, point(c.left, y), point(c.right, y))
		c.drawRightAligned(formatNumber(v), c.left-8, y+4, ink)
	}
	c.drawLine(grey, 1, point(c.left, c.bottom), point(c.right, c.bottom))
}

// niceStep returns the smallest of 1, 2 and 5 times a power of ten that is not
// less than about, but at least 1. It is the distance of grid lines: 13 gives
// 20, 30 gives 50.
func niceStep(about float64) float64 {
	if about <= 1 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(about)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= about {
			return m * power
		}
	}
	return 10 * power
}

// formatNumber formats a value with at most one decimal.
func formatNumber(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// y returns the vertical position of a value.
func (c *canvas) y(v float64) int {
	return c.bottom - int(math.Round(v/c.max*float64(c.bottom-c.top)))
}

// drawTimeAxis sets the scale of the horizontal axis and draws its dates. It
// uses the shortest interval (days, weeks, quarters, years) at which the labels
// do not overlap. Dates are computed from the calendar day and not by adding 24
// hours, so that they stay at midnight when the clocks change.
func (c *canvas) drawTimeAxis(from, to time.Time) {
	c.from, c.to = from, to
	days := to.Sub(from).Hours() / 24
	layout := "2 Jan"
	if days > 370 {
		layout = "Jan 06"
	}
	room := float64(c.right-c.left) / float64(c.textWidth("28 Mar")+14) // number of labels that fit
	every := 1
	for _, e := range []int{1, 2, 7, 14, 28, 91, 182, 364, 1820} {
		if every = e; days/float64(e) <= room {
			break
		}
	}
	y, m, d := from.Date()
	for n := 0; ; n += every {
		day := time.Date(y, m, d+n, 0, 0, 0, 0, from.Location())
		if day.After(to) {
			return
		}
		if !day.Before(from) {
			c.drawLine(grey, 1, point(c.x(day), c.bottom), point(c.x(day), c.bottom+4))
			c.drawCentred(day.Format(layout), c.x(day), c.bottom+20, ink)
		}
	}
}

// x returns the horizontal position of a moment. Without a time range it is the
// left edge.
func (c *canvas) x(t time.Time) int {
	all := c.to.Sub(c.from).Seconds()
	if all <= 0 {
		return c.left
	}
	return c.left + int(math.Round(t.Sub(c.from).Seconds()/all*float64(c.right-c.left)))
}

// point returns a point of the chart, in pixels.
func point(x, y int) charts.Point { return charts.Point{X: x, Y: y} }

// drawLine draws a line through points. Fewer than two points draw nothing.
func (c *canvas) drawLine(colour charts.Color, width float64, points ...charts.Point) {
	if len(points) > 1 {
		c.painter.LineStroke(points, colour, width)
	}
}

// drawDashed draws a dashed line through points.
func (c *canvas) drawDashed(colour charts.Color, width float64, points ...charts.Point) {
	if len(points) > 1 {
		c.painter.DashedLineStroke(points, colour, width, []float64{6, 4})
	}
}

// legendMark is the sign of a series in the legend.
type legendMark int

// The signs, each like the form in which the series is drawn.
const (
	solidMark legendMark = iota
	dashedMark
	boxMark
	dotMark
)

// addLegend adds a series to the legend, to the right of the previous ones.
func (c *canvas) addLegend(name string, m legendMark, colour charts.Color) {
	const y = 48
	switch m {
	case solidMark:
		c.drawLine(colour, 3, point(c.legend, y), point(c.legend+22, y))
	case dashedMark:
		c.drawDashed(colour, 2, point(c.legend, y), point(c.legend+22, y))
	case boxMark:
		c.painter.FilledRect(c.legend, y-6, c.legend+22, y+6, colour, colour, 0)
	case dotMark:
		c.painter.Circle(4, c.legend+11, y, colour, colour, 1)
	}
	c.drawText(name, c.legend+28, y+4, textSize, ink)
	c.legend += 28 + c.textWidth(name) + 24
}

// png returns the chart as a PNG file.
func (c *canvas) png() ([]byte, error) { return c.painter.Bytes() }
