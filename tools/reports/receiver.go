package reports

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
)

// reportTools has the handlers of all report tools, for one Jira user.
type reportTools struct {
	env.Env
	// closedSprints keeps the issues of closed sprints between calls.
	closedSprints *sprintCache
}

// newReportTools returns the report tools of one Jira user, with an empty cache
// that is dropped when the user's credential changes.
func newReportTools(e env.Env) *reportTools {
	return &reportTools{e, newSprintCache(e.Now, e.Jira.CredentialGeneration)}
}

// zoneAndEstimation returns the user's time zone and the estimation of a board,
// which are read at the same time.
func (r *reportTools) zoneAndEstimation(ctx context.Context, board jira.Board) (zone *time.Location, y *estimation, err error) {
	err = jira.InParallel(ctx,
		func(ctx context.Context) (err error) { zone, err = r.ShownZone(ctx); return err },
		func(ctx context.Context) (err error) { y, err = resolveEstimation(ctx, r.Env, board); return err })
	return zone, y, err
}

// recentSince returns the start of recent changes: the argument since, or else
// one working day ago.
func (r *reportTools) recentSince(since string, zone *time.Location) (time.Time, error) {
	if since == "" || strings.EqualFold(since, "yesterday") {
		return teamCalendar(r.Env, zone).WorkingDaysBefore(r.Now(), 1), nil
	}
	m, err := names.ParseMoment(since, r.Now().In(zone), names.Past)
	if err != nil {
		return time.Time{}, fmt.Errorf("since: %w", err)
	}
	return m.At, nil
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
