package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Why the client checks its identity: when the credential is bad, Jira Cloud
// answers some calls anonymously, which for a private site means "200, nothing
// here" or "404, no such issue" (MrRefactoring/jira.js issue 418). Both would be
// lies to pass on. For example, a search with an expired token may find no issues,
// and a model would report that there is no bug.
//
// An answer that carries X-AAccountId was given to that account (contract, "Special
// headers"). Where the header is missing (other servers and proxies may not send
// it), nothing and 404 are believed only if /myself has confirmed the identity
// within identityFresh.
const identityFresh = 60 * time.Second

// userFresh is how long the user's own data (name, time zone) is reused.
const userFresh = 10 * time.Minute

// maxUsers is how many users are remembered: the two of a rotation.
const maxUsers = 2

// OpMyself asks who is calling.
var OpMyself = operation.Operation{
	ID: "getCurrentUser", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/myself",
	Scopes: operation.Scopes{Classic: []string{"read:jira-user"},
		Granular: []string{"read:application-role:jira", "read:group:jira", "read:user:jira", "read:avatar:jira"}},
	Repeatable: true, Answers: operation.AnswerSite, Identifies: true,
}

// User is a person or an app, as far as Jira shows one.
type User struct {
	AccountID   string `json:"accountId"`
	DisplayName string `json:"displayName"`
	Email       string `json:"emailAddress"` // empty unless the user shows it
	Active      bool   `json:"active"`
	AccountType string `json:"accountType"` // atlassian, app or customer
	TimeZone    string `json:"timeZone"`    // IANA name; may be empty
}

// LastAccountID returns the account id of the user whom Jira answered last, as its
// answers name it; "" before the first. It asks nobody.
func (c *Client) LastAccountID() string {
	if id := c.lastAccountID.Load(); id != nil {
		return *id
	}
	return ""
}

// userWithin returns the user of an endpoint's credential as /myself told it at
// most age ago, and asks if needed. Callers at the same time share one question.
func (c *Client) userWithin(ctx context.Context, e endpoint, age time.Duration) (User, error) {
	return c.users.GetWithin(ctx, e.cred, age, func(ctx context.Context) (User, error) { return c.askMyself(ctx, e) })
}

// Myself returns the user whom the credential belongs to, at most ten minutes old.
func (c *Client) Myself(ctx context.Context) (User, error) {
	// The deadline covers waiting for another caller's question as well.
	ctx, cancel := c.begin(ctx)
	defer cancel()
	var user User
	err := c.withCredential(ctx, OpMyself, func(e endpoint) error {
		var err error
		user, err = c.userWithin(ctx, e, userFresh)
		if err == nil && user.AccountID == "" { // the identity was confirmed, but not by name
			user, err = c.askMyself(ctx, e)
		}
		return err
	})
	return user, c.asTimeout(err)
}

// asTimeout turns the end of a wait into the error of a call that was not answered
// in time, or was cancelled.
func (c *Client) asTimeout(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		if _, ok := asError(err); !ok {
			return c.transportError(OpMyself, c.resolver.base.Host, err, false)
		}
	}
	return err
}

// errNoAccount is an answer to /myself from a Jira that knows no caller.
var errNoAccount = errors.New("the answer names no account")

// askMyself asks who is calling, at one endpoint.
func (c *Client) askMyself(ctx context.Context, e endpoint) (User, error) {
	var user User
	ans, err := c.sendWithRetry(ctx, e, request{op: OpMyself})
	if err == nil {
		err = decode(OpMyself, ans, &user)
	}
	if err == nil && user.AccountID == "" {
		err = &Error{Op: OpMyself, Status: http.StatusOK, Outcome: Refused, Advice: adviceProxy, Messages: []string{errNoAccount.Error()}, Err: errNoAccount}
	}
	return user, err
}

// confirmIdentity makes sure that the answer to op was given to a known user.
// Answers that name the caller themselves need no check.
func (c *Client) confirmIdentity(ctx context.Context, e endpoint, op operation.Operation) error {
	if op.Identifies {
		return nil
	}
	_, err := c.users.GetWithin(ctx, e.cred, identityFresh, func(ctx context.Context) (User, error) {
		user, err := c.askMyself(ctx, e)
		if isMissingScope(err) {
			return User{}, nil // somebody, whose name may not be asked for
		}
		return user, err
	})
	if err = c.asTimeout(err); err != nil {
		return fmt.Errorf("cannot trust Jira's answer to %s: %w", op.ID, err)
	}
	return nil
}
