package names

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Cache remembers answers for a while, bounded in number, and asks once for
// those who want the same at the same time. What was told to one account is
// not given to the next: whoever changes drops everything.
type Cache[K comparable, V any] struct {
	now  func() time.Time
	who  func() uint64 // changes with the account
	ttl  time.Duration
	size int

	mu      sync.Mutex
	entries map[K]*entry[V]
	told    uint64 // the account they were told to
}

type entry[V any] struct {
	ready chan struct{} // closed when value and err are set
	value V
	err   error
	at    time.Time
}

// NewCache makes one of so many entries; who changes with the account.
func NewCache[K comparable, V any](now func() time.Time, who func() uint64, size int) *Cache[K, V] {
	return &Cache[K, V]{now: now, who: who, ttl: fresh, size: size, entries: map[K]*entry[V]{}}
}

// errPanicked is what those get who waited for an asker that panicked.
var errPanicked = errors.New("the question for names failed")

// Get returns what is remembered for key, or asks. An error is not
// remembered. The first caller's context carries the question: if it is
// cancelled, those who wait ask again for themselves.
func (c *Cache[K, V]) Get(ctx context.Context, key K, ask func(context.Context) (V, error)) (V, error) {
	for {
		c.mu.Lock()
		c.change()
		e, ok := c.entries[key]
		if ok && !e.at.IsZero() && c.now().Sub(e.at) >= c.ttl {
			ok = false
		}
		if !ok {
			e = &entry[V]{ready: make(chan struct{})}
			c.makeRoom()
			c.entries[key] = e
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
		// An error is shared, but for that of an asker who went away.
		if !errors.Is(e.err, context.Canceled) {
			return e.value, e.err
		}
		if ctx.Err() != nil {
			return e.value, ctx.Err()
		}
	}
}

// change drops everything when the account is another. Before the first
// answer there is none.
func (c *Cache[K, V]) change() {
	if who := c.who(); who != c.told {
		if c.told != 0 {
			clear(c.entries)
		}
		c.told = who
	}
}

func (c *Cache[K, V]) fill(ctx context.Context, key K, e *entry[V], ask func(context.Context) (V, error)) {
	e.err = errPanicked
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.settle(key, e)
		close(e.ready)
	}()
	e.value, e.err = ask(ctx)
}

// settle notes the answer; the lock is held.
func (c *Cache[K, V]) settle(key K, e *entry[V]) {
	e.at = c.now()
	if c.told == 0 {
		c.told = c.who()
	}
	if e.err != nil && c.entries[key] == e {
		delete(c.entries, key)
	}
}

// drop forgets one answer.
func (c *Cache[K, V]) drop(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, key)
}

// makeRoom drops the oldest answer when the cache is full.
func (c *Cache[K, V]) makeRoom() {
	if len(c.entries) < c.size {
		return
	}
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

// forget drops what has been remembered for some time, and reports whether
// there was any.
func (c *Cache[K, V]) forget(age time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.entries)
	for key, e := range c.entries {
		if !e.at.IsZero() && c.now().Sub(e.at) >= age {
			delete(c.entries, key)
		}
	}
	return len(c.entries) < before
}
