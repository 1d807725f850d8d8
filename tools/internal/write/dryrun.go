package write

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Rehearsed reports a write that was not sent, because the call is a dry run.
// It has passed all checks that are made before sending, the fence's too.
func Rehearsed(err error) bool { return errors.Is(err, jira.ErrDryRun) }

// CheckPermission refuses a rehearsal of what Jira will not let this server's user do.
// Where that cannot be asked it is left to Jira.
func CheckPermission(ctx context.Context, d env.Env, key, permission, act string) error {
	if !kit.IsDryRun(ctx) {
		return nil
	}
	has, err := d.Jira.PermissionsOn(ctx, []string{permission}, key)
	if err == nil && !has[permission] {
		return kit.NothingSent("this server's user may not %s %s: it lacks the permission %s there", act, key, permission)
	}
	return nil
}

// NotifyFields are those that tell who hears of a change.
var NotifyFields = []string{"assignee", "reporter", "watches"}

// MayNotify lists who may hear of a change of an issue: Jira's notification
// schemes can be read by administrators only, so this is whom the usual one
// tells. The user of this server does it and is left out.
func MayNotify(ctx context.Context, d env.Env, fields jira.Fields, assigned string, docs ...*adf.Node) []string {
	var out []string
	add := func(what, who string) {
		if who != "" && !slices.ContainsFunc(out, func(s string) bool { return strings.HasPrefix(s, who+" (") }) {
			out = append(out, who+" ("+what+")")
		}
	}
	me := ""
	if user, err := d.Jira.Myself(ctx); err == nil {
		me = user.DisplayName
	}
	add("assigned", assigned)
	add("assignee", names.Format(fields["assignee"]))
	add("reporter", names.Format(fields["reporter"]))
	for _, doc := range docs {
		for _, who := range adf.Mentioned(doc) {
			add("mentioned", strings.TrimPrefix(who, "@"))
		}
	}
	out = slices.DeleteFunc(out, func(s string) bool { return me != "" && strings.HasPrefix(s, me+" (") })
	if watches, ok := jira.Value[struct {
		Count int `json:"watchCount"`
	}](fields, "watches"); ok && watches.Count > 0 {
		out = append(out, fmt.Sprintf("watchers (%d)", watches.Count))
	}
	return out
}
