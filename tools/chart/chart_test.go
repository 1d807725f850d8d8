package chart_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/tools/chart"
)

// Two colours of the charts, and the start of their time axis.
var (
	blue = color.RGBA{0, 114, 178, 255}
	sky  = color.RGBA{86, 180, 233, 255}
	from = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

// decodePicture decodes a chart and checks its size and its white background.
func decodePicture(t *testing.T, data []byte, err error) image.Image {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != chart.Width || b.Dy() != chart.Height || !sameColour(img.At(1, 1), color.RGBA{255, 255, 255, 255}) {
		t.Errorf("%v, background %v", b, img.At(1, 1))
	}
	return img
}

// sameColour reports whether two colours are the same in 8-bit RGB.
func sameColour(a, b color.Color) bool {
	r, g, bl, _ := a.RGBA()
	r2, g2, bl2, _ := b.RGBA()
	return r>>8 == r2>>8 && g>>8 == g2>>8 && bl>>8 == bl2>>8
}

// barHeights returns the heights of the bars of a colour in pixels, from the
// left. It skips the legend, which is above the frame.
func barHeights(img image.Image, of color.Color) []int {
	var out []int
	in := false
	for x := range chart.Width {
		height := 0
		for y := 90; y < chart.Height; y++ {
			if sameColour(img.At(x, y), of) {
				height++
			}
		}
		if height > 2 && !in {
			out = append(out, 0)
		}
		if in = height > 2; in {
			out[len(out)-1] = max(out[len(out)-1], height)
		}
	}
	return out
}

// TestBarsAreAsHighAsTheirNumbers checks that the heights of the bars in the
// picture are in proportion to the values.
func TestBarsAreAsHighAsTheirNumbers(t *testing.T) {
	data, err := chart.Velocity(chart.VelocityData{Title: "V", Unit: "Points", Sprints: []chart.SprintBars{{Name: "A", Committed: 10, Completed: 20}, {Name: "B", Committed: 40, Completed: 30}}, Mean: 55})
	img := decodePicture(t, data, err)
	for _, c := range []struct {
		of   color.Color
		want []float64
	}{{sky, []float64{10, 40}}, {blue, []float64{20, 30}}} {
		got := barHeights(img, c.of)
		if len(got) != 2 || math.Abs(float64(got[0])/float64(got[1])-c.want[0]/c.want[1]) > 0.03 {
			t.Errorf("%v, want them like %v", got, c.want)
		}
	}
}

// TestBurndownEndsWhereItStands checks that the last step is half as high as
// the first.
func TestBurndownEndsWhereItStands(t *testing.T) {
	data, err := chart.Burndown(chart.BurndownData{Title: "B", Unit: "Points", From: from, To: from.AddDate(0, 0, 10), Now: from.AddDate(0, 0, 5),
		Steps: []chart.BurndownStep{{At: from, Remaining: 40, Scope: 40}, {At: from.AddDate(0, 0, 3), Remaining: 20, Scope: 40}, {At: from.AddDate(0, 0, 5), Remaining: 20, Scope: 40}}})
	img := decodePicture(t, data, err)
	rows := map[int]int{}
	for y := 90; y < chart.Height; y++ {
		for x := range chart.Width {
			if sameColour(img.At(x, y), blue) {
				rows[y]++
			}
		}
	}
	var level []int // rows with a horizontal part of the line
	for y := 90; y < chart.Height; y++ {
		if rows[y] > 60 && (len(level) == 0 || y-level[len(level)-1] > 5) {
			level = append(level, y)
		}
	}
	const bottom = chart.Height - 44
	if len(level) != 2 || math.Abs(float64(bottom-level[0])/float64(bottom-level[1])-2) > 0.05 {
		t.Errorf("levels at %v", level)
	}
}

// TestEmptyAndLargeCharts checks that charts without data, and with more data
// than fits, are drawn without an error.
func TestEmptyAndLargeCharts(t *testing.T) {
	long := strings.Repeat("A very long name 漢字 ", 20)
	people := make([]chart.PersonBar, 40)
	for n := range people {
		people[n] = chart.PersonBar{Name: long, InProgress: 1e6, ToDo: 0.5}
	}
	for _, draw := range []func() ([]byte, error){
		func() ([]byte, error) { return chart.Burndown(chart.BurndownData{}) },
		func() ([]byte, error) { return chart.Burndown(chart.BurndownData{Title: long, From: from, To: from}) },
		func() ([]byte, error) { return chart.Velocity(chart.VelocityData{}) },
		func() ([]byte, error) {
			return chart.Velocity(chart.VelocityData{Sprints: make([]chart.SprintBars, 60), Mean: 1e9})
		},
		func() ([]byte, error) { return chart.CumulativeFlow(chart.FlowData{}) },
		func() ([]byte, error) {
			return chart.CumulativeFlow(chart.FlowData{Days: []chart.FlowDay{{At: from, ToDo: 3}}})
		},
		func() ([]byte, error) { return chart.CycleTimes(chart.ScatterData{}) },
		func() ([]byte, error) {
			return chart.CycleTimes(chart.ScatterData{From: from, To: from.AddDate(90, 0, 0), Dots: []chart.CompletedIssue{{At: from, Days: 1e7}}})
		},
		func() ([]byte, error) { return chart.Workload(chart.WorkloadData{}) },
		func() ([]byte, error) { return chart.Workload(chart.WorkloadData{Title: long, People: people}) },
	} {
		data, err := draw()
		decodePicture(t, data, err)
	}
}
