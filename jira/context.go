package jira

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// CallOptions are what all requests of one act of a caller share, such as one
// call of a tool. All functions may be nil, and may be called from several
// goroutines.
type CallOptions struct {
	// OnWait is called before a request waits for Jira, on the goroutine that
	// waits.
	OnWait func(Wait)
	// OnRequestID is called with Jira's own id of each request (header
	// Atl-Traceid), for finding it in Atlassian's logs.
	OnRequestID func(id string)
	// OnWrite is called before each request that changes something.
	OnWrite func()
	// OnWarning is called with notices for the caller that are no errors, such as
	// a name in a text that could not be looked up. The same may come again.
	OnWarning func(text string)
	// DryRun lets no request out that changes something: it fails with
	// [ErrDryRun] at the point where it would have been sent.
	DryRun bool
}

// callContext is what a context of this package carries.
type callContext struct {
	CallOptions
	issues *fence.IssueCache // where issues are, as far as this act has learned
	waited *atomic.Int64     // nanoseconds that this call has waited; nil outside one
}

// callKey is the one context key of this package.
type callKey struct{}

// WithCall returns a context for the requests that belong to one act of a caller,
// which takes some seconds at most: behind a fence, each issue's project is asked
// for once in it. It replaces the options of an outer act.
func WithCall(ctx context.Context, o CallOptions) context.Context {
	return context.WithValue(ctx, callKey{}, callContext{CallOptions: o, issues: fence.NewIssueCache()})
}

// callOf returns what a context carries; a context without an act is one of its
// own for each request.
func callOf(ctx context.Context) callContext {
	call, ok := ctx.Value(callKey{}).(callContext)
	if !ok {
		call.issues = fence.NewIssueCache()
	}
	return call
}

// withWaitBudget makes all requests of one call share a single wait budget.
func withWaitBudget(ctx context.Context) context.Context {
	call := callOf(ctx)
	if call.waited != nil {
		return ctx
	}
	call.waited = &atomic.Int64{}
	return context.WithValue(ctx, callKey{}, call)
}

// Warn passes a notice for the caller on, if it asked for notices.
func Warn(ctx context.Context, text string) {
	if warn := callOf(ctx).OnWarning; warn != nil {
		warn(text)
	}
}

// ErrDryRun is why a write of a dry run was not sent: it passed all checks that
// are made before sending.
var ErrDryRun = errors.New("this is a rehearsal; nothing was sent")

// checkDryRun stops a write of a dry run at the point of sending it, and reports
// any other write.
func checkDryRun(ctx context.Context, op operation.Operation) error {
	if !op.Writes() {
		return nil
	}
	call := callOf(ctx)
	if call.DryRun {
		return &Error{Op: op, Outcome: NotSent, Err: ErrDryRun}
	}
	if call.OnWrite != nil {
		call.OnWrite()
	}
	return nil
}

// reportRequestID passes on Jira's id of a request, shortened to what such ids
// are long.
func reportRequestID(ctx context.Context, id string) {
	if report := callOf(ctx).OnRequestID; report != nil && id != "" {
		report(id[:min(len(id), 64)])
	}
}
