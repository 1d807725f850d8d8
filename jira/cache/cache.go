// Package cache keeps answers for a limited time.
//
// [TTL] is the one cache of the program. It is bounded in size and in time;
// callers that want the same key at the same time share one request
// (single-flight); and it is emptied when its owner changes, since an answer
// that Jira gave to one account must not be given to the next.
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

// Options configures a [TTL].
type Options struct {
	TTL  time.Duration    // how long an answer is reused
	Size int              // how many answers are kept; a new one replaces the oldest
	Now  func() time.Time // the clock
	// Owner returns a number that identifies the owner of the answers, or 0
	// before there is one. May be nil.
	Owner func() uint64
}

// TTL is a cache of values by key. It is safe for concurrent use.
type TTL[K comparable, V any] struct {
	o Options

	mu      sync.Mutex
	entries map[K]*entry[V]
	owner   uint64 // the owner of the entries
}

// entry is an answer, or a request that is under way.
type entry[V any] struct {
	began time.Time     // when the request began
	ready chan struct{} // closed when the fields below are set
	value V
	err   error
	at    time.Time // when the answer came; zero before
	until time.Time // when it expires; zero for at + TTL
}

// New returns an empty cache.
func New[K comparable, V any](o Options) *TTL[K, V] {
	if o.Owner == nil {
		o.Owner = func() uint64 { return 0 }
	}
	return &TTL[K, V]{o: o, entries: map[K]*entry[V]{}}
}

// errPanicked is the error for waiting callers when ask panics.
var errPanicked = errors.New("the lookup panicked")

// Get returns the value of key. If there is none or it has expired, Get calls
// ask for it, with the first caller's context; other callers wait for that
// result. They share its error, which is not kept. If the first caller's
// context is cancelled or times out, each waiting caller starts over with its
// own context.
func (c *TTL[K, V]) Get(ctx context.Context, key K, ask func(context.Context) (V, error)) (V, error) {
	return c.get(ctx, key, anyAge, ask)
}

// anyAge accepts every answer that has not expired.
const anyAge time.Duration = -1

// GetWithin is Get for a caller that accepts only answers younger than age, and
// joins only a request that began within it. With an age of 0 it always asks.
func (c *TTL[K, V]) GetWithin(ctx context.Context, key K, age time.Duration, ask func(context.Context) (V, error)) (V, error) {
	return c.get(ctx, key, max(age, 0), ask)
}

// get implements Get and GetWithin. The loop ends with an answer, an error or
// the end of ctx; it repeats only after another caller's context ended.
func (c *TTL[K, V]) get(ctx context.Context, key K, age time.Duration, ask func(context.Context) (V, error)) (V, error) {
	for {
		c.mu.Lock()
		c.checkOwner()
		e, ok := c.entries[key]
		if !ok || !c.isUsable(e, age) {
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

// isUsable reports whether an entry serves a caller that accepts answers younger
// than age; the caller holds the lock. For example, after Jira refused a token,
// the answer to a question of before the refusal proves nothing about it.
func (c *TTL[K, V]) isUsable(e *entry[V], age time.Duration) bool {
	if e.at.IsZero() { // under way
		return age == anyAge || c.o.Now().Sub(e.began) < age
	}
	return !c.expired(e) && (age == anyAge || c.o.Now().Sub(e.at) < age)
}

// Peek returns the value of key and its age, and never calls a function for it.
// known is false for an expired value and for one whose request is under way.
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

// Put stores a value that the caller has from elsewhere, as of now.
func (c *TTL[K, V]) Put(key K, value V) { c.PutUntil(key, value, time.Time{}) }

// PutUntil is Put for a value with its own time of expiry.
func (c *TTL[K, V]) PutUntil(key K, value V, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checkOwner()
	e := c.add(key)
	e.value, e.at, e.until = value, c.o.Now(), until
	close(e.ready)
}

// Delete removes the value of key.
func (c *TTL[K, V]) Delete(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, key)
}

// DeleteFunc removes the values for which drop returns true, and the requests
// that are under way: their callers get their answers, but later callers ask
// again.
func (c *TTL[K, V]) DeleteFunc(drop func(key K, value V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, e := range c.entries {
		if e.at.IsZero() || drop(key, e.value) {
			delete(c.entries, key)
		}
	}
}

// DeleteOlder removes the values of at least the given age, and reports whether
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

// checkOwner empties the cache when the owner has changed; the caller holds the
// lock. The first owner keeps the answers from before there was one.
func (c *TTL[K, V]) checkOwner() {
	if owner := c.o.Owner(); owner != c.owner {
		if c.owner != 0 {
			clear(c.entries)
		}
		c.owner = owner
	}
}

// expired reports whether an answer is too old; the caller holds the lock.
func (c *TTL[K, V]) expired(e *entry[V]) bool {
	if !e.until.IsZero() {
		return !c.o.Now().Before(e.until)
	}
	return c.o.Now().Sub(e.at) >= c.o.TTL
}

// add stores a new entry without an answer, and removes the oldest answer if
// the cache is full; the caller holds the lock.
func (c *TTL[K, V]) add(key K) *entry[V] {
	e := &entry[V]{began: c.o.Now(), ready: make(chan struct{})}
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

// fill calls ask and wakes the waiting callers, even if ask panics.
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
