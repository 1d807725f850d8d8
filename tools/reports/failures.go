package reports

import (
	"net/http"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// isFailure reports whether err makes a report fail. A missing scope, and Jira's
// status 403 or 404, only mean that this server's user may not read something;
// the report then goes on without it.
func isFailure(err error) bool {
	return err != nil && !jira.IsMissingScope(err) && !jira.IsStatus(err, http.StatusForbidden) && !jira.IsStatus(err, http.StatusNotFound)
}
