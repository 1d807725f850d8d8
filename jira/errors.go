package jira

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Outcome says what is known about a request's effect in Jira when something
// went wrong. It decides what may be said about a write.
type Outcome int

// The outcomes, from harmless to delicate.
const (
	NotSent Outcome = iota // nothing reached Jira
	Refused                // Jira answered and did not do it
	Unknown                // it may have happened: the answer was lost
	Done                   // Jira did it, but its answer could not be read
)

// String names the outcome.
func (o Outcome) String() string {
	return [...]string{"not sent", "refused", "unknown", "done"}[o]
}

// Error is what every failed call to Jira returns; match it with errors.As.
type Error struct {
	Op       operation.Operation // what was called
	Status   int                 // HTTP status; 0 when no answer came
	Messages []string            // Jira's errorMessages, or this program's own words
	Fields   map[string]string   // Jira's errors by field id
	// RetryAfter is how long Jira asks to wait before the next try; 0 when it
	// did not say (header Retry-After).
	RetryAfter time.Duration
	RequestID  string  // Atl-Traceid, for Atlassian's support
	Outcome    Outcome // what is known about the effect
	Advice     string  // what to do next, in plain words
	Err        error   // the cause below, if any

	credentialRejected bool // Jira did not accept the credential, and did nothing
	inconclusive       bool // with credential: not every place that could take it was asked
	missing            bool // Jira answered 404, though a fence leaves that out of what is said
	body               []byte
}

// Error implements error: what was wrong, in Jira's words where there are any.
func (e *Error) Error() string {
	var parts []string
	parts = append(parts, e.Messages...)
	for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
		parts = append(parts, field+": "+e.Fields[field])
	}
	what := strings.Join(parts, "; ")
	if what == "" && e.Err != nil {
		what = e.Err.Error()
	}
	if what == "" {
		what = http.StatusText(e.Status)
	}
	if e.Status == 0 {
		return what
	}
	return fmt.Sprintf("Jira answered %d: %s", e.Status, what)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// NothingDone reports that Jira surely did nothing.
func (e *Error) NothingDone() bool { return e.Outcome == NotSent || e.Outcome == Refused }

// Reason is what an audit line says of it: the status, or what else stood in
// the way.
func (e *Error) Reason() string {
	var other interface{ Reason() string }
	switch {
	case e.Err != nil && errors.As(e.Err, &other):
		return other.Reason()
	case e.Status != 0:
		return fmt.Sprintf("jira %d", e.Status)
	}
	return "connection"
}

// Hint says what to do next; adapters append it to the error's text.
func (e *Error) Hint() string { return e.Advice }

// IsStatus reports whether err is an answer from Jira with this status.
func IsStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// asError finds the client's error in err.
func asError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// asStatus finds an answer from Jira with this status.
func asStatus(err error, status int) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e) && e.Status == status
	return e, ok
}

// IsMissing reports an answer from Jira that what was asked for does not exist,
// or not for this user, also where a fence does not pass that on.
func IsMissing(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == http.StatusNotFound || e.missing)
}

// OutcomeOf tells what is known about the effect of the call that returned
// err. An error that is not an [Error] was made before anything was sent.
func OutcomeOf(err error) Outcome {
	var e *Error
	if errors.As(err, &e) {
		return e.Outcome
	}
	return NotSent
}

// Advice by status. 404 covers both 'absent' and 'not visible', since Jira
// does not tell one from the other.
const (
	adviceCredential = "Jira does not accept this server's credential: the API token is wrong, revoked or expired, or does not belong to this e-mail address and site. Ask the person who runs this server to check it."
	adviceBlocked    = "Jira has blocked logins of this account after failed attempts (CAPTCHA). Its owner has to log in once at the site in a browser; then try again."
	adviceNoAccess   = "The credential is right, but its account has no access to Jira at this site. An administrator of the site can grant it."
	adviceForbidden  = "The user this server runs as lacks the permission. jira_whoami names that user; a project administrator can grant it."
	adviceNotFound   = "Jira does not say whether it is absent or hidden from this server's user. Check the key with jira_search or jira_list_projects."
	adviceProxy      = "Something in front of Jira answered in its place (a proxy, a login page, a captive portal), or the site's address is wrong."
	adviceWay        = "Check the proxy's address and login in this server's settings, or let it go to the site without one."
	adviceLook       = "It may have happened all the same: look before trying again."
	adviceLater      = "Jira is unwell or overloaded. Try again later."
)

func adviceFor(op operation.Operation, status int, retry time.Duration) string {
	switch {
	case status == http.StatusUnauthorized:
		return adviceCredential
	case status == http.StatusForbidden:
		return adviceForbidden
	case status == http.StatusNotFound:
		return adviceNotFound
	case status == http.StatusTooManyRequests && retry > 0:
		return fmt.Sprintf("Jira limits the rate. Wait %d s, then try again.", int(retry.Seconds()))
	case status == http.StatusTooManyRequests:
		return "Jira limits the rate. Wait a minute, then try again."
	case status >= 500 && op.Writes():
		return "It may have happened all the same: look before trying again."
	case status >= 500:
		return adviceLater
	case status >= 300 && status < 400:
		return adviceProxy
	}
	return ""
}
