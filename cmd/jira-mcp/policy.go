package main

import (
	"cmp"
	"net/http"
	"slices"
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
		e := kit.Effect(strings.ToLower(name))
		if !slices.Contains(kit.Effects, e) {
			e = kit.Effect(name) // as it was written: a redactor would not know another spelling
		}
		out = append(out, e)
	}
	return out
}

// policyFromHeaders returns the policy that the headers of an HTTP request ask
// for, and whether there is any such header. A caller can only narrow the
// server's own policy with them: X-MCP-Readonly, X-MCP-Toolsets, X-MCP-Tools
// and X-MCP-Exclude-Tools. A gateway may add lines to those of the client. All of
// them hold: a tool or toolset has to be in each line, and one line that says
// read-only is enough.
func policyFromHeaders(h http.Header) (policy.Policy, bool) {
	p := policy.Policy{Toolsets: inEachLine(h.Values("X-MCP-Toolsets")), Tools: inEachLine(h.Values("X-MCP-Tools")), Exclude: splitLine(strings.Join(h.Values("X-MCP-Exclude-Tools"), ",")),
		Sources: map[string]string{"readonly": "X-MCP-Readonly", "toolsets": "X-MCP-Toolsets", "tools": "X-MCP-Tools", "exclude": "X-MCP-Exclude-Tools"}}
	p.ReadOnly = slices.ContainsFunc(splitLine(strings.Join(h.Values("X-MCP-Readonly"), ",")), isTrue)
	return p, p.ReadOnly || len(p.Toolsets)+len(p.Tools)+len(p.Exclude) > 0
}

// splitLine returns the names in a header.
func splitLine(line string) []string {
	return strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// nothing is a name that no tool and no toolset has.
const nothing = "(nothing)"

// inEachLine returns the names that all lines of a header have, lines without names
// aside. If they have none in common, it returns a name that nothing has, since an
// empty list would allow everything.
func inEachLine(lines []string) []string {
	var common []string
	isFirst := true
	for _, line := range lines {
		names := splitLine(line)
		if len(names) == 0 {
			continue
		}
		if isFirst {
			common, isFirst = names, false
			continue
		}
		common = slices.DeleteFunc(common, func(name string) bool { return !slices.Contains(names, name) })
		if len(common) == 0 {
			return []string{nothing}
		}
	}
	return common
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
