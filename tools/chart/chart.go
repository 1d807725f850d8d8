// Package chart draws reports: numbers in, PNG out. Pictures are 800 by 450 pixels
// on white, to be read at that size; axes have labels and units, and what is drawn
// differs in shape or place as well as in colour. The colours are those of Okabe
// and Ito, which people tell apart however they see colours.
//
// No font is read before the first picture.
package chart

import (
	"math"
	"strconv"
	"time"

	"github.com/go-analyze/charts"
)

// The size of a picture, in pixels.
const (
	Width  = 800
	Height = 450
)

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

const (
	titleSize = 15
	textSize  = 12
)

// canvas is a picture with a frame in which values have places.
type canvas struct {
	p                        *charts.Painter
	left, top, right, bottom int // the frame
	max                      float64
	from, to                 time.Time
	legend                   int // where its next entry begins
}

func newCanvas(title, unit string) *canvas {
	c := &canvas{p: charts.NewPainter(charts.PainterOptions{OutputFormat: "png", Width: Width, Height: Height}), left: 64, top: 96, right: Width - 24, bottom: Height - 44, legend: 64}
	c.p.FilledRect(0, 0, Width, Height, white, white, 0)
	c.text(title, 24, 28, titleSize, ink)
	c.text(unit, 24, 78, textSize, ink)
	return c
}

func (c *canvas) text(s string, x, y int, size float64, colour charts.Color) {
	c.p.Text(s, x, y, 0, charts.FontStyle{FontSize: size, FontColor: colour})
}

// width of a text in pixels.
func (c *canvas) width(s string) int {
	return c.p.MeasureText(s, 0, charts.FontStyle{FontSize: textSize, FontColor: ink}).Width()
}

// centred and ended place a text by its middle and by its end.
func (c *canvas) centred(s string, x, y int, colour charts.Color) {
	c.text(s, x-c.width(s)/2, y, textSize, colour)
}

// onWhite is a text that covers what is behind it.
func (c *canvas) onWhite(s string, x, y int) {
	c.p.FilledRect(x-2, y-11, x+c.width(s)+2, y+2, white, white, 0)
	c.text(s, x, y, textSize, ink)
}

func (c *canvas) ended(s string, x, y int, colour charts.Color) {
	c.text(s, x-c.width(s), y, textSize, colour)
}

// fit shortens a text to a width.
func (c *canvas) fit(s string, most int) string {
	r := []rune(s)
	for len(r) > 1 && c.width(string(r)) > most {
		r = r[:len(r)-1]
		if r[len(r)-1] != '…' {
			r = append(r[:len(r)-1], '…')
			if c.width(string(r)) > most {
				r = r[:len(r)-1]
			}
		}
	}
	return string(r)
}

// values gives the vertical axis a round scale that has room for a maximum.
func (c *canvas) values(most float64) {
	step := niceStep(most / 5)
	c.max = math.Max(step, math.Ceil(most/step)*step)
	for v := 0.0; v <= c.max+step/2; v += step {
		y := c.y(v)
		c.line(faint, 1, point(c.left, y), point(c.right, y))
		c.ended(number(v), c.left-8, y+4, ink)
	}
	c.line(grey, 1, point(c.left, c.bottom), point(c.right, c.bottom))
}

// niceStep is the next of 1, 2 and 5 times a power of ten; at least one.
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

func number(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

func (c *canvas) y(v float64) int {
	return c.bottom - int(math.Round(v/c.max*float64(c.bottom-c.top)))
}

// times gives the horizontal axis days, as many of them as have room.
func (c *canvas) times(from, to time.Time) {
	c.from, c.to = from, to
	days := to.Sub(from).Hours() / 24
	layout := "2 Jan"
	if days > 370 {
		layout = "Jan 06"
	}
	room := float64(c.right-c.left) / float64(c.width("28 Mar")+14) // for so many labels
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
			c.line(grey, 1, point(c.x(day), c.bottom), point(c.x(day), c.bottom+4))
			c.centred(day.Format(layout), c.x(day), c.bottom+20, ink)
		}
	}
}

func (c *canvas) x(t time.Time) int {
	all := c.to.Sub(c.from).Seconds()
	if all <= 0 {
		return c.left
	}
	return c.left + int(math.Round(t.Sub(c.from).Seconds()/all*float64(c.right-c.left)))
}

func point(x, y int) charts.Point { return charts.Point{X: x, Y: y} }

func (c *canvas) line(colour charts.Color, width float64, points ...charts.Point) {
	if len(points) > 1 {
		c.p.LineStroke(points, colour, width)
	}
}

func (c *canvas) dashed(colour charts.Color, width float64, points ...charts.Point) {
	if len(points) > 1 {
		c.p.DashedLineStroke(points, colour, width, []float64{6, 4})
	}
}

// mark is how a series shows in the legend.
type mark int

const (
	solidMark mark = iota
	dashedMark
	boxMark
	dotMark
)

// entry adds a series to the legend.
func (c *canvas) entry(name string, m mark, colour charts.Color) {
	const y = 48
	switch m {
	case solidMark:
		c.line(colour, 3, point(c.legend, y), point(c.legend+22, y))
	case dashedMark:
		c.dashed(colour, 2, point(c.legend, y), point(c.legend+22, y))
	case boxMark:
		c.p.FilledRect(c.legend, y-6, c.legend+22, y+6, colour, colour, 0)
	case dotMark:
		c.p.Circle(4, c.legend+11, y, colour, colour, 1)
	}
	c.text(name, c.legend+28, y+4, textSize, ink)
	c.legend += 28 + c.width(name) + 24
}

func (c *canvas) png() ([]byte, error) { return c.p.Bytes() }
