package jira

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// asked notes the questions of a resolver, and answers them by a table.
type asked struct {
	list    []string
	answers map[string]error // by "site Basic", "gateway Basic", "gateway Bearer"
	cloudID error
}

var (
	err401     = &Error{Status: http.StatusUnauthorized, Outcome: Refused, credentialRejected: true}
	err404     = &Error{Status: http.StatusNotFound, Outcome: Refused}
	err503     = &Error{Status: http.StatusServiceUnavailable, Outcome: Refused}
	errCaptcha = &Error{Status: http.StatusUnauthorized, Outcome: Refused, credentialRejected: true, Advice: adviceBlocked}
	errOffline = &Error{Outcome: NotSent, Messages: []string{"no route to host"}}
	errNobody  = &Error{Status: http.StatusOK, Outcome: Refused, Err: errIncomplete}
)

// resolverOf returns a resolver whose questions are answered by a table, with
// its clock.
func resolverOf(t *testing.T, auth Auth, a *asked) (*endpointResolver, *time.Time) {
	t.Helper()
	now := time.Date(2026, 3, 11, 14, 30, 0, 0, time.UTC)
	base, _ := url.Parse("https://example.atlassian.net")
	r := newEndpointResolver(Options{Base: base, Auth: auth}, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	r.probe = func(_ context.Context, e endpoint) error {
		place := "gateway"
		if e.base.Host == base.Host {
			place = "site"
		}
		way := " Basic"
		if e.bearer {
			way = " Bearer"
		}
		a.list = append(a.list, place+way)
		return a.answers[place+way]
	}
	r.askCloudID = func(context.Context) (string, error) {
		a.list = append(a.list, "cloud id")
		return "11111111-2222-3333-4444-555555555555", a.cloudID
	}
	r.otherSites = func(context.Context, credential.Credential) []string {
		a.list = append(a.list, "other sites")
		return []string{"https://other.atlassian.net"}
	}
	r.answered = func(_ credential.Credential, accepted bool) {
		if !accepted {
			a.list = append(a.list, "rejected")
		}
	}
	return r, &now
}

var token = credential.Credential{Email: "a@example.com", Token: credential.NewSecret("token")}

// TestResolverOrder follows the search for an endpoint without a
// network: which questions it asks, where it ends, and what the error says.
func TestResolverOrder(t *testing.T) {
	all := func(err error) map[string]error {
		return map[string]error{"site Basic": err, "gateway Basic": err, "gateway Bearer": err}
	}
	for name, c := range map[string]struct {
		auth         Auth
		asked        asked
		want         []string
		kind         string // of the endpoint that was found
		says         string // of the error
		inconclusive bool
	}{
		"a classic token":               {auth: AuthAuto, want: []string{"site Basic"}, kind: kindClassic},
		"a token with scopes":           {auth: AuthAuto, asked: asked{answers: map[string]error{"site Basic": err401}}, want: []string{"site Basic", "cloud id", "gateway Basic"}, kind: kindScoped},
		"a site that answers nobody":    {auth: AuthAuto, asked: asked{answers: map[string]error{"site Basic": errNobody}}, want: []string{"site Basic", "cloud id", "gateway Basic"}, kind: kindScoped},
		"a token of a service account":  {auth: AuthAuto, asked: asked{answers: map[string]error{"site Basic": err401, "gateway Basic": err404}}, want: []string{"site Basic", "cloud id", "gateway Basic", "gateway Bearer"}, kind: kindService},
		"a wrong token":                 {auth: AuthAuto, asked: asked{answers: all(err401)}, want: []string{"site Basic", "cloud id", "gateway Basic", "gateway Bearer", "rejected"}, says: "neither the site nor Atlassian's gateway accepts the credential"},
		"a site with an odd answer":     {auth: AuthAuto, asked: asked{answers: map[string]error{"site Basic": errNobody, "gateway Basic": err401, "gateway Bearer": err401}}, want: []string{"site Basic", "cloud id", "gateway Basic", "gateway Bearer", "site Basic"}, says: "the site answered 200; Atlassian's gateway answered 401", inconclusive: true},
		"a gateway with an odd answer":  {auth: AuthAuto, asked: asked{answers: map[string]error{"site Basic": err401, "gateway Basic": errNobody, "gateway Bearer": err401}}, want: []string{"site Basic", "cloud id", "gateway Basic", "gateway Bearer", "gateway Basic"}, says: "the site answered 401; Atlassian's gateway answered 200", inconclusive: true},
		"only the gateway, odd":         {auth: AuthGateway, asked: asked{answers: all(errNobody)}, want: []string{"cloud id", "gateway Basic", "gateway Basic"}, says: "Atlassian's gateway answered 200", inconclusive: true},
		"a site that is unavailable":    {auth: AuthAuto, asked: asked{answers: map[string]error{"site Basic": err503}}, want: []string{"site Basic"}, says: "503"},
		"a gateway that is unreachable": {auth: AuthAuto, asked: asked{answers: map[string]error{"site Basic": err401, "gateway Basic": errOffline}}, want: []string{"site Basic", "cloud id", "gateway Basic"}, says: "Atlassian's gateway could not be checked", inconclusive: true},
		"no cloud id":                   {auth: AuthAuto, asked: asked{answers: map[string]error{"site Basic": err401}, cloudID: errOffline}, want: []string{"site Basic", "cloud id"}, says: "Atlassian's gateway could not be checked", inconclusive: true},
		"a blocked login":               {auth: AuthAuto, asked: asked{answers: map[string]error{"site Basic": errCaptcha, "gateway Basic": err401, "gateway Bearer": err401}}, want: []string{"site Basic", "cloud id", "gateway Basic", "gateway Bearer", "rejected"}, says: "401"},
		"only the gateway":              {auth: AuthGateway, asked: asked{answers: all(err401)}, want: []string{"cloud id", "gateway Basic", "rejected"}, says: "Atlassian's gateway does not accept the credential"},
		"only Bearer, for another site": {auth: AuthBearer, asked: asked{answers: all(err401)}, want: []string{"cloud id", "gateway Bearer", "other sites", "rejected"}, says: "valid only for https://other.atlassian.net"},
		"a fixed endpoint":              {auth: AuthSite, asked: asked{answers: all(err401)}, want: nil, kind: kindClassic},
	} {
		r, _ := resolverOf(t, c.auth, &c.asked)
		e, err := r.resolve(t.Context(), token)
		if !slices.Equal(c.asked.list, c.want) {
			t.Errorf("%s: asked %q, want %q", name, c.asked.list, c.want)
		}
		if err == nil && e.kind != c.kind || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, %v", name, e.kind, err)
		}
		if err != nil && isInconclusive(err) != c.inconclusive {
			t.Errorf("%s: inconclusive is %v", name, isInconclusive(err))
		}
	}
}

// TestResolverMemory checks that the resolver remembers what it found, a
// rejection for 30 seconds, and what was not certain for 3; the site that
// rejected a credential is left alone for 30 even then.
func TestResolverMemory(t *testing.T) {
	a := &asked{answers: map[string]error{"site Basic": err401, "gateway Basic": errOffline}}
	r, now := resolverOf(t, AuthAuto, a)
	resolve := func(after time.Duration) (list []string, err error) {
		*now = now.Add(after)
		a.list = nil
		_, err = r.resolve(t.Context(), token)
		return a.list, err
	}
	if list, err := resolve(0); len(list) != 3 || !isInconclusive(err) {
		t.Errorf("first: %q, %v", list, err)
	}
	if list, err := resolve(time.Second); len(list) != 0 || !isInconclusive(err) {
		t.Errorf("a second later: %q, %v", list, err)
	}
	if list, _ := resolve(3 * time.Second); !slices.Equal(list, []string{"gateway Basic"}) {
		t.Errorf("after 4 s the site is asked again: %q", list)
	}
	a.answers["gateway Basic"], a.answers["gateway Bearer"] = err401, err401
	if list, err := resolve(5 * time.Second); !slices.Equal(list, []string{"gateway Basic", "gateway Bearer", "rejected"}) || isInconclusive(err) {
		t.Errorf("rejected everywhere: %q, %v", list, err)
	}
	if list, err := resolve(29 * time.Second); len(list) != 0 || !IsCredentialRejected(err) || r.retryDue(token) {
		t.Errorf("29 s later: %q, %v", list, err)
	}
	*now = now.Add(time.Second)
	if !r.retryDue(token) {
		t.Error("after 30 s the credential may not be tried again")
	}
	a.answers["site Basic"] = nil
	if list, err := resolve(0); !slices.Equal(list, []string{"site Basic"}) || err != nil {
		t.Errorf("after 30 s: %q, %v", list, err)
	}
	if list, err := resolve(24 * time.Hour); len(list) != 0 || err != nil {
		t.Errorf("what was found is asked for again: %q, %v", list, err)
	}
	var other *Error
	if _, err := r.resolve(t.Context(), credential.Credential{Email: "b@example.com", Token: credential.NewSecret("other")}); errors.As(err, &other) || len(a.list) != 1 {
		t.Errorf("another credential: %v, %q", err, a.list)
	}
}
