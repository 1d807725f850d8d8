package issues

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
	issuekey "github.com/seed-7d826362/jira-mcp/jira/key"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/once"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// updateTools has the handler of the tool that edits issues.
type updateTools struct {
	env.Env
	// Edits of one issue run one after the other: each reads the issue before it
	// writes a whole text, and assistants send edits of one issue in parallel. Two
	// parallel appends would otherwise keep only one of the lines.
	issueMutex *once.KeyedMutex
}

// newUpdateTools returns the handler for one Jira user.
func newUpdateTools(e env.Env) *updateTools { return &updateTools{e, once.NewKeyedMutex()} }

// defineUpdateTools declares jira_update_issue.
func defineUpdateTools() []kit.Tool {
	return kit.Group(newUpdateTools,
		kit.Define(kit.Spec{
			Name: "jira_update_issue", Title: "Edit issues", Effect: kit.Edit, ManyTargets: true, Toolset: "issues", Default: true,
			Description: "Edit one or several issues; other fields stay the same. Prefer find and replace, or append, " +
				"to a whole new description. An edit that would remove images, mentions or panels is refused and lists them.",
			Permissions: []string{"EDIT_ISSUES"},
			Requires:    operation.Keys(jira.OpGetIssue, jira.OpEditIssue, jira.OpMyself),
			Optional:    operation.Keys(jira.OpFindAssignable, jira.OpFindUsers, jira.OpAttachmentContent, jira.OpFields, jira.OpBoards, jira.OpSprints, jira.OpConfiguration, jira.OpLinkTypes),
			ArgumentHints: map[string]string{"status": "jira_transition_issue changes it", "comment": "jira_add_comment adds one", "parent": `fields: [{"name":"Parent","value":…}]`,
				"type": "jira_move_issue changes it"},
		}, (*updateTools).update),
	)
}

// updateInput has the arguments of jira_update_issue.
type updateInput struct {
	Issue        string            `json:"issue" doc:"key, or several, comma-separated" loose:"true"`
	Summary      string            `json:"summary,omitempty"`
	Find         string            `json:"find,omitempty" literal:"true" doc:"text in the description, as shown; must occur once"`
	Replace      *string           `json:"replace,omitempty" literal:"true" doc:"replacement Markdown"`
	Append       string            `json:"append,omitempty" doc:"Markdown added below the description"`
	Description  string            `json:"description,omitempty" doc:"whole new text, Markdown; needs if_updated"`
	Updated      string            `json:"if_updated,omitempty" alias:"updated" doc:"updated from jira_get_issue; refused if changed since"`
	AllowLoss    bool              `json:"allow_loss,omitempty" doc:"allow removing rich content"`
	Labels       []string          `json:"labels,omitempty" doc:"replaces all labels; to clear them use fields, op clear"`
	AddLabels    []string          `json:"add_labels,omitempty"`
	RemoveLabels []string          `json:"remove_labels,omitempty"`
	Priority     string            `json:"priority,omitempty"`
	Assignee     string            `json:"assignee,omitempty" doc:"name, e-mail, account id, me, none or default"`
	Sprint       string            `json:"sprint,omitempty" doc:"name, current, next or backlog"`
	DueDate      string            `json:"due_date,omitempty" doc:"2026-01-31, next Friday or none"`
	Fields       []form.FieldValue `json:"fields,omitempty" doc:"any other fields; add appends to long text" max:"50"`

	// The ids of the issues that a call on several has edited; nil for one issue.
	// An issue that was moved answers to its old keys as well, so a list can name
	// it twice.
	seenIDs map[string]bool
}

// updateOutput is the result of jira_update_issue: for one issue in the
// embedded editedIssue, for several in Issues.
type updateOutput struct {
	editedIssue
	Issues []editedIssue `json:"issues,omitempty"` // if the call named several
	kit.DryRunResult
}

// Describe implements [kit.Describer].
func (o *updateOutput) Describe() kit.Description {
	return kit.Description{Targets: o.targets(), Unchanged: o.isUnchanged()}
}

// isUnchanged reports whether no issue had to be written.
func (o *updateOutput) isUnchanged() bool {
	for _, i := range o.Issues {
		if !i.unchanged {
			return false
		}
	}
	return o.unchanged || len(o.Issues) > 0
}

// targets returns the keys of the issues.
func (o *updateOutput) targets() []string {
	out := []string{o.Key}
	for _, i := range o.Issues {
		out = append(out, i.Key)
	}
	return out
}

// Describe implements [kit.Describer].
func (in updateInput) Describe() kit.Description {
	targets := keys.Targets(in.Issue)
	return kit.Description{Targets: targets, Writes: len(targets)}
}

// TakeNote implements [kit.NoteTaker].
func (o *updateOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// Markdown implements [kit.Output].
func (o *updateOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	if len(o.Issues) == 0 {
		return o.markdown(m)
	}
	var parts []string
	for _, i := range o.Issues {
		parts = append(parts, i.markdown(m))
	}
	return strings.Join(append(parts, o.Notes...), "\n")
}

// update handles jira_update_issue. It edits several issues one after the
// other; one that fails does not stop the rest. The call is an error only if
// all issues fail.
func (e *updateTools) update(ctx context.Context, in updateInput) (*updateOutput, error) {
	list, err := keys.ParseList(in.Issue)
	if err != nil {
		return nil, err
	}
	in.Find, in.Replace = form.GivenReplacement(in.Find, in.Replace)
	if err := in.check(len(list)); err != nil {
		return nil, err
	}
	if len(list) == 1 {
		one, err := e.updateOne(ctx, list[0], in)
		if err != nil {
			return nil, err
		}
		return &updateOutput{editedIssue: *one, DryRunResult: kit.DryRunResult{DryRun: one.preview}}, nil
	}
	in.seenIDs = map[string]bool{}
	step := func(ctx context.Context, key string) (*editedIssue, error) { return e.updateOne(ctx, key, in) }
	edited, errs := write.Each(ctx, list, "editing", step, func(key string, err error, uncertain bool) editedIssue {
		verdict := "was NOT changed: "
		if uncertain {
			verdict = "is uncertain: "
		}
		return editedIssue{Key: key, Error: kit.ErrorText(err), prefix: verdict}
	})
	out := &updateOutput{Issues: edited}
	switch {
	case kit.IsDryRun(ctx):
		parts := make([]write.IssuePreview, len(list))
		for n, key := range list {
			parts[n] = write.IssuePreview{Key: key, Preview: edited[n].preview, Failure: edited[n].markdown(kit.MarkOf(ctx))}
		}
		out.DryRun = write.JoinPreviews("edit", parts)
	case len(errs) == len(list):
		return nil, &write.AllFailedError{Text: kit.Text(ctx, out), Errs: errs}
	}
	return out, nil
}

// updateOne edits one issue, in these steps:
//
//  1. Read the issue with its edit screen and changelog, while no other call
//     edits it.
//  2. Fill in the form. An error of the form is final, unless a name may be
//     missing from a cached list: then the lists are read again and the form
//     is filled in a second time.
//  3. Send nothing if the form holds no change.
//  4. Send the edit. If Jira refuses a value that may come from a cached list,
//     fill in the form again and send it if it differs.
//  5. Compare the issue as Jira returns it with the form, and name changes of
//     other people that the edit has overwritten: Jira has no conditional
//     write, so somebody can write between the steps 1 and 4.
func (e *updateTools) updateOne(ctx context.Context, key string, in updateInput) (*editedIssue, error) {
	done, err := e.issueMutex.Lock(ctx, key)
	if err != nil {
		return nil, err
	}
	defer done()
	defer e.ZoneAhead(ctx)()
	if project, _, isKey := issuekey.SplitIssue(key); isKey {
		defer e.Names.LookUpAhead(ctx, in.ahead(project))()
	}
	issue, err := e.Jira.GetIssue(ctx, key, []string{"*all", "-comment"}, []string{"editmeta", "changelog"})
	if err != nil {
		return nil, err
	}
	if in.seenIDs[issue.ID] {
		return &editedIssue{Key: issue.Key, URL: e.Jira.BrowseURL(issue.Key), Notes: []string{key + " is " + issue.Key + ", which this call already lists."}, prefix: "Duplicate:", unchanged: true}, nil
	}
	if in.seenIDs != nil {
		in.seenIDs[issue.ID] = true
	}
	screen := slices.DeleteFunc(issue.EditMeta.SortedFields(), func(m jira.FieldMeta) bool { return m.ID == "comment" })
	if len(screen) == 0 {
		return nil, kit.NothingChanged("this server's user may not edit %s: it lacks the permission Edit Issues there, or the status does not allow edits", issue.Key)
	}
	zone, err := e.Zone(ctx)
	if err != nil {
		return nil, err
	}
	f, texts, err := e.buildForm(ctx, issue, screen, in, zone)
	if err != nil && form.RefreshNames(e.Env, err) {
		f, texts, err = e.buildForm(ctx, issue, screen, in, zone)
	}
	if err != nil {
		return nil, err
	}
	if len(f.FieldIDs()) == 0 {
		return &editedIssue{Key: issue.Key, URL: e.Jira.BrowseURL(issue.Key), Updated: form.UpdatedAt(issue, zone), Notes: texts.Notes, prefix: "Nothing was sent for", unchanged: true}, nil
	}
	if len(texts.Sent) == 0 && f.ChangesNothing(issue.Fields) {
		out := &editedIssue{Key: issue.Key, URL: e.Jira.BrowseURL(issue.Key), Updated: form.UpdatedAt(issue, zone), Notes: texts.Notes, prefix: "Nothing was sent for", unchanged: true}
		for _, id := range f.FieldIDs() {
			out.Notes = append(out.Notes, fmt.Sprintf("Already so: %s is %s.", f.FieldName(id), text.ValueOrEmpty(text.Shorten(text.OneLine(names.Format(issue.Fields[id])), 200))))
		}
		return out, nil
	}
	me, err := e.Jira.Myself(ctx)
	if err != nil {
		return nil, err
	}
	after, note, err := e.sendEdit(ctx, issue, me, f)
	if write.IsDryRun(err) {
		out := &editedIssue{Key: issue.Key, URL: e.Jira.BrowseURL(issue.Key), Updated: form.UpdatedAt(issue, zone)}
		out.preview = &kit.Preview{Summary: "edit " + issue.Key, Changes: f.Changes(issue.Fields), MayNotify: write.MayNotify(ctx, e.Env, issue.Fields, f.AssigneeName(), f.Documents()...)}
		out.preview.Notes = append(out.preview.Notes, texts.Notes...)
		for _, id := range slices.Sorted(maps.Keys(texts.Removed)) {
			out.preview.Notes = append(out.preview.Notes, "Removed from "+f.FieldName(id)+": "+texts.Removed[id]+".")
		}
		return out, nil
	}
	if err != nil && form.RefreshNames(e.Env, err) {
		// Jira refused a value, which may come from a cached list.
		if anew, anewTexts, formErr := e.buildForm(ctx, issue, screen, in, zone); formErr == nil && !anew.Equal(f) {
			f, texts = anew, anewTexts
			after, note, err = e.sendEdit(ctx, issue, me, f)
		}
	}
	if err != nil {
		return nil, err
	}
	out := e.compareWithForm(issue, after, f, texts)
	out.Updated = form.UpdatedAt(after, zone)
	if note := oldKeyNote(key, issue); note != "" {
		out.Notes = append(out.Notes, note)
	}
	out.Notes = append(out.Notes, form.OverwrittenChanges(issue, after, me, f, zone)...)
	if note != "" {
		out.Notes = append(out.Notes, note)
	}
	return out, nil
}

// ahead returns what the form will look up, as far as the arguments show it.
func (in updateInput) ahead(project string) names.Ahead {
	a := names.Ahead{Project: project, Assignee: in.Assignee, Text: cmp.Or(in.Description, in.Append)}
	if !form.IsNoSprint(in.Sprint) {
		a.Sprint = in.Sprint
	}
	return a
}

// buildForm returns the filled-in edit screen and the edits of its rich texts.
// Its error is a conflict with a change since the issue was read, if there is
// one, otherwise a [form.Error] with all problems.
func (e *updateTools) buildForm(ctx context.Context, issue jira.Issue, screen []jira.FieldMeta, in updateInput, zone *time.Location) (*form.Form, *form.TextEdits, error) {
	project, _ := jira.Value[jira.ProjectRef](issue.Fields, "project")
	f := form.New(e.Names, screen, project.Key)
	f.Held = issue.Fields
	texts := &form.TextEdits{Issue: issue, Form: f, Updated: in.Updated, AllowLoss: in.AllowLoss, Sent: map[string]*adf.Node{}, Removed: map[string]string{}}
	in.fillForm(ctx, f, texts)
	// A conflict comes first, since it can be the cause of the other problems: the
	// text to find, for instance, may be gone.
	return f, texts, cmp.Or(texts.CheckConflict(zone), f.Err())
}

// check returns an error if arguments contradict each other or if none gives a
// change. issues is the number of issues that the call names.
func (in *updateInput) check(issues int) error {
	ways := 0
	for _, given := range []bool{!text.IsBlank(in.Description), !text.IsBlank(in.Append), in.Find != ""} {
		if given {
			ways++
		}
	}
	switch {
	case issues > 1 && (in.Updated != "" || !text.IsBlank(in.Description)):
		return kit.NothingChanged("if_updated and description work with one issue at a time")
	case ways > 1:
		return kit.NothingChanged("set only one of description, append, and find with replace")
	case (in.Find == "") != (in.Replace == nil):
		return kit.NothingChanged("set find and replace together; find must not be empty, and an empty replace removes the text found")
	case in.Labels != nil && len(in.AddLabels)+len(in.RemoveLabels) > 0:
		return kit.NothingChanged("set either labels, which replaces all labels, or add_labels and remove_labels")
	case ways == 0 && in.Summary == "" && in.Labels == nil && len(in.AddLabels)+len(in.RemoveLabels) == 0 &&
		in.Priority == "" && in.Assignee == "" && in.Sprint == "" && in.DueDate == "" && len(in.Fields) == 0:
		return errors.New("nothing to change; set summary, description, append, find with replace, labels, add_labels, remove_labels, priority, assignee, sprint, due_date or fields. " +
			`Empty values count as not given; to clear a field: fields [{"name": …, "op": "clear"}]`)
	}
	return nil
}

// fillForm puts the arguments into the form. Edits of rich texts go through
// texts, which refuses to remove content that Markdown cannot show unless
// allow_loss is set.
func (in *updateInput) fillForm(ctx context.Context, form *form.Form, texts *form.TextEdits) {
	form.Set(ctx, "summary", strings.TrimSpace(in.Summary), in.Summary != "")
	switch {
	case !text.IsBlank(in.Description):
		texts.Edit(ctx, "description", names.TextEdit{Whole: in.Description})
	case !text.IsBlank(in.Append):
		texts.Edit(ctx, "description", names.TextEdit{Append: in.Append})
	case in.Find != "":
		texts.Edit(ctx, "description", names.TextEdit{Find: in.Find, Replace: *in.Replace})
	}
	form.SetList(ctx, "labels", in.Labels)
	form.ChangeLabels(ctx, "add", in.AddLabels)
	form.ChangeLabels(ctx, "remove", in.RemoveLabels)
	form.Set(ctx, "priority", in.Priority, in.Priority != "")
	form.Set(ctx, "assignee", in.Assignee, in.Assignee != "")
	form.Set(ctx, "duedate", in.DueDate, in.DueDate != "")
	form.SetSprint(ctx, in.Sprint)
	form.SetFields(ctx, texts.EditRichTexts(ctx, in.Fields))
}

// sendEdit sends the edit and returns the issue as it is afterwards, with a note
// if Jira's answer was lost. There are three cases without a usable answer:
//
//   - Jira refused the edit: the error explains it with the names of the
//     fields.
//   - Jira accepted the edit but the answer has no issue (204, for instance): the
//     issue is read. If that fails too, the edit still counts as done.
//   - Nobody knows whether Jira made the edit: the issue is read with its
//     history. The edit counts as done only if the issue holds all values sent
//     and the history has a change of these fields by this user since the issue
//     was read. The values alone prove nothing: labels ["a"] that were set to
//     ["a"] look the same with and without the edit.
func (e *updateTools) sendEdit(ctx context.Context, before jira.Issue, me jira.User, f *form.Form) (after jira.Issue, note string, _ error) {
	key := before.Key
	after, err := e.Jira.EditIssue(ctx, key, jira.Edit{Fields: f.Values, Update: f.Updates})
	if f.ClearOtherwise(err) {
		after, err = e.Jira.EditIssue(ctx, key, jira.Edit{Fields: f.Values, Update: f.Updates})
	}
	lost, err := write.ClassifyError(err, "The edit", fmt.Sprintf(`jira_get_issue {"issues":[%q]}`, key))
	if err == nil && !lost && len(after.Fields) > 0 {
		return after, "", nil
	}
	var uncertain *write.UncertainError
	if err != nil && !errors.As(err, &uncertain) {
		return after, "", f.Explain(err)
	}
	after, readErr := e.Jira.GetIssue(ctx, key, []string{"*all", "-comment"}, []string{"changelog"})
	if err != nil && (readErr != nil || !f.AllStored(after.Fields) || !form.EditedBy(me, before, after, f)) {
		return after, "", err
	}
	e.Jira.MarkWritten(before.ID)
	if readErr != nil { // the failed read does not make the edit a failure
		after = jira.Issue{Key: key}
		return after, "Jira accepted the edit, but the issue could not be read back. Do not send it again. (" + readErr.Error() + ")", nil //nolint:nilerr
	}
	if err == nil && !lost { // confirmed without the issue (204)
		return after, "", nil
	}
	return after, "Jira's answer to the edit was lost; the values above were read afterwards.", nil
}
