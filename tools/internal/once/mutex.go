package once

import (
	"context"
	"sync"
)

// KeyedMutex serialises the edits of each issue: an edit reads the issue before
// it writes, and assistants send several edits of one issue at the same time.
// It has one lock per key, which exists as long as somebody uses it.
type KeyedMutex struct {
	mu   sync.Mutex
	busy map[string]*lock
}

// lock is the lock of one key.
type lock struct {
	slot  chan struct{} // a channel, so that waiting can end with a context
	users int           // calls that hold it or wait for it
}

// NewKeyedMutex returns a KeyedMutex without locks.
func NewKeyedMutex() *KeyedMutex { return &KeyedMutex{busy: map[string]*lock{}} }

// Lock waits until the key is free or ctx ends. done unlocks it.
func (m *KeyedMutex) Lock(ctx context.Context, key string) (done func(), _ error) {
	m.mu.Lock()
	own := m.busy[key]
	if own == nil {
		own = &lock{slot: make(chan struct{}, 1)}
		m.busy[key] = own
	}
	own.users++
	m.mu.Unlock()
	leave := func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if own.users--; own.users == 0 {
			delete(m.busy, key)
		}
	}
	select {
	case own.slot <- struct{}{}:
		return func() { <-own.slot; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
