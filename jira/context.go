package jira

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// CallOptions holds what all requests for one action of a caller share, such as
// one call of a tool. All functions may be nil, and must be safe for concurrent
// use.
type CallOptions struct {
	// OnWait is called before a request waits for Jira, on the goroutine that
	// waits.
	OnWait func(Wait)
	// OnRequestID is called with Jira's own id of each request (header
	// Atl-Traceid), with which Atlassian can find it in its logs.
	OnRequestID func(id string)
	// OnWrite is called before each request that changes something.
	OnWrite func()
	// OnWarning is called with notices for the caller that are not errors, for
	// example that a name in a text could not be looked up. The same notice may
	// come again.
	OnWarning func(text string)
	// DryRun stops each request that changes something: it fails with
	// [ErrDryRun] when it would be sent.
	DryRun bool
}

// callContext is the value that a context carries for this package.
type callContext struct {
	CallOptions
	issues *fence.IssueCache // projects of the issues looked up in this action
	waited *atomic.Int64     // nanoseconds that this call has waited; nil outside a call
}

// callKey is the only context key of this package.
type callKey struct{}

// WithCall returns a context for the requests of one action of a caller, which
// takes a few seconds at most: behind a fence, the project of each issue is
// looked up once in it. It replaces the options of an outer action.
func WithCall(ctx context.Context, o CallOptions) context.Context {
	return context.WithValue(ctx, callKey{}, callContext{CallOptions: o, issues: fence.NewIssueCache()})
}

// callOf returns the value that a context carries. Without one, each request is
// an action of its own.
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

// Warn passes a notice to the caller, if it wants notices.
func Warn(ctx context.Context, text string) {
	if warn := callOf(ctx).OnWarning; warn != nil {
		warn(text)
	}
}

// ErrDryRun reports a write that passed all checks before sending, and was not
// sent because of DryRun.
var ErrDryRun = errors.New("this is a dry run; nothing was sent")

// checkDryRun stops a write of a dry run just before it is sent, and reports
// any other write to OnWrite.
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

// reportRequestID passes Jira's id of a request to OnRequestID. It cuts longer
// text to 64 bytes, the length of such ids.
func reportRequestID(ctx context.Context, id string) {
	if report := callOf(ctx).OnRequestID; report != nil && id != "" {
		report(id[:min(len(id), 64)])
	}
}
