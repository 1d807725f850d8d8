package report

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// FlowQuestion is what a flow report is made from.
type FlowQuestion struct {
	From, To time.Time // the period; To is now at the latest
	Done     func(string) bool
	// Category is that of a status, by id: new, indeterminate or done; "" of one
	// that is not known.
	Category func(string) string
	Name     func(string) string
	Calendar Calendar
}

// Flow gathers how work flows, issue by issue: it can be fed from a stream, and
// keeps a few numbers of each.
type Flow struct {
	q           FlowQuestion
	finished    []Finish
	inStatus    map[string]time.Duration
	Created     int // in the period
	Resolved    int
	Open        int // not done at the end, and not given up
	GivenUp     int // in a status of the category Done that is not done
	WIP         []Age
	Issues      int
	First       time.Time // when the first of the issues was filed
	createdDays map[string]int
	doneDays    map[string]int
	bands       [3]map[string]int // to do, in progress, done: what came and went, by day
}

// Finish is an issue that was done in the period.
type Finish struct {
	Key, Type   string
	At          time.Time
	Cycle, Lead float64 // days; Cycle is negative where it was never in progress
}

// Age is an issue in progress, and for how many days.
type Age struct {
	Key, Summary, Status, Assignee string
	Days                           float64
}

// NewFlow makes an empty report.
func NewFlow(q FlowQuestion) *Flow {
	return &Flow{q: q, inStatus: map[string]time.Duration{}, createdDays: map[string]int{}, doneDays: map[string]int{}, bands: [3]map[string]int{{}, {}, {}}}
}

// Add takes an issue into the report. Epics are no work of their own.
func (f *Flow) Add(i *Issue) {
	if i.Epic || i.Created.After(f.q.To) {
		return
	}
	f.Issues++
	if f.First.IsZero() || i.Created.Before(f.First) {
		f.First = i.Created
	}
	if !i.Created.Before(f.q.From) {
		f.Created++
		f.createdDays[f.day(i.Created)]++
	}
	started, finished := f.life(i)
	at := i.StatusAt(f.q.To)
	switch {
	case !finished.IsZero():
		if finished.Before(f.q.From) {
			return
		}
		f.Resolved++
		f.doneDays[f.day(finished)]++
		done := Finish{Key: i.Key, Type: i.Type, At: finished, Cycle: -1, Lead: days(finished.Sub(i.Created))}
		if !started.IsZero() {
			done.Cycle = days(finished.Sub(started))
		}
		f.finished = append(f.finished, done)
		f.times(i, finished)
	case f.q.Category(at) == "done":
		f.GivenUp++
	default:
		f.Open++
		if !started.IsZero() && f.q.Category(at) == "indeterminate" {
			f.WIP = append(f.WIP, Age{i.Key, i.Summary, f.q.Name(at), i.Assignee, days(f.q.To.Sub(started))})
		}
	}
	f.lay(i)
}

const (
	bandToDo = iota
	bandDoing
	bandDone
	noBand // given up
)

func (f *Flow) band(status string) int {
	switch category := f.q.Category(status); {
	case f.q.Done(status):
		return bandDone
	case category == "done":
		return noBand
	case category == "indeterminate":
		return bandDoing
	}
	return bandToDo
}

// lay adds an issue to the bands of the days between which it does not change.
func (f *Flow) lay(i *Issue) {
	at := f.q.From
	if i.Created.After(at) {
		at = i.Created
	}
	step := func(at time.Time, band, by int) {
		if band != noBand {
			f.bands[band][f.day(at)] += by
		}
	}
	now := f.band(i.StatusAt(at))
	step(at, now, 1)
	for _, c := range i.Changes {
		if c.Field != Status || !c.At.After(at) || c.At.After(f.q.To) {
			continue
		}
		if next := f.band(c.To); next != now {
			step(c.At, now, -1)
			step(c.At, next, 1)
			now = next
		}
	}
}

func (f *Flow) day(t time.Time) string { return t.In(f.q.Calendar.Zone).Format(time.DateOnly) }

func days(d time.Duration) float64 { return d.Hours() / 24 }

// life is when work on an issue began, and when it was done for good, both until
// the end of the period; zero where they were not.
func (f *Flow) life(i *Issue) (started, finished time.Time) {
	status := i.StatusAt(i.Created)
	if f.q.Done(status) {
		finished = i.Created
	} else if f.begun(status) {
		started = i.Created
	}
	for _, c := range i.Changes {
		if c.Field != Status || c.At.After(f.q.To) {
			continue
		}
		switch {
		case f.q.Done(c.To):
			if finished.IsZero() {
				finished = c.At
			}
		default:
			finished = time.Time{}
			if started.IsZero() && f.begun(c.To) {
				started = c.At
			}
		}
	}
	return started, finished
}

// begun reports a status that is not of the category To Do.
func (f *Flow) begun(status string) bool {
	category := f.q.Category(status)
	return category == "indeterminate" || category == "done"
}

// times adds up how long an issue was in each status until it was done.
func (f *Flow) times(i *Issue, until time.Time) {
	from, status := i.Created, i.StatusAt(i.Created)
	for _, c := range i.Changes {
		if c.Field != Status || c.At.After(until) {
			continue
		}
		if !f.q.Done(status) {
			f.inStatus[f.q.Name(status)] += c.At.Sub(from)
		}
		from, status = c.At, c.To
	}
}

// Spread is a distribution, in days.
type Spread struct {
	Count  int     `json:"count"`
	Median float64 `json:"median"`
	P85    float64 `json:"p85"`
	P95    float64 `json:"p95"`
}

// spread sorts values and takes their percentiles by the nearest rank.
func spread(values []float64) Spread {
	slices.Sort(values)
	return Spread{len(values), Percentile(values, 50), Percentile(values, 85), Percentile(values, 95)}
}

// Percentile is that of sorted values, by the nearest rank: the smallest that so
// many of a hundred do not exceed. It is 0 of none.
func Percentile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	n := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(n, 1), len(sorted))-1]
}

// Cycle is the distribution of cycle times of a type; of all with "".
func (f *Flow) Cycle(kind string) Spread {
	return f.of(kind, func(d Finish) float64 { return d.Cycle })
}

// Lead is that of lead times.
func (f *Flow) Lead(kind string) Spread {
	return f.of(kind, func(d Finish) float64 { return d.Lead })
}

func (f *Flow) of(kind string, value func(Finish) float64) Spread {
	var values []float64
	for _, d := range f.finished {
		if v := value(d); v >= 0 && (kind == "" || d.Type == kind) {
			values = append(values, v)
		}
	}
	return spread(values)
}

// Types are those of the issues that were done, most first.
func (f *Flow) Types() []string {
	count := map[string]int{}
	for _, d := range f.finished {
		count[d.Type]++
	}
	var out []string
	for t := range count {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b string) int {
		if c := cmp.Compare(count[b], count[a]); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	return out
}

// Finished returns the issues that were completed in the period, oldest first;
// those completed at the same moment by key, since issues may be added in any
// order.
func (f *Flow) Finished() []Finish {
	slices.SortFunc(f.finished, func(a, b Finish) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Key, b.Key)) })
	return f.finished
}

// InStatus is the mean time that the issues that were done spent in a status, most
// first.
type InStatus struct {
	Status string  `json:"status"`
	Days   float64 `json:"days"`
}

// TimeInStatus is over the issues that were done in the period.
func (f *Flow) TimeInStatus() []InStatus {
	var out []InStatus
	for name, d := range f.inStatus {
		out = append(out, InStatus{name, days(d) / float64(max(len(f.finished), 1))})
	}
	slices.SortFunc(out, func(a, b InStatus) int {
		if c := cmp.Compare(b.Days, a.Days); c != 0 {
			return c
		}
		return cmp.Compare(a.Status, b.Status)
	})
	return out
}

// Week is what came and went in a week, which begins on a Monday.
type Week struct {
	Monday   string `json:"monday"`
	Created  int    `json:"created"`
	Resolved int    `json:"resolved"`
	Whole    bool   `json:"whole"` // the period has all of it, and there were issues
}

// What is told of a long period is its end.
const (
	maxWeeksShown = 520
	maxDaysShown  = 4000
)

// Weeks are those of the period, the last ten years of it.
func (f *Flow) Weeks() []Week {
	c := f.q.Calendar
	first := f.q.From
	if latest := c.dayAfter(f.q.To, -7*maxWeeksShown); first.Before(latest) {
		first = latest
	}
	monday := c.midnight(first)
	for monday.Weekday() != time.Monday {
		monday = c.dayAfter(monday, -1)
	}
	var out []Week
	for ; monday.Before(f.q.To); monday = c.dayAfter(monday, 7) {
		next := c.dayAfter(monday, 7)
		w := Week{Monday: monday.Format(time.DateOnly), Whole: !monday.Before(f.q.From) && !next.After(f.q.To) && f.First.Before(next)}
		for n := range 7 {
			day := c.dayAfter(monday, n).Format(time.DateOnly)
			w.Created += f.createdDays[day]
			w.Resolved += f.doneDays[day]
		}
		out = append(out, w)
	}
	return out
}

// Standings are how many issues were in each part of their way at the end of each
// day: a cumulative flow. What was done before the period is not in it.
func (f *Flow) Standings() []Cumulative {
	var out []Cumulative
	var now [3]int
	c := f.q.Calendar
	latest := c.dayAfter(f.q.To, -maxDaysShown)
	for day := c.midnight(f.q.From); day.Before(f.q.To); day = c.dayAfter(day, 1) {
		key := day.Format(time.DateOnly)
		for n := range now {
			now[n] += f.bands[n][key]
		}
		if day.Before(latest) {
			continue
		}
		out = append(out, Cumulative{key, now[bandToDo], now[bandDoing], now[bandDone]})
	}
	return out
}

// Cumulative is a day of a cumulative flow.
type Cumulative struct {
	Date  string `json:"date"`
	ToDo  int    `json:"to_do"`
	Doing int    `json:"in_progress"`
	Done  int    `json:"done"`
}
