package tools

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// jiraTime is how Jira writes a moment.
const jiraTime = "2006-01-02T15:04:05.000-0700"

// clockTime is how this server does: ISO 8601 to the minute, with the offset.
const clockTime = "2006-01-02T15:04Z07:00"

// zone is the user's time zone; UTC where Jira does not tell it.
func (d Deps) zone(ctx context.Context) (*time.Location, error) {
	me, err := d.Jira.Myself(ctx)
	if err != nil {
		return nil, err
	}
	if me.TimeZone == "" {
		return time.UTC, nil
	}
	return d.zones.load(me.TimeZone), nil
}

// zones remembers the zone read last: reading one costs a file.
type zones struct {
	mu   sync.Mutex
	name string
	loc  *time.Location
}

// load reads a zone by its IANA name; UTC where this program does not know it.
func (z *zones) load(name string) *time.Location {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.name != name || z.loc == nil {
		loc, err := time.LoadLocation(name)
		if err != nil {
			loc = time.UTC
		}
		z.name, z.loc = name, loc
	}
	return z.loc
}

// local rewrites a moment of Jira's in a zone; other text stays as it is.
func local(s string, zone *time.Location) string {
	for _, layout := range []string{jiraTime, time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.In(zone).Format(clockTime)
		}
	}
	return s
}

var issueKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9_]{0,99}-[1-9][0-9]{0,9}|[1-9][0-9]{0,18})$`)
})

var browseURL = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^https?://\S+/browse/([A-Za-z][A-Za-z0-9_]*-[0-9]+)/?(?:[?#]\S*)?$`)
})

// cleanKey brings an issue's key, id or page address to what Jira takes.
func cleanKey(s string) (string, error) {
	s = strings.TrimSpace(s)
	if m := browseURL().FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	if !issueKey().MatchString(s) {
		return "", fmt.Errorf("%q is not an issue key like PAY-123, nor an id. jira_search finds issues by words", shorten(s, 60))
	}
	return strings.ToUpper(s), nil
}

var projectKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{1,30}$`)
})

// projectOf is a project's key, where the argument is one.
func projectOf(given string) []string {
	if given = strings.TrimSpace(given); projectKey().MatchString(given) {
		return []string{strings.ToUpper(given)}
	}
	return nil
}

// keysOf are those of the arguments that are keys or ids of issues: nothing
// else of what was said goes into logs.
func keysOf(given ...string) []string {
	var out []string
	for _, g := range given {
		if key, err := cleanKey(g); err == nil {
			out = append(out, key)
		}
	}
	return out
}

// oneLine folds white space. Most values have none to fold, and are spared
// being taken apart.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "\n\r\t\u00a0\u2028") && !strings.Contains(s, "  ") {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.Fields(s), " ")
}

// shorten cuts a text in the middle of the line, for messages.
func shorten(s string, max int) string {
	if r := []rune(s); len(r) > max {
		return string(r[:max]) + "…"
	}
	return s
}

// uncertainError is a write whose answer was lost.
type uncertainError struct {
	err  error
	what string // what may have happened
	look string // how to look
}

func (e *uncertainError) Error() string {
	return fmt.Sprintf("%s may have happened: %v.", e.what, e.err)
}

// Uncertain tells the adapter that it may have happened.
func (e *uncertainError) Uncertain() bool { return true }

func (e *uncertainError) Unwrap() error { return e.err }

func (e *uncertainError) Hint() string { return "Do not repeat it blindly. Look first: " + e.look }

func isUncertain(err error) bool {
	var uncertain *uncertainError
	return errors.As(err, &uncertain)
}

// manyError is a call on several issues, none of which went through.
type manyError struct {
	text string
	errs []error
}

func (e *manyError) Error() string   { return e.text }
func (e *manyError) Unwrap() []error { return e.errs }

// Hint is none: the text has those of each.
func (e *manyError) Hint() string { return "" }

// written sorts the error of a write: nil when Jira did it and only the
// answer was lost (then lost is true), an uncertainError when nobody knows.
func written(err error, what, look string) (lost bool, _ error) {
	switch {
	case err == nil:
		return false, nil
	case jira.OutcomeOf(err) == jira.Done:
		return true, nil
	case jira.OutcomeOf(err) == jira.Unknown:
		return false, &uncertainError{err, what, look}
	}
	return false, err
}
