package jira

import (
	"context"
	"net/http"
	"strconv"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations that change sprints, the issues in them, and the order of issues.
var (
	OpMoveToSprint = operation.Operation{
		ID: "moveIssuesToSprintAndRank", Document: operation.Software, Method: http.MethodPost, Path: "/rest/agile/1.0/sprint/{sprintId}/issue",
		Scopes: operation.Scopes{Granular: []string{"write:sprint:jira-software"}},
		Names:  []operation.Reference{{Kind: operation.KindSprint, At: "path:sprintId"}, {Kind: operation.KindIssue, At: "body:issues"}}, Answers: operation.AnswerNothing,
	}
	OpMoveToBacklog = operation.Operation{
		ID: "moveIssuesToBacklog", Document: operation.Software, Method: http.MethodPost, Path: "/rest/agile/1.0/backlog/issue",
		Scopes: operation.Scopes{Granular: []string{"write:board-scope:jira-software"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "body:issues"}}, Answers: operation.AnswerNothing,
	}
	OpRank = operation.Operation{
		ID: "rankIssues", Document: operation.Software, Method: http.MethodPut, Path: "/rest/agile/1.0/issue/rank",
		Scopes: operation.Scopes{Granular: []string{"write:issue:jira-software"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "body:issues"}, {Kind: operation.KindIssue, At: "body:rankBeforeIssue"}, {Kind: operation.KindIssue, At: "body:rankAfterIssue"}}, Answers: operation.AnswerNothing,
	}
	OpCreateSprint = operation.Operation{
		ID: "createSprint", Document: operation.Software, Method: http.MethodPost, Path: "/rest/agile/1.0/sprint",
		Scopes: operation.Scopes{Granular: []string{"write:sprint:jira-software"}},
		Names:  []operation.Reference{{Kind: operation.KindBoard, At: "body:originBoardId"}}, Answers: operation.AnswerSite,
	}
	OpUpdateSprint = operation.Operation{
		ID: "partiallyUpdateSprint", Document: operation.Software, Method: http.MethodPost, Path: "/rest/agile/1.0/sprint/{sprintId}",
		Scopes: operation.Scopes{Granular: []string{"write:sprint:jira-software"}},
		Names:  []operation.Reference{{Kind: operation.KindSprint, At: "path:sprintId"}}, Answers: operation.AnswerSite,
	}
	OpDeleteSprint = operation.Operation{
		ID: "deleteSprint", Document: operation.Software, Method: http.MethodDelete, Path: "/rest/agile/1.0/sprint/{sprintId}",
		Scopes: operation.Scopes{Granular: []string{"delete:sprint:jira-software"}},
		Names:  []operation.Reference{{Kind: operation.KindSprint, At: "path:sprintId"}}, Answers: operation.AnswerNothing,
	}
)

// MaxAgileMove is how many issues one request moves or ranks (contract).
const MaxAgileMove = 50

// MoveToSprint moves up to [MaxAgileMove] issues, with their sub-tasks, into a
// sprint that is not closed. The request is sent once.
func (c *Client) MoveToSprint(ctx context.Context, sprint int64, issues []string) error {
	_, err := do[noBody](ctx, c, request{op: OpMoveToSprint, path: []string{strconv.FormatInt(sprint, 10)}, body: map[string]any{"issues": issues}})
	return err
}

// MoveToBacklog removes up to [MaxAgileMove] issues from the sprints that are
// not closed. The request is sent once.
func (c *Client) MoveToBacklog(ctx context.Context, issues []string) error {
	_, err := do[noBody](ctx, c, request{op: OpMoveToBacklog, body: map[string]any{"issues": issues}})
	return err
}

// RankResult is the result for one issue, if Jira ranked only some of them
// (status 207).
type RankResult struct {
	Key    string   `json:"issueKey"`
	Status int      `json:"status"`
	Errors []string `json:"errors"`
}

// rankAnswer is the answer to a partly failed ranking.
type rankAnswer struct {
	Entries []RankResult `json:"entries"`
}

// allowsNoBody says that Jira answers with a body only if some issues failed.
func (*rankAnswer) allowsNoBody() {}

// Rank places up to [MaxAgileMove] issues, in their order, right before or right
// after another issue; exactly one of before and after is set. Jira returns
// results only if it could not rank all of them. The request is sent once.
func (c *Client) Rank(ctx context.Context, issues []string, before, after string) ([]RankResult, error) {
	body := map[string]any{"issues": issues}
	if before != "" {
		body["rankBeforeIssue"] = before
	} else {
		body["rankAfterIssue"] = after
	}
	out, err := do[rankAnswer](ctx, c, request{op: OpRank, body: body})
	return out.Entries, err
}

// SprintChange is a change of a sprint; nil leaves a value as it is. Jira
// accepts times in the form 2026-03-02T09:00:00.000+0100.
type SprintChange struct {
	Name          *string `json:"name,omitempty"`
	Goal          *string `json:"goal,omitempty"`
	Start         *string `json:"startDate,omitempty"`
	End           *string `json:"endDate,omitempty"`
	State         *string `json:"state,omitempty"` // active starts it, closed completes it
	OriginBoardID int64   `json:"originBoardId,omitempty"`
}

// CreateSprint creates a future sprint on a board. The request is sent once.
func (c *Client) CreateSprint(ctx context.Context, s SprintChange) (Sprint, error) {
	return do[Sprint](ctx, c, request{op: OpCreateSprint, body: s})
}

// UpdateSprint changes, starts or completes a sprint. The request is sent once.
func (c *Client) UpdateSprint(ctx context.Context, id int64, s SprintChange) (Sprint, error) {
	return do[Sprint](ctx, c, request{op: OpUpdateSprint, path: []string{strconv.FormatInt(id, 10)}, body: s})
}

// DeleteSprint deletes a sprint; Jira returns its open issues to the backlog.
// The request is sent once.
func (c *Client) DeleteSprint(ctx context.Context, id int64) error {
	_, err := do[noBody](ctx, c, request{op: OpDeleteSprint, path: []string{strconv.FormatInt(id, 10)}})
	return err
}
