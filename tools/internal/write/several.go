package write

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Each runs step for each issue of a call, one after the other, and reports the
// progress as doing ("editing PAY-1, 1 of 3"). A step that fails does not end
// the call: failed makes its result, from the error and whether the issue may
// have been changed all the same. errs are the errors of the steps that failed.
func Each[R any](ctx context.Context, issues []string, doing string, step func(ctx context.Context, key string) (*R, error), failed func(key string, err error, uncertain bool) R) (results []R, errs []error) {
	results = []R{}
	for n, key := range issues {
		kit.Progress(ctx, fmt.Sprintf("%s %s, %d of %d", doing, key, n+1, len(issues)))
		one, err := step(ctx, key)
		if err != nil {
			errs = append(errs, err)
			results = append(results, failed(key, err, IsUncertain(err)))
			continue
		}
		results = append(results, *one)
	}
	return results, errs
}

// IssuePreview is the result of a dry run for one issue of several: its
// preview, or, without one, the text of its failure.
type IssuePreview struct {
	Key     string
	Preview *kit.Preview
	Failure string
}

// JoinPreviews returns one preview of a call on several issues. verb is what it
// would do to them ("edit").
func JoinPreviews(verb string, parts []IssuePreview) *kit.Preview {
	var keys []string
	all := &kit.Preview{}
	for _, p := range parts {
		keys = append(keys, p.Key)
		if p.Preview == nil {
			all.Notes = append(all.Notes, p.Failure)
			continue
		}
		for _, c := range p.Preview.Changes {
			c.Field = p.Key + " " + c.Field
			all.Changes = append(all.Changes, c)
		}
		for _, also := range p.Preview.Notes {
			all.Notes = append(all.Notes, p.Key+": "+also)
		}
		all.MayNotify = names.Unique(append(all.MayNotify, p.Preview.MayNotify...))
	}
	all.Summary = verb + " " + strings.Join(keys, ", ")
	return all
}
