package names

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

// sprint finds an open or future sprint by number or name. Jira takes the
// number alone; names are read off the project's issues, which needs no scope
// of the agile API.
func (n *Names) sprint(ctx context.Context, f jira.FieldMeta, project, given string) (int64, error) {
	if id, err := strconv.ParseInt(given, 10, 64); err == nil && id > 0 {
		return id, nil
	}
	query := "(sprint in openSprints() OR sprint in futureSprints())"
	if project != "" {
		query = "project = " + jql.Quote(project) + " AND " + query
	}
	issues, err := jira.Collect(n.jira.SearchIssues(ctx, jira.Search{JQL: query, Fields: []string{f.ID}, Limit: 100}), 300)
	if err != nil {
		return 0, err
	}
	type sprint struct {
		ID    int64  `json:"id"`
		Name  string `json:"name"`
		State string `json:"state"`
	}
	var names []string
	for _, issue := range issues {
		list, _ := jira.Value[[]sprint](issue.Fields, f.ID)
		for _, s := range list {
			if s.State == "closed" {
				continue
			}
			if strings.EqualFold(s.Name, strings.TrimSpace(given)) {
				return s.ID, nil
			}
			names = append(names, fmt.Sprintf("%s (%s, number %d)", s.Name, s.State, s.ID))
		}
	}
	return 0, &UnknownError{Kind: "open or future sprint", Given: given, Allowed: Unique(names)}
}
