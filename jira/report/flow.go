package report

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// FlowInput holds everything but the issues that a flow report is computed
// from. Statuses are identified by id.
type FlowInput struct {
	From, To time.Time         // the period; To is not in the future
	IsDone   func(string) bool // reports whether a status counts as done
	// Category returns the category of a status: new, indeterminate or done, or ""
	// for an unknown status.
	Category   func(string) string
	StatusName func(string) string // returns the display name of a status
	Calendar   Calendar
}

// Flow is a report of how work flows through its statuses. Issues are added one
// by one, so they can come from a stream: the report keeps only a few numbers of
// each.
type Flow struct {
	q            FlowInput
	finished     []FinishedIssue
	inStatus     map[string]time.Duration
	Created      int               // issues created in the period
	Resolved     int               // issues done in the period and still done at its end
	Open         int               // not done at the end of the period, and not given up
	GivenUp      int               // at the end in a status of the category Done that does not count as done
	WIP          []AgingIssue      // issues in progress at the end of the period
	Issues       int               // all added issues, without epics
	FirstCreated time.Time         // creation of the oldest issue
	createdDays  map[string]int    // number of issues created, by date
	doneDays     map[string]int    // number of issues done, by date
	bands        [3]map[string]int // net change of each band (to do, in progress, done), by date
}

// FinishedIssue is an issue that was done in the period.
type FinishedIssue struct {
	Key, Type   string
	At          time.Time
	Cycle, Lead float64 // in days; the cycle time is negative for an issue that was never in progress
}

// AgingIssue is an issue in progress, with the days since its work started.
type AgingIssue struct {
	Key, Summary, Status, Assignee string
	Days                           float64
}

// NewFlow returns an empty report for a period. Add fills it.
func NewFlow(q FlowInput) *Flow {
	return &Flow{q: q, inStatus: map[string]time.Duration{}, createdDays: map[string]int{}, doneDays: map[string]int{}, bands: [3]map[string]int{{}, {}, {}}}
}

// Add adds an issue to the report. It ignores epics, which are not work of their
// own, and issues created after the period. An issue that was done before the
// period counts in Issues and FirstCreated only.
func (f *Flow) Add(i *Issue) {
	if i.Epic || i.Created.After(f.q.To) {
		return
	}
	f.Issues++
	if f.FirstCreated.IsZero() || i.Created.Before(f.FirstCreated) {
		f.FirstCreated = i.Created
	}
	if !i.Created.Before(f.q.From) {
		f.Created++
		f.createdDays[f.day(i.Created)]++
	}
	started, finished := f.lifespan(i)
	at := i.StatusAt(f.q.To)
	switch {
	case !finished.IsZero():
		if finished.Before(f.q.From) {
			return
		}
		f.Resolved++
		f.doneDays[f.day(finished)]++
		done := FinishedIssue{Key: i.Key, Type: i.Type, At: finished, Cycle: -1, Lead: inDays(finished.Sub(i.Created))}
		if !started.IsZero() {
			done.Cycle = inDays(finished.Sub(started))
		}
		f.finished = append(f.finished, done)
		f.addStatusTimes(i, finished)
	case f.q.Category(at) == "done":
		f.GivenUp++
	default:
		f.Open++
		if !started.IsZero() && f.q.Category(at) == "indeterminate" {
			f.WIP = append(f.WIP, AgingIssue{i.Key, i.Summary, f.q.StatusName(at), i.Assignee, inDays(f.q.To.Sub(started))})
		}
	}
	f.addToBands(i)
}

// The bands of a cumulative flow, as indexes into Flow.bands.
const (
	bandToDo = iota
	bandInProgress
	bandDone
	bandExcluded // given up: in no band
)

// bandOf returns the band of a status. The caller's definition of done comes
// first; any other status of the category Done means that the issue was given
// up.
func (f *Flow) bandOf(status string) int {
	switch category := f.q.Category(status); {
	case f.q.IsDone(status):
		return bandDone
	case category == "done":
		return bandExcluded
	case category == "indeterminate":
		return bandInProgress
	}
	return bandToDo
}

// addToBands adds the issue's status intervals to the cumulative flow. It stores
// differences instead of totals: on the day when the issue enters a band, the
// band gets +1, and on the day when it leaves, −1. The running sum over the
// days is then the size of the band, whatever the order in which issues are
// added. An issue that exists at the start of the period enters its band on the
// first day.
//
// Example: created on 2 March and done on 5 March gives to do +1 on the 2nd, to
// do −1 and done +1 on the 5th.
func (f *Flow) addToBands(i *Issue) {
	at := f.q.From
	if i.Created.After(at) {
		at = i.Created
	}
	step := func(at time.Time, band, by int) {
		if band != bandExcluded {
			f.bands[band][f.day(at)] += by
		}
	}
	now := f.bandOf(i.StatusAt(at))
	step(at, now, 1)
	for _, c := range i.Changes {
		if c.Field != Status || !c.At.After(at) || c.At.After(f.q.To) {
			continue
		}
		if next := f.bandOf(c.To); next != now {
			step(c.At, now, -1)
			step(c.At, next, 1)
			now = next
		}
	}
}

// day returns the date of a moment in the calendar's time zone, like 2026-01-31.
func (f *Flow) day(t time.Time) string { return t.In(f.q.Calendar.Zone).Format(time.DateOnly) }

// inDays returns a duration in days of 24 hours.
func inDays(d time.Duration) float64 { return d.Hours() / 24 }

// lifespan returns when work on an issue started and when it was done for good,
// both within the period's end. A time is zero if that did not happen.
//
// Started is the first moment in a status outside the category To Do, even if
// the issue went back afterwards. Finished is the last time at which the issue
// became done: leaving the done statuses resets it, and moving between two done
// statuses does not change it. An issue that went straight from To Do to done
// has no start.
func (f *Flow) lifespan(i *Issue) (started, finished time.Time) {
	status := i.StatusAt(i.Created)
	if f.q.IsDone(status) {
		finished = i.Created
	} else if f.isStarted(status) {
		started = i.Created
	}
	for _, c := range i.Changes {
		if c.Field != Status || c.At.After(f.q.To) {
			continue
		}
		switch {
		case f.q.IsDone(c.To):
			if finished.IsZero() {
				finished = c.At
			}
		default:
			finished = time.Time{}
			if started.IsZero() && f.isStarted(c.To) {
				started = c.At
			}
		}
	}
	return started, finished
}

// isStarted reports whether work has started on an issue in this status: the
// status is known and not of the category To Do.
func (f *Flow) isStarted(status string) bool {
	category := f.q.Category(status)
	return category == "indeterminate" || category == "done"
}

// addStatusTimes adds the time that an issue spent in each status until it was
// done. Time in done statuses does not count, which matters for re-opened
// issues.
func (f *Flow) addStatusTimes(i *Issue, until time.Time) {
	from, status := i.Created, i.StatusAt(i.Created)
	for _, c := range i.Changes {
		if c.Field != Status || c.At.After(until) {
			continue
		}
		if !f.q.IsDone(status) {
			f.inStatus[f.q.StatusName(status)] += c.At.Sub(from)
		}
		from, status = c.At, c.To
	}
}

// Distribution summarises a set of durations, in days.
type Distribution struct {
	Count  int     `json:"count"`
	Median float64 `json:"median"`
	P85    float64 `json:"p85"`
	P95    float64 `json:"p95"`
}

// newDistribution sorts values in place and returns their percentiles by
// nearest rank.
func newDistribution(values []float64) Distribution {
	slices.Sort(values)
	return Distribution{len(values), Percentile(values, 50), Percentile(values, 85), Percentile(values, 95)}
}

// Percentile returns the p-th percentile of sorted values by nearest rank: the
// smallest value that at least p per cent of the values do not exceed. For
// [1 2 3 4] the 50th percentile is 2 and the 85th is 4. Without values it is 0.
func Percentile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	n := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(n, 1), len(sorted))-1]
}

// CycleTimes returns the distribution of cycle times of the issues of a type,
// or of all types for "". Issues that were never in progress are left out.
func (f *Flow) CycleTimes(kind string) Distribution {
	return f.distribution(kind, func(d FinishedIssue) float64 { return d.Cycle })
}

// LeadTimes returns the distribution of lead times of the issues of a type, or
// of all types for "".
func (f *Flow) LeadTimes(kind string) Distribution {
	return f.distribution(kind, func(d FinishedIssue) float64 { return d.Lead })
}

// distribution returns the distribution of a value over the finished issues of
// a type. Negative values are left out.
func (f *Flow) distribution(kind string, value func(FinishedIssue) float64) Distribution {
	var values []float64
	for _, d := range f.finished {
		if v := value(d); v >= 0 && (kind == "" || d.Type == kind) {
			values = append(values, v)
		}
	}
	return newDistribution(values)
}

// Types returns the types of the issues that were done in the period, the most
// frequent first.
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

// Finished returns the issues that were done in the period, oldest first. Issues
// that were done at the same moment are sorted by key, so that the result does
// not depend on the order in which they were added.
func (f *Flow) Finished() []FinishedIssue {
	slices.SortFunc(f.finished, func(a, b FinishedIssue) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Key, b.Key)) })
	return f.finished
}

// StatusTime is the mean time that an issue spent in a status.
type StatusTime struct {
	Status string  `json:"status"`
	Days   float64 `json:"days"`
}

// TimeInStatus returns the mean time in each status over all issues that were
// done in the period, longest first. An issue that was never in a status counts
// as 0.
func (f *Flow) TimeInStatus() []StatusTime {
	var out []StatusTime
	for name, d := range f.inStatus {
		out = append(out, StatusTime{name, inDays(d) / float64(max(len(f.finished), 1))})
	}
	slices.SortFunc(out, func(a, b StatusTime) int {
		if c := cmp.Compare(b.Days, a.Days); c != 0 {
			return c
		}
		return cmp.Compare(a.Status, b.Status)
	})
	return out
}

// Week is the number of issues created and done in a week, which starts on a
// Monday.
type Week struct {
	Monday   string `json:"monday"`
	Created  int    `json:"created"`
	Resolved int    `json:"resolved"`
	Whole    bool   `json:"whole"` // the period contains the whole week, and issues existed by its end
}

// Limits of the series: of a longer period, a report shows the end.
const (
	maxWeeksShown = 520  // ten years
	maxDaysShown  = 4000 // about eleven years
)

// Weeks returns the weeks of the period, oldest first, but at most the last ten
// years of it. The first and the last week may be partly outside the period;
// their Whole is false then, and a forecast should not sample them.
func (f *Flow) Weeks() []Week {
	c := f.q.Calendar
	first := f.q.From
	if latest := c.dayStartAfter(f.q.To, -7*maxWeeksShown); first.Before(latest) {
		first = latest
	}
	monday := c.dayStart(first)
	for monday.Weekday() != time.Monday {
		monday = c.dayStartAfter(monday, -1)
	}
	var out []Week
	for ; monday.Before(f.q.To); monday = c.dayStartAfter(monday, 7) {
		next := c.dayStartAfter(monday, 7)
		w := Week{Monday: monday.Format(time.DateOnly), Whole: !monday.Before(f.q.From) && !next.After(f.q.To) && f.FirstCreated.Before(next)}
		for n := range 7 {
			day := c.dayStartAfter(monday, n).Format(time.DateOnly)
			w.Created += f.createdDays[day]
			w.Resolved += f.doneDays[day]
		}
		out = append(out, w)
	}
	return out
}

// CumulativeFlow returns the number of issues in each band at the end of each
// day of the period: a cumulative flow. Issues that were done before the period
// are not in it. Of a period of more than 4000 days it returns the last 4000;
// the days before still count towards the running sums.
func (f *Flow) CumulativeFlow() []CumulativeDay {
	var out []CumulativeDay
	var now [3]int
	c := f.q.Calendar
	latest := c.dayStartAfter(f.q.To, -maxDaysShown)
	for day := c.dayStart(f.q.From); day.Before(f.q.To); day = c.dayStartAfter(day, 1) {
		key := day.Format(time.DateOnly)
		for n := range now {
			now[n] += f.bands[n][key]
		}
		if day.Before(latest) {
			continue
		}
		out = append(out, CumulativeDay{key, now[bandToDo], now[bandInProgress], now[bandDone]})
	}
	return out
}

// CumulativeDay is one day of a cumulative flow: the number of issues in each
// band at its end.
type CumulativeDay struct {
	Date       string `json:"date"`
	ToDo       int    `json:"to_do"`
	InProgress int    `json:"in_progress"`
	Done       int    `json:"done"`
}
