package names

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// The working day in hours and the working week in days, for sites that report
// none.
const (
	defaultHoursPerDay = 8.0
	defaultDaysPerWeek = 5.0
)

// durationPart matches one amount with its unit, like "1.5h ".
var durationPart = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([0-9]+(?:[.,][0-9]+)?)\s*([a-z]+)\s*`)
})

// zeroDuration matches a zero, which needs no unit.
var zeroDuration = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^0+(?:[.,]0+)?$`) })

// durationUnits maps the spellings of a unit to its canonical letter.
var durationUnits = map[string]string{"m": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m", "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
	"d": "d", "day": "d", "days": "d", "w": "w", "wk": "w", "week": "w", "weeks": "w"}

// Duration parses a duration as people write it, such as "1d 2h", "90m" or
// "1.5h", and returns it in seconds. Days and weeks are the working days and
// weeks of the site's configuration, which it requests when needed: with 7.5
// hours a day, 1d 2h is 34,200 seconds.
func (n *Names) Duration(ctx context.Context, text string) (seconds int64, err error) {
	rest := strings.ToLower(strings.TrimSpace(text))
	wrong := fmt.Errorf("%q is not a duration like 1d 2h, 90m or 1.5h", text)
	if rest == "" {
		return 0, wrong
	}
	if zeroDuration().MatchString(rest) {
		return 0, nil
	}
	total := 0.0
	for rest != "" {
		m := durationPart().FindStringSubmatch(rest)
		if m == nil || durationUnits[m[2]] == "" {
			return 0, wrong
		}
		rest = rest[len(m[0]):]
		amount, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", "."), 64)
		if err != nil {
			return 0, wrong
		}
		unit, err := n.secondsPer(ctx, durationUnits[m[2]])
		if err != nil {
			return 0, err
		}
		total += amount * unit
	}
	if total > math.MaxInt32 {
		return 0, fmt.Errorf("%q is longer than Jira accepts", text)
	}
	return int64(math.Round(total)), nil
}

// secondsPer returns the number of seconds of a unit: m, h, d or w.
func (n *Names) secondsPer(ctx context.Context, name string) (float64, error) {
	switch name {
	case "m":
		return 60, nil
	case "h":
		return 3600, nil
	}
	site, err := n.siteConfig.Get(ctx, "", n.jira.Configuration)
	if err != nil {
		if jira.IsMissingScope(err) {
			return 0, fmt.Errorf("the length of a working day cannot be read, since the token lacks a scope (%s); use hours or minutes", jira.OpConfiguration.Scopes)
		}
		return 0, err
	}
	hours, days := defaultHoursPerDay, defaultDaysPerWeek
	if given := site.TimeTracking.HoursPerDay; given != nil && *given > 0 && *given <= 24 {
		hours = *given
	}
	if given := site.TimeTracking.DaysPerWeek; given != nil && *given > 0 && *given <= 7 {
		days = *given
	}
	if name == "w" {
		return hours * days * 3600, nil
	}
	return hours * 3600, nil
}

// FormatMinutes formats seconds as rounded minutes, like "570m". Minutes mean
// the same on every site, unlike days.
func FormatMinutes(seconds int64) string { return strconv.FormatInt((seconds+30)/60, 10) + "m" }

// FormatHours formats seconds for people, like "2h 30m".
func FormatHours(seconds int64) string {
	h, m := seconds/3600, seconds%3600/60
	switch {
	case h == 0:
		return fmt.Sprintf("%dm", m)
	case m == 0:
		return fmt.Sprintf("%dh", h)
	}
	return fmt.Sprintf("%dh %dm", h, m)
}
