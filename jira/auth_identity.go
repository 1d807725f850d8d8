package jira

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// The client checks its identity, since Jira Cloud answers some calls
// anonymously if the credential is bad. For a private site the answer is then
// "200, nothing here" or "404, no such issue" (MrRefactoring/jira.js issue
// 418). Both are false for the user. For example, a search with an expired
// token may find no issues, and a model would report that there is no bug.
//
// An answer with the header X-AAccountId was given to that account (contract,
// "Special headers"). Other servers and proxies may not send the header.
// Without it, an empty answer and the statuses 400, 403 and 404 are believed
// only if /myself has confirmed the identity within identityTTL.
const identityTTL = 60 * time.Second

// userTTL is how long the user's own data (name, time zone) is reused.
const userTTL = 10 * time.Minute

// maxIdentities is how many identities are remembered: one for each of the two
// tokens of a rotation.
const maxIdentities = 2

// OpMyself is the operation that returns the caller.
var OpMyself = operation.Operation{
	ID: "getCurrentUser", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/myself",
	Scopes: operation.Scopes{Classic: []string{"read:jira-user"},
		Granular: []string{"read:application-role:jira", "read:group:jira", "read:user:jira", "read:avatar:jira"}},
	Answers: operation.AnswerSite, ReturnsCaller: true,
}

// User represents a person or an app, with the data that Jira shows.
type User struct {
	AccountID   string `json:"accountId"`
	DisplayName string `json:"displayName"`
	Email       string `json:"emailAddress"` // empty unless the user shows it
	Active      bool   `json:"active"`
	AccountType string `json:"accountType"` // atlassian, app or customer
	TimeZone    string `json:"timeZone"`    // IANA name; may be empty
}

// IsEmployee reports whether a user is an active person with an Atlassian account,
// and not an app or a customer of a service desk.
func (u User) IsEmployee() bool {
	return u.Active && (u.AccountType == "" || u.AccountType == "atlassian")
}

// IsCustomer reports whether the user is a customer of a service desk.
func (u User) IsCustomer() bool { return u.AccountType == "customer" }

// Kind returns what a user is other than an employee: "app", "customer" or
// "deactivated"; "" for an employee, and for kinds that Atlassian's document does
// not have.
func (u User) Kind() string {
	switch {
	case !u.Active:
		return "deactivated"
	case u.AccountType == "app", u.AccountType == "customer":
		return u.AccountType
	}
	return ""
}

// LastAccountID returns the id of the account that Jira answered last, as the
// answer named it; "" before the first. It sends no request.
func (c *Client) LastAccountID() string {
	if id := c.lastAccountID.Load(); id != nil {
		return *id
	}
	return ""
}

// IsCaller reports whether an account is the one of [Client.LastAccountID]; before
// Jira's first answer no account is.
func (c *Client) IsCaller(accountID string) bool {
	return accountID != "" && accountID == c.LastAccountID()
}

// identity is what Jira knows of a credential: the user, or the error of an
// accepted token that lacks the scope for /myself.
type identity struct {
	user    User
	unnamed error
}

// identityWithin returns the identity of an endpoint's credential as /myself
// returned it at most age ago, and asks if needed. Concurrent callers share one
// request. asked reports whether this caller made it.
func (c *Client) identityWithin(ctx context.Context, e endpoint, age time.Duration) (who identity, asked bool, err error) {
	who, err = c.identities.GetWithin(ctx, e.cred, age, func(ctx context.Context) (identity, error) {
		asked = true
		user, err := c.askMyselfTwice(ctx, e)
		if IsMissingScope(err) {
			return identity{unnamed: err}, nil
		}
		return identity{user: user}, err
	})
	return who, asked, err
}

// Myself returns the user that the credential belongs to, with data that is at
// most ten minutes old.
func (c *Client) Myself(ctx context.Context) (User, error) {
	// The deadline also covers waiting for another caller's request.
	ctx, cancel := c.withCallLimits(ctx)
	defer cancel()
	var user User
	err := c.withCredential(ctx, OpMyself, func(e endpoint) error {
		who, asked, err := c.identityWithin(ctx, e, userTTL)
		switch {
		case err != nil:
			return err
		case who.unnamed == nil:
			user = who.user
			return nil
		case asked:
			return who.unnamed
		}
		user, err = c.askMyselfTwice(ctx, e) // the token may have got the scope since
		return err
	})
	return user, c.asTimeout(err)
}

// asTimeout turns the end of a context into the error of a call that got no
// answer in time, or was cancelled. It returns other errors as they are.
func (c *Client) asTimeout(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		if _, ok := asError(err); !ok {
			return c.transportError(OpMyself, c.resolver.base.Host, err, false)
		}
	}
	return err
}

// askMyself asks Jira who is calling, at one endpoint.
func (c *Client) askMyself(ctx context.Context, e endpoint) (User, error) {
	var me callerAnswer
	ans, err := c.sendWithRetry(ctx, e, request{op: OpMyself})
	if err == nil {
		err = decode(ctx, request{op: OpMyself}, ans, &me)
	}
	user := me.User
	user.DisplayName = cmp.Or(user.DisplayName, user.AccountID)
	return user, err
}

// askMyselfTwice is askMyself, and asks again after an answer that is neither the
// user nor a refusal: a proxy may have given it, and proves nothing.
func (c *Client) askMyselfTwice(ctx context.Context, e endpoint) (User, error) {
	user, err := c.askMyself(ctx, e)
	if err != nil && isOddAnswer(err) {
		user, err = c.askMyself(ctx, e)
	}
	return user, err
}

// isOddAnswer reports whether err is an answer to /myself that Jira does not give to
// a valid or an invalid credential: a success without a user, or a page in place of
// an answer.
func isOddAnswer(err error) bool {
	e, ok := asError(err)
	return ok && !e.credentialRejected && (e.Status >= 200 && e.Status < 400 || e.Status == http.StatusNotFound && e.notJira)
}

// confirmIdentity returns an error unless the answer to op was given to a known
// user. An answer of an operation that itself names the caller needs no check.
func (c *Client) confirmIdentity(ctx context.Context, e endpoint, op operation.Operation) error {
	if op.ReturnsCaller {
		return nil
	}
	// A token without the scope for /myself belongs to a known user, too.
	_, _, err := c.identityWithin(ctx, e, identityTTL)
	if err = c.asTimeout(err); err != nil {
		return fmt.Errorf("cannot trust Jira's answer to %s: %w", op.ID, err)
	}
	return nil
}
