package jira

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// maxCredentials bounds how many credentials one call tries.
const maxCredentials = 3

// withCredential runs attempt at the endpoint of the credential. If Jira does not
// accept the credential any more, it asks the source for another and runs attempt
// again with that: a rejected call has done nothing, so that this is safe for
// writes. Thus no call fails when a token is rotated:
//
//	attempt with A → 401 → /myself with A → 401 → source has B → attempt with B
//
// The question in the middle matters: some operations answer 401 for other reasons
// than the credential (see confirmRejection).
func (c *Client) withCredential(ctx context.Context, op operation.Operation, attempt func(endpoint) error) error {
	cred, err := c.credential.Credential(ctx)
	if err != nil {
		return c.noCredential(ctx, op, err)
	}
	if c.resolver.retryDue(cred) {
		if next, ok := c.credential.Another(ctx, cred); ok {
			cred = next
		}
	}
	began := cred
	for try := 1; ; try++ {
		e, err := c.resolver.resolve(ctx, cred)
		if err != nil {
			err = c.asTimeout(err)
		} else if err = attempt(e); isRejected(err) {
			err = c.confirmRejection(ctx, e, began, op, err)
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

// noCredential builds the error for a credential that the source could not give.
func (c *Client) noCredential(ctx context.Context, op operation.Operation, err error) error {
	if ctx.Err() != nil {
		return c.asTimeout(ctx.Err())
	}
	return &Error{Op: op, Outcome: NotSent, Err: err, Messages: []string{"there is no API token to use: " + err.Error()},
		Advice: "Ask the person who runs this server to mend that; the next call looks again."}
}

// isRejected reports whether Jira did not accept the credential.
func isRejected(err error) bool {
	e, ok := asError(err)
	return ok && e.credentialRejected
}

// isInconclusive reports a rejection where not every place could be asked.
func isInconclusive(err error) bool {
	e, ok := asError(err)
	return ok && e.inconclusive
}

// confirmRejection asks /myself whether a 401 is about the credential, since some
// operations answer 401 for other reasons. A confirmed rejection is remembered: for
// callers that wait here with the same credential, and for a while after. It
// returns what the call failed with.
func (c *Client) confirmRejection(ctx context.Context, e endpoint, began credential.Credential, op operation.Operation, rejection error) error {
	if now, err := c.credential.Credential(ctx); err == nil && now != e.cred && now != began {
		return rejection // it has been replaced since the call began
	}
	asked := c.now()
	unlock, err := c.resolver.lock(ctx)
	if err != nil {
		return c.asTimeout(err)
	}
	defer unlock()
	if known, ok := c.resolver.resolution(e.cred); ok && known.err != nil {
		return known.err
	}
	if !op.Identifies {
		// An answer that came while this call waited for its turn will do.
		_, err = c.userWithin(ctx, e, c.now().Sub(asked))
		if err == nil || isMissingScope(err) {
			return notTheCredential(op, rejection)
		}
		if !isRejected(err) { // Jira could not be asked
			if ctx.Err() == nil {
				c.resolver.suspect(e.cred, rejection)
			}
			return c.asTimeout(err)
		}
	}
	c.log.WarnContext(ctx, "Jira does not accept the credential", "kind", e.kind)
	c.resolver.reject(e.cred, rejection)
	return rejection
}

// notTheCredential rewrites a 401 of an operation at a Jira that knows the caller:
// a scope or a permission is missing.
func notTheCredential(op operation.Operation, rejection error) error {
	e, ok := asError(rejection)
	if !ok {
		return rejection
	}
	other := *e
	other.credentialRejected = false
	other.Advice = fmt.Sprintf("The credential itself is accepted, but not for %s: a scope or a permission is missing (%s).", op.ID, op.Scopes)
	return &other
}

// adviceFor401 returns what to do about a credential that is not accepted.
func adviceFor401(cred credential.Credential, now time.Time) string {
	if !cred.Expires.IsZero() && cred.Expires.DaysLeft(now) <= 0 {
		return fmt.Sprintf("The API token expired on %s. Ask the person who runs this server to make a new one at %s and put it in place of the old; no restart is needed where it is kept in a file, behind a command or in the keyring.", cred.Expires, credential.TokenPage)
	}
	return adviceCredential
}

// credentialInUse tells one credential in use from the next.
type credentialInUse struct {
	mu         sync.Mutex
	cred       credential.Credential
	generation uint64
}

// note counts a credential that Jira has accepted, if it is another one.
func (u *credentialInUse) note(cred credential.Credential) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.cred != cred {
		u.cred = cred
		u.generation++
	}
}

// current returns the credential that Jira accepted last.
func (u *credentialInUse) current() credential.Credential {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.cred
}

// CredentialGeneration returns a number that changes when another credential comes
// into use. Caches of Jira's answers are emptied then: the next credential may be
// somebody else's.
func (c *Client) CredentialGeneration() uint64 {
	c.inUse.mu.Lock()
	defer c.inUse.mu.Unlock()
	return c.inUse.generation
}
