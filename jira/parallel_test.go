package jira_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// TestInParallel checks that the first failure is returned, whatever its place in
// the list, and not a cancellation that it caused.
func TestInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := errors.New("Jira answered 500")
		waits := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		fails := func(context.Context) error { time.Sleep(time.Second); return failed }
		succeeds := func(context.Context) error { return nil }
		// A shared lookup ends with the cancellation of its other caller.
		shared := func(context.Context) error { return context.Canceled }
		for _, ask := range [][]func(context.Context) error{{waits, fails}, {fails, waits}, {succeeds, waits, fails, waits}, {fails, shared}} {
			if err := jira.InParallel(t.Context(), ask...); !errors.Is(err, failed) {
				t.Errorf("error %v, want that of the failure", err)
			}
		}
		if err := jira.InParallel(t.Context(), succeeds, succeeds); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := jira.InParallel(ctx, waits, waits); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want that of the caller's end", err)
		}
	})
}

// TestPanicsReachTheCaller checks that a panic of a function that runs beside
// others can be recovered by the caller.
func TestPanicsReachTheCaller(t *testing.T) {
	t.Parallel()
	bad := func(context.Context) error { panic("bad") }
	for name, run := range map[string]func(){
		"Together":   func() { jira.Together(func() { panic("bad") }, func() {}) },
		"InParallel": func() { _ = jira.InParallel(t.Context(), bad) },
		"AskAhead":   func() { jira.AskAhead(t.Context(), bad)() },
	} {
		func() {
			defer func() {
				if p := recover(); p != "bad" {
					t.Errorf("%s: recovered %v", name, p)
				}
			}()
			run()
		}()
	}
}

// TestAskAheadStops checks that stop ends the questions that still run.
func TestAskAheadStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended error
		stop := jira.AskAhead(t.Context(), func(ctx context.Context) error {
			select {
			case <-ctx.Done():
			case <-time.After(time.Hour):
			}
			ended = ctx.Err()
			return ended
		})
		stop()
		if !errors.Is(ended, context.Canceled) {
			t.Errorf("ended with %v", ended)
		}
	})
}
