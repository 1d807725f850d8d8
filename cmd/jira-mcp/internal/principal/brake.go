package principal

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"
)

// maxRefusals is how many credentials may be refused in a minute before others that
// are not known are not tried any more.
const maxRefusals = 60

// brake limits how many credentials can be guessed. A credential that is being tried
// counts until Jira has answered, so that many at once cannot pass; those beyond
// wait, so that many newcomers with good credentials only queue.
type brake struct {
	now func() time.Time
	log *slog.Logger

	mu      sync.Mutex
	refused map[string][]time.Time // in the last minute, by sender
	trying  map[string]int         // by sender
	changed chan struct{}          // closed and replaced when a trial ends
}

func newBrake(now func() time.Time, log *slog.Logger) *brake {
	return &brake{now: now, log: log, refused: map[string][]time.Time{}, trying: map[string]int{}, changed: make(chan struct{})}
}

// enter begins a trial of a sender. The caller calls leave with its result. The
// error is a [*Refusal] or that of ctx.
func (b *brake) enter(ctx context.Context, sender string) (leave func(refused bool), _ error) {
	for {
		b.mu.Lock()
		b.prune()
		refused := b.refused[sender]
		if len(refused) >= maxRefusals {
			wait := time.Minute - b.now().Sub(refused[len(refused)-maxRefusals])
			b.mu.Unlock()
			return nil, tooMany(wait.Truncate(time.Second) + time.Second)
		}
		if len(refused)+b.trying[sender] < maxRefusals {
			b.trying[sender]++
			b.mu.Unlock()
			return func(refused bool) { b.leave(sender, refused) }, nil
		}
		changed := b.changed
		b.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// leave ends a trial.
func (b *brake) leave(sender string, refused bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.trying[sender]--; b.trying[sender] == 0 {
		delete(b.trying, sender)
	}
	if refused {
		b.refused[sender] = append(b.refused[sender], b.now())
		if len(b.refused[sender]) == maxRefusals {
			b.log.Warn("unknown credentials are not tried for up to a minute, since too many were refused; known callers are not affected", "sender", sender, "refused", maxRefusals)
		}
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

// prune forgets refusals that are older than a minute. The lock is held.
func (b *brake) prune() {
	now := b.now()
	maps.DeleteFunc(b.refused, func(sender string, at []time.Time) bool {
		for len(at) > 0 && now.Sub(at[0]) >= time.Minute {
			at = at[1:]
		}
		b.refused[sender] = at
		return len(at) == 0
	})
}
