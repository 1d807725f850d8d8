package issues

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// defineCreateIssues declares jira_create_issues, which creates a tree of
// issues.
//
// Issues of one call refer to each other by ref, a name that the caller
// chooses, because they have no keys yet. The tool works in these steps:
//
//  1. plan resolves the refs and fills in a form for every issue. It reports
//     all problems at once and sends nothing if there is one.
//  2. assignLevels gives every issue a level: 0 without a parent in the call,
//     otherwise one more than its parent.
//  3. createLevel creates all issues of one level in one bulk request, level
//     by level, since a child needs the key of its parent.
//  4. createLinks creates the links when all issues have keys, since a link
//     may refer to an issue of any level.
//  5. readBackMany reads all issues back in one request.
//
// Steps 1 and 2 are in create_tree_plan.go, the other three in
// create_tree_send.go.
//
// Example: epic e; stories a and b with parent e; a sub-task with parent b, and
// b "is blocked by a" → three bulk requests (e; a and b; the sub-task), then
// one link.
//
// An issue that fails takes its children with it and nothing else. Every issue
// is remembered for ten minutes, as a create of jira_create_issue is, so the
// same call sent again creates only the missing issues.
func defineCreateIssues() kit.Definition[*createTools] {
	return kit.Define(kit.Spec{
		Name: "jira_create_issues", Title: "Create several issues", Effect: kit.Create, Toolset: "issues", Default: true, ManyTargets: true,
		Description: "Create up to 50 issues that can refer to each other by ref, such as an epic with its stories and sub-tasks. " +
			"If some fail, the rest are created; the same call again creates only the missing ones.",
		Permissions: []string{"CREATE_ISSUES"},
		Requires:    operation.Keys(jira.OpCreatableIssueTypes, jira.OpCreateScreenFields, jira.OpCreateIssues),
		Optional: operation.Keys(jira.OpBulkFetch, jira.OpSearchProjects, jira.OpSearch, jira.OpFindAssignable, jira.OpFindUsers, jira.OpMyself,
			jira.OpFields, jira.OpBoards, jira.OpSprints, jira.OpLinkTypes, jira.OpLinkIssues, jira.OpEditIssue, jira.OpMoveToSprint),
	}, (*createTools).createMany)
}

// createManyInput has the arguments of jira_create_issues.
type createManyInput struct {
	Project        string          `json:"project" doc:"key"`
	Issues         []newIssueInput `json:"issues" max:"50"`
	AllowDuplicate bool            `json:"allow_duplicate,omitempty"`
}

// newIssueInput describes one issue of a call of jira_create_issues.
type newIssueInput struct {
	Ref         string            `json:"ref,omitempty" doc:"your name for it, to use in parent and links"`
	Type        string            `json:"type"`
	Summary     string            `json:"summary"`
	Description string            `json:"description,omitempty"`
	Parent      string            `json:"parent,omitempty" doc:"ref or key"`
	Assignee    string            `json:"assignee,omitempty"`
	Priority    string            `json:"priority,omitempty"`
	Labels      []string          `json:"labels,omitempty"`
	Sprint      string            `json:"sprint,omitempty"`
	Links       []string          `json:"links,omitempty" doc:"e.g. blocks REF" effect:"edit" max:"20"`
	Fields      []form.FieldValue `json:"fields,omitempty" max:"50"`
}

// Describe implements [kit.Describer]. Count is the number of issues, which
// have no keys yet.
func (in createManyInput) Describe() kit.Description {
	return kit.Description{Targets: keys.ProjectTarget(in.Project), Count: len(in.Issues), Writes: len(in.Issues)}
}

// createManyOutput is the result of jira_create_issues, with the issues in the
// order of the input.
type createManyOutput struct {
	Issues []createdIssue `json:"issues"`
	Notes  []string       `json:"notes,omitempty"`
	kit.DryRunResult
}

// createdIssue is the result for one issue of the call.
type createdIssue struct {
	Ref     string `json:"ref,omitempty"`
	Key     string `json:"key,omitempty"`
	Type    string `json:"type"`
	Summary string `json:"summary"`
	Parent  string `json:"parent,omitempty"`
	// Assignee, Priority and Sprint are what Jira stores.
	Assignee string   `json:"assignee,omitempty"`
	Priority string   `json:"priority,omitempty"`
	Sprint   string   `json:"sprint,omitempty"`
	Earlier  bool     `json:"filed_before,omitempty"`
	Dropped  []string `json:"dropped,omitempty"`
	Links    []string `json:"links,omitempty"`
	Done     []string `json:"done,omitempty"`   // fields that were set after the create
	Failed   []string `json:"failed,omitempty"` // fields that were not, with the reason
	// Similar lists issues that may be about the same.
	Similar []Similar `json:"similar,omitempty"`
	Error   string    `json:"error,omitempty"`  // why it was not created
	Unsure  bool      `json:"unsure,omitempty"` // with error: it may have been created all the same

	unread bool // it was not read back
}

// Describe implements [kit.Describer].
func (o *createManyOutput) Describe() kit.Description {
	return kit.Description{Targets: o.targets(), Unchanged: o.isUnchanged()}
}

// isUnchanged reports whether the call created no issue.
func (o *createManyOutput) isUnchanged() bool {
	return !slices.ContainsFunc(o.Issues, func(f createdIssue) bool { return f.Key != "" && !f.Earlier })
}

// targets returns the keys of the issues, with "" for an issue that was not
// created.
func (o *createManyOutput) targets() []string {
	var out []string
	for _, f := range o.Issues {
		out = append(out, f.Key)
	}
	return out
}

// TakeNote implements [kit.NoteTaker].
func (o *createManyOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// stored returns the values that Jira stores and that a reader would look up
// next.
func (f createdIssue) stored() string {
	if f.Key == "" || f.unread {
		return ""
	}
	assignee := ", assignee " + f.Assignee
	if f.Assignee == "" {
		assignee = ", unassigned"
	}
	return assignee + text.PrefixIfSet(", priority ", f.Priority) + text.PrefixIfSet(", ", f.Sprint)
}

// Markdown implements [kit.Output].
func (o *createManyOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	var b strings.Builder
	made, failed, unsure := 0, 0, 0
	for _, f := range o.Issues {
		switch {
		case f.Unsure:
			unsure++
		case f.Error != "":
			failed++
		case !f.Earlier:
			made++
		}
	}
	fmt.Fprintf(&b, "Filed %d of %d issues", made, len(o.Issues))
	if n := len(o.Issues) - made - failed - unsure; n > 0 {
		fmt.Fprintf(&b, "; %d had been filed before", n)
	}
	if failed > 0 {
		fmt.Fprintf(&b, "; %d NOT filed", failed)
	}
	if unsure > 0 {
		fmt.Fprintf(&b, "; %d may have been filed", unsure)
	}
	b.WriteString(".")
	for n, f := range o.Issues {
		name := text.PrefixIfSet("", f.Ref)
		if name == "" {
			name = fmt.Sprintf("#%d", n+1)
		}
		if f.Error != "" {
			fmt.Fprintf(&b, "\n%s %s: %s", name, map[bool]string{true: "is uncertain", false: "NOT filed"}[f.Unsure], f.Error)
			continue
		}
		fmt.Fprintf(&b, "\n%s %s %s: %s%s", name, f.Key, f.Type, f.Summary, text.PrefixIfSet(", parent ", f.Parent)+f.stored())
		if f.Earlier {
			b.WriteString(" (filed before)")
		}
		for _, l := range f.Links {
			b.WriteString("\n  " + l)
		}
		if len(f.Done) > 0 {
			b.WriteString("\n  Added: " + strings.Join(f.Done, ", "))
		}
		for _, text := range f.Failed {
			b.WriteString("\n  " + text)
		}
		for _, d := range f.Dropped {
			b.WriteString("\n  Not kept by Jira: " + d)
		}
		for _, s := range f.Similar {
			b.WriteString("\n  Similar: " + s.String())
		}
	}
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String()
}

// node is one issue of the tree that is being created.
type node struct {
	in      newIssueInput
	form    *form.Form
	parent  int           // index of the parent in the call; -1 if it has a key or there is none
	level   int           // distance to the root in the call, from 0
	entry   *once.Entry   // its create in [once.Dedupe], once begun
	out     *createdIssue // its part of the output
	lostErr error         // set if the answer to its create was lost
	links   []names.Link  // Other is a ref or a key
}

// title returns the name of the issue in messages: its ref, or "#" with its
// number, from 1.
func (nd *node) title(n int) string {
	if nd.in.Ref != "" {
		return nd.in.Ref
	}
	return fmt.Sprintf("#%d", n+1)
}

// createMany handles jira_create_issues; see [defineCreateIssues] for the
// steps. Once the creates have begun, it returns an error only if no issue of
// the call exists at the end. That error wraps a lost answer, if there was one,
// so that the model learns that issues may exist.
func (c *createTools) createMany(ctx context.Context, in createManyInput) (*createManyOutput, error) {
	tree, err := c.plan(ctx, in)
	if err != nil && form.RefreshNames(c.Env, err) {
		tree, err = c.plan(ctx, in)
	}
	if err != nil {
		return nil, err
	}
	if err := c.Jira.CheckIssues(ctx, jira.OpCreateIssues, linkedKeys(tree)...); err != nil {
		return nil, err
	}
	out := &createManyOutput{Issues: make([]createdIssue, len(tree))}
	for n, p := range tree {
		p.out = &out.Issues[n]
		*p.out = createdIssue{Ref: p.in.Ref, Type: p.form.TypeName, Summary: p.in.Summary}
	}
	if kit.IsDryRun(ctx) {
		return c.previewMany(ctx, in, tree, out)
	}
	done, err := c.treeMutex.Lock(ctx, "tree")
	if err != nil {
		return nil, err
	}
	defer done()
	last := 0
	for _, p := range tree {
		last = max(last, p.level)
	}
	for level := 0; level <= last; level++ {
		kit.Progress(ctx, fmt.Sprintf("filing level %d of %d", level+1, last+1))
		c.createLevel(ctx, in, tree, level)
	}
	c.setLaterFields(ctx, tree)
	c.createLinks(ctx, tree)
	var wait sync.WaitGroup
	alike := &createManyOutput{}
	wait.Go(func() { c.similarToMany(ctx, tree[0].form.Project, tree, alike) })
	c.readBackMany(ctx, tree, out)
	wait.Wait()
	out.Notes = append(out.Notes, alike.Notes...)
	nothing := !slices.ContainsFunc(out.Issues, func(f createdIssue) bool { return f.Key != "" })
	if at := slices.IndexFunc(tree, func(p *node) bool { return p.lostErr != nil }); at >= 0 && nothing {
		return nil, fmt.Errorf("%s\n%w", kit.Text(ctx, out), tree[at].lostErr)
	}
	if nothing {
		return nil, errors.New(kit.Text(ctx, out))
	}
	return out, nil
}

// previewMany returns the output of a dry run, with one line for each issue.
// Only the issues of level 0 go through the checks before sending, since the
// others have no parent yet.
func (c *createTools) previewMany(ctx context.Context, in createManyInput, tree []*node, out *createManyOutput) (*createManyOutput, error) {
	var roots []jira.NewIssue
	for _, p := range tree {
		if p.level == 0 {
			roots = append(roots, p.form.NewIssue())
		}
	}
	if _, err := c.Jira.CreateIssues(ctx, roots); !write.IsDryRun(err) {
		return nil, err
	}
	c.similarToMany(ctx, tree[0].form.Project, tree, out)
	out.DryRun = &kit.Preview{Summary: fmt.Sprintf("file %d issues in %s", len(tree), tree[0].form.Project)}
	for n, p := range tree {
		s := fmt.Sprintf("%s %q", p.form.TypeName, p.in.Summary)
		for _, change := range append(p.form.Changes(nil), p.form.FollowUps.Changes()...) {
			if change.Field != "Summary" && change.After != placeholderKey {
				s += fmt.Sprintf("; %s: %s", change.Field, text.Shorten(text.OneLine(change.After), 120))
			}
		}
		if p.parent >= 0 {
			s += "; below " + tree[p.parent].title(p.parent)
		}
		for _, l := range p.links {
			s += "; " + l.Phrase() + " " + l.Other
		}
		if earlier := c.Creates.Completed(c.nodeFingerprints(in, tree, n)...); earlier != nil && !in.AllowDuplicate {
			s += fmt.Sprintf("; already filed %s as %s", c.Creates.Ago(earlier.At), earlier.Key)
		}
		for _, one := range p.out.Similar {
			s += "; similar: " + one.String()
		}
		out.DryRun.Changes = append(out.DryRun.Changes, kit.Change{Field: p.title(n), After: s})
	}
	return out, nil
}
