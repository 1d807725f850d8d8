package fence

import (
	"context"
)

// Lookup is everything that a [Guard] looks up in Jira. Package jira implements
// it; its requests do not pass the guard again. For a thing that does not exist,
// or that the user cannot see, a method returns an empty result and no error.
type Lookup interface {
	// Projects returns the projects with the given keys that the user can see.
	Projects(ctx context.Context, keys []string) ([]Project, error)
	// IssueProject returns the key of the project that an issue is in now.
	IssueProject(ctx context.Context, keyOrID string) (project string, err error)
	// IssueProjects is IssueProject for up to [MaxIssues] issues in one
	// request. Issues whose key has changed may be missing from the result.
	IssueProjects(ctx context.Context, keysOrIDs []string) ([]Issue, error)
	// Versions and Components return those of one project.
	Versions(ctx context.Context, project string) ([]Item, error)
	Components(ctx context.Context, project string) ([]Item, error)
	// Fields returns the site's fields.
	Fields(ctx context.Context) ([]Field, error)
	// FilterByID and FiltersByName return the saved filters with exactly this
	// id, or exactly this name in any case.
	FilterByID(ctx context.Context, id string) ([]SavedFilter, error)
	FiltersByName(ctx context.Context, name string) ([]SavedFilter, error)
	// HasIssues reports whether a query matches any issue. A query that Jira
	// refuses, since something in it does not exist, matches none.
	HasIssues(ctx context.Context, query string) (bool, error)
	// BoardProject returns the key of the project that a board belongs to, ""
	// for a person's board. It fails with an [*UnavailableError] if a scope or
	// a permission for the agile API is missing.
	BoardProject(ctx context.Context, board string) (project string, err error)
	// SprintBoard returns the id of a sprint's board, and fails as BoardProject
	// does.
	SprintBoard(ctx context.Context, sprint string) (board string, err error)
}

// MaxIssues is how many issues [Lookup.IssueProjects] takes, as many as Jira's
// bulk fetch does (contract, bulkFetchIssues).
const MaxIssues = 100

// Project is a project with its three names.
type Project struct{ Key, ID, Name string }

// Issue is an issue with the key of its project.
type Issue struct{ Key, ID, Project string }

// Item is a version or a component of a project.
type Item struct{ ID, Name string }

// SavedFilter is a saved filter with its query.
type SavedFilter struct{ ID, Name, JQL string }

// Field is a field of the site, with the parts of its schema that tell what its
// values refer to.
type Field struct {
	ID, Name   string
	Names      []string // in queries
	Custom     bool
	Type       string // schema.type
	Items      string // schema.items, of lists
	CustomType string // schema.custom
}

// SprintFieldType is the schema.custom of the field that holds an issue's
// sprints.
const SprintFieldType = "com.pyxis.greenhopper.jira:gh-sprint"

// UnavailableError reports a lookup that Jira does not allow this user or token.
type UnavailableError struct {
	Needs string // the missing scopes, in words
	Err   error
}

// Error implements error.
func (e *UnavailableError) Error() string { return e.Err.Error() }

// Unwrap returns Jira's error.
func (e *UnavailableError) Unwrap() error { return e.Err }
