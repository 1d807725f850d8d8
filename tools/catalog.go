// Package tools is what an assistant sees of Jira: the tools, in words for
// the model, each an ordinary function over package jira.
//
// [Catalog] is the one list of them, [Policy] decides which of them a process
// offers, and [NewServer] puts those behind MCP. Adding a tool touches its
// domain file, its test and the golden file of schemas.
package tools

import (
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/tools/agile"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/issues"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/reports"
)

// Env is what the tools of one Jira user work with.
type Env = env.Env

// Catalog lists every tool there is, by name.
func Catalog(d env.Env) []kit.Tool {
	all := slices.Concat(issues.Tools(d), agile.Tools(d), reports.Tools(d), (&siteTools{d}).tools())
	slices.SortFunc(all, func(a, b kit.Tool) int { return strings.Compare(a.Name, b.Name) })
	return all
}
