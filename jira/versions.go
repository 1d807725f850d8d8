package jira

import (
	"context"
	"net/http"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on a project's versions and components.
var (
	OpVersions = operation.Operation{
		ID: "getProjectVersions", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/project/{projectIdOrKey}/versions",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:project-version:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindProject, At: "path:projectIdOrKey"}}, Answers: operation.AnswerMeta,
	}
	OpComponents = operation.Operation{
		ID: "getProjectComponents", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/project/{projectIdOrKey}/components",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"},
			Granular: []string{"read:project:jira", "read:project.component:jira", "read:user:jira", "read:application-role:jira", "read:avatar:jira", "read:group:jira"}},
		Names: []operation.Reference{{Kind: operation.KindProject, At: "path:projectIdOrKey"}}, Answers: operation.AnswerMeta,
	}
	OpCreateVersion = operation.Operation{
		ID: "createVersion", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/version",
		Scopes: versionScopes, Names: []operation.Reference{{Kind: operation.KindProject, At: "body:projectId"}}, Answers: operation.AnswerNothing,
	}
	OpUpdateVersion = operation.Operation{
		ID: "updateVersion", Document: operation.Platform, Method: http.MethodPut, Path: "/rest/api/3/version/{id}",
		Scopes: versionScopes, Names: []operation.Reference{{Kind: operation.KindVersion, At: "path:id"}, {Kind: operation.KindVersion, At: "body:moveUnfixedIssuesTo"}}, Answers: operation.AnswerNothing,
	}
)

// versionScopes are the scopes for creating and changing versions.
var versionScopes = operation.Scopes{Classic: []string{"manage:jira-project"}, Granular: []string{"write:project-version:jira", "read:project-version:jira"}}

// Version is a version (release) of a project.
type Version struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Released    bool   `json:"released"`
	Archived    bool   `json:"archived"`
	StartDate   string `json:"startDate"` // 2026-01-31
	ReleaseDate string `json:"releaseDate"`
	Self        string `json:"self"`
	ProjectID   int64  `json:"projectId"`
}

// listedVersion is a version in a list, which has to say whether it is released.
type listedVersion struct {
	Version
	Released *bool `json:"released"`
}

// Versions returns the versions of a project.
func (c *Client) Versions(ctx context.Context, project string) ([]Version, error) {
	list, err := do[[]listedVersion](ctx, c, request{op: OpVersions, path: []string{project}})
	var out []Version
	for _, v := range list {
		v.Version.Released = *v.Released
		out = append(out, v.Version)
	}
	return out, err
}

// Components returns the components of a project.
func (c *Client) Components(ctx context.Context, project string) ([]Named, error) {
	return do[[]Named](ctx, c, request{op: OpComponents, path: []string{project}})
}

// CreateVersion creates a version. members are members of Jira's Version:
// projectId (a number), name, description, startDate, releaseDate.
func (c *Client) CreateVersion(ctx context.Context, members map[string]any) (Version, error) {
	return do[Version](ctx, c, request{op: OpCreateVersion, body: members})
}

// UpdateVersion changes the given members of a version. The member
// moveUnfixedIssuesTo, the address of another version, moves the open issues
// there.
func (c *Client) UpdateVersion(ctx context.Context, id string, members map[string]any) (Version, error) {
	return do[Version](ctx, c, request{op: OpUpdateVersion, path: []string{id}, body: members})
}
