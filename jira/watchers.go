package jira

import (
	"context"
	"net/http"
	"net/url"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on the watchers and votes of an issue.
var (
	OpWatchers = operation.Operation{
		ID: "getIssueWatchers", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/{issueIdOrKey}/watchers",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: []string{"read:issue.watcher:jira", "read:user:jira", "read:avatar:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerParts,
	}
	OpAddWatcher = operation.Operation{
		ID: "addWatcher", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/{issueIdOrKey}/watchers",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"write:issue.watcher:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerNothing,
	}
	OpRemoveWatcher = operation.Operation{
		ID: "removeWatcher", Document: operation.Platform, Method: http.MethodDelete, Path: "/rest/api/3/issue/{issueIdOrKey}/watchers",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"write:issue.watcher:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerNothing,
	}
	OpVote = operation.Operation{
		ID: "addVote", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/{issueIdOrKey}/votes",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"write:issue.vote:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerNothing,
	}
	OpUnvote = operation.Operation{
		ID: "removeVote", Document: operation.Platform, Method: http.MethodDelete, Path: "/rest/api/3/issue/{issueIdOrKey}/votes",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"write:issue.vote:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerNothing,
	}
)

// Watchers are the watchers of an issue. Without the permission to see them
// People is empty, but Count is their number.
type Watchers struct {
	Count  int    `json:"watchCount"`
	People []User `json:"watchers"`
}

// watchers is the answer to getIssueWatchers.
type watchers struct {
	Count  *int   `json:"watchCount"`
	People []User `json:"watchers"`
}

func (w *watchers) isEmpty() bool { return w.Count != nil && *w.Count == 0 }

// Watchers returns the watchers of an issue.
func (c *Client) Watchers(ctx context.Context, keyOrID string) (Watchers, error) {
	out, err := do[watchers](ctx, c, request{op: OpWatchers, path: []string{keyOrID}})
	if err != nil {
		return Watchers{}, err
	}
	return Watchers{Count: *out.Count, People: out.People}, nil
}

// AddWatcher makes a user a watcher of an issue. Adding another user than
// oneself needs the permission Manage watcher list. The body is the account id
// as a bare JSON string (contract, addWatcher).
func (c *Client) AddWatcher(ctx context.Context, keyOrID, accountID string) error {
	_, err := do[noBody](ctx, c, request{op: OpAddWatcher, path: []string{keyOrID}, body: accountID})
	return err
}

// RemoveWatcher removes a user from the watchers of an issue.
func (c *Client) RemoveWatcher(ctx context.Context, keyOrID, accountID string) error {
	_, err := do[noBody](ctx, c, request{op: OpRemoveWatcher, path: []string{keyOrID}, query: url.Values{"accountId": {accountID}}})
	return err
}

// Vote adds the user's vote to an issue, or removes it if give is false.
func (c *Client) Vote(ctx context.Context, keyOrID string, give bool) error {
	op := OpVote
	if !give {
		op = OpUnvote
	}
	_, err := do[noBody](ctx, c, request{op: op, path: []string{keyOrID}})
	return err
}
