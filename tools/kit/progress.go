package kit

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// progress tells the client of one call how it goes on.
type progress struct {
	token mcp.ProgressToken
	steps atomic.Int64
}

// newProgress returns how to report the progress of a call; nil where the client
// did not ask for it.
func newProgress(req mcp.CallToolRequest) *progress {
	if req.Params.Meta == nil || req.Params.Meta.ProgressToken == nil {
		return nil
	}
	return &progress{token: req.Params.Meta.ProgressToken}
}

// Step is how far a call is. Of is 0 where it is not known how far there is to go.
type Step struct {
	Message  string
	Done, Of int
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
	if watch := optionsOf(ctx).watch; watch != nil {
		watch(step)
	}
	state, _ := stateOf(ctx)
	s := server.ServerFromContext(ctx)
	if state.progress == nil || s == nil {
		return
	}
	_ = s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{
		"progressToken": state.progress.token, "progress": state.progress.steps.Add(1), "message": step.Message})
}
