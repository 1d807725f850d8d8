package jira

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// NewTransport returns the HTTP transport a client uses by default, without a
// proxy: whoever knows the environment sets one. Idle
// connections are kept for as many calls as a busy assistant has in flight:
// net/http keeps two a host, and each further call would pay a new handshake.
func NewTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   128,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// stack builds the round-trippers, outermost first:
//
//  1. patient: waits where Jira asks for it, and repeats what may be repeated;
//  2. authorize: adds the credential, for the configured hosts only, anew for
//     each try;
//  3. the transport.
func (c *Client) stack(o Options) http.RoundTripper {
	next := o.Transport
	if next == nil {
		next = NewTransport()
	}
	next = &authorize{next: next, hosts: c.locator.hosts(), source: o.Credential}
	if o.Patience > 0 {
		next = newPatient(next, o.Patience, c.now, c.log)
	}
	return next
}

// How a request's context tells authorize to show the credential.
type (
	asBearer          struct{}
	withoutCredential struct{}
)

// authorize pins the credential to the site and the gateway. A request to any
// other place, a redirect's target for example, goes without it.
type authorize struct {
	next   http.RoundTripper
	hosts  []*url.URL
	source credential.Source
}

// RoundTrip implements http.RoundTripper.
func (a *authorize) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	known := slices.ContainsFunc(a.hosts, func(u *url.URL) bool { return u.Scheme == req.URL.Scheme && u.Host == req.URL.Host })
	if !known || ctx.Value(withoutCredential{}) != nil {
		if req.Header.Get("Authorization") != "" {
			req = req.Clone(ctx)
			req.Header.Del("Authorization")
		}
		return a.next.RoundTrip(req)
	}
	cred, err := a.source.Credential(ctx)
	if err != nil {
		return nil, fmt.Errorf("credential: %w", err)
	}
	req = req.Clone(ctx)
	if ctx.Value(asBearer{}) != nil {
		req.Header.Set("Authorization", cred.Bearer())
	} else {
		req.Header.Set("Authorization", cred.Basic())
	}
	return a.next.RoundTrip(req)
}

// sameHostReads follows a redirect only for a read and only on the same host.
// A write is never sent on, and another host's words are never taken for
// Jira's; the 3xx itself becomes the error.
func sameHostReads(req *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) >= 5 || first.Method != http.MethodGet || req.URL.Host != first.URL.Host || req.URL.Scheme != first.URL.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}
