// Package agile has the tools for boards, backlogs, sprints, ranks and epics.
package agile

import (
	"slices"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Tools returns the tools of this package.
func Tools() []kit.Tool {
	return slices.Concat(defineBoardTools(), definePlanTools(), defineSprintTools(), defineEpicTools())
}
