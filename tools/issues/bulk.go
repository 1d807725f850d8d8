package issues

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// bulkTools has the handler of the tool that changes many issues with one bulk
// operation of Jira.
type bulkTools struct{ env.Env }

// newBulkTools returns the handler for one Jira user.
func newBulkTools(e env.Env) *bulkTools { return &bulkTools{e} }

// defineBulkTools declares jira_bulk_update.
func defineBulkTools() []kit.Tool {
	return kit.Group(newBulkTools,
		kit.Define(kit.Spec{
			Name: "jira_bulk_update", Title: "Update many issues", Effect: kit.Edit, Toolset: "bulk", ManyTargets: true, AlwaysConfirm: true,
			Description: "Update the same fields, or the status, of up to 1,000 issues at once. Requires confirmation; sends notification e-mails only if notify is true. A long update continues in the background; check it with task.",
			Permissions: []string{"BULK_CHANGE"},
			Requires:    operation.Keys(jira.OpSearch, jira.OpGetIssue, jira.OpBulkEdit, jira.OpBulkProgress),
			Optional:    operation.Keys(jira.OpBulkTransitions, jira.OpBulkTransition, jira.OpFindAssignable, jira.OpFindUsers, jira.OpMyself, jira.OpResolutions),
		}, (*bulkTools).update),
	)
}

// bulkInput has the arguments of jira_bulk_update: either Task alone, or the
// issues (JQL or Issues) and the change (Fields or To).
type bulkInput struct {
	JQL    string            `json:"jql,omitempty" doc:"issues to change"`
	Issues []string          `json:"issues,omitempty" doc:"or their keys" max:"1000"`
	Fields []form.FieldValue `json:"fields,omitempty" doc:"e.g. Labels, value: old, op: add" max:"50"`
	To     string            `json:"to,omitempty" doc:"target status" effect:"transition"`
	Notify bool              `json:"notify,omitempty" doc:"send notification e-mails"`
	Task   string            `json:"task,omitempty" doc:"id of an earlier bulk change to check; no other arguments" loose:"true"`
}

// Describe implements [kit.Describer].
func (in bulkInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issues...), ReadOnly: in.isReadOnly()}
}

// isReadOnly reports whether the call only reads the progress of an earlier
// bulk operation. Such a call needs no confirmation.
func (in bulkInput) isReadOnly() bool {
	return in.Task != "" && in.JQL == "" && in.To == "" && len(in.Issues)+len(in.Fields) == 0
}

// bulkOutput is the result of jira_bulk_update.
type bulkOutput struct {
	Task    string   `json:"task,omitempty"`
	Status  string   `json:"status,omitempty"` // as Jira calls it: ENQUEUED, RUNNING, COMPLETE …
	Percent int      `json:"percent,omitempty"`
	Matched int      `json:"matched,omitempty"` // selected issues; 0 for a call with task
	Changed int      `json:"changed"`
	Failed  int      `json:"failed,omitempty"`
	Reasons []string `json:"why,omitempty"`    // the failures, grouped by reason
	Hidden  int      `json:"hidden,omitempty"` // issues that do not exist or that this user may not see
	Keys    []string `json:"keys,omitempty"`   // at most 50 of the selected issues
	Notes   []string `json:"notes,omitempty"`
	kit.DryRunResult
}

// TakeNote implements [kit.NoteTaker].
func (o *bulkOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// Describe implements [kit.Describer].
func (o *bulkOutput) Describe() kit.Description {
	return kit.Description{Targets: o.Keys}
}

// statusLost is the status of a bulk change that Jira accepted with an answer that
// was lost: nobody knows its task.
const statusLost = "UNKNOWN"

// Markdown implements [kit.Output].
func (o *bulkOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	var b strings.Builder
	switch o.Status {
	case statusLost:
		b.WriteString("Jira accepted the bulk change, but its answer was lost, so that its progress cannot be read. Do not start it again; call jira_get_history for one of the issues to see whether it was changed")
	case "COMPLETE":
		fmt.Fprintf(&b, "Changed %d issues", o.Changed)
	case "ENQUEUED", "RUNNING", "CANCEL_REQUESTED":
		fmt.Fprintf(&b, "Jira is still working on it (%s, %d %%) and continues by itself; check it with {\"task\":%q}. Do not start it again", strings.ToLower(o.Status), o.Percent, o.Task)
	default:
		fmt.Fprintf(&b, "The bulk change ended with status %s after changing %d issues", strings.ToLower(o.Status), o.Changed)
	}
	if o.Failed > 0 {
		fmt.Fprintf(&b, "; %d were NOT changed", o.Failed)
	}
	if o.Hidden > 0 {
		fmt.Fprintf(&b, "; %d do not exist or are not visible", o.Hidden)
	}
	b.WriteString(text.PrefixIfSet(". Task ", o.Task) + ".")
	for _, why := range o.Reasons {
		b.WriteString("\n" + why)
	}
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String()
}

// update handles jira_bulk_update. It selects the issues, prepares the change,
// submits it as one bulk operation and waits for a while; Jira continues the
// operation by itself if it takes longer, and a later call with task returns
// its progress.
//
// In a dry run everything up to the submission is done. The issues are marked
// as written, so that a search that follows returns their new values.
func (b *bulkTools) update(ctx context.Context, in bulkInput) (*bulkOutput, error) {
	if in.Task != "" {
		return b.taskProgress(ctx, in)
	}
	switch {
	case (in.JQL == "") == (len(in.Issues) == 0):
		return nil, kit.NothingChanged("give either jql or issues, or task for an earlier bulk change")
	case (len(in.Fields) == 0) == (in.To == ""):
		return nil, kit.NothingChanged("give either fields or to (a status)")
	}
	chosen, err := b.selectIssues(ctx, in)
	if err != nil {
		return nil, err
	}
	var send func() (string, error)
	var would string
	var changes []kit.Change
	if in.To != "" {
		send, would, err = b.prepareTransition(ctx, in, chosen)
	} else {
		send, changes, err = b.prepareEdit(ctx, in, chosen)
		would = fmt.Sprintf("change %d issues", len(chosen))
	}
	if err != nil {
		return nil, err
	}
	task, err := send()
	if write.IsDryRun(err) {
		return b.preview(in, chosen, would, changes), nil
	}
	lost, err := write.ClassifyError(err, "The bulk change", "jira_get_history of one of the issues")
	if err != nil {
		return nil, explainBulkRefusal(err)
	}
	out := &bulkOutput{Task: task, Matched: len(chosen)}
	out.Keys = keys.Of(chosen, 50)
	if lost {
		out.Status = statusLost
		return out, nil
	}
	for _, i := range chosen {
		b.Jira.MarkWritten(i.ID)
	}
	return out, b.waitForTask(ctx, out, func(id string) string {
		for _, i := range chosen {
			if i.ID == id {
				return i.Key
			}
		}
		return id
	})
}

// explainBulkRefusal explains a refusal of the whole bulk operation: a 403
// usually means that the user lacks the global permission Bulk change. It
// returns other errors as they are.
func explainBulkRefusal(err error) error {
	if jira.IsStatus(err, 403) {
		return fmt.Errorf("bulk changes require the global permission Bulk change, which this server's user may lack (%w)", err)
	}
	return err
}

// taskProgress returns the progress of an earlier bulk operation. It is an
// error to give other arguments with task.
func (b *bulkTools) taskProgress(ctx context.Context, in bulkInput) (*bulkOutput, error) {
	out := &bulkOutput{Task: strings.TrimSpace(in.Task)}
	if !in.isReadOnly() {
		return nil, kit.NothingChanged("task checks an earlier bulk change and allows no other arguments")
	}
	if kit.IsDryRun(ctx) {
		out.DryRun = &kit.Preview{Summary: "only report the progress of bulk change " + out.Task}
		return out, nil
	}
	return out, b.waitForTask(ctx, out, func(id string) string { return id })
}

// waitForTask waits for a bulk operation and puts its progress into out. keyOf
// returns the key for the id of an issue. If the progress of an operation that
// this call has submitted cannot be read, that becomes a note and not an error:
// the operation runs, and a model would submit a failed one again.
func (b *bulkTools) waitForTask(ctx context.Context, out *bulkOutput, keyOf func(string) string) error {
	p, _, err := write.WaitForTask(ctx, b.Env, out.Task)
	if err != nil && ctx.Err() == nil && out.Matched == 0 {
		return err
	}
	if err != nil { // the operation was submitted and runs
		out.Status = "RUNNING"
		out.Notes = append(out.Notes, "Its progress could not be read: "+kit.ErrorText(err))
		return nil
	}
	out.Status, out.Percent, out.Changed, out.Failed, out.Hidden = p.Status, p.Percent, len(p.Processed), len(p.Failed), p.Invalid
	out.Reasons = write.FailuresByReason(p, keyOf)
	return nil
}

// selectIssues returns the issues that the query or the keys select, at most
// [jira.MaxBulk]. With keys it is an error if one is not found or if two name
// the same issue, for instance the present key and one from before a move,
// since the change would cover fewer issues than named.
func (b *bulkTools) selectIssues(ctx context.Context, in bulkInput) ([]jira.Issue, error) {
	q := in.JQL
	var list []string
	if q == "" {
		var bad []string
		var err error
		list, bad, err = keys.ParseAll(in.Issues)
		if err != nil {
			return nil, err
		}
		if len(bad) > 0 {
			return nil, kit.NothingChanged("these are not issue keys: %s", strings.Join(bad, ", "))
		}
		q = "key IN (" + strings.Join(list, ", ") + ")"
	}
	q, err := query.CheckJQL(q)
	if err != nil {
		return nil, err
	}
	found, err := jira.Collect(b.Jira.SearchIssues(ctx, jira.Search{JQL: q, Fields: []string{"key"}, Limit: jira.MaxBulk}), jira.MaxBulk+1)
	switch {
	case err != nil && in.JQL != "":
		return nil, query.Explain(ctx, b.Env, in.JQL, err)
	case err != nil:
		return nil, err
	case len(found) < len(list):
		missing := slices.DeleteFunc(list, func(k string) bool {
			return slices.ContainsFunc(found, func(i jira.Issue) bool { return i.Key == k || i.ID == k })
		})
		return nil, kit.NothingChanged("not found, or the same issue given twice: %s. Give each issue once, by its current key", strings.Join(missing, ", "))
	case len(found) == 0:
		return nil, kit.NothingChanged("no issue matches")
	case len(found) > jira.MaxBulk:
		return nil, kit.NothingChanged("more than %d issues match, Jira's limit for one bulk change: narrow the query", jira.MaxBulk)
	}
	return found, nil
}

// preview returns the output of a dry run, with the keys of the first 20 issues
// and whether Jira sends mail.
func (b *bulkTools) preview(in bulkInput, chosen []jira.Issue, would string, changes []kit.Change) *bulkOutput {
	out := &bulkOutput{Matched: len(chosen), Keys: keys.Of(chosen, 50)}
	out.DryRun = &kit.Preview{Summary: would, Changes: changes}
	listed := strings.Join(keys.Of(chosen, 20), ", ")
	if n := len(chosen) - 20; n > 0 {
		listed += fmt.Sprintf(" and %d more", n)
	}
	out.DryRun.Notes = append(out.DryRun.Notes, "Issues: "+listed)
	if in.Notify {
		out.DryRun.Notes = append(out.DryRun.Notes, "Jira sends notification e-mails.")
	} else {
		out.DryRun.Notes = append(out.DryRun.Notes, "Jira sends no notification e-mails (notify: true sends them).")
	}
	return out
}

// prepareEdit prepares a bulk edit. It resolves names and values with the edit
// screen of the first issue that may be edited; if another issue has another
// screen, Jira reports its failure. changes describe the edit for a preview.
func (b *bulkTools) prepareEdit(ctx context.Context, in bulkInput, chosen []jira.Issue) (send func() (string, error), changes []kit.Change, _ error) {
	first, screen, err := b.firstEditable(ctx, chosen)
	if err != nil {
		return nil, nil, err
	}
	project, _ := jira.Value[jira.ProjectRef](first.Fields, "project")
	form := form.New(b.Names, screen, project.Key)
	form.SetFields(ctx, in.Fields)
	edit, err := newBulkEdit(form)
	if err = errors.Join(form.Err(), err); err != nil {
		return nil, nil, err
	}
	for _, id := range form.FieldIDs() {
		changes = append(changes, form.BulkChange(id))
	}
	return func() (string, error) {
		return b.Jira.SubmitEdit(ctx, keys.Of(chosen, len(chosen)), edit, in.Notify)
	}, changes, nil
}

// maxProjectsTried is the number of projects in which firstEditable looks for
// an issue that may be edited.
const maxProjectsTried = 5

// firstEditable returns the first issue that may be edited, with its edit
// screen. It tries the first issue of each project, in the first five projects.
func (b *bulkTools) firstEditable(ctx context.Context, chosen []jira.Issue) (issue jira.Issue, screen []jira.FieldMeta, err error) {
	looked := map[string]bool{}
	for _, i := range chosen {
		project, _, _ := strings.Cut(i.Key, "-")
		if looked[project] || len(looked) == maxProjectsTried {
			continue
		}
		looked[project] = true
		if issue, err = b.Jira.GetIssue(ctx, i.Key, []string{"project"}, []string{"editmeta"}); err != nil {
			return issue, nil, err
		}
		if screen = slices.DeleteFunc(issue.EditMeta.SortedFields(), func(m jira.FieldMeta) bool { return m.ID == "comment" }); len(screen) > 0 {
			return issue, screen, nil
		}
	}
	return issue, nil, kit.NothingChanged("this server's user may not edit %s", issue.Key)
}

// newBulkEdit returns a form in the shape of Jira's editedFieldsInput, which
// has a list for each type of field. It is an error to add to and to remove
// from one field at once, which Jira takes as two bulk edits, and to change a
// field in a way that a bulk edit does not offer.
func newBulkEdit(f *form.Form) (jira.BulkEdit, error) {
	out := jira.BulkEdit{Input: map[string]any{}, Fields: f.FieldIDs()}
	add := func(list string, v map[string]any) {
		held, _ := out.Input[list].([]any)
		out.Input[list] = append(held, v)
	}
	var problems []error
	for _, id := range slices.Sorted(maps.Keys(f.Updates)) {
		option := ""
		var items []any
		for _, op := range f.Updates[id] {
			for verb, item := range op.(map[string]any) {
				if option != "" && option != strings.ToUpper(verb) {
					problems = append(problems, fmt.Errorf("%s: add and remove require separate bulk changes", f.FieldName(id)))
				}
				option, items = strings.ToUpper(verb), append(items, item)
			}
		}
		if !form.AddBulkList(add, out.Input, f, id, option, items) {
			problems = append(problems, fmt.Errorf("%s cannot be changed that way in bulk; use op: set", f.FieldName(id)))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.Values)) {
		if err := f.AddBulkValue(add, out.Input, id, f.Values[id]); err != nil {
			problems = append(problems, err)
		}
	}
	return out, errors.Join(problems...)
}
