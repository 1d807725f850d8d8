package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/report"
)

// Calendar returns the days on which the team works, without a time zone yet,
// or nil if neither working days nor holidays are set.
func (c Config) Calendar() *report.Calendar {
	if c.WorkingDays == "" && c.Holidays == "" {
		return nil
	}
	out := report.WorkWeek(nil)
	if c.WorkingDays != "" {
		out.Weekdays = [7]bool{}
		for _, n := range strings.Split(c.WorkingDays, ",") {
			if day, err := strconv.Atoi(n); err == nil {
				out.Weekdays[day] = true
			}
		}
	}
	out.Holidays = map[string]bool{}
	for _, day := range c.List("JIRA_MCP_HOLIDAYS") {
		out.Holidays[day] = true
	}
	return &out
}

// parseWeekdays reads days and spans of days and returns their numbers, of
// which 0 is Sunday. A span may pass the end of the week: "fri-mon" gives
// "0,1,5,6".
func parseWeekdays(raw string) (string, error) {
	var works [7]bool
	for _, part := range splitList(raw) {
		first, last, span := strings.Cut(part, "-")
		from, ok1 := parseWeekday(first)
		to, ok2 := parseWeekday(last)
		switch {
		case !ok1 || span && !ok2:
			return "", fmt.Errorf("%s is not a day or range of days like mon or mon-fri", Shown(part))
		case !span:
			to = from
		}
		for n := from; ; n = (n + 1) % 7 { // also past Saturday
			if works[n] = true; n == to {
				break
			}
		}
	}
	var out []string
	for n, w := range works {
		if w {
			out = append(out, strconv.Itoa(n))
		}
	}
	if len(out) == 0 {
		return "", fmt.Errorf("names no day")
	}
	return strings.Join(out, ","), nil
}

// parseWeekday returns the number of a day from at least the first two letters
// of its English name.
func parseWeekday(name string) (int, bool) {
	if len(name) < 2 {
		return 0, false
	}
	for n := range 7 {
		if full := strings.ToLower(time.Weekday(n).String()); strings.HasPrefix(full, strings.ToLower(name)) {
			return n, true
		}
	}
	return 0, false
}

// parseDates reads dates, and returns them sorted, each once.
func parseDates(raw string) (string, error) {
	list := splitList(raw)
	for _, day := range list {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return "", fmt.Errorf("%s is not a date like 2026-12-31", Shown(day))
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ","), nil
}

// splitList splits a list at commas and white space.
func splitList(raw string) []string {
	return strings.FieldsFunc(raw, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
}
