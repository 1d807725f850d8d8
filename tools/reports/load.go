package reports

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
)

// This file reads issues and their histories from Jira, for package report.

// maxHistories is the maximum number of issues whose histories one sprint
// report reads.
const maxHistories = 2000

// loadHistories returns the changes of issues by issue id. It reads them
// concurrently, in parts of [jira.MaxBulkChangelogs]. fields are the ids of the
// fields whose changes are wanted; nil stands for all fields.
func loadHistories(ctx context.Context, d env.Env, ids, fields []string) (map[string][]jira.Change, error) {
	var lock sync.Mutex
	out := map[string][]jira.Change{}
	var ask []func(context.Context) error
	for part := range slices.Chunk(ids, jira.MaxBulkChangelogs) {
		ask = append(ask, func(ctx context.Context) error {
			got, err := changesOf(ctx, d, part, fields)
			lock.Lock()
			defer lock.Unlock()
			for id, changes := range got {
				out[id] = changes
			}
			return err
		})
	}
	return out, jira.InParallel(ctx, ask...)
}

// minSplit is the number of issues below which a refused question for their
// histories is not split further, and maxSingle the number whose histories are read
// one by one.
const (
	minSplit  = 25
	maxSingle = 300
)

// changesOf returns the changes of issues by issue id. If Jira refuses to return
// those of so many issues, it asks for halves; if it cannot return those of
// several issues, for each by itself, as far as they are not too many.
func changesOf(ctx context.Context, d env.Env, ids, fields []string) (map[string][]jira.Change, error) {
	out, err := d.Jira.ChangesOf(ctx, ids, fields)
	var e *jira.Error
	if err == nil || jira.IsNoAccess(err) || !errors.As(err, &e) || ctx.Err() != nil {
		return out, err
	}
	var lock sync.Mutex
	add := func(got map[string][]jira.Change) {
		lock.Lock()
		defer lock.Unlock()
		if out == nil {
			out = map[string][]jira.Change{}
		}
		maps.Copy(out, got)
	}
	isTooMany := e.Status == http.StatusBadRequest || e.Status == http.StatusRequestEntityTooLarge
	if isTooMany && len(ids) > minSplit { // unless Jira refuses a few as well
		_, failed := d.Jira.ChangesOf(ctx, ids[:minSplit], fields)
		isTooMany = failed == nil
	}
	var ask []func(context.Context) error
	switch {
	case isTooMany && len(ids) > minSplit:
		for half := range slices.Chunk(ids, (len(ids)+1)/2) {
			ask = append(ask, func(ctx context.Context) error {
				got, err := changesOf(ctx, d, half, fields)
				add(got)
				return err
			})
		}
	case len(ids) <= maxSingle:
		for _, id := range ids {
			ask = append(ask, func(ctx context.Context) error {
				history, err := d.Jira.NewestChanges(ctx, id, maxHistories)
				add(map[string][]jira.Change{id: history.Changes})
				return err
			})
		}
	default:
		return nil, err
	}
	err = jira.InParallel(ctx, ask...)
	return out, err
}

// fetchIssues returns issues by id, in the order of the ids. It reads them
// concurrently, in parts of [jira.MaxBulkFetch]. A warning gives the number of
// those that Jira did not return.
func fetchIssues(ctx context.Context, d env.Env, ids, fields []string) ([]jira.Issue, error) {
	parts := slices.Collect(slices.Chunk(ids, jira.MaxBulkFetch))
	lists := make([][]jira.Issue, len(parts))
	ask := make([]func(context.Context) error, len(parts))
	for n, part := range parts {
		ask[n] = func(ctx context.Context) error {
			got, err := d.Jira.FetchIssues(ctx, part, fields, nil)
			lists[n] = got.Issues
			return err
		}
	}
	err := jira.InParallel(ctx, ask...)
	all := slices.Concat(lists...)
	if missing := len(ids) - len(all); err == nil && missing > 0 {
		jira.Warn(ctx, fmt.Sprintf("%d of %d issues that were found could not be read; they are not counted.", missing, len(ids)))
	}
	return all, err
}
