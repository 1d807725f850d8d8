package report

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Forecast says by when so many issues are likely done.
type Forecast struct {
	Open  int    `json:"open"`
	Weeks int    `json:"weeks_sampled"`
	P50   string `json:"p50,omitempty"` // 50 % likely by then; none where that is over ten years off
	P85   string `json:"p85,omitempty"`
	P95   string `json:"p95,omitempty"`
	Never bool   `json:"never,omitempty"` // nothing was done in those weeks
}

const (
	futures  = 10000
	maxWeeks = 520 // of a future
)

// Predict draws futures for open issues from how many were done in each of some
// past weeks. The same question gets the same answer: it is seeded.
func Predict(open int, weeks []int, from time.Time, seed uint64) Forecast {
	f := Forecast{Open: open, Weeks: len(weeks)}
	total := 0
	for _, w := range weeks {
		total += w
	}
	if f.Never = total == 0; f.Never || open == 0 {
		return f
	}
	rng := rand.New(rand.NewPCG(seed, uint64(open))) //nolint:gosec // it draws futures, and keeps no secret
	took := make([]float64, futures)
	for n := range took {
		left, days := float64(open), 0.0
		for k := 0; left > 0 && k < maxWeeks; k++ {
			done := float64(weeks[rng.IntN(len(weeks))])
			if done >= left { // somewhere in this week, as it is spread evenly
				days += 7 * left / done
				left = 0
				continue
			}
			left, days = left-done, days+7
		}
		if took[n] = days; left > 0 {
			took[n] = math.Inf(1)
		}
	}
	slices.Sort(took)
	by := func(p float64) string {
		if math.IsInf(Percentile(took, p), 1) {
			return ""
		}
		return from.Add(time.Duration(Percentile(took, p) * 24 * float64(time.Hour))).Format(time.DateOnly)
	}
	f.P50, f.P85, f.P95 = by(50), by(85), by(95)
	return f
}
