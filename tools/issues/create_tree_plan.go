package issues

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
)

// plan returns a node with a filled-in form for every issue, with the levels
// assigned. Its error is a [form.Error] with the problems of all issues, each
// with the name of its issue, so that the model can correct them at once.
func (c *createTools) plan(ctx context.Context, in createManyInput) ([]*node, error) {
	var tree []*node
	refs := map[string]int{}
	var problems []error
	for n, i := range in.Issues {
		p := &node{in: i, parent: -1}
		tree = append(tree, p)
		if i.Ref == "" {
			continue
		}
		if _, duplicate := refs[strings.ToLower(i.Ref)]; duplicate {
			problems = append(problems, fmt.Errorf("ref %q is given twice", i.Ref))
		}
		refs[strings.ToLower(i.Ref)] = n
	}
	for n, p := range tree {
		if err := c.prepare(ctx, in.Project, tree, refs, n); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", p.title(n), formProblems(err)))
		}
	}
	if len(problems) == 0 {
		problems = assignLevels(tree)
	}
	if len(problems) == 0 && !in.AllowDuplicate {
		problems = c.duplicates(in, tree)
	}
	if len(problems) > 0 {
		return nil, &form.Error{Problems: problems}
	}
	return tree, nil
}

// linkedKeys returns the keys of the existing issues that the new ones link to.
func linkedKeys(tree []*node) []string {
	refs := map[string]bool{}
	for _, p := range tree {
		refs[strings.ToLower(p.in.Ref)] = true
	}
	var out []string
	for _, p := range tree {
		for _, l := range p.links {
			if !refs[strings.ToLower(l.Other)] {
				out = append(out, l.Other)
			}
		}
	}
	return names.Unique(out)
}

// formProblems returns the problems of a [form.Error] without its note that
// nothing was sent, which the error of the whole call has once. It returns
// other errors as they are.
func formProblems(err error) error {
	var f *form.Error
	if errors.As(err, &f) {
		return errors.Join(f.Problems...)
	}
	return err
}

// prepare fills in the form of the issue with index n and parses its links.
// refs maps refs in lower case to indexes. If the parent is a ref, the form
// gets [placeholderKey] in its place.
func (c *createTools) prepare(ctx context.Context, project string, tree []*node, refs map[string]int, n int) error {
	p := tree[n]
	one := createInput{Project: project, Type: p.in.Type, Summary: p.in.Summary, Description: p.in.Description, Priority: p.in.Priority, Labels: p.in.Labels,
		Assignee: p.in.Assignee, Sprint: p.in.Sprint, Parent: p.in.Parent, Fields: p.in.Fields}
	if err := names.CheckSummary(p.in.Summary); err != nil {
		return err
	}
	if at, isRef := refs[strings.ToLower(p.in.Parent)]; isRef && p.in.Parent != "" {
		p.parent, one.Parent = at, placeholderKey
	}
	form, err := c.buildForm(ctx, one, nil)
	if err != nil {
		return err
	}
	p.form = form
	for _, text := range p.in.Links {
		l, err := c.Names.ParseLink(ctx, text)
		if err != nil {
			return err
		}
		if _, isRef := refs[strings.ToLower(l.Other)]; !isRef {
			if l.Other, err = keys.Parse(l.Other); err != nil {
				return fmt.Errorf("links: %w", err)
			}
		}
		p.links = append(p.links, l)
	}
	return nil
}

// placeholderKey stands in a form for the key of a parent that does not exist
// yet.
const placeholderKey = "NEW-1"

// assignLevels sets the level of every node. It raises the level of a child
// above its parent until nothing changes; a tree of n issues is done after at
// most n passes, so a change in the last pass means that the parents form a
// cycle, which it returns as an error.
func assignLevels(tree []*node) []error {
	for range tree {
		changed := false
		for _, p := range tree {
			if p.parent >= 0 && p.level <= tree[p.parent].level {
				p.level, changed = tree[p.parent].level+1, true
			}
		}
		if !changed {
			return nil
		}
	}
	return []error{errors.New("the parent refs form a cycle")}
}

// duplicates returns an error for every issue of the call that equals an
// earlier one of the same call, parents included: one of the two is a mistake.
// It has to be found before the creates begin. The second would wait for the
// first without end, since one call begins both before it finishes either.
func (c *createTools) duplicates(in createManyInput, tree []*node) []error {
	seen := map[once.Fingerprint]int{}
	var problems []error
	for n, p := range tree {
		id := c.nodeFingerprints(in, tree, n)[0]
		if first, duplicate := seen[id]; duplicate {
			problems = append(problems, fmt.Errorf("%s is identical to %s; to file both, set allow_duplicate: true", p.title(n), tree[first].title(first)))
			continue
		}
		seen[id] = n
	}
	return problems
}
