package env

import (
	"context"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// JiraContext carries a call's concerns to the client: whom to tell of waits,
// of Jira's own ids of requests and of people who could not be looked up, and that a rehearsal sends no write.
func JiraContext(ctx context.Context) context.Context {
	ctx = jira.WithRequestCache(ctx)
	ctx = jira.OnWait(ctx, func(w jira.Wait) { kit.Progress(ctx, w.String()) })
	ctx = jira.OnRequestID(ctx, func(id string) { kit.NoteRequest(ctx, id) })
	ctx = jira.OnWrite(ctx, func() { kit.NoteWrite(ctx) })
	ctx = names.WithTrouble(ctx, func(text string) { kit.AddNote(ctx, text) })
	if kit.IsDryRun(ctx) {
		ctx = jira.WithDryRun(ctx)
	}
	return ctx
}
