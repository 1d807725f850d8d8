package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// The collector runs when the heap has doubled. After a large answer of Jira that
// takes a hundred small calls, during which the process would keep the memory of
// the large one. So the memory is given back after a call that leaves more than
// largeHeap, at most once in giveBackEvery.
const (
	largeHeap     = 16 << 20
	giveBackEvery = 10 * time.Second
)

// heapObjects is the metric for the bytes of objects that are alive or not collected
// yet.
const heapObjects = "/memory/classes/heap/objects:bytes"

// memory gives memory back to the system.
type memory struct {
	now      func() time.Time
	giveBack func()

	mu   sync.Mutex
	last time.Time
}

// newMemory returns a memory with a clock.
func newMemory(now func() time.Time) *memory {
	return &memory{now: now, giveBack: debug.FreeOSMemory}
}

// giveBackAfterCalls is a middleware that gives memory back after large calls.
func (m *memory) giveBackAfterCalls(next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		res, err := next(ctx, req)
		if m.isDue() {
			m.giveBack()
		}
		return res, err
	}
}

// isDue reports whether the heap is large, and notes that its memory is given back.
func (m *memory) isDue() bool {
	sample := []metrics.Sample{{Name: heapObjects}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 || sample[0].Value.Uint64() < largeHeap {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.now(); now.Sub(m.last) >= giveBackEvery {
		m.last = now
		return true
	}
	return false
}
