// Package agile has the MCP tools for boards, backlogs, sprints, ranks and
// epics of Jira Software.
//
// Every tool has the same shape. A define function (such as defineBoardTools)
// declares it: its name, its description for the model, the Jira operations
// that it calls, and its handler. The handler is a method of a struct that
// embeds [env.Env], the Jira client of one user with its names and clock. It
// takes an input, whose fields and tags become the tool's JSON schema, and
// returns an output, which is the structured content and writes its own text in
// Markdown. For example, jira_get_backlog is declared as
//
//	kit.Define(kit.Spec{Name: "jira_get_backlog", …}, (*boardTools).backlog)
//
// with the input getBacklogInput and the output getBacklogOutput.
//
// The files, in the order in which to read them:
//
//   - boards.go: boardTools with jira_list_boards, jira_list_sprints and
//     jira_get_board, and the helpers [FindBoard] and [SprintView] that other
//     packages share.
//   - backlog.go: jira_get_backlog.
//   - planning.go: planTools with jira_move_to_sprint and jira_rank_issues.
//   - sprints.go: sprintTools with jira_manage_sprint.
//   - epics.go: epicTools with jira_get_epic.
//
// The numbers of sprints, such as pace and velocity, are in package reports.
package agile

import (
	"slices"

	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Tools returns all tools of this package.
func Tools() []kit.Tool {
	return slices.Concat(defineBoardTools(), definePlanTools(), defineSprintTools(), defineEpicTools())
}
