package jira

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// maxCredentials bounds how many credentials one call tries.
const maxCredentials = 3

// withCredential runs attempt at the place of the credential. When Jira does
// not accept the credential any more, the source is asked for another, and the
// attempt is made with that: a refused call did nothing.
func (c *Client) withCredential(ctx context.Context, op operation.Operation, attempt func(endpoint) error) error {
	cred, err := c.credential.Credential(ctx)
	if err != nil {
		return c.noCredential(ctx, op, err)
	}
	if c.resolver.retryDue(cred, c.now()) {
		if next, ok := c.credential.Another(ctx, cred); ok {
			cred = next
		}
	}
	began := cred
	for try := 1; ; try++ {
		p, err := c.endpointFor(ctx, cred)
		if err != nil {
			err = c.asTimeout(err)
		} else if err = attempt(p); isRejected(err) {
			err = c.confirmRejection(ctx, p, began, op, err)
		}
		if err == nil {
			c.inUse.note(cred)
			c.credential.Answered(cred, true)
		}
		if !isRejected(err) || try == maxCredentials {
			return err
		}
		next, ok := c.credential.Another(ctx, cred)
		if !ok {
			return err
		}
		cred = next
	}
}

// noCredential is a credential that could not be had.
func (c *Client) noCredential(ctx context.Context, op operation.Operation, err error) error {
	if ctx.Err() != nil {
		return c.asTimeout(ctx.Err())
	}
	return &Error{Op: op, Outcome: NotSent, Err: err, Messages: []string{"there is no API token to use: " + err.Error()},
		Advice: "Ask the person who runs this server to mend that; the next call looks again."}
}

// isRejected reports an answer that says that the credential is not accepted.
func isRejected(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.credentialRejected
}

func isInconclusive(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.inconclusive
}

// confirmRejection asks /myself whether a refusal is about the credential, since
// some operations answer 401 for other reasons. A confirmed refusal is
// remembered, for those who wait here with the same and for a while after.
func (c *Client) confirmRejection(ctx context.Context, p endpoint, began credential.Credential, op operation.Operation, refusal error) error {
	if now, err := c.credential.Credential(ctx); err == nil && now != p.cred && now != began {
		return refusal // it has been replaced since the call began
	}
	asked := c.now()
	leave, err := c.resolver.lock(ctx)
	if err != nil {
		return c.asTimeout(err)
	}
	defer leave()
	if f := c.resolver.known(p.cred, c.now()); f != nil && f.err != nil {
		return f.err
	}
	if op.Key() != OpMyself.Key() {
		_, err = c.identity.userWithin(ctx, p.cred, c.now().Sub(asked), func(ctx context.Context) (User, error) { return c.askMyself(ctx, p) })
		if err == nil || isMissingScope(err) {
			return notTheCredential(op, refusal)
		}
		if !isRejected(err) {
			if ctx.Err() == nil {
				c.resolver.note(p.cred, &resolution{err: refusal, until: c.now().Add(retryInconclusiveAfter), inconclusive: true})
			}
			return c.asTimeout(err)
		}
	}
	c.log.WarnContext(ctx, "Jira does not accept the credential", "kind", p.kind)
	c.resolver.note(p.cred, &resolution{err: refusal, until: c.now().Add(retryRejectedAfter)})
	c.credential.Answered(p.cred, false)
	return refusal
}

// notTheCredential is a 401 to an operation from a Jira that knows the caller.
func notTheCredential(op operation.Operation, refusal error) error {
	var e *Error
	if !errors.As(refusal, &e) {
		return refusal
	}
	kind := *e
	kind.credentialRejected = false
	kind.Advice = fmt.Sprintf("The credential itself is accepted, but not for %s: a scope or a permission is missing (%s).", op.ID, op.Scopes)
	return &kind
}

// adviceCredential is what to do about a credential that is not accepted.
func (c *Client) adviceCredential(cred credential.Credential) string {
	if !cred.Expires.IsZero() && cred.Expires.DaysLeft(c.now()) <= 0 {
		return fmt.Sprintf("The API token expired on %s. Ask the person who runs this server to make a new one at %s and put it in place of the old; no restart is needed where it is kept in a file, behind a command or in the keyring.", cred.Expires, credential.TokenPage)
	}
	return adviceCredential
}

// credentialInUse tells one credential in use from the next.
type credentialInUse struct {
	mu     sync.Mutex
	cred   credential.Credential
	number uint64
}

func (a *credentialInUse) note(cred credential.Credential) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cred != cred {
		a.cred = cred
		a.number++
	}
}

func (a *credentialInUse) current() credential.Credential {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.cred
}

// CredentialGeneration is a number that changes when another credential comes into use:
// what Jira told to one must not be given to the next, who may be somebody
// else.
func (c *Client) CredentialGeneration() uint64 {
	c.inUse.mu.Lock()
	defer c.inUse.mu.Unlock()
	return c.inUse.number
}
