package jira

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync/atomic"
)

// httpClients holds one HTTP client for each kind of request. They share a
// transport.
type httpClients struct {
	reads  *http.Client // follows redirects on the same host
	files  *http.Client // also follows redirects to the host that serves a file
	writes *http.Client // follows no redirects and repeats nothing
	still  *http.Client // follows no redirects
}

// initTransport builds the layers that each request passes, outermost first:
//
//  1. retrier waits if Jira asks for it, and repeats a request if that is safe;
//  2. one of the clients follows the redirects that checkRedirect allows;
//  3. onceTransport stops net/http from repeating a write;
//  4. pinTransport sends credentials to the site and the gateway only;
//  5. the transport dials.
func (c *Client) initTransport(o Options) {
	next := o.Transport
	if next == nil {
		next = NewTransport(TransportOptions{Trusted: c.resolver.hosts()})
	}
	pinned := &pinTransport{next: next, hosts: c.resolver.hosts(), headers: o.Headers}
	c.clients = httpClients{
		reads:  &http.Client{Transport: pinned, CheckRedirect: c.checkRedirect(false)},
		files:  &http.Client{Transport: pinned, CheckRedirect: c.checkRedirect(true)},
		writes: &http.Client{Transport: onceTransport{pinned}, CheckRedirect: c.checkRedirect(false)},
		still: &http.Client{Transport: pinned, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	}
	if o.MaxWait > 0 {
		c.retry = newRetrier(c.sendOnce, o.MaxWait, c.now, c.log)
	}
}

// pinTransport removes the credential and the configured headers from requests
// to any other host than the site and the gateway, as a redirect may cause.
// net/http drops only Authorization, only if the domain changes, and never
// other headers.
type pinTransport struct {
	next    http.RoundTripper
	hosts   []*url.URL
	headers http.Header // from Options
}

// RoundTrip implements http.RoundTripper.
func (p *pinTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !slices.ContainsFunc(p.hosts, func(h *url.URL) bool { return sameHost(h, req.URL) }) {
		req = req.Clone(req.Context())
		for name := range p.headers {
			req.Header.Del(name)
		}
		req.Header.Del("Authorization")
		req.Header.Del("Referer") // set by net/http, with the site's address
	}
	return p.next.RoundTrip(req)
}

// errAlreadySent stops net/http from repeating a write on its own.
var errAlreadySent = errors.New("it broke after the request was sent")

// onceTransport allows net/http to repeat a request on its own only if the
// request was not written. On HTTP/2, net/http otherwise repeats any request
// whose stream the other side resets with PROTOCOL_ERROR, thousands of times,
// even if the server has acted on it. net/http calls GetBody before each
// repetition; onceTransport makes that fail once the request is written.
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
			return nil, errAlreadySent
		}
		return body()
	}
	return t.next.RoundTrip(req)
}

// sameHost reports whether two addresses have the same scheme, host and port.
func sameHost(a, b *url.URL) bool {
	return a != nil && a.Scheme == b.Scheme && strings.EqualFold(hostPort(a), hostPort(b))
}

// maxRedirects is the number of redirects that a read follows.
const maxRedirects = 5

// checkRedirect returns the redirect policy of an HTTP client. A read follows
// redirects on its own host; one of a file's content only to another address of
// a file, since its content passes no fence. Such a content may also come from
// Atlassian's media service, which gets no credential and cannot redirect to the
// site or the gateway. A write follows no redirect, and JSON from another host is
// never taken for Jira's. A redirect that is not followed becomes an error.
func (c *Client) checkRedirect(file bool) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		first, last := via[0].URL, via[len(via)-1].URL
		switch {
		case len(via) >= maxRedirects || via[0].Method != http.MethodGet:
			return http.ErrUseLastResponse
		case sameHost(req.URL, first) && sameHost(last, first) && (!file || isFilePath(req.URL, first)):
			return nil
		case !file:
			return http.ErrUseLastResponse
		}
		// With a proxy, the proxy dials, and the check in dial.go does not see the
		// address. So an address in the URL is checked here; a name cannot be.
		if ip, err := netip.ParseAddr(req.URL.Hostname()); err == nil && first.Scheme == "https" && !isPublic(ip.Unmap()) {
			return &PrivateAddressError{ip}
		}
		isOwn := func(u *url.URL) bool { return sameHost(u, req.URL) }
		if !c.isMediaHost(req.URL) || req.URL.Scheme != "https" && first.Scheme == "https" || slices.ContainsFunc(append(c.resolver.hosts(), first), isOwn) {
			return http.ErrUseLastResponse
		}
		return nil
	}
}

// filePath is the path of the operations on attachments.
const filePath = "/rest/api/3/attachment/"

// isFilePath reports whether an address is that of an attachment, at the same
// site as the first request for it: the gateway has the path of a site before it.
func isFilePath(u, first *url.URL) bool {
	before, _, _ := strings.Cut(first.Path, filePath)
	return strings.HasPrefix(path.Clean(u.Path), before+filePath)
}

// isMediaHost reports whether an address is at Atlassian's media service, which
// keeps the content of attachments. Where the client talks to the own machine,
// which is a test, the media service is there as well.
func (c *Client) isMediaHost(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	if u.Scheme == "https" && (host == mediaHost || strings.HasSuffix(host, "."+mediaHost)) {
		return true
	}
	return isLoopbackHost(host) && slices.ContainsFunc(c.resolver.hosts(), func(h *url.URL) bool { return isLoopbackHost(h.Hostname()) })
}

// mediaHost is the domain of Atlassian's media service.
const mediaHost = "media.atlassian.com"
