package names

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// Moment is a date or a time that a text gives.
type Moment struct {
	At    time.Time // of a date, its beginning
	IsDay bool      // the text gives no time of day
	after time.Time // of a period such as "last week", its end; else zero
}

// End returns the end of the period that a moment as its last part includes: a
// date includes its whole day.
func (m Moment) End() time.Time {
	switch {
	case !m.after.IsZero():
		return m.after
	case m.IsDay:
		return m.At.AddDate(0, 0, 1)
	}
	return m.At
}

// Direction selects among several possible moments: "Friday" is the next one as a
// due date, and the last one as the beginning of a period.
type Direction int

// The directions.
const (
	Future Direction = iota
	Past
)

// ParseMoment parses a date or time as people write it, in the zone of now:
//
//	2026-12-08, 2026-12-08T14:30, with or without a zone
//	8 December 2026, Dec 8, 8.12.2026
//	today, tomorrow, yesterday 14:00, day after tomorrow
//	Friday, next Friday at 9am, last Monday
//	2 weeks ago, in 3 days, an hour ago, -7d
//	last week (its Monday), next month (its first day), end of month
//
// "next Friday" is the first Friday after today, as in GNU date. Dates with
// slashes are accepted only if day and month cannot be confused.
func ParseMoment(text string, now time.Time, d Direction) (Moment, error) {
	for _, form := range timeLayouts {
		if at, err := time.ParseInLocation(form, strings.TrimSpace(text), now.Location()); err == nil {
			return Moment{At: at, IsDay: form == time.DateOnly}, nil
		}
	}
	words := strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(text, ",", " ")), " "))
	p := momentParser{now: now, direction: d}
	if at, ok := p.relative(words); ok {
		return at, nil
	}
	words, clock, hasClock, ok := cutClock(words)
	if !ok || words == "" && !hasClock {
		return Moment{}, momentError(text)
	}
	if first, after, ok := p.period(words); ok && !hasClock {
		return Moment{At: first, IsDay: true, after: after}, nil
	}
	day, ok := p.day(words)
	switch {
	case !ok && isSlashed(words):
		return Moment{}, fmt.Errorf("%q can be read as day/month or month/day; write 2026-01-31", text)
	case !ok:
		return Moment{}, momentError(text)
	case hasClock:
		at := time.Date(day.Year(), day.Month(), day.Day(), clock/60, clock%60, 0, 0, now.Location())
		if d == Past && at.After(now) { // "Friday 14:00" on a Friday morning
			at = p.before(words, at)
		}
		return Moment{At: at}, nil
	}
	return Moment{At: day, IsDay: true}, nil
}

// momentError returns the error of a text that is no moment, with examples.
func momentError(text string) error {
	return fmt.Errorf("%q is not a date or time like 2026-01-31, 2026-01-31T14:30, 31 January, next Friday, yesterday 14:00 or 2 weeks ago", text)
}

// momentParser parses the words of one text.
type momentParser struct {
	now       time.Time
	direction Direction
}

// amount matches "2 weeks ago", "in 3 days", "-7d" and the like.
var amount = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(in |-|\+)? ?(a|an|one|\d{1,4}) ?([a-z]+?)( ago| from now| earlier| later)?$`)
})

// amountUnits maps the spellings of a unit to months, days or minutes.
var amountUnits = map[string]struct{ months, days, minutes int }{
	"min": {minutes: 1}, "minute": {minutes: 1}, "h": {minutes: 60}, "hour": {minutes: 60}, "hr": {minutes: 60},
	"d": {days: 1}, "day": {days: 1}, "w": {days: 7}, "week": {days: 7}, "month": {months: 1}, "year": {months: 12}, "y": {months: 12},
}

// relative parses an amount of time from now on, or before now. Days and longer
// units give a date.
func (p momentParser) relative(words string) (Moment, bool) {
	if words == "now" {
		return Moment{At: p.now}, true
	}
	m := amount().FindStringSubmatch(words)
	if m == nil {
		return Moment{}, false
	}
	unit, ok := amountUnits[m[3]]
	if !ok {
		unit, ok = amountUnits[strings.TrimSuffix(m[3], "s")]
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		n = 1 // a, an, one
	}
	switch sign := m[1] + strings.TrimSpace(m[4]); sign {
	case "-", "ago", "earlier":
		n = -n
	case "in ", "+", "from now", "later":
	default:
		return Moment{}, false
	}
	if !ok {
		return Moment{}, false
	}
	if unit.minutes > 0 {
		return Moment{At: p.now.Add(time.Duration(n*unit.minutes) * time.Minute)}, true
	}
	return Moment{At: addMonths(p.today(), n*unit.months).AddDate(0, 0, n*unit.days), IsDay: true}, true
}

// before returns the moment before one that is still to come today, for words that
// do not say which day: a week earlier for the name of a weekday, a day earlier for
// a time alone. Other words name their day.
func (p momentParser) before(words string, at time.Time) time.Time {
	if words == "" {
		return at.AddDate(0, 0, -1)
	}
	if _, isWeekday := p.weekday(words); isWeekday && !strings.Contains(strings.TrimPrefix(words, "on "), " ") {
		return at.AddDate(0, 0, -7)
	}
	return at
}

// addMonths returns the same day of another month, or its last day if it is
// shorter: a month after 31 January is 28 February.
func addMonths(day time.Time, months int) time.Time {
	first := time.Date(day.Year(), day.Month()+time.Month(months), 1, 0, 0, 0, 0, day.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(day.Day(), last)-1)
}

// today returns the beginning of the present day.
func (p momentParser) today() time.Time {
	return time.Date(p.now.Year(), p.now.Month(), p.now.Day(), 0, 0, 0, 0, p.now.Location())
}

// day parses a date without a time of day. No words mean today.
func (p momentParser) day(words string) (time.Time, bool) {
	today := p.today()
	switch words {
	case "", "today", "tonight":
		return today, true
	case "tomorrow":
		return today.AddDate(0, 0, 1), true
	case "yesterday":
		return today.AddDate(0, 0, -1), true
	case "day after tomorrow", "the day after tomorrow":
		return today.AddDate(0, 0, 2), true
	case "day before yesterday", "the day before yesterday":
		return today.AddDate(0, 0, -2), true
	}
	if first, _, ok := p.period(words); ok {
		return first, true
	}
	for _, parse := range []func(string) (time.Time, bool){p.weekday, p.namedMonth, p.numeric, p.afterWeekday} {
		if at, ok := parse(words); ok {
			return at, true
		}
	}
	if m, ok := p.relative(words); ok && m.IsDay { // before a time of day: in 2 days 9:00
		return m.At, true
	}
	at, err := time.ParseInLocation(time.DateOnly, words, p.now.Location())
	return at, err == nil
}

// afterWeekday parses a date behind its weekday, such as "Friday 11 December". The
// weekday has to be that of the date.
func (p momentParser) afterWeekday(words string) (time.Time, bool) {
	name, rest, ok := strings.Cut(strings.TrimPrefix(words, "on "), " ")
	day, isWeekday := p.weekday(name)
	at, isDate := p.namedMonth(rest)
	if !isDate {
		at, isDate = p.numeric(rest)
	}
	return at, ok && isWeekday && isDate && at.Weekday() == day.Weekday()
}

// period parses "last week" and the like: the first day of the period, or the
// last one after "end of", and the day after the period.
func (p momentParser) period(words string) (first, after time.Time, ok bool) {
	rest, isEnd := strings.CutPrefix(strings.TrimPrefix(words, "the "), "end of ")
	rest, _ = strings.CutPrefix(rest, "beginning of ")
	rest, _ = strings.CutPrefix(rest, "the ")
	which, unit, ok := strings.Cut(rest, " ")
	if !ok {
		which, unit = "this", rest
	}
	n, ok := map[string]int{"last": -1, "previous": -1, "this": 0, "next": 1}[which]
	if !ok || !isEnd && rest == unit {
		return time.Time{}, time.Time{}, false
	}
	switch today := p.today(); unit {
	case "week":
		first = today.AddDate(0, 0, -(int(today.Weekday())+6)%7+7*n)
		after = first.AddDate(0, 0, 7)
	case "month":
		first = time.Date(today.Year(), today.Month()+time.Month(n), 1, 0, 0, 0, 0, today.Location())
		after = first.AddDate(0, 1, 0)
	case "quarter":
		first = time.Date(today.Year(), (today.Month()-1)/3*3+1+time.Month(3*n), 1, 0, 0, 0, 0, today.Location())
		after = first.AddDate(0, 3, 0)
	case "year":
		first = time.Date(today.Year()+n, 1, 1, 0, 0, 0, 0, today.Location())
		after = first.AddDate(1, 0, 0)
	default:
		return time.Time{}, time.Time{}, false
	}
	if isEnd {
		first = after.AddDate(0, 0, -1)
	}
	return first, after, true
}

// weekday parses the name of a day of the week. Alone it is the nearest one in the
// direction, today included; "this" means the day in the current week, which begins
// on Monday; "next" and "last" exclude today.
func (p momentParser) weekday(words string) (time.Time, bool) {
	words = strings.TrimPrefix(words, "on ")
	which, name, ok := strings.Cut(words, " ")
	if !ok {
		which, name = "", words
	}
	for n := range 7 {
		full := strings.ToLower(time.Weekday(n).String())
		if len(name) < 3 || !strings.HasPrefix(full, name) || name != full && len(name) > 5 {
			continue
		}
		today := p.today()
		ahead := (n - int(today.Weekday()) + 7) % 7
		switch {
		case which == "next" && ahead == 0:
			ahead = 7
		case (which == "last" || which == "previous" || which == "" && p.direction == Past) && (ahead > 0 || which != ""):
			ahead -= 7
		case which == "this" && ahead > 0 && n != 0 && n < int(today.Weekday()): // earlier in this week, which begins on Monday
			ahead -= 7
		case which != "" && which != "next" && which != "this":
			return time.Time{}, false
		}
		return today.AddDate(0, 0, ahead), true
	}
	return time.Time{}, false
}

// dayOfMonth matches a day, which English may write with an ending.
var dayOfMonth = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th|\.)?$`) })

// namedMonth parses a day and the name of a month, with or without a year.
func (p momentParser) namedMonth(words string) (time.Time, bool) {
	parts := strings.Fields(strings.ReplaceAll(strings.TrimPrefix(words, "on "), " of ", " "))
	if len(parts) < 2 || len(parts) > 3 {
		return time.Time{}, false
	}
	month, d := monthOf(parts[0]), parts[1]
	if month == 0 {
		month, d = monthOf(parts[1]), parts[0]
	}
	m := dayOfMonth().FindStringSubmatch(d)
	if month == 0 || m == nil {
		return time.Time{}, false
	}
	day, _ := strconv.Atoi(m[1]) // the pattern has digits only
	if len(parts) == 3 {
		year, err := strconv.Atoi(parts[2])
		return p.date(year, month, day, err == nil && len(parts[2]) == 4)
	}
	at, ok := p.date(p.now.Year(), month, day, true)
	switch {
	case p.direction == Future && at.Before(p.today()):
		at, ok = p.date(p.now.Year()+1, month, day, true)
	case p.direction == Past && at.After(p.now):
		at, ok = p.date(p.now.Year()-1, month, day, true)
	}
	return at, ok
}

// monthOf returns the month with a name or its first three letters, or 0.
func monthOf(name string) time.Month {
	name = strings.TrimSuffix(name, ".")
	for m := time.January; m <= time.December; m++ {
		if full := strings.ToLower(m.String()); len(name) >= 3 && strings.HasPrefix(full, name) {
			return m
		}
	}
	return 0
}

// numericDate matches dates of digits: 8.12.2026, 2026/12/8 and 31/12/2026.
var numericDate = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})[/.](\d{1,2})[/.](\d{1,2})|(\d{1,2})/(\d{1,2})/(\d{4}))$`)
})

// isSlashed reports whether a text is a date with slashes.
func isSlashed(words string) bool {
	m := numericDate().FindStringSubmatch(words)
	return m != nil && m[7] != ""
}

// numeric parses a date of digits. With slashes, people mean different things by
// 3/4/2026, so day and month must not both be possible months.
func (p momentParser) numeric(words string) (time.Time, bool) {
	m := numericDate().FindStringSubmatch(words)
	if m == nil {
		return time.Time{}, false
	}
	number := func(n int) int { v, _ := strconv.Atoi(m[n]); return v } // digits only
	switch {
	case m[1] != "":
		return p.date(number(3), time.Month(number(2)), number(1), true)
	case m[4] != "":
		return p.date(number(4), time.Month(number(5)), number(6), true)
	case number(7) > 12:
		return p.date(number(9), time.Month(number(8)), number(7), true)
	case number(8) > 12 || number(7) == number(8):
		return p.date(number(9), time.Month(number(7)), number(8), true)
	}
	return time.Time{}, false
}

// date returns a date that the calendar has.
func (p momentParser) date(year int, month time.Month, day int, ok bool) (time.Time, bool) {
	at := time.Date(year, month, day, 0, 0, 0, 0, p.now.Location())
	return at, ok && at.Month() == month && at.Day() == day
}

// clockTime matches a time of day at the end of a text: 14:30, 2pm, 9:15 am.
var clockTime = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[ t])(?:at )?(?:(\d{1,2})(?::(\d{2}))? ?(am|pm)|(\d{1,2}):(\d{2})(?::\d{2})?|(noon|midnight))$`)
})

// cutClock cuts the time of day off the end of a text and returns it in minutes.
// ok is false for a time that no day has.
func cutClock(words string) (rest string, minutes int, found, ok bool) {
	at := clockTime().FindStringSubmatchIndex(words)
	if at == nil {
		return words, 0, false, true
	}
	m := clockTime().FindStringSubmatch(words)
	rest = strings.TrimSpace(words[:at[0]])
	if m[6] != "" {
		return rest, map[string]int{"noon": 720, "midnight": 0}[m[6]], true, true
	}
	hour, _ := strconv.Atoi(m[1] + m[4]) // one of them is empty, the other has digits only
	minute, _ := strconv.Atoi(m[2] + m[5])
	if m[3] != "" {
		if hour < 1 || hour > 12 {
			return rest, 0, true, false
		}
		hour %= 12
		if m[3] == "pm" {
			hour += 12
		}
	}
	return rest, hour*60 + minute, true, hour < 24 && minute < 60
}

// timeLayouts are the layouts of ISO dates and times that [ParseMoment] accepts.
var timeLayouts = []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z0700", "2006-01-02 15:04:05Z07:00", jira.TimeLayout, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"}

// FormatTime formats a moment in the layout that Jira accepts.
func FormatTime(at time.Time) string { return at.Format(jira.TimeLayout) }
