package query

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// quotedKey matches a project's key in a message, in any language.
var quotedKey = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`'[A-Z][A-Z0-9_]+'`) })

// ExplainMissingProject adds to the error of a project that was not found which
// tool lists projects. Jira reports it as 404 or 400 with a message that quotes the
// key, or says "No project could be found"; a 404 without it says that something
// else is missing, such as the path.
func ExplainMissingProject(err error) error {
	isMissing := jira.IsStatus(err, http.StatusBadRequest) && strings.Contains(err.Error(), "No project could be found") ||
		jira.IsStatus(err, http.StatusNotFound) && (strings.Contains(err.Error(), "No project could be found") || quotedKey().MatchString(err.Error()))
	if isMissing {
		return fmt.Errorf("no such project is visible to this server's user; jira_list_projects lists the visible ones (%w)", err)
	}
	return err
}
