package text

import (
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// DisplayTimeLayout is the layout of times in this server's output: ISO 8601 to
// the minute, with the offset.
const DisplayTimeLayout = "2006-01-02T15:04Z07:00"

// LocalTime returns a time of Jira's in a time zone and in this server's layout;
// text that is no time is returned as it is.
func LocalTime(s string, zone *time.Location) string {
	for _, layout := range []string{jira.TimeLayout, time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.In(zone).Format(DisplayTimeLayout)
		}
	}
	return s
}

// Now returns the present moment in a time zone as a line of an answer in which
// dates matter, such as "Now 2026-11-29 23:52 Europe/Berlin".
func Now(now time.Time, zone *time.Location) string {
	return now.In(zone).Format("Now 2006-01-02 15:04 ") + zone.String()
}
