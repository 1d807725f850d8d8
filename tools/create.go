package tools

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// creating files issues.
type creating struct {
	Deps
	twice *twice
	turns *turns // of trees: each claims many creates, and two could wait for one another
}

func (c *creating) tools() []kit.Tool {
	return []kit.Tool{
		kit.Define(kit.Spec{
			Name: "jira_create_issue", Title: "File an issue", Effect: kit.Create, Toolset: "issues", Default: true,
			Description: "File one issue; it also tells of open issues that look like it. A missing or wrong field is answered with the allowed values.",
			Permissions: []string{"CREATE_ISSUES"},
			Requires:    keys(jira.OpCreateTypes, jira.OpCreateFields, jira.OpCreateIssue),
			Optional: keys(jira.OpGetIssue, jira.OpSearchProjects, jira.OpSearch, jira.OpFindAssignable, jira.OpFindUsers, jira.OpMyself,
				jira.OpFields, jira.OpBoards, jira.OpSprints, jira.OpConfiguration, jira.OpLinkTypes, jira.OpLinkIssues, jira.OpAddWatcher, jira.OpAddAttachment),
		}, c.create),
		c.several(),
	}
}

// CreateIn are the arguments of jira_create_issue.
type CreateIn struct {
	Project     string       `json:"project" doc:"key"`
	Type        string       `json:"type" doc:"e.g. Bug"`
	Summary     string       `json:"summary"`
	Description string       `json:"description,omitempty" doc:"Markdown"`
	Priority    string       `json:"priority,omitempty"`
	Labels      []string     `json:"labels,omitempty"`
	Assignee    string       `json:"assignee,omitempty" doc:"name, e-mail, account id or me"`
	Parent      string       `json:"parent,omitempty" doc:"key of the parent; an epic also by summary"`
	Components  []string     `json:"components,omitempty"`
	Sprint      string       `json:"sprint,omitempty" doc:"name, current or next"`
	Links       []string     `json:"links,omitempty" doc:"e.g. blocks PAY-2" effect:"edit" max:"20"`
	Watchers    []string     `json:"watchers,omitempty" effect:"edit" max:"20"`
	Estimate    string       `json:"estimate,omitempty" doc:"e.g. 1d 2h"`
	Files       []TextFile   `json:"files,omitempty" doc:"text to attach" effect:"edit" max:"5"`
	Fields      []FieldValue `json:"fields,omitempty" doc:"any other fields" max:"50"`
	Again       bool         `json:"allow_duplicate,omitempty"`
}

// FieldValue sets any field by its name.
type FieldValue struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty" doc:"lists: comma-separated or a JSON array" loose:"true"`
	Op    string `json:"op,omitempty" enum:"set,add,remove,clear" default:"set"`
}

// CreateOut is the result of jira_create_issue.
type CreateOut struct {
	Key     string            `json:"key,omitempty"`
	URL     string            `json:"url,omitempty"`
	Earlier bool              `json:"filed_before,omitempty"` // this call made nothing
	Set     map[string]string `json:"set,omitempty"`          // what Jira holds now, by field
	Dropped []string          `json:"dropped,omitempty"`      // what it did not keep as asked
	Did     []string          `json:"done,omitempty"`         // links, watchers, files
	Failed  []string          `json:"failed,omitempty"`       // of those, what did not come about
	Similar []IssueRef        `json:"similar,omitempty"`      // open issues that look like it
	Note    string            `json:"note,omitempty"`
	kit.Rehearsal

	gone, read bool // it was not found when it was read back, or it was read
}

// Targets implements [kit.Targeted]: the project, until there is an issue.
func (in CreateIn) Targets() []string { return projectOf(in.Project) }

// Unchanged implements [kit.Settled].
func (o *CreateOut) Unchanged() bool { return o.Earlier }

// Targets implements [kit.Targeted].
func (o *CreateOut) Targets() []string { return []string{o.Key} }

// Remark implements [kit.Remarked].
func (o *CreateOut) Remark(text string) { o.Note = strings.TrimSpace(o.Note + "\n" + text) }

// Markdown implements [kit.Output].
func (o *CreateOut) Markdown() string {
	if o.DryRun != nil {
		return o.DryRun.Markdown() + prefixed("\n", o.Note) + o.similar()
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
		fmt.Fprintf(&b, "\n%s: %s", name, o.Set[name])
	}
	for _, d := range o.Dropped {
		b.WriteString("\nNot kept by Jira: " + d)
	}
	if len(o.Did) > 0 {
		b.WriteString("\nAdded: " + strings.Join(o.Did, ", "))
	}
	for _, f := range o.Failed {
		b.WriteString("\n" + f)
	}
	b.WriteString(prefixed("\n", o.Note) + o.similar())
	return b.String()
}

func (o *CreateOut) similar() string {
	var list []string
	for _, s := range o.Similar {
		list = append(list, s.String())
	}
	if len(list) == 0 {
		return ""
	}
	return "\nOpen issues that look like it:\n" + strings.Join(list, "\n")
}

func (c *creating) create(ctx context.Context, in CreateIn) (*CreateOut, error) {
	if err := names.CheckSummary(in.Summary); err != nil {
		return nil, err
	}
	form, err := c.form(ctx, in)
	if err != nil && c.stale(err) {
		form, err = c.form(ctx, in)
	}
	if err != nil {
		return nil, err
	}
	if err := c.Jira.CheckIssues(ctx, jira.OpCreateIssue, form.leadsTo()...); err != nil {
		return nil, err
	}
	if kit.IsDryRun(ctx) {
		return c.preview(ctx, in, form)
	}
	return c.once(ctx, in, form)
}

// form fills in the create screen of the type.
func (c *creating) form(ctx context.Context, in CreateIn) (*form, error) {
	project, err := c.Names.Project(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	kind, err := c.Names.Type(ctx, project, in.Type)
	if err != nil {
		return nil, hintProjects(err)
	}
	screen, err := c.Names.Screen(ctx, project, kind.ID)
	if err != nil {
		return nil, hintProjects(err)
	}
	form := newForm(c.Names, screen, project, "summary", "description", "priority", "labels", "assignee", "parent", "components")
	form.creates, form.kind, form.kindName = true, kind.ID, kind.Name
	form.put(ctx, "summary", strings.TrimSpace(in.Summary), true)
	form.put(ctx, "description", in.Description, in.Description != "")
	form.put(ctx, "priority", in.Priority, in.Priority != "")
	form.list(ctx, "labels", in.Labels)
	form.put(ctx, "assignee", in.Assignee, in.Assignee != "")
	form.parent(ctx, in.Parent)
	form.list(ctx, "components", in.Components)
	form.fields(ctx, in.Fields)
	c.extras(ctx, form, in)
	form.require(kind.Subtask, "project", "issuetype", "reporter")
	return form, form.err()
}

// extras puts the sprint, the estimate, links, watchers and files into the form.
func (c *creating) extras(ctx context.Context, form *form, in CreateIn) {
	form.sprint(ctx, in.Sprint)
	form.put(ctx, "timetracking", in.Estimate, in.Estimate != "")
	for _, text := range in.Links {
		form.link(ctx, text)
	}
	for _, who := range in.Watchers {
		u, err := c.Names.User(ctx, "watcher", "", who)
		if err != nil {
			form.problems = append(form.problems, fmt.Errorf("watchers: %w", err))
			continue
		}
		form.later.watchers = append(form.later.watchers, u)
	}
	form.later.files = in.Files
}

func (c *creating) send(ctx context.Context, form *form) (created jira.CreatedIssue, lost bool, err error) {
	summary, _ := form.values["summary"].(string)
	created, err = c.Jira.CreateIssue(ctx, form.newIssue())
	lost, err = written(err, "The create", fmt.Sprintf(`jira_search with jql: project = %s AND reporter = currentUser() AND created >= -10m AND summary ~ %s`,
		form.project, jql.Quote(kit.Plain(firstWords(summary)))))
	return created, lost, err
}

// leadsTo are the issues that what follows the create is written to, and its
// parent with them: they are looked at in one go, before anything is filed.
func (f *form) leadsTo() []string {
	var out []string
	for _, l := range f.later.links {
		out = append(out, l.Other)
	}
	if parent, ok := f.values["parent"].(map[string]string); ok && len(out) > 0 {
		out = append(out, parent["key"])
	}
	return names.Unique(out)
}

// newIssue is the issue that the form describes.
func (f *form) newIssue() jira.NewIssue {
	values := maps.Clone(f.values)
	values["project"] = map[string]string{"key": f.project}
	values["issuetype"] = map[string]string{"id": f.kind}
	return jira.NewIssue{Fields: values, Update: f.updates}
}

// confirm reads the new issue back and says what Jira holds. The issue exists
// whatever happens here, so nothing here is an error.
func (c *creating) confirm(ctx context.Context, created jira.CreatedIssue, form *form) *CreateOut {
	out := &CreateOut{Key: created.Key, URL: c.Jira.BrowseURL(created.Key), Set: map[string]string{}}
	issue, err := c.Jira.GetIssue(ctx, created.Key, form.sent(), nil)
	if err != nil {
		out.gone = jira.IsMissing(err)
		out.Note = "It could not be read back, so what Jira kept of the fields is not confirmed: " + err.Error()
		return out
	}
	out.read = true
	out.Set, out.Dropped = form.outcome(issue)
	return out
}

// outcome says what Jira holds of a new issue's fields, and what it did not keep.
func (f *form) outcome(issue jira.Issue) (set map[string]string, dropped []string) {
	set = map[string]string{}
	for _, id := range f.sent() {
		name, held := f.name(id), issue.Fields[id]
		text := names.Show(held)
		if !f.kept(id, held) {
			now := "it is empty"
			if text != "" {
				now = "it is " + shorten(text, 80)
			}
			dropped = append(dropped, fmt.Sprintf("%s (%s; asked for %s)", name, now, shorten(f.asked[id], 80)))
			continue
		}
		if id != "description" && id != "summary" {
			set[name] = shorten(oneLine(text), 200)
		}
	}
	return set, dropped
}

// hintProjects adds where to look when a project is not found.
func hintProjects(err error) error {
	if jira.IsStatus(err, http.StatusNotFound) || jira.IsStatus(err, http.StatusBadRequest) && strings.Contains(err.Error(), "No project could be found") {
		return fmt.Errorf("no such project, or this server's user may not see it; jira_list_projects lists those it sees (%w)", err)
	}
	return err
}

func firstWords(s string) string {
	words := strings.Fields(s)
	return strings.Join(words[:min(len(words), 6)], " ")
}
