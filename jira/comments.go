package jira

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Operations on comments.
var (
	OpGetComments = operation.Operation{
		ID: "getComments", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/{issueIdOrKey}/comment",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: commentScopes},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerComments,
	}
	OpAddComment = operation.Operation{
		ID: "addComment", Document: operation.Platform, Method: http.MethodPost, Path: "/rest/api/3/issue/{issueIdOrKey}/comment",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: append([]string{"write:comment:jira"}, commentScopes...)},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}}, Answers: operation.AnswerNothing,
	}
	OpGetComment = operation.Operation{
		ID: "getComment", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/issue/{issueIdOrKey}/comment/{id}",
		Scopes: operation.Scopes{Classic: []string{"read:jira-work"}, Granular: commentScopes},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}, {Kind: operation.KindPart, At: "path:id"}}, Answers: operation.AnswerComments,
	}
	OpUpdateComment = operation.Operation{
		ID: "updateComment", Document: operation.Platform, Method: http.MethodPut, Path: "/rest/api/3/issue/{issueIdOrKey}/comment/{id}",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: append([]string{"write:comment:jira"}, commentScopes...)},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}, {Kind: operation.KindPart, At: "path:id"}}, Answers: operation.AnswerNothing,
	}
	OpDeleteComment = operation.Operation{
		ID: "deleteComment", Document: operation.Platform, Method: http.MethodDelete, Path: "/rest/api/3/issue/{issueIdOrKey}/comment/{id}",
		Scopes: operation.Scopes{Classic: []string{"write:jira-work"}, Granular: []string{"delete:comment:jira", "delete:comment.property:jira"}},
		Names:  []operation.Reference{{Kind: operation.KindIssue, At: "path:issueIdOrKey"}, {Kind: operation.KindPart, At: "path:id"}}, Answers: operation.AnswerNothing,
	}
)

// commentScopes are the granular scopes for reading comments.
var commentScopes = []string{"read:comment:jira", "read:comment.property:jira", "read:group:jira", "read:project:jira",
	"read:project-role:jira", "read:user:jira", "read:avatar:jira"}

// Comment is one comment on an issue.
type Comment struct {
	ID      string          `json:"id"`
	Self    string          `json:"self"`
	Author  *User           `json:"author"`
	Body    json.RawMessage `json:"body"` // ADF
	Created string          `json:"created"`
	Updated string          `json:"updated"`
	// Public reports whether the customers of a service desk see the comment,
	// according to Jira; nil if Jira does not tell.
	Public     *bool       `json:"jsdPublic"`
	Visibility *Visibility `json:"visibility"`
}

// Visibility restricts a comment to a group or a project role.
type Visibility struct {
	Type       string `json:"type"` // group or role
	Value      string `json:"value,omitempty"`
	Identifier string `json:"identifier,omitempty"` // a group's id
}

// CommentPage is a page of the comments on an issue. As part of an issue, it
// may hold fewer comments than Total.
type CommentPage struct {
	Comments []Comment `json:"comments"`
	StartAt  int       `json:"startAt"`
	Total    int       `json:"total"` // 0 if Jira does not say
}

func (p *CommentPage) isEmpty() bool { return len(p.Comments) == 0 }

// Comments returns a page of the comments on an issue, oldest first, or newest
// first if newest is true. Jira may return fewer than limit.
func (c *Client) Comments(ctx context.Context, keyOrID string, startAt, limit int, newest bool) (CommentPage, error) {
	q := url.Values{"startAt": {strconv.Itoa(startAt)}, "maxResults": {strconv.Itoa(limit)}}
	q.Set("orderBy", "created")
	if newest {
		q.Set("orderBy", "-created")
	}
	return do[CommentPage](ctx, c, request{op: OpGetComments, path: []string{keyOrID}, query: q})
}

// CommentsFrom returns the comments on an issue from a place on, counted from 0,
// each once: oldest first, or newest first if newest is true. total is set to the
// number of comments that Jira reports; it stays 0 if Jira does not say.
func (c *Client) CommentsFrom(ctx context.Context, keyOrID string, start int, newest bool, total *int) iter.Seq2[Comment, error] {
	var lock sync.Mutex // guards total
	return itemsFrom(ctx, start, commentPagesAtOnce, func(c Comment) string { return c.ID }, func(ctx context.Context, start int) ([]Comment, startEnd, error) {
		page, err := c.Comments(ctx, keyOrID, start, commentPageSize, newest)
		lock.Lock()
		defer lock.Unlock()
		*total = max(*total, page.Total)
		return page.Comments, endAt(page.Total), err
	})
}

const (
	// commentPageSize is the number of comments that one request asks for.
	commentPageSize = 100
	// commentPagesAtOnce is the largest number of pages that [Client.CommentsFrom]
	// asks for at the same time.
	commentPagesAtOnce = 8
)

// NewComment is a comment to add.
type NewComment struct {
	Body any // an ADF document
	// Internal hides the comment from the customers of a service desk. It is sent
	// as the comment property sd.public.comment, which only service desks read.
	Internal bool
	// Visibility restricts who can read the comment; nil for no restriction.
	Visibility *Visibility
}

// body returns the comment in the form of a request body.
func (n NewComment) body() map[string]any {
	body := map[string]any{"body": n.Body}
	if n.Internal {
		body["properties"] = []any{map[string]any{"key": "sd.public.comment", "value": map[string]any{"internal": true}}}
	}
	if n.Visibility != nil {
		body["visibility"] = n.Visibility
	}
	return body
}

// AddComment adds a comment to an issue. The request is sent once.
func (c *Client) AddComment(ctx context.Context, keyOrID string, n NewComment) (Comment, error) {
	out, err := do[Comment](ctx, c, request{op: OpAddComment, path: []string{keyOrID}, body: n.body()})
	if err == nil {
		// Self is …/rest/api/3/issue/10010/comment/10000.
		if _, after, ok := strings.Cut(out.Self, "/issue/"); ok {
			id, _, _ := strings.Cut(after, "/")
			c.recent.add(id)
		}
	}
	return out, err
}

// Comment returns one comment on an issue.
func (c *Client) Comment(ctx context.Context, keyOrID, id string) (Comment, error) {
	return do[Comment](ctx, c, request{op: OpGetComment, path: []string{keyOrID, id}})
}

// UpdateComment replaces a comment. n has to repeat the comment's restriction,
// since the contract describes the body as the whole comment. The request is
// sent once.
func (c *Client) UpdateComment(ctx context.Context, keyOrID, id string, n NewComment) (Comment, error) {
	return do[Comment](ctx, c, request{op: OpUpdateComment, path: []string{keyOrID, id}, body: n.body()})
}

// DeleteComment deletes a comment permanently.
func (c *Client) DeleteComment(ctx context.Context, keyOrID, id string) error {
	_, err := do[noBody](ctx, c, request{op: OpDeleteComment, path: []string{keyOrID, id}})
	return err
}
