package names

import (
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// MatchTransitions returns the available transitions that a name refers to:
// those with that name, otherwise all that lead to the status of that name,
// otherwise the one with that id. It returns several if the name is ambiguous.
func MatchTransitions(open []jira.Transition, name string) []jira.Transition {
	name = strings.TrimSpace(name)
	for _, fits := range []func(jira.Transition) bool{
		func(t jira.Transition) bool { return strings.EqualFold(strings.TrimSpace(t.Name), name) },
		func(t jira.Transition) bool { return strings.EqualFold(strings.TrimSpace(t.To.Name), name) },
		func(t jira.Transition) bool { return t.ID == name },
	} {
		var found []jira.Transition
		for _, t := range open {
			if fits(t) {
				found = append(found, t)
			}
		}
		if name != "" && len(found) > 0 {
			return found
		}
	}
	return nil
}
