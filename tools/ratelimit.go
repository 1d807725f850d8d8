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
// each session and for each address, or for one person.
type rateLimiter struct {
	now   func() time.Time
	limit int // writes in a minute; 0 for no limit
	// ofPerson: all writes are one person's, and are counted together.
	ofPerson bool

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

// writeLimit is how many issues a caller may write in a minute, and the setting
// that says so; 0 for no limit.
type writeLimit struct {
	most int
	from string
}

// bound is a limit on the writes that are counted under one name.
type bound struct {
	counted string // the name
	most    int
	who     string // whom it limits, for people
	setting string // what sets it, for people
}

// boundsOf returns how much a caller may write in a minute. Where the limiter is one
// person's, that is all: it does not matter from how many clients the person writes.
//
// Otherwise the process acts as one Jira user, and callers are told apart by session
// and network address. With a limit of 60, a session may write 60 issues and all
// sessions of its address together 240. A protocol version without sessions
// (2026-07-28) has only the bound of the address. On stdio there is no address, and
// one caller.
func (l *rateLimiter) boundsOf(caller kit.Caller, limit writeLimit) []bound {
	if l.ofPerson {
		return []bound{{"person", limit.most, "each person", "The setting is " + limit.from}}
	}
	address := caller.Network()
	session := bound{"session " + caller.Session, limit.most, "a session", "The setting is " + limit.from}
	network := bound{"address " + address, limit.most * callersPerAddress, "all callers from one network address together",
		fmt.Sprintf("It is %d times %s. Callers behind a proxy share its address unless --trusted-proxies names the proxy", callersPerAddress, limit.from)}
	switch {
	case address == "":
		session.who = "a caller"
		return []bound{session}
	case caller.Session == "":
		return []bound{network}
	}
	return []bound{session, network}
}

// count counts a call that writes so many issues, or returns an error if it would
// exceed the limit. undo takes it out of the count again: a call that failed before
// anything was sent was no write.
func (l *rateLimiter) count(ctx context.Context, limit writeLimit, issues int) (undo func(), _ error) {
	if limit.most == 0 {
		return nil, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	bounds := l.boundsOf(kit.CallerOf(ctx), limit)
	for _, b := range bounds {
		if issues > b.most {
			return nil, &refusal{fmt.Sprintf("this call would write %d issues, and this server lets %s write at most %d issues a minute. Nothing was done. Pass at most %d at once. %s",
				issues, b.who, b.most, b.most, b.setting), "limit"}
		}
		if wait := l.waitTime(b.counted, b.most-issues); wait > 0 {
			return nil, &refusal{fmt.Sprintf("this server lets %s write at most %d issues a minute, and the limit is reached. Nothing was done. Wait %d s. jira_bulk_update changes many issues at once and counts as one. %s",
				b.who, b.most, int(wait.Seconds()+1), b.setting), "limit"}
		}
	}
	l.last++
	made := countedWrite{l.last, l.now(), issues}
	for _, b := range bounds {
		l.writes[b.counted] = append(l.writes[b.counted], made)
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
