// Package env provides the environment of the tools' handlers: the client of
// one Jira user, its names, the clock, the time zone and calendar, and what the
// server remembers of writes.
package env

import (
	"os"
	"sync/atomic"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/cache"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
)

// Env is the environment of the handlers. One Env belongs to one Jira user;
// [New] makes it, and copies share its caches.
type Env struct {
	Jira  *jira.Client
	Names *names.Names
	Now   func() time.Time
	// Files is the directory from which files may be attached; nil for none.
	Files *os.Root
	// Calendar is when the team works; in the user's zone, Monday to Friday, when
	// nil.
	Calendar *report.Calendar
	// Limits is what jira_whoami reports about the server.
	Limits *Limits
	// Creates and Clones are the issues that the server has created and copied
	// lately, so that a repeated create is recognised. They may outlive the
	// user's client.
	Creates, Clones *once.Dedupe

	zones *cache.TTL[string, *time.Location] // by IANA name: reading one costs a file
	zone  *atomic.Int64                      // when the user's zone was read last, in Unix nanoseconds
}

// zonesFor is how long a time zone is reused, and maxZones how many are.
const (
	zonesFor = 24 * time.Hour
	maxZones = 8
	// freshZone is how long [Env.ZoneAhead] does nothing after the zone was read.
	// It is less than the time for which the client keeps the user's data.
	freshZone = 5 * time.Minute
)

// New returns the environment of one user. The caller sets the fields that it
// does not set.
func New(c *jira.Client, now func() time.Time) Env {
	return Env{Jira: c, Names: names.New(c, now), Now: now, Limits: &Limits{}, zone: &atomic.Int64{},
		zones: cache.New[string, *time.Location](cache.Options{TTL: zonesFor, Size: maxZones, Now: now})}
}
