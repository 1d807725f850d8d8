package reports

import (
	"time"

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
