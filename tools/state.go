package tools

import (
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// State is what a server has to remember of writes: which confirmation codes
// were used, which issues were created lately, how much each caller has
// written, and which bulk operations it has submitted.
//
// It is separate from [Server] since it may outlive one: a server that is built
// again for the same user, for example after a change of its configuration,
// takes over the state of the one before, so that a code cannot be used twice.
// It belongs to one Jira user and must not be passed to a server of another: the
// creates that it remembers are kept by credential, under a number that each client
// counts from 1.
type State struct {
	confirmer       *kit.Confirmer
	writes          *rateLimiter
	creates, clones *once.Dedupe
	tasks           *fence.BulkTasks
}

// NewState returns an empty state. writesPerMinute limits each caller; 0 for no
// limit.
func NewState(now func() time.Time, writesPerMinute int) *State {
	return &State{
		confirmer: kit.NewConfirmer(now),
		writes:    newRateLimiter(now, writesPerMinute),
		creates:   once.NewDedupe(now), clones: once.NewDedupe(now),
		tasks: fence.NewBulkTasks(),
	}
}
