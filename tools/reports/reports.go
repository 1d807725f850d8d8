// Package reports has the MCP tools that report on work: sprint, velocity,
// flow, workload, release and stand-up reports, and the facts for release
// notes.
//
// The package finds the issues that a report is about, reads them from Jira and
// formats the result. It leaves the arithmetic to package report (jira/report)
// and the drawing to package chart (tools/chart). A report goes through these
// steps, which are also the order in which to read the files:
//
//  1. reports.go declares the tools. Each handler is a method of reportTools.
//  2. scope.go: resolveScope turns the arguments jql, project and board into a
//     query. A sprint report has findSprint instead.
//  3. estimation.go: resolveEstimation finds out how the board estimates and
//     which statuses count as done. The estimation then converts Jira's issues
//     to [report.Issue].
//  4. load.go reads the issues and their histories, and cache.go keeps those of
//     closed sprints for a while.
//  5. The handler has package report compute the numbers and copies them into
//     its output: sprint.go, velocity.go, flow.go, workload.go, release.go,
//     standup.go.
//  6. The output writes itself as Markdown, with the numbers that matter first,
//     and shortens its lists with Trim if it is too long. charts.go draws it on
//     request.
//
// For example, jira_workload with {"project":"PAY"} searches with the query
//
//	(project = "PAY") AND statusCategory != Done ORDER BY key
//
// then passes the open issues to [report.NewWorkload] and writes one line for
// each person.
//
// Jira's API does not provide everything that a report needs. The notes of an
// output name the assumptions that it rests on and the data that could not be
// read.
package reports

import (
	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Tools returns all tools of this package.
func Tools() []kit.Tool {
	return kit.Group(newReportTools,
		kit.Define(kit.Spec{
			Name: "jira_sprint_report", Title: "Sprint report", Effect: kit.Read, Toolset: "reports", Default: true,
			Description: "Report a sprint's progress: committed, added, removed, done, left, pace, people, stuck issues, changes since yesterday. The figures are calculated; do not count issues yourself.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpFields, jira.OpBulkChangelogs, jira.OpSearch, jira.OpMyself, jira.OpBulkFetch),
			Optional:    operation.Keys(jira.OpBoards, jira.OpBoard, jira.OpSprints, jira.OpSprint, jira.OpSprintIssues, jira.OpBoardConfiguration, jira.OpStatuses, jira.OpSearchProjects),
		}, (*reportTools).sprint),
		kit.Define(kit.Spec{
			Name: "jira_velocity", Title: "Velocity", Effect: kit.Read, Toolset: "reports",
			Description: "Report how much a board's last closed sprints committed and completed, with average and variation.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpBoards, jira.OpSprints, jira.OpSprintIssues, jira.OpFields, jira.OpBulkChangelogs, jira.OpSearch, jira.OpMyself, jira.OpBulkFetch),
			Optional:    operation.Keys(jira.OpBoard, jira.OpBoardConfiguration, jira.OpStatuses, jira.OpSearchProjects),
		}, (*reportTools).velocity),
		kit.Define(kit.Spec{
			Name: "jira_flow_report", Title: "Flow report", Effect: kit.Read, Toolset: "reports",
			Description: "Report the flow of work in a period: throughput, cycle and lead times, time in status, age of work in progress, created against resolved, and a forecast for open issues.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpSearch, jira.OpBulkFetch, jira.OpBulkChangelogs, jira.OpStatuses, jira.OpMyself),
			Optional:    scopeOperations(),
		}, (*reportTools).flow),
		kit.Define(kit.Spec{
			Name: "jira_workload", Title: "Workload", Effect: kit.Read, Toolset: "reports",
			Description: "Report each person's open work against the team's average, and who has overdue or stuck issues.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpSearch, jira.OpFields, jira.OpMyself, jira.OpStatuses),
			Optional:    scopeOperations(),
		}, (*reportTools).workload),
		kit.Define(kit.Spec{
			Name: "jira_release_report", Title: "Release report", Effect: kit.Read, Toolset: "reports",
			Description: "Report a version's progress: done, left, blocked, at risk and why, by epic.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpVersions, jira.OpSearch, jira.OpFields, jira.OpMyself, jira.OpStatuses),
			Optional:    operation.Keys(jira.OpSearchProjects),
		}, (*reportTools).release),
		kit.Define(kit.Spec{
			Name: "jira_release_notes", Title: "Facts for release notes", Effect: kit.Read, Toolset: "reports",
			Description: "List the issues done in a version, by type and epic, as facts for release notes.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpSearch),
			Optional:    append(query.ExplainOperations(), operation.Keys(jira.OpVersions, jira.OpSearchProjects)...),
		}, (*reportTools).releaseNotes),
		kit.Define(kit.Spec{
			Name: "jira_standup", Title: "Stand-up", Effect: kit.Read, Toolset: "reports",
			Description: "Report, for each person, what they did since the last working day, what they have in progress, and which of it is blocked.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpSearch, jira.OpFields, jira.OpMyself, jira.OpStatuses, jira.OpBulkChangelogs, jira.OpLinkTypes),
			Optional:    scopeOperations(),
		}, (*reportTools).standup),
	)
}

// scopeOperations returns the keys of the operations that resolveScope can call.
func scopeOperations() []string {
	return append(query.ExplainOperations(), operation.Keys(jira.OpBoards, jira.OpBoard, jira.OpBoardConfiguration, jira.OpSearchProjects)...)
}
