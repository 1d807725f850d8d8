package toolstest

import (
	"sync"
	"time"
)

// clock is a moment that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func NewClock() *clock { return &clock{now: time.Date(2026, 3, 11, 14, 30, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
