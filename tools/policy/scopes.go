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

// ScopeOptions is the configuration for which scopes are computed.
type ScopeOptions struct {
	Granular            bool // granular scopes wherever Atlassian has them
	Fenced              bool // there is a project fence, which sends requests of its own
	SkipPermissionProbe bool // the server does not ask Jira what the user may do
	// PromptTools are tools that only prompts and resources use (UnofferedTools of
	// package prompts). Without their scopes some of those do less, or nothing.
	PromptTools []kit.Tool
}

// serverOperations are the operations that the server calls by itself, whatever
// tools it offers: it asks who the user is to find out where the token works.
var serverOperations = operation.Keys(jira.OpMyself)

// ScopesFor returns the least set of scopes for tools: classic ones where
// Atlassian has them for an operation, else granular ones. A scope that is
// required for one tool is not listed as optional for another.
func ScopesFor(offered []kit.Tool, s ScopeOptions) ScopeNeed {
	required, optional := slices.Clone(serverOperations), []string{}
	if !s.SkipPermissionProbe {
		optional = operation.Keys(jira.OpMyPermissions)
	}
	for _, t := range offered {
		required, optional = append(required, t.Requires...), append(optional, t.Optional...)
	}
	for _, t := range s.PromptTools {
		optional = slices.Concat(optional, t.Requires, t.Optional)
	}
	if s.Fenced {
		always, some, replaced := jira.FenceOperations(required, optional)
		required, optional = append(required, operation.Keys(always...)...), append(optional, operation.Keys(some...)...)
		optional = slices.DeleteFunc(optional, func(op string) bool { return slices.Contains(operation.Keys(replaced...), op) })
	}
	need := ScopeNeed{Required: scopesOf(required, s.Granular)}
	for _, scope := range scopesOf(optional, s.Granular) {
		if !slices.Contains(need.Required, scope) {
			need.Optional = append(need.Optional, scope)
		}
	}
	return need
}

// scopesOf returns the sorted scopes of operations, given by key.
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

// IsBeta reports whether Atlassian's document of the platform API marks a
// granular scope as Beta: all of that API's are; the agile API's have no mark.
func IsBeta(scope string) bool {
	return slices.ContainsFunc(jira.Operations(), func(op operation.Operation) bool {
		return op.Document == operation.Platform && slices.Contains(op.Scopes.Granular, scope)
	})
}
