// Package once keeps parallel and repeated calls from doing the same thing
// twice: [Dedupe] recognises an issue that was created already, and
// [KeyedMutex] lets edits of one issue follow one another.
package once

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// Dedupe recognises creates that were made already: a model that lost track
// sends the same again. It knows creates of this process alone, not those of
// other processes or of people in Jira.
//
// A create is identified by fingerprints, for example one of its arguments and
// one of the fields that are sent; it repeats another if one of them is the
// same:
//
//	mine, earlier, err := dedupe.Begin(ctx, nil, false, fingerprints…)
//	// without earlier: create the issue, then
//	dedupe.Finish(mine, Result{Key: "PAY-133", Readable: true})
type Dedupe struct {
	now func() time.Time

	mu    sync.Mutex
	filed map[Fingerprint]*Entry
}

// Fingerprint is a hash of everything that makes two creates the same.
type Fingerprint [sha256.Size]byte

// FingerprintOf returns the fingerprint of values, which have to be encodable
// as JSON: values that are not would all have the same fingerprint. What a form
// sends always is.
func FingerprintOf(values ...any) Fingerprint {
	data, _ := json.Marshal(values) // see above
	return sha256.Sum256(data)
}

// Entry is one create: in progress, made, or possibly made. At is the time when
// it began, and after it has finished that time.
type Entry struct {
	settled chan struct{} // closed when Result is set
	At      time.Time
	Result

	// previous is the entry that each of its fingerprints belonged to before.
	// It counts again if this create makes nothing.
	before map[Fingerprint]*Entry
}

// Result is how a create ended. The zero value means that its answer was lost:
// the issue may have been created.
type Result struct {
	Key    string
	Read   bool // the issue was read afterwards, so it was deleted if it cannot be read now
	Failed bool // nothing was created
}

const (
	// twiceFor is how long an identical create counts as the same one.
	twiceFor = 10 * time.Minute
	// maxFiled bounds the remembered fingerprints.
	maxFiled = 5000
)

// NewDedupe returns a Dedupe that remembers nothing yet.
func NewDedupe(now func() time.Time) *Dedupe {
	return &Dedupe{now: now, filed: map[Fingerprint]*Entry{}}
}

// Begin registers a create under its fingerprints and returns its entry in
// mine, or returns in earlier the create that it repeats. If an identical
// create is in progress, Begin waits for it, and registers this one if that one
// failed.
//
// own is the create's own entry if it was registered before and further
// fingerprints are now known, else nil. again registers it even if it repeats
// another one. The caller has to call [Dedupe.Finish] with mine.
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

// Completed returns an earlier identical create that has finished; nil if there
// is none.
func (t *Dedupe) Completed(ids ...Fingerprint) *Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.find(ids, nil); f != nil && f.over() {
		return f
	}
	return nil
}

// find returns the entry other than own that has one of the fingerprints and
// still counts: in progress, or finished in the last ten minutes and not
// failed. The lock is held.
func (t *Dedupe) find(ids []Fingerprint, own *Entry) *Entry {
	for _, id := range ids {
		if f := t.filed[id]; f != nil && f != own && (!f.over() || !f.Failed && t.now().Sub(f.At) < twiceFor) {
			return f
		}
	}
	return nil
}

// enter puts an entry under fingerprints, a new one if own is nil, and keeps
// the previous ones. The lock is held.
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

// Finish stores how a create ended and wakes the calls that wait for it. A
// failed one is removed.
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

// Forget removes a create whose issue is gone, so that it can be made anew.
func (t *Dedupe) Forget(f *Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.withdraw(f)
}

// withdraw removes an entry and puts back the entry before it, skipping those
// that failed: if PAY-133 was created and two more creates of the same fail, in
// any order, the fingerprint belongs to PAY-133 again. The lock is held.
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

// makeRoom drops expired entries once the limit is reached, and the oldest
// finished one if that is not enough. The lock is held.
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

// Ago returns how long ago a time was, like "5 min ago".
func (t *Dedupe) Ago(at time.Time) string {
	d := t.now().Sub(at)
	if d < time.Minute {
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min ago", int(d.Minutes()))
}
