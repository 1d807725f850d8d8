package wire

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// This file has public endpoints that this project's client does not use and that
// other clients do.

// searchIssuesByURL handles GET search/jql, with the query in the address.
func searchIssuesByURL(r *request) (any, error) {
	q := r.URL.Query()
	in := searchRequest{JQL: q.Get("jql"), Fields: r.listParam("fields"), Expand: q.Get("expand")}
	if text := q.Get("maxResults"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "'%s' is not a valid value for 'maxResults'.", text)
		}
		in.MaxResults = &n
	}
	if token := q.Get("nextPageToken"); token != "" {
		in.Token = &token
	}
	for _, id := range r.listParam("reconcileIssues") {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "'%s' is not a valid value for 'reconcileIssues'.", id)
		}
		in.Reconcile = append(in.Reconcile, n)
	}
	return r.searchPage(in)
}

// agileBoardIssues handles GET board/{board}/issue of agile 1.0.
func agileBoardIssues(r *request) (any, error) {
	b, err := r.findFilteredBoard()
	if err != nil {
		return nil, err
	}
	return r.numberedPage(func(i *store.Issue) bool { return b.Contains(i) })
}

// agileSprintIssues handles GET sprint/{sprint}/issue of agile 1.0.
func agileSprintIssues(r *request) (any, error) {
	s, err := r.findSprint()
	if err != nil {
		return nil, err
	}
	return r.numberedPage(func(i *store.Issue) bool { return slices.Contains(i.Sprints, s) })
}

// numberedPage returns a page of the issues for which keep reports true and that
// the parameter jql matches, in the order of their ranks. These lists have pages
// by number and a total, and at most 100 issues on a page.
func (r *request) numberedPage(keep func(*store.Issue) bool) (any, error) {
	jql := r.URL.Query().Get("jql")
	if jql == "" {
		jql = "created > -9999d"
	}
	found, err := r.runJQL(jql, nil)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(i *store.Issue) bool { return !keep(i) })
	if !strings.Contains(strings.ToLower(jql), "order by") {
		slices.SortStableFunc(found, func(x, y *store.Issue) int { return cmp.Compare(x.Rank, y.Rank) })
	}
	part, start, limit, err := page(r, found, defaultPage, maxPage)
	if err != nil {
		return nil, err
	}
	wanted := r.listParam("fields")
	if len(wanted) == 0 {
		wanted = []string{"*navigable"}
	}
	fields, expand := r.selectFields(wanted), r.listParam("expand")
	return object{"startAt": start, "maxResults": limit, "total": len(found), "issues": renderEach(part, func(i *store.Issue) any { return r.issue(i, fields, expand) })}, nil
}

// searchFields handles GET field/search: by type, ids and a part of the name.
func searchFields(r *request) (any, error) {
	q := r.URL.Query()
	kinds, ids, name := r.listParam("type"), r.listParam("id"), strings.ToLower(q.Get("query"))
	var list []*store.Field
	for _, f := range r.site.Fields {
		kind := map[bool]string{true: "custom", false: "system"}[f.Custom != ""]
		if f.Type != "" && (len(kinds) == 0 || slices.Contains(kinds, kind)) && (len(ids) == 0 || slices.Contains(ids, f.ID)) && strings.Contains(strings.ToLower(f.Name), name) {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b *store.Field) int { return strings.Compare(a.Name, b.Name) })
	part, start, limit, err := page(r, list, 50, 50)
	if err != nil {
		return nil, err
	}
	return object{"startAt": start, "maxResults": limit, "total": len(list), "isLast": start+len(part) >= len(list),
		"values": renderEach(part, func(f *store.Field) any {
			return object{"id": f.ID, "key": f.ID, "name": f.Name, "schema": fieldSchema(f)}
		})}, nil
}

// getAttachment handles GET attachment/{id}. There the id is a number, unlike in
// an issue.
func getAttachment(r *request) (any, error) {
	a := r.findAttachment(r.PathValue("id"))
	if a == nil {
		return nil, fail(http.StatusNotFound, "The attachment with id '%s' does not exist", r.PathValue("id"))
	}
	id, err := strconv.ParseInt(a.ID, 10, 64)
	if err != nil {
		return nil, err
	}
	return object{"self": r.selfURL("attachment/%s", a.ID), "id": id, "filename": a.Name, "mimeType": a.MediaType, "size": a.Size,
		"author": r.person(a.Author), "created": r.formatTime(a.Created), "content": r.selfURL("attachment/content/%s", a.ID)}, nil
}

// myFilters handles GET filter/my: the caller's own filters. The API requires a
// caller, and nobody has favourites here, so that includeFavourites adds none.
func myFilters(r *request) (any, error) {
	if r.user == nil {
		return nil, fail(http.StatusUnauthorized, "You must be authenticated to access this resource.")
	}
	var own []*store.Filter
	for _, f := range r.site.Filters {
		if f.Owner == r.user {
			own = append(own, f)
		}
	}
	return renderEach(own, r.filter), nil
}

// favouriteFilters handles GET filter/favourite. Nobody has any.
func favouriteFilters(*request) (any, error) { return []any{}, nil }

// filter renders a saved filter.
func (r *request) filter(f *store.Filter) any {
	return object{"self": r.selfURL("filter/%s", f.ID), "id": f.ID, "name": f.Name, "owner": r.person(f.Owner), "jql": f.JQL, "favourite": false,
		"searchUrl": r.selfURL("search"), "sharePermissions": []any{}, "editPermissions": []any{}}
}

// searchStatuses handles GET statuses/search: by a part of the name, project and
// category. It needs the scope of an administrator.
func searchStatuses(r *request) (any, error) {
	q := r.URL.Query()
	category := map[string]string{"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}
	var list []*store.Status
	for _, s := range r.site.Statuses {
		if strings.Contains(strings.ToLower(s.Name), strings.ToLower(q.Get("searchString"))) && (q.Get("statusCategory") == "" || q.Get("statusCategory") == category[s.Category.Key]) {
			list = append(list, s)
		}
	}
	part, start, limit, err := page(r, list, 200, 200)
	if err != nil {
		return nil, err
	}
	return object{"self": r.selfURL("statuses/search"), "startAt": start, "maxResults": limit, "total": len(list), "isLast": start+len(part) >= len(list),
		"values": renderEach(part, func(s *store.Status) any {
			return object{"id": s.ID, "name": s.Name, "description": "", "statusCategory": category[s.Category.Key], "scope": object{"type": "GLOBAL"}}
		})}, nil
}

// parseQueries handles POST jql/parse. With the default, strict validation an
// unknown field or value is an error; with validation=none only the syntax is
// checked. A query with errors has no structure.
func parseQueries(r *request) (any, error) {
	var in struct {
		Queries []string `json:"queries"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Queries) == 0 {
		return nil, fail(http.StatusBadRequest, "No queries were given.")
	}
	validation := r.URL.Query().Get("validation")
	if validation != "" && !slices.Contains([]string{"strict", "warn", "none"}, validation) {
		return nil, fail(http.StatusBadRequest, "'%s' is not a valid value for 'validation'.", validation)
	}
	out := []any{}
	for _, query := range in.Queries {
		structure, err := search.Structure(query)
		if err == nil && validation != "none" {
			_, err = r.runJQL(query, nil)
		}
		one := object{"query": query}
		var bad *search.Error
		switch {
		case err == nil:
			one["structure"] = structure
		case errors.As(err, &bad) && validation == "warn" && structure != nil:
			one["structure"], one["warnings"] = structure, bad.Messages
		case errors.As(err, &bad):
			one["errors"] = bad.Messages
		default:
			one["errors"] = []string{err.Error()}
		}
		out = append(out, one)
	}
	return object{"queries": out}, nil
}
