package jira

import (
	"context"
	"errors"
	"iter"
)

// maxPages ends a sequence of pages that never reports its end.
const maxPages = 1000

// errEndless reports a sequence of pages that does not end.
var errEndless = errors.New("jira: the pages do not end")

// itemsByToken returns the items of pages that name the next page with a token.
// fetch gets an empty token for the first page and returns the next token,
// which is empty on the last page. A token that repeats ends the sequence with
// an error.
func itemsByToken[T any](ctx context.Context, fetch func(ctx context.Context, token string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		token := ""
		for range maxPages {
			items, next, err := fetch(ctx, token)
			if err != nil {
				yield(zero, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			if next == token {
				yield(zero, errEndless)
				return
			}
			token = next
		}
		yield(zero, errEndless)
	}
}

// itemsByStart returns the items of pages that are addressed with startAt. fetch
// returns the items of a page and whether it was the last. A page without items
// ends the sequence, since the totals of other servers are not always right.
func itemsByStart[T any](ctx context.Context, fetch func(ctx context.Context, startAt int) (items []T, last bool, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		start := 0
		for range maxPages {
			items, last, err := fetch(ctx, start)
			if err != nil {
				yield(zero, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if last || len(items) == 0 {
				return
			}
			start += len(items)
		}
		yield(zero, errEndless)
	}
}

// Collect returns the items of a sequence, at most max. After an error it
// returns the items before it as well.
func Collect[T any](seq iter.Seq2[T, error], max int) ([]T, error) {
	var out []T
	for item, err := range seq {
		if err != nil {
			return out, err
		}
		if out = append(out, item); len(out) >= max {
			break
		}
	}
	return out, nil
}
