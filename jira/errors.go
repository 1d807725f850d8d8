package jira

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// Outcome tells what is known about the effect of a failed request in Jira. It
// decides what a caller may say about a write, and whether to send it again.
// For a create, for example:
//
//	no connection, or outside the fence → NotSent
//	400, or 429 for too long            → Refused
//	502, or no answer in time           → Unknown: the issue may exist
//	201, and half a body                → Done: the issue exists, its key is lost
//
// A read has no effect, so that its outcome is NotSent or Refused.
type Outcome int

// The outcomes; a write is safe to send again after the first two only.
const (
	NotSent Outcome = iota // nothing was sent, or Jira turned it away unread (429)
	Refused                // Jira did nothing; of a read, also that its answer was lost
	Unknown                // it may have been done: the answer was lost
	Done                   // it was done, but the answer could not be read
)

// String returns the outcome in words.
func (o Outcome) String() string {
	return [...]string{"not sent", "refused", "unknown", "done"}[o]
}

// Error represents a failed call to Jira. Match it with errors.As.
type Error struct {
	Op       operation.Operation // the operation that failed
	Status   int                 // HTTP status; 0 if no answer came
	Messages []string            // Jira's errorMessages, or this program's own words
	Fields   map[string]string   // Jira's errors by field id
	// RetryAfter is how long Jira asks to wait before the next try (header
	// Retry-After or, with a 429, X-RateLimit-Reset); 0 if it did not say.
	RetryAfter time.Duration
	RequestID  string  // Atl-Traceid, for Atlassian's support
	Outcome    Outcome // what is known about the effect
	Advice     string  // what to do next, for people
	Err        error   // the cause, if any

	credentialRejected bool   // Jira did not accept the credential, and did nothing
	inconclusive       bool   // with credentialRejected: the site or the gateway could not be asked
	notJira            bool   // the body is not in the format of Jira or its gateway
	hiddenNotFound     bool   // Jira answered 404, and the fence hides that
	body               []byte // of the answer
}

// Error returns what went wrong: Jira's own messages if there are any,
// otherwise the cause or the status.
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

// NothingDone reports whether it is certain that Jira did nothing.
func (e *Error) NothingDone() bool { return e.Outcome == NotSent || e.Outcome == Refused }

// Reason returns a short reason for the audit log: that of the cause if it has
// one, the status ("jira 404"), or "connection".
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

// Hint returns what to do next. Callers append it to the error's text.
func (e *Error) Hint() string { return e.Advice }

// IsStatus reports whether err is an answer from Jira with this status.
func IsStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// IsNoAccess reports whether err means that this user or this token may not read
// what was asked for: a missing scope, or Jira's status 403 or 404. Jira answers
// 404 for what it hides from a user.
func IsNoAccess(err error) bool {
	return IsMissingScope(err) || IsStatus(err, http.StatusForbidden) || IsStatus(err, http.StatusNotFound)
}

// asError returns the [*Error] in err, if there is one.
func asError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// asStatus returns the [*Error] in err if it is an answer with this status.
func asStatus(err error, status int) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e) && e.Status == status
	return e, ok
}

// IsMissing reports whether Jira answered that the requested thing does not
// exist, or not for this user. It is also true if a fence hides the status.
func IsMissing(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == http.StatusNotFound || e.hiddenNotFound)
}

// OutcomeOf returns the outcome of the call that failed with err. An error that
// is not an [*Error] was made before anything was sent.
func OutcomeOf(err error) Outcome {
	var e *Error
	if errors.As(err, &e) {
		return e.Outcome
	}
	return NotSent
}

// Texts for [Error.Advice]. The one for 404 says both "absent" and "hidden",
// since Jira's answer is the same.
const (
	adviceCredential    = "Jira does not accept this server's credential: the API token is wrong, revoked or expired, or does not belong to this e-mail address and site. Ask the person who runs this server to check it."
	adviceUnclearToken  = "The token may be right: not every endpoint refused it, and something in front of Jira may have answered in its place. Try again, and run jira-mcp doctor before you make a new token."
	adviceBlocked       = "Jira has blocked logins of this account after failed attempts (CAPTCHA). Its owner must log in to the site once in a browser; then try again."
	adviceNoAccess      = "The credential is valid, but its account has no access to Jira at this site. A site administrator can grant it."
	adviceForbidden     = "This server's user lacks the permission. jira_whoami names the user; a project administrator can grant it."
	adviceNotFound      = "Jira does not say whether it is missing or hidden from this server's user. Check the key with jira_search or jira_list_projects."
	adviceNotJira       = "Something in front of Jira answered in its place (a proxy, a login page, a captive portal), or the site's address is wrong."
	adviceNoPath        = "Jira has answered other requests, so this path is missing: this site does not have that part of Jira, or something in front of it does not pass the path on."
	adviceProxySettings = "Check the proxy's address and login in this server's settings, or connect without a proxy."
	adviceCheckResult   = "It may have been done anyway; check before trying again."
	adviceAllowlist     = "The site's IP allowlist does not contain the address of the machine on which this server runs. Run it in an allowed network, or ask an organization admin to add the address."
	adviceRemoved       = "Atlassian has removed this operation from Jira's API. Ask the person who runs this server to update it."
	adviceTryLater      = "Jira is unavailable or overloaded. Try again later."
)

// adviceFor returns the advice for an error status; "" if there is none.
func adviceFor(op operation.Operation, status int, retry time.Duration) string {
	switch {
	case status == http.StatusUnauthorized:
		return adviceCredential
	case status == http.StatusForbidden:
		return adviceForbidden
	case status == http.StatusGone:
		return adviceRemoved
	case status == http.StatusNotFound:
		return adviceNotFound
	case status == http.StatusTooManyRequests && retry > 0:
		return fmt.Sprintf("Rate limited by Jira. Wait %s, then try again.", waitText(retry))
	case status == http.StatusTooManyRequests:
		return "Rate limited by Jira. Wait a minute, then try again."
	case status >= 500 && op.Writes():
		return adviceCheckResult
	case status >= 500 && retry > 0:
		return fmt.Sprintf("Jira is unavailable or overloaded. Wait %s, then try again.", waitText(retry))
	case status >= 500:
		return adviceTryLater
	case status >= 300 && status < 400:
		return adviceNotJira
	}
	return ""
}

// waitText returns a wait in words, rounded up: in seconds up to two minutes, and
// else in minutes.
func waitText(wait time.Duration) string {
	if wait <= 2*time.Minute {
		return fmt.Sprintf("%d s", int(math.Ceil(wait.Seconds())))
	}
	return fmt.Sprintf("%d minutes", int(math.Ceil(wait.Minutes())))
}
