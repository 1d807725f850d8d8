package jira

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// maxCredentials is how many credentials one call tries at most.
const maxCredentials = 3

// withCredential runs attempt at the endpoint of the credential. If Jira no
// longer accepts the credential, it asks the source for another and runs
// attempt again with that. This is safe for writes, since a rejected call has
// done nothing. Thus no call fails when a token is rotated:
//
//	attempt with A → 401 → /myself with A → 401 → source has B → attempt with B
//
// The request to /myself is needed since some operations answer 401 for other
// reasons than the credential (see confirmRejection).
func (c *Client) withCredential(ctx context.Context, op operation.Operation, attempt func(endpoint) error) error {
	cred, err := c.credential.Credential(ctx)
	if err != nil {
		return c.credentialUnavailable(ctx, op, err)
	}
	if c.resolver.retryDue(cred) {
		if next, ok := c.credential.Replacement(ctx, cred); ok {
			cred = next
		}
	}
	began := cred
	for try := 1; ; try++ {
		e, err := c.resolver.resolve(ctx, cred)
		if err != nil {
			err = c.asTimeout(err)
		} else if err = attempt(e); IsCredentialRejected(err) {
			err = c.confirmRejection(ctx, e, began, op, err)
		}
		if err == nil {
			c.inUse.record(cred)
			c.credential.ReportResult(cred, true)
		}
		if !IsCredentialRejected(err) || try == maxCredentials {
			return err
		}
		next, ok := c.credential.Replacement(ctx, cred)
		if !ok {
			return err
		}
		cred = next
	}
}

// credentialUnavailable builds the error for a source that has no credential.
func (c *Client) credentialUnavailable(ctx context.Context, op operation.Operation, err error) error {
	if ctx.Err() != nil {
		return c.asTimeout(ctx.Err())
	}
	return &Error{Op: op, Outcome: NotSent, Err: err, Messages: []string{"no API token is available: " + err.Error()},
		Advice: "Ask the person who runs this server to fix this; the next call tries again."}
}

// IsCredentialRejected reports whether err says that Jira did not accept the
// credential.
func IsCredentialRejected(err error) bool {
	e, ok := asError(err)
	return ok && e.credentialRejected
}

// isInconclusive reports whether err is a rejection after which not every
// endpoint could be asked.
func isInconclusive(err error) bool {
	e, ok := asError(err)
	return ok && e.inconclusive
}

// confirmRejection asks /myself whether a 401 is about the credential, and
// returns the error of the call. Three answers are possible:
//
//   - The credential is accepted: the operation answered 401 for a reason of
//     its own. The error names the missing scope or permission.
//   - It is rejected: confirmRejection remembers that for 30 s, so that other
//     callers with the same credential need not ask. They wait here meanwhile.
//   - Jira gave no usable answer: the rejection is remembered as inconclusive.
func (c *Client) confirmRejection(ctx context.Context, e endpoint, began credential.Credential, op operation.Operation, rejection error) error {
	if now, err := c.credential.Credential(ctx); err == nil && now != e.cred && now != began {
		return rejection // the credential has been replaced since the call began
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
	if !op.ReturnsCaller {
		// An answer that arrived while this call waited for the lock is new
		// enough, but not one to a question from before the rejection.
		_, _, err = c.identityWithin(ctx, e, c.now().Sub(asked))
		if err == nil {
			return asPermissionError(op, rejection)
		}
		if !IsCredentialRejected(err) { // Jira could not be asked
			if ctx.Err() == nil {
				c.resolver.rejectInconclusive(e.cred, rejection)
			}
			return c.asTimeout(err)
		}
	}
	c.log.WarnContext(ctx, "Jira does not accept the credential", "kind", e.kind)
	c.resolver.reject(e.cred, rejection)
	return rejection
}

// asPermissionError turns a 401 of an operation into an error about a missing
// scope or permission, since Jira accepts the credential itself.
func asPermissionError(op operation.Operation, rejection error) error {
	e, ok := asError(rejection)
	if !ok {
		return rejection
	}
	other := *e
	other.credentialRejected = false
	if e.Advice == adviceBlocked {
		return &other
	}
	other.Advice = fmt.Sprintf("The credential itself is accepted, but not for %s: a scope or a permission is missing (%s).", op.ID, op.Scopes)
	return &other
}

// adviceFor401 returns what to do about a rejected credential. It names the day
// on which the token expired, if that is known.
func adviceFor401(cred credential.Credential, now time.Time) string {
	if !cred.Expires.IsZero() && cred.Expires.DaysLeft(now) <= 0 {
		return fmt.Sprintf("The API token expired on %s. Ask the person who runs this server to create a new one at %s and replace it; no restart is required if it comes from a file, a command or the keyring.", cred.Expires, credential.TokenPage)
	}
	return adviceCredential
}

// credentialInUse holds the credential that Jira accepted last, and counts its
// changes. It is safe for concurrent use.
type credentialInUse struct {
	mu         sync.Mutex
	cred       credential.Credential
	generation uint64
}

// record records a credential that Jira has accepted, and counts it if it is
// new.
func (u *credentialInUse) record(cred credential.Credential) {
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

// CredentialGeneration returns a number that changes when another credential
// comes into use. Caches of Jira's answers are emptied then, since the next
// credential may belong to another user.
func (c *Client) CredentialGeneration() uint64 {
	c.inUse.mu.Lock()
	defer c.inUse.mu.Unlock()
	return c.inUse.generation
}
