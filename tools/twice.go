package tools

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// twice notices creates that were made already: a model that lost track sends
// the same again. It knows this process alone; another one, and Jira, do not.
type twice struct {
	now func() time.Time

	mu    sync.Mutex
	filed map[fingerprint]*filing
}

// fingerprint is of everything that makes two creates the same.
type fingerprint [sha256.Size]byte

// fingerprintOf is of values that can be written as JSON.
func fingerprintOf(values ...any) fingerprint {
	data, _ := json.Marshal(values) // what cannot be written makes no two alike: see form.values
	return sha256.Sum256(data)
}

// filing is one create: on its way, made, or made for all that is known.
type filing struct {
	settled chan struct{} // closed when what follows is set
	at      time.Time
	filed

	// before is what each of its fingerprints stood for: it counts again where
	// this one makes nothing.
	before map[fingerprint]*filing
}

// filed is what became of a create. The zero value is one whose answer was
// lost: it may have been made.
type filed struct {
	key    string
	read   bool // it could be read afterwards, as it is now gone if it cannot
	failed bool // nothing was made
}

const (
	// twiceFor is how long an identical create counts as the same one.
	twiceFor = 10 * time.Minute
	maxFiled = 5000
)

func newTwice(now func() time.Time) *twice {
	return &twice{now: now, filed: map[fingerprint]*filing{}}
}

// claim puts a create down under its fingerprints, those that it has (own) or a
// new one, or returns the earlier one that it repeats, unless it is to be made
// again all the same. It waits for one that is on its way.
func (t *twice) claim(ctx context.Context, own *filing, again bool, ids ...fingerprint) (mine, earlier *filing, err error) {
	for {
		t.mu.Lock()
		f := t.find(ids, own)
		if f == nil || again {
			mine = t.enter(own, ids)
			t.mu.Unlock()
			return mine, nil, nil
		}
		t.mu.Unlock()
		select {
		case <-f.settled:
			if !f.failed {
				return nil, f, nil
			}
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// made is an earlier create of the same that is settled; nil without one.
func (t *twice) made(ids ...fingerprint) *filing {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.find(ids, nil); f != nil && f.over() {
		return f
	}
	return nil
}

// find is what one of the fingerprints stands for and still counts, but for the
// create's own; the lock is held.
func (t *twice) find(ids []fingerprint, own *filing) *filing {
	for _, id := range ids {
		if f := t.filed[id]; f != nil && f != own && (!f.over() || !f.failed && t.now().Sub(f.at) < twiceFor) {
			return f
		}
	}
	return nil
}

// enter puts a filing down, a new one where there is none; the lock is held.
func (t *twice) enter(own *filing, ids []fingerprint) *filing {
	if own == nil {
		t.makeRoom()
		own = &filing{settled: make(chan struct{}), at: t.now(), before: map[fingerprint]*filing{}}
	}
	for _, id := range ids {
		if before := t.filed[id]; before != own {
			own.before[id], t.filed[id] = before, own
		}
	}
	return own
}

func (f *filing) over() bool {
	select {
	case <-f.settled:
		return true
	default:
		return false
	}
}

// settle says what became of a create.
func (t *twice) settle(f *filing, outcome filed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.filed, f.at = outcome, t.now()
	if f.failed {
		t.withdraw(f)
	} else {
		f.before = nil
	}
	close(f.settled)
}

// forget lets a create be made anew, since what it made is gone.
func (t *twice) forget(f *filing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.withdraw(f)
}

// withdraw takes a filing out, and puts back what was before it; the lock is
// held.
func (t *twice) withdraw(f *filing) {
	for id, other := range t.filed {
		if other != f {
			continue
		}
		before := f.before[id]
		for before != nil && before.over() && before.failed {
			before = before.before[id]
		}
		if before != nil {
			t.filed[id] = before
		} else {
			delete(t.filed, id)
		}
	}
}

// makeRoom drops what is old, and where that is not enough the oldest; the
// lock is held.
func (t *twice) makeRoom() {
	if len(t.filed) < maxFiled {
		return
	}
	var first *filing
	for id, f := range t.filed {
		switch {
		case !f.over():
		case t.now().Sub(f.at) >= twiceFor:
			delete(t.filed, id)
		case first == nil || f.at.Before(first.at):
			first = f
		}
	}
	if len(t.filed) >= maxFiled && first != nil {
		t.withdraw(first)
	}
}

// ago says in words how long ago a moment was.
func (t *twice) ago(at time.Time) string {
	d := t.now().Sub(at)
	if d < time.Minute {
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min ago", int(d.Minutes()))
}
