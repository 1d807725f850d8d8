package report

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Forecast states by when a number of issues are likely done.
type Forecast struct {
	Open         int    `json:"open"`          // issues to be done
	Weeks        int    `json:"weeks_sampled"` // number of past weeks that were sampled
	P50          string `json:"p50,omitempty"` // date by which 50 % of the simulations finish; "" if it is over ten years away
	P85          string `json:"p85,omitempty"`
	P95          string `json:"p95,omitempty"`
	NoThroughput bool   `json:"never,omitempty"` // no issue was done in the sampled weeks, so there are no dates
}

// The size of the simulation.
const (
	simulations       = 10000 // number of runs
	maxSimulatedWeeks = 520   // ten years: a longer run counts as endless
)

// NewForecast forecasts when open issues will be done, by a Monte Carlo
// simulation. weeks holds the number of issues that were done in each of some
// past weeks, and from is the moment at which the simulation starts. The
// generator is seeded, so the same arguments give the same forecast.
//
// Each of the 10,000 runs draws random past weeks, with replacement, until it
// has drawn as many completed issues as are open. Within the last week,
// completions are assumed to be spread evenly: with 5 issues left and a week of
// 10, the run takes half of that week. The runs, sorted by length, give the
// percentiles.
func NewForecast(open int, weeks []int, from time.Time, seed uint64) Forecast {
	f := Forecast{Open: open, Weeks: len(weeks)}
	total := 0
	for _, w := range weeks {
		total += w
	}
	if f.NoThroughput = total == 0; f.NoThroughput || open == 0 {
		return f
	}
	rng := rand.New(rand.NewPCG(seed, uint64(open))) //nolint:gosec // the numbers drive a simulation and protect no secret
	took := make([]float64, simulations)
	for n := range took {
		left, days := float64(open), 0.0
		for k := 0; left > 0 && k < maxSimulatedWeeks; k++ {
			done := float64(weeks[rng.IntN(len(weeks))])
			if done >= left { // finishes during this week
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
