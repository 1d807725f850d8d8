package issues

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
)

// entryFilter selects comments or worklogs of an issue by time and author.
type entryFilter struct {
	since, until time.Time // a half-open interval; a zero time leaves that end open
	author       string    // in lower case; "" for every author
}

// newEntryFilter returns the filter for the arguments since, until and author of
// a tool. The author "me" is this server's user.
func newEntryFilter(ctx context.Context, d env.Env, from, to, author string, zone *time.Location) (entryFilter, error) {
	since, until, err := parsePeriod(from, to, d.Now().In(zone))
	if err != nil {
		return entryFilter{}, err
	}
	author = names.Fold(author)
	if author == "me" {
		me, err := d.Jira.Myself(ctx)
		if err != nil {
			return entryFilter{}, err
		}
		author = names.Fold(me.AccountID)
	}
	return entryFilter{since, until, author}, nil
}

// includesTime reports whether a time is in the filter's period.
func (f entryFilter) includesTime(at time.Time) bool {
	return !at.Before(f.since) && (f.until.IsZero() || at.Before(f.until))
}

// includesAuthor reports whether the name, the e-mail address or the account id
// of a user contains the filter's author, without regard to case and accents. A filter
// without an author includes every user, and nil.
func (f entryFilter) includesAuthor(u *jira.User) bool {
	return f.author == "" || u != nil && strings.Contains(names.Fold(u.DisplayName+" "+u.Email+" "+u.AccountID), f.author)
}

// parsePeriod parses two dates in the time zone of now, each of which may be "",
// and returns the half-open interval from since to until. A date without a time
// includes its whole day: until "2026-01-31" is 2026-02-01T00:00.
func parsePeriod(from, to string, now time.Time) (since, until time.Time, err error) {
	if from != "" {
		m, err := names.ParseMoment(from, now, names.Past)
		if err != nil {
			return since, until, fmt.Errorf("since: %w", err)
		}
		since = m.At
	}
	if to != "" {
		m, err := names.ParseMoment(to, now, names.Past)
		if err != nil {
			return since, until, fmt.Errorf("until: %w", err)
		}
		until = m.End()
	}
	return since, until, nil
}

// understoodPeriod says which period was understood, if a date was given in
// words: "Period: from 2026-03-10T00:00+01:00."; "" for dates in digits.
func understoodPeriod(from, to string, since, until time.Time) string {
	isWords := func(s string) bool {
		return strings.ContainsFunc(strings.ToUpper(s), func(r rune) bool { return r >= 'A' && r <= 'Z' && r != 'T' })
	}
	if !isWords(from) && !isWords(to) {
		return ""
	}
	const layout = "2006-01-02T15:04Z07:00"
	var parts []string
	if !since.IsZero() {
		parts = append(parts, "from "+since.Format(layout))
	}
	if !until.IsZero() {
		parts = append(parts, "until "+until.Format(layout)+" (exclusive)")
	}
	return "Period: " + strings.Join(parts, " ") + "."
}
