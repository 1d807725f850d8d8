package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// checkResponse returns nil for an answer that counts as success, and otherwise
// the error. It does not believe a 400, 403 or 404 that may have been given to
// an anonymous caller (see auth_identity.go).
func (c *Client) checkResponse(ctx context.Context, p endpoint, op operation.Operation, ans answer) error {
	ok := ans.status >= 200 && ans.status < 300
	if err := c.loginError(p, op, ans, ok); err != nil {
		return err
	}
	if ok {
		return nil
	}
	// To an anonymous caller Jira says: no such issue, no such project, no
	// permission. Passed on, that would be false.
	if slices.Contains([]int{http.StatusNotFound, http.StatusBadRequest, http.StatusForbidden}, ans.status) && !ans.identified && isJSON(ans.header) {
		if err := c.confirmIdentity(ctx, p, op); err != nil {
			return err
		}
	}
	return c.statusError(p, op, ans)
}

// loginError returns the error for an answer whose headers report a failed
// login, whatever its status; nil for others. With a bad credential Jira
// answers some calls anonymously (MrRefactoring/jira.js issue 418; contract,
// "Special headers"), and it blocks an account after failed logins (Atlassian,
// "Basic auth for REST APIs", CAPTCHA). A 5xx may come from a proxy, so that
// its headers prove nothing.
func (c *Client) loginError(p endpoint, op operation.Operation, ans answer, ok bool) error {
	reason := ans.header.Get("X-Seraph-LoginReason")
	e := &Error{Op: op, Status: http.StatusUnauthorized, Outcome: Refused, RequestID: ans.header.Get("Atl-Traceid"), credentialRejected: true}
	if ans.status >= 500 {
		return nil
	}
	switch {
	case strings.Contains(reason, "AUTHENTICATION_DENIED"), strings.Contains(ans.header.Get("X-Authentication-Denied-Reason"), "CAPTCHA"):
		e.Advice, e.Messages = adviceBlocked, []string{"the login of this account is blocked"}
	case strings.Contains(reason, "AUTHENTICATED_FAILED"):
		e.Advice, e.Messages = adviceFor401(p.cred, c.now()), []string{"the credential was not accepted (Jira answered anonymously)"}
	default:
		return nil
	}
	if ok && op.Writes() {
		// The site may let anonymous callers write; then the write was done,
		// without a user. A repetition with another credential could do it twice.
		e.Outcome, e.credentialRejected = Unknown, false
		e.Messages = append(e.Messages, "the write may have been done anonymously")
	}
	return e
}

// statusError builds the error for an answer with an error status. Jira's body
// is {"errorMessages":[…],"errors":{…}}, the gateway's {"code":…,"message":…};
// a proxy may answer anything. A 5xx leaves open whether a write was done.
func (c *Client) statusError(p endpoint, op operation.Operation, ans answer) *Error {
	// Bulk creates report each part of a request in the body of an error.
	e := &Error{Op: op, Status: ans.status, Outcome: Refused, RequestID: ans.header.Get("Atl-Traceid"), body: ans.body}
	e.RetryAfter = parseRetryAfter(ans.status, ans.header, c.now())
	e.Advice = adviceFor(op, ans.status, e.RetryAfter)
	if ans.status >= 500 && op.Writes() {
		e.Outcome = Unknown
	}
	e.Messages, e.Fields = parseErrorBody(ans.body)
	isBlocked := ans.status == http.StatusForbidden && namesAllowlist(ans.body)
	switch {
	case ans.status == http.StatusUnauthorized && strings.Contains(strings.Join(e.Messages, " "), "scope does not match"):
		e.Advice = fmt.Sprintf("The API token is valid, but lacks a scope that %s requires: %s. Scopes cannot be added to a token; create a new token with them.", op.ID, op.Scopes)
	case ans.status == http.StatusUnauthorized:
		e.credentialRejected, e.Advice = true, adviceFor401(p.cred, c.now())
	case isBlocked:
		e.Advice = adviceAllowlist
	case ans.status == http.StatusForbidden && op.ReturnsCaller && isJSON(ans.header):
		e.Advice = adviceNoAccess
	}
	switch {
	case ans.status >= 300 && ans.status < 400:
		e.describeRedirect(p.base.Host, ans.header.Get("Location"))
	case len(e.Messages) == 0 && len(e.Fields) == 0 && !isJSON(ans.header):
		e.Messages = []string{fmt.Sprintf("%s for %s %s (not Jira's own error format)", http.StatusText(ans.status), op.Method, op.Path)}
		e.notJira = true
		switch {
		case isBlocked || slices.Contains([]int{http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusGone}, ans.status) || ans.status >= 500:
		case ans.status == http.StatusNotFound && c.LastAccountID() != "":
			e.Advice = adviceNoPath
		default:
			e.Advice = adviceNotJira
		}
	}
	return e
}

// describeRedirect says where an answer of a host redirects to. Another Jira Cloud
// site is the new address of a site that was renamed.
func (e *Error) describeRedirect(host, location string) {
	where := "another place"
	if u, err := url.Parse(location); err == nil && u.Host != "" {
		where = u.Host
	}
	e.Messages = []string{"redirected to " + where + " instead of an answer"}
	if isSiteHost(where) && !strings.EqualFold(where, host) {
		e.Advice = "The site has a new address, https://" + strings.ToLower(where) + ". Ask the person who runs this server to set it."
	}
}

// namesAllowlist reports whether a refusal, in JSON or HTML, is about the address of
// this machine: "IP allowlist", or an IP address that is rejected or not allowed
// (Atlassian support, "Specify IP addresses for product access").
func namesAllowlist(body []byte) bool {
	text := strings.ToLower(string(body[:min(len(body), 8<<10)]))
	return strings.Contains(text, "ip allowlist") || strings.Contains(text, "ip address") &&
		slices.ContainsFunc([]string{"not allowed", "not on", "rejected", "blocked", "denied"}, func(word string) bool { return strings.Contains(text, word) })
}

// isSiteHost reports whether a host has the form of a Jira Cloud site's.
func isSiteHost(host string) bool {
	name, isCloud := strings.CutSuffix(strings.ToLower(host), ".atlassian.net")
	return isCloud && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// parseErrorBody returns the messages of an error body, and those about fields
// by field id. It skips whatever does not have the expected shape.
func parseErrorBody(body []byte) (messages []string, fields map[string]string) {
	var b struct {
		ErrorMessages any            `json:"errorMessages"`
		Errors        map[string]any `json:"errors"`
		Message       any            `json:"message"`
		ErrorMessage  any            `json:"errorMessage"`
	}
	if json.Unmarshal(body, &b) != nil {
		return nil, nil
	}
	for _, v := range []any{b.ErrorMessages, b.Message, b.ErrorMessage} {
		messages = append(messages, stringsIn(v)...)
	}
	for id, v := range b.Errors {
		if text := strings.Join(stringsIn(v), "; "); text != "" {
			if fields == nil {
				fields = map[string]string{}
			}
			fields[strings.Join(strings.Fields(id), " ")] = text
		}
	}
	return messages, fields
}

// stringsIn returns the strings in a value, which is one or a list of them, each
// as one line.
func stringsIn(v any) []string {
	switch v := v.(type) {
	case string:
		if v = strings.Join(strings.Fields(v), " "); v != "" {
			return []string{v}
		}
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, stringsIn(item)...)
		}
		return out
	}
	return nil
}

// maxRetryAfter is the longest wait that the client believes.
const maxRetryAfter = 24 * time.Hour

// parseRetryAfter returns the wait that an answer asks for: Retry-After, in
// seconds, also with a fraction, or as an HTTP date. A 429 without it may have
// X-RateLimit-Reset, an ISO 8601 time; other answers have that header without
// asking for a wait. It returns 0 if the time is absent, past or malformed.
func parseRetryAfter(status int, h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil && s >= 0 {
		return time.Duration(min(s, maxRetryAfter.Seconds()) * float64(time.Second))
	}
	at, err := http.ParseTime(v)
	if reset := h.Get("X-RateLimit-Reset"); err != nil && status == http.StatusTooManyRequests {
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} { // seconds may be left out
			if at, err = time.Parse(layout, strings.TrimSpace(reset)); err == nil {
				break
			}
		}
	}
	if err != nil || !at.After(now) {
		return 0
	}
	return min(at.Sub(now), maxRetryAfter)
}

// isJSON reports whether the content type is JSON.
func isJSON(h http.Header) bool {
	return strings.Contains(strings.ToLower(h.Get("Content-Type")), "json")
}

// lenient accepts JSON as other servers and proxies may send it: names in
// another case, duplicate names and invalid UTF-8.
var lenient = jsonv2.JoinOptions(jsonv2.MatchCaseInsensitiveNames(true), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// errEmptyBody reports an answer whose body is blank.
var errEmptyBody = errors.New("the answer was empty")

// rawAnswer is implemented by answer types that are not JSON, such as a file.
type rawAnswer interface{ read(answer) }

// decode reads the body of a 2xx answer into out. The type of out decides which
// answers are valid:
//
//   - a [rawAnswer] accepts any;
//   - noBody needs the status with which Jira confirms without a body (204, or
//     the operation's SuccessStatus; if that is 200, which a login page has as
//     well, the body has to be blank);
//   - a type with the method allowsNoBody also accepts that;
//   - all others need JSON with the members that [answerRules] lists.
//
// For example, {} is not a valid answer to a create, since "key" is missing: a
// proxy may have sent it, and the outcome is Unknown.
func decode(ctx context.Context, in request, ans answer, out any) error {
	op := in.op
	if raw, ok := out.(rawAnswer); ok {
		raw.read(ans)
		return nil
	}
	_, bare := out.(*noBody)
	_, allowsNoBody := out.(interface{ allowsNoBody() })
	blank := len(strings.TrimSpace(string(ans.body[:min(len(ans.body), 512)]))) == 0
	confirms := ans.status == http.StatusNoContent || ans.status == op.SuccessStatus
	if (bare || allowsNoBody) && confirms && (blank || ans.status != http.StatusOK) {
		return nil
	}
	if bare {
		return &Error{Op: op, Status: ans.status, Outcome: writeOutcome(op, Unknown), Advice: adviceCheckResult,
			Messages: []string{fmt.Sprintf("the answer is %d with %d bytes, not Jira's confirmation (%d without content)", ans.status, len(ans.body), cmp.Or(op.SuccessStatus, http.StatusNoContent))}}
	}
	if blank {
		return unreadableError(op, ans, errEmptyBody)
	}
	if ct := ans.header.Get("Content-Type"); ct != "" && !isJSON(ans.header) {
		media, _, _ := strings.Cut(ct, ";")
		return &Error{Op: op, Status: ans.status, Outcome: writeOutcome(op, Unknown), Advice: adviceNotJira,
			Messages: []string{fmt.Sprintf("the answer is %s, not JSON", media)}}
	}
	if err := jsonv2.Unmarshal(singleLines(ans.body), out, lenient); err != nil {
		return unreadableError(op, ans, err)
	}
	missing, err := missingMember(ctx, in, out)
	if err != nil || missing == "" {
		return err
	}
	return incompleteError(op, ans, missing)
}

// errIncomplete reports an answer without a member that Jira always sends.
var errIncomplete = errors.New("the answer is incomplete")

// incompleteError builds the error for a 2xx answer in JSON that lacks a member.
// It is perhaps not Jira's, so that a write may not have been done.
func incompleteError(op operation.Operation, ans answer, missing string) *Error {
	e := unreadableError(op, ans, errIncomplete)
	e.Messages = []string{fmt.Sprintf("the answer lacks %q", strings.ReplaceAll(missing, "+", ""))}
	if op.Writes() {
		e.Outcome, e.Advice = Unknown, adviceCheckResult
	}
	return e
}

// unreadableError builds the error for a 2xx answer whose body could not be
// read. If the answer is JSON, Jira has done the write and only the answer is
// lost: the outcome is Done.
func unreadableError(op operation.Operation, ans answer, cause error) *Error {
	msg := "the answer was cut off, is not JSON, or is incomplete"
	if len(ans.body) > maxAnswerSize {
		msg = fmt.Sprintf("the answer is larger than %d MiB", maxAnswerSize>>20)
	}
	e := &Error{Op: op, Status: ans.status, Outcome: writeOutcome(op, Done), Messages: []string{msg}, Err: cause, Advice: adviceNotJira}
	if op.Writes() && isJSON(ans.header) {
		e.Advice = "Jira accepted it. Do not send it again; check the result."
	} else if op.Writes() {
		e.Outcome = Unknown
	}
	return e
}

// writeOutcome returns o for a write, and Refused for a read.
func writeOutcome(op operation.Operation, o Outcome) Outcome {
	if op.Writes() {
		return o
	}
	return Refused
}

// emptyAnswer is implemented by answer types that know whether they contain
// nothing.
type emptyAnswer interface{ isEmpty() bool }

// isEmpty reports whether an answer says that there is nothing: by its own
// method, or since it is a list without elements. v is a pointer to the answer.
func isEmpty(v any) bool {
	if e, ok := v.(emptyAnswer); ok {
		return e.isEmpty()
	}
	rv := reflect.ValueOf(v).Elem()
	return rv.Kind() == reflect.Slice && rv.Len() == 0
}
