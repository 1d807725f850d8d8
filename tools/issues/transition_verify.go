package issues

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// maxClockSkew is the largest difference that is expected between the clocks of
// Jira and of this server.
const maxClockSkew = 2 * time.Minute

// wasMade reports whether a transition was made although err says that its
// answer was lost. It returns true only if the issue is in the target status
// and its history has a change to that status by this user, made after the call
// began, less [maxClockSkew]. The status alone is no evidence, since somebody
// else may have transitioned the issue at the same time. It returns false for
// all other errors, and if the issue or the user cannot be read.
//
// For example, PAY-11 → In Progress and a 502: with an entry "status: To Do →
// In Progress, by this user, 3 s ago" the transition was made; with the same
// entry by another user the outcome stays unknown.
func (tt *transitionTools) wasMade(ctx context.Context, key string, step jira.Transition, began time.Time, err error) bool {
	var uncertain *write.UncertainError
	if !errors.As(err, &uncertain) {
		return false
	}
	me, err := tt.Jira.Myself(ctx)
	if err != nil {
		return false
	}
	issue, err := tt.Jira.GetIssue(ctx, key, []string{"status"}, []string{"changelog"})
	if err != nil || !strings.EqualFold(names.Format(issue.Fields["status"]), step.To.Name) {
		return false
	}
	changes, _ := form.ChangesSince(issue, began.Add(-maxClockSkew))
	return slices.ContainsFunc(changes, func(c jira.Change) bool {
		return c.Author != nil && c.Author.AccountID == me.AccountID && slices.ContainsFunc(c.Items, func(i jira.ChangeItem) bool {
			return form.IsField(i, "status", "status") && strings.EqualFold(i.To, step.To.Name)
		})
	})
}

// readBack reads the issue back and returns the result: the status, which a
// workflow rule may have changed further, and the fields that Jira stored or
// did not store as given. It also returns who sees comments in the project. The
// transition was made whatever happens here, so a failure becomes a note and
// not an error.
func (tt *transitionTools) readBack(ctx context.Context, key string, step jira.Transition, form *form.Form) (*transitionedIssue, Audience) {
	out := &transitionedIssue{Issue: key, Status: step.To.Name, Transition: step.Name, URL: tt.Jira.BrowseURL(key), Set: map[string]string{}}
	issue, err := tt.Jira.GetIssue(ctx, key, append([]string{"status", "resolution", "project", "updated"}, form.FieldIDs()...), nil)
	var outside *fence.Error
	if errors.As(err, &outside) {
		out.Notes = append(out.Notes, "The transition was made, but the issue is no longer inside the projects of this server, or was deleted.")
		return out, AudienceUnknown
	}
	if err != nil {
		out.Notes = append(out.Notes, "The transition was made, but the issue could not be read back: "+err.Error())
		return out, AudienceUnknown
	}
	tt.Jira.MarkWritten(issue.ID)
	out.Issue, out.URL = issue.Key, tt.Jira.BrowseURL(issue.Key)
	if now := names.Format(issue.Fields["status"]); now != "" && !strings.EqualFold(now, out.Status) {
		out.Notes = append(out.Notes, fmt.Sprintf("Jira accepted the transition to %s, but the issue is now in %s: a workflow rule or another user transitioned it again.", out.Status, now))
		out.Status = now
	}
	set, dropped := form.StoredFields(issue)
	out.Set = set
	delete(out.Set, "resolution") // the id, if the screen does not list the field
	for _, d := range dropped {
		out.Notes = append(out.Notes, "Not kept by Jira: "+d)
	}
	if r := names.Format(issue.Fields["resolution"]); r != "" {
		out.Set["Resolution"] = r
	}
	return out, AudienceOf(issue.Fields)
}

// finishComment sets the Comment of the result. If the comment was not sent
// with the transition, because the screen takes none, it adds the comment now,
// internal in service desks. A comment that fails does not make the transition
// a failure.
func (tt *transitionTools) finishComment(ctx context.Context, out *transitionedIssue, comment *jira.NewComment, sent bool, who Audience) {
	if comment == nil {
		return
	}
	if !sent {
		comment.Internal = who.marksInternal(false)
		if _, err := tt.Jira.AddComment(ctx, out.Issue, *comment); jira.OutcomeOf(err) == jira.Unknown {
			out.Comment = "may have been added; Jira's answer was lost. Look at the issue before adding it again"
			return
		} else if err != nil && jira.OutcomeOf(err) != jira.Done {
			out.Comment = "NOT added (the transition was made): " + kit.ErrorText(err)
			return
		}
	}
	out.Comment = "added, visible to " + who.seenBy(false)
}
