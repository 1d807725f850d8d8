package issues

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

func defineCloneIssue() kit.Definition[*moveTools] {
	return kit.Define(kit.Spec{
		Name: "jira_clone_issue", Title: "Copy an issue", Effect: kit.Create, Toolset: "issues",
		Description: "File a copy of an issue, linked as its clone. Fields are copied as far as the target takes them; links, files and sub-tasks when asked for.",
		Permissions: []string{"CREATE_ISSUES"},
		Requires:    operation.Keys(jira.OpGetIssue, jira.OpCreateTypes, jira.OpCreateFields, jira.OpCreateIssue, jira.OpLinkTypes, jira.OpLinkIssues),
		Optional:    operation.Keys(jira.OpSearchProjects, jira.OpAttachmentContent, jira.OpAddAttachment, jira.OpMyself, jira.OpFindUsers, jira.OpFindAssignable),
	}, (*moveTools).clone)
}

// cloneInput are the arguments of jira_clone_issue.
type cloneInput struct {
	Issue   string            `json:"issue" doc:"key"`
	Project string            `json:"project,omitempty" doc:"key; its own when absent"`
	Type    string            `json:"type,omitempty" doc:"its own when absent"`
	Summary string            `json:"summary,omitempty" doc:"its own when absent"`
	Include []string          `json:"include,omitempty" enum:"links,files,subtasks"`
	Leave   []string          `json:"leave_out,omitempty" doc:"fields not to copy, by name" max:"50"`
	Fields  []form.FieldValue `json:"fields,omitempty" doc:"other values" max:"50"`
	Again   bool              `json:"allow_duplicate,omitempty"`
}

// Describe implements [kit.Describer].
func (in cloneInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// cloneOutput is the result of jira_clone_issue.
type cloneOutput struct {
	Of      string   `json:"of"`
	Key     string   `json:"key,omitempty"`
	URL     string   `json:"url,omitempty"`
	Copied  []string `json:"copied,omitempty"` // fields
	Not     []string `json:"not_copied,omitempty"`
	Did     []string `json:"done,omitempty"`
	Failed  []string `json:"failed,omitempty"`
	Earlier bool     `json:"filed_before,omitempty"`
	Notes   []string `json:"notes,omitempty"`
	kit.DryRunResult
}

// Describe implements [kit.Describer].
func (o *cloneOutput) Describe() kit.Description {
	return kit.Description{Targets: []string{o.Key}, Unchanged: o.Earlier}
}

// TakeNote implements [kit.NoteTaker].
func (o *cloneOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// Markdown implements [kit.Output].
func (o *cloneOutput) Markdown() string {
	if o.DryRun != nil {
		return o.DryRun.Markdown()
	}
	s := fmt.Sprintf("Copied %s as %s %s", o.Of, o.Key, o.URL)
	if o.Earlier {
		s = fmt.Sprintf("Not copied again: %s %s is the copy of %s", o.Key, o.URL, o.Of)
	}
	s += text.Prefixed("\nFields: ", strings.Join(o.Copied, ", ")) + text.Prefixed("\nNot copied: ", strings.Join(o.Not, ", ")) + text.Prefixed("\nAdded: ", strings.Join(o.Did, ", "))
	for _, f := range append(o.Failed, o.Notes...) {
		s += "\n" + f
	}
	return s
}

func (c *moveTools) clone(ctx context.Context, in cloneInput) (*cloneOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	source, err := c.Jira.GetIssue(ctx, key, []string{"*all", "-comment"}, []string{"names"})
	if err != nil {
		return nil, err
	}
	form, out, err := c.copied(ctx, source, in)
	if err != nil {
		return nil, err
	}
	if kit.IsDryRun(ctx) {
		if _, err := c.Jira.CreateIssue(ctx, form.NewIssue()); !write.Rehearsed(err) {
			return nil, err
		}
		out.DryRun = &kit.Preview{Summary: fmt.Sprintf("file a copy of %s in %s, a %s, and link it as its clone", source.Key, form.Project, form.KindName), Changes: form.Changes(nil)}
		if len(out.Not) > 0 {
			out.DryRun.Also = []string{"Not copied: " + strings.Join(out.Not, ", ")}
		}
		if len(in.Include) > 0 {
			out.DryRun.Also = append(out.DryRun.Also, "Copied as well: "+strings.Join(in.Include, ", "))
		}
		return out, nil
	}
	var ids []once.Fingerprint
	same := in
	same.Again = false
	for _, who := range callers(c.Jira) {
		ids = append(ids, once.FingerprintOf(who, "clone", same))
	}
	own, earlier, err := c.Clones.Begin(ctx, nil, in.Again, ids...)
	if err != nil {
		return nil, err
	}
	if earlier != nil {
		if earlier.Key == "" {
			return nil, fmt.Errorf("the same copy was filed %s and its answer was lost: it may exist. Look first: jira_search with jql: project = %s AND reporter = currentUser() AND created >= -15m. To file it all the same: allow_duplicate: true", c.Clones.Ago(earlier.At), form.Project)
		}
		out.Key, out.URL, out.Earlier = earlier.Key, c.Jira.BrowseURL(earlier.Key), true
		out.Notes = append(out.Notes, "It was filed "+c.Clones.Ago(earlier.At)+". To file another all the same: allow_duplicate: true.")
		return out, nil
	}
	outcome := once.Result{}
	defer func() { c.Clones.Finish(own, outcome) }()
	created, err := c.Jira.CreateIssue(ctx, form.NewIssue())
	lost, err := write.Written(err, "The copy", fmt.Sprintf("jira_search with jql: project = %s AND reporter = currentUser() AND created >= -10m", form.Project))
	var uncertain *write.UncertainError
	outcome.Key, outcome.Failed = created.Key, err != nil && !errors.As(err, &uncertain)
	if err != nil {
		return nil, form.Explain(err)
	}
	if lost {
		out.Notes = append(out.Notes, "Jira accepted it, but its answer was lost, so the key is not known. Find it with jira_search before copying again.")
		return out, nil
	}
	out.Key, out.URL = created.Key, c.Jira.BrowseURL(created.Key)
	c.finish(ctx, in, source, form, out)
	return out, nil
}

// copied fills in the create screen with what the source holds.
func (c *moveTools) copied(ctx context.Context, source jira.Issue, in cloneInput) (*form.Form, *cloneOutput, error) {
	from, _ := jira.Value[jira.ProjectRef](source.Fields, "project")
	own, _ := jira.Value[jira.IssueType](source.Fields, "issuetype")
	project, err := c.Names.Project(ctx, cmp.Or(in.Project, from.Key))
	if err != nil {
		return nil, nil, err
	}
	kind, err := c.Names.Type(ctx, project, cmp.Or(in.Type, own.Name))
	if err != nil {
		return nil, nil, query.HintProjects(err)
	}
	screen, err := c.Names.CreateScreen(ctx, project, kind.ID)
	if err != nil {
		return nil, nil, query.HintProjects(err)
	}
	form := form.New(c.Names, screen, project)
	form.Creates, form.Kind, form.KindName = true, kind.ID, kind.Name
	form.Put(ctx, "summary", strings.TrimSpace(in.Summary), in.Summary != "")
	form.Fields(ctx, in.Fields)
	var left []string
	for _, name := range in.Leave {
		if meta, ok := form.Find(name); ok {
			left = append(left, meta.ID)
		}
	}
	out := &cloneOutput{Of: source.Key}
	elsewhere := !strings.EqualFold(project, from.Key)
	for _, id := range slices.Sorted(maps.Keys(source.Fields)) {
		raw := source.Fields[id]
		name := cmp.Or(source.Names[id], id)
		_, given := form.Values[id]
		if names.Format(raw) == "" || given || form.Updates[id] != nil || slices.Contains(notCopied, id) {
			continue
		}
		onScreen := slices.ContainsFunc(form.Screen, func(m jira.FieldMeta) bool { return m.ID == id })
		v, ok := sendable(form.Meta(id), raw)
		switch {
		case slices.Contains(left, id):
		case !onScreen && !strings.HasPrefix(id, "customfield_") && id != "parent":
		case !onScreen, !ok, elsewhere && ownToProject(id):
			if !strings.HasPrefix(names.Format(raw), "0|") {
				out.Not = append(out.Not, name)
			}
		default:
			form.Values[id], form.Asked[id] = v, text.Shorten(text.OneLine(names.Format(raw)), 80)
			out.Copied = append(out.Copied, name)
		}
	}
	form.Require(kind.Subtask, "project", "issuetype", "reporter")
	return form, out, form.Err()
}

// notCopied are fields that a copy has of its own, or gets in another way.
var notCopied = append([]string{"reporter", "status"}, append(carriedAlong, noise...)...)

// sendable puts what Jira holds of a field into the form that it takes: what
// identifies it. false is a value that cannot be sent again.
func sendable(m jira.FieldMeta, raw json.RawMessage) (any, bool) {
	if doc := names.DecodeRichText(raw); doc != nil {
		return doc, true
	}
	if m.Schema.Items == "json" { // sprints: the open one, by its number
		var list []jira.Sprint
		_ = json.Unmarshal(raw, &list) // none
		for _, s := range list {
			if s.State != "closed" {
				return s.ID, true
			}
		}
		return nil, false
	}
	if m.ID == "timetracking" {
		var held struct {
			Seconds int64 `json:"originalEstimateSeconds"`
		}
		if json.Unmarshal(raw, &held) != nil || held.Seconds == 0 {
			return nil, false
		}
		return map[string]string{"originalEstimate": names.FormatMinutes(held.Seconds)}, true
	}
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil, false
	}
	return identity(v)
}

func identity(v any) (any, bool) {
	switch v := v.(type) {
	case []any:
		out := []any{}
		for _, item := range v {
			one, ok := identity(item)
			if !ok {
				return nil, false
			}
			out = append(out, one)
		}
		return out, true
	case map[string]any:
		for _, name := range []string{"accountId", "id", "key", "name", "value"} {
			text, ok := v[name].(string)
			if !ok {
				continue
			}
			if child, ok := v["child"].(map[string]any); ok && name == "id" {
				id, _ := child["id"].(string)
				return map[string]any{"id": text, "child": map[string]string{"id": id}}, true
			}
			return map[string]string{name: text}, true
		}
		return nil, false
	}
	return v, true
}

// finish links the copy, and adds what was asked for as well. The copy stands
// whatever happens here.
func (c *moveTools) finish(ctx context.Context, in cloneInput, source jira.Issue, form *form.Form, out *cloneOutput) {
	note := func(what string, err error) {
		if jira.OutcomeOf(err) == jira.Unknown {
			out.Failed = append(out.Failed, what+": it may have been made, its answer was lost; look before doing it again")
			return
		}
		if err != nil && jira.OutcomeOf(err) != jira.Done {
			out.Failed = append(out.Failed, what+": NOT done (the copy was filed): "+kit.ErrorText(err))
			return
		}
		out.Did = append(out.Did, what)
	}
	kind, outward, err := c.Names.LinkType(ctx, "clones")
	if err == nil {
		err = createLink(ctx, c.Env, out.Key, names.Link{Type: kind, Outward: outward, Other: source.Key})
	}
	note("link clones "+source.Key, err)
	if slices.Contains(in.Include, "links") {
		for _, held := range linksTo(source, "", "") {
			t := jira.LinkType{ID: held.Type.ID, Name: held.Type.Name, Inward: held.Type.Inward, Outward: held.Type.Outward}
			l := names.Link{Type: t, Outward: held.Outward != nil, Other: otherEnd(held)}
			if t.ID == kind.ID {
				continue // what the source is a copy of, its copy is not
			}
			note("link "+l.Phrase()+" "+l.Other, createLink(ctx, c.Env, out.Key, l))
		}
	}
	if slices.Contains(in.Include, "files") {
		for _, f := range listOf[attachment](source.Fields, "attachment") {
			note("file "+f.Name, c.copyFile(ctx, out.Key, f))
		}
	}
	if slices.Contains(in.Include, "subtasks") {
		for _, sub := range subtasksOf(source) {
			note("sub-task of "+sub, c.copySubtask(ctx, sub, form.Project, out))
		}
	}
	issue, err := c.Jira.GetIssue(ctx, out.Key, form.Sent(), nil)
	if err != nil {
		out.Notes = append(out.Notes, "It could not be read back: "+kit.ErrorText(err))
		return
	}
	_, dropped := form.Outcome(issue)
	for _, d := range dropped {
		out.Notes = append(out.Notes, "Not kept by Jira: "+d)
	}
}

func (c *moveTools) copyFile(ctx context.Context, key string, f attachment) error {
	if f.Size > maxFile {
		return fmt.Errorf("it has %d bytes; at most %d MiB are copied", f.Size, maxFile>>20)
	}
	content, err := c.Jira.AttachmentContent(ctx, f.ID)
	if err != nil {
		return err
	}
	_, err = c.Jira.AddAttachment(ctx, key, f.Name, jira.Content{Type: sniffed(content.Data), Data: content.Data})
	return err
}

func (c *moveTools) copySubtask(ctx context.Context, key, project string, out *cloneOutput) error {
	source, err := c.Jira.GetIssue(ctx, key, []string{"*all", "-comment"}, []string{"names"})
	if err != nil {
		return err
	}
	form, _, err := c.copied(ctx, source, cloneInput{Project: project, Fields: []form.FieldValue{{Name: "parent", Value: out.Key, Op: "set"}}})
	if err != nil {
		return err
	}
	made, err := c.Jira.CreateIssue(ctx, form.NewIssue())
	if err == nil {
		out.Notes = append(out.Notes, fmt.Sprintf("%s is the copy of %s.", made.Key, key))
	}
	return err
}
