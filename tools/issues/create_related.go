package issues

import (
	"context"
	"errors"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// A new issue can have links, watchers and files, and fields that are not on the
// create screen. Jira takes links as part of the create if the create screen has
// a field for them; everything else needs requests of its own after the create.

// checkFollowUps checks the fields that are set after the create, so that a
// value which does not fit is an error before anything is sent. It fills in the
// edit screen that another issue of the project and type has; without such an
// issue the screen is known only after the create.
func (c *createTools) checkFollowUps(ctx context.Context, f *form.Form) {
	if len(f.FollowUps.Fields) == 0 {
		return
	}
	if screen := c.Names.EditScreen(ctx, f.Project, f.TypeID); len(screen) > 0 {
		f.FollowUps.Edit = f.FillEdit(ctx, screen)
		f.Problems = append(f.Problems, f.FollowUps.Edit.Problems...)
	}
}

// setLater sets the fields of the follow-ups with an edit of the new issue. It
// returns the names of the fields.
func (c *createTools) setLater(ctx context.Context, key string, f *form.Form) (what string, _ error) {
	var names []string
	for _, v := range f.FollowUps.Fields {
		names = append(names, v.Name)
	}
	what = strings.Join(names, ", ") + " (not on the create screen)"
	if f.FollowUps.Edit == nil {
		issue, err := c.Jira.GetIssue(ctx, key, []string{"summary"}, []string{"editmeta"})
		if err != nil {
			return what, err
		}
		edit := f.FillEdit(ctx, issue.EditMeta.SortedFields())
		if len(edit.Problems) > 0 {
			return what, errors.Join(edit.Problems...)
		}
		f.FollowUps.Edit = edit
	}
	edit := f.FollowUps.Edit
	_, err := c.Jira.EditIssue(ctx, key, jira.Edit{Fields: edit.Values, Update: edit.Updates})
	return what, edit.Explain(err)
}

// createRelated writes the follow-ups of a form for the new issue key. done names
// the additions that Jira made, failed the others with the reason; for a lost
// answer it says that the addition may exist. It returns no error, since the issue
// exists whatever happens here.
func (c *createTools) createRelated(ctx context.Context, key string, f *form.Form) (done, failed []string) {
	d, l := c.Env, f.FollowUps
	report := func(what string, err error) {
		switch {
		case err == nil || jira.OutcomeOf(err) == jira.Done:
			done = append(done, what)
		case jira.OutcomeOf(err) == jira.Unknown:
			failed = append(failed, what+": may have been done (the answer was lost); check with jira_get_issue")
		default:
			failed = append(failed, what+": NOT done (the issue was filed): "+kit.ErrorText(err))
		}
	}
	if len(l.Fields) > 0 {
		report(c.setLater(ctx, key, f))
	}
	if l.Sprint.ID != 0 {
		report("sprint "+l.Sprint.Name+" (not on the create screen)", d.Jira.MoveToSprint(ctx, l.Sprint.ID, []string{key}))
	}
	for _, link := range l.Links {
		report("link "+link.Phrase()+" "+link.Other, createLink(ctx, d, key, link))
	}
	for _, u := range l.Watchers {
		report("watcher "+u.DisplayName, d.Jira.AddWatcher(ctx, key, u.AccountID))
	}
	for _, f := range l.Files {
		_, err := d.Jira.AddAttachment(ctx, key, f.Name, jira.Content{Type: "text/plain; charset=utf-8", Data: []byte(f.Text)})
		report("file "+f.Name, err)
	}
	return done, failed
}

// createLink creates a link between key and l.Other. With l.Outward key is the
// source ("PAY-1 blocks PAY-2"), otherwise the target ("PAY-1 is blocked by
// PAY-2").
func createLink(ctx context.Context, d env.Env, key string, l names.Link) error {
	from, to := key, l.Other
	if !l.Outward {
		from, to = to, from
	}
	return d.Jira.LinkIssues(ctx, l.Type.ID, from, to)
}
