package names

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// MatchTransitions returns the available transitions that a text refers to: the
// one that is written with its name, target and id, as answers list it ("Close
// → Done (31)"), otherwise those with that name, otherwise all that lead to the
// status of that name, otherwise the one with that id. It returns several if
// the name is ambiguous: a transition called Done that leads to another status
// does not hide those that lead to the status Done. The original name of a
// status that is shown in another language counts if nothing has the name.
// byStatus reports that the name is that of a status: transitions that lead
// back to the present status are then left out, since nobody means them.
func MatchTransitions(open []jira.Transition, name string) (found []jira.Transition, byStatus bool) {
	name = strings.TrimSpace(name)
	if name == "" {
		return nil, false
	}
	only := func(fits func(jira.Transition) bool) []jira.Transition {
		return slices.DeleteFunc(slices.Clone(open), func(t jira.Transition) bool { return !fits(t) })
	}
	of := func(list []jira.Transition) func(jira.Transition) bool {
		return func(t jira.Transition) bool {
			return slices.ContainsFunc(list, func(other jira.Transition) bool { return other.ID == t.ID })
		}
	}
	isNamed := of(matchSpelling(open, name, func(t jira.Transition) []string { return []string{t.Name} }))
	isTarget := of(matchSpelling(open, name, func(t jira.Transition) []string { return t.To.Names() }))
	leads := func(t jira.Transition) bool { return isTarget(t) && !t.IsLoop() }
	if listed := only(func(t jira.Transition) bool {
		return strings.EqualFold(TransitionText(t), name) || strings.EqualFold(strings.TrimSpace(t.Name)+" → "+strings.TrimSpace(t.To.Name), name)
	}); len(listed) == 1 {
		return listed, false
	}
	named, leading := only(isNamed), only(leads)
	isElsewhere := slices.ContainsFunc(named, func(t jira.Transition) bool { return !leads(t) && !t.IsLoop() })
	switch {
	case len(named) > 0 && len(leading) > 0 && isElsewhere:
		return only(func(t jira.Transition) bool { return isNamed(t) || leads(t) }), false
	case len(named) > 0:
		return named, false
	case len(leading) > 0:
		return leading, true
	}
	return only(func(t jira.Transition) bool { return t.ID == name }), false
}

// TransitionText returns a transition with its target and id: "Close → Done (31)".
func TransitionText(t jira.Transition) string {
	return fmt.Sprintf("%s → %s (%s)", strings.TrimSpace(t.Name), strings.TrimSpace(t.To.Name), t.ID)
}

// ResolutionInName returns the resolution whose name the name of a transition
// holds, or "". "Close as duplicate" holds Duplicate. Words of the status that
// the transition leads to do not count, so "Done" to Done holds none; nor does
// the resolution Done, the usual one of finished work.
func ResolutionInName(transition, status string, resolutions []string) string {
	pad := func(s string) string {
		return " " + strings.Join(strings.Fields(PlainWords(strings.ToLower(s))), " ") + " "
	}
	rest := strings.ReplaceAll(pad(transition), pad(status), "  ")
	longest := slices.SortedStableFunc(slices.Values(resolutions), func(a, b string) int { return len(b) - len(a) })
	for _, r := range longest {
		if name := pad(r); name != pad("Done") && strings.TrimSpace(name) != "" && strings.Contains(rest, name) {
			return r
		}
	}
	return ""
}

// Resolutions returns the names of the site's resolutions.
func (n *Names) Resolutions(ctx context.Context) ([]string, error) {
	return n.resolutions.Get(ctx, "", func(ctx context.Context) ([]string, error) {
		return jira.Collect(n.jira.Resolutions(ctx), 500)
	})
}

// WorkflowStatuses returns the statuses that issues of a type in a project can
// have.
func (n *Names) WorkflowStatuses(ctx context.Context, project, typeID string) ([]jira.Status, error) {
	all, err := n.workflows.Get(ctx, strings.ToUpper(project), func(ctx context.Context) ([]jira.TypeStatuses, error) {
		return n.jira.ProjectStatuses(ctx, project)
	})
	for _, t := range all {
		if t.TypeID == typeID {
			return t.Statuses, err
		}
	}
	return nil, err
}

// maxNeededValues is how many allowed values of a required field are named.
const maxNeededValues = 6

// Need is a field that a transition requires and that has no default. Values are
// its allowed values, if they are few.
type Need struct {
	Field  string   `json:"field"`
	Values []string `json:"values,omitempty"`
}

// TransitionNeeds returns what the transitions of an issue require, by the id of
// the transition. It is the same for all issues of a project, type and status.
// What validators require is not known.
func (n *Names) TransitionNeeds(ctx context.Context, issue jira.Issue) (map[string][]Need, error) {
	kind, _ := jira.Value[jira.IssueType](issue.Fields, "issuetype")
	status, _ := jira.Value[jira.Status](issue.Fields, "status")
	project, _, _ := strings.Cut(issue.Key, "-")
	return n.needs.Get(ctx, project+"|"+kind.ID+"|"+status.ID, func(ctx context.Context) (map[string][]Need, error) {
		list, err := n.jira.Transitions(ctx, issue.Key)
		if err != nil {
			return nil, err
		}
		out := map[string][]Need{}
		for _, t := range list {
			for _, f := range (&jira.EditMeta{Fields: t.Fields}).SortedFields() {
				if !f.Required || f.HasDefault {
					continue
				}
				need := Need{Field: f.Name}
				if allowed := AllowedNames(f); len(allowed) > 0 && len(allowed) <= maxNeededValues {
					need.Values = allowed
				}
				out[t.ID] = append(out[t.ID], need)
			}
		}
		return out, nil
	})
}
