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
// returns the names of the fields, and the issue if Jira returns it.
func (c *createTools) setLater(ctx context.Context, key string, f *form.Form) (what string, edited jira.Issue, _ error) {
	var names []string
	for _, v := range f.FollowUps.Fields {
		names = append(names, v.Name)
	}
	what = strings.Join(names, ", ") + " (not on the create screen)"
	if f.FollowUps.Edit == nil {
		issue, err := c.Jira.GetIssue(ctx, key, []string{"summary"}, []string{"editmeta"})
		if err != nil {
			return what, edited, err
		}
		edit := f.FillEdit(ctx, issue.EditMeta.SortedFields())
		if len(edit.Problems) > 0 {
			return what, edited, errors.Join(edit.Problems...)
		}
		f.FollowUps.Edit = edit
	}
	edit := f.FollowUps.Edit
	edited, err := c.Jira.EditIssue(ctx, key, jira.Edit{Fields: edit.Values, Update: edit.Updates})
	return what, edited, edit.Explain(err)
}

// createRelated writes the follow-ups of a form for the new issue key: the fields,
// the sprint, and the lists of links, watchers and files at the same time, and
// each list in its order. done names the additions that Jira made, failed the
// others with the reason; for a lost answer it says that the addition may exist.
// edited is the issue as the edit of the fields returned it, if there was one. There
// is no error, since the issue exists whatever happens here.
func (c *createTools) createRelated(ctx context.Context, key string, f *form.Form) (done, failed []string, edited jira.Issue) {
	l := f.FollowUps
	groups := make([]additions, 5)
	write := []func(*additions){
		func(to *additions) {
			if len(l.Fields) > 0 {
				what, issue, err := c.setLater(ctx, key, f)
				to.report(what, err)
				edited = issue
			}
		},
		func(to *additions) {
			if l.Sprint.ID != 0 {
				to.report("sprint "+l.Sprint.Name+" (not on the create screen)", c.Jira.MoveToSprint(ctx, l.Sprint.ID, []string{key}))
			}
		},
		func(to *additions) {
			for _, link := range l.Links {
				to.report("link "+link.Phrase()+" "+link.Other, createLink(ctx, c.Env, key, link))
			}
		},
		func(to *additions) {
			for _, u := range l.Watchers {
				to.report("watcher "+u.DisplayName, c.Jira.AddWatcher(ctx, key, u.AccountID))
			}
		},
		func(to *additions) {
			for _, f := range l.Files {
				_, err := c.Jira.AddAttachment(ctx, key, f.Name, jira.Content{Type: "text/plain; charset=utf-8", Data: []byte(f.Text)})
				to.report("file "+f.Name, err)
			}
		},
	}
	run := make([]func(), len(write))
	for n, one := range write {
		run[n] = func() { one(&groups[n]) }
	}
	jira.Together(run...)
	for _, g := range groups {
		done, failed = append(done, g.done...), append(failed, g.failed...)
	}
	return done, failed, edited
}

// additions are what was added to a new issue, and what was not.
type additions struct{ done, failed []string }

// report adds an addition with its error.
func (a *additions) report(what string, err error) {
	switch {
	case err == nil || jira.OutcomeOf(err) == jira.Done:
		a.done = append(a.done, what)
	case jira.OutcomeOf(err) == jira.Unknown:
		a.failed = append(a.failed, what+": may have been done (the answer was lost); check with jira_get_issue")
	default:
		a.failed = append(a.failed, what+": NOT done (the issue was filed): "+kit.ErrorText(err))
	}
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
