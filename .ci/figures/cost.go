package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The procedure, and the bounds.
const (
	costWarmup = 20  // calls before anything is recorded or timed
	costCalls  = 200 // of each of the two servers, in turn

	getCostBound    = 1.35 // times the proxy
	searchCostBound = 0.8
)

// cost compares the time of a call with that of a call of the program in proxy,
// which sends the same request and parses the same answer, for getting an issue
// and for a search with fifty results.
func (b *suite) cost(ctx context.Context) (out []figure) {
	ours, err := b.startStdio(ctx, b.binary)
	if err != nil {
		return failed(err, "", "time of calls")
	}
	defer func() { out = append(out, endOf(ours)...) }()
	proxy, err := b.startStdio(ctx, b.proxy)
	if err != nil {
		return failed(err, "", "time of calls")
	}
	defer func() { out = append(out, endOf(proxy)...) }()
	for _, c := range []client{ours, proxy} {
		if _, err := handshake(ctx, c); err != nil {
			return failed(err, "", "time of calls")
		}
	}
	out = append(out, b.compare(ctx, ours, proxy, "get", getCall(1), getCostBound)...)
	return append(out, b.compare(ctx, ours, proxy, "search of 50", searchCall(), searchCostBound)...)
}

// endOf ends a server, and returns a figure if that fails.
func endOf(c *stdioClient) []figure {
	if err := c.end(); err != nil {
		return failed(err, "", "time of calls: end of a server")
	}
	return nil
}

// compare returns the time of a call as a multiple of the proxy's, and the number
// of its HTTP requests, which must be one.
//
// The steps: record the request that one call makes; then call jira-mcp and the
// proxy in turn, so that changes of the machine's speed hit both, and compare the
// medians, which ignore rare pauses. For example, 0.50 ms and 0.40 ms give 1.25.
func (b *suite) compare(ctx context.Context, ours, proxy client, label string, call toolCall, limit float64) []figure {
	name, bound := "time of a "+label, fmt.Sprintf("<= %.2f x a proxy", limit)
	var tape []recordedRequest
	err := repeat(costWarmup, func() error { _, err := call.do(ctx, ours); return err })
	if err == nil {
		tape, err = b.jira.record(func() error { _, err := call.do(ctx, ours); return err })
	}
	if err == nil && len(tape) == 0 {
		err = errors.New("the call made no HTTP request")
	}
	if err != nil {
		return failed(err, bound, name)
	}
	same := toolCall{"request", map[string]any{"method": tape[0].method, "path": tape[0].path, "body": string(tape[0].body)}}
	if err := repeat(costWarmup, func() error { _, err := same.do(ctx, proxy); return err }); err != nil {
		return failed(err, bound, name)
	}
	var took, proxied []time.Duration
	err = repeat(costCalls, func() error {
		one, err := call.do(ctx, ours)
		if err != nil {
			return err
		}
		other, err := same.do(ctx, proxy)
		took, proxied = append(took, one.took()), append(proxied, other.took())
		return err
	})
	if err != nil {
		return failed(err, bound, name)
	}
	whole, part := median(took), median(proxied)
	ratio := float64(whole) / float64(part)
	return []figure{
		{name: name, measured: fmt.Sprintf("%.2f (%s : %s)", ratio, millis(whole), millis(part)), bound: bound, ok: ratio <= limit},
		{name: "HTTP requests of a " + label, measured: fmt.Sprint(len(tape)), bound: "1", ok: len(tape) == 1},
	}
}

// repeat calls do a number of times, until it fails.
func repeat(times int, do func() error) error {
	for range times {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}
