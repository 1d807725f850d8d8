package env

import (
	"context"
	"time"
)

// Zone returns the user's time zone; UTC if Jira does not return it or names
// one that this program does not know.
func (e Env) Zone(ctx context.Context) (*time.Location, error) {
	me, err := e.Jira.Myself(ctx)
	if err != nil {
		return nil, err
	}
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
