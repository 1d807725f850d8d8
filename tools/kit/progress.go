package kit

import (
	"context"
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

// Progress tells the client in one line what a call is doing now, if the
// client asked for that. It never fails: a client that has gone is told
// nothing.
func Progress(ctx context.Context, message string) {
	p, ok := ctx.Value(progressKey{}).(*progress)
	s := server.ServerFromContext(ctx)
	if !ok || s == nil {
		return
	}
	_ = s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{
		"progressToken": p.token, "progress": p.steps.Add(1), "message": message})
}
