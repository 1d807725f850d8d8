package jira

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// The client's part of the fence: do passes every request and every answer
// through checkRequest, filterResponse and redactError. Package fence decides
// what is inside.

// Fence returns the fence around this client; nil if there is none.
func (c *Client) Fence() *fence.Fence {
	if c.guard == nil {
		return nil
	}
	return c.guard.Fence
}

// VisibleProjects returns the projects of the fence that the user can see, and
// those that the user cannot see; neither without a fence.
func (c *Client) VisibleProjects(ctx context.Context) (seen, missing []string, err error) {
	if c.guard == nil {
		return nil, nil, nil
	}
	return c.guard.VisibleProjects(ctx)
}

// CheckIssues returns an error for issues that are outside the fence or may not
// be written to, before a write that leads to them. Within an action (see
// [WithCall]) each issue is looked up once. Without a fence it sends nothing.
func (c *Client) CheckIssues(ctx context.Context, op operation.Operation, keys ...string) error {
	if c.guard == nil || len(keys) == 0 {
		return nil
	}
	return asNotSent(op, c.guard.CheckIssues(ctx, keys, callOf(ctx).issues))
}

// asNotSent turns a refusal of the fence into an error of the operation with
// the outcome NotSent. It returns other errors as they are.
func asNotSent(op operation.Operation, err error) error {
	var refusal *fence.Error
	if !errors.As(err, &refusal) {
		return err
	}
	return &Error{Op: op, Outcome: NotSent, Err: err, Messages: []string{refusal.Error()}, Advice: refusal.Hint()}
}

// checkRequest returns the request as it may be sent: see
// [fence.Guard.CheckRequest].
func (c *Client) checkRequest(ctx context.Context, in request) (request, error) {
	if c.guard == nil || in.exempt {
		return in, nil
	}
	out, err := c.guard.CheckRequest(ctx, fence.Request{Operation: in.op, Path: in.path, Query: in.query, Body: in.body}, callOf(ctx).issues)
	in.query, in.body = out.Query, out.Body
	return in, asNotSent(in.op, err)
}

// filterResponse removes from an answer what is outside the fence. An answer
// that is outside as a whole becomes an error. After a write its outcome is
// Done: somebody may have moved the issue to another project during the write.
func (c *Client) filterResponse(ctx context.Context, in request, ans answer) (answer, error) {
	if c.guard != nil && in.op.Writes() && in.op.Answers == operation.AnswerNothing {
		if err := c.checkLanded(ctx, in, ans); err != nil {
			return ans, err
		}
	}
	if c.guard == nil || in.exempt || in.file || ans.status == http.StatusNoContent || len(bytes.TrimSpace(ans.body)) == 0 {
		return ans, nil
	}
	body, outside, err := c.guard.FilterResponse(ctx, fence.Request{Operation: in.op, Path: in.path}, ans.body, callOf(ctx).issues)
	var bad interface{ Unreadable() bool }
	switch {
	case errors.As(err, &bad):
		return ans, unreadableError(in.op, answer{status: ans.status, header: ans.header}, err)
	case err != nil:
		return ans, err
	case outside && in.op.Writes():
		return ans, c.landedOutside(in, ans)
	case outside:
		return ans, asNotSent(in.op, c.guard.ErrOutside("", nil))
	}
	ans.body = body
	return ans, nil
}

// checkLanded checks again, after a write to issues whose answer does not name
// their projects, that they are inside. Somebody may have moved one
// between the check and the write. A transition is left out, since its
// callers always read the issue afterwards.
func (c *Client) checkLanded(ctx context.Context, in request, ans answer) error {
	// A deleted issue is in no project. Links are left out, since a
	// check of both issues would double the number of requests for each link.
	unchecked := []string{OpTransition.Key(), OpDeleteIssue.Key(), OpLinkIssues.Key()}
	if !in.op.HasKind(operation.KindIssue) || slices.Contains(unchecked, in.op.Key()) {
		return nil
	}
	if c.guard.HaveLeft(ctx, fence.Request{Operation: in.op, Path: in.path, Query: in.query, Body: in.body}) {
		return c.landedOutside(in, ans)
	}
	return nil // inside, or Jira did not tell
}

// landedOutside builds the error for a write to an issue that left the fence.
func (c *Client) landedOutside(in request, ans answer) *Error {
	return &Error{Op: in.op, Status: ans.status, Outcome: Done, Messages: []string{"the write succeeded, but the issue is no longer inside the projects " + strings.Join(c.guard.Projects(), ", ")}, Advice: "Do not send it again."}
}

// redactError removes from an error what could reveal issues or projects
// outside the fence. A 404 becomes the same error as a refusal of the fence:
// otherwise callers could tell an issue that does not exist from one outside.
// Jira's messages about a query are dropped, since they name things that exist.
func (c *Client) redactError(in request, err error) error {
	var e *Error
	if c.guard == nil || in.exempt || !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Status == http.StatusNotFound && (in.op.HasKind(operation.KindIssue) || in.op.HasKind(operation.KindProject)):
		refusal := asNotSent(in.op, c.guard.ErrOutside("", nil))
		var r *Error
		if errors.As(refusal, &r) {
			r.Outcome, r.hiddenNotFound = Refused, true
		}
		return refusal
	case e.Status == http.StatusBadRequest && in.op.HasKind(operation.KindJQL):
		quiet := *e
		quiet.Messages, quiet.Fields, quiet.Err = []string{"the query was refused; Jira's message is withheld, since it could reveal things outside the projects " + strings.Join(c.guard.Projects(), ", ")}, nil, nil
		quiet.Advice = "Check the names of fields, values and functions in it."
		return &quiet
	}
	return err
}
