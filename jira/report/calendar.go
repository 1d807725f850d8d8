package report

import "time"

// Calendar holds the working days of a team, in a time zone. Jira has no public
// API for them, so the caller provides them.
type Calendar struct {
	Days     [7]bool         // working days, indexed by time.Weekday
	Holidays map[string]bool // days off, by date, like 2026-01-31
	Zone     *time.Location
}

// WorkWeek returns a calendar with the working days Monday to Friday and without
// holidays.
func WorkWeek(zone *time.Location) Calendar {
	return Calendar{Days: [7]bool{false, true, true, true, true, true, false}, Zone: zone}
}

// Working reports whether the day of a moment is a working day.
func (c Calendar) Working(t time.Time) bool {
	t = t.In(c.Zone)
	return c.Days[t.Weekday()] && !c.Holidays[t.Format(time.DateOnly)]
}

// maxSpan is the greatest number of days that a calculation visits (54 years), so
// that absurd dates cannot make it run for long.
const maxSpan = 20000

// Between returns the number of working days between two moments, with fractions.
// A day runs from midnight to midnight, and a part of it counts in proportion to
// its real length of 23, 24 or 25 hours: from Friday noon to Monday noon is 1.
// It returns 0 if to is before from.
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

// midnight returns the start of the day of a moment.
func (c Calendar) midnight(t time.Time) time.Time { return c.dayAfter(t, 0) }

// Midnight returns the start of the day that lies the given number of days
// after the day of t. In zones where clocks are put forward at midnight
// (Santiago, Havana) one day a year has no midnight and starts an hour later;
// time.Date would return a moment of the day before.
func (c Calendar) Midnight(t time.Time, days int) time.Time { return c.dayAfter(t, days) }

// dayAfter implements [Calendar.DayStart]. It normalises the date in UTC, which
// has no gaps, then looks for the first existing moment of that date in steps
// of a quarter of an hour.
func (c Calendar) dayAfter(t time.Time, days int) time.Time {
	y, m, d := t.In(c.Zone).Date()
	y, m, d = time.Date(y, m, d+days, 12, 0, 0, 0, time.UTC).Date() // brings d into the range of its month
	start := time.Date(y, m, d, 0, 0, 0, 0, c.Zone)
	for range 12 { // no gap is longer than three hours
		if start.Day() == d {
			break
		}
		start = start.Add(15 * time.Minute)
	}
	return start
}

// Before returns the moment on the working day that lies the given number of
// working days before t, at the same time of day.
func (c Calendar) Before(t time.Time, days int) time.Time {
	for n := 0; days > 0 && n < maxSpan; n++ {
		t = t.AddDate(0, 0, -1)
		if c.Working(t) {
			days--
		}
	}
	return t
}
