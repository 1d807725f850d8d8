package write

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Jira runs a bulk operation as a task of its own after it has answered the
// request. These bound how often and how long a call asks for its progress.
const (
	// firstPoll is the first interval, which doubles up to maxPollInterval.
	firstPoll       = 100 * time.Millisecond
	maxPollInterval = 3 * time.Second
	// taskWait is how long a call waits for a bulk operation. It is less than
	// the half minute that assistants give a tool; after it the result says how
	// to ask for the task later.
	taskWait = 20 * time.Second
)

// WaitForTask waits until a bulk operation has finished and reports its
// progress to the client. over is false if it still runs after taskWait.
func WaitForTask(ctx context.Context, d env.Env, task string) (p jira.BulkProgress, over bool, _ error) {
	wait, waited := firstPoll, time.Duration(0)
	for {
		p, err := d.Jira.BulkProgress(ctx, task)
		if err != nil {
			return p, false, err
		}
		if p.Finished() {
			return p, true, nil
		}
		kit.Progress(ctx, fmt.Sprintf("Jira has processed %d %% of %d issues", p.Percent, p.Total))
		if waited >= taskWait {
			return p, false, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return p, false, ctx.Err()
		}
		waited += wait
		wait = min(wait*2, maxPollInterval)
	}
}

// FailuresByReason groups the issues that were not changed by reason, with at
// most ten keys each: "PAY-1, PAY-2: You do not have permission". keyOf returns
// the key of an issue's id.
func FailuresByReason(p jira.BulkProgress, keyOf func(id string) string) []string {
	by := map[string][]string{}
	for id, reasons := range p.Failed {
		reason := strings.Join(reasons, "; ")
		by[reason] = append(by[reason], keyOf(id))
	}
	var out []string
	for reason, keys := range by {
		slices.Sort(keys)
		more := ""
		if len(keys) > 10 {
			more = fmt.Sprintf(" and %d more", len(keys)-10)
			keys = keys[:10]
		}
		out = append(out, strings.Join(keys, ", ")+more+": "+reason)
	}
	slices.Sort(out)
	return out
}
