package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// What goes with a new issue: links, watchers, files. What its screen takes is
// part of the create; the rest follows.

// TextFile is a file that is given as text.
type TextFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// link puts a link in words, "blocks PAY-2", into the form: on the screen where
// that has a field for links, else to be made afterwards.
func (f *form) link(ctx context.Context, text string) {
	l, err := f.names.ParseLink(ctx, text)
	if err == nil {
		l.Other, err = cleanKey(l.Other)
	}
	if err != nil {
		f.wrong(jira.FieldMeta{ID: "issuelinks"}, fmt.Errorf("links: %w", err))
		return
	}
	words := l.Phrase() + " " + l.Other
	if slices.ContainsFunc(f.screen, func(m jira.FieldMeta) bool { return m.ID == "issuelinks" }) {
		f.updates["issuelinks"] = append(f.updates["issuelinks"], names.LinkOnCreate(l))
		f.asked["issuelinks"] = strings.TrimPrefix(f.asked["issuelinks"]+", "+words, ", ")
		return
	}
	f.later.links = append(f.later.links, l)
}

// later is what follows a create.
type later struct {
	links    []names.Link
	watchers []jira.User
	files    []TextFile
}

// would says what would follow.
func (l later) would() []kit.Change {
	var out []kit.Change
	for _, link := range l.links {
		out = append(out, kit.Change{Field: "Link", After: link.Phrase() + " " + link.Other})
	}
	for _, u := range l.watchers {
		out = append(out, kit.Change{Field: "Watcher", After: u.DisplayName})
	}
	for _, f := range l.files {
		out = append(out, kit.Change{Field: "File", After: fmt.Sprintf("%s, %d bytes", f.Name, len(f.Text))})
	}
	return out
}

// follow makes what follows a create, and says what did not come about: the
// issue stands whatever happens here.
func (d Deps) follow(ctx context.Context, key string, l later) (done, failed []string) {
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
	for _, link := range l.links {
		report("link "+link.Phrase()+" "+link.Other, d.makeLink(ctx, key, link))
	}
	for _, u := range l.watchers {
		report("watcher "+u.DisplayName, d.Jira.AddWatcher(ctx, key, u.AccountID))
	}
	for _, f := range l.files {
		_, err := d.Jira.AddAttachment(ctx, key, f.Name, jira.Content{Type: "text/plain; charset=utf-8", Data: []byte(f.Text)})
		report("file "+f.Name, err)
	}
	return done, failed
}

// makeLink makes a link of an issue, in the direction of its words.
func (d Deps) makeLink(ctx context.Context, key string, l names.Link) error {
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

// similar are open issues of a project whose summaries look like another.
func (d Deps) similar(ctx context.Context, project, summary, except string) ([]IssueRef, error) {
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
