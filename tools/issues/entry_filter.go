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
	since, until, err := parsePeriod(from, to, zone)
	if err != nil {
		return entryFilter{}, err
	}
	author = strings.ToLower(strings.TrimSpace(author))
	if author == "me" {
		me, err := d.Jira.Myself(ctx)
		if err != nil {
			return entryFilter{}, err
		}
		author = strings.ToLower(strings.TrimSpace(me.AccountID))
	}
	return entryFilter{since, until, author}, nil
}

// includesTime reports whether a time is in the filter's period.
func (f entryFilter) includesTime(at time.Time) bool {
	return !at.Before(f.since) && (f.until.IsZero() || at.Before(f.until))
}

// includesAuthor reports whether the name, the e-mail address or the account id
// of a user contains the filter's author, without regard to case. A filter
// without an author includes every user, and nil.
func (f entryFilter) includesAuthor(u *jira.User) bool {
	return f.author == "" || u != nil && strings.Contains(strings.ToLower(u.DisplayName+" "+u.Email+" "+u.AccountID), f.author)
}

// parsePeriod parses two dates in the given time zone, each of which may be "",
// and returns the half-open interval from since to until. A date without a time
// includes its whole day: until "2026-01-31" is 2026-02-01T00:00.
func parsePeriod(from, to string, zone *time.Location) (since, until time.Time, err error) {
	if from != "" {
		if since, err = names.ParseTime(from, zone); err != nil {
			return since, until, fmt.Errorf("since: %w", err)
		}
	}
	if to != "" {
		if until, err = names.ParseTime(to, zone); err != nil {
			return since, until, fmt.Errorf("until: %w", err)
		}
		if len(strings.TrimSpace(to)) == len(time.DateOnly) {
			until = until.AddDate(0, 0, 1)
		}
	}
	return since, until, nil
}
