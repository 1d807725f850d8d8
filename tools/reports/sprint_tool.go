package reports

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/agile"
)

// sprintReportInput holds the arguments of jira_sprint_report.
type sprintReportInput struct {
	Board   string `json:"board,omitempty" doc:"name or number" loose:"true" min:"1"`
	Project string `json:"project,omitempty" doc:"or its project"`
	Sprint  string `json:"sprint,omitempty" doc:"name, number, current, next or last" loose:"true" min:"1"`
	Since   string `json:"since,omitempty" doc:"start of recent changes, 2026-01-31T14:30; default: a working day ago"`
	// List names figures whose issues are listed, and parts that are shown in
	// full: see figures and [sprintReportOutput.limit].
	List []string `json:"list,omitempty" enum:"committed,added,removed,completed,open,cancelled,carried_in,carried_over,completed_outside,people,types,epics,attention,scope,events" also:"not_done=open,left=open,done=completed,outside=completed_outside,canceled=cancelled,carried over=carried_over" doc:"name the issues of a figure, or show a part in full"`
	chartOption
}

// staleWorkingDays is the number of working days without a change after which
// an open issue of a sprint is reported as untouched.
const staleWorkingDays = 5

// sprint handles jira_sprint_report. The period of the recent events begins at
// the argument since, or else one working day ago.
func (r *reportTools) sprint(ctx context.Context, in sprintReportInput) (*sprintReportOutput, error) {
	var zone *time.Location
	var found *foundSprint
	err := jira.InParallel(ctx,
		func(ctx context.Context) (err error) { zone, err = r.ShownZone(ctx); return err },
		func(ctx context.Context) (err error) {
			found, err = r.findSprint(ctx, in.Board, in.Project, in.Sprint)
			return err
		})
	if err != nil {
		return nil, err
	}
	since, err := r.recentSince(in.Since, zone)
	if err != nil {
		return nil, err
	}
	board, s, notes := found.board, found.sprint, found.notes
	q, stand, unit, more, err := r.computeSprint(ctx, found, since)
	if err != nil {
		return nil, err
	}
	out := newSprintReportOutput(board, q, stand, unit, zone, in.List)
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

// foundSprint is the sprint that the arguments of a report name.
type foundSprint struct {
	board      jira.Board // the zero value if it could not be read
	sprint     jira.Sprint
	estimation *estimation // of the board; nil if it is not known yet
	notes      []string    // what is unknown without the board
}

// findSprint finds the board and the sprint that the arguments name.
//
// Reading boards needs scopes of Jira Software, which a token can lack, and
// permissions, which a user can lack. If the project is given, the sprint is then
// chosen from those in the sprint fields of the project's issues. In that case
// notes says what is unknown without the board: its columns, its estimates and
// its other projects. A board that the call names and that does not exist is an
// error.
func (r *reportTools) findSprint(ctx context.Context, board, project, sprint string) (*foundSprint, error) {
	found, err := r.findOnBoard(ctx, board, project, sprint)
	if !jira.IsNoAccess(err) || project == "" || board != "" && jira.IsStatus(err, http.StatusNotFound) {
		return found, err
	}
	why := err
	key, err := agile.ProjectKey(ctx, r.Env, project)
	if err != nil {
		return nil, err
	}
	if sprint == "" {
		sprint = "current"
	}
	known, err := r.Names.IssueSprints(ctx, key)
	if err != nil {
		return nil, err
	}
	s, err := names.ChooseSprint(known, sprint)
	if err != nil {
		return nil, fmt.Errorf("%w The board could not be read: %w", err, why)
	}
	return &foundSprint{sprint: s, notes: []string{"Based on the sprint fields of issues, because the board could not be read (" + why.Error() + "). Its columns, estimates and other projects are not known."}}, nil
}

// findOnBoard finds the sprint on a board. The board's estimation, which the
// report needs next, is read at the same time.
func (r *reportTools) findOnBoard(ctx context.Context, board, project, sprint string) (*foundSprint, error) {
	b, err := agile.FindBoardOf(ctx, r.Env, sprint, board, project)
	if err != nil {
		return nil, err
	}
	out := &foundSprint{board: b}
	var notFound, unread error
	jira.Together(
		func() { out.sprint, notFound = r.Names.SprintOf(ctx, b.ID, sprint) },
		func() {
			if b.HasSprints() { // otherwise the other question ends in an error
				out.estimation, unread = resolveEstimation(ctx, r.Env, b)
			}
		})
	if notFound != nil {
		return nil, agile.ExplainNoSprints(notFound, b)
	}
	return out, unread
}

// computeSprint computes the report of a sprint. It returns the input, the
// report, the unit of the estimates ("" if issues are counted) and notes on the
// data. The issues of a closed sprint come from the cache if possible; events
// are listed from since on.
//
// A future sprint is computed as if it started now, so that its planned issues
// are its committed ones.
func (r *reportTools) computeSprint(ctx context.Context, found *foundSprint, since time.Time) (report.SprintInput, *report.SprintReport, string, []string, error) {
	board, s := found.board, found.sprint
	data, y, err := r.closedSprints.get(ctx, board, s, func(ctx context.Context) (_ *sprintData, _ *estimation, err error) {
		y := found.estimation
		if y == nil {
			if y, err = resolveEstimation(ctx, r.Env, board); err != nil {
				return nil, nil, err
			}
		}
		data, err := loadSprint(ctx, r.Env, y, board, s)
		return data, y, err
	})
	if err != nil {
		return report.SprintInput{}, nil, "", nil, err
	}
	zone, err := r.ShownZone(ctx)
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
