package jira

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on boards and sprints (Jira Software). They have granular scopes
// only.
var (
	OpBoards = operation.Operation{
		ID: "getAllBoards", Document: operation.Software, Method: http.MethodGet, Path: "/rest/agile/1.0/board",
		Scopes: operation.Scopes{Granular: []string{"read:board-scope:jira-software", "read:project:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindProject, At: "query:projectKeyOrId"}}, Answers: operation.AnswerBoards,
	}
	OpSprints = operation.Operation{
		ID: "getAllSprints", Document: operation.Software, Method: http.MethodGet, Path: "/rest/agile/1.0/board/{boardId}/sprint",
		Scopes: operation.Scopes{Granular: []string{"read:sprint:jira-software"}},
		Names:  []operation.Reference{{Kind: operation.KindBoard, At: "path:boardId"}}, Answers: operation.AnswerSite,
	}
)

// Board is a scrum or kanban board.
type Board struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Type     string `json:"type"` // scrum, kanban or simple
	Location struct {
		ProjectKey string `json:"projectKey"`
	} `json:"location"`
}

// HasSprints reports whether the board may have sprints: a kanban board has
// none, and a team-managed board (simple) may have some.
func (b Board) HasSprints() bool { return b.Type != "kanban" }

// IsWithoutSprints reports whether an error is Jira's answer for the sprints of a
// board that has none, status 400. It is the answer for kanban boards and for
// team-managed boards without sprints; for a scrum board it means something else.
func (b Board) IsWithoutSprints(err error) bool {
	return IsStatus(err, http.StatusBadRequest) && b.Type != "scrum"
}

// boardPage is a page of boards.
type boardPage struct {
	Boards []Board `json:"values"`
	startEnd
}

func (p *boardPage) isEmpty() bool { return len(p.Boards) == 0 }

const (
	agilePageSize = 50 // the largest page of the agile API
	// MaxBoards is how many boards [Client.Boards] returns at most.
	MaxBoards = 200
)

// Boards returns the boards of a project, or of the site if project is empty.
// If name is not empty, it returns only the boards whose name contains it. It
// returns at most [MaxBoards]; there may be more.
func (c *Client) Boards(ctx context.Context, project, name string) ([]Board, error) {
	return Collect(itemsByStart(ctx, func(b Board) string { return strconv.FormatInt(b.ID, 10) }, func(ctx context.Context, start int) ([]Board, startEnd, error) {
		q := url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {strconv.Itoa(agilePageSize)}}
		if project != "" {
			q.Set("projectKeyOrId", project)
		}
		if name != "" {
			q.Set("name", name)
		}
		page, err := do[boardPage](ctx, c, request{op: OpBoards, query: q})
		return page.Boards, page.startEnd, err
	}), MaxBoards)
}

// Sprint is a sprint of a board.
type Sprint struct {
	ID            int64  `json:"id"`
	Name          string `json:"name"`
	State         string `json:"state"` // future, active or closed
	Goal          string `json:"goal"`
	Start         string `json:"startDate"` // as planned; not the moment when somebody started it
	End           string `json:"endDate"`   // as planned
	CompletedAt   string `json:"completeDate"`
	OriginBoardID int64  `json:"originBoardId"`
}

// sprintPage is a page of sprints.
type sprintPage struct {
	Sprints []Sprint `json:"values"`
	startEnd
}

func (p *sprintPage) isEmpty() bool { return len(p.Sprints) == 0 }

// Jira lists the sprints of a board oldest first. Sprints reads at most
// maxSprintsRead of them and returns the last maxSprints.
const (
	maxSprints     = 500
	maxSprintsRead = 5000
)

// Sprints returns the sprints of a scrum board in some states (active, future,
// closed; comma-separated), in the board's order, and only the last 500 of
// them. Behind a fence it returns only those that belong to the board itself,
// since a board can show sprints of other boards as well.
func (c *Client) Sprints(ctx context.Context, board int64, states string) ([]Sprint, error) {
	all, err := Collect(itemsByStart(ctx, func(s Sprint) string { return strconv.FormatInt(s.ID, 10) }, func(ctx context.Context, start int) ([]Sprint, startEnd, error) {
		q := url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {strconv.Itoa(agilePageSize)}, "state": {states}}
		page, err := do[sprintPage](ctx, c, request{op: OpSprints, path: []string{strconv.FormatInt(board, 10)}, query: q})
		return page.Sprints, page.startEnd, err
	}), maxSprintsRead)
	all = all[max(0, len(all)-maxSprints):]
	if c.guard != nil {
		all = slices.DeleteFunc(all, func(s Sprint) bool { return s.OriginBoardID != board })
	}
	return all, err
}
