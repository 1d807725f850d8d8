package issues

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
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

// createRelated writes the follow-ups of a form for the new issue key. done names the additions that Jira made, failed the others with the reason;
// for a lost answer it says that the addition may exist. It returns no error,
// since the issue exists whatever happens here.
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

// Limits of the search for similar issues.
const (
	maxSimilar    = 5   // issues in the answer
	maxQueryWords = 6   // words of the summary in the query
	minSimilarity = 0.5 // least similarity of two summaries
)

// FindSimilar returns at most five open issues of a project whose summaries are
// similar to the given one, the newest first. except is a key to leave out.
//
// It searches for issues that contain one of the first six significant words,
// takes the newest 50, and keeps those with a similarity of 0.5 or more. For
// example, "Login fails on Safari" finds "Safari: login fails sometimes" (three
// of four words) and not "Login page is slow" (one of three).
func FindSimilar(ctx context.Context, d env.Env, project, summary, except string) ([]IssueRef, error) {
	own := significantWords(summary)
	if len(own) == 0 {
		return nil, nil
	}
	var any []string
	for _, w := range own[:min(len(own), maxQueryWords)] {
		any = append(any, "summary ~ "+jql.Quote(w))
	}
	query := fmt.Sprintf("project = %s AND statusCategory != Done AND (%s) ORDER BY created DESC", jql.Quote(project), strings.Join(any, " OR "))
	page, err := d.Jira.SearchPage(ctx, jira.Search{JQL: query, Fields: []string{"summary", "status"}, Limit: 50})
	if err != nil {
		return nil, err
	}
	var out []IssueRef
	for _, i := range page.Issues {
		ref := newIssueRef(i)
		if i.Key != except && similarity(own, significantWords(ref.Summary)) >= minSimilarity && len(out) < maxSimilar {
			out = append(out, *ref)
		}
	}
	return out, nil
}

// stopWords has frequent English words that do not show the topic of an issue.
var stopWords = []string{"the", "and", "for", "with", "not", "are", "was", "from", "that", "this", "when", "then", "does", "should", "can", "cannot", "into", "after", "before", "has", "have"}

// significantWords returns the distinct words of a summary in lower case,
// without punctuation, words of one or two characters, and frequent words.
func significantWords(summary string) []string {
	var out []string
	for _, w := range strings.Fields(names.PlainWords(strings.ToLower(summary))) {
		if len([]rune(w)) > 2 && !slices.Contains(stopWords, w) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// similarity returns the share of common words of two lists, from 0 to 1: the
// number of words of a that b has as well, divided by the length of the longer
// list.
func similarity(a, b []string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	same := 0
	for _, w := range a {
		if slices.Contains(b, w) {
			same++
		}
	}
	return float64(same) / float64(max(len(a), len(b)))
}
