package once

import (
	"context"
	"sync"
)

// KeyedMutex lets one edit of an issue follow another: each reads the issue before
// it writes, and assistants send edits of one issue side by side.
type KeyedMutex struct {
	mu   sync.Mutex
	busy map[string]*lock
}

type lock struct {
	slot  chan struct{}
	users int // that hold it or wait for it
}

func NewKeyedMutex() *KeyedMutex { return &KeyedMutex{busy: map[string]*lock{}} }

// Lock waits for the turn of a key. done gives it on.
func (t *KeyedMutex) Lock(ctx context.Context, key string) (done func(), _ error) {
	t.mu.Lock()
	own := t.busy[key]
	if own == nil {
		own = &lock{slot: make(chan struct{}, 1)}
		t.busy[key] = own
	}
	own.users++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if own.users--; own.users == 0 {
			delete(t.busy, key)
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
