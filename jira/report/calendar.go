package report

import (
	"time"
)

// Calendar holds the working days of a team, in a time zone. Jira has no public
// API for them, so the caller provides them.
type Calendar struct {
	Weekdays [7]bool         // working days, indexed by time.Weekday
	Holidays map[string]bool // days off, by date, like 2026-01-31
	Zone     *time.Location
}

// WorkWeek returns a calendar with the working days Monday to Friday and without
// holidays.
func WorkWeek(zone *time.Location) Calendar {
	return Calendar{Weekdays: [7]bool{false, true, true, true, true, true, false}, Zone: zone}
}

// IsWorkingDay reports whether the day of a moment is a working day.
func (c Calendar) IsWorkingDay(t time.Time) bool {
	t = t.In(c.Zone)
	return c.Weekdays[t.Weekday()] && !c.Holidays[t.Format(time.DateOnly)]
}

// maxCountedDays is the greatest number of days that a calculation visits (54
// years), so that absurd dates cannot make it run for long.
const maxCountedDays = 20000

// WorkingDays returns the number of working days between two moments, with
// fractions. A day runs from midnight to midnight, and a part of it counts in
// proportion to its real length of 23, 24 or 25 hours: from Friday noon to
// Monday noon is 1. It returns 0 if to is before from.
func (c Calendar) WorkingDays(from, to time.Time) float64 {
	total := 0.0
	for n := 0; from.Before(to) && n < maxCountedDays; n++ {
		next := c.dayStartAfter(from, 1)
		until := next
		if to.Before(next) {
			until = to
		}
		if c.IsWorkingDay(from) {
			total += until.Sub(from).Hours() / next.Sub(c.dayStart(from)).Hours()
		}
		from = next
	}
	return total
}

// dayStart returns the start of the day of a moment.
func (c Calendar) dayStart(t time.Time) time.Time { return c.dayStartAfter(t, 0) }

// DayStart returns the start of the day that lies the given number of days
// after the day of t. In zones where clocks are put forward at midnight
// (Santiago, Havana) one day a year has no midnight and starts an hour later;
// time.Date would return a moment of the day before.
func (c Calendar) DayStart(t time.Time, days int) time.Time { return c.dayStartAfter(t, days) }

// dayStartAfter implements [Calendar.DayStart]. It normalises the date in UTC,
// which has no gaps, then looks for the first existing moment of that date in
// steps of a quarter of an hour.
func (c Calendar) dayStartAfter(t time.Time, days int) time.Time {
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

// WorkingDaysBefore returns the moment on the working day that lies the given
// number of working days before t, at the same time of day.
func (c Calendar) WorkingDaysBefore(t time.Time, days int) time.Time {
	for n := 0; days > 0 && n < maxCountedDays; n++ {
		t = t.AddDate(0, 0, -1)
		if c.IsWorkingDay(t) {
			days--
		}
	}
	return t
}
