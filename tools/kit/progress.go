package kit

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

type progressKey struct{}

// progress tells the client of one call how it goes on.
type progress struct {
	token mcp.ProgressToken
	steps atomic.Int64
}

// withProgress notes that the client asked to be told.
func withProgress(ctx context.Context, req mcp.CallToolRequest) context.Context {
	if req.Params.Meta == nil || req.Params.Meta.ProgressToken == nil {
		return ctx
	}
	return context.WithValue(ctx, progressKey{}, &progress{token: req.Params.Meta.ProgressToken})
}

type watcherKey struct{}

// Step is how far a call is. Of is 0 where it is not known how far there is to go.
type Step struct {
	Message  string
	Done, Of int
}

// WithWatcher also tells a function how a call goes on: one that no client made.
func WithWatcher(ctx context.Context, watch func(Step)) context.Context {
	return context.WithValue(ctx, watcherKey{}, watch)
}

// ProgressOf is [Progress] of a call that knows how much there is to do.
func ProgressOf(ctx context.Context, what string, done, of int) {
	progressed(ctx, Step{fmt.Sprintf("%s, %d of %d", what, done, of), done, of})
}

// Progress tells the client in one line what a call is doing now, if the
// client asked for that. It never fails: a client that has gone is told
// nothing.
func Progress(ctx context.Context, message string) { progressed(ctx, Step{Message: message}) }

func progressed(ctx context.Context, step Step) {
	if watch, ok := ctx.Value(watcherKey{}).(func(Step)); ok {
		watch(step)
	}
	p, ok := ctx.Value(progressKey{}).(*progress)
	s := server.ServerFromContext(ctx)
	if !ok || s == nil {
		return
	}
	_ = s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{
		"progressToken": p.token, "progress": p.steps.Add(1), "message": step.Message})
}
