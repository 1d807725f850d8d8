// Package cache remembers answers for a while.
//
// [TTL] is the one cache of the program: bounded in number and in time, with
// single-flight (callers that ask for the same key at the same time share one
// question), and emptied when its owner changes, since an answer that Jira gave
// to one account must not be given to the next.
//
//	statuses := cache.New[string, []Status](cache.Options{TTL: 5 * time.Minute, Size: 1, Now: now})
//	list, err := statuses.Get(ctx, "", client.Statuses)
package cache

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Options configure a [TTL].
type Options struct {
	TTL  time.Duration    // how long an answer is reused
	Size int              // how many answers are kept; the oldest is dropped first
	Now  func() time.Time // the clock
	// Owner returns a number that changes when the answers belong to somebody
	// else; 0 before there is an owner. May be nil.
	Owner func() uint64
}

// TTL remembers values by key. It is safe for concurrent use.
type TTL[K comparable, V any] struct {
	o Options

	mu      sync.Mutex
	entries map[K]*entry[V]
	owner   uint64 // whom the entries belong to
}

// entry is one answer, or the question that is on its way.
type entry[V any] struct {
	ready chan struct{} // closed when the fields below are set
	value V
	err   error
	at    time.Time // when it was answered; zero before
	until time.Time // when it expires; zero: at + TTL
}

// New returns an empty cache.
func New[K comparable, V any](o Options) *TTL[K, V] {
	if o.Owner == nil {
		o.Owner = func() uint64 { return 0 }
	}
	return &TTL[K, V]{o: o, entries: map[K]*entry[V]{}}
}

// errPanicked is what the waiting callers get when the asking one panicked.
var errPanicked = errors.New("the question panicked")

// Get returns the value of key, asking for it when it is not known or expired.
// Errors are shared with the callers that wait, and not remembered. ask runs
// with the first caller's context; if that one is cancelled or runs out of time,
// the waiting callers ask again for themselves.
func (c *TTL[K, V]) Get(ctx context.Context, key K, ask func(context.Context) (V, error)) (V, error) {
	return c.get(ctx, key, anyAge, ask)
}

// anyAge accepts every answer that has not expired.
const anyAge time.Duration = -1

// GetWithin is Get for a caller that accepts answers younger than age only. An
// answer that arrives while the caller waits for it is always young enough.
func (c *TTL[K, V]) GetWithin(ctx context.Context, key K, age time.Duration, ask func(context.Context) (V, error)) (V, error) {
	return c.get(ctx, key, max(age, 0), ask)
}

func (c *TTL[K, V]) get(ctx context.Context, key K, age time.Duration, ask func(context.Context) (V, error)) (V, error) {
	for {
		c.mu.Lock()
		c.checkOwner()
		e, ok := c.entries[key]
		if ok && !e.at.IsZero() && (c.expired(e) || age != anyAge && c.o.Now().Sub(e.at) >= age) {
			ok = false
		}
		if !ok {
			e = c.add(key)
			c.mu.Unlock()
			c.fill(ctx, key, e, ask)
			return e.value, e.err
		}
		c.mu.Unlock()
		select {
		case <-e.ready:
		case <-ctx.Done():
			var zero V
			return zero, ctx.Err()
		}
		if !errors.Is(e.err, context.Canceled) && !errors.Is(e.err, context.DeadlineExceeded) {
			return e.value, e.err
		}
		if ctx.Err() != nil {
			return e.value, ctx.Err()
		}
	}
}

// Peek returns the value of key and its age, without asking. known is false for
// an expired value and for one that is on its way.
func (c *TTL[K, V]) Peek(key K) (value V, age time.Duration, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checkOwner()
	e, ok := c.entries[key]
	if !ok || e.at.IsZero() || c.expired(e) {
		return value, 0, false
	}
	return e.value, c.o.Now().Sub(e.at), true
}

// Put remembers a value that came by another way, as an answer of this moment.
func (c *TTL[K, V]) Put(key K, value V) { c.PutUntil(key, value, time.Time{}) }

// PutUntil is Put for a value with an expiry of its own.
func (c *TTL[K, V]) PutUntil(key K, value V, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checkOwner()
	e := c.add(key)
	e.value, e.at, e.until = value, c.o.Now(), until
	close(e.ready)
}

// Delete forgets the value of key.
func (c *TTL[K, V]) Delete(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, key)
}

// DeleteFunc forgets the known values for which drop returns true.
func (c *TTL[K, V]) DeleteFunc(drop func(key K, value V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, e := range c.entries {
		if !e.at.IsZero() && drop(key, e.value) {
			delete(c.entries, key)
		}
	}
}

// DeleteOlder forgets the values that are at least so old, and reports whether
// there were any.
func (c *TTL[K, V]) DeleteOlder(age time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.entries)
	for key, e := range c.entries {
		if !e.at.IsZero() && c.o.Now().Sub(e.at) >= age {
			delete(c.entries, key)
		}
	}
	return len(c.entries) < before
}

// checkOwner empties the cache when the owner is another one; the lock is held.
// The first owner takes over what was asked before there was one.
func (c *TTL[K, V]) checkOwner() {
	if owner := c.o.Owner(); owner != c.owner {
		if c.owner != 0 {
			clear(c.entries)
		}
		c.owner = owner
	}
}

// expired reports whether an answered entry is too old; the lock is held.
func (c *TTL[K, V]) expired(e *entry[V]) bool {
	if !e.until.IsZero() {
		return !c.o.Now().Before(e.until)
	}
	return c.o.Now().Sub(e.at) >= c.o.TTL
}

// add puts an unanswered entry in, dropping the oldest answer when the cache is
// full; the lock is held.
func (c *TTL[K, V]) add(key K) *entry[V] {
	e := &entry[V]{ready: make(chan struct{})}
	if _, known := c.entries[key]; !known && len(c.entries) >= c.o.Size {
		var oldest K
		var at time.Time
		for k, e := range c.entries {
			if !e.at.IsZero() && (at.IsZero() || e.at.Before(at)) {
				oldest, at = k, e.at
			}
		}
		if !at.IsZero() {
			delete(c.entries, oldest)
		}
	}
	c.entries[key] = e
	return e
}

// fill asks and wakes the waiting callers, also when ask panics.
func (c *TTL[K, V]) fill(ctx context.Context, key K, e *entry[V], ask func(context.Context) (V, error)) {
	e.err = errPanicked
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		e.at = c.o.Now()
		if c.owner == 0 {
			c.owner = c.o.Owner()
		}
		if e.err != nil && c.entries[key] == e {
			delete(c.entries, key)
		}
		close(e.ready)
	}()
	e.value, e.err = ask(ctx)
}
