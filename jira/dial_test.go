package jira_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// parseURL parses an address.
func parseURL(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// newTransportClient returns a client with a transport of its own that trusts
// its base.
func newTransportClient(t *testing.T, base string, o jira.TransportOptions) *jira.Client {
	t.Helper()
	o.Trusted = append(o.Trusted, parseURL(t, base))
	transport := jira.NewTransport(o)
	t.Cleanup(transport.CloseIdleConnections)
	c, err := jira.New(jira.Options{Base: parseURL(t, base), Transport: transport, Timeout: 5 * time.Second,
		Credential: credential.Static{Email: sandbox.Email, Token: credential.NewSecret(sandbox.ClassicToken)}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newCertificate returns a self-signed certificate for 127.0.0.1, and a pool
// that contains it.
func newCertificate(t *testing.T, from, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: from, NotAfter: until, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

// TestTLS checks the errors of failed TLS handshakes: what they say, and that
// nothing was sent.
func TestTLS(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	serve := func(c *tls.Config) string {
		srv := httptest.NewUnstartedServer(s)
		srv.TLS, srv.Config.ErrorLog = c, log.New(io.Discard, "", 0)
		srv.StartTLS()
		t.Cleanup(srv.Close)
		return srv.URL
	}
	now := time.Now()
	good, goodPool := newCertificate(t, now.Add(-time.Hour), now.Add(time.Hour))
	old, oldPool := newCertificate(t, now.Add(-48*time.Hour), now.Add(-24*time.Hour))
	early, earlyPool := newCertificate(t, now.Add(24*time.Hour), now.Add(48*time.Hour))
	secure := serve(&tls.Config{Certificates: []tls.Certificate{good}})
	asks := serve(&tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: goodPool})
	plain := httptest.NewServer(s)
	defer plain.Close()
	for name, c := range map[string]struct {
		base          string
		o             jira.TransportOptions
		words, advice string
	}{
		"trusted":             {secure, jira.TransportOptions{Roots: goodPool}, "", ""},
		"unknown authority":   {secure, jira.TransportOptions{}, "signed by an authority that this machine does not trust", "extra CA file"},
		"expired":             {serve(&tls.Config{Certificates: []tls.Certificate{old}}), jira.TransportOptions{Roots: oldPool}, "is not valid now: it is valid from", "clock, which says"},
		"not yet valid":       {serve(&tls.Config{Certificates: []tls.Certificate{early}}), jira.TransportOptions{Roots: earlyPool}, "is not valid now: it is valid from", "clock, which says"},
		"another name":        {strings.Replace(secure, "127.0.0.1", "localhost", 1), jira.TransportOptions{Roots: goodPool}, "is for another name", "address"},
		"no TLS":              {strings.Replace(plain.URL, "http:", "https:", 1), jira.TransportOptions{}, "does not speak TLS on this port", "address and port"},
		"needs a certificate": {asks, jira.TransportOptions{Roots: goodPool}, "refused the TLS connection", "client certificate"},
		"shows a certificate": {asks, jira.TransportOptions{Roots: goodPool, Certificates: []tls.Certificate{good}}, "", ""},
	} {
		_, err := newTransportClient(t, c.base, c.o).AddComment(t.Context(), "PAY-1", jira.NewComment{Body: doc("x")})
		if c.words == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		e := asError(t, err)
		if !strings.Contains(err.Error(), c.words) || !strings.Contains(e.Hint(), c.advice) || e.Outcome != jira.NotSent {
			t.Errorf("%s: %v (%v)\n%s", name, err, e.Outcome, e.Hint())
		}
	}
}

// TestProxies checks requests through a proxy, and the errors of a proxy that
// refuses.
func TestProxies(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	status := http.StatusOK
	var shown atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown.Store(r.Header.Get("Authorization"))
		if status != http.StatusOK {
			http.Error(w, "the proxy's page", status)
			return
		}
		s.ServeHTTP(w, r) // a plain http:// request arrives in full
	}))
	defer proxy.Close()
	through := jira.TransportOptions{Proxy: http.ProxyURL(parseURL(t, proxy.URL))}
	// The proxy's address is private, which is allowed.
	if _, err := newTransportClient(t, "http://jira.test", through).Myself(t.Context()); err != nil {
		t.Errorf("through a proxy: %v", err)
	}
	for code, words := range map[int]string{407: "requires a login (407)", 403: "the proxy refused the connection (403", 502: "the proxy refused the connection (502"} {
		status = code
		shown.Store("")
		_, err := newTransportClient(t, "https://jira.test", through).AddComment(t.Context(), "PAY-1", jira.NewComment{})
		if e := asError(t, err); !strings.Contains(err.Error(), words) || e.Outcome != jira.NotSent || !strings.Contains(e.Hint(), "proxy's address") {
			t.Errorf("%d: %v, %v, %s", code, err, e.Outcome, e.Hint())
		}
		if shown.Load() != "" {
			t.Errorf("%d: the proxy was shown a credential", code)
		}
	}
}

// TestPrivateAddresses checks that only the site may have a private address,
// and never the target of a redirect.
func TestPrivateAddresses(t *testing.T) {
	var metadata, media atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { metadata.Add(1) }))
	defer inside.Close()
	target := inside.URL + "/latest/meta-data/"
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", target)
		w.WriteHeader(http.StatusSeeOther)
	}))
	defer site.Close()
	client := newTransportClient(t, site.URL, jira.TransportOptions{})
	port := parseURL(t, inside.URL).Port()
	for _, to := range []string{target, "http://localhost:" + port, "http://[::1]:" + port, "http://[::ffff:127.0.0.1]:" + port} {
		target = to
		_, err := client.AttachmentContent(t.Context(), "1")
		var private *jira.PrivateAddressError
		if !errors.As(err, &private) {
			t.Errorf("%s: %v", to, err)
		}
		if e := asError(t, err); e.Outcome != jira.NotSent {
			t.Errorf("%s: %v", to, e.Outcome)
		}
	}
	if metadata.Load() > 0 {
		t.Errorf("a private host was asked %d times", metadata.Load())
	}

	// This host stands for a public one: it is trusted here. It gets no
	// credential; the sandbox's media host refuses requests with one.
	host := httptest.NewUnstartedServer(nil)
	s, err := sandbox.New(sandbox.Options{MediaURL: "http://" + host.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	host.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { media.Add(1); s.ServeHTTP(w, r) })
	host.Start()
	defer host.Close()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		q.Del("redirect") // so that the sandbox redirects in any case
		r.URL.RawQuery = q.Encode()
		s.ServeHTTP(w, r)
	}))
	defer front.Close()
	client = newTransportClient(t, front.URL, jira.TransportOptions{Trusted: []*url.URL{parseURL(t, host.URL)}})
	issue, err := client.GetIssue(t.Context(), "OPS-4", []string{"attachment"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := jira.Value[[]struct {
		ID   string
		Size int
	}](issue.Fields, "attachment")
	if len(files) == 0 {
		t.Fatal("OPS-4 has no file")
	}
	content, err := client.AttachmentContent(t.Context(), files[0].ID)
	if err != nil || len(content.Data) != files[0].Size || media.Load() != 1 {
		t.Errorf("%d bytes of %d, media asked %d times, %v", len(content.Data), files[0].Size, media.Load(), err)
	}
}

// TestRedirectsThatAreNotFollowed checks that a file's host cannot redirect to
// the site, where the credential would be sent, and that JSON is not taken from
// another host.
func TestRedirectsThatAreNotFollowed(t *testing.T) {
	var asked []string
	var site, other *httptest.Server
	other = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, "other "+r.Header.Get("Authorization"))
		http.Redirect(w, r, site.URL+"/rest/api/3/myself", http.StatusSeeOther)
	}))
	defer other.Close()
	site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, "site")
		http.Redirect(w, r, other.URL+"/file", http.StatusSeeOther)
	}))
	defer site.Close()
	client := newTransportClient(t, site.URL, jira.TransportOptions{Trusted: []*url.URL{parseURL(t, other.URL)}})
	if _, err := client.AttachmentContent(t.Context(), "1"); err == nil {
		t.Error("a redirect back to the site is followed")
	}
	if got := strings.Join(asked, ", "); got != "site, other " {
		t.Errorf("asked %q", got)
	}
	asked = nil
	if _, err := client.Fields(t.Context()); err == nil || strings.Join(asked, ", ") != "site" {
		t.Errorf("an answer of JSON is taken from another host: %v, asked %q", err, asked)
	}
}

// TestPrivateAddressesBehindAProxy checks that private addresses are refused
// behind a proxy as well, which would connect to them.
func TestPrivateAddressesBehindAProxy(t *testing.T) {
	good, pool := newCertificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	to := ""
	site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusSeeOther)
	}))
	site.TLS = &tls.Config{Certificates: []tls.Certificate{good}}
	site.StartTLS()
	defer site.Close()
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Host)
		there, err := net.Dial("tcp", r.Host)
		if err != nil {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		defer there.Close()
		w.WriteHeader(http.StatusOK)
		here, early, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer here.Close()
		go func() { _, _ = io.Copy(there, early) }() // begins with the bytes that were read already
		_, _ = io.Copy(here, there)
	}))
	defer proxy.Close()
	client := newTransportClient(t, site.URL, jira.TransportOptions{Roots: pool, Proxy: http.ProxyURL(parseURL(t, proxy.URL))})
	for _, to = range []string{"https://169.254.169.254/latest", "https://10.0.0.1/", "https://[fd00:ec2::254]/", "https://127.0.0.1:1/"} {
		asked = nil
		_, err := client.AttachmentContent(t.Context(), "1")
		var private *jira.PrivateAddressError
		if !errors.As(err, &private) || len(asked) > 1 {
			t.Errorf("%s: %v, the proxy was asked for %v", to, err, asked)
		}
	}
}
