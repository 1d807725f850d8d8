package tools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// carrying moves issues to other projects and types, and copies them.
type carrying struct {
	Deps
	twice *twice
}

func (c *carrying) tools() []kit.Tool {
	return []kit.Tool{
		kit.Define(kit.Spec{
			Name: "jira_move_issue", Title: "Move to another project or type", Effect: kit.Edit, Toolset: "issues", Grave: true,
			Description: "Move an issue to another project or type. What is kept, lost and needed is shown and confirmed first. For its status use jira_transition_issue.",
			Permissions: []string{"MOVE_ISSUES"},
			Requires:    keys(jira.OpGetIssue, jira.OpCreateTypes, jira.OpCreateFields, jira.OpBulkMove, jira.OpBulkProgress), Optional: keys(jira.OpSearchProjects, jira.OpMyPermissions),
		}, c.move),
		c.cloneTool(),
	}
}

// MoveToIn are the arguments of jira_move_issue.
type MoveToIn struct {
	Issue   string       `json:"issue" doc:"key"`
	Project string       `json:"project,omitempty" doc:"key; its own when absent"`
	Type    string       `json:"type,omitempty" doc:"its own when absent"`
	Fields  []FieldValue `json:"fields,omitempty" doc:"values that the target requires" max:"50"`
	Notify  bool         `json:"notify,omitempty" doc:"mail the people concerned"`
}

// Targets implements [kit.Targeted].
func (in MoveToIn) Targets() []string { return keysOf(in.Issue) }

// MoveToOut is the result of jira_move_issue.
type MoveToOut struct {
	Was    string   `json:"was"`
	Key    string   `json:"key,omitempty"` // now
	URL    string   `json:"url,omitempty"`
	Type   string   `json:"type,omitempty"`
	Status string   `json:"status,omitempty"`
	Task   string   `json:"task,omitempty"` // while Jira is still at it
	Notes  []string `json:"notes,omitempty"`
	kit.Rehearsal
}

// Targets implements [kit.Targeted].
func (o *MoveToOut) Targets() []string { return []string{o.Was, o.Key} }

// Remark implements [kit.Remarked].
func (o *MoveToOut) Remark(text string) { o.Notes = append(o.Notes, text) }

// Markdown implements [kit.Output].
func (o *MoveToOut) Markdown() string {
	if o.DryRun != nil {
		return o.DryRun.Markdown()
	}
	text := fmt.Sprintf("%s is now %s, %s in %s.\n%s", o.Was, o.Key, o.Type, o.Status, o.URL)
	switch {
	case o.Key == "" && o.Task == "":
		text = o.Was + " was moved."
	case o.Key == "":
		text = fmt.Sprintf("Jira is still moving %s (task %s). It goes on by itself: look at it with jira_get_issue before trying again.", o.Was, o.Task)
	}
	for _, n := range o.Notes {
		text += "\n" + n
	}
	return text
}

// trip is where an issue goes.
type trip struct {
	issue   jira.Issue
	from    jira.ProjectRef
	project string
	kind    jira.IssueType
	was     string // its type
	screen  []jira.FieldMeta
	form    *form
}

func (c *carrying) move(ctx context.Context, in MoveToIn) (*MoveToOut, error) {
	t, err := c.trip(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := c.permitted(ctx, t.issue.Key, "MOVE_ISSUES", "move"); err != nil {
		return nil, err
	}
	task, err := c.Jira.SubmitMove(ctx, []string{t.issue.Key}, jira.Target{Project: t.project, TypeID: t.kind.ID, Mandatory: t.mandatory()}, in.Notify)
	if rehearsed(err) {
		return t.preview(in), nil
	}
	out := &MoveToOut{Was: t.issue.Key, Task: task}
	lost, err := written(err, "The move", fmt.Sprintf(`jira_get_issue {"issues":[%q]}, which answers to its old key as well`, t.issue.Key))
	if err != nil {
		return nil, bulkRefused(err)
	}
	if lost {
		out.Notes = append(out.Notes, "Jira accepted it; its answer was lost.")
		return out, nil
	}
	p, over, err := c.await(ctx, task)
	switch {
	case err != nil:
		out.Notes = append(out.Notes, "How it goes on could not be asked: "+kit.ErrorText(err))
		return out, nil
	case !over:
		return out, nil
	case len(p.Processed) == 0 && len(p.Failed) == 0:
		return nil, &uncertainError{fmt.Errorf("Jira ended it as %s and says nothing of the issue, as where this server's user does not see it any more", strings.ToLower(p.Status)), "The move", fmt.Sprintf(`jira_get_issue {"issues":[%q]}`, t.issue.Key)} //nolint:staticcheck // a name
	case len(p.Processed) == 0:
		why := failures(p, func(string) string { return t.issue.Key })
		return nil, fmt.Errorf("Jira did not move it (%s): %s. Nothing was changed", strings.ToLower(p.Status), orNoneText(strings.Join(why, "; "))) //nolint:staticcheck // a name
	}
	now, err := c.Jira.GetIssue(ctx, t.issue.ID, []string{"status", "issuetype"}, nil)
	if err != nil {
		out.Task = ""
		out.Notes = append(out.Notes, "It could not be read back: "+kit.ErrorText(err)+" It answers to its old key.")
		return out, nil
	}
	c.Jira.Wrote(now.ID)
	out.Key, out.URL, out.Task = now.Key, c.Jira.BrowseURL(now.Key), ""
	out.Type, out.Status = names.Show(now.Fields["issuetype"]), names.Show(now.Fields["status"])
	return out, nil
}

// trip finds out where an issue goes, and holds what it has against what the
// target takes.
func (c *carrying) trip(ctx context.Context, in MoveToIn) (*trip, error) {
	key, err := cleanKey(in.Issue)
	if err != nil {
		return nil, err
	}
	if in.Project == "" && in.Type == "" {
		return nil, errors.New("give project, type or both: where it goes. Nothing was changed")
	}
	t := &trip{}
	if t.issue, err = c.Jira.GetIssue(ctx, key, []string{"*all", "-comment"}, []string{"names"}); err != nil {
		return nil, err
	}
	t.from, _ = jira.Value[jira.ProjectRef](t.issue.Fields, "project")
	t.was = names.Show(t.issue.Fields["issuetype"])
	if t.project, err = c.Names.Project(ctx, cmp.Or(in.Project, t.from.Key)); err != nil {
		return nil, err
	}
	if t.kind, err = c.Names.Type(ctx, t.project, cmp.Or(in.Type, t.was)); err != nil {
		return nil, hintProjects(err)
	}
	own, _ := jira.Value[jira.IssueType](t.issue.Fields, "issuetype")
	switch {
	case strings.EqualFold(t.project, t.from.Key) && t.kind.ID == own.ID:
		return nil, fmt.Errorf("%s is a %s in %s already. Nothing was changed", t.issue.Key, t.was, t.project)
	case t.kind.Subtask || own.Subtask:
		return nil, errors.New("sub-tasks move with their parent: move that, or change its type in Jira. Nothing was changed")
	}
	if t.screen, err = c.Names.Screen(ctx, t.project, t.kind.ID); err != nil {
		return nil, hintProjects(err)
	}
	t.form = newForm(c.Names, t.screen, t.project)
	t.form.creates = true
	t.form.fields(ctx, in.Fields)
	held := []string{"project", "issuetype", "reporter"}
	for id, raw := range t.issue.Fields {
		if names.Show(raw) != "" && (!t.elsewhere() || !ownToProject(id)) {
			held = append(held, id)
		}
	}
	t.form.require(false, held...)
	return t, t.form.err()
}

// elsewhere: it goes to another project.
func (t *trip) elsewhere() bool { return !strings.EqualFold(t.project, t.from.Key) }

// ownToProject are fields whose values belong to one project.
func ownToProject(id string) bool {
	return slices.Contains([]string{"components", "fixVersions", "versions", "security"}, id)
}

// mandatory are the values that were given, in the form of a bulk move.
func (t *trip) mandatory() map[string]any {
	out := map[string]any{}
	for id, v := range t.form.values {
		kind := "raw"
		if t.form.isText(id) {
			kind = "adf"
		}
		if ref, ok := v.(map[string]string); ok {
			v = []string{cmp.Or(ref["id"], ref["accountId"], ref["key"], ref["name"])}
		}
		out[id] = map[string]any{"retain": false, "type": kind, "value": v}
	}
	return out
}

// preview shows field by field what is kept and what is lost.
func (t *trip) preview(in MoveToIn) *MoveToOut {
	out := &MoveToOut{Was: t.issue.Key}
	p := &kit.Preview{Would: fmt.Sprintf("move %s %q", t.issue.Key, names.Show(t.issue.Fields["summary"]))}
	if t.elsewhere() {
		p.Changes = append(p.Changes, kit.Change{Field: "Project", Before: t.from.Key, After: t.project + ", with a new key"})
	}
	p.Changes = append(p.Changes, kit.Change{Field: "Type", Before: t.was, After: t.kind.Name})
	var lost, kept []string
	for id, raw := range t.issue.Fields {
		text := shorten(oneLine(names.Show(raw)), 60)
		if text == "" || text == "{}" || strings.HasPrefix(text, "0|") || slices.Contains(noise, id) || slices.Contains(carriedAlong, id) {
			continue
		}
		name := cmp.Or(t.issue.Names[id], id)
		onScreen := slices.ContainsFunc(t.screen, func(m jira.FieldMeta) bool { return m.ID == id })
		switch {
		case t.elsewhere() && ownToProject(id), !onScreen && strings.HasPrefix(id, "customfield_"):
			lost = append(lost, name+" ("+text+")")
		case onScreen:
			kept = append(kept, name)
		}
	}
	slices.Sort(lost)
	slices.Sort(kept)
	for _, id := range t.form.sent() {
		p.Changes = append(p.Changes, kit.Change{Field: t.form.name(id), After: t.form.after(id, nil)})
	}
	p.Also = append(p.Also, "Kept: "+orNoneText(strings.Join(kept, ", ")), "Lost or hidden: "+orNoneText(strings.Join(lost, ", ")),
		fmt.Sprintf("The status %s stays where the target has it, else it becomes the first one there. Comments, files, links and sub-tasks go along; the old key still finds it.", names.Show(t.issue.Fields["status"])))
	if in.Notify {
		p.Also = append(p.Also, "Jira mails everybody who hears of it.")
	} else {
		p.Also = append(p.Also, "Nobody is mailed (notify: true does).")
	}
	out.DryRun = p
	return out
}

// carriedAlong are fields that are no part of a screen and go along.
var carriedAlong = []string{"project", "issuetype", "status", "created", "updated", "creator", "comment", "attachment", "issuelinks", "subtasks", "worklog", "resolution", "resolutiondate", "watches", "votes"}
