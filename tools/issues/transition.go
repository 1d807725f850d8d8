package issues

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/adf"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// transitionTools has the handler of the tool that transitions issues.
type transitionTools struct{ env.Env }

// newTransitionTools returns the handler for one Jira user.
func newTransitionTools(e env.Env) *transitionTools { return &transitionTools{e} }

// defineTransitionTools declares jira_transition_issue.
func defineTransitionTools() []kit.Tool {
	return kit.Group(newTransitionTools,
		kit.Define(kit.Spec{
			Name: "jira_transition_issue", Title: "Transition issues", Effect: kit.Transition, ManyTargets: true, Toolset: "issues", Default: true,
			Description: "Transition one or several issues to a status. If a transition does not fit, the error lists what it requires or the available ones.",
			Permissions: []string{"TRANSITION_ISSUES"},
			Requires:    operation.Keys(jira.OpGetTransitions, jira.OpTransition),
			Optional:    operation.Keys(jira.OpGetIssue, jira.OpAddComment, jira.OpFindUsers, jira.OpFindAssignable, jira.OpAttachmentContent, jira.OpMyself, jira.OpResolutions, jira.OpProjectStatuses, jira.OpSearch),
		}, (*transitionTools).transition),
	)
}

// transitionInput has the arguments of jira_transition_issue.
type transitionInput struct {
	Issue      string            `json:"issue" doc:"key, or several, comma-separated" loose:"true"`
	To         string            `json:"to" doc:"status or transition name"`
	Via        []string          `json:"via,omitempty" doc:"statuses in between, in order" max:"10"`
	Comment    string            `json:"comment,omitempty" doc:"Markdown; internal in service desks" effect:"comment"`
	Resolution string            `json:"resolution,omitempty"`
	Fields     []form.FieldValue `json:"fields,omitempty" doc:"other fields of the transition screen" max:"50"`
}

// transitionOutput is the result of jira_transition_issue: for one issue in the
// embedded transitionedIssue, for several in Issues.
type transitionOutput struct {
	transitionedIssue
	Issues []transitionedIssue `json:"issues,omitempty"` // if the call named several
	kit.DryRunResult
}

// transitionedIssue is the result for one issue.
type transitionedIssue struct {
	Issue      string            `json:"issue,omitempty"`
	Status     string            `json:"status,omitempty"`
	Transition string            `json:"move,omitempty"` // the name of the transition
	URL        string            `json:"url,omitempty"`
	Via        []string          `json:"via,omitempty"` // the statuses that it passed on the way
	Set        map[string]string `json:"set,omitempty" text:"lines"`
	Comment    string            `json:"comment,omitempty"` // whether the comment was added, and who sees it
	Notes      []string          `json:"notes,omitempty"`
	Error      string            `json:"error,omitempty" text:"lines"` // why it was not transitioned

	preview *kit.Preview // in a dry run
	prefix  string       // the text between the key and the error
}

// Describe implements [kit.Describer].
func (in transitionInput) Describe() kit.Description {
	targets := keys.Targets(in.Issue)
	return kit.Description{Targets: targets, Writes: len(targets)}
}

// Describe implements [kit.Describer].
func (o *transitionOutput) Describe() kit.Description {
	return kit.Description{Targets: o.targets()}
}

// targets returns the keys of the issues.
func (o *transitionOutput) targets() []string {
	out := []string{o.Issue}
	for _, i := range o.Issues {
		out = append(out, i.Issue)
	}
	return out
}

// TakeNote implements [kit.NoteTaker].
func (o *transitionOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// Markdown implements [kit.Output].
func (o *transitionOutput) Markdown(m kit.Mark) string {
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

// markdown returns the text for one issue: the error, or the new status with
// the name of the transition if that differs.
func (o *transitionedIssue) markdown(m kit.Mark) string {
	if o.Error != "" {
		return o.Issue + " " + o.prefix + o.Error
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s is now %s", o.Issue, o.Status)
	if !strings.EqualFold(o.Transition, o.Status) {
		fmt.Fprintf(&b, ", with %q", o.Transition)
	}
	if len(o.Via) > 0 {
		b.WriteString(", via " + strings.Join(o.Via, ", "))
	}
	b.WriteString(".\n" + o.URL)
	for _, name := range slices.Sorted(maps.Keys(o.Set)) {
		b.WriteString("\n" + kit.Change{Field: name, After: o.Set[name]}.Text(m))
	}
	b.WriteString(text.PrefixIfSet("\nComment: ", o.Comment))
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String()
}

// transition handles jira_transition_issue. It transitions several issues one
// after the other; one that fails does not stop the rest. The call is an error
// only if all issues fail.
func (tt *transitionTools) transition(ctx context.Context, in transitionInput) (*transitionOutput, error) {
	list, err := keys.ParseList(in.Issue)
	if err != nil {
		return nil, err
	}
	if len(list) == 1 {
		one, err := tt.transitionVia(ctx, list[0], in, samples{})
		if err != nil {
			return nil, err
		}
		return &transitionOutput{transitionedIssue: *one, DryRunResult: kit.DryRunResult{DryRun: one.preview}}, nil
	}
	known := samples{}
	step := func(ctx context.Context, key string) (*transitionedIssue, error) {
		return tt.transitionVia(ctx, key, in, known)
	}
	moved, errs := write.Each(ctx, list, "transitioning", step, func(key string, err error, uncertain bool) transitionedIssue {
		verdict := "was NOT transitioned: "
		var part *write.PartialError
		switch {
		case errors.As(err, &part):
			verdict = "was only partly transitioned: "
		case uncertain:
			verdict = "is uncertain: "
		}
		return transitionedIssue{Issue: key, Error: kit.ErrorText(err), prefix: verdict}
	})
	out := &transitionOutput{Issues: moved}
	switch {
	case kit.IsDryRun(ctx):
		parts := make([]write.IssuePreview, len(list))
		for n, key := range list {
			parts[n] = write.IssuePreview{Key: key, Preview: moved[n].preview, Failure: moved[n].markdown(kit.MarkOf(ctx))}
			if moved[n].preview != nil && len(in.Via) == 0 {
				moved[n].preview.Notes = nil // the same text for every issue
			}
		}
		out.DryRun = write.JoinPreviews("transition", parts)
	case len(errs) == len(list):
		return nil, &write.AllFailedError{Text: kit.Text(ctx, out), Errs: errs}
	}
	return out, nil
}

// transitionOne makes one transition, in these steps:
//
//  1. Read the transitions that are available from the present status, find
//     the one that in.To names, and fill in its screen. If the form has an
//     error and a cached list may be out of date, try once more.
//  2. Send the transition, with the comment if its screen takes one, except in
//     a service desk. If Jira refuses a value that may come from a cached list,
//     fill in the screen again and send it if it differs.
//  3. If the answer was lost, look for evidence in the history of the issue;
//     see [transitionTools.wasMade].
//  4. Read the issue back, and add the comment if the screen did not take it.
func (tt *transitionTools) transitionOne(ctx context.Context, key string, in transitionInput) (*transitionedIssue, error) {
	comment, err := tt.newComment(ctx, key, in)
	if err != nil {
		return nil, err
	}
	began := tt.Now()
	issue := tt.newSubject(key)
	open, err := tt.Jira.Transitions(ctx, key)
	if err != nil {
		return nil, err
	}
	step, f, err := tt.findTransition(ctx, issue, open, in)
	if err != nil && form.RefreshNames(tt.Env, err) {
		step, f, err = tt.findTransition(ctx, issue, open, in)
	}
	if err != nil {
		return nil, err
	}
	sent, err := tt.commentToSend(ctx, issue, step, comment)
	if err != nil {
		return nil, err
	}
	if err = tt.send(ctx, key, step, f, sent); write.IsDryRun(err) {
		return tt.preview(ctx, key, step, f, comment)
	} else if err != nil && form.RefreshNames(tt.Env, err) {
		// Jira refused a value, which may come from a cached list.
		if anew, formErr := tt.fillScreen(ctx, key, step, in); formErr == nil && !anew.Equal(f) {
			f = anew
			err = tt.send(ctx, key, step, f, sent)
		}
	}
	lost, err := write.ClassifyError(err, "The transition", fmt.Sprintf(`jira_get_issue {"issues":[%q]} shows the status`, key))
	if err != nil {
		if !tt.wasMade(ctx, key, step, began, err) {
			return nil, tt.explainRefusal(ctx, key, f, err)
		}
		lost = true
	}
	out, who := tt.readBack(ctx, key, step, f)
	if lost {
		out.Notes = append(out.Notes, "Jira's answer to the transition was lost; the status above was read afterwards.")
	}
	if lost && sent != nil {
		out.Comment = "sent with the transition, whose answer was lost; look at the issue to see whether it was added"
		return out, nil
	}
	tt.finishComment(ctx, out, comment, sent != nil, who)
	return out, nil
}

// send sends the transition. A comment may be given only if the screen takes
// one.
func (tt *transitionTools) send(ctx context.Context, key string, step jira.Transition, form *form.Form, comment *jira.NewComment) error {
	return tt.Jira.Transition(ctx, key, jira.TransitionRequest{TransitionID: step.ID, Fields: form.Values, Update: form.Updates, Comment: comment})
}

// preview returns the result of a dry run: the changes of the status and of the
// fields, the comment with its audience, and the people whom Jira may notify.
func (tt *transitionTools) preview(ctx context.Context, key string, step jira.Transition, f *form.Form, comment *jira.NewComment) (*transitionedIssue, error) {
	issue, err := tt.Jira.GetIssue(ctx, key, append(append([]string{"status", "project", "updated"}, write.NotifyFields...), f.FieldIDs()...), nil)
	if err != nil {
		return nil, err
	}
	now := names.Format(issue.Fields["status"])
	out := &transitionedIssue{Issue: issue.Key, Status: now, Transition: step.Name, URL: tt.Jira.BrowseURL(issue.Key)}
	docs := f.Documents()
	changes := append([]kit.Change{{Field: "Status", Before: now, After: step.To.Name}}, f.Changes(issue.Fields)...)
	if comment != nil {
		body, _ := comment.Body.(*adf.Node)
		docs = append(docs, body)
		changes = append(changes, kit.Change{Field: "Comment", After: fmt.Sprintf("%s (visible to %s)", form.CutMiddle(names.Markdown(body)), AudienceOf(issue.Fields).seenBy(false))})
	}
	out.preview = &kit.Preview{Summary: fmt.Sprintf("transition %s with %q", issue.Key, step.Name), Changes: changes,
		Notes: []string{"Workflow rules may change more."}, MayNotify: write.MayNotify(ctx, tt.Env, issue.Fields, f.AssigneeName(), docs...)}
	return out, nil
}
