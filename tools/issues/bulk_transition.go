package issues

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// prepareTransition prepares a bulk transition of all issues to the status
// in.To. Jira lists, workflow by workflow, the transitions that issues have in
// common; those with a screen are not among them (Atlassian's contract). The
// transition of each workflow is submitted as a map from transition id to keys:
//
//	{"31": ["PAY-1", "PAY-2"], "161": ["HELP-7"]}
//
// It is an error if one of the issues has no such transition; the error names
// the first 20 of them. would is the summary for a preview.
func (b *bulkTools) prepareTransition(ctx context.Context, in bulkInput, chosen []jira.Issue) (send func() (string, error), would string, _ error) {
	by := map[string][]string{}
	moved := 0
	var left, offered, with []string
	for part := range slices.Chunk(chosen, maxTransitionKeys) {
		flows, err := b.Jira.BulkTransitions(ctx, keys.Of(part, len(part)))
		if err != nil {
			return nil, "", explainBulkRefusal(err)
		}
		known := map[string]bool{}
		for _, flow := range flows {
			step, ok, err := b.chooseBulkTransition(ctx, flow.Transitions, in.To)
			if err != nil {
				return nil, "", err
			}
			if ok {
				with = append(with, names.TransitionText(step))
			}
			for _, m := range flow.Transitions {
				offered = append(offered, m.To.Name)
			}
			for _, key := range flow.Issues {
				known[key] = true
				if !ok {
					left = append(left, key)
					continue
				}
				by[step.ID] = append(by[step.ID], key)
				moved++
			}
		}
		for _, i := range part {
			if !known[i.Key] && !known[i.ID] {
				left = append(left, i.Key)
			}
		}
	}
	if moved == 0 {
		return nil, "", kit.NothingChanged("these issues have no common transition to %q without a screen. Common target statuses: %s. Use jira_transition_issue for each issue", in.To, text.ValueOrNone(strings.Join(names.Unique(offered), ", ")))
	}
	if len(left) > 0 {
		more := ""
		if len(left) > 20 {
			more = fmt.Sprintf(" and %d more", len(left)-20)
			left = left[:20]
		}
		return nil, "", kit.NothingChanged("no bulk transition to %s for these issues: %s%s. Leave them out, or use jira_transition_issue", in.To, strings.Join(left, ", "), more)
	}
	return func() (string, error) { return b.Jira.SubmitTransition(ctx, by, in.Notify) }, fmt.Sprintf("transition %d issues with %s", moved, strings.Join(names.Unique(with), "; ")), nil
}

// chooseBulkTransition returns the transition that a name refers to, by the rules
// of [transitionTools.chooseTransition]; ok is false if there is none. Jira gives
// no ids and categories of the statuses here.
func (b *bulkTools) chooseBulkTransition(ctx context.Context, list []jira.BulkTransition, name string) (chosen jira.Transition, ok bool, _ error) {
	var open []jira.Transition
	for _, m := range list {
		open = append(open, jira.Transition{ID: strconv.FormatInt(m.ID, 10), Name: m.Name, To: jira.Status{ID: m.To.Name, Name: m.To.Name}})
	}
	candidates, byStatus := names.MatchTransitions(open, name)
	if len(candidates) == 0 {
		return jira.Transition{}, false, nil
	}
	chosen, err := newTransitionTools(b.Env).chooseTransition(ctx, candidates, byStatus, transitionInput{To: name})
	return chosen, err == nil, err
}

// maxTransitionKeys is the number of issues in one request for common
// transitions. Their keys are part of the URL.
const maxTransitionKeys = 200
