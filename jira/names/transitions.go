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
	noID := func(jira.Transition) string { return "" }
	if named := Match(open, name, func(t jira.Transition) string { return t.Name }, noID); len(named) > 0 {
		return named
	}
	var leading []jira.Transition
	for _, t := range open {
		if strings.EqualFold(strings.TrimSpace(t.To.Name), name) {
			leading = append(leading, t)
		}
	}
	if len(leading) > 0 {
		return leading
	}
	return Match(open, name, func(jira.Transition) string { return "" }, func(t jira.Transition) string { return t.ID })
}
