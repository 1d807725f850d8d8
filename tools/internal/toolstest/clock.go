package toolstest

import (
	"sync"
	"time"
)

// clock is a clock that only tests move. It starts on Wednesday, 11 March 2026,
// at 14:30 UTC.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock at its start.
func NewClock() *clock { return &clock{now: time.Date(2026, 3, 11, 14, 30, 0, 0, time.UTC)} }

// Now returns the clock's time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward.
func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
