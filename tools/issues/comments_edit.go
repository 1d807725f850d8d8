package issues

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// defineUpdateComment declares jira_update_comment.
func defineUpdateComment() kit.Definition[*commentTools] {
	return kit.Define(kit.Spec{
		Name: "jira_update_comment", Title: "Edit a comment", Effect: kit.Comment, Toolset: "issues", Default: true,
		Description: "Edit a comment; its visibility stays the same. Prefer find and replace, or append, to a whole new body.",
		Permissions: []string{"EDIT_OWN_COMMENTS", "EDIT_ALL_COMMENTS"},
		Requires:    operation.Keys(jira.OpGetComment, jira.OpUpdateComment, jira.OpMyself), Optional: operation.Keys(jira.OpFindUsers, jira.OpFindAssignable, jira.OpGetIssue, jira.OpAttachmentContent, jira.OpMyPermissions),
	}, (*commentTools).edit)
}

// editCommentInput has the arguments of jira_update_comment. Exactly one of
// Body, Append, and Find with Replace is given.
type editCommentInput struct {
	Issue     string  `json:"issue" doc:"key"`
	Comment   string  `json:"comment" doc:"id, from jira_get_issue with include comments" loose:"true"`
	Find      string  `json:"find,omitempty" literal:"true"`
	Replace   *string `json:"replace,omitempty" literal:"true"`
	Append    string  `json:"append,omitempty"`
	Body      string  `json:"body,omitempty" doc:"whole new text, Markdown"`
	AllowLoss bool    `json:"allow_loss,omitempty"`
}

// Describe implements [kit.Describer].
func (in editCommentInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// editCommentOutput is the result of jira_update_comment.
type editCommentOutput struct {
	Issue string   `json:"issue"`
	ID    string   `json:"id"`
	URL   string   `json:"url"`
	Body  string   `json:"body,omitempty" text:"lines"` // the part that differs, as Jira stores it now
	Was   string   `json:"was,omitempty" text:"lines"`  // the part that differs, before the edit
	Notes []string `json:"notes,omitempty"`
	kit.DryRunResult

	unchanged bool
}

// Describe implements [kit.Describer].
func (o *editCommentOutput) Describe() kit.Description {
	return kit.Description{Unchanged: o.unchanged}
}

// TakeNote implements [kit.NoteTaker].
func (o *editCommentOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// Markdown implements [kit.Output].
func (o *editCommentOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	text := fmt.Sprintf("Edited comment %s of %s.\n%s\n%s", o.ID, o.Issue, o.URL, kit.Change{Field: "Changed", Before: o.Was, After: o.Body}.Text(m))
	if o.unchanged {
		text = fmt.Sprintf("Comment %s of %s is unchanged; nothing was sent.", o.ID, o.Issue)
	}
	for _, n := range o.Notes {
		text += "\n" + n
	}
	return text
}

// check returns an error unless exactly one kind of edit is given.
func (in editCommentInput) check() error {
	ways := 0
	for _, given := range []bool{!text.IsBlank(in.Body), !text.IsBlank(in.Append), in.Find != ""} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		return kit.NothingChanged("give body, append, or find with replace")
	case (in.Find == "") != (in.Replace == nil):
		return kit.NothingChanged("give find and replace together; an empty replace removes the found text")
	}
	return nil
}

// edit handles jira_update_comment. The edit is applied to the stored document,
// so that content that Markdown cannot show is kept; an edit that would remove
// such content is refused, unless in.AllowLoss is set. Nothing is sent if the
// document stays the same.
func (c *commentTools) edit(ctx context.Context, in editCommentInput) (*editCommentOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	in.Find, in.Replace = form.GivenReplacement(in.Find, in.Replace)
	if err := in.check(); err != nil {
		return nil, err
	}
	held, err := c.Jira.Comment(ctx, key, strings.TrimSpace(in.Comment))
	if err != nil {
		return nil, explainMissingComment(err, key)
	}
	doc, err := names.DecodeStoredText("Comment", held.Body)
	if err != nil {
		return nil, err
	}
	e := names.TextEdit{Whole: in.Body, Find: in.Find, Append: in.Append}
	if in.Replace != nil {
		e.Replace = *in.Replace
	}
	edited, report, err := c.Names.Edit(ctx, "Comment", doc, e, names.Place{Issue: key})
	if err != nil {
		return nil, err
	}
	texts := &form.TextEdits{AllowLoss: in.AllowLoss, Removed: map[string]string{}}
	if err := texts.CheckLoss(jira.FieldMeta{ID: "comment", Name: "Comment"}, report); err != nil {
		return nil, err
	}
	out := &editCommentOutput{Issue: key, ID: held.ID, URL: c.Jira.BrowseURL(key) + "?focusedCommentId=" + held.ID}
	if doc != nil && form.SameDocument(doc, edited) {
		out.unchanged = true
		return out, nil
	}
	if err := c.checkCommentPermission(ctx, key, held, "EDIT", "edit the comment of"); err != nil {
		return nil, err
	}
	// Jira replaces the whole comment: a restriction that is not sent again is
	// removed, and everyone could read the comment.
	now, err := c.Jira.UpdateComment(ctx, key, held.ID, jira.NewComment{Body: edited, Visibility: visibilityInput(held.Visibility)})
	if write.IsDryRun(err) {
		before, after := form.DifferingLines(names.Markdown(doc), names.Markdown(edited))
		out.DryRun = &kit.Preview{Summary: fmt.Sprintf("edit comment %s of %s", held.ID, key), Changes: []kit.Change{{Field: "Comment", Before: form.CutMiddle(before), After: form.CutMiddle(after)}},
			MayNotify: write.MayNotify(ctx, c.Env, nil, "", edited)}
		return out, nil
	}
	lost, err := write.ClassifyError(err, "The edit", fmt.Sprintf(`jira_get_issue {"issues":[%q],"include":["comments"]}`, key))
	if err != nil {
		return nil, err
	}
	if lost {
		out.Notes = append(out.Notes, "Jira accepted it; its answer was lost.")
		return out, nil
	}
	if doc != nil { // only the part that differs
		before := names.Markdown(doc)
		if out.Was, out.Body = form.DifferingLines(before, names.Format(now.Body)); out.Was != before {
			out.Notes = append(out.Notes, "The rest is unchanged.")
		}
	}
	out.Was = form.CutMiddle(out.Was)
	out.Body = form.CutMiddle(out.Body)
	if held.Visibility != nil && now.Visibility == nil {
		out.Notes = append(out.Notes, "It was restricted to "+held.Visibility.Type+" "+held.Visibility.Value+", but Jira dropped the restriction.")
	}
	if lostText := texts.Removed["comment"]; lostText != "" {
		out.Notes = append(out.Notes, "Removed: "+lostText+".")
	}
	return out, nil
}

// visibilityInput returns a restriction in the form that Jira takes on input: a
// group by its identifier if it has one, otherwise type and name; nil without a
// restriction.
func visibilityInput(v *jira.Visibility) *jira.Visibility {
	if v == nil {
		return nil
	}
	if v.Type == "group" && v.Identifier != "" {
		return &jira.Visibility{Type: v.Type, Identifier: v.Identifier}
	}
	return &jira.Visibility{Type: v.Type, Value: v.Value}
}

// explainMissingComment adds to a "not found" how to find the ids of the
// comments. It returns other errors as they are.
func explainMissingComment(err error, key string) error {
	if jira.IsMissing(err) {
		return fmt.Errorf("%s has no such comment, or it is hidden from this server's user; jira_get_issue with include comments shows the ids (%w)", key, err)
	}
	return err
}

// checkCommentPermission returns an error in a dry run if the user may not
// change the comment held. Comments of other people need a permission of their
// own. verb is the beginning of the name of the permission, EDIT or DELETE, and
// act is used in the error. Without a dry run it returns nil, since Jira checks
// the permission itself.
func (c *commentTools) checkCommentPermission(ctx context.Context, key string, held jira.Comment, verb, act string) error {
	if !kit.IsDryRun(ctx) {
		return nil
	}
	me, err := c.Jira.Myself(ctx)
	if err != nil {
		return err
	}
	if held.Author != nil && held.Author.AccountID == me.AccountID {
		return write.CheckPermission(ctx, c.Env, key, verb+"_OWN_COMMENTS", act)
	}
	return write.CheckPermission(ctx, c.Env, key, verb+"_ALL_COMMENTS", act)
}

// defineDeleteComment declares jira_delete_comment.
func defineDeleteComment() kit.Definition[*commentTools] {
	return kit.Define(kit.Spec{
		Name: "jira_delete_comment", Title: "Delete a comment", Effect: kit.Delete, Toolset: "comments",
		Description: "Delete a comment permanently. Requires confirmation.",
		Permissions: []string{"DELETE_OWN_COMMENTS", "DELETE_ALL_COMMENTS"},
		Requires:    operation.Keys(jira.OpGetComment, jira.OpDeleteComment, jira.OpMyself), Optional: operation.Keys(jira.OpMyPermissions),
	}, (*commentTools).remove)
}

// deleteCommentInput has the arguments of jira_delete_comment.
type deleteCommentInput struct {
	Issue   string `json:"issue" doc:"key"`
	Comment string `json:"comment" doc:"id" loose:"true"`
}

// Describe implements [kit.Describer].
func (in deleteCommentInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// deletedOutput is the result of the tools that delete a part of an issue, such
// as a comment or a worklog.
type deletedOutput struct {
	Issue string `json:"issue"`
	What  string `json:"what"` // the deleted object, in words
	Note  string `json:"note,omitempty" text:"lines"`
	kit.DryRunResult
}

// TakeNote implements [kit.NoteTaker].
func (o *deletedOutput) TakeNote(text string) { o.Note = strings.TrimSpace(o.Note + "\n" + text) }

// Markdown implements [kit.Output].
func (o *deletedOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	return "Deleted " + o.What + "." + text.PrefixIfSet("\n", o.Note)
}

// deleteResult returns the output of a delete from the error of its request: a
// preview if the call is a dry run, a note if Jira accepted the delete and its
// answer was lost. what describes the deleted object and look is the call that
// shows whether it is gone.
func deleteResult(key, what string, err error, look string) (*deletedOutput, error) {
	out := &deletedOutput{Issue: key, What: what}
	if write.IsDryRun(err) {
		out.DryRun = &kit.Preview{Summary: "delete " + what}
		return out, nil
	}
	lost, err := write.ClassifyError(err, "The delete", look)
	if lost {
		out.Note = "Jira accepted it; its answer was lost."
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// remove handles jira_delete_comment. It reads the comment first, so that the
// preview and the answer show author, time and text.
func (c *commentTools) remove(ctx context.Context, in deleteCommentInput) (*deletedOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	held, err := c.Jira.Comment(ctx, key, strings.TrimSpace(in.Comment))
	if err != nil {
		return nil, explainMissingComment(err, key)
	}
	if err := c.checkCommentPermission(ctx, key, held, "DELETE", "delete the comment of"); err != nil {
		return nil, err
	}
	who := "somebody"
	if held.Author != nil {
		who = held.Author.DisplayName
	}
	what := fmt.Sprintf("comment %s of %s, by %s, last updated %s: %q", held.ID, key, who, held.Updated, text.Shorten(text.OneLine(names.Format(held.Body)), 120))
	return deleteResult(key, what, c.Jira.DeleteComment(ctx, key, held.ID), fmt.Sprintf(`jira_get_issue {"issues":[%q],"include":["comments"]}`, key))
}
