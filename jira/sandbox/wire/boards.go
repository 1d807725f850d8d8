package wire

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// This file reads boards and sprints: Jira Software Cloud REST API 1.0.

// agileURL returns the URL of a resource of the Jira Software API, for "self"
// keys.
func (r *request) agileURL(path string, args ...any) string {
	return r.baseURL + "/rest/agile/1.0/" + fmt.Sprintf(path, args...)
}

// canSeeBoard reports whether the caller can browse a project of the board.
func (r *request) canSeeBoard(b *store.Board) bool {
	return slices.ContainsFunc(b.Projects, func(p *store.Project) bool { return access.CanBrowse(r.user, p) })
}

// board renders a board. Its location is the first of its projects.
func (r *request) board(b *store.Board) object {
	p := b.Projects[0]
	return object{"id": b.ID, "self": r.agileURL("board/%d", b.ID), "name": b.Name, "type": b.Kind, "isPrivate": false,
		"location": object{"projectKey": p.Key, "projectName": p.Name, "displayName": p.Name + " (" + p.Key + ")", "name": p.Name, "projectTypeKey": p.Kind}}
}

// getBoards handles GET board: the boards that the caller can see, filtered by
// type, by project, and by a part of the name in any case.
func getBoards(r *request) (any, error) {
	q := r.URL.Query()
	if key := q.Get("projectKeyOrId"); key != "" && !access.CanBrowse(r.user, r.site.Project(key)) {
		return nil, fail(http.StatusBadRequest, "No project could be found with key or id '%s'.", key)
	}
	list := slices.DeleteFunc(slices.Clone(r.site.Boards), func(b *store.Board) bool {
		key := q.Get("projectKeyOrId")
		return !r.canSeeBoard(b) || q.Get("type") != "" && q.Get("type") != b.Kind ||
			!strings.Contains(strings.ToLower(b.Name), strings.ToLower(q.Get("name"))) ||
			key != "" && !slices.ContainsFunc(b.Projects, func(p *store.Project) bool { return p.Key == key || p.ID == key })
	})
	part, start, limit, err := page(r, list, 50, 50)
	if err != nil {
		return nil, err
	}
	return object{"startAt": start, "maxResults": limit, "total": len(list), "isLast": start+len(part) >= len(list),
		"values": renderEach(part, func(b *store.Board) any { return r.board(b) })}, nil
}

// findBoard returns the board of the path's {board}, or 404 if the caller
// cannot see it.
func (r *request) findBoard() (*store.Board, error) {
	for _, b := range r.site.Boards {
		if strconv.FormatInt(b.ID, 10) == r.PathValue("board") && r.canSeeBoard(b) {
			return b, nil
		}
	}
	return nil, fail(http.StatusNotFound, "The requested board cannot be viewed because it either does not exist or you do not have permission to view it.")
}

// findFilteredBoard is findBoard for what depends on the board's filter: its
// columns and its issues. It is 404 as well if the caller cannot see the filter.
func (r *request) findFilteredBoard() (*store.Board, error) {
	b, err := r.findBoard()
	if err != nil {
		return nil, err
	}
	id := strconv.FormatInt(store.BoardFilterIDBase+b.ID, 10)
	exists := slices.ContainsFunc(r.site.Filters, func(f *store.Filter) bool { return f.ID == id })
	if exists && r.site.Filter(id, r.user) == nil {
		return nil, fail(http.StatusNotFound, "The requested board cannot be viewed because it either does not exist or you do not have permission to view it.")
	}
	return b, nil
}

// getBoard handles GET board/{board}.
func getBoard(r *request) (any, error) {
	b, err := r.findBoard()
	if err != nil {
		return nil, err
	}
	return r.board(b), nil
}

// boardConfiguration handles GET board/{board}/configuration: the columns with
// their statuses and limits, the board's filter, and how it estimates. A board
// without an estimation field estimates by the number of issues. Jira says nothing
// of the estimation of kanban boards, and of team-managed ones without a field.
func boardConfiguration(r *request) (any, error) {
	b, err := r.findFilteredBoard()
	if err != nil {
		return nil, err
	}
	limits := "none"
	if slices.ContainsFunc(b.Columns, func(c store.Column) bool { return c.Min+c.Max > 0 }) {
		limits = "issueCount"
	}
	out := object{"id": b.ID, "self": r.agileURL("board/%d/configuration", b.ID), "name": b.Name, "type": b.Kind,
		"location": object{"type": "project", "projectKeyOrId": b.Projects[0].Key},
		"columnConfig": object{"constraintType": limits, "columns": renderEach(b.Columns, func(c store.Column) any {
			o := object{"name": c.Name, "statuses": renderEach(c.Statuses, func(s *store.Status) any {
				return object{"id": s.ID, "self": r.selfURL("status/%s", s.ID)}
			})}
			if c.Min > 0 {
				o["min"] = c.Min
			}
			if c.Max > 0 {
				o["max"] = c.Max
			}
			return o
		})}, "filter": object{"id": strconv.FormatInt(store.BoardFilterIDBase+b.ID, 10), "self": r.selfURL("filter/%d", store.BoardFilterIDBase+b.ID)}, "ranking": object{"rankCustomFieldId": 10019}}
	if f := r.site.Field(b.Estimation); f != nil {
		out["estimation"] = object{"type": "field", "field": object{"fieldId": f.ID, "displayName": f.Name}}
	} else if b.Kind == "scrum" {
		out["estimation"] = object{"type": "issueCount"}
	}
	return out, nil
}

// sprintDetails renders a sprint as the Software API does. The board is
// originBoardId there, but boardId in an issue's sprint field.
func (r *request) sprintDetails(s *store.Sprint) object {
	o := r.sprint(s)
	delete(o, "boardId")
	o["originBoardId"], o["self"] = s.Board, r.agileURL("sprint/%d", s.ID)
	return o
}

// boardShowsSprint reports whether a board shows a sprint because an issue of
// the sprint is on the board. Jira shows such a sprint of another board on
// both.
func (r *request) boardShowsSprint(b *store.Board, s *store.Sprint) bool {
	return slices.ContainsFunc(r.site.All(), func(i *store.Issue) bool { return slices.Contains(i.Sprints, s) && b.Contains(i) })
}

// boardSprints handles GET board/{board}/sprint: the board's own sprints and
// those of other boards that it shows, filtered by state. Kanban boards have no
// sprints and answer 400.
func boardSprints(r *request) (any, error) {
	b, err := r.findBoard()
	if err != nil {
		return nil, err
	}
	if b.Kind == "kanban" {
		return nil, fail(http.StatusBadRequest, "The board does not support sprints")
	}
	states := r.listParam("state")
	list := slices.DeleteFunc(slices.Clone(r.site.Sprints), func(s *store.Sprint) bool {
		return len(states) > 0 && !slices.Contains(states, s.State) || s.Board != b.ID && !r.boardShowsSprint(b, s)
	})
	part, start, limit, err := page(r, list, 50, 50)
	if err != nil {
		return nil, err
	}
	return object{"startAt": start, "maxResults": limit, "isLast": start+len(part) >= len(list), "values": renderEach(part, func(s *store.Sprint) any { return r.sprintDetails(s) })}, nil
}

// getSprint handles GET sprint/{sprint}.
func getSprint(r *request) (any, error) {
	s, err := r.findSprint()
	if err != nil {
		return nil, err
	}
	return r.sprintDetails(s), nil
}
