package kit

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// progress reports the progress of one call to the client.
type progress struct {
	token mcp.ProgressToken
	steps atomic.Int64
}

// newProgress returns nil if the client did not ask for progress with a token.
func newProgress(req mcp.CallToolRequest) *progress {
	if req.Params.Meta == nil || req.Params.Meta.ProgressToken == nil {
		return nil
	}
	return &progress{token: req.Params.Meta.ProgressToken}
}

// Step is one report of a call's progress. Total is 0 if it is not known.
type Step struct {
	Message     string
	Done, Total int
}

// ProgressOf reports progress like [Progress], for a call that knows how much
// there is to do: "editing PAY-1, 1 of 3".
func ProgressOf(ctx context.Context, what string, done, of int) {
	reportStep(ctx, Step{fmt.Sprintf("%s, %d of %d", what, done, of), done, of})
}

// Progress tells the client in one line what a call is doing now, if the client
// asked for progress. It never fails: notifications to a client that has gone
// are dropped.
func Progress(ctx context.Context, message string) { reportStep(ctx, Step{Message: message}) }

// reportStep reports a step to the watcher of [WithWatcher] and to the client.
// The number sent to the client counts the reports, since MCP wants it to
// increase with each.
func reportStep(ctx context.Context, step Step) {
	if watch := callOptionsOf(ctx).watch; watch != nil {
		watch(step)
	}
	state, _ := notesOf(ctx)
	s := server.ServerFromContext(ctx)
	if state.progress == nil || s == nil {
		return
	}
	_ = s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{
		"progressToken": state.progress.token, "progress": state.progress.steps.Add(1), "message": step.Message})
}
