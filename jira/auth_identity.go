package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Why identity is checked: when the credential is bad, Jira Cloud answers
// some calls anonymously, which for a private site means "200, nothing here"
// or "404, no such issue". Both would be lies to pass on. An answer that
// carries X-AAccountId was given to that account. Where the header is missing
// (other servers and proxies may not send it), nothing and 404 are believed
// only while /myself has confirmed the identity within identityFresh.
const identityFresh = 60 * time.Second

// userFresh is how long the user's own data (name, time zone) is reused.
const userFresh = 10 * time.Minute

// OpMyself asks who is calling.
var OpMyself = operation.Operation{
	ID: "getCurrentUser", Document: operation.Platform, Method: http.MethodGet, Path: "/rest/api/3/myself",
	Scopes: operation.Scopes{Classic: []string{"read:jira-user"},
		Granular: []string{"read:application-role:jira", "read:group:jira", "read:user:jira", "read:avatar:jira"}},
	Repeatable: true, Answers: operation.AnswerSite,
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

// identity remembers when /myself last answered to a credential, and what.
type identity struct {
	now func() time.Time
	// turn is a lock that a caller can stop waiting for: one /myself is in
	// flight at a time, and those who waited find it answered.
	turn chan struct{}

	mu   sync.Mutex
	cred credential.Credential
	user User
	at   time.Time
}

func newIdentity(now func() time.Time) *identity {
	return &identity{now: now, turn: make(chan struct{}, 1)}
}

// learn notes an answer of this moment.
func (i *identity) learn(cred credential.Credential, user User) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cred, i.user, i.at = cred, user, i.now()
}

// known is what was answered at most age ago.
func (i *identity) known(cred credential.Credential, age time.Duration) (User, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.user, i.cred == cred && !i.at.IsZero() && i.now().Sub(i.at) < age
}

func (i *identity) forget() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.at = time.Time{}
}

// userWithin returns the user as /myself told it at most age ago, asking if needed.
func (i *identity) userWithin(ctx context.Context, cred credential.Credential, age time.Duration, ask func(context.Context) (User, error)) (User, error) {
	select {
	case i.turn <- struct{}{}:
		defer func() { <-i.turn }()
	case <-ctx.Done():
		return User{}, ctx.Err()
	}
	if user, ok := i.known(cred, age); ok {
		return user, nil
	}
	user, err := ask(ctx)
	if err != nil {
		i.forget()
		return User{}, err
	}
	i.learn(cred, user)
	return user, nil
}

// LastAccountID is the account id of the user whom Jira answered last, as its answers
// name it (contract, "Special headers"); "" before. It asks nobody.
func (c *Client) LastAccountID() string {
	if id := c.lastAccountID.Load(); id != nil {
		return *id
	}
	return ""
}

// Myself returns the user the credential belongs to, at most ten minutes old.
func (c *Client) Myself(ctx context.Context) (User, error) {
	// The deadline covers waiting for somebody else's question as well.
	ctx, cancel := c.begin(ctx)
	defer cancel()
	var user User
	err := c.withCredential(ctx, OpMyself, func(p endpoint) error {
		var err error
		user, err = c.identity.userWithin(ctx, p.cred, userFresh, func(ctx context.Context) (User, error) { return c.askMyself(ctx, p) })
		if err == nil && user.AccountID == "" { // identified, but not by name
			user, err = c.askMyself(ctx, p)
		}
		return err
	})
	return user, c.asTimeout(err)
}

// asTimeout gives a wait that ended the words of a call that did.
func (c *Client) asTimeout(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		var e *Error
		if !errors.As(err, &e) {
			return c.transportError(OpMyself, c.resolver.base.Host, err, false)
		}
	}
	return err
}

// errNoAccount is an answer to /myself from a Jira that knows no caller.
var errNoAccount = errors.New("the answer names no account")

// askMyself asks who is calling, at one place.
func (c *Client) askMyself(ctx context.Context, p endpoint) (User, error) {
	var user User
	ans, err := c.sendWithRetry(ctx, p, request{op: OpMyself})
	if err == nil {
		err = decode(OpMyself, ans, &user)
	}
	if err == nil && user.AccountID == "" {
		err = &Error{Op: OpMyself, Status: http.StatusOK, Outcome: Refused, Advice: adviceProxy, Messages: []string{errNoAccount.Error()}, Err: errNoAccount}
	}
	return user, err
}

// confirmIdentity makes sure that what op was answered at a place was said to
// a known user. The identity check itself is exempt.
func (c *Client) confirmIdentity(ctx context.Context, p endpoint, op operation.Operation) error {
	if op.Key() == OpMyself.Key() {
		return nil
	}
	_, err := c.identity.userWithin(ctx, p.cred, identityFresh, func(ctx context.Context) (User, error) {
		user, err := c.askMyself(ctx, p)
		if isMissingScope(err) {
			return User{}, nil // somebody, who may not be named
		}
		return user, err
	})
	if err = c.asTimeout(err); err != nil {
		return fmt.Errorf("cannot trust Jira's answer to %s: %w", op.ID, err)
	}
	return nil
}
