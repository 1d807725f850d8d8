package issues

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// A workflow may not lead from the present status to the target directly. The
// argument via names the statuses in between, and the issue takes one
// transition after the other: jira_transition_issue
// {"issue":"PAY-1","to":"Done", "via":["In Progress","In Review"]} makes three
// transitions of an issue in To Do, and two if it is in In Progress already.
// Each transition is a write of its own, so an error half way leaves the issue
// in between, and the error has the call for the rest.

// transitionVia transitions one issue through the statuses of in.Via to in.To.
// Comment, resolution and fields go with the last transition. Before the first
// one it checks the later ones as far as other issues show them. Each transition
// is looked up again when it is made, since Jira lists only the transitions from
// the present status. It stops where the next one is not available, or where a
// workflow rule takes the issue to another status than the named one; the error
// is then a [write.PartialError]. A dry run shows the first transition, and what
// is known of the others.
func (tt *transitionTools) transitionVia(ctx context.Context, key string, in transitionInput, known samples) (*transitionedIssue, error) {
	checked, later, err := tt.checkPath(ctx, key, in, known)
	if err != nil && form.RefreshNames(tt.Env, err) {
		checked, later, err = tt.checkPath(ctx, key, in, known)
	}
	if err != nil {
		return nil, err
	}
	in = checked
	var passed []string
	for n, status := range in.Via {
		step, err := tt.transitionOne(ctx, key, transitionInput{Issue: in.Issue, To: status})
		if err != nil {
			return nil, partialError(key, passed, in.Via[n:], in, err)
		}
		if step.preview != nil { // a dry run
			step.preview.Notes = append(step.preview.Notes, later...)
			return step, nil
		}
		passed = append(passed, step.Status)
		key = step.Issue
		if !strings.EqualFold(step.Status, status) && !strings.EqualFold(step.Transition, status) {
			return nil, partialError(key, passed, in.Via[n+1:], in, fmt.Errorf("the expected status was %s", status))
		}
	}
	out, err := tt.transitionOne(ctx, key, in)
	if err != nil {
		return nil, partialError(key, passed, nil, in, err)
	}
	out.Via = passed
	return out, nil
}

// checkPath checks the path before the first transition and returns the input
// with the part of the path that is left, and what is known of the steps after
// the first. A status that the workflow does not have is an error now rather
// than half way, as is a comment that cannot be sent. If the issue is in a status
// of the path already, that status and those before it are dropped, so a path that
// was stopped can be continued with the same call.
func (tt *transitionTools) checkPath(ctx context.Context, key string, in transitionInput, shown samples) (_ transitionInput, later []string, _ error) {
	if len(in.Via) == 0 {
		return in, nil, nil
	}
	if _, err := tt.newComment(ctx, key, in); err != nil { // a text that cannot be sent
		return in, nil, err
	}
	issue, err := tt.Jira.GetIssue(ctx, key, subjectFields, nil)
	if err != nil {
		return in, nil, err
	}
	all, known, err := tt.workflowStatuses(ctx, issue)
	if err != nil {
		kit.AddNote(ctx, "The names in via were not checked before the first transition: "+err.Error())
	}
	in.Via = names.MergeNames(in.Via, known)
	for n, status := range in.Via {
		in.Via[n] = names.StatusName(all, strings.TrimSpace(status))
		if len(known) > 0 && !slices.ContainsFunc(known, func(s string) bool { return strings.EqualFold(s, in.Via[n]) }) {
			return in, nil, kit.NothingChanged("%w", &names.UnknownError{Kind: "status", Given: status, Of: "the workflow of " + issue.Key, Allowed: known})
		}
	}
	now, to := names.Format(issue.Fields["status"]), names.StatusName(all, in.To)
	if strings.EqualFold(now, strings.TrimSpace(to)) {
		return in, nil, kit.NothingChanged("%s already has the status %s", issue.Key, now)
	}
	for n, status := range in.Via {
		if strings.EqualFold(now, status) {
			in.Via = in.Via[n+1:]
			break
		}
	}
	later, err = tt.checkLaterSteps(ctx, issue, in, shown)
	return in, later, err
}

// partialError returns the error of a path that failed after the statuses in
// passed: it says where the issue is now, and contains the call that makes the
// transitions through left to in.To. Before the first transition it returns err
// as it is.
func partialError(key string, passed, left []string, in transitionInput, err error) error {
	if len(passed) == 0 {
		return err
	}
	in.Issue, in.Via = key, left
	rest, _ := json.Marshal(in)
	return &write.PartialError{Text: fmt.Sprintf("%s was transitioned via %s and stopped there: it is now in %s", key, strings.Join(passed, ", "), passed[len(passed)-1]), Rest: string(rest), Err: err}
}
