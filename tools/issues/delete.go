package issues

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// deleteTools has the handler of the tool that deletes issues.
type deleteTools struct{ env.Env }

// newDeleteTools returns the handler for one Jira user.
func newDeleteTools(e env.Env) *deleteTools { return &deleteTools{e} }

// defineDeleteTools declares jira_delete_issue.
func defineDeleteTools() []kit.Tool {
	return kit.Group(newDeleteTools,
		kit.Define(kit.Spec{
			Name: "jira_delete_issue", Title: "Delete an issue", Effect: kit.Delete, Toolset: "issues",
			Description: "Delete an issue permanently, with its comments and files. Requires confirmation. To keep its history, close it with jira_transition_issue.",
			Permissions: []string{"DELETE_ISSUES"},
			Requires:    operation.Keys(jira.OpGetIssue, jira.OpBulkFetch, jira.OpDeleteIssue), Optional: operation.Keys(jira.OpMyself, jira.OpMyPermissions, jira.OpSearch),
		}, (*deleteTools).deleteIssue),
	)
}

// deleteInput has the arguments of jira_delete_issue.
type deleteInput struct {
	Issue    string `json:"issue" doc:"key"`
	Subtasks bool   `json:"with_subtasks,omitempty" doc:"delete its sub-tasks as well"`
}

// Describe implements [kit.Describer].
func (in deleteInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// deleteOutput is the result of jira_delete_issue. DeletedWith names the
// sub-tasks, comments, files and links that were deleted with the issue.
type deleteOutput struct {
	Issue       string   `json:"issue"`
	Summary     string   `json:"summary"`
	DeletedWith []string `json:"went_with_it,omitempty"`
	Note        string   `json:"note,omitempty"`
	kit.DryRunResult
}

// Describe implements [kit.Describer].
func (o *deleteOutput) Describe() kit.Description {
	return kit.Description{Targets: []string{o.Issue}}
}

// Markdown implements [kit.Output].
func (o *deleteOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	s := fmt.Sprintf("Deleted %s %q.", o.Issue, o.Summary)
	if len(o.DeletedWith) > 0 {
		s += "\nAlso deleted: " + strings.Join(o.DeletedWith, "; ")
	}
	return s + text.PrefixIfSet("\n", o.Note)
}

// deleteFields lists the fields that the preview and the answer of a delete
// need.
var deleteFields = append([]string{"summary", "status", "updated", "comment", "attachment", "subtasks", "issuelinks", "worklog"}, write.NotifyFields...)

// deleteIssue handles jira_delete_issue. It refuses an issue with sub-tasks
// unless in.Subtasks is set, since Jira deletes them with it. Everything that
// the answer reports about the issue is read before the delete.
func (d *deleteTools) deleteIssue(ctx context.Context, in deleteInput) (*deleteOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	issue, err := d.Jira.GetIssue(ctx, key, deleteFields, nil)
	if err != nil {
		return nil, err
	}
	subtasks := subtaskKeys(issue)
	if len(subtasks) > 0 && !in.Subtasks {
		return nil, kit.NothingDeleted("%s has sub-tasks, which would be deleted with it: %s. To delete them too, set with_subtasks: true", issue.Key, strings.Join(subtasks, ", "))
	}
	if err := write.CheckPermission(ctx, d.Env, issue.Key, "DELETE_ISSUES", "delete"); err != nil {
		return nil, err
	}
	orphans, err := d.orphanNote(ctx, issue.Key, subtasks)
	if err != nil {
		return nil, err
	}
	out := &deleteOutput{Issue: issue.Key, Summary: names.Format(issue.Fields["summary"]), DeletedWith: deletedParts(issue), Note: orphans}
	err = d.Jira.DeleteIssue(ctx, issue.Key, in.Subtasks)
	if write.IsDryRun(err) {
		return d.preview(ctx, issue, orphans)
	}
	lost, err := write.ClassifyError(err, "The delete", fmt.Sprintf(`jira_get_issue {"issues":[%q]}; if it is not found, it was deleted`, issue.Key))
	if err != nil {
		return nil, err
	}
	if lost {
		out.Note = strings.TrimSpace(out.Note + "\nJira accepted it; its answer was lost.")
	}
	return out, nil
}

// preview returns the output of a dry run: the issue and its sub-tasks with the
// times of their last changes, everything that would be deleted with them, and
// the issues that would lose their parent.
func (d *deleteTools) preview(ctx context.Context, issue jira.Issue, orphans string) (*deleteOutput, error) {
	out := &deleteOutput{Issue: issue.Key, Summary: names.Format(issue.Fields["summary"])}
	would := fmt.Sprintf("delete %s %q (%s, last updated %s)", issue.Key, out.Summary, names.Format(issue.Fields["status"]), names.Format(issue.Fields["updated"]))
	out.DryRun = &kit.Preview{Summary: would, MayNotify: write.MayNotify(ctx, d.Env, issue.Fields, "")}
	if went := deletedParts(issue); len(went) > 0 {
		out.DryRun.Notes = append(out.DryRun.Notes, "Would also be deleted: "+strings.Join(went, "; "))
	}
	subtasks, err := d.describeSubtasks(ctx, subtaskKeys(issue))
	if err != nil {
		return nil, err
	}
	out.DryRun.Notes = append(out.DryRun.Notes, subtasks...)
	if orphans != "" {
		out.DryRun.Notes = append(out.DryRun.Notes, orphans)
	}
	return out, nil
}

// subtaskKeys returns the keys of the sub-tasks of an issue.
func subtaskKeys(issue jira.Issue) []string {
	list, _ := jira.Value[[]jira.Issue](issue.Fields, "subtasks")
	var keys []string
	for _, s := range list {
		keys = append(keys, s.Key)
	}
	return keys
}

// describeSubtasks returns a line for each sub-task, with the time of its last
// change and everything that would be deleted with it. A confirmation holds for
// exactly this preview: if somebody writes to a sub-task before the user
// confirms, the preview changes and the delete has to be confirmed anew.
func (d *deleteTools) describeSubtasks(ctx context.Context, keys []string) ([]string, error) {
	var out []string
	for chunk := range slices.Chunk(keys, jira.MaxBulkFetch) {
		page, err := d.Jira.FetchIssues(ctx, chunk, deleteFields, nil)
		if err != nil {
			return nil, err
		}
		for _, s := range page.Issues {
			line := fmt.Sprintf("%s %q, last updated %s", s.Key, names.Format(s.Fields["summary"]), names.Format(s.Fields["updated"]))
			out = append(out, line+text.PrefixIfSet(", with ", strings.Join(deletedParts(s), "; ")))
		}
	}
	return out, nil
}

// maxOrphans is the number of issues without a parent that the answer names.
const maxOrphans = 20

// orphanNote returns a sentence that names the issues that the delete leaves
// without a parent, such as the stories of an epic; "" if there are none.
// Sub-tasks are not among them, since they are deleted with their parent. If
// the token may not search, the sentence says that they are not known.
func (d *deleteTools) orphanNote(ctx context.Context, key string, subtasks []string) (string, error) {
	page, err := d.Jira.SearchPage(ctx, jira.Search{JQL: "parent = " + key + " ORDER BY key", Fields: []string{"summary"}, Limit: 100})
	switch {
	case jira.IsMissingScope(err):
		return "Issues left without a parent are not known: the token may not search.", nil
	case err != nil:
		return "", fmt.Errorf("the children of %s could not be listed: %w", key, err)
	}
	var list []string
	for _, i := range page.Issues {
		if !slices.Contains(subtasks, i.Key) {
			list = append(list, i.Key)
		}
	}
	if len(list) == 0 {
		return "", nil
	}
	text := "Left without a parent: " + strings.Join(list[:min(len(list), maxOrphans)], ", ")
	if n := len(list) - maxOrphans; n > 0 || page.Next != "" {
		text += fmt.Sprintf(" and at least %d more", max(n, 1))
	}
	return text, nil
}

// deletedParts returns what is deleted with an issue, for instance ["sub-tasks
// PAY-8, PAY-9", "3 comments", "1 file"].
func deletedParts(issue jira.Issue) []string {
	var out []string
	count := func(n int, one, many string) {
		switch n {
		case 0:
		case 1:
			out = append(out, "1 "+one)
		default:
			out = append(out, fmt.Sprintf("%d %s", n, many))
		}
	}
	total := func(id string) int {
		page, _ := jira.Value[struct {
			Total int `json:"total"`
		}](issue.Fields, id)
		return page.Total
	}
	if subtasks := subtaskKeys(issue); len(subtasks) > 0 {
		out = append(out, "sub-tasks "+strings.Join(subtasks, ", "))
	}
	files, _ := jira.Value[[]jira.Named](issue.Fields, "attachment")
	links, _ := jira.Value[[]jira.Link](issue.Fields, "issuelinks")
	count(total("comment"), "comment", "comments")
	count(len(files), "file", "files")
	count(total("worklog"), "worklog", "worklogs")
	count(len(links), "link", "links")
	return out
}
