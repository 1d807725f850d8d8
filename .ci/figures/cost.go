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

const (
	costWarmup = 20 // calls before anything is recorded or timed
	costRounds = 10
	costCalls  = 50 // per round, so 500 in all

	getCostBound    = 400 * time.Microsecond
	searchCostBound = 600 * time.Microsecond
)

// ownCost measures what jira-mcp adds to the HTTP request a call makes.
func (b *bench) ownCost(ctx context.Context) (out []figure) {
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

// costOf times call in turn with the very requests it makes, sent plainly.
func (b *bench) costOf(ctx context.Context, c client, label string, call toolCall, limit time.Duration) []figure {
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
// and returns the time this took.
func (b *bench) replay(ctx context.Context, plain *http.Client, tape []recorded) (time.Duration, error) {
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
