package tools

import (
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Need is what an API token with scopes needs for some tools.
type Need struct {
	Required []string `json:"required"`           // without one of them some tool does not work
	Optional []string `json:"optional,omitempty"` // without one of them some tool does less
}

// ownCalls are the operations that the server calls for itself, whatever tools it
// offers: who is calling is asked to find where the token works.
var ownCalls = keys(jira.OpMyself)

// fenceCalls are those it calls to hold a fence.
var fenceCalls = keys(jira.OpGetIssue, jira.OpSearchProjects)

// ScopesFor is the least set of scopes for tools: classic ones where Atlassian
// has them for an operation, or granular ones with granular. confined says
// that there is a fence.
func ScopesFor(offered []kit.Tool, granular, confined bool) Need {
	required, optional := slices.Clone(ownCalls), keys(jira.OpMyPermissions)
	if confined {
		required = append(required, fenceCalls...)
	}
	for _, t := range offered {
		required, optional = append(required, t.Requires...), append(optional, t.Optional...)
	}
	need := Need{Required: scopesOf(required, granular)}
	for _, s := range scopesOf(optional, granular) {
		if !slices.Contains(need.Required, s) {
			need.Optional = append(need.Optional, s)
		}
	}
	return need
}

func scopesOf(operations []string, granular bool) []string {
	all := []string{}
	for _, op := range jira.Operations() {
		if !slices.Contains(operations, op.Key()) {
			continue
		}
		if len(op.Scopes.Classic) == 0 || granular && len(op.Scopes.Granular) > 0 {
			all = append(all, op.Scopes.Granular...)
			continue
		}
		all = append(all, op.Scopes.Classic...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
