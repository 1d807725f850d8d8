package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// The procedure, and the bounds per call.
const (
	costWarmup = 20 // calls before anything is recorded or timed
	costRounds = 10 // calls and plain requests alternate by round
	costCalls  = 50 // per round, so 500 in all

	getCostBound    = 400 * time.Microsecond
	searchCostBound = 600 * time.Microsecond
)

// ownCost measures the time that jira-mcp adds to the HTTP requests of a call,
// for getting an issue and for a search with fifty results.
func (b *suite) ownCost(ctx context.Context) (out []figure) {
	c, err := b.startStdio(ctx, b.binary)
	if err != nil {
		return failed(err, "", "own cost")
	}
	defer func() {
		if err := c.end(); err != nil {
			out = append(out, failed(err, "", "own cost: end of the server")...)
		}
	}()
	if _, err := handshake(ctx, c); err != nil {
		return failed(err, "", "own cost")
	}
	out = append(out, b.costOf(ctx, c, "get", getCall(1), getCostBound)...)
	return append(out, b.costOf(ctx, c, "search of 50", searchCall(), searchCostBound)...)
}

// costOf returns the cost of a call beyond its HTTP requests, and the number of
// these, which must be one.
//
// The steps: record the requests that one call makes; then alternate rounds of
// calls through jira-mcp with rounds that send the same requests plainly. The
// difference of the medians is the cost that jira-mcp adds. Medians ignore rare
// pauses, and alternation makes changes of the machine's speed hit both sides.
// For example, calls of 0.52 ms and requests of 0.31 ms give a cost of 0.21 ms.
func (b *suite) costOf(ctx context.Context, c client, label string, call toolCall, limit time.Duration) []figure {
	name, bound := "own cost of a "+label, "<= "+millis(limit)
	for range costWarmup {
		if _, err := call.do(ctx, c); err != nil {
			return failed(err, bound, name)
		}
	}
	tape, err := b.jira.record(func() error {
		_, err := call.do(ctx, c)
		return err
	})
	if err == nil && len(tape) == 0 {
		err = errors.New("the call made no HTTP request")
	}
	if err != nil {
		return failed(err, bound, name)
	}

	plain := &http.Client{Timeout: requestTimeout, Transport: &http.Transport{}}
	defer plain.CloseIdleConnections()
	var calls, requests []time.Duration
	for range costRounds {
		for range costCalls {
			r, err := call.do(ctx, c)
			if err != nil {
				return failed(err, bound, name)
			}
			calls = append(calls, r.took())
		}
		for range costCalls {
			took, err := b.replay(ctx, plain, tape)
			if err != nil {
				return failed(err, bound, name)
			}
			requests = append(requests, took)
		}
	}
	whole, part := median(calls), median(requests)
	return []figure{
		{
			name:     name,
			measured: fmt.Sprintf("%s (%s - %s)", millis(whole-part), millis(whole), millis(part)),
			bound:    bound, ok: whole-part <= limit,
		},
		{
			name: "HTTP requests of a " + label, measured: fmt.Sprint(len(tape)),
			bound: "1", ok: len(tape) == 1,
		},
	}
}

// replay sends the recorded requests one after the other, reads their answers
// and returns the time that this took.
func (b *suite) replay(ctx context.Context, plain *http.Client, tape []recordedRequest) (time.Duration, error) {
	var took time.Duration
	for _, rec := range tape {
		req, err := http.NewRequestWithContext(ctx, rec.method, b.jira.url+rec.path, bytes.NewReader(rec.body))
		if err != nil {
			return 0, err
		}
		req.Header = rec.header.Clone()
		begin := time.Now()
		resp, err := plain.Do(req)
		if err != nil {
			return 0, err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		took += time.Since(begin)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return 0, err
		}
		if resp.StatusCode != http.StatusOK {
			return 0, fmt.Errorf("replay of %s %s: %s", rec.method, rec.path, resp.Status)
		}
	}
	return took, nil
}
