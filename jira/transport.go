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
)

// clients send requests, by what they are. They share one transport.
type clients struct {
	reads  *http.Client // follows redirects on the same host
	files  *http.Client // also to the host that keeps a file
	writes *http.Client // follows none, and repeats nothing
}

// connect sets up how requests leave, outermost first:
//
//  1. retrier waits where Jira asks for it, and repeats what may be repeated;
//  2. one of the clients follows the redirects that checkRedirect allows;
//  3. onceTransport lets net/http repeat no write;
//  4. pinTransport lets credentials out to the site and the gateway only;
//  5. the transport dials.
func (c *Client) connect(o Options) {
	next := o.Transport
	if next == nil {
		next = NewTransport(TransportOptions{Trusted: c.resolver.hosts()})
	}
	pinned := &pinTransport{next: next, hosts: c.resolver.hosts(), headers: o.Headers}
	c.clients = clients{
		reads:  &http.Client{Transport: pinned, CheckRedirect: c.checkRedirect(false)},
		files:  &http.Client{Transport: pinned, CheckRedirect: c.checkRedirect(true)},
		writes: &http.Client{Transport: onceTransport{pinned}, CheckRedirect: c.checkRedirect(false)},
	}
	if o.MaxWait > 0 {
		c.retry = newRetrier(c.sendOnce, o.MaxWait, c.now, c.log)
	}
}

// pinTransport pins the credential and the configured headers to the hosts that
// they are for. Wherever else a redirect leads, the request goes without them.
// net/http drops Authorization by itself only where the domain is another, and
// other headers never.
type pinTransport struct {
	next    http.RoundTripper
	hosts   []*url.URL
	headers http.Header // of the configuration
}

// RoundTrip implements http.RoundTripper.
func (p *pinTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !slices.ContainsFunc(p.hosts, func(h *url.URL) bool { return sameHost(h, req.URL) }) {
		req = req.Clone(req.Context())
		for name := range p.headers {
			req.Header.Del(name)
		}
		req.Header.Del("Authorization")
		req.Header.Del("Referer") // net/http's, with the site's address
	}
	return p.next.RoundTrip(req)
}

// errSent stops net/http from sending a write again by itself.
var errSent = errors.New("it broke after the request was sent")

// onceTransport lets net/http send a request again by itself only as long as it
// was not written: on HTTP/2 it repeats any request whose stream the other side
// resets with PROTOCOL_ERROR, thousands of times, whatever has been done with it.
type onceTransport struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t onceTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.GetBody == nil {
		return t.next.RoundTrip(req)
	}
	var written atomic.Bool
	body := req.GetBody
	req = req.Clone(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
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
	return t.next.RoundTrip(req)
}

func sameHost(a, b *url.URL) bool {
	return a != nil && a.Scheme == b.Scheme && strings.EqualFold(hostPort(a), hostPort(b))
}

// maxRedirects bounds how many redirects a read follows.
const maxRedirects = 5

// checkRedirect returns which redirects are followed: of reads, on the same host;
// and of a file's content to the host that keeps it, which gets no credential and
// cannot lead back, nor to the gateway. A write is never sent on, and another
// host's words are never taken for Jira's: such a 3xx itself becomes the error.
func (c *Client) checkRedirect(file bool) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		first, last := via[0].URL, via[len(via)-1].URL
		switch {
		case len(via) >= maxRedirects || via[0].Method != http.MethodGet:
			return http.ErrUseLastResponse
		case sameHost(req.URL, first) && sameHost(last, first):
			return nil
		case !file, req.URL.Scheme != "https" && first.Scheme == "https",
			slices.ContainsFunc(append(c.resolver.hosts(), first), func(u *url.URL) bool { return sameHost(u, req.URL) }):
			return http.ErrUseLastResponse
		}
		// Behind a proxy it is the proxy that dials, so that the address is checked
		// here as far as it can be seen.
		if ip, err := netip.ParseAddr(req.URL.Hostname()); err == nil && first.Scheme == "https" && !isPublic(ip.Unmap()) {
			return &PrivateAddressError{ip}
		}
		return nil
	}
}
