package jira

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations that search users.
var (
	OpFindUsers = operation.Operation{
		ID: "findUsers", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/user/search",
		Scopes: operation.Scopes{Classic: []string{"read:jira-user"},
			Granular: []string{"read:user:jira", "read:user.property:jira", "read:application-role:jira", "read:avatar:jira", "read:group:jira"}},
		Names: []operation.Reference{{Kind: operation.KindUsers, At: "query:query"}}, Answers: operation.AnswerUsers,
	}
	OpFindAssignable = operation.Operation{
		ID: "findAssignableUsers", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/user/assignable/search",
		Scopes: operation.Scopes{Classic: []string{"read:jira-user"},
			Granular: []string{"read:issue:jira", "read:project:jira", "read:user:jira", "read:application-role:jira", "read:avatar:jira", "read:group:jira"}},
		Names: []operation.Reference{{Kind: operation.KindUsers, At: "query:query"}, {Kind: operation.KindProject, At: "query:project"}}, Answers: operation.AnswerUsers,
	}
)

// OpFindInProjects searches users who can be assigned issues in at least one of
// some projects. Behind a fence it takes the place of OpFindUsers.
var OpFindInProjects = operation.Operation{
	ID: "findBulkAssignableUsers", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/user/assignable/multiProjectSearch",
	Scopes: operation.Scopes{Classic: []string{"read:jira-user"},
		Granular: []string{"read:project:jira", "read:user:jira", "read:application-role:jira", "read:avatar:jira", "read:group:jira"}},
	Names: []operation.Reference{{Kind: operation.KindUsers, At: "query:query"}, {Kind: operation.KindProject, At: "query:projectKeys"}}, Answers: operation.AnswerUsers,
}

// FindUsers returns users by the beginning of their name or by e-mail address,
// as far as their profile shows it. Behind a fence it returns only users who
// can be assigned issues in its projects.
func (c *Client) FindUsers(ctx context.Context, query string, limit int) ([]User, error) {
	if c.guard != nil {
		seen, _, err := c.VisibleProjects(ctx)
		if err != nil || len(seen) == 0 {
			return nil, err
		}
		return atMost(limit)(do[[]foundUser](ctx, c, request{op: OpFindInProjects,
			query: url.Values{"query": {query}, "projectKeys": {strings.Join(seen, ",")}, "maxResults": {strconv.Itoa(MaxUsers)}}}))
	}
	return atMost(limit)(do[[]foundUser](ctx, c, request{op: OpFindUsers,
		query: url.Values{"query": {query}, "maxResults": {strconv.Itoa(limit)}}}))
}

// FindAssignable is FindUsers among the users who can be assigned issues in a
// project.
func (c *Client) FindAssignable(ctx context.Context, project, query string, limit int) ([]User, error) {
	return atMost(limit)(do[[]foundUser](ctx, c, request{op: OpFindAssignable,
		query: url.Values{"project": {project}, "query": {query}, "maxResults": {strconv.Itoa(MaxUsers)}}}))
}

// MaxUsers is the greatest number of users that Jira looks through (contract,
// findUsers: "up to the thousandth user"). Jira applies the limit of a request
// before it filters for assignable users (contract, findAssignableUsers), so a
// smaller one would lose people.
const MaxUsers = 1000

// foundUser is a user in an answer that has to say whether the account is active:
// otherwise an absent member would look like a deactivated account.
type foundUser struct {
	User
	Active *bool `json:"active"`
}

// atMost returns a function that keeps so many users of an answer.
func atMost(limit int) func([]foundUser, error) ([]User, error) {
	return func(list []foundUser, err error) ([]User, error) {
		if err != nil {
			return nil, err
		}
		var out []User
		for _, f := range list[:min(len(list), limit)] {
			f.User.Active, f.DisplayName = *f.Active, cmp.Or(f.DisplayName, f.AccountID)
			out = append(out, f.User)
		}
		return out, nil
	}
}
