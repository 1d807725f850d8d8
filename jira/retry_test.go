package jira_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// scriptedTransport is an HTTP transport that gives its answers one after the
// other; the last one repeats.
type scriptedTransport struct {
	mu       sync.Mutex
	answers  []func(*http.Request) (*http.Response, error)
	seen     []string      // method, path and body of each request
	peak     int           // the largest number of requests at one time
	inFlight int           // requests under way
	delay    time.Duration // of each request
}

// RoundTrip implements http.RoundTripper.
func (s *scriptedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		data, _ := io.ReadAll(r.Body)
		body = string(data)
	}
	s.mu.Lock()
	s.seen = append(s.seen, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+body))
	next := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	s.inFlight++
	s.peak = max(s.peak, s.inFlight)
	s.mu.Unlock()
	if s.delay > 0 {
		time.Sleep(s.delay)
	}
	s.mu.Lock()
	s.inFlight--
	s.mu.Unlock()
	return next(r)
}

// respondWith returns an answer that names an account.
func respondWith(status int, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json"}, "X-Aaccountid": {"a"}}
		for i := 0; i < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r, ProtoMajor: 1}, nil
	}
}

// failWith returns a failure instead of an answer.
func failWith(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// newWaitingClient returns a client that waits, over a script of answers.
func newWaitingClient(t *testing.T, maxWait time.Duration, answers ...func(*http.Request) (*http.Response, error)) (*jira.Client, *scriptedTransport) {
	t.Helper()
	s := &scriptedTransport{answers: answers}
	base, _ := url.Parse("https://example.atlassian.net")
	c, err := jira.New(jira.Options{Base: base, Credential: credential.Static{Email: "a@b.c", Token: credential.NewSecret("t")}, Transport: s, MaxWait: maxWait})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

const (
	issueJSON   = `{"id":"1","key":"PAY-1","fields":{}}`
	createdJSON = `{"id":"1","key":"PAY-1"}`
)

// TestRetries checks which requests are sent again after which answers,
// and how long the client waits.
func TestRetries(t *testing.T) {
	get := func(c *jira.Client) error { _, err := c.GetIssue(context.Background(), "PAY-1", nil, nil); return err }
	create := func(c *jira.Client) error {
		_, err := c.CreateIssue(context.Background(), jira.NewIssue{Fields: map[string]any{"summary": "x"}})
		return err
	}
	for _, c := range []struct {
		name     string
		call     func(*jira.Client) error
		answers  []func(*http.Request) (*http.Response, error)
		requests int
		least    time.Duration // shortest wait; half more is allowed
		status   int           // of the error; 0 for none
		outcome  jira.Outcome
	}{
		{"a read, 429", get, []func(*http.Request) (*http.Response, error){respondWith(429, `{}`, "Retry-After", "3"), respondWith(200, issueJSON)}, 2, 3 * time.Second, 0, 0},
		{"a create, 429", create, []func(*http.Request) (*http.Response, error){respondWith(429, `{}`, "Retry-After", "3"), respondWith(201, createdJSON)}, 2, 3 * time.Second, 0, 0},
		{"429 with a fraction of a second", get, []func(*http.Request) (*http.Response, error){respondWith(429, `{}`, "Retry-After", "1.5"), respondWith(200, issueJSON)}, 2, 1500 * time.Millisecond, 0, 0},
		{"429 with the time of the reset", get, []func(*http.Request) (*http.Response, error){respondWith(429, `{}`, "X-RateLimit-Reset", "2000-01-01T00:00:04Z"), respondWith(200, issueJSON)}, 2, 4 * time.Second, 0, 0},
		{"429 with a late reset", get, []func(*http.Request) (*http.Response, error){respondWith(429, `{}`, "X-RateLimit-Reset", "2000-01-01T00:31Z"), respondWith(200, issueJSON)}, 1, 0, 429, jira.Refused},
		{"429 with a past reset", get, []func(*http.Request) (*http.Response, error){respondWith(429, `{}`, "X-RateLimit-Reset", "1999-12-31T23:59:59Z"), respondWith(200, issueJSON)}, 2, 500 * time.Millisecond, 0, 0},
		{"429 without a time", get, []func(*http.Request) (*http.Response, error){respondWith(429, `{}`), respondWith(200, issueJSON)}, 2, 500 * time.Millisecond, 0, 0},
		{"429, longer than can be waited", get, []func(*http.Request) (*http.Response, error){respondWith(429, `{}`, "Retry-After", "60"), respondWith(200, issueJSON)}, 1, 0, 429, jira.Refused},
		{"429, again and again", create, []func(*http.Request) (*http.Response, error){respondWith(429, `{}`, "Retry-After", "6")}, 3, 12 * time.Second, 429, jira.Refused},
		{"429, a quota", get, []func(*http.Request) (*http.Response, error){respondWith(429, `{}`, "Retry-After", "2", "RateLimit-Reason", "jira-quota-tenant-based"), respondWith(200, issueJSON)}, 1, 0, 429, jira.Refused},
		{"a read, 502", get, []func(*http.Request) (*http.Response, error){respondWith(502, ``), respondWith(504, ``), respondWith(200, issueJSON)}, 3, 1500 * time.Millisecond, 0, 0},
		{"a read, 502 for good", get, []func(*http.Request) (*http.Response, error){respondWith(502, ``)}, 3, 1500 * time.Millisecond, 502, jira.Refused},
		{"a create, 502", create, []func(*http.Request) (*http.Response, error){respondWith(502, ``), respondWith(201, createdJSON)}, 1, 0, 502, jira.Unknown},
		{"a read, 503 with a time", get, []func(*http.Request) (*http.Response, error){respondWith(503, ``, "Retry-After", "4"), respondWith(200, issueJSON)}, 2, 4 * time.Second, 0, 0},
		{"a read, 503 with words", get, []func(*http.Request) (*http.Response, error){respondWith(503, ``, "Retry-After", "soon"), respondWith(200, issueJSON)}, 2, 500 * time.Millisecond, 0, 0},
		{"a read, 503 with a reset", get, []func(*http.Request) (*http.Response, error){respondWith(503, ``, "X-RateLimit-Reset", "2000-01-01T00:00:09Z"), respondWith(200, issueJSON)}, 2, 500 * time.Millisecond, 0, 0},
		{"a create, 503 with a time", create, []func(*http.Request) (*http.Response, error){respondWith(503, ``, "Retry-After", "4"), respondWith(201, createdJSON)}, 1, 0, 503, jira.Unknown},
		{"a read, broken off", get, []func(*http.Request) (*http.Response, error){failWith(io.ErrUnexpectedEOF), respondWith(200, issueJSON)}, 2, 500 * time.Millisecond, 0, 0},
		{"a create, broken off", create, []func(*http.Request) (*http.Response, error){failWith(io.ErrUnexpectedEOF), respondWith(201, createdJSON)}, 1, 0, -1, jira.NotSent},
		{"a read, 404", get, []func(*http.Request) (*http.Response, error){respondWith(404, `{}`), respondWith(200, issueJSON)}, 1, 0, 404, jira.Refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, s := newWaitingClient(t, 15*time.Second, c.answers...)
				started := time.Now()
				err := c.call(client)
				took := time.Since(started)
				if len(s.seen) != c.requests || took < c.least || took > c.least+c.least/2+time.Millisecond {
					t.Errorf("%d requests in %v, want %d in %v", len(s.seen), took, c.requests, c.least)
				}
				for _, seen := range s.seen {
					if seen != s.seen[0] {
						t.Errorf("sent another thing: %q, then %q", s.seen[0], seen)
					}
				}
				switch {
				case c.status == 0 && err != nil, c.status != 0 && err == nil:
					t.Errorf("error %v", err)
				case c.status > 0:
					if e := asError(t, err); e.Status != c.status || e.Outcome != c.outcome {
						t.Errorf("%d, %v: %v", e.Status, e.Outcome, err)
					}
				}
			})
		})
	}
}

// TestRateLimitScope checks which later requests a rate limit holds back,
// without sending them.
func TestRateLimitScope(t *testing.T) {
	edit := func(c *jira.Client, key string) error {
		_, err := c.EditIssue(context.Background(), key, jira.Edit{Fields: map[string]any{"summary": "x"}})
		return err
	}
	get := func(c *jira.Client, key string) error {
		_, err := c.GetIssue(context.Background(), key, nil, nil)
		return err
	}
	for _, c := range []struct {
		reason            string
		same, other, read bool // whether the limit holds these back
	}{
		{"jira-per-issue-on-write", true, false, false},
		{"jira-burst-based", true, true, false},
		{"jira-quota-global-based", true, true, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, s := newWaitingClient(t, 15*time.Second, respondWith(429, `{}`, "Retry-After", "60", "RateLimit-Reason", c.reason), respondWith(200, issueJSON))
			if err := edit(client, "PAY-1"); !jira.IsStatus(err, 429) {
				t.Errorf("%s: %v", c.reason, err)
			}
			for name, held := range map[string]struct {
				err  error
				want bool
			}{"the same": {edit(client, "PAY-1"), c.same}, "another issue": {edit(client, "PAY-2"), c.other}, "a read": {get(client, "PAY-1"), c.read}} {
				if (held.err != nil) != held.want {
					t.Errorf("%s: %s: %v", c.reason, name, held.err)
				}
				if held.err != nil {
					if e := asError(t, held.err); e.RetryAfter < 55*time.Second || e.Outcome != jira.Refused {
						t.Errorf("%s: %s: wait %v, %v", c.reason, name, e.RetryAfter, e.Outcome)
					}
				}
			}
			before := len(s.seen)
			time.Sleep(67 * time.Second)
			if err := edit(client, "PAY-1"); err != nil || len(s.seen) != before+1 {
				t.Errorf("%s: afterwards %v", c.reason, err)
			}
		})
	}
}

// TestWaitEndsWithContext checks that a wait ends when its context does.
func TestWaitEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := newWaitingClient(t, 15*time.Second, respondWith(429, `{}`, "Retry-After", "10"))
		ctx, cancel := context.WithCancel(context.Background())
		started := time.Now()
		time.AfterFunc(time.Second, cancel)
		_, err := client.GetIssue(ctx, "PAY-1", nil, nil)
		if took := time.Since(started); took != time.Second || !errors.Is(err, context.Canceled) || len(s.seen) != 1 {
			t.Errorf("%v after %v, %d requests", err, took, len(s.seen))
		}
		// A wait that would pass the deadline does not begin.
		ctx, cancel = context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		started = time.Now()
		if _, err := client.GetIssue(ctx, "PAY-1", nil, nil); !jira.IsStatus(err, 429) || time.Since(started) != 0 {
			t.Errorf("%v after %v", err, time.Since(started))
		}
	})
}

// TestConcurrentReadsUnderRateLimit checks the time of 200 concurrent reads if
// Jira accepts 50 in a second.
func TestConcurrentReadsUnderRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		second, taken := time.Time{}, 0
		client, s := newWaitingClient(t, 20*time.Second, func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			if now := time.Now(); now.Sub(second) >= time.Second {
				second, taken = now, 0
			}
			if taken++; taken > 50 {
				return respondWith(429, `{}`, "Retry-After", "1", "RateLimit-Reason", "jira-burst-based")(r)
			}
			return respondWith(200, issueJSON)(r)
		})
		s.delay = 20 * time.Millisecond
		started := time.Now()
		var wg sync.WaitGroup
		errs := make(chan error, 200)
		for range 200 {
			wg.Go(func() {
				_, err := client.GetIssue(context.Background(), "PAY-1", nil, nil)
				errs <- err
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		// Ideally 50 are answered at once, and 50 more in each of the next
		// three seconds.
		if took := time.Since(started); took > 3900*time.Millisecond+s.delay {
			t.Errorf("took %v, with %d requests", took, len(s.seen))
		}
		t.Logf("%v, %d requests, at most %d at once", time.Since(started), len(s.seen), s.peak)
		if s.peak > 64 {
			t.Errorf("%d requests at once", s.peak)
		}
	})
}
