package issues

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// watchTools is the receiver of jira_watch_issue.
type watchTools struct{ env.Env }

// newWatchTools returns the receiver of jira_watch_issue for one user.
func newWatchTools(e env.Env) *watchTools { return &watchTools{e} }

// defineWatchTools declares jira_watch_issue.
func defineWatchTools() []kit.Tool {
	return kit.Group(newWatchTools,
		kit.Define(kit.Spec{
			Name: "jira_watch_issue", Title: "Watch and vote", Effect: kit.Edit, Toolset: "watchers",
			Description: "Add or remove watchers of an issue, or vote for it. To list watchers, use jira_get_issue with include watchers.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpWatchers, jira.OpAddWatcher, jira.OpRemoveWatcher, jira.OpMyself), Optional: operation.Keys(jira.OpVote, jira.OpUnvote, jira.OpFindUsers),
		}, (*watchTools).watch),
	)
}

// watchInput holds the arguments of jira_watch_issue.
type watchInput struct {
	Issue  string   `json:"issue" doc:"key"`
	Add    []string `json:"add,omitempty" doc:"people, or me" max:"20"`
	Remove []string `json:"remove,omitempty" max:"20"`
	Vote   string   `json:"vote,omitempty" enum:"give,take back"`
}

// Describe implements [kit.Describer].
func (in watchInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// watchOutput is the result of jira_watch_issue. One call performs several
// writes, so it lists the successful and the failed ones separately.
// uncertainErr is the error of a write whose answer was lost, if there is one.
type watchOutput struct {
	Issue    string   `json:"issue"`
	Watchers []string `json:"watchers,omitempty"` // after the call; Jira may hide them from this user
	Count    int      `json:"count"`
	Did      []string `json:"did,omitempty"`
	Failed   []string `json:"failed,omitempty"`
	kit.DryRunResult

	uncertainErr error
}

// Markdown implements [kit.Output].
func (o *watchOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	s := o.Issue + ": " + strings.Join(o.Did, ", ")
	for _, f := range o.Failed {
		s += "\n" + f
	}
	s += fmt.Sprintf("\nWatchers now (%d): %s", o.Count, text.ValueOrNone(strings.Join(o.Watchers, ", ")))
	if hidden := o.Count - len(o.Watchers); hidden > 0 {
		s += fmt.Sprintf("; %d are not shown to this server's user", hidden)
	}
	return s
}

// watch adds and removes watchers, and gives or takes back this user's vote.
//
//  1. It resolves all names before the first write, so that a misspelt name
//     changes nothing.
//  2. It reads the watchers and skips people who already watch, or already do
//     not watch. The latter is certain only if Jira shows all watchers: a user
//     without the permission to see them gets their number and no names.
//  3. It performs the writes one by one and records the result of each; a
//     failure does not stop the others.
//  4. It reads the watchers again. If that fails after a successful write, the
//     result says so, and the call still succeeds.
//
// The call is an error only if nothing succeeded: an [write.UncertainError] if
// the answer of a write was lost, so that the caller looks before trying again.
func (w *watchTools) watch(ctx context.Context, in watchInput) (*watchOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	if len(in.Add)+len(in.Remove) == 0 && in.Vote == "" {
		return nil, errors.New("set add, remove or vote")
	}
	var add, remove []jira.User
	for _, list := range []struct {
		given []string
		into  *[]jira.User
	}{{in.Add, &add}, {in.Remove, &remove}} {
		if *list.into, err = w.Names.Users(ctx, "watcher", list.given); err != nil {
			return nil, kit.NothingChanged("%w", err)
		}
	}
	out := &watchOutput{Issue: key}
	before, err := w.Jira.Watchers(ctx, key)
	if err != nil {
		return nil, err
	}
	watches := func(u jira.User) bool {
		return slices.ContainsFunc(before.People, func(p jira.User) bool { return p.AccountID == u.AccountID })
	}
	for _, u := range add {
		if watches(u) {
			out.Did = append(out.Did, u.DisplayName+" already watched it")
			continue
		}
		out.addResult("added "+u.DisplayName, w.Jira.AddWatcher(ctx, key, u.AccountID))
	}
	for _, u := range remove {
		if !watches(u) && len(before.People) == before.Count {
			out.Did = append(out.Did, u.DisplayName+" did not watch it")
			continue
		}
		out.addResult("removed "+u.DisplayName, w.Jira.RemoveWatcher(ctx, key, u.AccountID))
	}
	if in.Vote != "" {
		out.addResult("vote: "+in.Vote, explainVoteError(w.Jira.Vote(ctx, key, in.Vote == "give")))
	}
	now, err := w.Jira.Watchers(ctx, key)
	if err != nil && (kit.IsDryRun(ctx) || len(out.Did) == 0) {
		return nil, err
	}
	if err != nil { // the writes that succeeded stay done
		out.Failed = append(out.Failed, "The watchers could not be read back: "+kit.ErrorText(err))
	}
	out.Count = now.Count
	for _, u := range now.People {
		out.Watchers = append(out.Watchers, u.DisplayName)
	}
	if kit.IsDryRun(ctx) {
		if len(out.Did) == 0 {
			return nil, errors.New(strings.Join(out.Failed, "\n"))
		}
		out.DryRun = &kit.Preview{Summary: "change the watchers of " + key + ": " + strings.Join(out.Did, ", "), Notes: append(out.Failed, "Watching now: "+text.ValueOrNone(strings.Join(out.Watchers, ", ")))}
		return out, nil
	}
	if len(out.Did) == 0 && out.uncertainErr != nil {
		return nil, &write.UncertainError{Err: out.uncertainErr, What: kit.Text(ctx, out), Look: fmt.Sprintf(`jira_get_issue {"issues":[%q],"include":["watchers"]}`, key)}
	}
	if len(out.Did) == 0 {
		return nil, errors.New(kit.Text(ctx, out))
	}
	return out, nil
}

// addResult records the result of one write: as done if it succeeded, or if this
// is a dry run that would send it; otherwise as failed, or as uncertain if the
// answer was lost.
func (o *watchOutput) addResult(what string, err error) {
	switch {
	case err == nil, write.IsDryRun(err), jira.OutcomeOf(err) == jira.Done:
		o.Did = append(o.Did, what)
	case jira.OutcomeOf(err) == jira.Unknown:
		o.Failed, o.uncertainErr = append(o.Failed, what+": it may have happened; Jira's answer was lost"), err
	default:
		o.Failed = append(o.Failed, "NOT "+what+": "+kit.ErrorText(err))
	}
}

// explainVoteError explains Jira's 404 to a vote. Jira returns it for a missing
// issue, but also for one's own issue, for a resolved issue, and for taking
// back a vote that was not given.
func explainVoteError(err error) error {
	if jira.IsStatus(err, http.StatusNotFound) {
		return fmt.Errorf("users cannot vote for their own or resolved issues, or take back a vote they have not given (%w)", err)
	}
	return err
}
