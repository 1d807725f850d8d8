package policy

import (
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// ScopeNeed is what an API token with scopes needs for some tools.
type ScopeNeed struct {
	Required []string `json:"required"`           // without one of them some tool does not work
	Optional []string `json:"optional,omitempty"` // without one of them some tool does less
}

// Scoping says which scopes are asked for.
type Scoping struct {
	Granular bool // granular ones throughout, where Atlassian has them
	Confined bool // there is a fence, which asks questions of its own
	NoProbe  bool // it is not asked what the user may do
	// Menu are tools that only prompts and resources use: see [ToolsUsed].
	// Without their scopes some of those do less, or nothing.
	Menu []kit.Tool
}

// ownCalls are the operations that the server calls for itself, whatever tools it
// offers: who is calling is asked to find where the token works.
var ownCalls = operation.Keys(jira.OpMyself)

// ScopesFor is the least set of scopes for tools: classic ones where Atlassian
// has them for an operation, else granular ones.
func ScopesFor(offered []kit.Tool, s Scoping) ScopeNeed {
	required, optional := slices.Clone(ownCalls), []string{}
	if !s.NoProbe {
		optional = operation.Keys(jira.OpMyPermissions)
	}
	for _, t := range offered {
		required, optional = append(required, t.Requires...), append(optional, t.Optional...)
	}
	for _, t := range s.Menu {
		optional = slices.Concat(optional, t.Requires, t.Optional)
	}
	if s.Confined {
		always, some, spared := jira.FenceOperations(required, optional)
		required, optional = append(required, operation.Keys(always...)...), append(optional, operation.Keys(some...)...)
		optional = slices.DeleteFunc(optional, func(op string) bool { return slices.Contains(operation.Keys(spared...), op) })
	}
	need := ScopeNeed{Required: scopesOf(required, s.Granular)}
	for _, scope := range scopesOf(optional, s.Granular) {
		if !slices.Contains(need.Required, scope) {
			need.Optional = append(need.Optional, scope)
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

// IsBeta reports a granular scope that Atlassian's document of the platform API
// marks as Beta: there all are; the agile API's carry no mark.
func IsBeta(scope string) bool {
	return slices.ContainsFunc(jira.Operations(), func(op operation.Operation) bool {
		return op.Document == operation.Platform && slices.Contains(op.Scopes.Granular, scope)
	})
}
