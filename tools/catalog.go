// Package tools is what an assistant sees of Jira: the tools, described for the
// model, each an ordinary method over package jira.
//
// [NewCatalog] lists all tools as data, [policy.Policy] decides which of them a
// process offers, and [NewServer] puts those behind MCP for one Jira user. The
// tools themselves are in the packages issues, agile and reports; prompts and
// resources are in package prompts.
//
// To add a tool, add its declaration and handler to a file of one of those
// packages, its test, and regenerate the golden files (make golden).
// CONTRIBUTING.md has an example.
package tools

import (
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/tools/agile"
	"github.com/seed-7d826362/jira-mcp/tools/issues"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
	"github.com/seed-7d826362/jira-mcp/tools/reports"
)

// Catalog is every tool of the program, sorted by name: descriptions, schemas
// and operations. It is data that belongs to no user, and is built once.
type Catalog []kit.Tool

// NewCatalog returns the catalogue.
func NewCatalog() Catalog {
	all := slices.Concat(issues.Tools(), agile.Tools(), reports.Tools(), defineSiteTools())
	slices.SortFunc(all, func(a, b kit.Tool) int { return strings.Compare(a.Name, b.Name) })
	return all
}
