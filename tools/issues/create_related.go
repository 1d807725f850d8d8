package issues

import (
	"context"
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

// What goes with a new issue: links, watchers, files. What its screen takes is
// part of the create; the rest follows.

// createRelated makes what follows a create, and says what did not come about: the
// issue stands whatever happens here.
func createRelated(ctx context.Context, d env.Env, key string, l form.Later) (done, failed []string) {
	report := func(what string, err error) {
		switch {
		case err == nil || jira.OutcomeOf(err) == jira.Done:
			done = append(done, what)
		case jira.OutcomeOf(err) == jira.Unknown:
			failed = append(failed, what+" may have been made, its answer was lost; look with jira_get_issue")
		default:
			failed = append(failed, what+": NOT done (the issue was filed): "+kit.ErrorText(err))
		}
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

// createLink makes a link of an issue, in the direction of its words.
func createLink(ctx context.Context, d env.Env, key string, l names.Link) error {
	from, to := key, l.Other
	if !l.Outward {
		from, to = to, from
	}
	return d.Jira.LinkIssues(ctx, l.Type.ID, from, to)
}

const (
	maxSimilar   = 5
	similarWords = 6   // of a summary that are searched for
	alike        = 0.5 // how much of two summaries has to be the same
)

// FindSimilar are open issues of a project whose summaries look like another.
func FindSimilar(ctx context.Context, d env.Env, project, summary, except string) ([]IssueRef, error) {
	own := significant(summary)
	if len(own) == 0 {
		return nil, nil
	}
	var any []string
	for _, w := range own[:min(len(own), similarWords)] {
		any = append(any, "summary ~ "+jql.Quote(w))
	}
	query := fmt.Sprintf("project = %s AND statusCategory != Done AND (%s) ORDER BY created DESC", jql.Quote(project), strings.Join(any, " OR "))
	page, err := d.Jira.SearchPage(ctx, jira.Search{JQL: query, Fields: []string{"summary", "status"}, Limit: 50})
	if err != nil {
		return nil, err
	}
	var out []IssueRef
	for _, i := range page.Issues {
		ref := brief(i)
		if i.Key != except && likeness(own, significant(ref.Summary)) >= alike && len(out) < maxSimilar {
			out = append(out, *ref)
		}
	}
	return out, nil
}

// common are words that say nothing of what an issue is about.
var common = []string{"the", "and", "for", "with", "not", "are", "was", "from", "that", "this", "when", "then", "does", "should", "can", "cannot", "into", "after", "before", "has", "have"}

// significant are the words of a summary that say something, each once.
func significant(summary string) []string {
	var out []string
	for _, w := range strings.Fields(names.PlainWords(strings.ToLower(summary))) {
		if len([]rune(w)) > 2 && !slices.Contains(common, w) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// likeness is how much of two lists of words is the same, from 0 to 1.
func likeness(a, b []string) float64 {
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
