//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTokensAreRotated replaces the bearer token without a restart: old and new one side
// by side, then the new one alone; a broken file changes nothing.
func TestTokensAreRotated(t *testing.T) {
	t.Parallel()
	const first, second = "the-first-bearer-token", "the-second-bearer-token"
	file := writeFile(t, first+"\n")
	c := newCompany(t, 1, "http", nil, func(o *serveOptions) { o.http.AuthTokenFile = file })
	u := c.callers[0]
	status := func(token string) int {
		return u.send(http.MethodGet, "", map[string]string{"Authorization": "Bearer " + token, "X-Jira-Authorization": u.header()}, "").status
	}
	await := func(what string, ok func() bool) {
		t.Helper()
		limit := time.After(20 * time.Second)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for !ok() {
			select {
			case <-limit:
				t.Fatal(what)
			case <-tick.C:
			}
		}
	}
	if status(first) == http.StatusUnauthorized || status(second) != http.StatusUnauthorized {
		t.Fatal("the first token does not hold alone")
	}
	rewrite(t, file, first+"\n"+second+"\n")
	await("the second token is not accepted", func() bool { return status(second) != http.StatusUnauthorized })
	if status(first) == http.StatusUnauthorized {
		t.Error("the first token does not hold beside the second")
	}
	rewrite(t, file, "short\n")
	c.awaitLog("cannot be used; the earlier one stays")
	if status(first) == http.StatusUnauthorized || status(second) == http.StatusUnauthorized {
		t.Error("a broken file changed something")
	}
	rewrite(t, file, second+"\n")
	await("the first token is still accepted", func() bool { return status(first) == http.StatusUnauthorized })
	if log := c.process.err.String(); strings.Contains(log, first) || strings.Contains(log, second) {
		t.Error("the log shows a token")
	}
}

// rewrite replaces the text of a file.
func rewrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestCertificateIsReplaced checks that new connections get a new certificate without a
// restart, and that a certificate without its key changes nothing.
func TestCertificateIsReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair := func(name string) {
		t.Helper()
		c, k := selfSigned(t, name)
		rewrite(t, cert, c)
		rewrite(t, key, k)
	}
	writePair("one.example.com")
	c := newCompany(t, 1, "http", nil, func(o *serveOptions) { o.http.TLSCert, o.http.TLSKey = cert, key })
	served := func() string {
		t.Helper()
		conn, err := tls.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(c.url, "https://"), "/mcp"), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // a certificate of the test's own
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := served(); got != "one.example.com" {
		t.Fatal(got)
	}
	_, otherKey := selfSigned(t, "other.example.com")
	rewrite(t, key, otherKey)
	c.awaitLog("the certificate cannot be used")
	if got := served(); got != "one.example.com" {
		t.Error("a key of another certificate changed something:", got)
	}
	writePair("two.example.com")
	c.awaitLog("the certificate was read again")
	if got := served(); got != "two.example.com" {
		t.Error(got)
	}
}

// TestHangupReadsFilesAgain checks that SIGHUP makes a server over HTTP read its files
// at once, and does not end it.
func TestHangupReadsFilesAgain(t *testing.T) {
	file := writeFile(t, "the-first-bearer-token\n")
	p := startProcess(t, []string{"serve", "--sandbox", "--transport", "http", "--listen", "127.0.0.1:0", "--auth-token-file", file})
	p.await("serving MCP")
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.await("the file with the bearer tokens was read again")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// selfSigned returns a certificate for a name and its key, PEM.
func selfSigned(t *testing.T, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: plain}))
}

// ownProcess is the program in a process of its own.
type ownProcess struct {
	t   *testing.T
	cmd *exec.Cmd
	log *safeBuffer
}

// startProcess starts the program; it ends with the test.
func startProcess(t *testing.T, args []string) *ownProcess {
	t.Helper()
	p := &ownProcess{t: t, cmd: exec.CommandContext(t.Context(), os.Args[0], args...), log: &safeBuffer{}}
	p.cmd.Args[0] = "jira-mcp" // testscript.Main then runs the program
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// await waits until the process has logged a text.
func (p *ownProcess) await(text string) {
	p.t.Helper()
	limit := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(p.log.String(), text) {
		select {
		case <-limit:
			p.t.Fatalf("no %q in %s", text, p.log)
		case <-tick.C:
		}
	}
}
