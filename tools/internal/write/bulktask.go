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

// Jira's bulk operations go on by themselves; these wait for them.

const (
	firstLook = 100 * time.Millisecond
	longLook  = 3 * time.Second
	// taskWait is how long a call waits for a bulk operation, less than the half
	// minute that assistants give a tool; then it says how to ask for it later.
	taskWait = 20 * time.Second
)

// WaitForTask waits until a bulk operation is over, telling how it goes on. over is
// false where it still runs when the wait is.
func WaitForTask(ctx context.Context, d env.Env, task string) (p jira.BulkProgress, over bool, _ error) {
	wait, waited := firstLook, time.Duration(0)
	for {
		p, err := d.Jira.BulkProgress(ctx, task)
		if err != nil {
			return p, false, err
		}
		if p.Finished() {
			return p, true, nil
		}
		kit.Progress(ctx, fmt.Sprintf("Jira is at %d %% of %d issues", p.Percent, p.Total))
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
		wait = min(wait*2, longLook)
	}
}

// Failures groups why issues were not changed, by reason, with their keys.
func Failures(p jira.BulkProgress, keyOf func(id string) string) []string {
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
