package reports

import (
	"context"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/cache"
)

// sprintCache remembers the issues of closed sprints: they rarely change, but a
// closed sprint can be reopened (Atlassian support), so it is for a few minutes. It
// belongs to one client, and so to one fence; who changes with the credential.
type sprintCache struct {
	kept *cache.TTL[sprintKey, measured]
}

// sprintKey is a closed sprint: one that was completed again is another.
type sprintKey struct {
	board, sprint int64
	over          string
}

type measured struct {
	data *sprintData
	y    *estimation
}

const (
	maxSprintsKept = 30
	sprintsKeptFor = 5 * time.Minute
)

func newSprintCache(now func() time.Time, who func() uint64) *sprintCache {
	return &sprintCache{cache.New[sprintKey, measured](cache.Options{TTL: sprintsKeptFor, Size: maxSprintsKept, Now: now, Owner: who})}
}

func (c *sprintCache) get(ctx context.Context, board jira.Board, s jira.Sprint, ask func(context.Context) (*sprintData, *estimation, error)) (*sprintData, *estimation, error) {
	if s.State != "closed" || s.CompletedAt == "" {
		return ask(ctx)
	}
	m, err := c.kept.Get(ctx, sprintKey{board.ID, s.ID, s.CompletedAt}, func(ctx context.Context) (measured, error) {
		data, y, err := ask(ctx)
		return measured{data, y}, err
	})
	return m.data, m.y, err
}
