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

// defineCloneIssue declares jira_clone_issue, which reads the source and
// creates a new issue with its values.
func defineCloneIssue() kit.Definition[*moveTools] {
	return kit.Define(kit.Spec{
		Name: "jira_clone_issue", Title: "Clone an issue", Effect: kit.Create, Toolset: "issues",
		Description: "Clone an issue and link the copy to it. Copies the fields that the target allows; links, files and sub-tasks only on request.",
		Permissions: []string{"CREATE_ISSUES"},
		Requires:    operation.Keys(jira.OpGetIssue, jira.OpCreatableIssueTypes, jira.OpCreateScreenFields, jira.OpCreateIssue, jira.OpLinkTypes, jira.OpLinkIssues),
		Optional:    operation.Keys(jira.OpSearchProjects, jira.OpAttachmentContent, jira.OpAddAttachment, jira.OpMyself, jira.OpFindUsers, jira.OpFindAssignable),
	}, (*moveTools).clone)
}

// cloneInput has the arguments of jira_clone_issue.
type cloneInput struct {
	Issue          string            `json:"issue" doc:"key"`
	Project        string            `json:"project,omitempty" doc:"key; default: the issue's own"`
	Type           string            `json:"type,omitempty" doc:"default: the issue's own"`
	Summary        string            `json:"summary,omitempty" doc:"default: the issue's own"`
	Include        []string          `json:"include,omitempty" enum:"links,files,subtasks"`
	LeaveOut       []string          `json:"leave_out,omitempty" doc:"fields not to copy, by name" max:"50"`
	Fields         []form.FieldValue `json:"fields,omitempty" doc:"values to set instead" max:"50"`
	AllowDuplicate bool              `json:"allow_duplicate,omitempty"`
}

// Describe implements [kit.Describer].
func (in cloneInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// cloneOutput is the result of jira_clone_issue.
type cloneOutput struct {
	Source    string   `json:"of"` // the key of the source
	Key       string   `json:"key,omitempty"`
	URL       string   `json:"url,omitempty"`
	Copied    []string `json:"copied,omitempty"`       // names of fields
	NotCopied []string `json:"not_copied,omitempty"`   // names of fields
	Done      []string `json:"done,omitempty"`         // links, files and sub-tasks that were added
	Failed    []string `json:"failed,omitempty"`       // those that were not, with the reason
	Earlier   bool     `json:"filed_before,omitempty"` // an earlier call created it
	Notes     []string `json:"notes,omitempty"`
	kit.DryRunResult
}

// Describe implements [kit.Describer].
func (o *cloneOutput) Describe() kit.Description {
	return kit.Description{Targets: []string{o.Key}, Unchanged: o.Earlier}
}

// TakeNote implements [kit.NoteTaker].
func (o *cloneOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// Markdown implements [kit.Output].
func (o *cloneOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	s := fmt.Sprintf("Copied %s as %s %s", o.Source, o.Key, o.URL)
	if o.Key == "" {
		s = "Copied " + o.Source
	}
	if o.Earlier {
		s = fmt.Sprintf("Not copied again: %s %s is the copy of %s", o.Key, o.URL, o.Source)
	}
	s += text.PrefixIfSet("\nFields: ", strings.Join(o.Copied, ", ")) + text.PrefixIfSet("\nNot copied: ", strings.Join(o.NotCopied, ", ")) + text.PrefixIfSet("\nAdded: ", strings.Join(o.Done, ", "))
	for _, f := range append(o.Failed, o.Notes...) {
		s += "\n" + f
	}
	return s
}

// clone handles jira_clone_issue. The same call within ten minutes returns the
// copy that the first one made, as [env.Env.Clones] remembers it by the
// arguments (see create_dedupe.go); if the answer to the first was lost, it
// returns an error that says how to look for the copy.
func (c *moveTools) clone(ctx context.Context, in cloneInput) (*cloneOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	source, err := c.Jira.GetIssue(ctx, key, []string{"*all", "-comment"}, []string{"names"})
	if err != nil {
		return nil, err
	}
	form, out, err := c.buildCloneForm(ctx, source, in)
	if err != nil {
		return nil, err
	}
	if kit.IsDryRun(ctx) {
		if _, err := c.Jira.CreateIssue(ctx, form.NewIssue()); !write.IsDryRun(err) {
			return nil, err
		}
		out.DryRun = &kit.Preview{Summary: fmt.Sprintf("file a copy of %s in %s with type %s, linked as its clone", source.Key, form.Project, form.TypeName), Changes: form.Changes(nil)}
		if len(out.NotCopied) > 0 {
			out.DryRun.Notes = []string{"Not copied: " + strings.Join(out.NotCopied, ", ")}
		}
		if len(in.Include) > 0 {
			out.DryRun.Notes = append(out.DryRun.Notes, "Also copied: "+strings.Join(in.Include, ", "))
		}
		return out, nil
	}
	var ids []once.Fingerprint
	same := in
	same.AllowDuplicate = false
	for _, who := range callerIDs(c.Jira) {
		ids = append(ids, once.FingerprintOf(who, "clone", same))
	}
	own, earlier, err := c.Clones.Begin(ctx, nil, in.AllowDuplicate, ids...)
	if err != nil {
		return nil, err
	}
	if earlier != nil {
		if earlier.Key == "" {
			return nil, fmt.Errorf("the same copy was sent %s and its answer was lost, so it may exist. Check first: jira_search with jql: project = %s AND reporter = currentUser() AND created >= -15m. To file it anyway, set allow_duplicate: true", c.Clones.Ago(earlier.At), form.Project)
		}
		out.Key, out.URL, out.Earlier = earlier.Key, c.Jira.BrowseURL(earlier.Key), true
		out.Notes = append(out.Notes, "It was filed "+c.Clones.Ago(earlier.At)+". To file another, set allow_duplicate: true.")
		return out, nil
	}
	outcome := once.Result{}
	defer func() { c.Clones.Finish(own, outcome) }()
	created, err := c.Jira.CreateIssue(ctx, form.NewIssue())
	lost, err := write.ClassifyError(err, "The copy", fmt.Sprintf("jira_search with jql: project = %s AND reporter = currentUser() AND created >= -10m", form.Project))
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
	c.completeClone(ctx, in, source, form, out)
	return out, nil
}

// buildCloneForm returns the create form of the copy with the values of the
// source, and an output that names the fields that were copied and those that
// were not. Given values and a given summary come first. A field of the source
// is
//
//   - left out without a mention if it is empty, given, excluded by leave_out,
//     one of [cloneSkips], or a system field other than the parent that is not
//     on the create screen;
//   - named as not copied if it is not on the create screen, if its value
//     cannot be sent, or if the value belongs to the old project and the copy
//     goes to another (ranks, whose values begin with "0|", are not named);
//   - copied otherwise.
func (c *moveTools) buildCloneForm(ctx context.Context, source jira.Issue, in cloneInput) (*form.Form, *cloneOutput, error) {
	from, _ := jira.Value[jira.ProjectRef](source.Fields, "project")
	own, _ := jira.Value[jira.IssueType](source.Fields, "issuetype")
	project, err := c.Names.Project(ctx, cmp.Or(in.Project, from.Key))
	if err != nil {
		return nil, nil, err
	}
	kind, err := c.Names.Type(ctx, project, cmp.Or(in.Type, own.Name))
	if err != nil {
		return nil, nil, query.ExplainMissingProject(err)
	}
	screen, err := c.Names.CreateScreen(ctx, project, kind.ID)
	if err != nil {
		return nil, nil, query.ExplainMissingProject(err)
	}
	form := form.New(c.Names, screen, project)
	form.IsCreate, form.TypeID, form.TypeName = true, kind.ID, kind.Name
	form.Set(ctx, "summary", strings.TrimSpace(in.Summary), in.Summary != "")
	form.SetFields(ctx, in.Fields)
	var left []string
	for _, name := range in.LeaveOut {
		if meta, ok := form.FindField(name); ok {
			left = append(left, meta.ID)
		}
	}
	out := &cloneOutput{Source: source.Key}
	elsewhere := !strings.EqualFold(project, from.Key)
	for _, id := range slices.Sorted(maps.Keys(source.Fields)) {
		raw := source.Fields[id]
		name := cmp.Or(source.Names[id], id)
		_, given := form.Values[id]
		if names.Format(raw) == "" || given || form.Updates[id] != nil || slices.Contains(cloneSkips, id) {
			continue
		}
		onScreen := slices.ContainsFunc(form.Screen, func(m jira.FieldMeta) bool { return m.ID == id })
		v, ok := inputValue(form.Meta(id), raw)
		switch {
		case slices.Contains(left, id):
		case !onScreen && !strings.HasPrefix(id, "customfield_") && id != "parent":
		case !onScreen, !ok, elsewhere && isProjectSpecific(id):
			if !strings.HasPrefix(names.Format(raw), "0|") {
				out.NotCopied = append(out.NotCopied, name)
			}
		default:
			form.Values[id], form.Requested[id] = v, text.Shorten(text.OneLine(names.Format(raw)), 80)
			out.Copied = append(out.Copied, name)
		}
	}
	form.CheckRequired(kind.Subtask, "project", "issuetype", "reporter")
	return form, out, form.Err()
}

// cloneSkips has the fields that a copy gets from Jira or in another way than
// from the source.
var cloneSkips = append([]string{"reporter", "status"}, append(alwaysMoved, omittedFields...)...)

// inputValue returns the value of a field in the form that Jira takes on input,
// and false if there is none. Jira returns objects with many members and takes
// those that identify the object:
//
//	{"self":"…","id":"3","name":"High","iconUrl":"…"} → {"id":"3"}
//
// Rich text is returned as a document, of sprints the number of the first that
// is not closed, and an estimate in minutes, which mean the same on every site,
// unlike days.
func inputValue(m jira.FieldMeta, raw json.RawMessage) (any, bool) {
	if doc := names.DecodeRichText(raw); doc != nil {
		return doc, true
	}
	if m.Schema.Items == "json" { // the sprint field
		var list []jira.Sprint
		_ = json.Unmarshal(raw, &list) // a value that is no list has no sprints
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
	return referenceValue(v)
}

// referenceValue reduces an object of Jira to the first member of accountId,
// id, key, name and value that it has, and a list to such objects. A cascading
// option keeps its child: {"id":"1","child":{"id":"2"}}. It returns other
// values as they are, and false for an object that has none of the members.
func referenceValue(v any) (any, bool) {
	switch v := v.(type) {
	case []any:
		out := []any{}
		for _, item := range v {
			one, ok := referenceValue(item)
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

// completeClone links the copy to its source, copies the links, files and
// sub-tasks that in.Include names, and reads the copy back. The copy exists
// whatever happens here, so failures go into the output.
func (c *moveTools) completeClone(ctx context.Context, in cloneInput, source jira.Issue, form *form.Form, out *cloneOutput) {
	note := func(what string, err error) {
		if jira.OutcomeOf(err) == jira.Unknown {
			out.Failed = append(out.Failed, what+": may have been done (the answer was lost); check before repeating it")
			return
		}
		if err != nil && jira.OutcomeOf(err) != jira.Done {
			out.Failed = append(out.Failed, what+": NOT done (the copy was filed): "+kit.ErrorText(err))
			return
		}
		out.Done = append(out.Done, what)
	}
	kind, outward, err := c.Names.LinkType(ctx, "clones")
	if err == nil {
		err = createLink(ctx, c.Env, out.Key, names.Link{Type: kind, Outward: outward, Other: source.Key})
	}
	note("link clones "+source.Key, err)
	if slices.Contains(in.Include, "links") {
		for _, held := range linksTo(source, "", "") {
			t := jira.LinkType{ID: held.Type.ID, Name: held.Type.Name, Inward: held.Type.Inward, Outward: held.Type.Outward}
			l := names.Link{Type: t, Outward: held.Outward != nil, Other: linkedKey(held)}
			if t.ID == kind.ID {
				continue // the copy is a clone of the source, not of the source's own source
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
		for _, sub := range subtaskKeys(source) {
			note("sub-task of "+sub, c.copySubtask(ctx, sub, form.Project, out))
		}
	}
	issue, err := c.Jira.GetIssue(ctx, out.Key, form.AllFieldIDs(), nil)
	if err != nil {
		out.Notes = append(out.Notes, "It could not be read back: "+kit.ErrorText(err))
		return
	}
	_, dropped := form.StoredFields(issue)
	for _, d := range dropped {
		out.Notes = append(out.Notes, "Not kept by Jira: "+d)
	}
}

// copyFile downloads an attachment and attaches it to the issue key. It refuses
// larger files than jira_get_attachment fetches before the download. It detects
// the media type from the content.
func (c *moveTools) copyFile(ctx context.Context, key string, f attachment) error {
	if f.Size > maxFileSize {
		return fmt.Errorf("it has %d bytes; the limit is %d MiB", f.Size, maxFileSize>>20)
	}
	content, err := c.Jira.DownloadAttachment(ctx, f.ID, f.Size, f.Type)
	if err != nil {
		return err
	}
	_, err = c.Jira.AddAttachment(ctx, key, f.Name, jira.Content{Type: uploadType(content.Data), Data: content.Data})
	return err
}

// copySubtask creates a copy of the sub-task key below the new issue, with its
// fields only: its links and files are not copied. It adds a note with the key
// of the copy.
func (c *moveTools) copySubtask(ctx context.Context, key, project string, out *cloneOutput) error {
	source, err := c.Jira.GetIssue(ctx, key, []string{"*all", "-comment"}, []string{"names"})
	if err != nil {
		return err
	}
	form, _, err := c.buildCloneForm(ctx, source, cloneInput{Project: project, Fields: []form.FieldValue{{Name: "parent", Value: out.Key, Op: "set"}}})
	if err != nil {
		return err
	}
	made, err := c.Jira.CreateIssue(ctx, form.NewIssue())
	if err == nil {
		out.Notes = append(out.Notes, fmt.Sprintf("%s is the copy of %s.", made.Key, key))
	}
	return err
}
