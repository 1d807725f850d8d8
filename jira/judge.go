package jira

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// judge decides whether an answer counts as success, and makes the error when
// it does not.
func (c *Client) judge(ctx context.Context, p place, op Operation, ans answer) error {
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
func (c *Client) loginError(p place, op Operation, ans answer, ok bool) error {
	reason := ans.header.Get("X-Seraph-LoginReason")
	e := &Error{Op: op, Status: http.StatusUnauthorized, Outcome: Refused, RequestID: ans.header.Get("Atl-Traceid"), credential: true}
	if ans.status >= 500 {
		return nil
	}
	switch {
	case strings.Contains(reason, "AUTHENTICATION_DENIED"), strings.Contains(ans.header.Get("X-Authentication-Denied-Reason"), "CAPTCHA"):
		e.Advice, e.Messages = adviceBlocked, []string{"the login of this account is blocked"}
	case strings.Contains(reason, "AUTHENTICATED_FAILED"):
		e.Advice, e.Messages = c.adviceCredential(p.cred), []string{"the credential was not accepted (Jira answered anonymously)"}
	default:
		return nil
	}
	if ok && op.Writes() {
		// Where the site lets anybody write it has been done, as nobody.
		e.Outcome, e.credential = Unknown, false
		e.Messages = append(e.Messages, "it may have been done all the same, in nobody's name")
	}
	return e
}

// statusError reads an error answer: {"errorMessages":[…],"errors":{…}} from
// Jira, {"code":…,"message":…} from the gateway, or something that is not
// from Jira at all.
func (c *Client) statusError(p place, op Operation, ans answer) *Error {
	e := &Error{Op: op, Status: ans.status, Outcome: Refused, RequestID: ans.header.Get("Atl-Traceid")}
	e.RetryAfter = retryAfter(ans.header, c.now())
	e.Advice = adviceFor(op, ans.status, e.RetryAfter)
	if ans.status >= 500 && op.Writes() {
		e.Outcome = Unknown
	}
	e.Messages, e.Fields = errorWords(ans.body)
	switch {
	case ans.status == http.StatusUnauthorized && strings.Contains(strings.Join(e.Messages, " "), "scope does not match"):
		e.Advice = fmt.Sprintf("The API token is valid, but lacks a scope that %s needs: %s. Scopes cannot be added to a token: make another, with them.", op.ID, op.Scopes)
	case ans.status == http.StatusUnauthorized:
		e.credential, e.Advice = true, c.adviceCredential(p.cred)
	case ans.status == http.StatusForbidden && op.Key() == OpMyself.Key() && isJSON(ans.header):
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
		messages = append(messages, words(v)...)
	}
	for id, v := range b.Errors {
		if text := strings.Join(words(v), "; "); text != "" {
			if fields == nil {
				fields = map[string]string{}
			}
			fields[id] = text
		}
	}
	return messages, fields
}

func words(v any) []string {
	switch v := v.(type) {
	case string:
		if v != "" {
			return []string{v}
		}
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, words(item)...)
		}
		return out
	}
	return nil
}

// maxRetryAfter caps what is believed.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads Retry-After, in seconds or as an HTTP date.
func retryAfter(h http.Header, now time.Time) time.Duration {
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

// decode reads a 2xx answer's body into out.
func decode(op Operation, ans answer, out any) error {
	_, bare := out.(*none)
	if bare && ans.status == http.StatusNoContent {
		return nil // a receipt, which says nothing else
	}
	if bare {
		return &Error{Op: op, Status: ans.status, Outcome: unlessRead(op, Unknown), Advice: adviceLook,
			Messages: []string{fmt.Sprintf("the answer is %d and not Jira's receipt (204)", ans.status)}}
	}
	if len(strings.TrimSpace(string(ans.body[:min(len(ans.body), 512)]))) == 0 {
		return unreadable(op, ans, errEmpty)
	}
	if ct := ans.header.Get("Content-Type"); ct != "" && !isJSON(ans.header) {
		media, _, _ := strings.Cut(ct, ";")
		return &Error{Op: op, Status: ans.status, Outcome: unlessRead(op, Unknown), Advice: adviceProxy,
			Messages: []string{fmt.Sprintf("the answer is %s, not JSON", media)}}
	}
	if err := jsonv2.Unmarshal(ans.body, out, lenient); err != nil {
		return unreadable(op, ans, err)
	}
	if w, ok := out.(interface{ lacks() string }); ok && w.lacks() != "" {
		e := unreadable(op, ans, fmt.Errorf("it has no %q", w.lacks()))
		if op.Writes() { // JSON, but not Jira's: another may have answered in its place
			e.Outcome, e.Advice = Unknown, adviceLook
		}
		return e
	}
	return nil
}

// unreadable is a 2xx whose body could not be read: Jira did what was asked,
// and only the answer is lost.
func unreadable(op Operation, ans answer, cause error) *Error {
	msg := "its answer was cut off, is not JSON, or lacks what belongs there"
	if len(ans.body) > maxAnswer {
		msg = fmt.Sprintf("its answer is larger than %d MiB", maxAnswer>>20)
	}
	e := &Error{Op: op, Status: ans.status, Outcome: unlessRead(op, Done), Messages: []string{msg}, Err: cause, Advice: adviceProxy}
	if op.Writes() && isJSON(ans.header) {
		e.Advice = "Jira accepted it. Do not send it again; look for the result."
	} else if op.Writes() {
		e.Outcome = Unknown
	}
	return e
}

func unlessRead(op Operation, o Outcome) Outcome {
	if op.Writes() {
		return o
	}
	return Refused
}

// transportError is a request that got no answer.
func (c *Client) transportError(op Operation, host string, err error, connected bool) *Error {
	e := &Error{Op: op, Outcome: NotSent, Err: err}
	if connected {
		e.Outcome = unlessRead(op, Unknown)
	}
	var dns *net.DNSError
	var opErr *net.OpError
	var proxy *ProxyError
	var private *PrivateAddressError
	var record tls.RecordHeaderError // once connected, it is no handshake's
	if errors.Is(err, errNotTaken) {
		e.Outcome = NotSent
	}
	switch {
	case errors.As(err, &opErr) && opErr.Op == "proxyconnect" && proxy == nil:
		e.Messages, e.Outcome = []string{"cannot connect to the proxy: " + dialWords(opErr.Err)}, NotSent
		e.Advice = adviceWay
	case errors.As(err, &proxy):
		e.Messages, e.Outcome = []string{proxy.Error()}, NotSent
		e.Advice = adviceWay
	case errors.As(err, &private):
		e.Messages, e.Outcome = []string{private.Error()}, NotSent
		e.Advice = "This server does not follow addresses that lead into private networks."
	case errors.Is(err, context.DeadlineExceeded):
		e.Messages = []string{fmt.Sprintf("no answer from %s in time", host)}
		e.Advice = "Try again; ask for less if it was much."
	case errors.Is(err, context.Canceled):
		e.Messages = []string{"cancelled"}
	case errors.As(err, &dns):
		e.Messages = []string{fmt.Sprintf("the name %s is not known", dns.Name)}
		e.Advice = "Check the site's address and the network."
	case !(connected && (errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch))) && tlsTrouble(e, host, err, c.now()):
	case errors.As(err, &opErr) && opErr.Op == "dial":
		e.Messages = []string{"cannot connect to " + host + ": " + dialWords(opErr.Err)}
		e.Advice = "Check the site's address and the network."
	default:
		// The URL in a url.Error may hold what people asked for; leave it out.
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		e.Messages = []string{fmt.Sprintf("the connection to %s failed: %v", host, err)}
		e.Advice = adviceLater
	}
	if e.Outcome == Unknown {
		e.Advice = adviceLook
	}
	return e
}

// tlsTrouble says what is wrong with the certificate, or with what answered in
// place of TLS.
func tlsTrouble(e *Error, host string, err error, now time.Time) bool {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var remote *net.OpError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		e.Messages = []string{fmt.Sprintf("the certificate of %s is not valid now: %s", host, validity(invalid.Cert))}
		e.Advice = fmt.Sprintf("Check this machine's clock, which says %s; if it is right, the certificate has to be renewed.", now.UTC().Format("2006-01-02 15:04 MST"))
	case errors.As(err, &unknown):
		e.Messages = []string{fmt.Sprintf("the certificate of %s is signed by an authority that this machine does not know", host)}
		e.Advice = "A proxy that looks into TLS does that: give this server the authority's certificate as extra CA file. If there is none, do not trust the connection."
	case errors.As(err, &name):
		e.Messages = []string{fmt.Sprintf("the certificate that %s shows is for another name%s", host, certificateNames(name.Certificate))}
		e.Advice = "Check the site's address; else something in between answers in its place."
	case errors.As(err, &verification):
		e.Messages = []string{fmt.Sprintf("the certificate of %s is not valid: %v", host, verification.Err)}
		e.Advice = adviceProxy
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		e.Messages = []string{host + " does not speak TLS there"}
		e.Advice = "Check the site's address and port."
	case errors.As(err, &remote) && remote.Op == "remote error" && strings.Contains(remote.Err.Error(), "certificate"):
		// In TLS 1.3 it comes after the handshake, and before any request is read.
		e.Messages = []string{fmt.Sprintf("%s refused the TLS connection: %v", host, remote.Err)}
		e.Advice = "It may want a client certificate."
	default:
		return false
	}
	e.Outcome = NotSent
	return true
}

// dialWords says why no connection came about.
func dialWords(err error) string {
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nobody listens there (connection refused)"
	case errors.As(err, &dns):
		return fmt.Sprintf("the name %s is not known", dns.Name)
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer"
	}
	return err.Error()
}

func certificateNames(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names[:min(len(names), 4)], ", ")
}

func validity(c *x509.Certificate) string {
	if c == nil {
		return "expired or not yet valid"
	}
	return fmt.Sprintf("it is for %s to %s", c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly))
}

// emptier is an answer that knows whether it says 'there is nothing'.
type emptier interface{ isEmpty() bool }

func isEmpty(v any) bool {
	if e, ok := v.(emptier); ok {
		return e.isEmpty()
	}
	rv := reflect.ValueOf(v).Elem()
	return rv.Kind() == reflect.Slice && rv.Len() == 0
}
