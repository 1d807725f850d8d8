package httpserver

import (
	"slices"
	"sync"
	"sync/atomic"
)

// cancellations knows the requests of sessions that are in flight over streamable
// HTTP, and which of them their client has cancelled.
type cancellations struct {
	mu   sync.Mutex
	open map[requestKey][]*atomic.Bool // a client may reuse an id
}

// requestKey identifies a request.
type requestKey struct{ session, id string }

func newCancellations() *cancellations {
	return &cancellations{open: map[requestKey][]*atomic.Bool{}}
}

// begin registers a request. The caller has to call end.
func (c *cancellations) begin(session, id string) (isCancelled func([]byte) bool, end func()) {
	key, flag := requestKey{session, id}, &atomic.Bool{}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[key] = append(c.open[key], flag)
	return func([]byte) bool { return flag.Load() }, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		rest := slices.DeleteFunc(slices.Clone(c.open[key]), func(other *atomic.Bool) bool { return other == flag })
		if c.open[key] = rest; len(rest) == 0 {
			delete(c.open, key)
		}
	}
}

// cancel marks a request of a session as cancelled.
func (c *cancellations) cancel(session, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, flag := range c.open[requestKey{session, id}] {
		flag.Store(true)
	}
}
