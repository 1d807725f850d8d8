package main

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// TestMemoryIsGivenBack checks that memory is given back after a call that leaves a
// large heap, and not again at once.
func TestMemoryIsGivenBack(t *testing.T) {
	now, gaveBack := time.Now(), 0
	m := newMemory(func() time.Time { return now })
	m.giveBack = func() { gaveBack++ }
	var held []byte
	call := m.giveBackAfterCalls(func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		held = make([]byte, 2*largeHeap)
		return nil, nil
	})
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {time.Second, 1}, {giveBackEvery, 2}} {
		now = now.Add(step.after)
		_, _ = call(t.Context(), mcp.CallToolRequest{})
		if gaveBack != step.want {
			t.Errorf("%v later: gave back %d times, want %d", step.after, gaveBack, step.want)
		}
	}
	runtime.KeepAlive(held)
}
