package names_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// TestParseMoment checks dates as people write them, seen from Wednesday,
// 11 March 2026, 15:30 in Berlin.
func TestParseMoment(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 11, 15, 30, 0, 0, berlin)
	const day, clock = "2006-01-02", "2006-01-02T15:04Z07:00"
	for _, c := range []struct{ text, future, past string }{
		{" 2026-12-08 ", "2026-12-08", ""},
		{"2026-12-08T14:30", "2026-12-08T14:30+01:00", ""},
		{"2026-12-08 14:30", "2026-12-08T14:30+01:00", ""},
		{"2026-07-08T14:30:00-05:00", "2026-07-08T14:30-05:00", ""},
		{"2026-12-08T14:30:00.000+0100", "2026-12-08T14:30+01:00", ""},
		{"today", "2026-03-11", ""},
		{"Tomorrow", "2026-03-12", ""},
		{"yesterday 14:00", "2026-03-10T14:00+01:00", ""},
		{"yesterday at 2pm", "2026-03-10T14:00+01:00", ""},
		{"tomorrow at 9:15 am", "2026-03-12T09:15+01:00", ""},
		{"tomorrow noon", "2026-03-12T12:00+01:00", ""},
		{"12am", "2026-03-11T00:00+01:00", ""},
		{"14:00", "2026-03-11T14:00+01:00", ""},
		{"day after tomorrow", "2026-03-13", ""},
		{"friday", "2026-03-13", "2026-03-06"},
		{"Fri", "2026-03-13", "2026-03-06"},
		{"next friday", "2026-03-13", ""},
		{"next Friday at 10:00", "2026-03-13T10:00+01:00", ""},
		{"last Friday", "2026-03-06", ""},
		{"wednesday", "2026-03-11", "2026-03-11"},
		{"next wednesday", "2026-03-18", ""},
		{"last wednesday", "2026-03-04", ""},
		{"this monday", "2026-03-09", ""},
		{"this sunday", "2026-03-15", ""},
		{"8 December 2026", "2026-12-08", ""},
		{"December 8, 2026", "2026-12-08", ""},
		{"8th of December 2026", "2026-12-08", ""},
		{"Dec 8", "2026-12-08", "2025-12-08"},
		{"2 Mar", "2027-03-02", "2026-03-02"},
		{"8.12.2026", "2026-12-08", ""},
		{"2026/12/08", "2026-12-08", ""},
		{"31/12/2026", "2026-12-31", ""},
		{"12/31/2026", "2026-12-31", ""},
		{"2 weeks ago", "2026-02-25", ""},
		{"a week ago", "2026-03-04", ""},
		{"in 3 days", "2026-03-14", ""},
		{"in 3 days 9:00", "2026-03-14T09:00+01:00", ""},
		{"an hour ago", "2026-03-11T14:30+01:00", ""},
		{"in 90 minutes", "2026-03-11T17:00+01:00", ""},
		{"3 months ago", "2025-12-11", ""},
		{"-7d", "2026-03-04", ""},
		{"+2w", "2026-03-25", ""},
		{"last week", "2026-03-02", ""},
		{"next week", "2026-03-16", ""},
		{"this month", "2026-03-01", ""},
		{"next month", "2026-04-01", ""},
		{"last quarter", "2025-10-01", ""},
		{"end of month", "2026-03-31", ""},
		{"end of next week", "2026-03-22", ""},
		{"end of the year", "2026-12-31", ""},
		{"29 March 2026 2:30", "2026-03-29T03:30+02:00", ""}, // that hour is skipped

		{"3/4/2026", "can be read as day/month or month/day", ""},
		{"30 February 2026", "is not a date", ""},
		{"2026-13-01", "is not a date", ""},
		{"25:00", "is not a date", ""},
		{"tomorrow 13pm", "is not a date", ""},
		{"soon", "is not a date", ""},
		{"7 days", "is not a date", ""},
		{"next", "is not a date", ""},
		{"week", "is not a date", ""},
		{"", "is not a date", ""},
	} {
		for d, want := range map[names.Direction]string{names.Future: c.future, names.Past: c.past} {
			if want == "" {
				continue
			}
			m, err := names.ParseMoment(c.text, now, d)
			got := m.At.Format(clock)
			if m.IsDay {
				got = m.At.Format(day)
			}
			if err != nil {
				got = err.Error()
			}
			if got != want && (err == nil || !strings.Contains(got, want)) {
				t.Errorf("%q: %s, want %s", c.text, got, want)
			}
		}
	}
	m, err := names.ParseMoment("yesterday", now, names.Past)
	if err != nil || m.End().Format(day) != "2026-03-11" {
		t.Errorf("the end of yesterday: %v (%v)", m.End(), err)
	}
}

// FuzzParseMoment checks that no text makes the parser fail in another way than
// with an error, and that a date stays what it is.
func FuzzParseMoment(f *testing.F) {
	now := time.Date(2026, 3, 11, 15, 30, 0, 0, time.UTC)
	for _, s := range []string{"next friday at 9am", "8 December 2026", "2 weeks ago", "31/12/2026", "end of month", "yesterday 14:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := names.ParseMoment(s, now, names.Future)
		if err != nil || !m.IsDay {
			return
		}
		again, err := names.ParseMoment(m.At.Format(time.DateOnly), now, names.Past)
		if y := m.At.Year(); y > 0 && y < 9999 && (err != nil || !again.At.Equal(m.At)) {
			t.Errorf("%q is %v, and that %v (%v)", s, m.At, again.At, err)
		}
	})
}

// TestMonthsAreClamped checks that a month from the end of a long one ends in the
// next one.
func TestMonthsAreClamped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ now, text, want string }{
		{"2026-01-31", "in 1 month", "2026-02-28"}, {"2026-03-31", "1 month ago", "2026-02-28"},
		{"2024-02-29", "in 1 year", "2025-02-28"}, {"2026-12-15", "in 2 months", "2027-02-15"},
	} {
		now, err := time.Parse(time.DateOnly, c.now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := names.ParseMoment(c.text, now, names.Future)
		if got.At.Format(time.DateOnly) != c.want || err != nil {
			t.Errorf("%s from %s: %s (%v), want %s", c.text, c.now, got.At, err, c.want)
		}
	}
}

// TestPastTimesOfDay checks that a time of the past is not one that is still to
// come, and that a period ends with its last day.
func TestPastTimesOfDay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 13, 9, 0, 0, 0, time.UTC) // a Friday
	for text, want := range map[string]string{
		"Friday 14:00": "2026-03-06T14:00", "14:00": "2026-03-12T14:00", "08:00": "2026-03-13T08:00", "Thurs 14:00": "2026-03-12T14:00",
		"Friday 8:00": "2026-03-13T08:00", "today 14:00": "2026-03-13T14:00", "last Friday 14:00": "2026-03-06T14:00",
		"2026-03-12T14:00:00+0900": "2026-03-12T14:00", "2026-03-12 14:30:15+02:00": "2026-03-12T14:30",
	} {
		got, err := names.ParseMoment(text, now, names.Past)
		if s := got.At.Format("2006-01-02T15:04"); s != want || err != nil {
			t.Errorf("%s: %s (%v), want %s", text, s, err, want)
		}
	}
	for text, want := range map[string]string{"last month": "2026-03-01", "last week": "2026-03-09", "yesterday": "2026-03-13", "Friday 6 March": "2026-03-07"} {
		got, err := names.ParseMoment(text, now, names.Past)
		if s := got.End().Format(time.DateOnly); s != want || err != nil {
			t.Errorf("the end of %s: %s (%v), want %s", text, s, err, want)
		}
	}
	if got, err := names.ParseMoment("Monday 6 March", now, names.Past); err == nil {
		t.Errorf("a wrong weekday: %v", got.At)
	}
}
