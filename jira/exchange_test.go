package jira_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// startFake starts a server with handler h, and returns a client for it.
func startFake(t *testing.T, h http.HandlerFunc) (*jira.Client, *url.URL) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	u, _ := url.Parse(srv.URL)
	return newClient(t, u, "t0ken", time.Now), u
}

// writeJSON writes a JSON answer.
func writeJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// asError returns the [jira.Error] in err, and ends the test without one.
func asError(t *testing.T, err error) *jira.Error {
	t.Helper()
	var e *jira.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v (%T) is not a *jira.Error", err, err)
	}
	return e
}

// TestTokensOfEveryKind checks which tokens work at a configured endpoint, and
// that all others get a 401 and never "not found" or an empty result.
func TestTokensOfEveryKind(t *testing.T) {
	clk := newClock()
	s, base := startSandbox(t, clk)
	gateway, _ := url.Parse(base.String() + "/ex/jira/" + s.CloudID() + "/")
	for _, c := range []struct {
		name, token string
		base        *url.URL
		works       bool
	}{
		{"classic at the site", sandbox.ClassicToken, base, true},
		{"classic at the gateway", sandbox.ClassicToken, gateway, false},
		{"scoped at the gateway", sandbox.ScopedToken, gateway, true},
		{"scoped at the site", sandbox.ScopedToken, base, false},
		{"expired", sandbox.ExpiredToken, base, false},
		{"revoked", sandbox.RevokedToken, base, false},
		{"wrong", "nonsense", base, false},
	} {
		cl := newClient(t, c.base, c.token, clk.Now)
		_, err := cl.SearchPage(t.Context(), jira.Search{JQL: "project = PAY"})
		if (err == nil) != c.works {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && !jira.IsStatus(err, 401) {
			t.Errorf("%s: %v, want a 401, never 'no issues'", c.name, err)
		}
		if _, err := cl.GetIssue(t.Context(), "PAY-1", nil, nil); err != nil && !jira.IsStatus(err, 401) {
			t.Errorf("%s: %v, want a 401, never 'not found'", c.name, err)
		}
	}
	behind := newClient(t, gateway, sandbox.ScopedToken, clk.Now)
	if behind.BrowseURL("PAY-1") != "" {
		t.Errorf("before anything is known: %q", behind.BrowseURL("PAY-1"))
	}
	if _, err := behind.Myself(t.Context()); err != nil || behind.BrowseURL("PAY-1") != base.String()+"/browse/PAY-1" {
		t.Errorf("links through the gateway: %q, %v", behind.BrowseURL("PAY-1"), err)
	}
	read := newClient(t, gateway, sandbox.ReadOnlyToken, clk.Now)
	if _, err := read.CreateIssue(t.Context(), jira.NewIssue{Fields: map[string]any{}}); !jira.IsStatus(err, 401) || !strings.Contains(err.Error(), "scope does not match") {
		t.Errorf("a create without its scope: %v", err)
	}
}

// TestEmptyAnswersAreBelievedOnlyFromAKnownUser checks that an empty answer or
// a 404 counts only if /myself confirmed the identity in the last 60 s.
func TestEmptyAnswersAreBelievedOnlyFromAKnownUser(t *testing.T) {
	var myself atomic.Int32
	good := atomic.Bool{}
	good.Store(true)
	clk := newClock()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/myself"):
			myself.Add(1)
			if !good.Load() {
				writeJSON(w, 401, `{"errorMessages":["no"]}`)
				return
			}
			writeJSON(w, 200, `{"accountId":"a1"}`)
		case strings.Contains(r.URL.Path, "/search/jql"):
			writeJSON(w, 200, `{"issues":[],"isLast":true}`)
		case strings.HasSuffix(r.URL.Path, "/user/search"):
			writeJSON(w, 200, `[]`)
		default:
			writeJSON(w, 404, `{"errorMessages":["Issue does not exist or you do not have permission to see it."]}`)
		}
	}))
	defer srv.Close()
	base, _ := url.Parse(srv.URL)
	c := newClient(t, base, "t", clk.Now)
	ask := func() []error {
		_, a := c.SearchPage(t.Context(), jira.Search{JQL: "x = 1"})
		_, b := c.FindUsers(t.Context(), "x", 1)
		_, d := c.GetIssue(t.Context(), "PAY-1", nil, nil)
		return []error{a, b, d}
	}
	errs := ask()
	if errs[0] != nil || errs[1] != nil || !jira.IsStatus(errs[2], 404) {
		t.Errorf("a known user: %v", errs)
	}
	if n := myself.Load(); n != 1 {
		t.Errorf("/myself was asked %d times within a minute, want once", n)
	}
	good.Store(false)
	clk.now = clk.now.Add(59 * time.Second)
	if errs := ask(); errs[0] != nil {
		t.Errorf("within 60 s: %v", errs[0])
	}
	clk.now = clk.now.Add(2 * time.Second)
	for _, err := range ask() {
		if !jira.IsStatus(err, 401) {
			t.Errorf("after 60 s, from nobody: %v", err)
		}
	}
}

// TestAnonymousAnswersCountAs401 checks that an answer with the header of a
// failed login becomes a 401, whatever its status.
func TestAnonymousAnswersCountAs401(t *testing.T) {
	for _, status := range []int{200, 404} {
		c, _ := startFake(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")
			writeJSON(w, status, `{"issues":[{"id":"1","key":"PUB-1"}]}`)
		})
		if _, err := c.SearchPage(t.Context(), jira.Search{JQL: "x"}); !jira.IsStatus(err, 401) {
			t.Errorf("status %d: %v", status, err)
		}
	}
}

// TestCredentialStaysWithItsHost checks that a redirect to another host is not
// followed, and that a redirected write is sent once.
func TestCredentialStaysWithItsHost(t *testing.T) {
	var portal, leaked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		portal.Add(1)
		if r.Header.Get("Authorization") != "" {
			leaked.Add(1)
		}
		_, _ = io.WriteString(w, "<html>log in</html>")
	}))
	defer other.Close()
	writes := atomic.Int32{}
	c, _ := startFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" {
			writes.Add(1)
		}
		http.Redirect(w, r, other.URL+"/login", http.StatusTemporaryRedirect)
	})
	_, err := c.Myself(t.Context())
	if e := asError(t, err); e.Status != 307 || !strings.Contains(e.Error(), "redirected to 127.0.0.1") {
		t.Errorf("a redirect to another host: %v", err)
	}
	_, err = c.CreateIssue(t.Context(), jira.NewIssue{Fields: map[string]any{"summary": "x"}})
	if e := asError(t, err); e.Status != 307 || writes.Load() != 1 {
		t.Errorf("a redirected create: %v after %d writes", err, writes.Load())
	}
	if portal.Load() != 0 || leaked.Load() != 0 {
		t.Errorf("the other host was asked %d times, %d with the credential", portal.Load(), leaked.Load())
	}
}

// TestRedirectOnTheSameHostIsFollowedForReads checks that such a read keeps its
// credential.
func TestRedirectOnTheSameHostIsFollowedForReads(t *testing.T) {
	c, _ := startFake(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/jira/") {
			http.Redirect(w, r, "/jira"+r.URL.Path, http.StatusFound)
			return
		}
		if _, _, ok := r.BasicAuth(); !ok {
			t.Error("the credential was dropped on the same host")
		}
		writeJSON(w, 200, `{"accountId":"a1"}`)
	})
	if _, err := c.Myself(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestBadAnswers checks the error and the outcome of a create for each kind of
// bad answer, and that a read never has the outcome Unknown or Done.
func TestBadAnswers(t *testing.T) {
	for _, c := range []struct {
		name    string
		answer  http.HandlerFunc
		outcome jira.Outcome // of a create
		has     string
	}{
		{"HTML with 200", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<html>hello</html>")
		}, jira.Unknown, "text/html, not JSON"},
		{"empty", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, " ") }, jira.Done, "cut off, is not JSON"},
		{"half", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 201, `{"id":"1","ke`) }, jira.Done, "cut off"},
		{"malformed", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 201, `{"id":]}`) }, jira.Done, "not JSON"},
		{"promises more", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			writeJSON(w, 201, `{"id":"1"`)
		}, jira.Done, "cut off"},
		{"too large", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			chunk := []byte(strings.Repeat(" ", 1<<20))
			for range 33 {
				_, _ = w.Write(chunk)
			}
		}, jira.Done, "larger than 32 MiB"},
		{"reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, jira.Unknown, "failed"},
		{"500", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 500, `{}`) }, jira.Unknown, "500"},
		{"503", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 503) }, jira.Unknown, "503"},
		{"400", func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, 400, `{"errorMessages":["bad"],"errors":{"summary":"too long"}}`)
		}, jira.Refused, "bad; summary: too long"},
		{"400 in odd shapes", func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, 400, `{"errorMessages":null,"errors":{"summary":["too long","too dull"]}}`)
		}, jira.Refused, "summary: too long; too dull"},
		{"403 from a proxy", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", 403) }, jira.Refused, "not Jira's own error format"},
		{"gateway", func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, 401, `{"code":401,"message":"Unauthorized; scope does not match"}`)
		}, jira.Refused, "scope does not match"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent := atomic.Int32{}
			cl, _ := startFake(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == "POST" {
					sent.Add(1)
					_, _ = io.Copy(io.Discard, r.Body)
				}
				c.answer(w, r)
			})
			_, err := cl.CreateIssue(t.Context(), jira.NewIssue{Fields: map[string]any{"summary": "x"}})
			e := asError(t, err)
			if e.Outcome != c.outcome || !strings.Contains(e.Error(), c.has) || sent.Load() != 1 {
				t.Errorf("create: outcome %v, %q, sent %d times; want %v with %q, once", e.Outcome, e, sent.Load(), c.outcome, c.has)
			}
			if _, err := cl.Fields(t.Context()); err == nil {
				t.Error("a read succeeded")
			} else if e := asError(t, err); e.Outcome == jira.Done || e.Outcome == jira.Unknown {
				t.Errorf("read: outcome %v", e.Outcome)
			}
		})
	}
}

// TestTransitionNeedsItsConfirmation checks that a transition succeeds only
// with Jira's 204. Any other 2xx may come from another server.
func TestTransitionNeedsItsConfirmation(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>log in</html>")
		},
		"nothing with 200": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) },
		"half":             func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, `{"a`) },
	} {
		c, _ := startFake(t, answer)
		if err := c.Transition(t.Context(), "PAY-1", jira.TransitionRequest{TransitionID: "1"}); err == nil {
			t.Errorf("%s is taken for a receipt", name)
		}
	}
	c, _ := startFake(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	if err := c.Transition(t.Context(), "PAY-1", jira.TransitionRequest{TransitionID: "1"}); err != nil {
		t.Errorf("204: %v", err)
	}
}

// TestAnswersWithoutRequiredFields checks that {} is not a valid search
// result, issue or confirmation.
func TestAnswersWithoutRequiredFields(t *testing.T) {
	c, _ := startFake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-AAccountId", "a")
		writeJSON(w, 200, `{}`)
	})
	if _, err := c.SearchPage(t.Context(), jira.Search{JQL: "x"}); err == nil {
		t.Error("{} is taken for a search without results")
	}
	if _, err := c.GetIssue(t.Context(), "PAY-1", nil, nil); err == nil {
		t.Error("{} is taken for an issue")
	}
	if _, err := c.CreateIssue(t.Context(), jira.NewIssue{}); jira.OutcomeOf(err) != jira.Unknown {
		t.Errorf("a create answered {}: %v", err)
	}
}

// TestRetryAfter checks that the wait of Retry-After, in seconds or as a date,
// is in the error.
func TestRetryAfter(t *testing.T) {
	s, base := startSandbox(t, newClock())
	c := newClient(t, base, sandbox.ClassicToken, time.Now)
	s.Throttle(1, 7*time.Second, "jira-burst-based")
	_, err := c.Myself(t.Context())
	if e := asError(t, err); e.Status != 429 || e.RetryAfter != 7*time.Second || !strings.Contains(e.Hint(), "Wait 7 s") || e.RequestID == "" {
		t.Errorf("429: %+v", e)
	}
	for answered, hint := range map[string]string{"429 1.5": "Wait 2 s, ", "429 120": "Wait 120 s, ", "429 1847": "Wait 31 minutes, ", "503 1800": "Jira is unavailable or overloaded. Wait 30 minutes, ", "429 1e9": "Wait 1440 minutes, "} {
		c, _ := startFake(t, func(w http.ResponseWriter, _ *http.Request) {
			status, wait, _ := strings.Cut(answered, " ")
			w.Header().Set("Retry-After", wait)
			writeJSON(w, map[string]int{"429": 429, "503": 503}[status], `{}`)
		})
		_, err := c.Myself(t.Context())
		if e := asError(t, err); !strings.Contains(e.Hint(), hint) {
			t.Errorf("%s: %s", answered, e.Hint())
		}
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	dated, _ := startFake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		writeJSON(w, 503, `{}`)
	})
	_, err = dated.Myself(t.Context())
	if e := asError(t, err); e.RetryAfter < 59*time.Minute {
		t.Errorf("an HTTP date: %v (%v)", e.RetryAfter, now)
	}
}

// TestPathElements checks that path elements are escaped, and that empty ones
// and dot segments are not sent.
func TestPathElements(t *testing.T) {
	var got string
	c, _ := startFake(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.EscapedPath()
		writeJSON(w, 200, `{"id":"1"}`)
	})
	for key, want := range map[string]string{"PAY-1": "/rest/api/3/issue/PAY-1", "a/b?c#d": "/rest/api/3/issue/a%2Fb%3Fc%23d", "ü %2e": "/rest/api/3/issue/%C3%BC%20%252e"} {
		got = ""
		if _, err := c.GetIssue(t.Context(), key, nil, nil); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", key, got, err, want)
		}
	}
	for _, key := range []string{"", ".", ".."} {
		got = ""
		if _, err := c.GetIssue(t.Context(), key, nil, nil); err == nil || got != "" {
			t.Errorf("%q was sent as %q", key, got)
		}
	}
}

// TestCancellationReachesTheWire checks that cancelling the context aborts the
// request at the server.
func TestCancellationReachesTheWire(t *testing.T) {
	arrived, gone := make(chan struct{}), make(chan struct{})
	c, _ := startFake(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		close(gone)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, err := c.Fields(ctx)
	if e := asError(t, err); !errors.Is(err, context.Canceled) || e.Error() != "cancelled" {
		t.Errorf("error: %v", err)
	}
	<-gone
}

// TestDeadline checks that a call without an answer ends after DefaultTimeout.
// It runs on synthetic time over an in-memory connection.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer there.Close()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		base, _ := url.Parse("http://jira.test")
		transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return here, nil }}
		defer transport.CloseIdleConnections()
		c, err := jira.New(jira.Options{Base: base, Credential: credential.Static{}, Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		_, err = c.CreateIssue(t.Context(), jira.NewIssue{Fields: map[string]any{}})
		if took := time.Since(started); took != jira.DefaultTimeout {
			t.Errorf("gave up after %v, want %v", took, jira.DefaultTimeout)
		}
		if e := asError(t, err); e.Outcome != jira.Unknown || !strings.Contains(e.Error(), "no answer") {
			t.Errorf("error: %v, outcome %v", err, e.Outcome)
		}
	})
}

// TestRefusedConnectionIsNotSent checks that a refused connection has the
// outcome NotSent.
func TestRefusedConnectionIsNotSent(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base, _ := url.Parse("http://" + ln.Addr().String())
	ln.Close()
	_, err = newClient(t, base, "t", time.Now).CreateIssue(t.Context(), jira.NewIssue{})
	if e := asError(t, err); e.Outcome != jira.NotSent || !strings.Contains(e.Error(), "cannot connect") {
		t.Errorf("%v, outcome %v", err, e.Outcome)
	}
}

// TestPagesEnd checks that a sequence of pages ends if Jira repeats a token or
// never reaches its total, and that an incomplete list comes with a warning.
func TestPagesEnd(t *testing.T) {
	n := 0
	c, _ := startFake(t, func(w http.ResponseWriter, r *http.Request) {
		n++
		switch {
		case strings.Contains(r.URL.Path, "/search/jql"): // always with the same token
			w.Header().Set("X-AAccountId", "a")
			writeJSON(w, 200, `{"issues":[{"id":"1"}],"nextPageToken":"same"}`)
		default: // with a total that is never reached
			w.Header().Set("X-AAccountId", "a")
			if r.URL.Query().Get("startAt") == "0" {
				writeJSON(w, 200, `{"issueTypes":[{"id":"1","name":"Task"}],"total":100}`)
			} else {
				writeJSON(w, 200, `{"issueTypes":[],"total":100}`)
			}
		}
	})
	warned := ""
	ctx := jira.WithCall(t.Context(), jira.CallOptions{OnWarning: func(s string) { warned = s }})
	issues, err := jira.Collect(c.SearchIssues(ctx, jira.Search{JQL: "x"}), 1000)
	if err != nil || len(issues) != 1 || n != 6 || !strings.Contains(warned, "it ended after 1 items") {
		t.Errorf("%d issues, %v, %d requests, warning %q", len(issues), err, n, warned)
	}
	n = 0
	types, err := jira.Collect(c.CreatableIssueTypes(t.Context(), "PAY"), 1000)
	if err != nil || len(types) != 1 || n > 5 {
		t.Errorf("%d types, %v, %d requests", len(types), err, n)
	}
}

// TestReconcileIsBounded checks that a search reconciles 50 issues at
// most, and only recent ones.
func TestReconcileIsBounded(t *testing.T) {
	clk := newClock()
	_, base := startSandbox(t, clk)
	c := newClient(t, base, sandbox.ClassicToken, clk.Now)
	for n := range 60 {
		c.MarkWritten(fmt.Sprint(10_001 + n))
	}
	page, err := c.SearchPage(t.Context(), jira.Search{JQL: "project = PAY", Limit: 1})
	if err != nil || len(page.Reconcile) != 50 {
		t.Errorf("%d ids are reconciled, %v", len(page.Reconcile), err)
	}
	clk.now = clk.now.Add(10 * time.Minute)
	if page, err = c.SearchPage(t.Context(), jira.Search{JQL: "project = PAY", Limit: 1}); err != nil || len(page.Reconcile) != 0 {
		t.Errorf("%d ids are still reconciled, %v", len(page.Reconcile), err)
	}
}
