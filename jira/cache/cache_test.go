package cache_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/cache"
)

// counter returns a function for Get that counts its calls and returns their
// number.
func counter(asked *int) func(context.Context) (int, error) {
	return func(context.Context) (int, error) { *asked++; return *asked, nil }
}

// TestAnswersExpire checks the times of expiry, the size of the cache, and
// DeleteOlder.
func TestAnswersExpire(t *testing.T) {
	now := time.Unix(1000, 0)
	c := cache.New[string, int](cache.Options{TTL: time.Minute, Size: 2, Now: func() time.Time { return now }})
	asked := 0
	get := func(key string) int {
		v, err := c.Get(t.Context(), key, counter(&asked))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if first, second := get("a"), get("a"); first != 1 || second != 1 {
		t.Error("a fresh answer was requested again")
	}
	if v, age, known := c.Peek("a"); v != 1 || age != 0 || !known {
		t.Errorf("Peek: %v, %v, %v", v, age, known)
	}
	now = now.Add(30 * time.Second)
	if v, err := c.GetWithin(t.Context(), "a", 10*time.Second, counter(&asked)); v != 2 || err != nil {
		t.Errorf("an answer of 30 s was taken for one of 10 s: %v, %v", v, err)
	}
	now = now.Add(time.Minute)
	if _, _, known := c.Peek("a"); known {
		t.Error("an expired answer is known")
	}
	if get("a") != 3 {
		t.Error("an expired answer was reused")
	}
	now = now.Add(time.Second)
	get("b")
	now = now.Add(time.Second)
	get("c") // removes a, the oldest
	if _, _, known := c.Peek("a"); known {
		t.Error("the cache holds more than its size")
	}
	c.PutUntil("b", 9, now.Add(time.Hour))
	now = now.Add(30 * time.Minute)
	if get("b") != 9 {
		t.Error("an expiry of its own does not count")
	}
	if !c.DeleteOlder(10*time.Minute) || c.DeleteOlder(0) {
		t.Error("DeleteOlder does not say whether there was anything")
	}
}

// TestOwnerChange checks that an answer for one owner is not given
// to the next.
func TestOwnerChange(t *testing.T) {
	owner, asked := uint64(0), 0
	c := cache.New[string, int](cache.Options{TTL: time.Hour, Size: 2, Now: time.Now, Owner: func() uint64 { return owner }})
	for _, step := range []struct {
		owner uint64
		want  int
	}{{0, 1}, {1, 1}, {1, 1}, {2, 2}, {2, 2}, {1, 3}} {
		owner = step.owner
		if v, _ := c.Get(t.Context(), "", counter(&asked)); v != step.want {
			t.Errorf("owner %d: %d, want %d", step.owner, v, step.want)
		}
	}
}

// TestSingleFlight checks that callers share one request and its error,
// but not the end of the first caller's own time.
func TestSingleFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cache.New[string, int](cache.Options{TTL: time.Hour, Size: 2, Now: time.Now})
		asked := 0
		slow := func(ctx context.Context) (int, error) {
			asked++
			select {
			case <-time.After(time.Second):
				return asked, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if v, err := c.Get(t.Context(), "a", slow); v != 1 || err != nil {
					t.Errorf("%v, %v", v, err)
				}
			})
		}
		all.Wait()
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		all.Go(func() {
			if _, err := c.Get(short, "b", slow); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if v, err := c.Get(t.Context(), "b", slow); v != 3 || err != nil {
				t.Errorf("after another's time was over: %v, %v", v, err)
			}
		})
		all.Wait()
	})
}

// TestPanicReleasesWaiters checks that a panic also ends the wait of other
// callers, with an error.
func TestPanicReleasesWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cache.New[string, int](cache.Options{TTL: time.Hour, Size: 2, Now: time.Now})
		var all sync.WaitGroup
		all.Go(func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			_, _ = c.Get(t.Context(), "a", func(context.Context) (int, error) { time.Sleep(time.Second); panic("x") })
		})
		synctest.Wait()
		all.Go(func() {
			if _, err := c.Get(t.Context(), "a", func(context.Context) (int, error) { return 1, nil }); err == nil {
				t.Error("no error")
			}
		})
		all.Wait()
	})
}

// TestRequestsUnderWay checks who joins a request that is under way: callers
// that accept its age, until DeleteFunc.
func TestRequestsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cache.New[string, int](cache.Options{TTL: time.Hour, Size: 2, Now: time.Now})
		asked := 0
		ask := func(context.Context) (int, error) {
			asked++
			n := asked
			time.Sleep(10 * time.Second)
			return n, nil
		}
		var all sync.WaitGroup
		get := func(age time.Duration, want int) {
			all.Go(func() {
				if v, err := c.GetWithin(t.Context(), "a", age, ask); v != want || err != nil {
					t.Errorf("within %v: %v, %v, want %v", age, v, err, want)
				}
			})
			synctest.Wait()
		}
		get(time.Minute, 1)
		time.Sleep(5 * time.Second)
		get(time.Minute, 1)   // joins
		get(2*time.Second, 2) // the request began 5 s ago
		get(2*time.Second, 2) // joins the second
		c.DeleteFunc(func(string, int) bool { return false })
		get(time.Minute, 3) // asks again
		all.Wait()
		if v, _, known := c.Peek("a"); v != 3 || !known {
			t.Errorf("kept %v, %v", v, known)
		}
	})
}
