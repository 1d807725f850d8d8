package jira

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on projects and permissions.
var (
	OpSearchProjects = operation.Operation{
		ID: "searchProjects", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/project/search",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"},
			Granular: []string{"read:issue-type:jira", "read:project:jira", "read:project.property:jira", "read:user:jira",
				"read:application-role:jira", "read:avatar:jira", "read:group:jira", "read:issue-type-hierarchy:jira",
				"read:project-category:jira", "read:project-version:jira", "read:project.component:jira"}},
		Names: []operation.Reference{{Kind: operation.KindProjectList, At: "query:keys"}}, Answers: operation.AnswerProjects,
	}
	OpMyPermissions = operation.Operation{
		ID: "getMyPermissions", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/mypermissions",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:permission:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindProject, At: "query:projectKey"}, {Kind: operation.KindIssue, At: "query:issueKey"}}, Answers: operation.AnswerSite,
	}
	OpCheckPermissions = operation.Operation{
		ID: "getBulkPermissions", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/permissions/check",
		Scopes:   operation.Scopes{Granular: []string{"read:permission:jira"}},
		ReadOnly: true, Names: []operation.Reference{{Kind: operation.KindProject, At: "body:projectPermissions"}}, Answers: operation.AnswerProjects,
	}
)

// Project is a project that the caller can see.
type Project struct {
	ID       string `json:"id"`
	Key      string `json:"key"`
	Name     string `json:"name"`
	Type     string `json:"projectTypeKey"` // software, service_desk or business
	Style    string `json:"style"`          // classic (company-managed) or next-gen (team-managed)
	Archived bool   `json:"archived"`
}

// ProjectPage is a page of projects.
type ProjectPage struct {
	Projects []Project `json:"values"`
	StartAt  int       `json:"startAt"`
	Total    int       `json:"total"`
	IsLast   bool      `json:"isLast"`
}

func (p *ProjectPage) isEmpty() bool { return len(p.Projects) == 0 }

// SearchProjects returns a page of the projects whose key or name contains
// query, ordered by key. Jira returns at most 50 in a page.
func (c *Client) SearchProjects(ctx context.Context, query string, startAt, limit int) (ProjectPage, error) {
	q := url.Values{"startAt": {strconv.Itoa(startAt)}, "maxResults": {strconv.Itoa(limit)}, "orderBy": {"key"}}
	if query != "" {
		q.Set("query", query)
	}
	return do[ProjectPage](ctx, c, request{op: OpSearchProjects, query: q})
}

// PermissionGrant lists those of the requested projects in which the caller has
// a permission.
type PermissionGrant struct {
	Permission string  `json:"permission"` // CREATE_ISSUES, ADD_COMMENTS …
	Projects   []int64 `json:"projects"`   // project ids
}

// permissionGrants is the answer to getBulkPermissions.
type permissionGrants struct {
	Grants []PermissionGrant `json:"projectPermissions"`
}

func (g *permissionGrants) isEmpty() bool { return len(g.Grants) == 0 }

// CheckPermissions returns, in one request, in which of the projects the caller
// has which of the permissions.
func (c *Client) CheckPermissions(ctx context.Context, permissions []string, projectIDs []int64) ([]PermissionGrant, error) {
	body := map[string]any{"projectPermissions": []any{map[string]any{"permissions": permissions, "projects": projectIDs}}}
	out, err := do[permissionGrants](ctx, c, request{op: OpCheckPermissions, body: body})
	return out.Grants, err
}

// myPermissions is the answer to getMyPermissions, by permission.
type myPermissions struct {
	Permissions map[string]struct {
		Have *bool `json:"havePermission"`
	} `json:"permissions"`
}

// isEmpty reports whether a permission is missing: that is also Jira's answer
// to an anonymous caller.
func (p *myPermissions) isEmpty() bool {
	for _, permission := range p.Permissions {
		if permission.Have == nil || !*permission.Have {
			return true
		}
	}
	return false
}

// MyPermissions reports which of the permissions the caller has in a project,
// or in any project if project is empty (contract, getMyPermissions). Permissions
// that the answer leaves out are not in the result; they may be granted. It trusts
// an answer that refuses a permission only if Jira knows the caller.
func (c *Client) MyPermissions(ctx context.Context, permissions []string, project string) (map[string]bool, error) {
	q := url.Values{}
	if project != "" {
		q.Set("projectKey", project)
	}
	return c.permissions(ctx, permissions, q)
}

// PermissionsOn reports which of the permissions the caller has for an issue,
// as [Client.MyPermissions] does for a project.
func (c *Client) PermissionsOn(ctx context.Context, permissions []string, issueKey string) (map[string]bool, error) {
	return c.permissions(ctx, permissions, url.Values{"issueKey": {issueKey}})
}

// permissions reports which of the permissions the caller has in the context of
// q. A permission that the answer leaves out is not in the result.
func (c *Client) permissions(ctx context.Context, permissions []string, q url.Values) (map[string]bool, error) {
	q.Set("permissions", strings.Join(permissions, ","))
	answer, err := do[myPermissions](ctx, c, request{op: OpMyPermissions, query: q})
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, p := range permissions {
		if known, ok := answer.Permissions[p]; ok && known.Have != nil {
			out[p] = *known.Have
		}
	}
	return out, nil
}
