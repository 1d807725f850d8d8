package query

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// HintProjects adds where to look when a project is not found.
func HintProjects(err error) error {
	if jira.IsStatus(err, http.StatusNotFound) || jira.IsStatus(err, http.StatusBadRequest) && strings.Contains(err.Error(), "No project could be found") {
		return fmt.Errorf("no such project, or this server's user may not see it; jira_list_projects lists those it sees (%w)", err)
	}
	return err
}
