package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/tools"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
	"github.com/seed-7d826362/jira-mcp/tools/prompts"
)

// scopesReport is the output of jira-mcp scopes --json.
type scopesReport struct {
	Tools []string `json:"tools"`
	policy.ScopeNeed
	ByTool map[string]policy.ScopeNeed `json:"by_tool,omitempty"`
}

// scopesCommand returns the command scopes. It computes the scopes from the
// tables of operations, without a call to Jira.
func (a *app) scopesCommand() *cobra.Command {
	var granular, readOnly, byTool, asJSON bool
	var toolsets []string
	cmd := &cobra.Command{
		Use:   "scopes",
		Short: "Print the API token scopes that this configuration needs",
		Long: `Print the smallest set of scopes for the tools that the settings offer: the
required ones, and the optional ones, without which some tools do less. They are
classic scopes, which Atlassian recommends, and granular ones where no classic
scope exists; with --granular, only granular ones. Atlassian marks the granular
scopes of the platform API as Beta, but not those of the agile API. No
credentials are required.`,
		Example: `  jira-mcp scopes --read-only
  JIRA_MCP_ALLOW=read,comment jira-mcp scopes --by-tool`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.settings(cmd.Context())
			if err != nil {
				return usageError{err}
			}
			p := policyOf(cfg)
			p.ReadOnly = p.ReadOnly || readOnly
			if len(toolsets) > 0 {
				p.Toolsets, p.Sources["toolsets"] = toolsets, "--toolsets"
			}
			offered, o, err := offeredWithScopes(cfg, p)
			if err != nil {
				return usageError{err}
			}
			o.Granular = granular
			return a.printScopes(offered, o, byTool, asJSON)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&granular, "granular", false, "use only granular scopes")
	f.BoolVar(&readOnly, "read-only", false, "same as JIRA_MCP_READ_ONLY=true")
	f.StringSliceVar(&toolsets, "toolsets", nil, "same as JIRA_MCP_TOOLSETS")
	f.BoolVar(&byTool, "by-tool", false, "also print the scopes of each tool")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// offeredWithScopes returns the tools that a policy offers, and the options to
// compute their scopes.
func offeredWithScopes(cfg config.Config, p policy.Policy) ([]kit.Tool, policy.ScopeOptions, error) {
	around, err := cfg.Fence()
	if err != nil {
		return nil, policy.ScopeOptions{}, err
	}
	catalog := tools.NewCatalog()
	if _, err := p.Check(catalog); err != nil {
		return nil, policy.ScopeOptions{}, err
	}
	// Prompts and resources use some tools that the policy does not offer.
	unoffered := prompts.UnofferedTools(p, catalog)
	offered := slices.DeleteFunc(catalog, func(t kit.Tool) bool { return !p.Offers(t.Spec) })
	return offered, policy.ScopeOptions{Fenced: around != nil, SkipPermissionProbe: !cfg.Probe, PromptTools: unoffered}, nil
}

// scopesToTick returns the scopes of a token for the tools that the settings
// offer: to read, and those that writing needs as well.
func scopesToTick(cfg config.Config) (read, write []string, err error) {
	for _, readOnly := range []bool{true, false} {
		p := policyOf(cfg)
		p.ReadOnly = p.ReadOnly || readOnly
		offered, o, err := offeredWithScopes(cfg, p)
		if err != nil {
			return nil, nil, err
		}
		need := policy.ScopesFor(offered, o)
		all := slices.Concat(need.Required, need.Optional)
		slices.Sort(all)
		if readOnly {
			read = all
			continue
		}
		write = slices.DeleteFunc(all, func(scope string) bool { return slices.Contains(read, scope) })
	}
	return read, write, nil
}

// printScopes writes the scopes that the offered tools need together and, with
// byTool, those of each tool by itself.
func (a *app) printScopes(offered []kit.Tool, s policy.ScopeOptions, byTool, asJSON bool) error {
	r := scopesReport{Tools: []string{}, ScopeNeed: policy.ScopesFor(offered, s)}
	s.PromptTools = nil // these scopes belong to no tool
	for _, t := range offered {
		r.Tools = append(r.Tools, t.Name)
		if byTool {
			if r.ByTool == nil {
				r.ByTool = map[string]policy.ScopeNeed{}
			}
			r.ByTool[t.Name] = policy.ScopesFor([]kit.Tool{t}, s)
		}
	}
	if asJSON {
		return writeJSON(a.out, r)
	}
	var b strings.Builder
	tools := "tools"
	if len(r.Tools) == 1 {
		tools = "tool"
	}
	fmt.Fprintf(&b, "For %d %s: %s\n\n", len(r.Tools), tools, strings.Join(r.Tools, ", "))
	writeNeed(&b, r.ScopeNeed, "")
	for _, name := range r.Tools {
		if need, ok := r.ByTool[name]; ok {
			fmt.Fprintf(&b, "\n%s\n", name)
			writeNeed(&b, need, "  ")
		}
	}
	fmt.Fprintf(&b, "\nMake the token at %s\n", credential.TokenPage)
	_, err := fmt.Fprint(a.out, b.String())
	return err
}

// writeNeed writes one scope a line, the required ones first.
func writeNeed(b *strings.Builder, n policy.ScopeNeed, indent string) {
	for _, s := range n.Required {
		fmt.Fprintf(b, "%s%s%s\n", indent, s, betaLabel(s))
	}
	for _, s := range n.Optional {
		fmt.Fprintf(b, "%s%-30s optional%s\n", indent, s, betaLabel(s))
	}
}

// betaLabel returns "(granular)" for a granular scope, which has two colons
// (read:issue:jira), with "Beta" if Atlassian marks it so; "" for a classic
// scope.
func betaLabel(scope string) string {
	switch {
	case policy.IsBeta(scope):
		return "  (granular, Beta)"
	case strings.Count(scope, ":") == 2:
		return "  (granular)"
	}
	return ""
}
