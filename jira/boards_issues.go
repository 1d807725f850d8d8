package jira

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations that read the configuration and the issues of boards.
var (
	OpBoard = operation.Operation{
		ID: "getBoard", Document: operation.Software, Method: http.MethodGet, Path: "/rest/agile/1.0/board/{boardId}",
		Scopes: operation.Scopes{Granular: []string{"read:board-scope:jira-software", "read:issue-details:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindBoard, At: "path:boardId"}}, Answers: operation.AnswerBoards,
	}
	OpBoardConfiguration = operation.Operation{
		ID: "getConfiguration", Document: operation.Software, Method: http.MethodGet, Path: "/rest/agile/1.0/board/{boardId}/configuration",
		Scopes: operation.Scopes{Granular: []string{"read:board-scope.admin:jira-software", "read:project:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindBoard, At: "path:boardId"}}, Answers: operation.AnswerSite,
	}
	OpSprint = operation.Operation{
		ID: "getSprint", Document: operation.Software, Method: http.MethodGet, Path: "/rest/agile/1.0/sprint/{sprintId}",
		Scopes: operation.Scopes{Granular: []string{"read:sprint:jira-software"}},
		Names:  []operation.Reference{{Kind: operation.KindSprint, At: "path:sprintId"}}, Answers: operation.AnswerSite,
	}
	OpBacklog = operation.Operation{
		ID: "getIssuesForBacklogJSIS", Document: operation.Software, Method: http.MethodGet, Path: "/rest/software/1.0/board/{boardId}/backlog",
		Scopes: operation.Scopes{Granular: []string{"read:board-scope:jira-software", "read:issue-details:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindBoard, At: "path:boardId"}}, Answers: operation.AnswerIssues,
	}
	OpSprintIssues = operation.Operation{
		ID: "getBoardIssuesForSprintJSIS", Document: operation.Software, Method: http.MethodGet, Path: "/rest/software/1.0/board/{boardId}/sprint/{sprintId}/issue",
		Scopes: operation.Scopes{Granular: []string{"read:sprint:jira-software", "read:issue-details:jira", "read:jql:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindBoard, At: "path:boardId"}, {Kind: operation.KindSprint, At: "path:sprintId"}}, Answers: operation.AnswerIssues,
	}
	// OpAllSprintIssues returns all issues of a sprint, including those that the
	// board does not show: "all issues in a sprint" (contract).
	OpAllSprintIssues = operation.Operation{
		ID: "getIssuesForSprintJSIS", Document: operation.Software, Method: http.MethodGet, Path: "/rest/software/1.0/sprint/{sprintId}/issue",
		Scopes: operation.Scopes{Granular: []string{"read:sprint:jira-software", "read:issue-details:jira", "read:jql:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindSprint, At: "path:sprintId"}}, Answers: operation.AnswerIssues,
	}
)

// Column is a column of a board. To the board, issues in the last column with
// statuses are done (contract, getConfiguration).
type Column struct {
	Name     string  `json:"name"`
	Statuses []Named `json:"statuses"` // with ids only
	Min      int     `json:"min"`      // number of issues; 0 for no limit
	Max      int     `json:"max"`
}

// BoardConfiguration is the configuration of a board: its columns, its filter
// and its estimation.
type BoardConfiguration struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Type    string `json:"type"`
	Columns struct {
		List       []Column `json:"columns"`
		Constraint string   `json:"constraintType"` // none, issueCount or issueCountExclSubs
	} `json:"columnConfig"`
	Filter struct {
		ID string `json:"id"` // a number
	} `json:"filter"`
	Estimation struct {
		Type  string `json:"type"` // none, issueCount or field
		Field struct {
			ID   string `json:"fieldId"`
			Name string `json:"displayName"`
		} `json:"field"`
	} `json:"estimation"`
}

// DoneStatuses returns the ids of the statuses that count as done on the board:
// those of the last column that has any.
func (b *BoardConfiguration) DoneStatuses() []string {
	list := b.Columns.List
	for n := len(list) - 1; n >= 0; n-- {
		if len(list[n].Statuses) == 0 {
			continue
		}
		var out []string
		for _, s := range list[n].Statuses {
			out = append(out, s.ID)
		}
		return out
	}
	return nil
}

// Board returns one board.
func (c *Client) Board(ctx context.Context, id int64) (Board, error) {
	return do[Board](ctx, c, request{op: OpBoard, path: []string{strconv.FormatInt(id, 10)}})
}

// BoardConfiguration returns the configuration of a board.
func (c *Client) BoardConfiguration(ctx context.Context, id int64) (BoardConfiguration, error) {
	return do[BoardConfiguration](ctx, c, request{op: OpBoardConfiguration, path: []string{strconv.FormatInt(id, 10)}})
}

// Sprint returns one sprint.
func (c *Client) Sprint(ctx context.Context, id int64) (Sprint, error) {
	return do[Sprint](ctx, c, request{op: OpSprint, path: []string{strconv.FormatInt(id, 10)}})
}

// boardPageSize is the page size of a request. Jira returns fewer issues if the
// request names many fields.
const boardPageSize = 1000

// Backlog returns the backlog of a board in its order: open issues in no sprint.
func (c *Client) Backlog(ctx context.Context, board int64, fields []string) iter.Seq2[Issue, error] {
	return c.rankedIssues(ctx, OpBacklog, []string{strconv.FormatInt(board, 10)}, fields)
}

// SprintIssues returns the issues of a sprint that are on a board, in its order.
func (c *Client) SprintIssues(ctx context.Context, board, sprint int64, fields []string) iter.Seq2[Issue, error] {
	return c.rankedIssues(ctx, OpSprintIssues, []string{strconv.FormatInt(board, 10), strconv.FormatInt(sprint, 10)}, fields)
}

// AllSprintIssues returns all issues of a sprint, whichever board shows them.
func (c *Client) AllSprintIssues(ctx context.Context, sprint int64, fields []string) iter.Seq2[Issue, error] {
	return c.rankedIssues(ctx, OpAllSprintIssues, []string{strconv.FormatInt(sprint, 10)}, fields)
}

// rankedIssues returns the issues of a paged operation, in the order of their
// rank.
func (c *Client) rankedIssues(ctx context.Context, op operation.Operation, path, fields []string) iter.Seq2[Issue, error] {
	return itemsByToken(ctx, issueID, func(ctx context.Context, token string) ([]Issue, pageEnd, error) {
		q := url.Values{"maxResults": {strconv.Itoa(boardPageSize)}, "fields": {strings.Join(fields, ",")}}
		if token != "" {
			q.Set("nextPageToken", token)
		}
		page, err := do[SearchPage](ctx, c, request{op: op, path: path, query: q, issueFields: fields})
		return page.Issues, page.pageEnd, err
	})
}
