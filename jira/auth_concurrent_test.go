package jira_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// roundTripper is a function that answers requests.
type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answerAnonymously returns an answer that names no account.
func answerAnonymously(r *http.Request, status int, body string) (*http.Response, error) {
	res, err := respondWith(status, body)(r)
	res.Header.Del("X-Aaccountid")
	return res, err
}

// tokenPair is a source with a second token for when the first is rejected.
type tokenPair struct{ rejected atomic.Bool }

// token returns a credential with a token.
func token(s string) credential.Credential {
	return credential.Credential{Email: "ana@example.com", Token: credential.NewSecret(s)}
}

// Credential implements credential.Source.
func (s *tokenPair) Credential(context.Context) (credential.Credential, error) {
	if s.rejected.Load() {
		return token("new-token"), nil
	}
	return token("old-token"), nil
}

// ReportResult implements credential.Source.
func (s *tokenPair) ReportResult(c credential.Credential, accepted bool) {
	if !accepted && c == token("old-token") {
		s.rejected.Store(true)
	}
}

// Replacement implements credential.Source.
func (s *tokenPair) Replacement(_ context.Context, c credential.Credential) (credential.Credential, bool) {
	return token("new-token"), c == token("old-token")
}

// TestRejectionIsNewerThanItsConfirmation checks that a rejected token is not
// believed because of an answer to /myself that Jira prepared before it revoked
// the token: the call goes on with the next token.
func TestRejectionIsNewerThanItsConfirmation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		base, _ := url.Parse("https://example.atlassian.net")
		c, err := jira.New(jira.Options{Base: base, Auth: jira.AuthFixed, Credential: &tokenPair{}, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			_, password, _ := r.BasicAuth()
			switch {
			case strings.HasSuffix(r.URL.Path, "/myself") && first:
				first = false
				time.Sleep(2 * time.Second)
				return respondWith(200, `{"accountId":"a1","displayName":"Ana"}`)(r)
			case password == "old-token":
				return answerAnonymously(r, 401, `{"errorMessages":["no"]}`)
			case strings.HasSuffix(r.URL.Path, "/myself"):
				return respondWith(200, `{"accountId":"a1","displayName":"Ana"}`)(r)
			}
			return respondWith(200, issueJSON)(r)
		})})
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = c.Myself(t.Context()) }()
		synctest.Wait()
		if _, err := c.GetIssue(t.Context(), "PAY-1", nil, nil); err != nil {
			t.Error(err)
		}
		time.Sleep(5 * time.Second) // let Myself end
	})
}

// TestMissingScopeConfirmsIdentityForAll checks that a search that finds nothing
// is believed for a token that lacks the scope for /myself, even if another call
// that needs the user's name has asked the same question.
func TestMissingScopeConfirmsIdentityForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base, _ := url.Parse("https://example.atlassian.net")
		c, err := jira.New(jira.Options{Base: base, Auth: jira.AuthFixed, Credential: credential.Static(token("t")), Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/myself") {
				time.Sleep(2 * time.Second)
				return answerAnonymously(r, 401, `{"code":401,"message":"Unauthorized; scope does not match"}`)
			}
			return answerAnonymously(r, 200, `{"issues":[],"isLast":true}`)
		})})
		if err != nil {
			t.Fatal(err)
		}
		named := make(chan error, 1)
		go func() {
			_, err := c.Myself(t.Context())
			named <- err
		}()
		synctest.Wait()
		if _, err := c.SearchPage(t.Context(), jira.Search{JQL: "project = PAY", Fields: []string{"summary"}, Limit: 5}); err != nil {
			t.Error(err)
		}
		if err := <-named; !jira.IsMissingScope(err) {
			t.Errorf("Myself: %v, want the missing scope", err)
		}
	})
}
