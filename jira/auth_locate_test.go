package jira_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// recorder records the requests that pass it: path and authorization scheme.
type recorder struct {
	next http.Handler
	mu   sync.Mutex
	seen []string
}

// ServeHTTP implements http.Handler.
func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	scheme, _, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	path := req.URL.Path
	if rest, ok := strings.CutPrefix(path, "/ex/jira/"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		path = "gateway /" + rest
	}
	r.mu.Lock()
	r.seen = append(r.seen, strings.TrimSpace(scheme+" "+path))
	r.mu.Unlock()
	r.next.ServeHTTP(w, req)
}

// drain returns the requests since the last call.
func (r *recorder) drain() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.seen
	r.seen = nil
	return out
}

// changingSource is a credential source whose token tests change.
type changingSource struct{ token string }

// ReportResult implements credential.Source.
func (c *changingSource) ReportResult(credential.Credential, bool) {}

// Replacement implements credential.Source.
func (c *changingSource) Replacement(context.Context, credential.Credential) (credential.Credential, bool) {
	return credential.Credential{}, false
}

// Credential implements credential.Source.
func (c *changingSource) Credential(context.Context) (credential.Credential, error) {
	return credential.Credential{Email: sandbox.Email, Token: credential.NewSecret(c.token)}, nil
}

// newResolvingClient returns a client that finds the endpoint for its
// credential, and a recorder in front of h, which is both site and gateway.
// change may adjust the options.
func newResolvingClient(t *testing.T, h http.Handler, source credential.Source, now func() time.Time, change func(*jira.Options)) (*jira.Client, *recorder) {
	t.Helper()
	rec := &recorder{next: h}
	srv := httptest.NewServer(rec)
	t.Cleanup(srv.Close)
	base, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	o := jira.Options{Base: base, Gateway: base, Credential: source, Auth: jira.AuthAuto, Now: now}
	if change != nil {
		change(&o)
	}
	c, err := jira.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c, rec
}

// newSandbox returns a sandbox that follows a clock.
func newSandbox(t *testing.T, clk *clock) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.New(sandbox.Options{Now: clk.Now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestEndpointOfEachTokenKind checks that the client finds the endpoint for each
// kind of token, and with which requests.
func TestEndpointOfEachTokenKind(t *testing.T) {
	const site, tenant, gateway, bearer, get = "Basic /rest/api/3/myself", "/_edge/tenant_info", "Basic gateway /rest/api/3/myself", "Bearer gateway /rest/api/3/myself", "/rest/api/3/issue/PAY-1"
	for _, c := range []struct {
		token, kind string
		asked       []string
	}{
		{sandbox.ClassicToken, "API token without scopes (classic), at the site", []string{site, "Basic " + get}},
		{sandbox.ScopedToken, "API token with scopes, at the gateway", []string{site, tenant, gateway, "Basic gateway " + get}},
		{sandbox.ServiceToken, "API token of a service account, at the gateway", []string{site, tenant, gateway, bearer, "Bearer gateway " + get}},
		{sandbox.OAuthToken, "OAuth 2.0 access token, at the gateway", []string{site, tenant, gateway, bearer, "Bearer gateway " + get}},
		{sandbox.ExpiredToken, "", []string{site, tenant, gateway, bearer}},
		{sandbox.RevokedToken, "", []string{site, tenant, gateway, bearer}},
		{"nonsense", "", []string{site, tenant, gateway, bearer}},
	} {
		clk := newClock()
		client, rec := newResolvingClient(t, newSandbox(t, clk), &changingSource{c.token}, clk.Now, nil)
		_, err := client.GetIssue(t.Context(), "PAY-1", []string{"summary"}, nil)
		if diff := cmp.Diff(c.asked, rec.drain()); diff != "" || client.CredentialKind() != c.kind {
			t.Errorf("%s: kind %q, asked %s", c.token, client.CredentialKind(), diff)
		}
		if (err == nil) != (c.kind != "") {
			t.Errorf("%s: %v", c.token, err)
		}
		if err != nil {
			if e := asError(t, err); e.Status != 401 || !strings.Contains(err.Error(), "neither the site nor Atlassian's gateway accepts the credential") || !strings.Contains(e.Hint(), "revoked or expired") {
				t.Errorf("%s: %v", c.token, err)
			}
		}
		// The result is remembered: an endpoint, and for 30 s a rejection.
		_, _ = client.GetIssue(t.Context(), "PAY-1", []string{"summary"}, nil)
		if again := rec.drain(); len(again) > 1 || err != nil && len(again) > 0 {
			t.Errorf("%s: asked again: %v", c.token, again)
		}
		clk.now = clk.now.Add(31 * time.Second)
		_, _ = client.GetIssue(t.Context(), "PAY-1", []string{"summary"}, nil)
		if again := rec.drain(); err != nil && len(again) == 0 {
			t.Errorf("%s: never tried again", c.token)
		}
	}
}

// TestSearchForEndpointAsksOnce checks that Myself returns the user that
// the search for the endpoint has found, without a second request.
func TestSearchForEndpointAsksOnce(t *testing.T) {
	clk := newClock()
	client, rec := newResolvingClient(t, newSandbox(t, clk), &changingSource{sandbox.ClassicToken}, clk.Now, nil)
	if me, err := client.Myself(t.Context()); err != nil || me.DisplayName != "Ana Silva" {
		t.Fatal(me, err)
	}
	if seen := rec.drain(); len(seen) != 1 {
		t.Errorf("asked %v", seen)
	}
}

// TestChangedCredentialIsResolvedAgain checks that each new token of the source
// gets its own endpoint.
func TestChangedCredentialIsResolvedAgain(t *testing.T) {
	clk := newClock()
	source := &changingSource{sandbox.ClassicToken}
	client, _ := newResolvingClient(t, newSandbox(t, clk), source, clk.Now, nil)
	for _, c := range []struct {
		token string
		works bool
	}{{sandbox.ClassicToken, true}, {sandbox.ScopedToken, true}, {sandbox.RevokedToken, false}, {sandbox.ClassicToken, true}} {
		source.token = c.token
		if _, err := client.GetIssue(t.Context(), "PAY-1", nil, nil); (err == nil) != c.works {
			t.Errorf("%s: %v", c.token, err)
		}
	}
}

// TestConfiguredAuth checks the ways of authentication that can be
// configured, and how many requests each needs.
func TestConfiguredAuth(t *testing.T) {
	clk := newClock()
	s := newSandbox(t, clk)
	for _, c := range []struct {
		name, token string
		change      func(*jira.Options)
		works       bool
		requests    int
	}{
		{"site", sandbox.ClassicToken, func(o *jira.Options) { o.Auth = jira.AuthSite }, true, 1},
		{"site, with scopes", sandbox.ScopedToken, func(o *jira.Options) { o.Auth = jira.AuthSite }, false, 2},
		{"gateway", sandbox.ScopedToken, func(o *jira.Options) { o.Auth = jira.AuthGateway }, true, 3},
		{"gateway, cloud id known", sandbox.ScopedToken, func(o *jira.Options) { o.Auth, o.CloudID = jira.AuthGateway, s.CloudID() }, true, 2},
		{"gateway, another site's cloud id", sandbox.ScopedToken, func(o *jira.Options) { o.Auth, o.CloudID = jira.AuthGateway, "x" }, false, 2},
		{"bearer", sandbox.OAuthToken, func(o *jira.Options) { o.Auth = jira.AuthBearer }, true, 3},
		{"gateway address", sandbox.ScopedToken, func(o *jira.Options) {
			o.Base = &url.URL{Scheme: "http", Host: o.Base.Host, Path: "/ex/jira/" + s.CloudID()}
		}, true, 2},
	} {
		client, rec := newResolvingClient(t, s, &changingSource{c.token}, clk.Now, c.change)
		_, err := client.GetIssue(t.Context(), "PAY-1", nil, nil)
		if (err == nil) != c.works {
			t.Errorf("%s: %v", c.name, err)
		}
		if seen := rec.drain(); len(seen) != c.requests {
			t.Errorf("%s: asked %v", c.name, seen)
		}
		if err == nil && strings.Contains(client.BrowseURL("PAY-1"), "/ex/jira/") {
			t.Errorf("%s: people are shown %s", c.name, client.BrowseURL("PAY-1"))
		}
	}
}

// TestMissingScopeForMyself checks that the gateway's "scope does not match"
// counts as accepting the token.
func TestMissingScopeForMyself(t *testing.T) {
	clk := newClock()
	s := newSandbox(t, clk)
	client, _ := newResolvingClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/ex/jira/") && strings.HasSuffix(r.URL.Path, "/myself") {
			writeJSON(w, 401, `{"code":401,"message":"Unauthorized; scope does not match"}`)
			return
		}
		s.ServeHTTP(w, r)
	}), &changingSource{sandbox.ScopedToken}, clk.Now, nil)
	if _, err := client.GetIssue(t.Context(), "PAY-1", nil, nil); err != nil {
		t.Error(err)
	}
}

// TestServerAndDataCenterAreReported checks that a site without a cloud id leads
// to advice about Server and Data Center.
func TestServerAndDataCenterAreReported(t *testing.T) {
	client, _ := newResolvingClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/myself") {
			writeJSON(w, 401, `{"errorMessages":["no"]}`)
			return
		}
		http.NotFound(w, r)
	}), &changingSource{"t"}, time.Now, nil)
	_, err := client.Myself(t.Context())
	if e := asError(t, err); !strings.Contains(e.Hint(), "not for Server or Data Center") {
		t.Errorf("%v\n%s", err, e.Hint())
	}
}

// TestServerErrorIsNotARejection checks that a 502 during the search is not
// remembered, and that the search then tries no other endpoint.
func TestServerErrorIsNotARejection(t *testing.T) {
	clk := newClock()
	s := newSandbox(t, clk)
	broken := true
	client, rec := newResolvingClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		s.ServeHTTP(w, r)
	}), &changingSource{sandbox.ClassicToken}, clk.Now, nil)
	if _, err := client.Myself(t.Context()); !jira.IsStatus(err, 502) {
		t.Errorf("%v", err)
	}
	if seen := rec.drain(); len(seen) != 1 {
		t.Errorf("asked %v", seen)
	}
	broken = false
	if _, err := client.Myself(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTokenForAnotherSite checks that the error distinguishes a token for
// another site from an invalid one.
func TestTokenForAnotherSite(t *testing.T) {
	clk := newClock()
	s := newSandbox(t, clk)
	bearer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/oauth/token/accessible-resources" && r.Header.Get("Authorization") == "Bearer theirs":
			writeJSON(w, 200, `[{"id":"1324a887","name":"Other","url":"https://other.atlassian.net","scopes":["read:jira-work"]}]`)
		case strings.HasPrefix(r.URL.Path, "/oauth/"):
			writeJSON(w, 401, `{"code":401,"message":"Unauthorized"}`)
		default:
			s.ServeHTTP(w, r)
		}
	})
	for token, words := range map[string]string{"theirs": "valid only for https://other.atlassian.net", "nobodys": "Atlassian's gateway does not accept the credential"} {
		client, _ := newResolvingClient(t, bearer, &changingSource{token}, clk.Now, func(o *jira.Options) { o.Auth = jira.AuthBearer })
		if _, err := client.Myself(t.Context()); !jira.IsStatus(err, 401) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", token, err)
		}
	}
	// The configured cloud id belongs to another site.
	client, _ := newResolvingClient(t, s, &changingSource{sandbox.ScopedToken}, clk.Now, func(o *jira.Options) { o.CloudID = "11223344-a1b2-3b33-c444-def123456789" })
	_, err := client.Myself(t.Context())
	if e := asError(t, err); !strings.Contains(err.Error(), "the configured cloud ID is 11223344") || !strings.Contains(e.Hint(), "Correct the cloud ID") {
		t.Errorf("%v: %s", err, e.Hint())
	}
}

// TestNoAccessToJira checks the error for a valid credential whose account has
// no access to Jira.
func TestNoAccessToJira(t *testing.T) {
	client, rec := newResolvingClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, 403, `{"errorMessages":["You do not have access to Jira."]}`)
	}), &changingSource{"t"}, time.Now, nil)
	_, err := client.GetIssue(t.Context(), "PAY-1", nil, nil)
	if e := asError(t, err); e.Status != 403 || !strings.Contains(e.Hint(), "has no access to Jira at this site") || len(rec.drain()) != 1 {
		t.Errorf("%v: %s", err, e.Hint())
	}
}

// TestAttachmentsGoThroughTheGateway checks that the client reads attachments
// by their ids at the gateway, and not at the address in the issue.
func TestAttachmentsGoThroughTheGateway(t *testing.T) {
	clk := newClock()
	client, rec := newResolvingClient(t, newSandbox(t, clk), &changingSource{sandbox.ScopedToken}, clk.Now, nil)
	issue, err := client.GetIssue(t.Context(), "OPS-4", []string{"attachment"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := jira.Value[[]struct{ ID, Content string }](issue.Fields, "attachment")
	if strings.Contains(files[0].Content, "/ex/jira/") {
		t.Fatalf("the sandbox answers with the gateway's own address: %s", files[0].Content)
	}
	rec.drain()
	content, err := client.AttachmentContent(t.Context(), files[0].ID)
	if err != nil || content.Type != "application/pdf" {
		t.Errorf("%s, %v", content.Type, err)
	}
	if seen := rec.drain(); len(seen) != 1 || seen[0] != "Basic gateway /rest/api/3/attachment/content/"+files[0].ID {
		t.Errorf("asked %v", seen)
	}
}

// TestFailedSearchIsNotRemembered checks that a failure during the search is
// not a rejection, with any way of authentication, and that it is not
// remembered.
func TestFailedSearchIsNotRemembered(t *testing.T) {
	for _, auth := range []jira.Auth{jira.AuthAuto, jira.AuthGateway, jira.AuthBearer} {
		token := map[jira.Auth]string{jira.AuthAuto: sandbox.ScopedToken, jira.AuthGateway: sandbox.ScopedToken, jira.AuthBearer: sandbox.OAuthToken}[auth]
		for _, at := range []string{"/_edge/tenant_info", "/ex/jira/"} {
			for name, trouble := range map[string]http.HandlerFunc{
				"503": func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 503, `{}`) },
				"429": func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 429, `{}`) },
				"cut": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
				"a page": func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/html")
					_, _ = w.Write([]byte("<html>"))
				},
				"cancelled": nil,
			} {
				clk := newClock()
				s := newSandbox(t, clk)
				ctx, cancel := context.WithCancel(t.Context())
				var broken atomic.Bool
				broken.Store(true)
				client, _ := newResolvingClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if broken.Load() && strings.HasPrefix(r.URL.Path, at) {
						if trouble == nil {
							cancel()
							<-r.Context().Done()
							return
						}
						trouble(w, r)
						return
					}
					s.ServeHTTP(w, r)
				}), &changingSource{token}, clk.Now, func(o *jira.Options) { o.Auth = auth })
				_, err := client.Myself(ctx)
				if err == nil || jira.IsStatus(err, 401) {
					t.Errorf("%s, %s at %s: %v", auth, name, at, err)
				}
				broken.Store(false)
				if auth == jira.AuthAuto { // the site rejected it, so that the client waits before it asks again
					clk.now = clk.now.Add(3 * time.Second)
				}
				if _, err := client.Myself(t.Context()); err != nil {
					t.Errorf("%s, after %s at %s: %v", auth, name, at, err)
				}
				cancel()
			}
		}
	}
}

// TestGatewayAddressAsBase checks that the base can be an address at the
// gateway with every way of authentication, and that a service account's Bearer
// token is found there.
func TestGatewayAddressAsBase(t *testing.T) {
	clk := newClock()
	s := newSandbox(t, clk)
	for auth, tokens := range map[jira.Auth][]string{jira.AuthAuto: {sandbox.ScopedToken, sandbox.OAuthToken}, jira.AuthGateway: {sandbox.ScopedToken}, jira.AuthBearer: {sandbox.OAuthToken}} {
		for _, token := range tokens {
			client, rec := newResolvingClient(t, s, &changingSource{token}, clk.Now, func(o *jira.Options) {
				o.Auth, o.Base = auth, &url.URL{Scheme: "http", Host: o.Base.Host, Path: "/ex/jira/" + s.CloudID()}
			})
			if _, err := client.GetIssue(t.Context(), "PAY-1", nil, nil); err != nil {
				t.Errorf("%s with %s: %v", auth, token, err)
			}
			for _, asked := range rec.drain() {
				if !strings.Contains(asked, "gateway") {
					t.Errorf("%s with %s: asked %s", auth, token, asked)
				}
			}
		}
	}
}

// TestEmptySiteAnswerContinuesSearch checks that an empty 200 from the site
// does not end the search for a token with scopes.
func TestEmptySiteAnswerContinuesSearch(t *testing.T) {
	for _, body := range []string{"", "{}"} {
		clk := newClock()
		s := newSandbox(t, clk)
		client, _ := newResolvingClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/rest/api/3/myself" {
				writeJSON(w, 200, body)
				return
			}
			s.ServeHTTP(w, r)
		}), &changingSource{sandbox.ScopedToken}, clk.Now, nil)
		if _, err := client.Myself(t.Context()); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// TestTokenWithoutMyselfScope checks that a token without the scope for
// /myself counts as a known user, whose 404 is believed.
func TestTokenWithoutMyselfScope(t *testing.T) {
	clk := newClock()
	myself := 0
	client, _ := newResolvingClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/myself") {
			myself++
			writeJSON(w, 401, `{"code":401,"message":"Unauthorized; scope does not match"}`)
			return
		}
		writeJSON(w, 404, `{"errorMessages":["Issue does not exist or you do not have permission to see it."]}`)
	}), &changingSource{"t"}, clk.Now, func(o *jira.Options) { o.Auth = jira.AuthSite })
	for range 3 {
		if _, err := client.GetIssue(t.Context(), "PAY-1", nil, nil); !jira.IsStatus(err, 404) {
			t.Errorf("%v", err)
		}
	}
	if _, err := client.Myself(t.Context()); !jira.IsMissingScope(err) {
		t.Errorf("who it is: %v", err)
	}
	if myself != 2 {
		t.Errorf("/myself was asked %d times", myself)
	}
}

// TestAnonymousRefusalIsNotBelieved checks that 400, 403 and 404 for an
// anonymous caller become a rejection of the credential.
func TestAnonymousRefusalIsNotBelieved(t *testing.T) {
	for _, status := range []int{400, 403, 404} {
		for _, said := range []bool{true, false} { // reported by a header, or only by /myself
			client, _ := newResolvingClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/myself") {
					writeJSON(w, 401, `{"errorMessages":["no"]}`)
					return
				}
				if said {
					w.Header().Set("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")
				}
				writeJSON(w, status, `{"errorMessages":["The value 'PAY' does not exist for the field 'project'."]}`)
			}), &changingSource{"t"}, time.Now, func(o *jira.Options) { o.Auth = jira.AuthSite })
			_, err := client.SearchPage(t.Context(), jira.Search{JQL: "project = PAY"})
			if !jira.IsCredentialRejected(err) || !jira.IsStatus(err, 401) {
				t.Errorf("%d, said %v: %v", status, said, err)
			}
		}
	}
}

// TestCredentialKindFollowsToken checks that the kind belongs to the token in
// use, even if an earlier token returns.
func TestCredentialKindFollowsToken(t *testing.T) {
	clk := newClock()
	source := &changingSource{}
	client, _ := newResolvingClient(t, newSandbox(t, clk), source, clk.Now, nil)
	for _, token := range []string{sandbox.ClassicToken, sandbox.ScopedToken, sandbox.ClassicToken, sandbox.OAuthToken, sandbox.RevokedToken, sandbox.ClassicToken} {
		source.token = token
		_, _ = client.GetIssue(t.Context(), "PAY-1", []string{"summary"}, nil)
		want := map[string]string{sandbox.ClassicToken: "classic", sandbox.ScopedToken: "with scopes", sandbox.OAuthToken: "OAuth"}[token]
		if kind := client.CredentialKind(); want != "" && !strings.Contains(kind, want) {
			t.Errorf("%s: %q", token, kind)
		}
	}
}

// TestOddAnswersAboutTheCaller checks that an odd answer to /myself is not taken for a
// rejection of the token: one is followed by another try, and several are reported
// as what each endpoint answered.
func TestOddAnswersAboutTheCaller(t *testing.T) {
	for name, odd := range map[string]func(http.ResponseWriter){
		"404 as HTML": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(404)
			_, _ = w.Write([]byte("<html>Not here</html>"))
		},
		"204":         func(w http.ResponseWriter) { w.WriteHeader(204) },
		"{}":          func(w http.ResponseWriter) { writeJSON(w, 200, `{}`) },
		"white space": func(w http.ResponseWriter) { writeJSON(w, 200, " \n ") },
		"another":     func(w http.ResponseWriter) { writeJSON(w, 200, `{"error":"session expired"}`) },
	} {
		for times := range 3 {
			clk := newClock()
			s := newSandbox(t, clk)
			left := []int{0, 1, 1000}[times]
			client, _ := newResolvingClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/rest/api/3/myself" && left > 0 {
					left--
					odd(w)
					return
				}
				s.ServeHTTP(w, r)
			}), &changingSource{sandbox.ClassicToken}, clk.Now, nil)
			_, err := client.Myself(t.Context())
			if left < 900 {
				if err != nil {
					t.Errorf("%s, %d times: %v", name, times, err)
				}
				continue
			}
			e := asError(t, err)
			if text := e.Error() + " " + e.Hint(); !strings.Contains(text, "no endpoint named the caller; the site answered") || !strings.Contains(text, "may be right") || strings.Contains(text, "does not accept this server's credential") {
				t.Errorf("%s, always: %s", name, text)
			}
		}
	}
}

// TestIdentify checks whom each kind of token belongs to, and that a client that is
// made with the answer asks neither for its endpoint nor for its user again.
func TestIdentify(t *testing.T) {
	site, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rec := &recorder{next: site}
	srv := httptest.NewServer(rec)
	t.Cleanup(srv.Close)
	base, _ := url.Parse(srv.URL)
	shared := &jira.Shared{}
	options := func(token string) jira.Options {
		return jira.Options{Base: base, Gateway: base, Auth: jira.AuthAuto, Shared: shared, Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(token)}}
	}
	for _, one := range []struct {
		token    string
		requests []string // of Identify
	}{
		{sandbox.ClassicToken, []string{"Basic /rest/api/3/myself", "Basic /rest/api/3/myself"}},
		{sandbox.ScopedToken, []string{"Basic /rest/api/3/myself", "/_edge/tenant_info", "Basic gateway /rest/api/3/myself", "Basic gateway /rest/api/3/myself"}},
		{sandbox.ServiceToken, []string{"Basic /rest/api/3/myself", "Basic gateway /rest/api/3/myself", "Bearer gateway /rest/api/3/myself", "Bearer gateway /rest/api/3/myself"}},
	} {
		rec.drain()
		o := options(one.token)
		id, err := jira.Identify(t.Context(), o, true)
		if err != nil || id.User.DisplayName != "Ana Silva" || id.User.Email != sandbox.Email || !slices.Contains(id.Groups, "payments-team") {
			t.Fatalf("%s: %+v, %v", one.token, id, err)
		}
		if diff := cmp.Diff(one.requests, rec.drain()); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", one.token, diff)
		}
		o.Identity = &id
		c, err := jira.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if c.LastAccountID() != id.User.AccountID {
			t.Errorf("account %q, want %q", c.LastAccountID(), id.User.AccountID)
		}
		if user, err := c.Myself(t.Context()); err != nil || user != id.User {
			t.Errorf("%+v, %v", user, err)
		}
		if again := rec.drain(); len(again) > 0 {
			t.Errorf("%s: asked again: %v", one.token, again)
		}
		if _, err := c.SearchProjects(t.Context(), "", 0, 5); err != nil {
			t.Error(err)
		}
	}
	for _, token := range []string{sandbox.RevokedToken, "no-such-token"} {
		if _, err := jira.Identify(t.Context(), options(token), false); !jira.IsCredentialRejected(err) {
			t.Errorf("%s: %v", token, err)
		}
	}
}
