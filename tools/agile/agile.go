package agile

import (
	"slices"

	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Tools lists the tools for boards, backlogs, sprints and epics.
func Tools(d env.Env) []kit.Tool {
	return slices.Concat(
		(&boardTools{d}).tools(),
		(&planTools{d}).tools(),
		(&sprintTools{planTools{d}}).tools(),
		(&epicTools{d}).tools(),
	)
}
