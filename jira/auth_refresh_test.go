package jira_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// tokenProxy accepts the test's own tokens in front of a sandbox, and can revoke
// them. It counts requests.
type tokenProxy struct {
	next    http.Handler
	mu      sync.Mutex
	valid   map[string]string // the test's token → the sandbox's
	refused int               // requests with a token that is not valid
	myself  int
	served  int
}

// allow makes a token valid, with the rights of one of the sandbox's tokens.
func (d *tokenProxy) allow(token, as string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.valid == nil {
		d.valid = map[string]string{}
	}
	d.valid[token] = as
}

// revoke makes a token invalid.
func (d *tokenProxy) revoke(token string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.valid, token)
}

// takeCounts returns the counts since the last call.
func (d *tokenProxy) takeCounts() (refused, myself, served int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	refused, myself, served = d.refused, d.myself, d.served
	d.refused, d.myself, d.served = 0, 0, 0
	return
}

// ServeHTTP implements http.Handler.
func (d *tokenProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scheme, shown, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if plain, err := base64.StdEncoding.DecodeString(shown); err == nil && scheme == "Basic" {
		_, shown, _ = strings.Cut(string(plain), ":")
	}
	d.mu.Lock()
	as, ok := d.valid[shown]
	if strings.HasSuffix(r.URL.Path, "/myself") {
		d.myself++
	}
	if ok {
		d.served++
	} else if scheme != "" {
		d.refused++
	}
	d.mu.Unlock()
	switch {
	case scheme == "Bearer":
		r.Header.Set("Authorization", "Bearer "+as)
	case scheme != "":
		r.Header.Set("Authorization", credential.Credential{Email: sandbox.Email, Token: credential.NewSecret(as)}.Basic())
	}
	d.next.ServeHTTP(w, r)
}

// newRotatingClient returns a client whose token is in a file, and optionally a
// second token (next). The third result writes a token to the file.
func newRotatingClient(t *testing.T, auth jira.Auth, now func() time.Time, next string) (*jira.Client, *tokenProxy, func(token string)) {
	t.Helper()
	s, err := sandbox.New(sandbox.Options{SearchDelay: -1})
	if err != nil {
		t.Fatal(err)
	}
	door := &tokenProxy{next: s}
	path := filepath.Join(t.TempDir(), "token")
	put := func(token string) {
		t.Helper()
		part := path + ".new"
		if err := os.WriteFile(part, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(part, path); err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	source := &credential.Rotation{Email: sandbox.Email, Origins: []credential.Origin{&credential.File{Path: path, Log: log}}, Log: log, Now: now}
	if next != "" {
		source.Origins = append(source.Origins, credential.Variable{Name: "NEXT", Value: credential.NewSecret(next)})
	}
	client, _ := newResolvingClient(t, door, source, now, func(o *jira.Options) { o.Auth = auth })
	return client, door, put
}

// callConcurrently makes calls from several goroutines, reads and writes, and
// runs event after half of them. It returns how many calls failed.
func callConcurrently(t *testing.T, c *jira.Client, callers, calls int, event func()) (failed int32) {
	t.Helper()
	var bad, done atomic.Int32
	var once sync.Once
	var wait sync.WaitGroup
	for n := range callers {
		wait.Go(func() {
			for i := range calls {
				if done.Add(1) > int32(callers*calls/2) {
					once.Do(event)
				}
				var err error
				if (n+i)%4 == 0 {
					_, err = c.AddComment(context.WithoutCancel(t.Context()), "PAY-2", jira.NewComment{Body: doc(fmt.Sprintf("%d %d", n, i))})
				} else {
					_, err = c.GetIssue(t.Context(), "PAY-1", []string{"summary"}, nil)
				}
				if err != nil {
					bad.Add(1)
				}
			}
		})
	}
	wait.Wait()
	return bad.Load()
}

// doc returns text as an Atlassian document.
func doc(text string) map[string]any {
	return map[string]any{"type": "doc", "version": 1, "content": []any{map[string]any{"type": "paragraph", "content": []any{map[string]any{"type": "text", "text": text}}}}}
}

// TestNoCallFailsWhenTheTokenRotates checks that no call of 16 callers fails,
// and no write is lost or repeated, when a new token appears and the old one is
// revoked.
func TestNoCallFailsWhenTheTokenRotates(t *testing.T) {
	for name, c := range map[string]struct {
		auth jira.Auth
		old  string // the sandbox's token that the old one stands for
		new  string // the same for the new one
		next bool   // the new token is the second one, not the file's
	}{
		"file, classic":          {jira.AuthAuto, sandbox.ClassicToken, sandbox.ClassicToken, false},
		"file, with scopes":      {jira.AuthAuto, sandbox.ScopedToken, sandbox.ScopedToken, false},
		"file, classic → scopes": {jira.AuthAuto, sandbox.ClassicToken, sandbox.ScopedToken, false},
		"file, fixed place":      {jira.AuthSite, sandbox.ClassicToken, sandbox.ClassicToken, false},
		"next":                   {jira.AuthAuto, sandbox.ClassicToken, sandbox.ClassicToken, true},
		"next, other kind":       {jira.AuthAuto, sandbox.ScopedToken, sandbox.ClassicToken, true},
	} {
		t.Run(name, func(t *testing.T) {
			next := ""
			if c.next {
				next = "new-token"
			}
			client, door, put := newRotatingClient(t, c.auth, time.Now, next)
			door.allow("old-token", c.old)
			door.allow("new-token", c.new)
			put("old-token")
			before := countComments(t, client)
			door.takeCounts()
			failed := callConcurrently(t, client, 16, 30, func() {
				if !c.next {
					put("new-token")
				}
				door.revoke("old-token")
			})
			if failed > 0 {
				t.Errorf("%d of 480 calls failed", failed)
			}
			// Each call under way may be rejected once; three more requests are
			// the search for the endpoint.
			if refused, _, _ := door.takeCounts(); refused > 16+16+4 {
				t.Errorf("%d requests with the revoked token", refused)
			}
			if n := countComments(t, client) - before; n != 120 {
				t.Errorf("%d comments for 120 sent", n)
			}
		})
	}
}

// countComments returns the number of comments on PAY-2.
func countComments(t *testing.T, c *jira.Client) int {
	t.Helper()
	page, err := c.Comments(t.Context(), "PAY-2", 0, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	return page.Total
}

// TestRevokedTokenIsNotRetriedAtOnce checks that one /myself confirms a
// rejection for all callers, and that the token is tried again only after 30 s,
// or when the file has another.
func TestRevokedTokenIsNotRetriedAtOnce(t *testing.T) {
	for _, auth := range []jira.Auth{jira.AuthAuto, jira.AuthSite, jira.AuthFixed} {
		var mu sync.Mutex
		at := time.Now()
		now := func() time.Time { mu.Lock(); defer mu.Unlock(); return at }
		later := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); at = at.Add(d) }
		client, door, put := newRotatingClient(t, auth, now, "")
		door.allow("old-token", sandbox.ClassicToken)
		put("old-token")
		if _, err := client.Myself(t.Context()); err != nil {
			t.Fatal(err)
		}
		door.revoke("old-token")
		door.takeCounts()
		if failed := callConcurrently(t, client, 16, 10, func() {}); failed != 160 {
			t.Errorf("%q: %d of 160 calls fail", auth, failed)
		}
		// One rejection for each call under way, and one /myself for all.
		if refused, myself, _ := door.takeCounts(); refused > 17 || myself != 1 {
			t.Errorf("%q: %d refused requests, of which %d to /myself", auth, refused, myself)
		}
		later(29 * time.Second)
		_, err := client.GetIssue(t.Context(), "PAY-1", nil, nil)
		if refused, _, _ := door.takeCounts(); refused != 0 || !jira.IsStatus(err, 401) {
			t.Errorf("%q: %d requests while it rests, %v", auth, refused, err)
		}
		later(2 * time.Second)
		_, err = client.GetIssue(t.Context(), "PAY-1", nil, nil)
		if refused, _, _ := door.takeCounts(); refused == 0 || refused > 4 || !jira.IsStatus(err, 401) {
			t.Errorf("%q: %d requests for the look now and then, %v", auth, refused, err)
		}
		put("new-token")
		door.allow("new-token", sandbox.ClassicToken)
		if _, err := client.GetIssue(t.Context(), "PAY-1", nil, nil); err != nil {
			t.Errorf("%q: the new token is not taken up at once: %v", auth, err)
		}
	}
}

// TestOperationSpecific401 checks that a 401 which is not about the credential
// keeps the credential, and that the error says so.
func TestOperationSpecific401(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	odd := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/field") {
			writeJSON(w, 401, `{"errorMessages":["You are not authorised for this."]}`)
			return
		}
		s.ServeHTTP(w, r)
	})
	source := &credential.Rotation{Email: sandbox.Email, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Origins: []credential.Origin{credential.Variable{Value: credential.NewSecret(sandbox.ClassicToken)}, credential.Variable{Value: credential.NewSecret("next-token")}}}
	client, rec := newResolvingClient(t, odd, source, time.Now, nil)
	_, err = client.Fields(t.Context())
	if e := asError(t, err); e.Status != 401 || !strings.Contains(e.Hint(), "itself is accepted, but not for getFields") {
		t.Errorf("%v: %s", err, e.Hint())
	}
	if _, err := client.GetIssue(t.Context(), "PAY-1", nil, nil); err != nil {
		t.Errorf("the credential is given up: %v", err)
	}
	if seen := rec.drain(); len(seen) != 4 { // /myself, /field, /myself, the issue
		t.Errorf("asked %v", seen)
	}
}

// TestExpiredTokenIsReported checks that the advice names the day of expiry, if
// it is configured.
func TestExpiredTokenIsReported(t *testing.T) {
	day, _ := credential.ParseDay("2026-03-10") // the clock says 2026-03-11
	clk := newClock()
	for _, auth := range []jira.Auth{jira.AuthAuto, jira.AuthSite} {
		client, _ := newResolvingClient(t, newSandbox(t, clk), credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ExpiredToken), Expires: day}, clk.Now,
			func(o *jira.Options) { o.Auth = auth })
		_, err := client.GetIssue(t.Context(), "PAY-1", nil, nil)
		if e := asError(t, err); e.Status != 401 || !strings.Contains(e.Hint(), "expired on 2026-03-10") {
			t.Errorf("%q: %v: %s", auth, err, e.Hint())
		}
	}
}

// TestAnonymousWriteIsNotRepeated checks that a write which the site accepted
// from an anonymous caller is not sent again with another credential.
func TestAnonymousWriteIsNotRepeated(t *testing.T) {
	posts := 0
	client, _ := newResolvingClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts++
		}
		w.Header().Set("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")
		writeJSON(w, 201, `{"id":"1"}`)
	}), &credential.Rotation{Log: slog.New(slog.DiscardHandler), Now: time.Now, Origins: []credential.Origin{
		credential.Variable{Value: credential.NewSecret("one")}, credential.Variable{Value: credential.NewSecret("two")}}}, time.Now,
		func(o *jira.Options) { o.Auth = jira.AuthSite })
	_, err := client.AddComment(t.Context(), "PUB-1", jira.NewComment{Body: doc("x")})
	if e := asError(t, err); posts != 1 || e.Outcome != jira.Unknown || e.Status != 401 {
		t.Errorf("%d posts, %v, %v", posts, e.Outcome, err)
	}
}

// TestRecoveryAfterRejection checks that a rejection which has passed, such as
// a blocked login, leaves no trace, and that concurrent callers try the
// credential again only once.
func TestRecoveryAfterRejection(t *testing.T) {
	for _, auth := range []jira.Auth{jira.AuthAuto, jira.AuthSite, jira.AuthFixed} {
		var mu sync.Mutex
		at := time.Now()
		now := func() time.Time { mu.Lock(); defer mu.Unlock(); return at }
		later := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); at = at.Add(d) }
		client, door, put := newRotatingClient(t, auth, now, "")
		put("the-token")
		if _, err := client.Myself(t.Context()); !jira.IsStatus(err, 401) {
			t.Fatal(err)
		}
		later(31 * time.Second)
		door.takeCounts()
		if failed := callConcurrently(t, client, 16, 1, func() {}); failed != 16 {
			t.Errorf("%q: %d of 16 fail", auth, failed)
		}
		if refused, _, _ := door.takeCounts(); refused > 3 {
			t.Errorf("%q: %d requests at the end of the rest", auth, refused)
		}
		door.allow("the-token", sandbox.ClassicToken)
		later(31 * time.Second)
		door.takeCounts()
		if failed := callConcurrently(t, client, 16, 10, func() {}); failed != 0 {
			t.Errorf("%q: %d of 160 fail after it was let in again", auth, failed)
		}
		if _, myself, served := door.takeCounts(); myself != 1 || served != 161 {
			t.Errorf("%q: %d requests, %d of them /myself", auth, served, myself)
		}
	}
}

// TestNextTokenStaysInUse checks that the second token stays in use without
// repeated attempts with the first, and without repeated warnings.
func TestNextTokenStaysInUse(t *testing.T) {
	var logged bytes.Buffer
	at := time.Now()
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	door := &tokenProxy{next: s}
	door.allow("next-token", sandbox.ClassicToken)
	day, _ := credential.ParseDay("2020-01-01")
	source := &credential.Rotation{Email: sandbox.Email, Expires: day, Log: slog.New(slog.NewTextHandler(&logged, nil)), Now: func() time.Time { return at }, Origins: []credential.Origin{
		credential.Variable{Name: "FIRST", Value: credential.NewSecret("old-token")}, credential.Variable{Name: "NEXT", Value: credential.NewSecret("next-token")}}}
	client, _ := newResolvingClient(t, door, source, func() time.Time { return at }, nil)
	for range 60 {
		if _, err := client.Myself(t.Context()); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Minute)
	}
	if refused, _, _ := door.takeCounts(); refused != 3 { // at the site, and in two ways at the gateway
		t.Errorf("the refused token was tried %d times in an hour", refused)
	}
	if n := strings.Count(logged.String(), "the next token is used from now on"); n != 1 {
		t.Errorf("said %d times:\n%s", n, logged.String())
	}
	if notice := client.CredentialNotice(t.Context()); notice != "" {
		t.Errorf("the first token's day is told of the next: %s", notice)
	}
}

// TestExpiryBelongsToOldToken checks that a configured day of expiry belongs to
// the first token in the file, and not to a new one.
func TestExpiryBelongsToOldToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	day, _ := credential.ParseDay("2020-01-01")
	log := slog.New(slog.DiscardHandler)
	source := &credential.Rotation{Expires: day, Log: log, Now: time.Now, Origins: []credential.Origin{&credential.File{Path: path, Log: log}}}
	_ = os.WriteFile(path, []byte("old-token"), 0o600)
	if c, err := source.Credential(t.Context()); err != nil || c.Expires.IsZero() {
		t.Errorf("the old token expires on %v, %v", c.Expires, err)
	}
	_ = os.WriteFile(path, []byte("new-token"), 0o600)
	if c, err := source.Credential(t.Context()); err != nil || !c.Expires.IsZero() {
		t.Errorf("the new token expires on %v, %v", c.Expires, err)
	}
}

// recordingSource is a credential source that records the calls of ReportResult.
type recordingSource struct {
	*credential.Rotation
	mu       sync.Mutex
	answered []string
}

// ReportResult implements credential.Source.
func (s *recordingSource) ReportResult(c credential.Credential, accepted bool) {
	s.mu.Lock()
	s.answered = append(s.answered, fmt.Sprint(c.Token.Reveal(), " ", accepted))
	s.mu.Unlock()
	s.Rotation.ReportResult(c, accepted)
}

// recorded reports whether a call was recorded, such as "first-token false".
func (s *recordingSource) recorded(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.answered, what)
}

// TestOutageIsNotARejection checks that an outage does not count as a rejection
// of the first token, which is in use again afterwards.
func TestOutageIsNotARejection(t *testing.T) {
	type trouble struct {
		auth  jira.Auth
		token string // the sandbox's token that the first stands for
		at    string // the prefix of the paths that fail
		how   http.HandlerFunc
	}
	status := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, n, `{}`) }
	}
	for name, c := range map[string]trouble{
		"no cloud id, gateway":        {jira.AuthGateway, sandbox.ScopedToken, "/_edge/tenant_info", status(403)},
		"no cloud id, auto":           {jira.AuthAuto, sandbox.ScopedToken, "/_edge/tenant_info", status(403)},
		"gateway 503":                 {jira.AuthAuto, sandbox.ScopedToken, "/ex/jira/", status(503)},
		"the site loses /myself once": {jira.AuthAuto, sandbox.ClassicToken, "/rest/api/3/myself", status(404)},
		"the site answers nothing":    {jira.AuthAuto, sandbox.ClassicToken, "/rest/api/3/myself", status(200)},
	} {
		s, err := sandbox.New(sandbox.Options{SearchDelay: -1})
		if err != nil {
			t.Fatal(err)
		}
		var broken atomic.Bool
		broken.Store(true)
		door := &tokenProxy{next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if broken.Load() && strings.HasPrefix(r.URL.Path, c.at) {
				c.how(w, r)
				return
			}
			s.ServeHTTP(w, r)
		})}
		door.allow("first-token", c.token)
		var mu sync.Mutex
		at := time.Now()
		now := func() time.Time { mu.Lock(); defer mu.Unlock(); return at }
		log := slog.New(slog.DiscardHandler)
		source := &recordingSource{Rotation: &credential.Rotation{Email: sandbox.Email, Log: log, Now: now, Origins: []credential.Origin{
			credential.Variable{Name: "FIRST", Value: credential.NewSecret("first-token")}, credential.Variable{Name: "NEXT", Value: credential.NewSecret("bad-token")}}}}
		client, _ := newResolvingClient(t, door, source, now, func(o *jira.Options) { o.Auth = c.auth })
		_, _ = client.GetIssue(t.Context(), "PAY-1", nil, nil)
		if source.recorded("first-token false") {
			t.Errorf("%s: the first token counts as refused", name)
		}
		broken.Store(false)
		mu.Lock()
		at = at.Add(31 * time.Second)
		mu.Unlock()
		door.takeCounts()
		for range 20 {
			if _, err := client.GetIssue(t.Context(), "PAY-1", nil, nil); err != nil {
				t.Errorf("%s, after it: %v", name, err)
			}
		}
		if !source.recorded("first-token true") {
			t.Errorf("%s: the first token is not used again", name)
		}
	}
}

// TestSecondTokenIsNotRetriedAtOnce checks that a rejected second token is not
// tried again at once either, while the gateway's outage leaves the first
// undecided.
func TestSecondTokenIsNotRetriedAtOnce(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]int{}
	var mu sync.Mutex
	door := &tokenProxy{next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/ex/jira/") {
			writeJSON(w, 503, `{}`)
			return
		}
		s.ServeHTTP(w, r)
	})}
	counting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, plain, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		text, _ := base64.StdEncoding.DecodeString(plain)
		_, token, _ := strings.Cut(string(text), ":")
		mu.Lock()
		shown[token]++
		mu.Unlock()
		door.ServeHTTP(w, r)
	})
	door.allow("next-token", sandbox.ClassicToken)
	log := slog.New(slog.DiscardHandler)
	source := &credential.Rotation{Email: sandbox.Email, Log: log, Now: time.Now, Origins: []credential.Origin{
		credential.Variable{Name: "FIRST", Value: credential.NewSecret("first-token")}, credential.Variable{Name: "NEXT", Value: credential.NewSecret("next-token")}}}
	client, _ := newResolvingClient(t, counting, source, time.Now, nil)
	if _, err := client.GetIssue(t.Context(), "PAY-1", nil, nil); err != nil {
		t.Fatal(err)
	}
	door.revoke("next-token")
	for range 50 {
		if _, err := client.GetIssue(t.Context(), "PAY-1", nil, nil); err == nil {
			t.Fatal("no error")
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if shown["first-token"] > 6 || shown["next-token"] > 6 {
		t.Errorf("shown in 51 calls: %v", shown)
	}
}
