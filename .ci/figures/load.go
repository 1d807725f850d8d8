package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// The procedure. Each server is warmed up for loadWarmup, and its answers are
// counted for loadWindow.
const (
	loadDelay  = 100 * time.Millisecond // before each answer of the fake Jira
	loadWarmup = 500 * time.Millisecond
	loadWindow = 3 * time.Second
)

// throughput measures how many calls a second get through while Jira takes 100
// ms for each answer: with 16 and 64 calls in flight, over both transports.
// With 16 in flight 160 a second are possible, with 64 it is 640.
func (b *suite) throughput(ctx context.Context) []figure {
	b.jira.setDelay(loadDelay)
	defer b.jira.setDelay(0)

	var out []figure
	for _, load := range []struct {
		flight int
		atMin  float64
	}{{16, 150}, {64, 600}} {
		for _, transport := range []string{"stdio", "http"} {
			f := figure{
				name:  fmt.Sprintf("%d calls in flight, %s, Jira takes %v", load.flight, transport, loadDelay),
				bound: fmt.Sprintf(">= %.0f /s", load.atMin),
			}
			var rate float64
			rate, f.err = b.rate(ctx, transport, load.flight)
			f.measured, f.ok = fmt.Sprintf("%.1f /s", rate), rate >= load.atMin
			out = append(out, f)
		}
	}
	return out
}

// rate starts a server and returns the number of calls per second that it
// answers while flight callers each make one call after the other. A call that
// made no request to Jira is an error: an answer from a cache would not count.
func (b *suite) rate(ctx context.Context, transport string, flight int) (perSecond float64, err error) {
	var c interface {
		client
		end() error
	}
	if transport == "http" {
		h, err := b.startHTTP(ctx)
		if err != nil {
			return 0, err
		}
		c = h
	} else {
		s, err := b.startStdio(ctx, b.binary)
		if err != nil {
			return 0, err
		}
		c = s
	}
	defer func() { err = errors.Join(err, c.end()) }()
	if transport != "http" { // startHTTP makes the handshake itself
		if _, err := handshake(ctx, c); err != nil {
			return 0, err
		}
	}
	before := b.jira.requests.Load()
	perSecond, calls, err := runLoad(ctx, c, flight)
	if asked := b.jira.requests.Load() - before; err == nil && asked < calls {
		err = fmt.Errorf("%d calls made only %d HTTP requests", calls, asked)
	}
	return perSecond, err
}

// runLoad keeps flight calls in flight, each for another issue. It returns the
// rate of answers during the window after the warm-up, and the number of all
// calls. The first error ends all callers.
func runLoad(ctx context.Context, c client, flight int) (perSecond float64, calls int64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	opens := time.Now().Add(loadWarmup)
	closes := opens.Add(loadWindow)

	var (
		group    sync.WaitGroup
		next     atomic.Int64
		answered atomic.Int64
		once     sync.Once
	)
	for range flight {
		group.Go(func() {
			for time.Now().Before(closes) {
				r, callErr := getCall(int(next.Add(1))).do(ctx, c)
				if callErr != nil {
					once.Do(func() { err = callErr; cancel() })
					return
				}
				if r.at.After(opens) && r.at.Before(closes) {
					answered.Add(1)
				}
			}
		})
	}
	group.Wait()
	return float64(answered.Load()) / loadWindow.Seconds(), next.Load(), err
}
