package issues

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// createTools has the handlers of the tools that create issues.
type createTools struct {
	env.Env
	// One call of jira_create_issues runs at a time. A call begins many creates
	// before it finishes any, and [once.Dedupe.Begin] waits for a create that
	// another call has begun, so two calls with the same issues in different
	// orders could wait for each other forever.
	treeMutex *once.KeyedMutex
}

// newCreateTools returns the handlers for one Jira user.
func newCreateTools(e env.Env) *createTools { return &createTools{e, once.NewKeyedMutex()} }

// defineCreateTools declares jira_create_issue and jira_create_issues.
func defineCreateTools() []kit.Tool {
	return kit.Group(newCreateTools,
		kit.Define(kit.Spec{
			Name: "jira_create_issue", Title: "Create an issue", Effect: kit.Create, Toolset: "issues", Default: true,
			Description: "Create one issue; also lists similar issues, and refuses a duplicate. If a field is missing or wrong, the error lists the allowed values.",
			Permissions: []string{"CREATE_ISSUES"},
			Requires:    operation.Keys(jira.OpCreatableIssueTypes, jira.OpCreateScreenFields, jira.OpCreateIssue),
			Optional: operation.Keys(jira.OpGetIssue, jira.OpSearchProjects, jira.OpSearch, jira.OpFindAssignable, jira.OpFindUsers, jira.OpMyself,
				jira.OpFields, jira.OpBoards, jira.OpSprints, jira.OpConfiguration, jira.OpLinkTypes, jira.OpLinkIssues, jira.OpAddWatcher, jira.OpAddAttachment,
				jira.OpEditIssue, jira.OpMoveToSprint),
		}, (*createTools).create),
		defineCreateIssues(),
	)
}

// createInput has the arguments of jira_create_issue.
type createInput struct {
	Project        string            `json:"project" doc:"key"`
	Type           string            `json:"type" doc:"e.g. Bug"`
	Summary        string            `json:"summary"`
	Description    string            `json:"description,omitempty" doc:"Markdown"`
	Priority       string            `json:"priority,omitempty"`
	Labels         []string          `json:"labels,omitempty"`
	Assignee       string            `json:"assignee,omitempty" doc:"name, e-mail, account id or me"`
	Parent         string            `json:"parent,omitempty" doc:"parent's key, or an epic's summary"`
	Components     []string          `json:"components,omitempty"`
	Sprint         string            `json:"sprint,omitempty" doc:"name, current or next"`
	Links          []string          `json:"links,omitempty" doc:"e.g. blocks PAY-2" effect:"edit" max:"20"`
	Watchers       []string          `json:"watchers,omitempty" effect:"edit" max:"20"`
	Estimate       string            `json:"estimate,omitempty" loose:"true" doc:"e.g. 1d 2h"`
	Files          []form.TextFile   `json:"files,omitempty" doc:"text files to attach" effect:"edit" max:"5"`
	Fields         []form.FieldValue `json:"fields,omitempty" doc:"any other fields" max:"50"`
	AllowDuplicate bool              `json:"allow_duplicate,omitempty"`
}

// createOutput is the result of jira_create_issue.
type createOutput struct {
	Key     string            `json:"key,omitempty"`
	URL     string            `json:"url,omitempty"`
	Earlier bool              `json:"filed_before,omitempty"`     // an earlier call created it, this one nothing
	Set     map[string]string `json:"set,omitempty" text:"lines"` // the values that Jira stores now, by field name
	Dropped []string          `json:"dropped,omitempty"`          // fields whose stored value differs from the given one
	Done    []string          `json:"done,omitempty"`             // links, watchers and files that were added
	Failed  []string          `json:"failed,omitempty"`           // links, watchers and files that were not, with the reason
	Similar []Similar         `json:"similar,omitempty"`          // issues that may be about the same
	Note    string            `json:"note,omitempty" text:"lines"`
	kit.DryRunResult

	// read reports that the issue was read back, gone that Jira did not find it,
	// searched that similar issues were searched for.
	gone, read, searched bool
}

// Describe implements [kit.Describer]: the target is the project, since the
// issue has no key yet.
func (in createInput) Describe() kit.Description {
	return kit.Description{Targets: keys.ProjectTarget(in.Project)}
}

// Describe implements [kit.Describer].
func (o *createOutput) Describe() kit.Description {
	return kit.Description{Targets: []string{o.Key}, Unchanged: o.Earlier}
}

// TakeNote implements [kit.NoteTaker].
func (o *createOutput) TakeNote(text string) { o.Note = strings.TrimSpace(o.Note + "\n" + text) }

// Markdown implements [kit.Output].
func (o *createOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m) + text.PrefixIfSet("\n", o.Note) + o.similarMarkdown()
	}
	var b strings.Builder
	b.WriteString("Created")
	if o.Earlier {
		b.Reset()
		b.WriteString("Not created again: it is")
	}
	if o.Key != "" {
		b.WriteString(" " + o.Key + " " + o.URL)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Set)) {
		b.WriteString("\n" + kit.Change{Field: name, After: o.Set[name]}.Text(m))
	}
	for _, d := range o.Dropped {
		b.WriteString("\nNot kept by Jira: " + d)
	}
	if len(o.Done) > 0 {
		b.WriteString("\nAdded: " + strings.Join(o.Done, ", "))
	}
	for _, f := range o.Failed {
		b.WriteString("\n" + f)
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note) + o.similarMarkdown())
	return b.String()
}

// similarMarkdown returns the list of similar issues as Markdown, or "" if
// there are none.
func (o *createOutput) similarMarkdown() string {
	switch {
	case len(o.Similar) > 0:
		return "\nSimilar issues:\n" + similarList(o.Similar)
	case o.searched && !o.Earlier:
		return "\nNo similar issue was found."
	}
	return ""
}

// create handles jira_create_issue. It fills in the create form, checks that
// the project fence allows writing to the linked issues and the parent, and
// creates the issue once, unless a search for similar issues finds one that
// says the same. Names, such as that of a sprint, are resolved from cached
// lists: if the form has an error and a list may be out of date, the lists are
// read again and the form is filled in a second time.
func (c *createTools) create(ctx context.Context, in createInput) (*createOutput, error) {
	if err := names.CheckSummary(in.Summary); err != nil {
		return nil, err
	}
	alike := &similarSearch{}
	defer alike.wait()
	f, err := c.buildForm(ctx, in, alike)
	if err != nil && form.RefreshNames(c.Env, err) {
		f, err = c.buildForm(ctx, in, alike)
	}
	if err != nil {
		return nil, err
	}
	if err := c.Jira.CheckIssues(ctx, jira.OpCreateIssue, f.RelatedIssues()...); err != nil {
		return nil, err
	}
	if kit.IsDryRun(ctx) {
		return c.preview(ctx, in, f, alike)
	}
	return c.createOnce(ctx, in, f, alike)
}

// buildForm returns the filled-in create screen of the issue type. Its error is
// a [form.Error] with all problems at once, so that the model can correct them
// in one further call; the form is returned with it. It begins the search alike,
// which can be nil.
func (c *createTools) buildForm(ctx context.Context, in createInput, alike *similarSearch) (*form.Form, error) {
	project, err := c.Names.Project(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	defer c.Names.LookUpAhead(ctx, in.ahead(project))()
	kind, err := c.Names.Type(ctx, project, in.Type)
	if err != nil {
		return nil, query.ExplainMissingProject(err)
	}
	alike.begin(ctx, c, SimilarQuery{Project: project, Types: []string{kind.ID}, Summary: in.Summary})
	screen, err := c.Names.CreateScreen(ctx, project, kind.ID)
	if err != nil {
		return nil, query.ExplainMissingProject(err)
	}
	form := form.New(c.Names, screen, project, "summary", "description", "priority", "labels", "assignee", "parent", "components")
	form.IsCreate, form.TypeID, form.TypeName = true, kind.ID, kind.Name
	form.MayFollow = true
	if slices.ContainsFunc(in.given(), func(name string) bool { return !form.HasField(name) }) { // see [form.FollowUps]
		defer c.Names.LookUpAhead(ctx, names.Ahead{Project: project, TypeID: kind.ID, Fields: true})()
	}
	form.Set(ctx, "summary", strings.TrimSpace(in.Summary), true)
	form.Set(ctx, "description", in.Description, in.Description != "")
	form.Set(ctx, "priority", in.Priority, in.Priority != "")
	form.SetList(ctx, "labels", in.Labels)
	form.Set(ctx, "assignee", in.Assignee, in.Assignee != "")
	form.SetParent(ctx, in.Parent)
	form.SetList(ctx, "components", in.Components)
	form.SetFields(ctx, in.Fields)
	c.fillExtras(ctx, form, in)
	form.CheckRequired(kind.Subtask, "project", "issuetype", "reporter")
	c.checkFollowUps(ctx, form)
	return form, form.Err()
}

// ahead returns what the form will look up, as far as the arguments show it.
func (in createInput) ahead(project string) names.Ahead {
	a := names.Ahead{Project: project, Assignee: in.Assignee, Watchers: in.Watchers, Text: in.Description, Links: len(in.Links) > 0}
	if !form.IsNoSprint(in.Sprint) {
		a.Sprint = in.Sprint
	}
	if _, err := keys.ParseExact(in.Parent); err != nil {
		a.Epic = in.Parent
	}
	return a
}

// given returns the names of the fields that the call sets, apart from those that
// every create screen has.
func (in createInput) given() (out []string) {
	for name, isGiven := range map[string]bool{"description": in.Description != "", "priority": in.Priority != "", "labels": len(in.Labels) > 0,
		"assignee": in.Assignee != "", "components": len(in.Components) > 0, "timetracking": in.Estimate != ""} {
		if isGiven {
			out = append(out, name)
		}
	}
	for _, v := range in.Fields {
		out = append(out, v.Name)
	}
	return out
}

// fillExtras adds the sprint, the estimate, links, watchers and files to the
// form. Links become part of the create if the screen has a field for them;
// watchers and files always follow it.
func (c *createTools) fillExtras(ctx context.Context, form *form.Form, in createInput) {
	form.SetSprint(ctx, in.Sprint)
	form.Set(ctx, "timetracking", in.Estimate, in.Estimate != "")
	for _, text := range in.Links {
		form.AddLink(ctx, text)
	}
	watchers, err := c.Names.Users(ctx, "watcher", in.Watchers)
	if form.FollowUps.Watchers = watchers; err != nil {
		form.Problems = append(form.Problems, fmt.Errorf("watchers: %w", err))
	}
	form.FollowUps.Files = in.Files
}

// send sends the create. lost reports that Jira created the issue but its
// answer could not be read, so that created has no key. If it is unknown
// whether Jira created the issue, err is a [write.UncertainError] whose hint is
// a search for issues of this user from the last 10 minutes with the first
// words of the summary.
func (c *createTools) send(ctx context.Context, form *form.Form) (created jira.CreatedIssue, lost bool, err error) {
	summary, _ := form.Values["summary"].(string)
	created, err = c.Jira.CreateIssue(ctx, form.NewIssue())
	lost, err = write.ClassifyError(err, "The create", fmt.Sprintf(`jira_search with jql: project = %s AND reporter = currentUser() AND created >= -10m AND summary ~ %s`,
		form.Project, jql.Quote(kit.Plain(firstWords(summary)))))
	return created, lost, err
}

// readBack reads the new issue back and returns an output with the values that
// Jira stores, which automation, for instance, can make different from the
// values sent. The issue exists whatever happens here, so a failure becomes a
// note and not an error.
func (c *createTools) readBack(ctx context.Context, created jira.CreatedIssue, form *form.Form) *createOutput {
	out := c.newOutput(created)
	issue, err := c.Jira.GetIssue(ctx, created.Key, form.AllFieldIDs(), nil)
	if err != nil {
		out.gone = jira.IsMissing(err)
		out.Note = "It could not be read back, so the stored field values are not confirmed: " + err.Error()
		return out
	}
	out.read = true
	out.Set, out.Dropped = form.StoredFields(issue)
	return out
}

// newOutput returns the output for a new issue.
func (c *createTools) newOutput(created jira.CreatedIssue) *createOutput {
	return &createOutput{Key: created.Key, URL: c.Jira.BrowseURL(created.Key), Set: map[string]string{}}
}

// firstWords returns the first six words of s, which are enough for a search.
func firstWords(s string) string {
	words := strings.Fields(s)
	return strings.Join(words[:min(len(words), 6)], " ")
}
