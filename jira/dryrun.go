package jira

import (
	"context"
	"errors"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// ErrDryRun is why a write in a rehearsal was not sent: it passed all checks
// that are made before sending.
var ErrDryRun = errors.New("this is a rehearsal; nothing was sent")

type rehearseKey struct{}

// WithDryRun returns a context in which no write is sent, whatever is called: it
// fails with [ErrDryRun] where it would have been.
func WithDryRun(ctx context.Context) context.Context {
	return context.WithValue(ctx, rehearseKey{}, true)
}

// checkDryRun stops a write at the point of sending it.
func checkDryRun(ctx context.Context, op operation.Operation) error {
	if !op.Writes() {
		return nil
	}
	if ctx.Value(rehearseKey{}) == nil {
		if tell, ok := ctx.Value(writesKey{}).(func()); ok {
			tell()
		}
		return nil
	}
	return &Error{Op: op, Outcome: NotSent, Err: ErrDryRun}
}

type writesKey struct{}

// OnWrite returns a context whose calls tell each write that is about to be
// sent. tell may be called from several goroutines.
func OnWrite(ctx context.Context, tell func()) context.Context {
	return context.WithValue(ctx, writesKey{}, tell)
}

type tracesKey struct{}

// OnRequestID returns a context whose calls tell Jira's own id of each request
// (header Atl-Traceid), for finding it in Atlassian's logs. tell may be called
// from several goroutines.
func OnRequestID(ctx context.Context, tell func(id string)) context.Context {
	return context.WithValue(ctx, tracesKey{}, tell)
}

func reportRequestID(ctx context.Context, id string) {
	if tell, ok := ctx.Value(tracesKey{}).(func(string)); ok && id != "" {
		tell(id[:min(len(id), 64)])
	}
}
