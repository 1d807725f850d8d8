package jira

import (
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

// checkResponse decides whether an answer counts as success, and makes the error when
// it does not.
func (c *Client) checkResponse(ctx context.Context, p endpoint, op operation.Operation, ans answer) error {
	ok := ans.status >= 200 && ans.status < 300
	if err := c.loginError(p, op, ans, ok); err != nil {
		return err
	}
	if ok {
		return nil
	}
	// Said to nobody, these would be lies: no such issue, no such project, no
	// permission.
	if slices.Contains([]int{http.StatusNotFound, http.StatusBadRequest, http.StatusForbidden}, ans.status) && !ans.identified && isJSON(ans.header) {
		if err := c.confirmIdentity(ctx, p, op); err != nil {
			return err
		}
	}
	return c.statusError(p, op, ans)
}

// loginError reads what Jira says of the login beside the status. It answers
// some calls anonymously when the credential is bad (MrRefactoring/jira.js
// issue 418; contract, "Special headers"), and blocks an account after failed
// logins (Atlassian, "Basic auth for REST APIs", CAPTCHA).
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
		// Where the site lets anybody write it has been done, as nobody.
		e.Outcome, e.credentialRejected = Unknown, false
		e.Messages = append(e.Messages, "it may have been done all the same, in nobody's name")
	}
	return e
}

// statusError reads an error answer: {"errorMessages":[…],"errors":{…}} from
// Jira, {"code":…,"message":…} from the gateway, or something that is not
// from Jira at all.
func (c *Client) statusError(p endpoint, op operation.Operation, ans answer) *Error {
	// The body is kept for operations that answer part by part, such as a bulk
	// create.
	e := &Error{Op: op, Status: ans.status, Outcome: Refused, RequestID: ans.header.Get("Atl-Traceid"), body: ans.body}
	e.RetryAfter = parseRetryAfter(ans.header, c.now())
	e.Advice = adviceFor(op, ans.status, e.RetryAfter)
	if ans.status >= 500 && op.Writes() {
		e.Outcome = Unknown
	}
	e.Messages, e.Fields = errorWords(ans.body)
	switch {
	case ans.status == http.StatusUnauthorized && strings.Contains(strings.Join(e.Messages, " "), "scope does not match"):
		e.Advice = fmt.Sprintf("The API token is valid, but lacks a scope that %s needs: %s. Scopes cannot be added to a token: make another, with them.", op.ID, op.Scopes)
	case ans.status == http.StatusUnauthorized:
		e.credentialRejected, e.Advice = true, adviceFor401(p.cred, c.now())
	case ans.status == http.StatusForbidden && op.Identifies && isJSON(ans.header):
		e.Advice = adviceNoAccess
	}
	switch {
	case ans.status >= 300 && ans.status < 400:
		where := "another place"
		if u, err := url.Parse(ans.header.Get("Location")); err == nil && u.Host != "" {
			where = u.Host
		}
		e.Messages = []string{"redirected to " + where + " instead of an answer"}
	case len(e.Messages) == 0 && len(e.Fields) == 0 && !isJSON(ans.header):
		e.Messages = []string{http.StatusText(ans.status) + " (not Jira's own error format)"}
		if ans.status != http.StatusUnauthorized && ans.status != http.StatusTooManyRequests && ans.status < 500 {
			e.Advice = adviceProxy
		}
	}
	return e
}

// errorWords reads the words of an error body, whatever of it has the
// expected shape.
func errorWords(body []byte) (messages []string, fields map[string]string) {
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
			fields[id] = text
		}
	}
	return messages, fields
}

func stringsIn(v any) []string {
	switch v := v.(type) {
	case string:
		if v != "" {
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

// maxRetryAfter caps what is believed.
const maxRetryAfter = 24 * time.Hour

// parseRetryAfter reads Retry-After, in seconds or as an HTTP date.
func parseRetryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if s, err := strconv.Atoi(v); err == nil && s >= 0 {
		return time.Duration(min(s, int(maxRetryAfter/time.Second))) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return min(t.Sub(now), maxRetryAfter)
	}
	return 0
}

func isJSON(h http.Header) bool {
	return strings.Contains(strings.ToLower(h.Get("Content-Type")), "json")
}

// lenient reads what other servers and proxies may send: names in another
// case, invalid UTF-8.
var lenient = jsonv2.JoinOptions(jsonv2.MatchCaseInsensitiveNames(true), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

var errEmpty = errors.New("the answer was empty")

// rawAnswer is an answer that is no JSON, such as a file.
type rawAnswer interface{ read(answer) }

// decode reads a 2xx answer's body into out. What out is decides what an answer
// must be: a [rawAnswer] anything, a noBody a receipt without a body, and all
// others JSON with the member that missingField names. A type with the method
// mayBeBare takes a receipt as well.
func decode(op operation.Operation, ans answer, out any) error {
	if raw, ok := out.(rawAnswer); ok {
		raw.read(ans)
		return nil
	}
	_, bare := out.(*noBody)
	_, mayBeBare := out.(interface{ mayBeBare() })
	if (bare || mayBeBare) && (ans.status == http.StatusNoContent || ans.status == op.SuccessStatus) {
		return nil // a receipt, which says nothing else
	}
	if bare {
		return &Error{Op: op, Status: ans.status, Outcome: outcomeUnread(op, Unknown), Advice: adviceLook,
			Messages: []string{fmt.Sprintf("the answer is %d and not Jira's receipt (204)", ans.status)}}
	}
	if len(strings.TrimSpace(string(ans.body[:min(len(ans.body), 512)]))) == 0 {
		return unreadable(op, ans, errEmpty)
	}
	if ct := ans.header.Get("Content-Type"); ct != "" && !isJSON(ans.header) {
		media, _, _ := strings.Cut(ct, ";")
		return &Error{Op: op, Status: ans.status, Outcome: outcomeUnread(op, Unknown), Advice: adviceProxy,
			Messages: []string{fmt.Sprintf("the answer is %s, not JSON", media)}}
	}
	if err := jsonv2.Unmarshal(ans.body, out, lenient); err != nil {
		return unreadable(op, ans, err)
	}
	if w, ok := out.(interface{ missingField() string }); ok && w.missingField() != "" {
		e := unreadable(op, ans, fmt.Errorf("it has no %q", w.missingField()))
		if op.Writes() { // JSON, but not Jira's: another may have answered in its place
			e.Outcome, e.Advice = Unknown, adviceLook
		}
		return e
	}
	return nil
}

// unreadable is a 2xx whose body could not be read: Jira did what was asked,
// and only the answer is lost.
func unreadable(op operation.Operation, ans answer, cause error) *Error {
	msg := "its answer was cut off, is not JSON, or lacks what belongs there"
	if len(ans.body) > maxAnswer {
		msg = fmt.Sprintf("its answer is larger than %d MiB", maxAnswer>>20)
	}
	e := &Error{Op: op, Status: ans.status, Outcome: outcomeUnread(op, Done), Messages: []string{msg}, Err: cause, Advice: adviceProxy}
	if op.Writes() && isJSON(ans.header) {
		e.Advice = "Jira accepted it. Do not send it again; look for the result."
	} else if op.Writes() {
		e.Outcome = Unknown
	}
	return e
}

func outcomeUnread(op operation.Operation, o Outcome) Outcome {
	if op.Writes() {
		return o
	}
	return Refused
}

// emptyAnswer is an answer that knows whether it says 'there is nothing'.
type emptyAnswer interface{ isEmpty() bool }

func isEmpty(v any) bool {
	if e, ok := v.(emptyAnswer); ok {
		return e.isEmpty()
	}
	rv := reflect.ValueOf(v).Elem()
	return rv.Kind() == reflect.Slice && rv.Len() == 0
}
