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
	filed map[[sha256.Size]byte]*filing
}

// filing is one create: on its way, made, or made for all that is known.
type filing struct {
	settled chan struct{} // closed when what follows is set
	at      time.Time
	key     string // "" where the answer was lost
	failed  bool   // nothing was made
}

const (
	// twiceFor is how long an identical create counts as the same one.
	twiceFor = 10 * time.Minute
	maxFiled = 1000
)

func newTwice(now func() time.Time) *twice {
	return &twice{now: now, filed: map[[sha256.Size]byte]*filing{}}
}

// identity is what makes two creates the same: the account and everything that
// is sent.
func (t *twice) identity(account uint64, form *form) [sha256.Size]byte {
	data, _ := json.Marshal([]any{account, form.project, form.kind, form.values, form.updates})
	return sha256.Sum256(data)
}

// begin gives the filing of a create that is to be made (own), or the earlier
// one that it repeats. It waits for one that is on its way.
func (t *twice) begin(ctx context.Context, id [sha256.Size]byte) (own, earlier *filing, err error) {
	for {
		t.mu.Lock()
		f := t.filed[id]
		if f == nil || f.over() && (f.failed || t.now().Sub(f.at) >= twiceFor) {
			own = &filing{settled: make(chan struct{}), at: t.now()}
			t.makeRoom()
			t.filed[id] = own
			t.mu.Unlock()
			return own, nil, nil
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

// anew gives the filing of a create that is made whatever was made before.
func (t *twice) anew(id [sha256.Size]byte) *filing {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := &filing{settled: make(chan struct{}), at: t.now()}
	t.makeRoom()
	t.filed[id] = own
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
func (t *twice) settle(f *filing, key string, failed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.key, f.failed, f.at = key, failed, t.now()
	close(f.settled)
}

// forget lets a create be made anew, since what it made is gone.
func (t *twice) forget(id [sha256.Size]byte, f *filing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.filed[id] == f {
		delete(t.filed, id)
	}
}

// makeRoom drops what is old, and where that is not enough the oldest; the
// lock is held.
func (t *twice) makeRoom() {
	if len(t.filed) < maxFiled {
		return
	}
	var oldest [sha256.Size]byte
	var first *filing
	for id, f := range t.filed {
		switch {
		case !f.over():
		case t.now().Sub(f.at) >= twiceFor:
			delete(t.filed, id)
		case first == nil || f.at.Before(first.at):
			oldest, first = id, f
		}
	}
	if len(t.filed) >= maxFiled && first != nil {
		delete(t.filed, oldest)
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
