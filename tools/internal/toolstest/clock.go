package toolstest

import (
	"sync"
	"time"
)

// Clock is a clock that only tests move. It starts on Wednesday, 11 March 2026,
// at 14:30 UTC.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock at its start.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 3, 11, 14, 30, 0, 0, time.UTC)} }

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
