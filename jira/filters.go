package jira

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// OpFilters searches saved filters.
var OpFilters = operation.Operation{
	ID: "getFiltersPaginated", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/filter/search",
	Scopes: operation.Scopes{Classic: []string{"read:jira-work"},
		Granular: []string{"read:filter:jira", "read:group:jira", "read:project:jira", "read:project-role:jira", "read:user:jira", "read:jql:jira",
			"read:application-role:jira", "read:avatar:jira", "read:issue-type-hierarchy:jira"}},
	Answers: operation.AnswerSite,
}

// SavedFilter is a query that somebody saved under a name.
type SavedFilter struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	JQL   string `json:"jql"` // empty behind a fence: it may name things outside
	Owner *User  `json:"owner"`
}

// filterPage is a page of saved filters.
type filterPage struct {
	Filters []SavedFilter `json:"values"`
	startEnd
}

func (p *filterPage) isEmpty() bool { return len(p.Filters) == 0 }

// filterPageSize is the page size of a request.
const filterPageSize = 50

// FindFilters returns at most max saved filters that the caller can see and
// whose name contains name. Behind a fence it returns only filters that may
// match something inside, and without their queries.
func (c *Client) FindFilters(ctx context.Context, name string, max int) ([]SavedFilter, error) {
	seq := itemsByStart(ctx, func(f SavedFilter) string { return f.ID }, func(ctx context.Context, start int) ([]SavedFilter, startEnd, error) {
		q := url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {strconv.Itoa(filterPageSize)}, "expand": {"jql,owner"}, "orderBy": {"name"}}
		if name = strings.TrimSpace(name); name != "" {
			q.Set("filterName", name)
			q.Set("isSubstringMatch", "true")
		}
		page, err := do[filterPage](ctx, c, request{op: OpFilters, query: q})
		return page.Filters, page.startEnd, err
	})
	var out []SavedFilter
	for f, err := range seq {
		if err != nil {
			return nil, err
		}
		if c.guard != nil {
			inside, err := c.guard.IsFilterInside(ctx, f.ID, callOf(ctx).issues)
			if err != nil {
				return nil, err
			}
			if !inside {
				continue
			}
			f.JQL = ""
		}
		if out = append(out, f); len(out) == max {
			break
		}
	}
	return out, nil
}
