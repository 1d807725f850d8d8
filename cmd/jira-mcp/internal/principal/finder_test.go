package principal_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/principal"
	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// rig is a finder in front of the embedded Jira, with a clock. It counts the requests
// that Jira gets.
type rig struct {
	*principal.Finder
	t        *testing.T
	mu       sync.Mutex
	now      time.Time
	requests atomic.Int64
	slow     chan struct{} // Jira waits for it, unless Ana asks; nil for no wait
	allSlow  bool          // it waits for Ana as well
	down     atomic.Bool
	refused  atomic.Int64
	site     *sandbox.Sandbox
}

func newRig(t *testing.T, change func(*principal.Options)) *rig {
	t.Helper()
	site, err := sandbox.New(sandbox.Options{Tokens: map[string][]string{"sandbox-token-without-user": {"read:jira-work"}}})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, site: site, now: time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, token, _ := req.BasicAuth(); r.slow != nil && token != sandbox.ClassicToken || r.slow != nil && r.allSlow {
			<-r.slow
		}
		if strings.HasSuffix(req.URL.Path, "/myself") {
			r.requests.Add(1)
		}
		if r.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		site.ServeHTTP(w, req)
	}))
	t.Cleanup(srv.Close)
	base, _ := url.Parse(srv.URL)
	shared := &jira.Shared{}
	o := principal.Options{Now: r.clock, Refused: func(principal.Key) { r.refused.Add(1) }, Jira: func(c credential.Credential, isAccessToken bool) jira.Options {
		auth := jira.AuthAuto
		if isAccessToken {
			auth = jira.AuthBearer
		}
		return jira.Options{Base: base, Gateway: base, Auth: auth, Credential: credential.Static(c), Shared: shared}
	}}
	if change != nil {
		change(&o)
	}
	r.Finder = principal.New(o)
	return r
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) wait(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// basic returns the value of a header with a credential.
func basic(email, token string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(email+":"+token))
}

// find sends a request with headers, and returns who sent it, or the status of the
// refusal.
func (r *rig) find(headers ...string) (principal.Principal, *principal.Refusal) {
	r.t.Helper()
	req := httptest.NewRequest(http.MethodPost, "/mcp", nil)
	for n := 0; n < len(headers); n += 2 {
		req.Header.Add(headers[n], headers[n+1])
	}
	p, err := r.Find(r.t.Context(), req)
	if req.Header.Get("Authorization")+req.Header.Get(principal.Header) != "" {
		r.t.Errorf("the headers still hold a credential: %v", req.Header)
	}
	var refused *principal.Refusal
	if err != nil && !errors.As(err, &refused) {
		r.t.Fatal(err)
	}
	return p, refused
}

func TestCredentialsOfRequests(t *testing.T) {
	ana := basic(sandbox.Email, sandbox.ClassicToken)
	gate := func(o *principal.Options) { o.HasGate = true }
	bearer := func(o *principal.Options) { o.AccessTokens = true }
	for _, one := range []struct {
		name    string
		change  func(*principal.Options)
		headers []string
		status  int // of the refusal; 0 for Ana
		says    string
	}{
		{"nothing", nil, nil, 401, "Authorization: Basic"},
		{"nothing behind a gate", gate, nil, 401, "X-Jira-Authorization: Basic"},
		{"basic", nil, []string{"Authorization", ana}, 0, ""},
		{"basic in lower case", nil, []string{"Authorization", "basic" + ana[5:]}, 0, ""},
		{"the other header", nil, []string{"X-Jira-Authorization", ana}, 0, ""},
		{"the other header behind a gate", gate, []string{"X-Jira-Authorization", ana}, 0, ""},
		{"the gateway's bearer beside it", nil, []string{"Authorization", "Bearer abc", "X-Jira-Authorization", ana}, 0, ""},
		{"the gateway's basic beside it", nil, []string{"Authorization", basic("gateway", "x"), "X-Jira-Authorization", ana}, 0, ""},
		{"basic in the gate's header", gate, []string{"Authorization", ana}, 401, "no Jira credential"},
		{"a bearer token", nil, []string{"Authorization", "Bearer " + sandbox.OAuthToken}, 401, "not a Jira credential"},
		{"a bearer token where access tokens are allowed", bearer, []string{"Authorization", "Bearer " + sandbox.OAuthToken}, 401, "not a Jira credential"},
		{"an access token", nil, []string{"X-Jira-Authorization", "Bearer " + sandbox.OAuthToken}, 401, "does not accept Jira access tokens"},
		{"an access token where it is allowed", bearer, []string{"X-Jira-Authorization", "Bearer " + sandbox.OAuthToken}, 0, ""},
		{"a token with scopes", nil, []string{"Authorization", basic(sandbox.Email, sandbox.ScopedToken)}, 0, ""},
		{"a token of a service account", nil, []string{"Authorization", basic("", sandbox.ServiceToken)}, 0, ""},
		{"a token without the scope for /myself", nil, []string{"Authorization", basic(sandbox.Email, "sandbox-token-without-user")}, 403, "read:jira-user"},
		{"two headers", nil, []string{"Authorization", ana, "Authorization", ana}, 401, "twice"},
		{"two of the other", nil, []string{"X-Jira-Authorization", ana, "X-Jira-Authorization", ana}, 401, "twice"},
		{"not base64", nil, []string{"Authorization", "Basic ana:token"}, 401, "not base64"},
		{"no colon", nil, []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("token"))}, 401, "not base64"},
		{"no token", nil, []string{"Authorization", basic(sandbox.Email, "")}, 401, "not base64"},
		{"a line break", nil, []string{"Authorization", basic(sandbox.Email, "a\r\nX: y")}, 401, "not base64"},
		{"a variable that nobody replaced", nil, []string{"X-Jira-Authorization", "${MCP_JIRA_AUTH}"}, 401, "an unexpanded variable"},
		{"an empty variable", nil, []string{"X-Jira-Authorization", ""}, 401, "an unexpanded variable"},
		{"another scheme", nil, []string{"Authorization", "Digest x"}, 401, "must use the scheme Basic"},
		{"a revoked token", nil, []string{"Authorization", basic(sandbox.Email, sandbox.RevokedToken)}, 401, "rejected this credential"},
		{"somebody else's address", nil, []string{"Authorization", basic("ben.okafor@example.com", sandbox.ClassicToken)}, 401, "rejected this credential"},
	} {
		t.Run(one.name, func(t *testing.T) {
			r := newRig(t, one.change)
			p, refused := r.find(one.headers...)
			switch {
			case one.status == 0 && (refused != nil || p.Identity.User.Email != sandbox.Email || p.Domain() != "example.com"):
				t.Errorf("%+v %v", p.Identity.User, refused)
			case one.status != 0 && (refused == nil || refused.Status != one.status || !strings.Contains(refused.Text, one.says)):
				t.Errorf("%+v", refused)
			case one.status == 401 && refused.Challenge != `Basic realm="jira-mcp"`:
				t.Errorf("challenge %q", refused.Challenge)
			}
		})
	}
}

// TestAnswersAreRemembered checks for how long Jira is not asked again.
func TestAnswersAreRemembered(t *testing.T) {
	r := newRig(t, nil)
	ana, wrong := basic(sandbox.Email, sandbox.ClassicToken), basic(sandbox.Email, "wrong")
	expect := func(what string, header string, status int, requests int64) {
		t.Helper()
		before := r.requests.Load()
		_, refused := r.find("Authorization", header)
		if got := r.requests.Load() - before; got != requests || (refused != nil) != (status != 0) || refused != nil && refused.Status != status {
			t.Errorf("%s: %d requests, want %d; %+v", what, got, requests, refused)
		}
	}
	expect("the first", ana, 0, 1)
	expect("at once", ana, 0, 0)
	r.wait(5*time.Minute - time.Second)
	expect("after nearly five minutes", ana, 0, 0)
	r.wait(time.Second)
	expect("after five minutes", ana, 0, 1)
	expect("a wrong one", wrong, 401, 3)
	expect("again", wrong, 401, 0)
	r.wait(10 * time.Second)
	expect("after ten seconds", wrong, 401, 3)
	r.down.Store(true)
	r.wait(10 * time.Minute)
	expect("while Jira is down", ana, 503, 1)
	expect("still", ana, 503, 1)
	r.down.Store(false)
	expect("afterwards", ana, 0, 1)
}

// TestCredentialsAreForgotten checks that the finder keeps no credential for longer than
// the answer about it, and still knows that it was accepted.
func TestCredentialsAreForgotten(t *testing.T) {
	r := newRig(t, nil)
	header := basic(sandbox.Email, sandbox.ClassicToken)
	r.find("Authorization", header)
	r.Sweep()
	if _, refused := r.find("Authorization", header); refused != nil || r.requests.Load() != 1 {
		t.Errorf("%v, %d requests", refused, r.requests.Load())
	}
	r.wait(5 * time.Minute)
	r.Sweep()
	for n := range 60 {
		r.find("Authorization", basic(sandbox.Email, fmt.Sprint("guess", n)))
	}
	if _, refused := r.find("Authorization", header); refused != nil {
		t.Errorf("a known caller after a sweep: %v", refused)
	}
}

func TestForgottenAnswersAreAskedAgain(t *testing.T) {
	r := newRig(t, nil)
	p, _ := r.find("Authorization", basic(sandbox.Email, sandbox.ClassicToken))
	r.Forget(p.Key)
	r.ForgetAll()
	if _, refused := r.find("Authorization", basic(sandbox.Email, sandbox.ClassicToken)); refused != nil || r.requests.Load() != 2 {
		t.Errorf("%v, %d requests", refused, r.requests.Load())
	}
	other := newRig(t, nil)
	if q, _ := other.find("Authorization", basic(sandbox.Email, sandbox.ClassicToken)); q.Key == p.Key {
		t.Error("the key of a credential is the same in another process")
	}
}

// TestGuessing checks that the brake stops unknown credentials and nobody else.
func TestGuessing(t *testing.T) {
	r := newRig(t, nil)
	ana, ben := basic(sandbox.Email, sandbox.ClassicToken), r.site.People()[0]
	r.find("Authorization", ana)
	statuses := map[int]int{}
	for n := range 100 {
		_, refused := r.find("Authorization", basic(sandbox.Email, fmt.Sprint("guess", n)))
		statuses[refused.Status]++
	}
	if statuses[401] != 60 || statuses[429] != 40 {
		t.Errorf("statuses %v", statuses)
	}
	if _, refused := r.find("Authorization", ana); refused != nil {
		t.Error("a known caller:", refused)
	}
	r.wait(20 * time.Second)
	if _, refused := r.find("Authorization", basic(ben.Email, ben.Token)); refused == nil || refused.Status != 429 || refused.RetryAfter != 41*time.Second {
		t.Errorf("a newcomer meanwhile: %+v", refused)
	}
	r.wait(20 * time.Minute) // the answer about Ana is old, and she is still known
	for n := range 61 {
		r.find("Authorization", basic(sandbox.Email, fmt.Sprint("another", n)))
	}
	if _, refused := r.find("Authorization", ana); refused != nil {
		t.Error("a known caller after 20 minutes:", refused)
	}
	r.wait(time.Minute)
	if _, refused := r.find("Authorization", basic(ben.Email, ben.Token)); refused != nil {
		t.Error("a newcomer afterwards:", refused)
	}
}

// TestGuessingAtOnce checks that no more credentials are tried because they come at
// the same time, and that many good ones only queue.
func TestGuessingAtOnce(t *testing.T) {
	r := newRig(t, func(o *principal.Options) { o.BySender = func(r *http.Request) string { return r.RemoteAddr } })
	var wg sync.WaitGroup
	var tried atomic.Int64
	for n := range 300 {
		wg.Go(func() {
			if _, refused := r.find("Authorization", basic(sandbox.Email, fmt.Sprint("guess", n))); refused.Status == 401 {
				tried.Add(1)
			}
		})
	}
	wg.Wait()
	if tried.Load() != 60 {
		t.Errorf("%d of 300 guesses were tried", tried.Load())
	}
	fresh := newRig(t, nil)
	for range 200 {
		for _, p := range fresh.site.People() {
			wg.Go(func() {
				if _, refused := fresh.find("Authorization", basic(p.Email, p.Token)); refused != nil {
					t.Error(refused)
				}
			})
		}
	}
	wg.Wait()
	if n := fresh.requests.Load(); n != int64(len(fresh.site.People())) {
		t.Errorf("%d requests for %d people", n, len(fresh.site.People()))
	}
}

// TestRevocation checks that a credential that Jira has accepted and does not accept
// any more is reported, once.
func TestRevocation(t *testing.T) {
	r := newRig(t, nil)
	ben := r.site.People()[0]
	header := basic(ben.Email, ben.Token)
	r.find("Authorization", header)
	r.site.Revoke(ben.Token)
	if _, refused := r.find("Authorization", header); refused != nil {
		t.Error("refused before anybody could know:", refused)
	}
	r.wait(5 * time.Minute)
	if _, refused := r.find("Authorization", header); refused == nil || refused.Status != 401 || r.refused.Load() != 1 {
		t.Errorf("%v, reported %d times", refused, r.refused.Load())
	}
	r.wait(time.Minute)
	if _, refused := r.find("Authorization", header); refused == nil || r.refused.Load() != 1 {
		t.Errorf("%v, reported %d times", refused, r.refused.Load())
	}
}

// TestOneRequestEnds checks that a caller who goes does not take the answer from
// those who wait for the same one.
func TestOneRequestEnds(t *testing.T) {
	r := newRig(t, nil)
	r.slow, r.allSlow = make(chan struct{}), true
	header := basic(sandbox.Email, sandbox.ClassicToken)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		req := httptest.NewRequest(http.MethodPost, "/mcp", nil)
		req.Header.Set("Authorization", header)
		_, err := r.Find(ctx, req)
		gone <- err
	}()
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(r.slow)
	if _, refused := r.find("Authorization", header); refused != nil || r.requests.Load() > 1 {
		t.Errorf("%v, %d requests", refused, r.requests.Load())
	}
}

func TestGroupsAreAskedForWhereTheyAreNeeded(t *testing.T) {
	for _, needed := range []bool{false, true} {
		r := newRig(t, func(o *principal.Options) { o.Groups = func() bool { return needed } })
		p, refused := r.find("Authorization", basic(sandbox.Email, sandbox.ClassicToken))
		if refused != nil || p.GroupsErr != nil || (len(p.Identity.Groups) > 0) != needed {
			t.Errorf("needed: %v; groups %v, %v, %v", needed, p.Identity.Groups, p.GroupsErr, refused)
		}
	}
}

// TestStrangersLeaveKnownCallersAlone checks that wrong credentials, however many are
// under way, do not make a known caller an unknown one.
func TestStrangersLeaveKnownCallersAlone(t *testing.T) {
	r := newRig(t, nil)
	header := basic(sandbox.Email, sandbox.ClassicToken)
	r.find("Authorization", header)
	r.wait(6 * time.Minute)
	r.slow = make(chan struct{})
	var wg sync.WaitGroup
	var waiting atomic.Int64
	for n := range 2100 {
		wg.Go(func() {
			if _, refused := r.find("Authorization", basic("x@example.com", fmt.Sprint("guess", n))); refused.Status != http.StatusTooManyRequests {
				waiting.Add(1)
			}
		})
	}
	if _, refused := r.find("Authorization", header); refused != nil {
		t.Errorf("a known caller: %v", refused)
	}
	close(r.slow)
	wg.Wait()
	if waiting.Load() > 60 {
		t.Errorf("%d guesses were tried", waiting.Load())
	}
	upper := basic(strings.ToUpper(sandbox.Email), sandbox.ClassicToken)
	before := r.requests.Load()
	if _, refused := r.find("Authorization", upper); refused != nil || r.requests.Load() != before {
		t.Errorf("the same address in upper case: %v, %d requests more", refused, r.requests.Load()-before)
	}
}
