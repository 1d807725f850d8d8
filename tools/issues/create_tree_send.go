package issues

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// nodeFingerprints returns the fingerprints of the issue with index n, one for
// each name of the caller. They cover its arguments and those of its parents up
// to the root, in place of the keys of the parents, which differ after a parent
// was created anew. Refs and links are left out: an issue is the same under
// another ref.
func (c *createTools) nodeFingerprints(in createManyInput, tree []*node, n int) []once.Fingerprint {
	var chain []any
	for at := n; at >= 0; at = tree[at].parent {
		one := tree[at].in
		one.Ref, one.Links = "", nil
		if tree[at].parent >= 0 {
			one.Parent = ""
		}
		chain = append(chain, one)
	}
	var ids []once.Fingerprint
	for _, who := range callerIDs(c.Jira) {
		ids = append(ids, once.FingerprintOf(who, "several", strings.ToUpper(in.Project), chain))
	}
	return ids
}

// createLevel creates the issues of one level in one bulk request and finishes
// their entries in [once.Dedupe].
//
// If the request as a whole fails, all issues of the level share its outcome:
// refused, created with a lost answer, or unknown. If Jira answers, each
// failure names the position of its issue in the request, and the created
// issues follow in order. For example, of three issues with a failure at
// position 1 the two keys belong to the issues at positions 0 and 2.
func (c *createTools) createLevel(ctx context.Context, in createManyInput, tree []*node, level int) {
	var now []*node
	for n, p := range tree {
		if p.level != level || !c.beginNode(ctx, in, tree, n) {
			continue
		}
		now = append(now, p)
	}
	if len(now) == 0 {
		return
	}
	var issues []jira.NewIssue
	for _, p := range now {
		issues = append(issues, p.form.NewIssue())
	}
	created, err := c.Jira.CreateIssues(ctx, issues)
	lost, err := write.ClassifyError(err, "The create", fmt.Sprintf(`jira_search with jql: project = %s AND reporter = currentUser() AND created >= -10m`, now[0].form.Project))
	if err != nil || lost {
		var uncertain *write.UncertainError
		unsure := lost || errors.As(err, &uncertain)
		for _, p := range now {
			c.Creates.Finish(p.entry, once.Result{Failed: !unsure})
			switch {
			case lost:
				p.out.Unsure, p.out.Error = true, "Jira accepted it, but its answer was lost: search for the issue with jira_search before creating it again"
			case unsure:
				p.out.Error, p.out.Unsure, p.lostErr = err.Error(), true, err
			default:
				p.out.Error = kit.ErrorText(p.form.Explain(err))
			}
		}
		return
	}
	made := created.Issues
	for n, p := range now {
		if at := slices.IndexFunc(created.Failures, func(f jira.CreateFailure) bool { return f.Element == n }); at >= 0 {
			p.out.Error = p.form.FailureText(created.Failures[at])
			c.Creates.Finish(p.entry, once.Result{Failed: true})
			continue
		}
		if len(made) == 0 {
			p.out.Unsure, p.out.Error = true, "Jira did not report the outcome; search for the issue with jira_search before creating it again"
			c.Creates.Finish(p.entry, once.Result{})
			continue
		}
		if made[0].Key == "" {
			p.out.Unsure, p.out.Error = true, "Jira did not report the key; search for the issue with jira_search before creating it again"
			c.Creates.Finish(p.entry, once.Result{})
			made = made[1:]
			continue
		}
		p.out.Key, made = made[0].Key, made[1:]
		c.Creates.Finish(p.entry, once.Result{Key: p.out.Key, Readable: true})
	}
}

// beginNode puts the key of the parent into the form and begins the create of
// the issue with index n in [once.Dedupe]. It reports whether the issue has to
// be sent. It is not sent if its parent does not exist, or if the same issue
// was created or sent before; the output of the node says which.
func (c *createTools) beginNode(ctx context.Context, in createManyInput, tree []*node, n int) bool {
	p := tree[n]
	if p.parent >= 0 {
		parent := tree[p.parent]
		if parent.out.Key == "" {
			p.out.Error = fmt.Sprintf("its parent %s was not filed", parent.title(p.parent))
			return false
		}
		p.form.ReplaceParent(parent.out.Key)
	}
	own, earlier, err := c.Creates.Begin(ctx, nil, in.AllowDuplicate, c.nodeFingerprints(in, tree, n)...)
	switch {
	case err != nil:
		p.out.Error = err.Error()
		return false
	case earlier != nil && earlier.Key == "":
		p.out.Unsure, p.out.Error = true, fmt.Sprintf("the same issue was sent %s and its answer was lost; check with jira_search. To file it anyway, set allow_duplicate: true", c.Creates.Ago(earlier.At))
		return false
	case earlier != nil:
		p.out.Key, p.out.Earlier = earlier.Key, true
		return false
	}
	p.entry = own
	return true
}

// setLaterFields sets the fields that are not on the create screens.
func (c *createTools) setLaterFields(ctx context.Context, tree []*node) {
	for _, p := range tree {
		if p.out.Key != "" && !p.out.Earlier {
			p.out.Done, p.out.Failed, _ = c.createRelated(ctx, p.out.Key, p.form)
		}
	}
}

// createLinks creates the links of all issues that have a key, after the last
// level. A link that fails is named in the output of its issue.
func (c *createTools) createLinks(ctx context.Context, tree []*node) {
	byRef := map[string]*node{}
	for _, p := range tree {
		byRef[strings.ToLower(p.in.Ref)] = p
	}
	for _, p := range tree {
		if p.out.Key == "" {
			continue
		}
		for _, l := range p.links {
			if other := byRef[strings.ToLower(l.Other)]; other != nil && l.Other != "" {
				if other.out.Key == "" {
					p.out.Links = append(p.out.Links, fmt.Sprintf("%s %s: NOT linked, since that issue was not filed", l.Phrase(), l.Other))
					continue
				}
				l.Other = other.out.Key
			}
			text := l.Phrase() + " " + l.Other
			if err := createLink(ctx, c.Env, p.out.Key, l); jira.OutcomeOf(err) == jira.Unknown {
				text += ": may be linked (the answer was lost); check before linking again"
			} else if err != nil && jira.OutcomeOf(err) != jira.Done {
				text += ": NOT linked: " + kit.ErrorText(err)
			}
			p.out.Links = append(p.out.Links, text)
		}
	}
}

// readBackMany reads all issues of the call back in one request, and adds their
// parents and the fields that Jira did not store as given. The issues exist
// whatever happens here, so a failure becomes a note.
func (c *createTools) readBackMany(ctx context.Context, tree []*node, out *createManyOutput) {
	var made, fields []string
	for _, p := range tree {
		if p.out.Key != "" {
			made = append(made, p.out.Key)
			fields = append(fields, p.form.AllFieldIDs()...)
		}
	}
	if len(made) == 0 {
		return
	}
	sprint, sprintErr := c.Names.SprintField(ctx)
	if sprintErr == nil && sprint != "" {
		fields = append(fields, sprint)
	}
	if sprintErr != nil && !jira.IsNoAccess(sprintErr) {
		out.Notes = append(out.Notes, "The sprints could not be read back: "+kit.ErrorText(sprintErr))
	}
	page, err := c.Jira.FetchIssues(ctx, made, names.Unique(append(fields, "parent", "assignee", "priority")), nil)
	for _, p := range tree {
		p.out.unread = err != nil
	}
	if err != nil {
		out.Notes = append(out.Notes, "They could not be read back, so the stored field values are not confirmed: "+kit.ErrorText(err))
		return
	}
	for _, p := range tree {
		at := slices.IndexFunc(page.Issues, func(i jira.Issue) bool { return i.Key == p.out.Key })
		if at < 0 {
			p.out.unread = true
			if p.out.Key != "" {
				out.Notes = append(out.Notes, p.out.Key+" could not be read back.")
			}
			continue
		}
		issue := page.Issues[at]
		if parent, ok := jira.Value[jira.Issue](issue.Fields, "parent"); ok {
			p.out.Parent = parent.Key
		}
		p.out.Assignee, p.out.Priority, p.out.Sprint = names.Format(issue.Fields["assignee"]), names.Format(issue.Fields["priority"]), names.Format(issue.Fields[sprint])
		if !p.out.Earlier {
			_, p.out.Dropped = p.form.StoredFields(issue)
		}
	}
}
