package tools

import (
	"maps"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// State holds what a server must remember about writes: which confirmation codes
// were used, which issues were created lately, how much each caller has
// written, and which bulk operations it has submitted.
//
// It is separate from [Server] since it outlives one: a server that is built again
// for the same user, for example after a change of its configuration, takes over the
// state of the one before, so that a code cannot be used twice. It belongs to one
// Jira user and must not be passed to a server of another. Where a process serves
// several users, [States] has the state of each.
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

// States holds the states of the users of one process, by site and account: a user
// who comes back with another token, or after their server was dropped, finds the
// same state. It is safe for concurrent use.
type States struct {
	now    func() time.Time
	writes int

	mu sync.Mutex
	of map[UserID]*sharedState
}

// sharedState is the state of one user and how many servers use it.
type sharedState struct {
	*State
	users     int
	idleSince time.Time
}

const (
	// stateTTL is how long the state of a user without a server is kept: longer
	// than everything in it holds, apart from which bulk operations are theirs.
	stateTTL = 24 * time.Hour
	// sweepStates is the number of states above which old ones are dropped.
	sweepStates = 1000
)

// NewStates returns an empty States. writesPerMinute limits each user across all
// clients; 0 means no limit.
func NewStates(now func() time.Time, writesPerMinute int) *States {
	return &States{now: now, writes: writesPerMinute, of: map[UserID]*sharedState{}}
}

// Of returns the state of a user. The caller calls release when the server that uses
// it is closed.
func (s *States) Of(site, account string) (state *State, release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	who := UserID{site, account}
	shared := s.of[who]
	if shared == nil {
		if len(s.of) >= sweepStates {
			maps.DeleteFunc(s.of, func(_ UserID, one *sharedState) bool {
				return one.users == 0 && s.now().Sub(one.idleSince) >= stateTTL
			})
		}
		shared = &sharedState{State: NewState(s.now, s.writes)}
		shared.writes.ofPerson = true
		s.of[who] = shared
	}
	shared.users++
	return shared.State, sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		shared.users--
		shared.idleSince = s.now()
	})
}
