package jira

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxInFlight is the largest number of requests to Jira at one time.
const maxInFlight = 64

// maxTries is how often a read is sent at most if its answers get lost.
const maxTries = 3

// maxRateLimitTries is how often any request is sent at most if Jira answers
// 429.
const maxRateLimitTries = 10

// retrier waits if Jira asks for it, and repeats requests if that is safe.
// Whether it is safe depends on the kind of failure:
//
//   - 429 is a refusal: Jira did nothing. Any request is sent again after
//     Retry-After (Atlassian, "Rate limiting").
//   - After 502, 503, 504 or a broken connection nobody knows whether Jira
//     acted. Only operations that are [operation.Operation.Repeatable] are sent
//     again; a create or a comment never is, since it might then exist twice.
//
// For example:
//
//	GET issue    → 502                → wait 0.5–0.75 s → 200: success
//	POST comment → 502                → error with the outcome Unknown
//	POST comment → 429, Retry-After 3 → wait 3–3.3 s → 201: success
//
// RateLimit-Reason says which requests have to wait: those to the endpoint
// (jira-burst-based), the writes to one issue (jira-per-issue-on-write), or all
// requests if a quota is used up. The retrier does not wait for a quota. Later
// requests that a limit covers wait for its end before they are sent.
//
// All waits of one call share a wait budget (maxWait). The retrier does not
// begin a wait that exceeds the rest of it: it returns the answer, with
// Retry-After.
type retrier struct {
	next    func(outgoingRequest) (*http.Response, error)
	maxWait time.Duration // of one call
	now     func() time.Time
	log     *slog.Logger
	slots   chan struct{} // one element for each request under way

	mu     sync.Mutex
	limits map[string]rateLimit // by operation key, by issue, or "" for all requests
}

// rateLimit is a rate limit that Jira has set.
type rateLimit struct {
	until  time.Time
	reason string
}

// newRetrier returns a retrier that sends requests with next.
func newRetrier(next func(outgoingRequest) (*http.Response, error), maxWait time.Duration, now func() time.Time, log *slog.Logger) *retrier {
	return &retrier{next: next, maxWait: maxWait, now: now, log: log, slots: make(chan struct{}, maxInFlight), limits: map[string]rateLimit{}}
}

// Wait describes a wait of a call for Jira.
type Wait struct {
	Duration time.Duration
	Reason   string // for people
}

// String returns a line for people: "waiting 3s: Jira limits the rate".
func (w Wait) String() string {
	return fmt.Sprintf("waiting %s: %s", max(w.Duration.Round(time.Second), time.Second), w.Reason)
}

// notifyAndSleep calls OnWait, then waits. It fails if ctx ends first.
func (r *retrier) notifyAndSleep(ctx context.Context, w Wait) error {
	if onWait := callOf(ctx).OnWait; onWait != nil {
		onWait(w)
	}
	return sleep(ctx, w.Duration)
}

// waitReason returns the reason of a wait, for people.
func waitReason(res *http.Response, err error) string {
	switch {
	case err != nil:
		return "the connection to Jira was lost"
	case res.StatusCode == http.StatusTooManyRequests:
		return waitReasonRateLimit
	}
	return fmt.Sprintf("Jira answered %d", res.StatusCode)
}

// waitReasonRateLimit is the reason of a wait after a 429.
const waitReasonRateLimit = "rate limited by Jira"

// send sends a request as often as needed and safe. It never waits into the
// last second before the context's deadline.
func (r *retrier) send(out outgoingRequest) (*http.Response, error) {
	ctx := out.Context()
	waited := callOf(ctx).waited
	if waited == nil {
		waited = &atomic.Int64{}
	}
	left := func() time.Duration {
		rest := r.maxWait - time.Duration(waited.Load())
		if deadline, ok := ctx.Deadline(); ok {
			rest = min(rest, time.Until(deadline)-time.Second)
		}
		return rest
	}
	for try := 1; ; try++ {
		if wait, limit := r.blockedFor(out); wait > 0 {
			if wait > left() {
				return rateLimitedResponse(out.Request, wait, limit.reason), nil
			}
			if err := r.notifyAndSleep(ctx, Wait{wait, waitReasonRateLimit}); err != nil {
				return nil, fmt.Errorf("%w: %w", errNotAccepted, err)
			}
			waited.Add(int64(wait))
		}
		res, err := r.sendInSlot(out, try)
		wait, repeat := r.shouldRetry(out, res, err, try)
		if !repeat || wait > left() || ctx.Err() != nil {
			return res, err
		}
		if res != nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
			res.Body.Close()
		}
		r.log.WarnContext(ctx, "waiting for Jira", "operation", out.op.ID, "wait", wait, "try", try, "status", statusOf(res))
		if waitErr := r.notifyAndSleep(ctx, Wait{wait, waitReason(res, err)}); waitErr != nil {
			if statusOf(res) == http.StatusTooManyRequests {
				waitErr = fmt.Errorf("%w: %w", errNotAccepted, waitErr)
			}
			return nil, waitErr
		}
		waited.Add(int64(wait))
	}
}

// errNotAccepted reports a wait that ended before Jira accepted the request.
var errNotAccepted = errors.New("not yet accepted by Jira")

// sendInSlot sends a request once, and waits for a free slot first. try counts
// from 1; later tries need a new copy of the body.
func (r *retrier) sendInSlot(what outgoingRequest, try int) (*http.Response, error) {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-what.Context().Done():
		return nil, fmt.Errorf("%w: %w", errNotAccepted, what.Context().Err())
	}
	if try > 1 && what.GetBody != nil {
		body, err := what.GetBody()
		if err != nil {
			return nil, err
		}
		what.Request = what.Clone(what.Context())
		what.Body = body
	}
	return r.next(what)
}

// shouldRetry reports whether a request is sent again, and after what wait. It
// adds a random part to each wait, so that callers do not all return at once. It
// records the limit of a 429.
func (r *retrier) shouldRetry(what outgoingRequest, res *http.Response, err error, try int) (wait time.Duration, repeat bool) {
	switch {
	case err != nil:
		return backoff(try), !what.op.Writes() && try < maxTries && isConnectionLost(err)
	case res.StatusCode == http.StatusTooManyRequests:
		wait, repeat = r.block(what, r.requestedWait(res, try), res.Header.Get("RateLimit-Reason"))
		return wait, repeat && try < maxRateLimitTries
	case res.StatusCode == http.StatusServiceUnavailable && !what.op.Writes() && res.Header.Get("Retry-After") != "":
		return r.requestedWait(res, try), try < maxTries
	case res.StatusCode == http.StatusBadGateway, res.StatusCode == http.StatusServiceUnavailable, res.StatusCode == http.StatusGatewayTimeout:
		return backoff(try), !what.op.Writes() && try < maxTries
	}
	return 0, false
}

// requestedWait returns the wait that an answer asks for and a random part of at
// most a tenth of it, or the backoff if it names none.
func (r *retrier) requestedWait(res *http.Response, try int) time.Duration {
	wait := parseRetryAfter(res.StatusCode, res.Header, r.now())
	if wait == 0 {
		return backoff(try)
	}
	return wait + jitter(wait/10)
}

// block records the rate limit of a 429 and returns its wait. It reports false
// for a quota, which the retrier does not wait for.
func (r *retrier) block(what outgoingRequest, wait time.Duration, reason string) (time.Duration, bool) {
	name, repeat := what.op.Key(), true
	switch {
	case strings.Contains(reason, "quota"):
		name, repeat = "", false
	case strings.Contains(reason, "per-issue") && what.issue != "":
		name = what.issue
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	for key, g := range r.limits {
		if !now.Before(g.until) {
			delete(r.limits, key)
		}
	}
	// A limit holds for an hour at most, whatever Retry-After says.
	if until := now.Add(min(wait, time.Hour)); until.After(r.limits[name].until) {
		r.limits[name] = rateLimit{until, reason}
	}
	return wait, repeat
}

// blockedFor returns the limit that holds back a request the longest, and its
// rest.
func (r *retrier) blockedFor(what outgoingRequest) (time.Duration, rateLimit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var longest rateLimit
	for _, name := range []string{"", what.op.Key(), what.issue} {
		if g, ok := r.limits[name]; ok && g.until.After(longest.until) {
			longest = g
		}
	}
	return longest.until.Sub(r.now()), longest
}

// rateLimitedResponse returns a 429 for a request that a known limit holds back.
func rateLimitedResponse(req *http.Request, wait time.Duration, reason string) *http.Response {
	const body = `{"errorMessages":["Jira's rate limit still applies"],"errors":{}}`
	h := http.Header{"Content-Type": {"application/json"}, "Retry-After": {strconv.Itoa(int(wait/time.Second) + 1)}}
	if reason != "" {
		h.Set("RateLimit-Reason", reason)
	}
	return &http.Response{Status: "429 Too Many Requests", StatusCode: http.StatusTooManyRequests, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(bytes.NewReader([]byte(body))), ContentLength: int64(len(body)), Request: req}
}

// isConnectionLost reports whether err means that an established connection
// broke. Each protocol has other errors for that (HTTP/2 sends RST_STREAM and
// GOAWAY), so that the function names the errors that mean something else. A
// connection that could not be made is not tried again, since its cause does
// not pass in a moment.
func isConnectionLost(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var proxy *ProxyError
	var private *PrivateAddressError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &dns), errors.As(err, &proxy), errors.As(err, &private):
		return false
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect" || op.Op == "remote error"):
		return false
	}
	return !describeTLSError(&Error{}, "", err, time.Time{})
}

// backoff returns the wait before the next try: half a second after the first,
// doubled after each further one, plus up to half of that.
func backoff(try int) time.Duration {
	d := 500 * time.Millisecond << (try - 1)
	return d + jitter(d/2)
}

// jitter returns a random time below limit, so that callers do not act together.
func jitter(limit time.Duration) time.Duration {
	if limit <= 0 {
		return 0
	}
	return rand.N(limit)
}

// sleep waits for d, or until ctx ends, and returns the error of ctx then.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// statusOf returns the status of an answer; 0 without one.
func statusOf(res *http.Response) int {
	if res == nil {
		return 0
	}
	return res.StatusCode
}
