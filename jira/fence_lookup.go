package jira

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// fenceLookup implements [fence.Lookup] with a client. Its requests do not pass
// the fence again. Callers see only the fence's decision, never the answers.
type fenceLookup struct{ *Client }

// FenceOperations returns the operations that a client behind a fence calls in
// order to check the given ones, so that scopes can be computed. Operations are
// given by key. requires are the operations without which a tool does not work;
// they may send the caller's text, such as a query. may are the tool's optional
// operations; they send only the tool's own values, which name no version,
// component or filter.
//
// Without one of the optional operations, the fence refuses some queries and
// writes that are inside. The replaced operations are not called: the fence
// calls others in their place.
func FenceOperations(requires, may []string) (required, optional, replaced []operation.Operation) {
	all := slices.Concat(requires, may)
	holds := func(keys []string, like func(operation.Operation) bool) bool {
		return slices.ContainsFunc(Operations(), func(op operation.Operation) bool { return slices.Contains(keys, op.Key()) && like(op) })
	}
	names := func(keys []string, kinds ...operation.Kind) bool {
		return holds(keys, func(op operation.Operation) bool { return slices.ContainsFunc(kinds, op.HasKind) })
	}
	required = []operation.Operation{OpSearchProjects}
	if holds(all, func(op operation.Operation) bool {
		return op.HasKind(operation.KindIssue) && !op.ReturnsProject() || op.HasKind(operation.KindBulkMove) || op.HasKind(operation.KindLink)
	}) {
		required = append(required, OpGetIssue, OpBulkFetch) // for one issue, or several
	}
	if names(all, operation.KindVersion) {
		required = append(required, OpVersions)
	}
	if names(all, operation.KindBoard, operation.KindSprint) {
		optional = append(optional, OpBoard)
	}
	if names(all, operation.KindSprint) {
		optional = append(optional, OpSprint)
	}
	if names(all, operation.KindJQL) {
		optional = append(optional, OpGetIssue, OpSearch)
	}
	if names(requires, operation.KindJQL) {
		optional = append(optional, OpVersions, OpComponents, OpFilters)
	}
	if names(all, operation.KindFields, operation.KindNewFields, operation.KindNewIssues) {
		optional = append(optional, OpGetIssue, OpBulkFetch, OpSearch, OpFields, OpSprint, OpBoard)
	}
	if slices.Contains(all, OpFindUsers.Key()) {
		optional, replaced = append(optional, OpFindInProjects), append(replaced, OpFindUsers)
	}
	return required, optional, replaced
}

// Projects implements [fence.Lookup].
func (l fenceLookup) Projects(ctx context.Context, keys []string) ([]fence.Project, error) {
	page, err := do[ProjectPage](ctx, l.Client, request{op: OpSearchProjects, query: url.Values{"keys": keys, "maxResults": {strconv.Itoa(fence.MaxProjects)}}, exempt: true})
	var out []fence.Project
	for _, p := range page.Projects {
		out = append(out, fence.Project{Key: p.Key, ID: p.ID, Name: p.Name})
	}
	return out, err
}

// IssueProject implements [fence.Lookup].
func (l fenceLookup) IssueProject(ctx context.Context, keyOrID string) (string, error) {
	found, err := do[Issue](ctx, l.Client, request{op: OpGetIssue, path: []string{strings.TrimSpace(keyOrID)}, query: url.Values{"fields": {"project"}}, exempt: true})
	if err != nil && !IsStatus(err, http.StatusNotFound) {
		return "", err
	}
	p, _ := Value[ProjectRef](found.Fields, "project")
	return p.Key, nil
}

// IssueProjects implements [fence.Lookup].
func (l fenceLookup) IssueProjects(ctx context.Context, keysOrIDs []string) ([]fence.Issue, error) {
	body := map[string]any{"issueIdsOrKeys": keysOrIDs, "fields": []string{"project"}}
	page, err := do[BulkFetch](ctx, l.Client, request{op: OpBulkFetch, body: body, exempt: true})
	var out []fence.Issue
	for _, i := range page.Issues {
		p, _ := Value[ProjectRef](i.Fields, "project")
		out = append(out, fence.Issue{Key: i.Key, ID: i.ID, Project: p.Key})
	}
	return out, err
}

// Versions implements [fence.Lookup].
func (l fenceLookup) Versions(ctx context.Context, project string) ([]fence.Item, error) {
	return fenceItems[listedVersion](ctx, l, OpVersions, project)
}

// Components implements [fence.Lookup].
func (l fenceLookup) Components(ctx context.Context, project string) ([]fence.Item, error) {
	return fenceItems[Named](ctx, l, OpComponents, project)
}

// fenceItems returns the versions or components of a project; none if Jira does
// not find the project.
func fenceItems[T interface{ item() fence.Item }](ctx context.Context, l fenceLookup, op operation.Operation, project string) ([]fence.Item, error) {
	list, err := do[[]T](ctx, l.Client, request{op: op, path: []string{project}, exempt: true})
	if err != nil && !IsStatus(err, http.StatusNotFound) {
		return nil, err
	}
	var out []fence.Item
	for _, n := range list {
		out = append(out, n.item())
	}
	return out, nil
}

func (v Version) item() fence.Item { return fence.Item{ID: v.ID, Name: v.Name} }
func (n Named) item() fence.Item   { return fence.Item{ID: n.ID, Name: n.Name} }

// Fields implements [fence.Lookup].
func (l fenceLookup) Fields(ctx context.Context) ([]fence.Field, error) {
	list, err := do[[]Field](ctx, l.Client, request{op: OpFields, exempt: true})
	var out []fence.Field
	for _, f := range list {
		out = append(out, fence.Field{ID: f.ID, Name: f.Name, Names: f.Names, Custom: f.Custom, Type: f.Schema.Type, Items: f.Schema.Items, CustomType: f.Schema.Custom})
	}
	return out, err
}

// FilterByID implements [fence.Lookup].
func (l fenceLookup) FilterByID(ctx context.Context, id string) ([]fence.SavedFilter, error) {
	return l.filters(ctx, id, url.Values{"id": {id}})
}

// FiltersByName implements [fence.Lookup].
func (l fenceLookup) FiltersByName(ctx context.Context, name string) ([]fence.SavedFilter, error) {
	return l.filters(ctx, name, url.Values{"filterName": {name}, "isSubstringMatch": {"true"}})
}

// maxFilterPages is how many pages of filters are read for one name at most.
const maxFilterPages = 10

// filters returns the filters whose id or name is nameOrID. Jira's search by
// name also finds names that contain it; those are dropped. A 400 counts as no
// such filter.
func (l fenceLookup) filters(ctx context.Context, nameOrID string, q url.Values) ([]fence.SavedFilter, error) {
	q.Set("expand", "jql")
	var found []fence.SavedFilter
	for start := range maxFilterPages {
		q.Set("startAt", strconv.Itoa(start*filterPageSize))
		q.Set("maxResults", strconv.Itoa(filterPageSize))
		page, err := do[filterPage](ctx, l.Client, request{op: OpFilters, query: q, exempt: true})
		if IsStatus(err, http.StatusBadRequest) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, f := range page.Filters {
			if f.ID == nameOrID || strings.EqualFold(f.Name, nameOrID) {
				found = append(found, fence.SavedFilter{ID: f.ID, Name: f.Name, JQL: f.JQL})
			}
		}
		if page.IsLast != nil && *page.IsLast || len(page.Filters) == 0 {
			break
		}
	}
	return found, nil
}

// HasIssues implements [fence.Lookup].
func (l fenceLookup) HasIssues(ctx context.Context, query string) (bool, error) {
	page, err := do[SearchPage](ctx, l.Client, request{op: OpSearch, body: map[string]any{"jql": query, "maxResults": 1}, exempt: true})
	if IsStatus(err, http.StatusBadRequest) {
		return false, nil
	}
	return len(page.Issues) > 0, err
}

// BoardProject implements [fence.Lookup].
func (l fenceLookup) BoardProject(ctx context.Context, board string) (string, error) {
	b, err := do[Board](ctx, l.Client, request{op: OpBoard, path: []string{board}, exempt: true})
	return b.Location.ProjectKey, asUnavailable(err)
}

// SprintBoard implements [fence.Lookup].
func (l fenceLookup) SprintBoard(ctx context.Context, sprint string) (string, error) {
	s, err := do[Sprint](ctx, l.Client, request{op: OpSprint, path: []string{sprint}, exempt: true})
	if err != nil {
		return "", asUnavailable(err)
	}
	return strconv.FormatInt(s.OriginBoardID, 10), nil
}

// asUnavailable maps an error of the agile API for the fence: nil if the board
// or sprint does not exist, and an [*fence.UnavailableError] if this user or
// token may not read it.
func asUnavailable(err error) error {
	e, found := asError(err)
	switch {
	case IsStatus(err, http.StatusNotFound):
		return nil
	case found && (IsMissingScope(err) || e.Status == http.StatusForbidden):
		return &fence.UnavailableError{Needs: e.Op.Scopes.String(), Err: err}
	}
	return err
}
