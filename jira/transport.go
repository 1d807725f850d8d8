package jira

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// transportStack builds the round-trippers, outermost first:
//
//  1. patient: waits where Jira asks for it, and repeats what may be repeated;
//  2. authorize: adds the credential, for the place that was chosen only, anew
//     for each try, and lets net/http repeat no write;
//  3. the transport.
func (c *Client) transportStack(o Options) http.RoundTripper {
	next := o.Transport
	if next == nil {
		next = NewTransport(TransportOptions{Trusted: c.resolver.hosts()})
	}
	next = &authTransport{next: next, headers: o.Headers}
	if o.MaxWait > 0 {
		next = newRetryTransport(next, o.MaxWait, c.now, c.log)
	}
	return next
}

// showing tells authorize which credential a request shows, and where. A
// request without it shows none.
type showing struct {
	cred   credential.Credential
	bearer bool
	none   bool     // no credential, but the configured headers
	at     *url.URL // the place it was made for
}

type showingKey struct{}

// authTransport pins the credential and the configured headers to the place that
// a request was made for. Where a redirect leads it goes without them.
type authTransport struct {
	next    http.RoundTripper
	headers http.Header // of the configuration
}

// RoundTrip implements http.RoundTripper.
func (a *authTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	s, ok := ctx.Value(showingKey{}).(showing)
	req = req.Clone(ctx)
	if !ok || !sameHost(s.at, req.URL) {
		for name := range a.headers {
			req.Header.Del(name)
		}
		req.Header.Del("Authorization")
		req.Header.Del("Referer") // net/http's, with the site's address
		return a.next.RoundTrip(req)
	}
	for name, values := range a.headers {
		req.Header[name] = values
	}
	switch {
	case s.none:
	case s.bearer:
		req.Header.Set("Authorization", s.cred.Bearer())
	default:
		req.Header.Set("Authorization", s.cred.Basic())
	}
	return a.next.RoundTrip(neverResendWrite(req))
}

// errSent stops net/http from sending a write again by itself.
var errSent = errors.New("it broke after the request was sent")

// neverResendWrite lets net/http send a write again only as long as it was not
// written: on HTTP/2 it repeats any request whose stream the other side resets
// with PROTOCOL_ERROR, thousands of times, whatever has been done with it.
func neverResendWrite(req *http.Request) *http.Request {
	what, known := req.Context().Value(sendingKey{}).(sending)
	if !known || !what.op.Writes() || req.GetBody == nil {
		return req
	}
	var written atomic.Bool
	body := req.GetBody
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			if i.Err == nil {
				written.Store(true)
			}
		},
	}))
	req.GetBody = func() (io.ReadCloser, error) {
		if written.Load() {
			return nil, errSent
		}
		return body()
	}
	return req
}

func sameHost(a, b *url.URL) bool {
	return a != nil && a.Scheme == b.Scheme && strings.EqualFold(hostPort(a), hostPort(b))
}

type followKey struct{}

// checkRedirect decides which redirects are followed: of reads, on the same host;
// and of a file's content to the host that keeps it, which gets no credential
// and cannot lead back, nor to the gateway. A write is never sent on, and
// another host's words are never taken for Jira's: such a 3xx itself becomes
// the error.
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	first, last := via[0].URL, via[len(via)-1].URL
	switch {
	case len(via) >= 5 || via[0].Method != http.MethodGet:
		return http.ErrUseLastResponse
	case sameHost(req.URL, first) && sameHost(last, first):
		return nil
	case req.Context().Value(followKey{}) == nil, req.URL.Scheme != "https" && first.Scheme == "https",
		slices.ContainsFunc(append(c.resolver.hosts(), first), func(u *url.URL) bool { return sameHost(u, req.URL) }):
		return http.ErrUseLastResponse
	}
	// Behind a proxy it is the proxy that dials: what can be seen is looked at.
	if ip, err := netip.ParseAddr(req.URL.Hostname()); err == nil && first.Scheme == "https" && !isPublic(ip.Unmap()) {
		return &PrivateAddressError{ip}
	}
	return nil
}
