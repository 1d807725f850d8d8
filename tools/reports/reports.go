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
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/agile"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// reportTools has the handlers of all report tools, for one Jira user.
type reportTools struct {
	env.Env
	// closedSprints keeps the issues of closed sprints between calls.
	closedSprints *sprintCache
}

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

// newReportTools returns the report tools of one Jira user, with an empty cache
// that is dropped when the user's credential changes.
func newReportTools(e env.Env) *reportTools {
	return &reportTools{e, newSprintCache(e.Now, e.Jira.CredentialGeneration)}
}

// teamCalendar returns the team's calendar in a time zone: the configured one,
// or Monday to Friday without holidays.
func teamCalendar(d env.Env, zone *time.Location) report.Calendar {
	if d.Calendar == nil {
		return report.WorkWeek(zone)
	}
	c := *d.Calendar
	c.Zone = zone
	return c
}

// sprintReportInput holds the arguments of jira_sprint_report.
type sprintReportInput struct {
	Board   string `json:"board,omitempty" doc:"name or number" loose:"true" min:"1"`
	Project string `json:"project,omitempty" doc:"or its project"`
	Sprint  string `json:"sprint,omitempty" doc:"name, number, current, next or last" loose:"true" min:"1"`
	Since   string `json:"since,omitempty" doc:"start of recent changes, 2026-01-31T14:30; default: a working day ago"`
	chartOption
}

// staleWorkingDays is the number of working days without a change after which
// an open issue of a sprint is reported as untouched.
const staleWorkingDays = 5

// sprint handles jira_sprint_report. The period of the recent events begins at
// the argument since, or else one working day ago.
func (r *reportTools) sprint(ctx context.Context, in sprintReportInput) (*sprintReportOutput, error) {
	zone, err := r.Zone(ctx)
	if err != nil {
		return nil, err
	}
	since := teamCalendar(r.Env, zone).WorkingDaysBefore(r.Now(), 1)
	if in.Since != "" && !strings.EqualFold(in.Since, "yesterday") {
		m, err := names.ParseMoment(in.Since, r.Now().In(zone), names.Past)
		if err != nil {
			return nil, fmt.Errorf("since: %w", err)
		}
		since = m.At
	}
	board, s, notes, err := r.findSprint(ctx, in.Board, in.Project, in.Sprint)
	if err != nil {
		return nil, err
	}
	q, stand, unit, more, err := r.computeSprint(ctx, board, s, since)
	if err != nil {
		return nil, err
	}
	out := newSprintReportOutput(board, q, stand, unit, zone)
	out.Notes = append(append(notes, more...), out.Notes...)
	// The planned start replaces the one that computeSprint assumed.
	if s.State == "future" {
		out.Sprint.Start = agile.NewSprintView(s, zone).Start
	}
	switch {
	case !in.Chart:
	case q.Sprint.State == "future":
		out.Notes = append(out.Notes, "A sprint that has not started has no burndown.")
	default:
		err = out.addChart(drawBurndown(q, stand, unit))
	}
	return out, err
}

// findSprint finds the board and the sprint that the arguments name.
//
// Reading boards needs scopes of Jira Software, which a token can lack, and
// permissions, which a user can lack. If the project is given, the sprint is then
// chosen from those in the sprint fields of the project's issues. In that case
// the board is the zero value, and notes says what is unknown without it: its
// columns, its estimates and its other projects. A board that the call names and
// that does not exist is an error.
func (r *reportTools) findSprint(ctx context.Context, board, project, sprint string) (b jira.Board, s jira.Sprint, notes []string, err error) {
	b, err = agile.FindBoardOf(ctx, r.Env, sprint, board, project)
	if err == nil {
		s, err = r.Names.SprintOf(ctx, b.ID, sprint)
		if err == nil {
			return b, s, nil, nil
		}
		err = agile.ExplainNoSprints(err, b)
	}
	if !jira.IsNoAccess(err) || project == "" || board != "" && jira.IsStatus(err, http.StatusNotFound) {
		return b, s, nil, err
	}
	why := err
	key, err := agile.ProjectKey(ctx, r.Env, project)
	if err != nil {
		return b, s, nil, err
	}
	if sprint == "" {
		sprint = "current"
	}
	known, err := r.Names.IssueSprints(ctx, key)
	if err != nil {
		return b, s, nil, err
	}
	if s, err = names.ChooseSprint(known, sprint); err != nil {
		return b, s, nil, fmt.Errorf("%w The board could not be read: %w", err, why)
	}
	notes = []string{"Based on the sprint fields of issues, because the board could not be read (" + why.Error() + "). Its columns, estimates and other projects are not known."}
	return jira.Board{}, s, notes, err
}

// computeSprint computes the report of a sprint. It returns the input, the
// report, the unit of the estimates ("" if issues are counted) and notes on the
// data. The issues of a closed sprint come from the cache if possible; events
// are listed from since on.
//
// A future sprint is computed as if it started now, so that its planned issues
// are its committed ones.
func (r *reportTools) computeSprint(ctx context.Context, board jira.Board, s jira.Sprint, since time.Time) (report.SprintInput, *report.SprintReport, string, []string, error) {
	data, y, err := r.closedSprints.get(ctx, board, s, func(ctx context.Context) (*sprintData, *estimation, error) {
		y, err := resolveEstimation(ctx, r.Env, board)
		if err != nil {
			return nil, nil, err
		}
		data, err := loadSprint(ctx, r.Env, y, board, s)
		return data, y, err
	})
	if err != nil {
		return report.SprintInput{}, nil, "", nil, err
	}
	zone, err := r.Zone(ctx)
	if err != nil {
		return report.SprintInput{}, nil, "", nil, err
	}
	q := report.SprintInput{Sprint: sprintInfo(s), Issues: data.issues, IsDone: y.isDone, Calendar: teamCalendar(r.Env, zone), Now: r.Now(), Since: since, StaleDays: staleWorkingDays}
	notes := slices.Concat(y.history.notes(), y.notes, data.notes)
	if q.Sprint.State == "future" { // the planned issues are the committed ones
		q.Sprint.Start = q.Now
	}
	stand, unit := report.NewSprintReport(q), y.unit
	if !stand.Days.ByPoints { // no issue has an estimate
		unit = ""
	}
	return q, stand, unit, notes, nil
}
