package jira

import (
	"context"
	"maps"
	"strings"
	"time"
)

// Where issues are, for the guard: see fenced.go.

// home is the project that Jira reported for an issue.
type home struct {
	project string
	at      time.Time
}

const (
	// homeFresh is how long a read believes where an issue was. A write asks
	// each time: keys change when issues move.
	homeFresh = 60 * time.Second
	maxHomes  = 5000
)

// missingFresh is how long an issue that was outside, or not there, counts so:
// it may be filed in the next moment.
const missingFresh = 5 * time.Second

// issue checks that an issue is inside, as Jira reported it lately; one that is
// written to, as Jira reports it now.
func (g *guard) issue(ctx context.Context, c *Client, keyOrID string, writes bool) error {
	g.mu.Lock()
	at, known := g.homes[homeKey(keyOrID)]
	g.mu.Unlock()
	fresh := homeFresh
	if !g.Inside(at.project) {
		fresh = missingFresh
	}
	if writes || !known || g.now().Sub(at.at) >= fresh {
		return g.issueNow(ctx, c, keyOrID, writes)
	}
	return g.judge(keyOrID, at, false)
}

// wrote forgets what was not there: it may have been made.
func (g *guard) wrote() {
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.DeleteFunc(g.homes, func(_ string, at home) bool { return at.project == "" })
	maps.DeleteFunc(g.verdicts, func(_ string, v verdict) bool { return v.nothing() })
}

func homeKey(keyOrID string) string { return strings.ToUpper(strings.TrimSpace(keyOrID)) }

func (g *guard) judge(name string, at home, writes bool) error {
	switch {
	case !g.Inside(at.project):
		return g.RefuseName(name, nil)
	case writes && !g.MayWrite(at.project):
		return g.RefuseWrite()
	}
	return nil
}
