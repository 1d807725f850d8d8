package jira

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// TransportOptions configures [NewTransport]. The zero value connects without a
// proxy, and to public addresses only.
type TransportOptions struct {
	// Trusted lists the addresses that may be private: the site. Proxies may be
	// private as well.
	Trusted []*url.URL
	// Proxy returns the proxy for a request. There is no proxy if nil.
	Proxy func(*http.Request) (*url.URL, error)
	// Roots are the trusted certificate authorities; the system's if nil.
	Roots *x509.CertPool
	// Certificates are the client certificates, for a server that requests one.
	Certificates []tls.Certificate
}

// NewTransport returns the HTTP transport of a client. It always verifies TLS.
// It keeps as many idle connections as a busy assistant has calls under way:
// net/http keeps two for each host by default, and each further call would need
// a new handshake.
//
// It connects to hosts that are not trusted, such as the target of a redirect,
// only if their address is public. The check applies to the address that is
// dialled, after the name was resolved. Otherwise a name of an attacker that
// resolves to 169.254.169.254 would reach the metadata service of a cloud.
func NewTransport(o TransportOptions) *http.Transport {
	trusted := sync.OnceValue(o.trustedHosts)
	open := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	guarded := &net.Dialer{Timeout: open.Timeout, KeepAlive: open.KeepAlive, Control: refusePrivate}
	t := &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if slices.ContainsFunc(trusted(), func(u *url.URL) bool { return strings.EqualFold(hostPort(u), addr) }) {
				return open.DialContext(ctx, network, addr)
			}
			return guarded.DialContext(ctx, network, addr)
		},
		Proxy:                 o.Proxy,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   128,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			if res.StatusCode != http.StatusOK {
				return &ProxyError{Status: res.StatusCode}
			}
			return nil
		},
	}
	if o.Roots != nil || len(o.Certificates) > 0 {
		t.TLSClientConfig = &tls.Config{RootCAs: o.Roots, Certificates: o.Certificates, MinVersion: tls.VersionTLS12}
	}
	return t
}

// trustedHosts returns the addresses that may be private: those in Trusted, and
// the proxies for them and for any other host.
func (o TransportOptions) trustedHosts() []*url.URL {
	all := slices.Clone(o.Trusted)
	if o.Proxy == nil {
		return all
	}
	for _, u := range append(slices.Clone(o.Trusted), &url.URL{Scheme: "https", Host: "elsewhere.invalid"}) {
		if proxy, err := o.Proxy(&http.Request{URL: u}); err == nil && proxy != nil {
			all = append(all, proxy)
		}
	}
	return all
}

// hostPort returns the host and port that a connection for a URL dials.
func hostPort(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "http":
		port = "80"
	case u.Scheme == "socks5", u.Scheme == "socks5h":
		port = "1080"
	default:
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// ProxyError reports a proxy that refused to connect to the site.
type ProxyError struct {
	Status int // the proxy's answer to CONNECT
}

// Error implements error.
func (e *ProxyError) Error() string {
	if e.Status == http.StatusProxyAuthRequired {
		return "the proxy requires a login (407)"
	}
	return fmt.Sprintf("the proxy refused the connection (%d %s)", e.Status, http.StatusText(e.Status))
}

// PrivateAddressError reports a connection that was not made, since the address
// is not public.
type PrivateAddressError struct{ Address netip.Addr }

// Error implements error.
func (e *PrivateAddressError) Error() string {
	return fmt.Sprintf("the address %s is not on the public internet", e.Address)
}

// refusePrivate refuses addresses that are not public. It is the Control
// function of a net.Dialer, which receives the address and not the name; so it
// also refuses a name that resolves to a private address.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errors.New("the address to dial cannot be read")
	}
	if ip := at.Addr().Unmap(); !isPublic(ip) {
		return &PrivateAddressError{ip}
	}
	return nil
}

// reservedPrefixes lists the address ranges that netip does not know as private:
// shared address space (RFC 6598), protocol assignments and documentation (RFC
// 6890), benchmarks (RFC 2544), reserved (RFC 1112), and the IPv6 forms that
// contain an IPv4 address (NAT64 of RFC 6052 and RFC 8215, 6to4 of RFC 3056,
// Teredo of RFC 4380). The metadata services of clouds are link-local
// (169.254.169.254) or unique local (fd00:ec2::254); one is in shared space
// (100.100.100.200), and one in public space (168.63.129.16, Azure).
var reservedPrefixes = parsePrefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10", "::/96",
	"168.63.129.16/32", "192.88.99.0/24", "::ffff:0:0:0/96", "3fff::/20", "5f00::/16", "100:0:0:1::/64")

// parsePrefixes parses a list of prefixes.
func parsePrefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// isPublic reports whether an address belongs to the public internet.
func isPublic(ip netip.Addr) bool {
	return ip.IsValid() && ip.IsGlobalUnicast() && !ip.IsPrivate() && ip.Zone() == "" &&
		!slices.ContainsFunc(reservedPrefixes, func(p netip.Prefix) bool { return p.Contains(ip) })
}
