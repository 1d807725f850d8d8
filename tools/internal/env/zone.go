package env

import (
	"context"
	"sync"
	"time"
)

// Zone is the user's time zone; UTC where Jira does not tell it.
func (d Env) Zone(ctx context.Context) (*time.Location, error) {
	me, err := d.Jira.Myself(ctx)
	if err != nil {
		return nil, err
	}
	if me.TimeZone == "" {
		return time.UTC, nil
	}
	return d.Zones.load(me.TimeZone), nil
}

// Zones remembers the zone read last: reading one costs a file.
type Zones struct {
	mu   sync.Mutex
	name string
	loc  *time.Location
}

// load reads a zone by its IANA name; UTC where this program does not know it.
func (z *Zones) load(name string) *time.Location {
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
