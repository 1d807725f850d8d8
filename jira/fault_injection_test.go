package jira_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// pipeListener is a listener over connections in memory, so that waits take no
// time in testing/synctest.
type pipeListener struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

// newPipeListener returns a listener.
func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

// Accept implements net.Listener.
func (p *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipeListener) Close() error { p.once.Do(func() { close(p.done) }); return nil }

// Addr implements net.Listener; the address has no meaning.
func (p *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// dial connects to the listener, as an http.Transport's DialContext.
func (p *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// faultInjector is a server in front of Jira that answers the first requests
// with a fault.
type faultInjector struct {
	jira  http.Handler
	fault func(w http.ResponseWriter, r *http.Request, jira http.Handler) // may call jira
	times int                                                             // how many requests get the fault

	mu        sync.Mutex
	received  int // requests received
	forwarded int // requests that reached Jira
}

// ServeHTTP implements http.Handler.
func (f *faultInjector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	counted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.forwarded++
		f.mu.Unlock()
		f.jira.ServeHTTP(w, r)
	})
	f.mu.Lock()
	f.received++
	broken := f.received <= f.times
	f.mu.Unlock()
	if broken {
		f.fault(w, r, counted)
		return
	}
	counted.ServeHTTP(w, r)
}

// recordAnswer lets Jira handle a request, and returns the answer instead of
// sending it.
func recordAnswer(r *http.Request, jira http.Handler) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	jira.ServeHTTP(rec, r)
	return rec
}

// respond returns a fault that answers without Jira.
func respond(status int, contentType, body string, headers ...string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const (
	jsonType = "application/json;charset=UTF-8"
	// always is more requests than any call sends.
	always = 1000
)

// faultResult is the result of a call with a fault.
type faultResult struct {
	outcome   string // "ok", or the error's outcome
	message   string // part of the error's text
	sent      int    // requests that left the client
	forwarded int    // requests that reached Jira
	within    time.Duration
}

// TestFaults checks, for each kind of fault, the outcome of a read and of a
// create, how often each is sent, and how long it takes.
func TestFaults(t *testing.T) {
	gzipBomb() // created outside of the synctest bubbles
	inFuture := func(d time.Duration) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(w http.ResponseWriter, r *http.Request, j http.Handler) {
			respond(503, jsonType, `{}`, "Retry-After", time.Now().Add(d).UTC().Format(http.TimeFormat))(w, r, j)
		}
	}
	abort := func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
	half := func(w http.ResponseWriter, r *http.Request, j http.Handler) {
		rec := recordAnswer(r, j)
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
	}
	const much = 3 * time.Second
	for name, c := range map[string]struct {
		fault        func(http.ResponseWriter, *http.Request, http.Handler)
		times        int
		read, create faultResult
	}{
		"reset before Jira": {abort, 1, faultResult{"ok", "", 2, 1, much}, faultResult{"unknown", "failed", 1, 0, much}},
		"reset after Jira did it": {func(_ http.ResponseWriter, r *http.Request, j http.Handler) {
			recordAnswer(r, j)
			panic(http.ErrAbortHandler)
		}, 1, faultResult{"ok", "", 2, 2, much}, faultResult{"unknown", "failed", 1, 1, much}},
		"reset for ever": {abort, always, faultResult{"refused", "failed", 3, 0, much}, faultResult{"unknown", "failed", 1, 0, much}},
		"502 once":       {respond(502, "text/html", "<html>"), 1, faultResult{"ok", "", 2, 1, much}, faultResult{"unknown", "502", 1, 0, much}},
		"504 after Jira did it": {func(w http.ResponseWriter, r *http.Request, j http.Handler) {
			recordAnswer(r, j)
			respond(504, "text/html", "")(w, r, j)
		}, 1, faultResult{"ok", "", 2, 2, much}, faultResult{"unknown", "504", 1, 1, much}},
		"502 for ever":                {respond(502, "text/html", "<html>"), always, faultResult{"refused", "502", 3, 0, much}, faultResult{"unknown", "502", 1, 0, much}},
		"500":                         {respond(500, jsonType, `{"errorMessages":["Internal server error"]}`), 1, faultResult{"refused", "500", 1, 0, much}, faultResult{"unknown", "500", 1, 0, much}},
		"503 with seconds":            {respond(503, jsonType, `{}`, "Retry-After", "4"), 1, faultResult{"ok", "", 2, 1, 5 * time.Second}, faultResult{"unknown", "503", 1, 0, much}},
		"503 with a date":             {inFuture(5 * time.Second), 1, faultResult{"ok", "", 2, 1, 7 * time.Second}, faultResult{"unknown", "503", 1, 0, much}},
		"429 once":                    {respond(429, jsonType, `{}`, "Retry-After", "3", "RateLimit-Reason", "jira-burst-based"), 1, faultResult{"ok", "", 2, 1, 4 * time.Second}, faultResult{"ok", "", 2, 1, 4 * time.Second}},
		"429 for longer than we wait": {respond(429, jsonType, `{}`, "Retry-After", "3600"), always, faultResult{"refused", "429", 1, 0, time.Second}, faultResult{"refused", "429", 1, 0, time.Second}},
		"429 for ever":                {respond(429, jsonType, `{}`, "Retry-After", "6"), always, faultResult{"refused", "429", 3, 0, 15 * time.Second}, faultResult{"refused", "429", 3, 0, 15 * time.Second}},
		"429, the quota is used up":   {respond(429, jsonType, `{}`, "Retry-After", "2", "RateLimit-Reason", "jira-quota-tenant-based"), always, faultResult{"refused", "429", 1, 0, time.Second}, faultResult{"refused", "429", 1, 0, time.Second}},
		"half an answer":              {half, 1, faultResult{"ok", "", 2, 2, much}, faultResult{"done", "cut off", 1, 1, much}},
		"half an answer for ever":     {half, always, faultResult{"refused", "cut off", 3, 3, much}, faultResult{"done", "cut off", 1, 1, much}},
		"no answer": {func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, always, faultResult{"refused", "no answer", 1, 0, 30 * time.Second}, faultResult{"unknown", "no answer", 1, 0, 30 * time.Second}},
		"an answer that never ends": {func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			_, _ = io.Copy(io.Discard, r.Body) // otherwise the server does not notice a disconnect
			w.Header().Set("Content-Type", jsonType)
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, " "); err != nil || http.NewResponseController(w).Flush() != nil {
					return
				}
				select {
				case <-time.After(time.Second):
				case <-r.Context().Done():
				}
			}
		}, always, faultResult{"refused", "no answer", 1, 0, 30 * time.Second}, faultResult{"unknown", "no answer", 1, 0, 30 * time.Second}},
		"a bomb": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", jsonType)
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(gzipBomb())
		}, always, faultResult{"refused", "larger than 32 MiB", 1, 0, much}, faultResult{"done", "larger than 32 MiB", 1, 0, much}},
		"a login page":                       {respond(200, "text/html", "<html>Log in</html>"), always, faultResult{"refused", "text/html, not JSON", 1, 0, much}, faultResult{"unknown", "text/html, not JSON", 1, 0, much}},
		"a redirect to a login":              {respond(302, "text/html", "", "Location", "https://id.atlassian.com/login"), always, faultResult{"refused", "redirected to id.atlassian.com", 1, 0, much}, faultResult{"refused", "redirected to id.atlassian.com", 1, 0, much}},
		"a proxy's refusal":                  {respond(403, "text/html", "<html>Blocked by policy</html>"), always, faultResult{"refused", "not Jira's own error format", 1, 0, much}, faultResult{"refused", "not Jira's own error format", 1, 0, much}},
		"an answer for nobody":               {respond(200, jsonType, `[]`, "X-Seraph-LoginReason", "AUTHENTICATED_FAILED"), always, faultResult{"refused", "(Jira answered anonymously)", 2, 0, much}, faultResult{"unknown", "(Jira answered anonymously)", 1, 0, much}},
		"a blocked login":                    {respond(403, jsonType, `{}`, "X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE; login-url=https://example.atlassian.net/login.jsp"), always, faultResult{"refused", "login of this account is blocked", 2, 0, much}, faultResult{"refused", "login of this account is blocked", 2, 0, much}},
		"502 with a word on the login":       {respond(502, jsonType, `{}`, "X-Seraph-LoginReason", "AUTHENTICATION_DENIED"), always, faultResult{"refused", "502", 3, 0, much}, faultResult{"unknown", "502", 1, 0, much}},
		"a blocked login, in Seraph's words": {respond(200, jsonType, `[]`, "X-Seraph-LoginReason", "AUTHENTICATION_DENIED"), always, faultResult{"refused", "login of this account is blocked", 2, 0, much}, faultResult{"unknown", "login of this account is blocked", 1, 0, much}},
	} {
		for what, want := range map[string]faultResult{"read": c.read, "create": c.create} {
			t.Run(name+", "+what, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { tryFault(t, c.fault, c.times, what, want) })
			})
		}
	}
}

// gzipBomb returns 64 MiB of spaces, compressed to 64 KB.
var gzipBomb = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	blanks := []byte(strings.Repeat(" ", 1<<20))
	for range 64 {
		_, _ = z.Write(blanks)
	}
	_ = z.Close()
	return b.Bytes()
})

// tryFault makes one call of a client whose first requests get a fault, and
// checks the result.
func tryFault(t *testing.T, fault func(http.ResponseWriter, *http.Request, http.Handler), times int, what string, want faultResult) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := &faultInjector{jira: s, fault: fault, times: times}
	ln := newPipeListener()
	srv := &http.Server{Handler: f}
	go func() { _ = srv.Serve(ln) }()
	transport := &http.Transport{DialContext: ln.dial}
	defer transport.CloseIdleConnections()
	defer srv.Close()
	c, err := jira.New(jira.Options{Base: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Transport: transport, MaxWait: 15 * time.Second,
		Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}})
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	if what == "read" {
		_, err = c.Fields(t.Context())
	} else {
		_, err = c.AddComment(t.Context(), "PAY-1", jira.NewComment{Body: doc("once")})
	}
	took := time.Since(started)
	got := "ok"
	var e *jira.Error
	if errors.As(err, &e) {
		got = e.Outcome.String()
		if e.Advice == "" {
			t.Errorf("%v: no advice", err)
		}
	} else if err != nil {
		t.Errorf("%T: %v", err, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if got != want.outcome || want.message != "" && !strings.Contains(fmt.Sprint(err), want.message) {
		t.Errorf("%s, want %s with %q: %v", got, want.outcome, want.message, err)
	}
	if f.received != want.sent || f.forwarded != want.forwarded || took > want.within {
		t.Errorf("%d sent, Jira saw %d, in %s; want %d, %d, within %s", f.received, f.forwarded, took, want.sent, want.forwarded, want.within)
	}
}
