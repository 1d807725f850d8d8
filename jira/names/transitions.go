package names

import (
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// MatchTransitions returns the available transitions that a name refers to: the
// one with that name or id, otherwise all that lead to the status of that name.
// It returns several if the name is ambiguous.
func MatchTransitions(open []jira.Transition, name string) []jira.Transition {
	name = strings.TrimSpace(name)
	var named, leading []jira.Transition
	for _, t := range open {
		switch {
		case strings.EqualFold(t.Name, name) || t.ID == name:
			named = append(named, t)
		case strings.EqualFold(t.To.Name, name):
			leading = append(leading, t)
		}
	}
	if len(named) > 0 {
		return named
	}
	return leading
}
