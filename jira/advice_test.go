package jira_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// TestAdviceFits checks that the advice of an error fits what Jira or its gateway
// said.
func TestAdviceFits(t *testing.T) {
	html := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html;charset=UTF-8")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<!DOCTYPE html><html><head><title>"+text+"</title></head><body><h1>"+text+"</h1></body></html>")
		}
	}
	to := func(status int, where string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, where, status) }
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
		advice string
	}{
		"an IP allowlist": {func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, 403, `{"errorMessage":"The IP address has been rejected because it is not on the IP allowlist of this site."}`)
		}, "403: The IP address", "IP allowlist does not contain the address of the machine"},
		"an IP allowlist as HTML": {html(403, "Your IP address is not allowed"), "403", "IP allowlist does not contain the address of the machine"},
		"another 403 as HTML":     {html(403, "Forbidden"), "403", "Something in front of Jira"},
		"a renamed site":          {to(301, "https://newname.atlassian.net/rest/api/3/field"), "redirected to newname.atlassian.net", "new address, https://newname.atlassian.net."},
		"a renamed site, 308":     {to(308, "https://newname.atlassian.net/rest/api/3/field"), "redirected to newname.atlassian.net", "new address, https://newname.atlassian.net."},
		"a login page":            {to(302, "https://id.atlassian.com/login?continue=x"), "redirected to id.atlassian.com", "a login page"},
		"another domain":          {to(301, "https://evil.example/x.atlassian.net"), "redirected to evil.example", "Something in front of Jira"},
		"a subdomain of a site":   {to(301, "https://a.b.atlassian.net/"), "redirected to a.b.atlassian.net", "Something in front of Jira"},
		"a removed operation": {func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, 410, `{"errorMessages":["The requested API has been removed."],"errors":{}}`)
		}, "410: The requested API has been removed.", "removed this operation"},
		"maintenance": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "5400")
			html(503, "Jira is down for maintenance")(w, r)
		}, "503", "Wait 90 minutes"},
		"a blocked login beside a known user": {func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/myself") {
				writeJSON(w, 200, `{"accountId":"a"}`)
				return
			}
			w.Header().Set("X-Seraph-LoginReason", "AUTHENTICATION_DENIED")
			writeJSON(w, 200, `[]`)
		}, "the login of this account is blocked", "blocked logins of this account"},
	} {
		client, _ := startFake(t, c.answer)
		_, err := client.Fields(t.Context())
		if e := asError(t, err); !strings.Contains(e.Error(), c.says) || !strings.Contains(e.Hint(), c.advice) {
			t.Errorf("%s: %v\n%s", name, e, e.Hint())
		}
	}
}

// TestNoSuchSite checks what is said of an address that is no Jira Cloud site.
func TestNoSuchSite(t *testing.T) {
	_, at := startFake(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html>Site Not Found", http.StatusNotFound)
	})
	client, err := jira.New(jira.Options{Base: at, Auth: jira.AuthAuto, Credential: credential.Static{Email: "a@example.com", Token: credential.NewSecret("t")}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Myself(t.Context())
	if e := asError(t, err); !strings.HasPrefix(e.Error(), "there is no Jira Cloud site at "+at.Host) || !strings.Contains(e.Hint(), "renamed or deleted") {
		t.Errorf("%v\n%s", e, e.Hint())
	}
}

// TestTokenWithoutAddress checks tokens for which no e-mail address is set: that of
// a service account works, and for another one the error says what is missing.
func TestTokenWithoutAddress(t *testing.T) {
	clk := newClock()
	for token, works := range map[string]bool{sandbox.ServiceToken: true, sandbox.ScopedToken: false, sandbox.ClassicToken: false} {
		client, rec := newResolvingClient(t, newSandbox(t, clk), &changingSource{token}, clk.Now, func(o *jira.Options) {
			o.Credential = credential.Static{Token: credential.NewSecret(token)}
		})
		_, err := client.Myself(t.Context())
		if asked := strings.Join(rec.drain(), " "); strings.Contains(asked, "Basic") {
			t.Errorf("%s: asked %s", token, asked)
		}
		switch {
		case works && (err != nil || client.CredentialKind() != "API token of a service account, at the gateway"):
			t.Errorf("%s: %q, %v", token, client.CredentialKind(), err)
		case !works && (err == nil || !strings.Contains(asError(t, err).Hint(), "Set the e-mail address of the account that owns the token")):
			t.Errorf("%s: %v", token, err)
		}
	}
}
