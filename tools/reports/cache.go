package reports

import (
	"context"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/cache"
)

// sprintCache caches the issues of closed sprints. They rarely change, but a
// closed sprint can be reopened (Atlassian support), so that an entry lives
// only a few minutes. A cache belongs to one client, and thereby to one fence.
type sprintCache struct {
	entries *cache.TTL[sprintKey, cachedSprint]
}

// sprintKey identifies a closed sprint on a board. It has the moment of
// completion, so that a sprint that was reopened and completed again gets a new
// entry.
type sprintKey struct {
	board, sprint int64
	completedAt   string
}

// cachedSprint is the cached data of one sprint, with the estimation that it was
// converted with.
type cachedSprint struct {
	data       *sprintData
	estimation *estimation
}

// The limits of a sprintCache.
const (
	// maxCachedSprints is the maximum number of sprints in the cache.
	maxCachedSprints = 30
	// sprintCacheTTL is how long a sprint stays in the cache.
	sprintCacheTTL = 5 * time.Minute
)

// newSprintCache returns an empty cache. who returns a number that changes with
// the credential; the cache then drops all entries.
func newSprintCache(now func() time.Time, who func() uint64) *sprintCache {
	return &sprintCache{cache.New[sprintKey, cachedSprint](cache.Options{TTL: sprintCacheTTL, Size: maxCachedSprints, Now: now, Owner: who})}
}

// get returns the data of a sprint, from the cache if it is a closed one that
// is there, otherwise from ask. The issues of an open sprint are never cached.
func (c *sprintCache) get(ctx context.Context, board jira.Board, s jira.Sprint, ask func(context.Context) (*sprintData, *estimation, error)) (*sprintData, *estimation, error) {
	if s.State != "closed" || s.CompletedAt == "" {
		return ask(ctx)
	}
	m, err := c.entries.Get(ctx, sprintKey{board.ID, s.ID, s.CompletedAt}, func(ctx context.Context) (cachedSprint, error) {
		data, y, err := ask(ctx)
		return cachedSprint{data, y}, err
	})
	if err == nil && (m.data.incomplete || m.estimation.missing != "") { // the next report asks again
		c.entries.Delete(sprintKey{board.ID, s.ID, s.CompletedAt})
	}
	return m.data, m.estimation, err
}
