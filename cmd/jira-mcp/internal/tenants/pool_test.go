package tenants_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/tenants"
)

// rig is a pool of texts with a clock, which records what was closed.
type rig struct {
	*tenants.Pool[string, string]
	t      *testing.T
	now    time.Time
	mu     sync.Mutex
	closed []string
	opened atomic.Int64
}

func newRig(t *testing.T, most int) *rig {
	r := &rig{t: t, now: time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC)}
	r.Pool = tenants.New[string, string](tenants.Options[string]{Max: most, Idle: 10 * time.Minute, Now: func() time.Time { return r.now }})
	return r
}

func (r *rig) open(key string) func() (string, func(), error) {
	return func() (string, func(), error) {
		r.opened.Add(1)
		return key, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.closed = append(r.closed, key)
		}, nil
	}
}

func (r *rig) use(key string) (release func()) {
	r.t.Helper()
	got, release, err := r.Acquire(r.t.Context(), key, r.open(key))
	if err != nil || got != key {
		r.t.Fatalf("%s: %q, %v", key, got, err)
	}
	r.now = r.now.Add(time.Second)
	return release
}

func (r *rig) wantClosed(want ...string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.closed)
	if !slices.Equal(r.closed, want) {
		r.t.Errorf("closed %v, want %v", r.closed, want)
	}
	r.closed = nil
}

func TestLeastRecentlyUsedGoesFirst(t *testing.T) {
	r := newRig(t, 2)
	r.use("a")()
	b := r.use("b")
	r.use("c")()
	r.wantClosed("a")
	c := r.use("c")
	if _, _, err := r.Acquire(t.Context(), "d", r.open("d")); !errors.Is(err, tenants.ErrBusy) {
		t.Errorf("both are in use, and: %v", err)
	}
	r.wantClosed()
	b()
	b() // a second release does nothing
	d := r.use("d")
	r.wantClosed("b")
	c()
	d()
}

func TestIdleValuesAreClosed(t *testing.T) {
	r := newRig(t, 9)
	r.use("a")()
	b := r.use("b")
	r.now = r.now.Add(10 * time.Minute)
	r.Sweep()
	r.wantClosed("a") // b has a call in flight or an open stream
	b()
	r.Sweep()
	r.wantClosed()
	r.now = r.now.Add(10 * time.Minute)
	r.Sweep()
	r.wantClosed("b")
}

func TestDroppedValuesCloseAfterTheirLastUse(t *testing.T) {
	r := newRig(t, 9)
	a := r.use("a")
	r.use("b")()
	var ended []string
	r.Drop(func(key, _ string) bool { return key == "a" }, func(v string) { ended = append(ended, v) })
	if !slices.Equal(ended, []string{"a"}) || r.Len() != 1 {
		t.Errorf("ended %v, %d left", ended, r.Len())
	}
	r.wantClosed()
	again := r.use("a")
	if r.opened.Load() != 3 {
		t.Errorf("opened %d times", r.opened.Load())
	}
	a()
	r.wantClosed("a")
	again()
	r.Close()
	r.wantClosed("a", "b")
}

func TestOneBuildForAll(t *testing.T) {
	r := newRig(t, 9)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, release, err := r.Acquire(t.Context(), "a", r.open("a")); err != nil {
				t.Error(err)
			} else {
				release()
			}
		})
	}
	wg.Wait()
	if r.opened.Load() != 1 {
		t.Errorf("built %d times", r.opened.Load())
	}
}

func TestFailedBuilds(t *testing.T) {
	r := newRig(t, 1)
	failed := errors.New("no")
	if _, _, err := r.Acquire(t.Context(), "a", func() (string, func(), error) { return "", nil, failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _, _ = r.Acquire(t.Context(), "a", func() (string, func(), error) { panic("x") })
	}()
	r.use("a")() // neither has taken its place
	ctx, cancel := context.WithCancel(t.Context())
	building, goOn := make(chan struct{}), make(chan struct{})
	r2 := newRig(t, 1)
	go func() {
		_, release, err := r2.Acquire(t.Context(), "a", func() (string, func(), error) {
			close(building)
			<-goOn
			return "a", func() {}, nil
		})
		if err == nil {
			release()
		}
	}()
	<-building
	cancel()
	if _, _, err := r2.Acquire(ctx, "a", r2.open("a")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(goOn)
}

// TestTwoFirstRequestsOnAFullPool checks that two first requests of one user build one
// value, also if another has to be closed before.
func TestTwoFirstRequestsOnAFullPool(t *testing.T) {
	r := newRig(t, 1)
	closing, goOn := make(chan struct{}), make(chan struct{})
	_, release, err := r.Acquire(t.Context(), "old", func() (string, func(), error) {
		return "old", func() { close(closing); <-goOn }, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	release()
	var wg sync.WaitGroup
	wg.Go(func() { r.use2("new") })
	<-closing
	wg.Go(func() { r.use2("new") })
	time.AfterFunc(time.Millisecond, func() { close(goOn) })
	wg.Wait()
	r.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.opened.Load() != 1 || len(r.closed) != 1 {
		t.Errorf("opened %d, closed %d", r.opened.Load(), len(r.closed))
	}
}

// use2 uses a value, from any goroutine.
func (r *rig) use2(key string) {
	_, release, err := r.Acquire(r.t.Context(), key, r.open(key))
	if err != nil {
		r.t.Error(err)
		return
	}
	release()
}

// TestOneUserCannotTakeAllPlaces checks that a user with many credentials loses their own
// servers first, and keeps nobody out.
func TestOneUserCannotTakeAllPlaces(t *testing.T) {
	r := newRig(t, 9)
	r.Pool = tenants.New[string, string](tenants.Options[string]{Max: 9, User: func(key string) string { return key[:1] }, MaxOfUser: 2, Now: func() time.Time { return r.now }})
	r.use("a1")()
	a2 := r.use("a2")
	r.use("b1")()
	a3 := r.use("a3")
	r.wantClosed("a1")
	if _, _, err := r.Acquire(t.Context(), "a4", r.open("a4")); !errors.Is(err, tenants.ErrUserBusy) {
		t.Errorf("a third server in use of one user: %v", err)
	}
	r.use("b2")()
	a2()
	r.now = r.now.Add(time.Second)
	a3()
	r.use("a4")()
	r.wantClosed("a2")
}
