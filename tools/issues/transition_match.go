package issues

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// findTransition returns the transition that in.To names, with its screen
// filled in. The name of a transition counts before the name of the status that
// it leads to. If several transitions lead to the status, it returns an error
// that lists them, since only the caller knows which one is meant: closing an
// issue as a duplicate is not the same as resolving it.
func (tt *transitionTools) findTransition(ctx context.Context, key string, open []jira.Transition, in transitionInput) (jira.Transition, *form.Form, error) {
	candidates := names.MatchTransitions(open, in.To)
	switch len(candidates) {
	case 0:
		return jira.Transition{}, nil, tt.unknownTransition(ctx, key, open, in.To)
	case 1:
	default:
		return jira.Transition{}, nil, ambiguousTransition(in.To, candidates)
	}
	t := candidates[0]
	f, err := tt.fillScreen(ctx, t, in)
	if err != nil && !strings.EqualFold(t.Name, t.To.Name) {
		err = fmt.Errorf("%q leads to %s.\n%w", t.Name, t.To.Name, err)
	}
	return t, f, err
}

// ambiguousTransition returns the error for an ambiguous status: it lists the
// transitions with the fields that each requires.
func ambiguousTransition(to string, candidates []jira.Transition) error {
	var list []string
	for _, t := range candidates {
		var needs []string
		for _, f := range t.Fields {
			if f.Required && !f.HasDefault {
				needs = append(needs, f.Name)
			}
		}
		slices.Sort(needs)
		text := fmt.Sprintf("%q", t.Name)
		if len(needs) > 0 {
			text += " (needs " + strings.Join(needs, ", ") + ")"
		}
		list = append(list, text)
	}
	return kit.NothingChanged("several transitions lead to %s; use one of these as to: %s", to, strings.Join(list, " or "))
}

// fillScreen returns the filled-in screen of a transition. A resolution that the
// screen does not have is a problem of its own, with a text that says to leave
// it out.
func (tt *transitionTools) fillScreen(ctx context.Context, t jira.Transition, in transitionInput) (*form.Form, error) {
	screen := jira.SortedFields(t.Fields)
	f := form.New(tt.Names, screen, "", "resolution")
	if in.Resolution != "" && !slices.ContainsFunc(screen, func(x jira.FieldMeta) bool { return x.ID == "resolution" }) {
		f.Problems = append(f.Problems, fmt.Errorf("this transition's screen has no resolution; leave it out"))
	} else {
		f.Set(ctx, "resolution", in.Resolution, in.Resolution != "")
	}
	f.SetFields(ctx, in.Fields)
	f.CheckRequired(false, "comment")
	return f, f.Err()
}

// unknownTransition returns the error for a name that no available transition
// has: it gives the present status and the available transitions, or says that
// the issue is in the status already.
func (tt *transitionTools) unknownTransition(ctx context.Context, key string, open []jira.Transition, to string) error {
	issue, err := tt.Jira.GetIssue(ctx, key, []string{"status"}, nil)
	if err != nil {
		return err
	}
	now := names.Format(issue.Fields["status"])
	if len(open) == 0 {
		return kit.NothingChanged("%s is in %s, and no transition from there is available to this server's user", key, now)
	}
	var list []transitionView
	for _, t := range open {
		list = append(list, transitionView{t.Name, t.To.Name})
	}
	if strings.EqualFold(now, strings.TrimSpace(to)) {
		return fmt.Errorf("%s is already in %s. Transitions from there: %s", key, now, transitionNames(list))
	}
	return kit.NothingChanged("%s is in %s; no transition from there is named %q or leads to that status. Transitions: %s", key, now, to, transitionNames(list))
}
