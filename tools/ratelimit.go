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

// DefaultWritesPerMinute is how many writes a caller may make in a minute.
const DefaultWritesPerMinute = 30

// rateLimiter limits the writes of each caller, so that a model in a loop does
// little harm before somebody notices. It keeps the times of the writes in the
// last minute, for each session and for each address.
type rateLimiter struct {
	now   func() time.Time
	limit int // writes in a minute; 0 for no limit

	mu     sync.Mutex
	writes map[string][]time.Time // the times of the writes, by session or address
}

// maxCallers is the number of callers from which on those without recent writes
// are dropped.
const maxCallers = 1000

// newRateLimiter returns a limiter without writes.
func newRateLimiter(now func() time.Time, most int) *rateLimiter {
	return &rateLimiter{now: now, limit: most, writes: map[string][]time.Time{}}
}

// callersPerAddress is how many callers' writes one address may make: a caller
// can easily begin a new session, but not so easily come from another address.
const callersPerAddress = 4

// count counts a write of the caller, or returns an error if the limit is
// reached. undo takes it out of the count again: a call that failed before
// anything was sent was no write.
//
// With a limit of 30, a session may write 30 times a minute and all sessions of
// its address together 120 times. A caller without a session is limited by its
// address alone; one without an address, on stdio, by its session.
func (l *rateLimiter) count(ctx context.Context) (undo func(), _ error) {
	if l.limit == 0 {
		return nil, nil
	}
	caller := kit.CallerOf(ctx)
	session, address := caller.Session, caller.Address
	l.mu.Lock()
	defer l.mu.Unlock()
	bounds := map[string]int{"session " + session: l.limit, "sessions at " + address: l.limit * callersPerAddress}
	switch {
	case session == "": // a protocol version without sessions, or a process for one caller
		bounds = map[string]int{"address " + address: l.limit}
	case address == "":
		delete(bounds, "sessions at ")
	}
	for who, most := range bounds {
		if wait := l.waitTime(who, most); wait > 0 {
			return nil, &refusal{fmt.Sprintf("this server allows a caller at most %d writes a minute, and the limit is reached. Nothing was done. Wait %d s; tools that accept several issues write them all in one call", l.limit, int(wait.Seconds())+1), "limit"}
		}
	}
	at := l.now()
	for who := range bounds {
		l.writes[who] = append(l.writes[who], at)
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for who := range bounds {
			if n := slices.Index(l.writes[who], at); n >= 0 {
				l.writes[who] = slices.Delete(slices.Clone(l.writes[who]), n, n+1)
			}
		}
	}, nil
}

// waitTime returns how long it takes until another write is allowed, 0 if one is
// now. The lock is held.
func (l *rateLimiter) waitTime(who string, most int) time.Duration {
	now := l.now()
	if len(l.writes) >= maxCallers {
		maps.DeleteFunc(l.writes, func(_ string, made []time.Time) bool {
			return len(made) == 0 || now.Sub(made[len(made)-1]) >= time.Minute
		})
	}
	made := l.writes[who]
	for len(made) > 0 && now.Sub(made[0]) >= time.Minute {
		made = made[1:]
	}
	l.writes[who] = made
	if len(made) < most {
		return 0
	}
	return time.Minute - now.Sub(made[0])
}
