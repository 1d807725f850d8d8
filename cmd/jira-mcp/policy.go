package main

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/policy"
)

// policyOf returns the policy that the settings ask for: which tools the server
// offers. Its map Sources names the variables, for messages.
func policyOf(cfg config.Config) policy.Policy {
	return policy.Policy{
		ReadOnly: cfg.ReadOnly, Allow: effects(cfg.List("JIRA_MCP_ALLOW")), Toolsets: cfg.List("JIRA_MCP_TOOLSETS"),
		Tools: cfg.List("JIRA_MCP_TOOLS"), Exclude: cfg.List("JIRA_MCP_EXCLUDE_TOOLS"), Lenient: cfg.From("JIRA_MCP_TOOLS") == "ENABLED_TOOLS",
		Sources: map[string]string{"readonly": cfg.From("JIRA_MCP_READ_ONLY"), "allow": cmp.Or(cfg.From("JIRA_MCP_ALLOW"), "JIRA_MCP_ALLOW"), "toolsets": cmp.Or(cfg.From("JIRA_MCP_TOOLSETS"), "JIRA_MCP_TOOLSETS"),
			"tools": cfg.From("JIRA_MCP_TOOLS"), "exclude": cfg.From("JIRA_MCP_EXCLUDE_TOOLS")},
	}
}

// effects returns the effects with the given names, which policy.Check
// verifies.
func effects(names []string) []kit.Effect {
	var out []kit.Effect
	for _, name := range names {
		out = append(out, kit.Effect(strings.ToLower(name)))
	}
	return out
}

// policyFromHeaders returns the policy that the headers of an HTTP request ask
// for, and whether there is any such header. A caller can only narrow the
// server's own policy with them: X-MCP-Readonly, X-MCP-Toolsets, X-MCP-Tools
// and X-MCP-Exclude-Tools.
func policyFromHeaders(h http.Header) (policy.Policy, bool) {
	list := func(name string) []string {
		return strings.FieldsFunc(strings.Join(h.Values(name), ","), func(r rune) bool { return r == ',' || r == ' ' })
	}
	p := policy.Policy{Toolsets: list("X-MCP-Toolsets"), Tools: list("X-MCP-Tools"), Exclude: list("X-MCP-Exclude-Tools"),
		Sources: map[string]string{"readonly": "X-MCP-Readonly", "toolsets": "X-MCP-Toolsets", "tools": "X-MCP-Tools", "exclude": "X-MCP-Exclude-Tools"}}
	p.ReadOnly = isTrue(h.Get("X-MCP-Readonly"))
	return p, p.ReadOnly || len(p.Toolsets)+len(p.Tools)+len(p.Exclude) > 0
}

// isTrue reports whether a header is given and does not clearly say no. Any other value
// counts, since X-MCP-Readonly can only narrow, and a client that sends
// X-MCP-Structured wants it.
func isTrue(value string) bool {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "", "false", "0", "no", "off":
		return false
	}
	return true
}
