package issues

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// moveTools has the handlers of the tools that move issues to other projects
// and types, and clone them.
type moveTools struct {
	env.Env
}

// newMoveTools returns the handlers for one Jira user.
func newMoveTools(e env.Env) *moveTools { return &moveTools{e} }

// defineMoveTools declares jira_move_issue and jira_clone_issue.
func defineMoveTools() []kit.Tool {
	return kit.Group(newMoveTools,
		kit.Define(kit.Spec{
			Name: "jira_move_issue", Title: "Move to another project or type", Effect: kit.Edit, Toolset: "issues", AlwaysConfirm: true,
			Description: "Move an issue to another project or type. Requires confirmation, which shows what is kept, lost and required. To change its status use jira_transition_issue.",
			Permissions: []string{"MOVE_ISSUES"},
			Requires:    operation.Keys(jira.OpGetIssue, jira.OpCreatableIssueTypes, jira.OpCreateScreenFields, jira.OpBulkMove, jira.OpBulkProgress), Optional: operation.Keys(jira.OpSearchProjects, jira.OpMyPermissions),
		}, (*moveTools).move),
		defineCloneIssue(),
	)
}

// moveInput has the arguments of jira_move_issue.
type moveInput struct {
	Issue   string            `json:"issue" doc:"key"`
	Project string            `json:"project,omitempty" doc:"key; default: unchanged"`
	Type    string            `json:"type,omitempty" doc:"default: unchanged"`
	Fields  []form.FieldValue `json:"fields,omitempty" doc:"values that the target requires" max:"50"`
	Notify  bool              `json:"notify,omitempty" doc:"send notification e-mails"`
}

// Describe implements [kit.Describer].
func (in moveInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// moveOutput is the result of jira_move_issue. Key is empty if the new key is
// not known.
type moveOutput struct {
	OldKey string   `json:"was"`           // the key before the move
	Key    string   `json:"key,omitempty"` // the key after it
	URL    string   `json:"url,omitempty"`
	Type   string   `json:"type,omitempty"`
	Status string   `json:"status,omitempty"`
	Task   string   `json:"task,omitempty"` // the bulk operation, while Jira runs it
	Notes  []string `json:"notes,omitempty"`
	kit.DryRunResult
}

// Describe implements [kit.Describer].
func (o *moveOutput) Describe() kit.Description {
	return kit.Description{Targets: []string{o.OldKey, o.Key}}
}

// TakeNote implements [kit.NoteTaker].
func (o *moveOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// Markdown implements [kit.Output].
func (o *moveOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	text := fmt.Sprintf("%s is now %s, %s in %s.\n%s", o.OldKey, o.Key, o.Type, o.Status, o.URL)
	switch {
	case o.Key == "" && o.Task == "":
		text = o.OldKey + " was moved."
	case o.Key == "":
		text = fmt.Sprintf("Jira is still moving %s (task %s). It continues in the background; look at the issue before trying again.", o.OldKey, o.Task)
	}
	for _, n := range o.Notes {
		text += "\n" + n
	}
	return text
}

// movePlan describes a move: the issue, its source and target, and the create
// screen of the target with the given values.
type movePlan struct {
	issue         jira.Issue
	sourceProject jira.ProjectRef
	targetProject string
	targetType    jira.IssueType
	sourceType    string           // the name of the type before
	screen        []jira.FieldMeta // the create screen of the target
	form          *form.Form
}

// move handles jira_move_issue. A move is a bulk operation of Jira, which runs
// in the background: it is submitted, the call waits for its end, and the issue
// is read under its id, since the key changes with the project.
//
// The end of the operation is not proof of the move. Jira reports an issue as
// processed, as failed, or not at all. The last case is an uncertain outcome,
// as when this server's user does not see the issue any more.
func (c *moveTools) move(ctx context.Context, in moveInput) (*moveOutput, error) {
	t, err := c.plan(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := write.CheckPermission(ctx, c.Env, t.issue.Key, "MOVE_ISSUES", "move"); err != nil {
		return nil, err
	}
	task, err := c.Jira.SubmitMove(ctx, []string{t.issue.Key}, jira.MoveTarget{Project: t.targetProject, TypeID: t.targetType.ID, Mandatory: t.mandatoryFields()}, in.Notify)
	if write.IsDryRun(err) {
		return t.preview(in), nil
	}
	out := &moveOutput{OldKey: t.issue.Key, Task: task}
	lost, err := write.ClassifyError(err, "The move", fmt.Sprintf(`jira_get_issue {"issues":[%q]}; the old key still works`, t.issue.Key))
	if err != nil {
		return nil, explainBulkRefusal(err)
	}
	if lost {
		out.Notes = append(out.Notes, "Jira accepted it; its answer was lost.")
		return out, nil
	}
	p, over, err := write.WaitForTask(ctx, c.Env, task)
	switch {
	case err != nil:
		out.Notes = append(out.Notes, "Its progress could not be read: "+kit.ErrorText(err))
		return out, nil
	case !over:
		return out, nil
	case len(p.Processed) == 0 && len(p.Failed) == 0:
		return nil, &write.UncertainError{Err: fmt.Errorf("Jira ended the task as %s without reporting on the issue; this server's user may no longer see it", strings.ToLower(p.Status)), What: "The move", Look: fmt.Sprintf(`jira_get_issue {"issues":[%q]}`, t.issue.Key)} //nolint:staticcheck // Jira is a name
	case len(p.Processed) == 0:
		why := write.FailuresByReason(p, func(string) string { return t.issue.Key })
		return nil, kit.NothingChanged("Jira did not move it (%s): %s", strings.ToLower(p.Status), text.ValueOrNone(strings.Join(why, "; "))) //nolint:staticcheck // Jira is a name
	}
	now, err := c.Jira.GetIssue(ctx, t.issue.ID, []string{"status", "issuetype"}, nil)
	if err != nil {
		out.Task = ""
		out.Notes = append(out.Notes, "It could not be read back: "+kit.ErrorText(err)+" The old key still works.")
		return out, nil
	}
	c.Jira.MarkWritten(now.ID)
	out.Key, out.URL, out.Task = now.Key, c.Jira.BrowseURL(now.Key), ""
	out.Type, out.Status = names.Format(now.Fields["issuetype"]), names.Format(now.Fields["status"])
	return out, nil
}

// plan reads the issue and returns its move. It returns an error if nothing
// changes, if the issue or the target type is a sub-task (sub-tasks move with
// their parent), or if a field that the target requires has neither a value in
// the issue that moves along nor a given one.
func (c *moveTools) plan(ctx context.Context, in moveInput) (*movePlan, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	if in.Project == "" && in.Type == "" {
		return nil, kit.NothingChanged("set project, type or both")
	}
	t := &movePlan{}
	if t.issue, err = c.Jira.GetIssue(ctx, key, []string{"*all", "-comment"}, []string{"names"}); err != nil {
		return nil, err
	}
	t.sourceProject, _ = jira.Value[jira.ProjectRef](t.issue.Fields, "project")
	t.sourceType = names.Format(t.issue.Fields["issuetype"])
	if t.targetProject, err = c.Names.Project(ctx, cmp.Or(in.Project, t.sourceProject.Key)); err != nil {
		return nil, err
	}
	if t.targetType, err = c.Names.Type(ctx, t.targetProject, cmp.Or(in.Type, t.sourceType)); err != nil {
		return nil, query.ExplainMissingProject(err)
	}
	own, _ := jira.Value[jira.IssueType](t.issue.Fields, "issuetype")
	switch {
	case strings.EqualFold(t.targetProject, t.sourceProject.Key) && t.targetType.ID == own.ID:
		return nil, kit.NothingChanged("%s is already of type %s in %s", t.issue.Key, t.sourceType, t.targetProject)
	case t.targetType.Subtask || own.Subtask:
		return nil, kit.NothingChanged("sub-tasks move with their parent: move the parent, or change the type in Jira")
	}
	if t.screen, err = c.Names.CreateScreen(ctx, t.targetProject, t.targetType.ID); err != nil {
		return nil, query.ExplainMissingProject(err)
	}
	t.form = form.New(c.Names, t.screen, t.targetProject)
	t.form.IsCreate = true
	t.form.SetFields(ctx, in.Fields)
	held := []string{"project", "issuetype", "reporter"}
	for id, raw := range t.issue.Fields {
		if names.Format(raw) != "" && (!t.changesProject() || !isProjectSpecific(id)) {
			held = append(held, id)
		}
	}
	t.form.CheckRequired(false, held...)
	return t, t.form.Err()
}

// changesProject reports whether the move changes the project.
func (t *movePlan) changesProject() bool {
	return !strings.EqualFold(t.targetProject, t.sourceProject.Key)
}

// isProjectSpecific reports whether the values of a field belong to one
// project, as components and versions do, so that they are lost when the
// project changes.
func isProjectSpecific(id string) bool {
	return slices.Contains([]string{"components", "fixVersions", "versions", "security"}, id)
}

// mandatoryFields returns the given values in the form that Jira takes as
// targetMandatoryFields of a bulk move, by field id. References become lists of
// ids, and rich texts have the type "adf". For example:
//
//	{"id":"10001"} → {"retain":false,"type":"raw","value":["10001"]}
func (t *movePlan) mandatoryFields() map[string]any {
	out := map[string]any{}
	for id, v := range t.form.Values {
		kind := "raw"
		if t.form.IsRichText(id) {
			kind = "adf"
		}
		if ref, ok := v.(map[string]string); ok {
			v = []string{cmp.Or(ref["id"], ref["accountId"], ref["key"], ref["name"])}
		}
		out[id] = map[string]any{"retain": false, "type": kind, "value": v}
	}
	return out
}

// preview returns the output of a dry run: the changes of project, type and
// given fields, then the names of the fields that are kept, and of those that
// are lost or hidden with their values. Lost are the values that belong to the
// old project; hidden are custom fields that are not on the create screen of
// the target. Values that begin with "0|" are ranks and not shown.
func (t *movePlan) preview(in moveInput) *moveOutput {
	out := &moveOutput{OldKey: t.issue.Key}
	p := &kit.Preview{Summary: fmt.Sprintf("move %s %q", t.issue.Key, names.Format(t.issue.Fields["summary"]))}
	if t.changesProject() {
		p.Changes = append(p.Changes, kit.Change{Field: "Project", Before: t.sourceProject.Key, After: t.targetProject + ", with a new key"})
	}
	p.Changes = append(p.Changes, kit.Change{Field: "Type", Before: t.sourceType, After: t.targetType.Name})
	var lost, kept []string
	for id, raw := range t.issue.Fields {
		text := text.Shorten(text.OneLine(names.Format(raw)), 60)
		if text == "" || text == "{}" || strings.HasPrefix(text, "0|") || slices.Contains(omittedFields, id) || slices.Contains(alwaysMoved, id) {
			continue
		}
		name := cmp.Or(t.issue.Names[id], id)
		onScreen := slices.ContainsFunc(t.screen, func(m jira.FieldMeta) bool { return m.ID == id })
		switch {
		case t.changesProject() && isProjectSpecific(id), !onScreen && strings.HasPrefix(id, "customfield_"):
			lost = append(lost, name+" ("+text+")")
		case onScreen:
			kept = append(kept, name)
		}
	}
	slices.Sort(lost)
	slices.Sort(kept)
	for _, id := range t.form.FieldIDs() {
		p.Changes = append(p.Changes, kit.Change{Field: t.form.FieldName(id), After: t.form.ValueAfter(id, nil)})
	}
	p.Notes = append(p.Notes, "Kept: "+text.ValueOrNone(strings.Join(kept, ", ")), "Lost or hidden: "+text.ValueOrNone(strings.Join(lost, ", ")),
		fmt.Sprintf("The status %s is kept if the target has it; otherwise the issue gets the target's first status. Comments, files, links and sub-tasks are kept; the old key still works.", names.Format(t.issue.Fields["status"])))
	if in.Notify {
		p.Notes = append(p.Notes, "Jira sends notification e-mails.")
	} else {
		p.Notes = append(p.Notes, "Jira sends no notification e-mails (notify: true sends them).")
	}
	out.DryRun = p
	return out
}

// alwaysMoved has the fields that are not on create screens and that move with
// the issue.
var alwaysMoved = []string{"project", "issuetype", "status", "created", "updated", "creator", "comment", "attachment", "issuelinks", "subtasks", "worklog", "resolution", "resolutiondate", "watches", "votes"}
