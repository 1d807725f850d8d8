package jira

import (
	"context"
	"net/http"
)

// Operations on a project's versions and components.
var (
	OpVersions = Operation{
		ID: "getProjectVersions", Document: Platform, Method: http.MethodGet, Path: "/rest/api/3/project/{projectIdOrKey}/versions",
		Scopes:     Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:project-version:jira"}},
		Repeatable: true, Names: []Naming{{KindProject, "path:projectIdOrKey"}}, Answers: AnswerMeta,
	}
	OpComponents = Operation{
		ID: "getProjectComponents", Document: Platform, Method: http.MethodGet, Path: "/rest/api/3/project/{projectIdOrKey}/components",
		Scopes: Scopes{Classic: []string{"read:jira-work"},
			Granular: []string{"read:project:jira", "read:project.component:jira", "read:user:jira", "read:application-role:jira", "read:avatar:jira", "read:group:jira"}},
		Repeatable: true, Names: []Naming{{KindProject, "path:projectIdOrKey"}}, Answers: AnswerMeta,
	}
	OpCreateVersion = Operation{
		ID: "createVersion", Document: Platform, Method: http.MethodPost, Path: "/rest/api/3/version",
		Scopes: versionScopes, Names: []Naming{{KindProject, "body:projectId"}}, Answers: AnswerNothing,
	}
	OpUpdateVersion = Operation{
		ID: "updateVersion", Document: Platform, Method: http.MethodPut, Path: "/rest/api/3/version/{id}",
		Scopes: versionScopes, Names: []Naming{{KindVersion, "path:id"}, {KindVersion, "body:moveUnfixedIssuesTo"}}, Answers: AnswerNothing,
	}
)

var versionScopes = Scopes{Classic: []string{"manage:jira-project"}, Granular: []string{"write:project-version:jira", "read:project-version:jira"}}

// Version is a release of a project.
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

func (v *Version) lacks() string {
	if v.ID == "" {
		return "id"
	}
	return ""
}

// Versions lists a project's versions.
func (c *Client) Versions(ctx context.Context, project string) ([]Version, error) {
	return do[[]Version](ctx, c, call{op: OpVersions, path: []string{project}})
}

// Components lists a project's components.
func (c *Client) Components(ctx context.Context, project string) ([]Named, error) {
	return do[[]Named](ctx, c, call{op: OpComponents, path: []string{project}})
}

// CreateVersion makes a version, from members of Jira's Version: projectId (a
// number), name, description, startDate, releaseDate.
func (c *Client) CreateVersion(ctx context.Context, members map[string]any) (Version, error) {
	return do[Version](ctx, c, call{op: OpCreateVersion, body: members})
}

// UpdateVersion changes what is named of a version; moveUnfixedIssuesTo, the
// address of another, takes its open issues there.
func (c *Client) UpdateVersion(ctx context.Context, id string, members map[string]any) (Version, error) {
	return do[Version](ctx, c, call{op: OpUpdateVersion, path: []string{id}, body: members})
}
