package query

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// ExplainMissingProject adds to the error of a project that was not found which
// tool lists projects. Jira reports it as 404 or 400 with a message; a 404 without
// it says that something else is missing, such as the path.
func ExplainMissingProject(err error) error {
	if (jira.IsStatus(err, http.StatusNotFound) || jira.IsStatus(err, http.StatusBadRequest)) && strings.Contains(err.Error(), "No project could be found") {
		return fmt.Errorf("no such project is visible to this server's user; jira_list_projects lists the visible ones (%w)", err)
	}
	return err
}
