// Package tools is what an assistant sees of Jira: the tools, in words for
// the model, each an ordinary function over package jira.
//
// [Catalog] is the one list of them, [Policy] decides which of them a process
// offers, and [NewServer] puts those behind MCP. Adding a tool touches its
// domain file, its test and the golden file of schemas.
package tools

import (
	"os"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Deps is what the tools work with.
type Deps struct {
	Jira  *jira.Client
	Names *names.Names
	Now   func() time.Time
	// Files is the directory from which files may be attached; nil for none.
	Files *os.Root

	// Calendar is when the team works; in the user's zone, Monday to Friday, when
	// nil.
	Calendar *report.Calendar

	limits *Limits // what jira_whoami says about this server
	zones  *zones
}

// Catalog lists every tool there is, by name.
func Catalog(d Deps) []kit.Tool {
	all := slices.Concat(
		(&search{d}).tools(),
		(&reading{d}).tools(),
		(&creating{d, newTwice(d.Now), newTurns()}).tools(),
		(&editing{d, newTurns()}).tools(),
		(&commenting{d}).tools(),
		(&moving{d}).tools(),
		(&deleting{d}).tools(),
		(&attaching{d, newPictures(), make(chan struct{}, filesAtATime)}).tools(),
		(&projects{d}).tools(),
		(&screens{d}).tools(),
		(&lookup{d}).tools(),
		(&past{d}).tools(),
		(&linking{d}).tools(),
		(&timing{d}).tools(),
		(&watching{d}).tools(),
		(&releasing{d}).tools(),
		(&filtering{search{d}}).tools(),
		(&carrying{d, newTwice(d.Now)}).tools(),
		(&sweeping{d}).tools(),
		(&boards{d}).tools(),
		(&planning{d}).tools(),
		(&managing{planning{d}}).tools(),
		(&epics{d}).tools(),
		newReports(d).tools(),
		(&site{d}).tools(),
	)
	slices.SortFunc(all, func(a, b kit.Tool) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// keys lists operations as a tool declares them.
func keys(ops ...jira.Operation) []string {
	var out []string
	for _, op := range ops {
		out = append(out, op.Key())
	}
	return out
}
