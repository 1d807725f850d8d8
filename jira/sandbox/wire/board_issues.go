package wire

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// This file lists the issues of boards: the part of the Jira Software Cloud API
// that replaces the lists of agile 1.0. Pages use tokens, and hold up to 5,000
// issues ("the API may return fewer items per page where there is a large
// number of fields").

// maxFieldValues is the largest number of values on a page, fields times issues.
// Atlassian gives no figure; here a page with a dozen fields has about 400
// issues.
const maxFieldValues = 5000

// issuePage returns a page of the issues for which keep reports true, in the
// order of their ranks. Unless b is nil, they must be on that board. As in a
// search, recent writes are not visible yet. A page token is valid for the same
// path only.
func (r *request) issuePage(b *store.Board, keep func(*store.Issue) bool) (any, error) {
	limit, err := r.intParam("maxResults", defaultPage, maxIDPage)
	if err != nil {
		return nil, err
	}
	wanted := r.listParam("fields")
	if len(wanted) == 0 {
		wanted = []string{"*navigable"}
	}
	fields := r.selectFields(wanted)
	limit = max(1, min(limit, maxFieldValues/max(len(fields), 1)))
	env := search.Env{Site: r.site, User: r.user, Zone: r.zone, Visible: r.visible}
	var found []*store.Issue
	for _, i := range env.Site.Searchable(nil) {
		if r.visible(i) && (b == nil || b.Contains(i)) && keep(i) {
			found = append(found, i)
		}
	}
	slices.SortStableFunc(found, func(x, y *store.Issue) int { return cmp.Compare(x.Rank, y.Rank) })
	start, place := 0, r.URL.Path
	if token := r.URL.Query().Get("nextPageToken"); token != "" {
		if start, err = decodePageToken(token, place); err != nil {
			return nil, err
		}
	}
	end := min(start+limit, len(found))
	issues := []any{}
	for _, i := range found[min(start, len(found)):end] {
		issues = append(issues, r.issue(i, fields, strings.Split(r.URL.Query().Get("expand"), ",")))
	}
	out := object{"issues": issues, "isLast": end >= len(found)}
	if end < len(found) {
		out["nextPageToken"] = encodePageToken(end, place)
	}
	return out, nil
}

// boardSprintIssues handles GET board/{board}/sprint/{sprint}/issue.
func boardSprintIssues(r *request) (any, error) {
	b, err := r.findFilteredBoard()
	if err != nil {
		return nil, err
	}
	s, err := r.findSprint()
	if err != nil {
		return nil, err
	}
	return r.issuePage(b, func(i *store.Issue) bool { return slices.Contains(i.Sprints, s) })
}

// sprintIssues handles GET sprint/{sprint}/issue.
func sprintIssues(r *request) (any, error) {
	s, err := r.findSprint()
	if err != nil {
		return nil, err
	}
	return r.issuePage(nil, func(i *store.Issue) bool { return slices.Contains(i.Sprints, s) })
}

// boardIssues handles GET board/{board}/issue.
func boardIssues(r *request) (any, error) {
	b, err := r.findFilteredBoard()
	if err != nil {
		return nil, err
	}
	return r.issuePage(b, func(*store.Issue) bool { return true })
}

// boardBacklog handles GET board/{board}/backlog: "incomplete issues that are
// not assigned to any future or active sprint", without epics and sub-tasks. On
// a kanban board it is the issues of the first column.
func boardBacklog(r *request) (any, error) {
	b, err := r.findFilteredBoard()
	if err != nil {
		return nil, err
	}
	return r.issuePage(b, func(i *store.Issue) bool {
		if b.Kind == "kanban" {
			return slices.Contains(b.Columns[0].Statuses, i.Status)
		}
		return i.Sprint() == nil && !i.Type.IsSubtask() && i.Type.Level == 0 && !slices.Contains(b.DoneStatuses(), i.Status)
	})
}
