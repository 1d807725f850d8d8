package jira

import (
	"context"
	"maps"
	"net/http"
	"net/url"
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

// issueNow checks that an issue is inside, as Jira reports it now.
func (g *guard) issueNow(ctx context.Context, c *Client, keyOrID string, writes bool) error {
	found, err := do[Issue](ctx, c, call{op: OpGetIssue, path: []string{strings.TrimSpace(keyOrID)}, query: url.Values{"fields": {"project"}}, free: true})
	// What is not there is remembered as what is outside: the requests that are
	// made would tell one from the other.
	if err != nil && !IsStatus(err, http.StatusNotFound) {
		return err
	}
	project, _ := Value[ProjectRef](found.Fields, "project")
	at := home{project.Key, g.now()}
	g.mu.Lock()
	if len(g.homes) >= maxHomes {
		clear(g.homes)
	}
	g.homes[homeKey(keyOrID)] = at
	g.mu.Unlock()
	return g.judge(keyOrID, at, writes)
}

func (g *guard) judge(name string, at home, writes bool) error {
	switch {
	case !g.Inside(at.project):
		return g.RefuseName(name, nil)
	case writes && !g.MayWrite(at.project):
		return g.RefuseWrite()
	}
	return nil
}
