package issues

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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
// Example: epic e; stories a and b with parent e; a sub-task with parent b, and
// b "is blocked by a" → three bulk requests (e; a and b; the sub-task), then
// one link.
//
// An issue that fails takes its children with it and nothing else. Every issue
// is remembered for ten minutes, as a create of jira_create_issue is, so the
// same call sent again creates only the missing issues.
func defineCreateIssues() kit.Definition[*createTools] {
	return kit.Define(kit.Spec{
		Name: "jira_create_issues", Title: "File several issues", Effect: kit.Create, Toolset: "issues", Default: true, ManyTargets: true,
		Description: "File up to 50 issues that may refer to each other by ref, as an epic with its stories and sub-tasks. " +
			"What fails is named and the rest is filed; the same call again files only what is missing.",
		Permissions: []string{"CREATE_ISSUES"},
		Requires:    operation.Keys(jira.OpCreatableIssueTypes, jira.OpCreateScreenFields, jira.OpCreateIssues),
		Optional: operation.Keys(jira.OpBulkFetch, jira.OpSearchProjects, jira.OpSearch, jira.OpFindAssignable, jira.OpFindUsers, jira.OpMyself,
			jira.OpFields, jira.OpBoards, jira.OpSprints, jira.OpLinkTypes, jira.OpLinkIssues),
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
	Ref         string            `json:"ref,omitempty" doc:"your name for it, for parent and links of others"`
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
	return kit.Description{Targets: keys.ProjectTarget(in.Project), Count: len(in.Issues)}
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
	Ref     string   `json:"ref,omitempty"`
	Key     string   `json:"key,omitempty"`
	Type    string   `json:"type"`
	Summary string   `json:"summary"`
	Parent  string   `json:"parent,omitempty"`
	Earlier bool     `json:"filed_before,omitempty"`
	Dropped []string `json:"dropped,omitempty"`
	Links   []string `json:"links,omitempty"`
	Error   string   `json:"error,omitempty"`  // why it was not created
	Unsure  bool     `json:"unsure,omitempty"` // with error: it may have been created all the same
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

// Markdown implements [kit.Output].
func (o *createManyOutput) Markdown() string {
	if o.DryRun != nil {
		return o.DryRun.Markdown()
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
		fmt.Fprintf(&b, "; of %d it is not known whether they were", unsure)
	}
	b.WriteString(".")
	for n, f := range o.Issues {
		name := text.PrefixIfSet("", f.Ref)
		if name == "" {
			name = fmt.Sprintf("#%d", n+1)
		}
		if f.Error != "" {
			fmt.Fprintf(&b, "\n%s %s: %s", name, map[bool]string{true: "is unsure", false: "NOT filed"}[f.Unsure], f.Error)
			continue
		}
		fmt.Fprintf(&b, "\n%s %s %s: %s%s", name, f.Key, f.Type, f.Summary, text.PrefixIfSet(", parent ", f.Parent))
		if f.Earlier {
			b.WriteString(" (filed before)")
		}
		for _, l := range f.Links {
			b.WriteString("\n  " + l)
		}
		for _, d := range f.Dropped {
			b.WriteString("\n  Not kept by Jira: " + d)
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
	c.createLinks(ctx, tree)
	c.readBackMany(ctx, tree, out)
	nothing := !slices.ContainsFunc(out.Issues, func(f createdIssue) bool { return f.Key != "" })
	if at := slices.IndexFunc(tree, func(p *node) bool { return p.lostErr != nil }); at >= 0 && nothing {
		return nil, fmt.Errorf("%s\n%w", out.Markdown(), tree[at].lostErr)
	}
	if nothing {
		return nil, errors.New(out.Markdown())
	}
	return out, nil
}

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
	form, err := c.buildForm(ctx, one)
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
	return []error{errors.New("the refs of parents go round in a circle")}
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
			problems = append(problems, fmt.Errorf("%s says the same as %s; to file both: allow_duplicate: true", p.title(n), tree[first].title(first)))
			continue
		}
		seen[id] = n
	}
	return problems
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
	out.DryRun = &kit.Preview{Summary: fmt.Sprintf("file %d issues in %s", len(tree), tree[0].form.Project)}
	for n, p := range tree {
		s := fmt.Sprintf("%s %q", p.form.TypeName, p.in.Summary)
		for _, change := range p.form.Changes(nil) {
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
			s += fmt.Sprintf("; filed %s already, as %s", c.Creates.Ago(earlier.At), earlier.Key)
		}
		out.DryRun.Changes = append(out.DryRun.Changes, kit.Change{Field: p.title(n), After: s})
	}
	return out, nil
}

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
				p.out.Unsure, p.out.Error = true, "Jira accepted it, but its answer was lost: find it with jira_search before filing it again"
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
			p.out.Error = "Jira did not say what became of it; look with jira_search"
			c.Creates.Finish(p.entry, once.Result{})
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
		p.form.Values["parent"], p.form.Requested["parent"] = map[string]string{"key": parent.out.Key}, parent.out.Key
	}
	own, earlier, err := c.Creates.Begin(ctx, nil, in.AllowDuplicate, c.nodeFingerprints(in, tree, n)...)
	switch {
	case err != nil:
		p.out.Error = err.Error()
		return false
	case earlier != nil && earlier.Key == "":
		p.out.Unsure, p.out.Error = true, fmt.Sprintf("the same was sent %s and its answer was lost; look with jira_search, and to file it all the same: allow_duplicate: true", c.Creates.Ago(earlier.At))
		return false
	case earlier != nil:
		p.out.Key, p.out.Earlier = earlier.Key, true
		return false
	}
	p.entry = own
	return true
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
					p.out.Links = append(p.out.Links, fmt.Sprintf("%s %s: NOT linked, since that was not filed", l.Phrase(), l.Other))
					continue
				}
				l.Other = other.out.Key
			}
			text := l.Phrase() + " " + l.Other
			if err := createLink(ctx, c.Env, p.out.Key, l); jira.OutcomeOf(err) == jira.Unknown {
				text += ": may be linked, the answer was lost; look before linking again"
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
			fields = append(fields, p.form.FieldIDs()...)
		}
	}
	if len(made) == 0 {
		return
	}
	page, err := c.Jira.FetchIssues(ctx, made, append(names.Unique(fields), "parent"), nil)
	if err != nil {
		out.Notes = append(out.Notes, "They could not be read back, so what Jira kept of the fields is not confirmed: "+kit.ErrorText(err))
		return
	}
	for _, p := range tree {
		at := slices.IndexFunc(page.Issues, func(i jira.Issue) bool { return i.Key == p.out.Key })
		if at < 0 {
			if p.out.Key != "" {
				out.Notes = append(out.Notes, p.out.Key+" could not be read back.")
			}
			continue
		}
		issue := page.Issues[at]
		if parent, ok := jira.Value[jira.Issue](issue.Fields, "parent"); ok {
			p.out.Parent = parent.Key
		}
		if !p.out.Earlier {
			_, p.out.Dropped = p.form.StoredFields(issue)
		}
	}
}
