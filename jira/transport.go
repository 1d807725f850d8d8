package jira

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// stack builds the round-trippers, outermost first:
//
//  1. patient: waits where Jira asks for it, and repeats what may be repeated;
//  2. authorize: adds the credential, for the configured hosts only, anew for
//     each try;
//  3. the transport.
func (c *Client) stack(o Options) http.RoundTripper {
	next := o.Transport
	if next == nil {
		next = NewTransport(TransportOptions{Trusted: c.locator.hosts()})
	}
	next = &authorize{next: next, hosts: c.locator.hosts(), headers: o.Headers}
	if o.Patience > 0 {
		next = newPatient(next, o.Patience, c.now, c.log)
	}
	return next
}

// showing tells authorize which credential a request shows. A request without
// it shows none.
type showing struct {
	cred   credential.Credential
	bearer bool
}

type showingKey struct{}

// authorize pins the credential to the site and the gateway. A request to any
// other place, a redirect's target for example, goes without it.
type authorize struct {
	next    http.RoundTripper
	hosts   []*url.URL
	headers http.Header // of the configuration, for the same hosts
}

// RoundTrip implements http.RoundTripper.
func (a *authorize) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if !slices.ContainsFunc(a.hosts, func(u *url.URL) bool { return u.Scheme == req.URL.Scheme && u.Host == req.URL.Host }) {
		if req.Header.Get("Authorization") != "" {
			req = req.Clone(ctx)
			req.Header.Del("Authorization")
		}
		return a.next.RoundTrip(req)
	}
	req = req.Clone(ctx)
	for name, values := range a.headers {
		req.Header[name] = values
	}
	if s, ok := ctx.Value(showingKey{}).(showing); ok && s.bearer {
		req.Header.Set("Authorization", s.cred.Bearer())
	} else if ok {
		req.Header.Set("Authorization", s.cred.Basic())
	}
	return a.next.RoundTrip(req)
}

type followKey struct{}

// redirected decides which redirects are followed: of reads, on the same host;
// and of a file's content to the host that keeps it, which gets no credential
// and cannot lead back. A write is never sent on, and another host's words are
// never taken for Jira's: such a 3xx itself becomes the error.
func redirected(req *http.Request, via []*http.Request) error {
	first, last := via[0].URL, via[len(via)-1].URL
	same := func(a, b *url.URL) bool { return a.Scheme == b.Scheme && a.Host == b.Host }
	switch {
	case len(via) >= 5 || via[0].Method != http.MethodGet:
		return http.ErrUseLastResponse
	case same(req.URL, first) && same(last, first):
		return nil
	case req.Context().Value(followKey{}) == nil, same(req.URL, first), req.URL.Scheme != "https" && first.Scheme == "https":
		return http.ErrUseLastResponse
	}
	// Behind a proxy it is the proxy that dials: what can be seen is looked at.
	if ip, err := netip.ParseAddr(req.URL.Hostname()); err == nil && first.Scheme == "https" && !isPublic(ip.Unmap()) {
		return &PrivateAddressError{ip}
	}
	return nil
}
