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

// maxInFlight bounds the requests to the site at one time.
const maxInFlight = 64

// maxTries bounds how often a read is sent where answers got lost.
const maxTries = 3

// maxRateLimitTries bounds how often anything is sent that Jira refuses for the rate.
const maxRateLimitTries = 10

// retrier waits for Jira where it asks for that, and repeats requests that did not
// reach it. Whether a request is repeated depends on what a repetition can do:
//
//   - 429 is a refusal: nothing was done, so that any request is sent again when
//     Retry-After is over (Atlassian, "Rate limiting").
//   - 502, 503, 504 and a connection that broke leave open whether it was done.
//     Only operations that are [operation.Operation.Repeatable] are sent again; a
//     create or a comment never is.
//
// RateLimit-Reason says who has to wait: the endpoint (jira-burst-based), the
// writes to one issue (jira-per-issue-on-write), or, where a quota is used up,
// everything, and that is not waited for here. A wait that is longer than the rest
// of the wait budget is not begun: the answer is returned, with Retry-After.
type retrier struct {
	next    func(outgoing) (*http.Response, error)
	maxWait time.Duration // for one call
	now     func() time.Time
	log     *slog.Logger
	slots   chan struct{}

	mu     sync.Mutex
	limits map[string]limit // by operation key, issue, or "" for everything
}

// limit is a rate limit that Jira has set, until a moment.
type limit struct {
	until  time.Time
	reason string
}

func newRetrier(next func(outgoing) (*http.Response, error), maxWait time.Duration, now func() time.Time, log *slog.Logger) *retrier {
	return &retrier{next: next, maxWait: maxWait, now: now, log: log, slots: make(chan struct{}, maxInFlight), limits: map[string]limit{}}
}

// Wait is a call that waits for Jira to take it.
type Wait struct {
	For time.Duration
	Why string // in plain words
}

// String is a line for people.
func (w Wait) String() string {
	return fmt.Sprintf("waiting %s: %s", max(w.For.Round(time.Second), time.Second), w.Why)
}

// notifyAndSleep waits, and says so.
func (p *retrier) notifyAndSleep(ctx context.Context, w Wait) error {
	if onWait := callOf(ctx).OnWait; onWait != nil {
		onWait(w)
	}
	return sleep(ctx, w.For)
}

// waitReason says in plain words what a wait is for.
func waitReason(res *http.Response, err error) string {
	switch {
	case err != nil:
		return "the connection to Jira broke"
	case res.StatusCode == http.StatusTooManyRequests:
		return waitReasonRateLimit
	}
	return fmt.Sprintf("Jira answered %d", res.StatusCode)
}

const waitReasonRateLimit = "Jira limits the rate"

// send sends a request, as often as it may and must be sent.
func (p *retrier) send(what outgoing) (*http.Response, error) {
	ctx := what.Context()
	waited := callOf(ctx).waited
	if waited == nil {
		waited = &atomic.Int64{}
	}
	left := func() time.Duration {
		most := p.maxWait - time.Duration(waited.Load())
		if deadline, ok := ctx.Deadline(); ok {
			most = min(most, time.Until(deadline)-time.Second)
		}
		return most
	}
	for try := 1; ; try++ {
		if wait, g := p.blockedFor(what); wait > 0 {
			if wait > left() {
				return rateLimitedResponse(what.Request, wait, g.reason), nil
			}
			if err := p.notifyAndSleep(ctx, Wait{wait, waitReasonRateLimit}); err != nil {
				return nil, fmt.Errorf("%w: %w", errNotAccepted, err)
			}
			waited.Add(int64(wait))
		}
		res, err := p.sendInSlot(what, try)
		wait, repeat := p.shouldRetry(what, res, err, try)
		if !repeat || wait > left() || ctx.Err() != nil {
			return res, err
		}
		if res != nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
			res.Body.Close()
		}
		p.log.WarnContext(ctx, "waiting for Jira", "operation", what.op.ID, "wait", wait, "try", try, "status", statusOf(res))
		if waitErr := p.notifyAndSleep(ctx, Wait{wait, waitReason(res, err)}); waitErr != nil {
			if statusOf(res) == http.StatusTooManyRequests {
				waitErr = fmt.Errorf("%w: %w", errNotAccepted, waitErr)
			}
			return nil, waitErr
		}
		waited.Add(int64(wait))
	}
}

// errNotAccepted is a wait that ended before Jira took the request.
var errNotAccepted = errors.New("it was not taken yet")

// sendInSlot sends the request in one of the slots, which bound how many are under
// way at a time.
func (p *retrier) sendInSlot(what outgoing, try int) (*http.Response, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
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
	return p.next(what)
}

// shouldRetry says whether a request is sent again, and after what wait.
func (p *retrier) shouldRetry(what outgoing, res *http.Response, err error, try int) (wait time.Duration, repeat bool) {
	switch {
	case err != nil:
		return backoff(try), what.op.Repeatable && try < maxTries && isConnectionLost(err)
	case res.StatusCode == http.StatusTooManyRequests:
		if wait = parseRetryAfter(res.Header, p.now()); wait == 0 {
			wait = backoff(try)
		} else {
			wait += jitter(wait / 10)
		}
		wait, repeat = p.block(what, wait, res.Header.Get("RateLimit-Reason"))
		return wait, repeat && try < maxRateLimitTries
	case res.StatusCode == http.StatusServiceUnavailable && what.op.Repeatable && res.Header.Get("Retry-After") != "":
		wait = parseRetryAfter(res.Header, p.now())
		return wait + jitter(wait/10), try < maxTries
	case res.StatusCode == http.StatusBadGateway, res.StatusCode == http.StatusServiceUnavailable, res.StatusCode == http.StatusGatewayTimeout:
		return backoff(try), what.op.Repeatable && try < maxTries
	}
	return 0, false
}

// block closes the gate that a 429 is about.
func (p *retrier) block(what outgoing, wait time.Duration, reason string) (time.Duration, bool) {
	name, repeat := what.op.Key(), true
	switch {
	case strings.Contains(reason, "quota"):
		name, repeat = "", false
	case strings.Contains(reason, "per-issue") && what.issue != "":
		name = what.issue
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for key, g := range p.limits {
		if !now.Before(g.until) {
			delete(p.limits, key)
		}
	}
	// Longer than an hour is asked again, whatever was said.
	if until := now.Add(min(wait, time.Hour)); until.After(p.limits[name].until) {
		p.limits[name] = limit{until, reason}
	}
	return wait, repeat
}

// blockedFor is how long a request has to wait for an earlier one's 429.
func (p *retrier) blockedFor(what outgoing) (time.Duration, limit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var longest limit
	for _, name := range []string{"", what.op.Key(), what.issue} {
		if g, ok := p.limits[name]; ok && g.until.After(longest.until) {
			longest = g
		}
	}
	return longest.until.Sub(p.now()), longest
}

// rateLimitedResponse is the answer to a request that is not sent, since Jira said when
// it will take the next one.
func rateLimitedResponse(req *http.Request, wait time.Duration, reason string) *http.Response {
	const body = `{"errorMessages":["the rate limit that Jira set is not over yet"],"errors":{}}`
	h := http.Header{"Content-Type": {"application/json"}, "Retry-After": {strconv.Itoa(int(wait/time.Second) + 1)}}
	if reason != "" {
		h.Set("RateLimit-Reason", reason)
	}
	return &http.Response{Status: "429 Too Many Requests", StatusCode: http.StatusTooManyRequests, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(bytes.NewReader([]byte(body))), ContentLength: int64(len(body)), Request: req}
}

// isConnectionLost reports a connection that broke, in whatever words the protocol has
// for it (HTTP/2 resets streams and says goodbye). One that never came about
// is not tried again: that does not pass in a moment.
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

// backoff doubles from half a second.
func backoff(try int) time.Duration {
	d := 500 * time.Millisecond << (try - 1)
	return d + jitter(d/2)
}

// jitter keeps callers from coming back all at once.
func jitter(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return rand.N(most)
}

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

func statusOf(res *http.Response) int {
	if res == nil {
		return 0
	}
	return res.StatusCode
}
