package names_test

import (
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// TestWorkingTime checks that days and weeks have the length of the site's
// configuration, and eight hours and five days if it reports none.
func TestWorkingTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		site      string
		day, week int64 // hours
		says      string
	}{
		"seven hours, four days":  {`{"timeTrackingEnabled":true,"timeTrackingConfiguration":{"workingHoursPerDay":7.0,"workingDaysPerWeek":4.0}}`, 7, 28, ""},
		"round the clock":         {`{"timeTrackingEnabled":true,"timeTrackingConfiguration":{"workingHoursPerDay":24,"workingDaysPerWeek":7}}`, 24, 168, ""},
		"no time tracking":        {`{"timeTrackingEnabled":false}`, 8, 40, ""},
		"values that cannot be":   {`{"timeTrackingEnabled":true,"timeTrackingConfiguration":{"workingHoursPerDay":25,"workingDaysPerWeek":8}}`, 8, 40, ""},
		"values of no time":       {`{"timeTrackingEnabled":true,"timeTrackingConfiguration":{"workingHoursPerDay":-1,"workingDaysPerWeek":0}}`, 8, 40, ""},
		"a token without a scope": {`401 {"code":401,"message":"Unauthorized; scope does not match"}`, 0, 0, "read:jira-user"},
		"an outage":               {`503 {"errorMessages":["down"]}`, 0, 0, "down"},
	} {
		n, site := newNames(t, map[string]string{"configuration": c.site})
		for text, hours := range map[string]int64{"1d": c.day, "1w": c.week} {
			if got, err := n.Duration(t.Context(), text); checkError(t, err, c.says) && got != hours*3600 {
				t.Errorf("%s: %s is %d s, want %d h", name, text, got, hours)
			}
		}
		site.requests()
		if got, err := n.Duration(t.Context(), "90 Min 1hr"); err != nil || got != 9000 || len(site.requests()) > 0 {
			t.Errorf("%s: hours and minutes: %d s (%v)", name, got, err)
		}
	}
	n, _ := newNames(t, map[string]string{"configuration": `{"timeTrackingEnabled":true,"timeTrackingConfiguration":{"workingHoursPerDay":8,"workingDaysPerWeek":5}}`})
	if got, err := n.Duration(t.Context(), "35791394m"); err != nil || got != 2147483640 { // the longest that fits into 32 bits
		t.Errorf("%d (%v)", got, err)
	}
	if got, err := n.Duration(t.Context(), "35791395m"); err == nil {
		t.Errorf("%d s are accepted", got)
	}
}

// TestFormatDurations checks durations for Jira and for people.
func TestFormatDurations(t *testing.T) {
	t.Parallel()
	for seconds, c := range map[int64]struct{ minutes, hours string }{
		0: {"0m", "0m"}, 60: {"1m", "1m"}, 89: {"1m", "1m"}, 90: {"2m", "1m"}, 3540: {"59m", "59m"}, 3600: {"60m", "1h"}, 9000: {"150m", "2h 30m"}, 34200: {"570m", "9h 30m"}, 360000: {"6000m", "100h"},
	} {
		if got := names.FormatMinutes(seconds); got != c.minutes {
			t.Errorf("%d s for Jira: %s, want %s", seconds, got, c.minutes)
		}
		if got := names.FormatHours(seconds); got != c.hours {
			t.Errorf("%d s for people: %s, want %s", seconds, got, c.hours)
		}
	}
}

// TestParseISOForms checks the forms of times that Jira itself writes and that
// people copy.
func TestParseISOForms(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", -3*3600)
	for text, want := range map[string]string{
		"2026-01-31T14:30:15": "2026-01-31T14:30:15.000-0300", "2026-01-31T14:30:15.250+0100": "2026-01-31T14:30:15.250+0100", "2026-01-31T14:30:15.250+01:00": "2026-01-31T14:30:15.250+0100",
		"2026-01-31T14:30+01:00": "2026-01-31T14:30:00.000+0100", "2024-02-29": "2024-02-29T00:00:00.000-0300",
	} {
		if m, err := names.ParseMoment(" "+text+"\n", time.Now().In(zone), names.Past); err != nil || names.FormatTime(m.At) != want {
			t.Errorf("%q: %s, want %s (%v)", text, names.FormatTime(m.At), want, err)
		}
	}
	for _, text := range []string{"2026-02-29", "2026-1-5", "2026-01-31T25:00"} {
		if m, err := names.ParseMoment(text, time.Now().In(zone), names.Past); err == nil {
			t.Errorf("%q is taken for %s", text, m.At)
		}
	}
}
