package env

import (
	"context"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// NowLine returns the present moment in the user's zone, for an answer in which
// dates matter; "" if the zone cannot be read.
func (e Env) NowLine(ctx context.Context) string {
	zone, err := e.Zone(ctx)
	if err != nil {
		return ""
	}
	return text.Now(e.Now(), zone)
}

// ZoneAhead begins to read the user's time zone, for [Env.Zone]. The caller has to
// call stop: see [jira.AskAhead].
func (e Env) ZoneAhead(ctx context.Context) (stop func()) {
	if e.Now().Sub(time.Unix(0, e.zone.Load())) < freshZone {
		return func() {}
	}
	return jira.AskAhead(ctx, func(ctx context.Context) error { _, err := e.Zone(ctx); return err })
}

// Zone returns the user's time zone; UTC if Jira does not return it or names
// one that this program does not know.
func (e Env) Zone(ctx context.Context) (*time.Location, error) {
	me, err := e.Jira.Myself(ctx)
	if err != nil {
		return nil, err
	}
	e.zone.Store(e.Now().UnixNano())
	if me.TimeZone == "" {
		return time.UTC, nil
	}
	return e.zones.Get(ctx, me.TimeZone, func(context.Context) (*time.Location, error) {
		loc, err := time.LoadLocation(me.TimeZone)
		if err != nil {
			return time.UTC, nil //nolint:nilerr // see above
		}
		return loc, nil
	})
}

// ShownZone returns the time zone in which an answer shows times: that of
// [Env.Zone], or UTC with a note if it could not be read. The rest of the answer is not
// lost because of it. A rejected credential stays an error.
func (e Env) ShownZone(ctx context.Context) (*time.Location, error) {
	zone, err := e.Zone(ctx)
	if err == nil || ctx.Err() != nil || jira.IsCredentialRejected(err) {
		return zone, err
	}
	kit.AddNote(ctx, "Times are in UTC, since the user's time zone could not be read: "+strings.ReplaceAll(kit.ErrorText(err), "\n", " "))
	return time.UTC, nil
}
