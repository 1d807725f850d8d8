package tools

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// DefaultWritesPerMinute is how many issues a caller may write in a minute.
const DefaultWritesPerMinute = 60

// rateLimiter limits the writes of each caller, so that a model in a loop does
// little harm before somebody notices. It keeps the writes of the last minute, for
// each session and for each address.
type rateLimiter struct {
	now   func() time.Time
	limit int // writes in a minute; 0 for no limit

	mu     sync.Mutex
	writes map[string][]countedWrite // by session or address, oldest first
	last   uint64                    // number of the last counted write
}

// countedWrite is a call that writes, with the number of issues that it writes one
// by one.
type countedWrite struct {
	number uint64
	at     time.Time
	issues int
}

// maxCallers is the number of callers from which on those without recent writes
// are dropped.
const maxCallers = 1000

// newRateLimiter returns a limiter without writes.
func newRateLimiter(now func() time.Time, most int) *rateLimiter {
	return &rateLimiter{now: now, limit: most, writes: map[string][]countedWrite{}}
}

// callersPerAddress is how many callers' writes one address may make: a caller
// can easily begin a new session, but not so easily come from another address.
const callersPerAddress = 4

// boundsOf returns how much a caller may write in a minute, by what the writes are
// counted under. With a limit of 60, a session may write 60 issues and all sessions
// of its address together 240. A protocol version without sessions (2026-07-28)
// has only the bound of the address. On stdio there is no address, and one caller.
func (l *rateLimiter) boundsOf(caller kit.Caller) map[string]int {
	address := caller.Network()
	switch {
	case address == "":
		return map[string]int{"session " + caller.Session: l.limit}
	case caller.Session == "":
		return map[string]int{"address " + address: l.limit * callersPerAddress}
	}
	return map[string]int{"session " + caller.Session: l.limit, "address " + address: l.limit * callersPerAddress}
}

// count counts a call that writes so many issues, or returns an error if it would
// exceed the limit. undo takes it out of the count again: a call that failed before
// anything was sent was no write.
func (l *rateLimiter) count(ctx context.Context, issues int) (undo func(), _ error) {
	if l.limit == 0 {
		return nil, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	bounds := l.boundsOf(kit.CallerOf(ctx))
	for who, most := range bounds {
		if issues > most {
			return nil, &refusal{fmt.Sprintf("this call would write %d issues, and this server lets a caller write at most %d issues a minute. Nothing was done. Pass at most %d at once, or ask the person who runs this server to raise JIRA_MCP_WRITES_PER_MINUTE",
				issues, most, most), "limit"}
		}
		if wait := l.waitTime(who, most-issues); wait > 0 {
			return nil, &refusal{fmt.Sprintf("this server lets a caller write at most %d issues a minute, and the limit is reached. Nothing was done. Wait %d s. jira_bulk_update changes many issues at once and counts as one. The setting is JIRA_MCP_WRITES_PER_MINUTE",
				most, int(wait.Seconds()+1)), "limit"}
		}
	}
	l.last++
	made := countedWrite{l.last, l.now(), issues}
	for who := range bounds {
		l.writes[who] = append(l.writes[who], made)
	}
	return func() { l.undo(made.number) }, nil
}

// undo removes a write from all counts.
func (l *rateLimiter) undo(number uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for who, made := range l.writes {
		if n := slices.IndexFunc(made, func(w countedWrite) bool { return w.number == number }); n >= 0 {
			l.writes[who] = slices.Delete(slices.Clone(made), n, n+1)
		}
	}
}

// waitTime returns how long it takes until at most so many writes are in the last
// minute; 0 if that is so now. The lock is held.
func (l *rateLimiter) waitTime(who string, most int) time.Duration {
	now := l.now()
	if len(l.writes) >= maxCallers {
		maps.DeleteFunc(l.writes, func(_ string, made []countedWrite) bool {
			return len(made) == 0 || now.Sub(made[len(made)-1].at) >= time.Minute
		})
	}
	made := l.writes[who]
	for len(made) > 0 && now.Sub(made[0].at) >= time.Minute {
		made = made[1:]
	}
	l.writes[who] = made
	sum := 0
	for _, w := range made {
		sum += w.issues
	}
	for _, w := range made {
		if sum <= most {
			break
		}
		if sum -= w.issues; sum <= most {
			return time.Minute - now.Sub(w.at)
		}
	}
	return 0
}
