package write

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// IsDryRun reports whether a write was not sent because the call is a dry run.
// It has then passed all checks that are made before sending, the fence's
// included.
func IsDryRun(err error) bool { return errors.Is(err, jira.ErrDryRun) }

// CheckPermission returns an error in a dry run if this server's user lacks a
// permission on an issue, so that the dry run fails as the call would. In other
// calls, and if the permission cannot be looked up, Jira decides. act completes
// "may not".
func CheckPermission(ctx context.Context, d env.Env, key, permission, act string) error {
	if !kit.IsDryRun(ctx) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, env.SecondaryTimeout)
	defer cancel()
	has, err := d.Jira.PermissionsOn(ctx, []string{permission}, key)
	if may, known := has[permission]; err == nil && known && !may {
		return kit.NothingSent("this server's user may not %s %s: it lacks the permission %s there", act, key, permission)
	}
	return nil
}

// WithoutCustomers returns an issue's fields without the customers of a service
// desk among the people: Jira does not notify them of internal comments.
func WithoutCustomers(fields jira.Fields) jira.Fields {
	out := maps.Clone(fields)
	for _, id := range []string{"assignee", "reporter"} {
		if u, ok := jira.Value[jira.User](fields, id); ok && u.IsCustomer() {
			delete(out, id)
		}
	}
	return out
}

// NotifyFields are the fields of an issue that [MayNotify] needs.
var NotifyFields = []string{"assignee", "reporter", "watches"}

// MayNotify returns who may be notified of a change of an issue, each with the
// reason: "Ana Costa (assigned)". Only administrators can read Jira's
// notification schemes, so these are the people that the default scheme
// notifies: the assignee before and after, the reporter, people who are
// mentioned in docs, and the number of watchers. The server's user makes the
// change and is left out.
//
// Of an internal comment in a service desk, customers are not notified: see
// [WithoutCustomers].
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
