package once

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// Dedupe notices creates that were made already: a model that lost track sends
// the same again. It knows this process alone; another one, and Jira, do not.
type Dedupe struct {
	now func() time.Time

	mu    sync.Mutex
	filed map[Fingerprint]*Entry
}

// Fingerprint is of everything that makes two creates the same.
type Fingerprint [sha256.Size]byte

// FingerprintOf is of values that can be written as JSON.
func FingerprintOf(values ...any) Fingerprint {
	data, _ := json.Marshal(values) // what cannot be written makes no two alike: see form.values
	return sha256.Sum256(data)
}

// Entry is one create: on its way, made, or made for all that is known.
type Entry struct {
	settled chan struct{} // closed when what follows is set
	At      time.Time
	Result

	// before is what each of its fingerprints stood for: it counts again where
	// this one makes nothing.
	before map[Fingerprint]*Entry
}

// Result is what became of a create. The zero value is one whose answer was
// lost: it may have been made.
type Result struct {
	Key    string
	Read   bool // it could be read afterwards, as it is now gone if it cannot
	Failed bool // nothing was made
}

const (
	// twiceFor is how long an identical create counts as the same one.
	twiceFor = 10 * time.Minute
	maxFiled = 5000
)

func NewDedupe(now func() time.Time) *Dedupe {
	return &Dedupe{now: now, filed: map[Fingerprint]*Entry{}}
}

// Begin puts a create down under its fingerprints, those that it has (own) or a
// new one, or returns the earlier one that it repeats, unless it is to be made
// again all the same. It waits for one that is on its way.
func (t *Dedupe) Begin(ctx context.Context, own *Entry, again bool, ids ...Fingerprint) (mine, earlier *Entry, err error) {
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
			if !f.Failed {
				return nil, f, nil
			}
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// Completed is an earlier create of the same that is settled; nil without one.
func (t *Dedupe) Completed(ids ...Fingerprint) *Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.find(ids, nil); f != nil && f.over() {
		return f
	}
	return nil
}

// find is what one of the fingerprints stands for and still counts, but for the
// create's own; the lock is held.
func (t *Dedupe) find(ids []Fingerprint, own *Entry) *Entry {
	for _, id := range ids {
		if f := t.filed[id]; f != nil && f != own && (!f.over() || !f.Failed && t.now().Sub(f.At) < twiceFor) {
			return f
		}
	}
	return nil
}

// enter puts a filing down, a new one where there is none; the lock is held.
func (t *Dedupe) enter(own *Entry, ids []Fingerprint) *Entry {
	if own == nil {
		t.makeRoom()
		own = &Entry{settled: make(chan struct{}), At: t.now(), before: map[Fingerprint]*Entry{}}
	}
	for _, id := range ids {
		if before := t.filed[id]; before != own {
			own.before[id], t.filed[id] = before, own
		}
	}
	return own
}

func (f *Entry) over() bool {
	select {
	case <-f.settled:
		return true
	default:
		return false
	}
}

// Finish says what became of a create.
func (t *Dedupe) Finish(f *Entry, outcome Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.Result, f.At = outcome, t.now()
	if f.Failed {
		t.withdraw(f)
	} else {
		f.before = nil
	}
	close(f.settled)
}

// Forget lets a create be made anew, since what it made is gone.
func (t *Dedupe) Forget(f *Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.withdraw(f)
}

// withdraw takes a filing out, and puts back what was before it; the lock is
// held.
func (t *Dedupe) withdraw(f *Entry) {
	for id, other := range t.filed {
		if other != f {
			continue
		}
		before := f.before[id]
		for before != nil && before.over() && before.Failed {
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
func (t *Dedupe) makeRoom() {
	if len(t.filed) < maxFiled {
		return
	}
	var first *Entry
	for id, f := range t.filed {
		switch {
		case !f.over():
		case t.now().Sub(f.At) >= twiceFor:
			delete(t.filed, id)
		case first == nil || f.At.Before(first.At):
			first = f
		}
	}
	if len(t.filed) >= maxFiled && first != nil {
		t.withdraw(first)
	}
}

// Ago says in words how long ago a moment was.
func (t *Dedupe) Ago(at time.Time) string {
	d := t.now().Sub(at)
	if d < time.Minute {
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min ago", int(d.Minutes()))
}
