// Package tenants keeps what a process has built for each of its users, as many as
// fit. Everything in it can be built again at any time: what must survive that is
// kept elsewhere.
//
//	pool := tenants.New[string, *server](tenants.Options[string]{Max: 500, Idle: 10 * time.Minute, Now: time.Now})
//	s, release, err := pool.Acquire(ctx, "ana", func() (*server, func(), error) { … })
//	if err != nil { … }
//	defer release()
package tenants

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrBusy reports that there is no room, since everything in the pool is in use.
var ErrBusy = errors.New("too many credentials are in use at the same time")

// ErrUserBusy reports that one user has as many entries in use as one may have.
var ErrUserBusy = errors.New("this account uses too many credentials at the same time")

// Options configures a [Pool]. Max and Now are required.
type Options[K comparable] struct {
	Max  int           // entries at most
	Idle time.Duration // an entry that is not used for so long is closed; 0 keeps it
	// User returns whose entry a key is for, and MaxOfUser how many entries one may
	// have, so that one cannot take the place of all others. Nil and 0 for no limit.
	User      func(K) string
	MaxOfUser int
	Now       func() time.Time
}

// Pool holds one value for each key. A value is built once, however many callers
// need it at the same time. When the pool is full, the value that was used least
// recently goes, never one that is in use. It is safe for concurrent use.
type Pool[K comparable, V any] struct {
	o Options[K]

	mu      sync.Mutex
	entries map[K]*entry[V]
}

// entry is a value with its use.
type entry[V any] struct {
	ready    chan struct{} // closed when the value or the error is set
	value    V
	err      error
	close    func()
	users    int
	lastUsed time.Time
	isOut    bool // it has left the pool, and is closed when nobody uses it
}

// New returns an empty pool.
func New[K comparable, V any](o Options[K]) *Pool[K, V] {
	return &Pool[K, V]{o: o, entries: map[K]*entry[V]{}}
}

// Acquire returns the value for a key, and builds it with open if there is none. The
// function that open returns closes the value. The caller calls release when it does
// not use the value any more. The error is that of
// open, [ErrBusy], [ErrUserBusy], or that of ctx.
func (p *Pool[K, V]) Acquire(ctx context.Context, key K, open func() (V, func(), error)) (value V, release func(), _ error) {
	e, isNew, err := p.enter(key)
	if err != nil {
		return value, nil, err
	}
	release = sync.OnceFunc(func() { p.release(e) })
	if isNew {
		p.build(key, e, open)
	}
	select {
	case <-e.ready:
	case <-ctx.Done():
		release()
		return value, nil, ctx.Err()
	}
	if e.err != nil {
		release()
		return value, nil, e.err
	}
	return e.value, release, nil
}

// enter returns the entry for a key, used by one more, or a new one that the caller
// has to build. The error is [ErrBusy] or [ErrUserBusy].
func (p *Pool[K, V]) enter(key K) (e *entry[V], isNew bool, _ error) {
	for {
		p.mu.Lock()
		if e = p.entries[key]; e != nil {
			e.users++
			p.mu.Unlock()
			return e, false, nil
		}
		oldest, err := p.makeRoom(key)
		if oldest == nil && err == nil {
			e = &entry[V]{ready: make(chan struct{}), users: 1}
			p.entries[key] = e
		}
		p.mu.Unlock()
		if oldest == nil {
			return e, true, err
		}
		oldest.close() // meanwhile another caller may have entered the same key
	}
}

// makeRoom takes an entry out of the pool if there is no room for a key: one of the
// same user, if that has too many, or else any. The caller closes it. The lock is held.
func (p *Pool[K, V]) makeRoom(key K) (*entry[V], error) {
	if p.o.User != nil && p.o.MaxOfUser > 0 {
		user, n := p.o.User(key), 0
		for k := range p.entries {
			if p.o.User(k) == user {
				n++
			}
		}
		if n >= p.o.MaxOfUser {
			if oldest := p.takeOldest(func(k K) bool { return p.o.User(k) == user }); oldest != nil {
				return oldest, nil
			}
			return nil, ErrUserBusy
		}
	}
	if len(p.entries) < p.o.Max {
		return nil, nil
	}
	if oldest := p.takeOldest(func(K) bool { return true }); oldest != nil {
		return oldest, nil
	}
	return nil, ErrBusy
}

// errPanicked reports that building a value panicked.
var errPanicked = errors.New("building the server of this user failed")

// build fills an entry. An entry that could not be built leaves the pool.
func (p *Pool[K, V]) build(key K, e *entry[V], open func() (V, func(), error)) {
	value, closing, err := *new(V), func() {}, errPanicked
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		e.value, e.err, e.close = value, err, closing
		if err != nil {
			e.isOut, e.close = true, func() {}
			if p.entries[key] == e {
				delete(p.entries, key)
			}
		}
		close(e.ready)
	}()
	value, closing, err = open()
}

// release ends a use. The last one closes an entry that has left the pool.
func (p *Pool[K, V]) release(e *entry[V]) {
	p.mu.Lock()
	e.users--
	e.lastUsed = p.o.Now()
	isLast := e.isOut && e.users == 0
	p.mu.Unlock()
	if isLast {
		e.close()
	}
}

// takeOldest removes the least recently used entry from the pool, among the unused
// entries that mayGo allows, and returns it; nil if there is none. The lock is held.
func (p *Pool[K, V]) takeOldest(mayGo func(K) bool) *entry[V] {
	var key K
	var oldest *entry[V]
	for k, e := range p.entries {
		if e.users == 0 && mayGo(k) && (oldest == nil || e.lastUsed.Before(oldest.lastUsed)) {
			key, oldest = k, e
		}
	}
	if oldest != nil {
		oldest.isOut = true
		delete(p.entries, key)
	}
	return oldest
}

// Sweep closes the entries that were not used for [Options.Idle].
func (p *Pool[K, V]) Sweep() {
	if p.o.Idle == 0 {
		return
	}
	p.remove(func(_ K, e *entry[V]) bool { return e.users == 0 && p.o.Now().Sub(e.lastUsed) >= p.o.Idle })
}

// Drop removes the values that drop chooses, in use or not: the next caller gets a
// new one. It calls end for each, which may end its streams; a value is closed when
// nobody uses it any more.
func (p *Pool[K, V]) Drop(drop func(K, V) bool, end func(V)) {
	for _, e := range p.remove(func(key K, e *entry[V]) bool { return e.isReady() && e.err == nil && drop(key, e.value) }) {
		end(e.value)
	}
}

// remove takes entries out of the pool, and closes those that nobody uses.
func (p *Pool[K, V]) remove(which func(K, *entry[V]) bool) []*entry[V] {
	p.mu.Lock()
	var out []*entry[V]
	var unused []*entry[V]
	for key, e := range p.entries {
		if !which(key, e) {
			continue
		}
		e.isOut = true
		delete(p.entries, key)
		out = append(out, e)
		if e.users == 0 {
			unused = append(unused, e)
		}
	}
	p.mu.Unlock()
	for _, e := range unused {
		e.close()
	}
	return out
}

// isReady reports whether the value was built.
func (e *entry[V]) isReady() bool {
	select {
	case <-e.ready:
		return true
	default:
		return false
	}
}

// Len returns the number of values in the pool.
func (p *Pool[K, V]) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.entries)
}

// Close removes and closes everything, at the end of the process.
func (p *Pool[K, V]) Close() {
	p.remove(func(K, *entry[V]) bool { return true })
}
