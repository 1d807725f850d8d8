package report

import "time"

// Calendar is when a team works. Jira has no public API for it.
type Calendar struct {
	Days     [7]bool         // by time.Weekday
	Holidays map[string]bool // 2026-01-31
	Zone     *time.Location
}

// WorkWeek is Monday to Friday without holidays.
func WorkWeek(zone *time.Location) Calendar {
	return Calendar{Days: [7]bool{false, true, true, true, true, true, false}, Zone: zone}
}

// Working reports a day that is worked on.
func (c Calendar) Working(t time.Time) bool {
	t = t.In(c.Zone)
	return c.Days[t.Weekday()] && !c.Holidays[t.Format(time.DateOnly)]
}

// maxSpan bounds how many days are counted.
const maxSpan = 20000

// Between is the number of working days between two moments, parts of a day
// included: a day is from midnight to midnight.
func (c Calendar) Between(from, to time.Time) float64 {
	total := 0.0
	for n := 0; from.Before(to) && n < maxSpan; n++ {
		next := c.dayAfter(from, 1)
		until := next
		if to.Before(next) {
			until = to
		}
		if c.Working(from) {
			total += until.Sub(from).Hours() / next.Sub(c.midnight(from)).Hours()
		}
		from = next
	}
	return total
}

// midnight is when the day of a moment began.
func (c Calendar) midnight(t time.Time) time.Time { return c.dayAfter(t, 0) }

// Midnight is when the day began that is so many days after that of a moment. Where
// clocks are put forward at midnight (Santiago, Havana) a day has none, and begins
// an hour later; time.Date would give the day before.
func (c Calendar) Midnight(t time.Time, days int) time.Time { return c.dayAfter(t, days) }

func (c Calendar) dayAfter(t time.Time, days int) time.Time {
	y, m, d := t.In(c.Zone).Date()
	y, m, d = time.Date(y, m, d+days, 12, 0, 0, 0, time.UTC).Date() // in the bounds of its month
	start := time.Date(y, m, d, 0, 0, 0, 0, c.Zone)
	for range 12 { // no gap is longer than three hours
		if start.Day() == d {
			break
		}
		start = start.Add(15 * time.Minute)
	}
	return start
}

// Before is the working moment that many working days before a moment.
func (c Calendar) Before(t time.Time, days int) time.Time {
	for n := 0; days > 0 && n < maxSpan; n++ {
		t = t.AddDate(0, 0, -1)
		if c.Working(t) {
			days--
		}
	}
	return t
}
