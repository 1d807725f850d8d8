package jira

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// transportError builds the error for a request that got no answer: what
// happened, what to do, and the outcome.
//
// connected reports whether the request had a connection. From then on bytes
// may have left, so that a write's outcome is Unknown and not NotSent. Some
// errors prove that nothing was sent even then, and set NotSent: a proxy that
// refuses to connect, a private address, a failed TLS handshake, or a wait that
// ended before Jira accepted the request.
//
// The order of the cases matters, since errors wrap each other: a net.OpError
// for a dial may contain a DNS error, which says more.
func (c *Client) transportError(op operation.Operation, host string, err error, connected bool) *Error {
	e := &Error{Op: op, Outcome: NotSent, Err: err}
	if connected {
		e.Outcome = writeOutcome(op, Unknown)
	}
	var dns *net.DNSError
	var opErr *net.OpError
	var proxy *ProxyError
	var private *PrivateAddressError
	var record tls.RecordHeaderError // during the handshake only if not connected: see below
	if errors.Is(err, errNotAccepted) {
		e.Outcome = NotSent
	}
	switch {
	case errors.As(err, &opErr) && opErr.Op == "proxyconnect":
		e.Messages, e.Outcome = []string{"cannot connect to the proxy: " + describeDialError(opErr.Err)}, NotSent
		e.Advice = adviceProxySettings
	case errors.As(err, &proxy):
		e.Messages, e.Outcome = []string{proxy.Error()}, NotSent
		e.Advice = adviceProxySettings
	case errors.As(err, &private):
		e.Messages, e.Outcome = []string{private.Error()}, NotSent
		e.Advice = "This server does not connect to private networks."
	case errors.Is(err, context.DeadlineExceeded):
		e.Messages = []string{fmt.Sprintf("no answer from %s in time", host)}
		e.Advice = "Try again; if the request was large, ask for less."
	case errors.Is(err, context.Canceled):
		e.Messages = []string{"cancelled"}
	case errors.As(err, &dns):
		e.Messages = []string{fmt.Sprintf("the name %s could not be resolved", dns.Name)}
		e.Advice = "Check the site's address and the network."
	// Bytes that are not TLS mean a failed handshake only before there is a
	// connection. Later, something between interrupts it, perhaps after Jira
	// has acted.
	case !(connected && (errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch))) && describeTLSError(e, host, err, c.now()):
	case errors.As(err, &opErr) && opErr.Op == "dial":
		e.Messages = []string{"cannot connect to " + host + ": " + describeDialError(opErr.Err)}
		e.Advice = "Check the site's address and the network."
	default:
		// The URL in a url.Error may contain a user's query; leave it out.
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		e.Messages = []string{fmt.Sprintf("the connection to %s failed: %v", host, err)}
		e.Advice = adviceTryLater
	}
	if e.Outcome == Unknown {
		e.Advice = adviceCheckResult
	}
	return e
}

// describeTLSError reports whether err is a failed TLS handshake, and describes
// it in e: a certificate that is not valid, a server that refuses the client,
// or an answer that is not TLS. Nothing was sent then. now is for an advice
// about the clock.
func describeTLSError(e *Error, host string, err error, now time.Time) bool {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var remote *net.OpError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		e.Messages = []string{fmt.Sprintf("the certificate of %s is not valid now: %s", host, describeValidity(invalid.Cert))}
		e.Advice = fmt.Sprintf("Check this machine's clock, which says %s; if it is right, the certificate must be renewed.", now.UTC().Format("2006-01-02 15:04 MST"))
	case errors.As(err, &unknown):
		e.Messages = []string{fmt.Sprintf("the certificate of %s is signed by an authority that this machine does not trust", host)}
		e.Advice = "A TLS-inspecting proxy causes this: give this server the authority's certificate as extra CA file. Without such a proxy, do not trust the connection."
	case errors.As(err, &name):
		e.Messages = []string{fmt.Sprintf("the certificate of %s is for another name%s", host, describeNames(name.Certificate))}
		e.Advice = "Check the site's address. If it is right, something in between answers in its place."
	case errors.As(err, &verification):
		e.Messages = []string{fmt.Sprintf("the certificate of %s is not valid: %v", host, verification.Err)}
		e.Advice = adviceNotJira
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		e.Messages = []string{host + " does not speak TLS on this port"}
		e.Advice = "Check the site's address and port."
	case errors.As(err, &remote) && remote.Op == "remote error" && strings.Contains(remote.Err.Error(), "certificate"):
		// In TLS 1.3 this follows the handshake, before the server reads a request.
		e.Messages = []string{fmt.Sprintf("%s refused the TLS connection: %v", host, remote.Err)}
		e.Advice = "It may require a client certificate."
	default:
		return false
	}
	e.Outcome = NotSent
	return true
}

// describeDialError returns why a connection could not be made.
func describeDialError(err error) string {
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &dns):
		return fmt.Sprintf("the name %s could not be resolved", dns.Name)
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer"
	}
	return err.Error()
}

// describeNames returns up to four names and addresses that a certificate is
// for, as ": a, b"; "" if there are none.
func describeNames(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names[:min(len(names), 4)], ", ")
}

// describeValidity returns the period in which a certificate is valid.
func describeValidity(c *x509.Certificate) string {
	if c == nil {
		return "expired or not yet valid"
	}
	return fmt.Sprintf("it is valid from %s to %s", c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly))
}
