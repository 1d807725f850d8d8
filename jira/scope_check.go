package jira

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// CheckScopes sends an operation that reads, to find out whether the token has
// its scopes: Jira's API does not report them. The request names things with the
// id 0, which do not exist, and its answer is dropped, so it also passes a fence.
//
// It returns nil if the request got past the check of scopes, which Atlassian's
// gateway makes first: Jira answered, or found nothing, or refused the incomplete
// request, or the user lacks a permission. An error for which [IsMissingScope] is
// true means that a scope is missing; after any other, nothing is known.
func (c *Client) CheckScopes(ctx context.Context, op operation.Operation) error {
	if op.Writes() {
		return fmt.Errorf("%s changes something, so it is not tried", op.Key())
	}
	in := request{op: op}
	for range op.Placeholders() {
		in.path = append(in.path, "0")
	}
	if op.Method != http.MethodGet {
		in.body = map[string]any{}
	}
	ctx, cancel := c.withCallLimits(ctx)
	defer cancel()
	err := c.withCredential(ctx, op, func(e endpoint) error {
		_, err := c.sendWithRetry(ctx, e, in)
		return err
	})
	if PassedScopes(err) {
		return nil
	}
	return err
}

// PassedScopes reports whether an error, or nil, shows that a request got past the
// check of scopes: see [Client.CheckScopes].
func PassedScopes(err error) bool {
	if err == nil {
		return true
	}
	if IsMissingScope(err) || IsCredentialRejected(err) {
		return false
	}
	e, ok := asError(err)
	return ok && (e.Status == http.StatusNotFound || e.Status == http.StatusBadRequest || e.Status == http.StatusForbidden) && !strings.Contains(strings.Join(e.Messages, " "), "scope")
}
