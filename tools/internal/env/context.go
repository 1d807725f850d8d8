package env

import (
	"context"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// JiraContext returns a context that connects a call of a tool with its
// requests to Jira: waits are reported as progress, Jira's request ids and
// writes are noted for the audit line, warnings become notes of the result, and
// a dry run sends no write.
func JiraContext(ctx context.Context) context.Context {
	return jira.WithCall(ctx, jira.CallOptions{
		OnWait:      func(w jira.Wait) { kit.Progress(ctx, w.String()) },
		OnRequestID: func(id string) { kit.RecordRequest(ctx, id) },
		OnWrite:     func() { kit.RecordWrite(ctx) },
		OnWarning:   func(text string) { kit.AddNote(ctx, text) },
		DryRun:      kit.IsDryRun(ctx),
	})
}
