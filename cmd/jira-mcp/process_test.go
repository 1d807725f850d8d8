package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential/keyring"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// process is the program with an environment, streams, files and keyring of a
// test's own.
type process struct {
	env     map[string]string
	in      io.Reader
	dir     string // for the list of logins
	keyring keyring.Store
	now     func() time.Time
	person  bool // a person types the input

	out, err safeBuffer
}

// safeBuffer is a buffer that several goroutines may write to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newProcess(t *testing.T, env map[string]string) *process {
	t.Helper()
	return &process{env: env, in: strings.NewReader(""), dir: t.TempDir(), keyring: &memoryKeyring{}, now: time.Now}
}

// run runs the program to its end and returns its exit code and what it wrote.
func (p *process) run(ctx context.Context, args ...string) (code int, out, err string) {
	p.out, p.err = safeBuffer{}, safeBuffer{}
	var environ []string
	for name, value := range p.env {
		environ = append(environ, name+"="+value)
	}
	a := &app{stdio: stdio{p.in, &p.out, &p.err}, person: p.person, environ: environ, now: p.now, keyring: p.keyring, configDirs: func() ([]string, error) { return []string{p.dir}, nil }, home: func() (string, error) { return p.home(), nil }, executable: func() (string, error) { return "/usr/local/bin/jira-mcp", nil },
		lookup: func(name string) (string, bool) { v, ok := p.env[name]; return v, ok }}
	a.prepare()
	code = a.execute(ctx, args)
	return code, p.out.String(), p.err.String()
}

// home returns the home directory of the process.
func (p *process) home() string { return filepath.Join(p.dir, "home") }

func (p *process) logins() string { return filepath.Join(p.dir, "jira-mcp", "sites.json") }

// memoryKeyring is a keyring in memory, which counts its lookups.
type memoryKeyring struct {
	mu     sync.Mutex
	tokens map[string]string
	err    error // the error of every operation, or nil
	asked  int
}

func (m *memoryKeyring) Get(site string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	token, ok := m.tokens[site]
	if m.err != nil {
		return "", m.err
	}
	if !ok {
		return "", keyring.ErrNotFound
	}
	return token, nil
}

func (m *memoryKeyring) Set(site, token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tokens == nil {
		m.tokens = map[string]string{}
	}
	m.tokens[site] = token
	return m.err
}

func (m *memoryKeyring) Delete(site string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.tokens[site]; !ok {
		return keyring.ErrNotFound
	}
	delete(m.tokens, site)
	return m.err
}

// startSite serves a sandbox, with the handler that front returns before it, and
// returns its address.
func startSite(t *testing.T, front func(jira http.Handler) http.Handler) string {
	t.Helper()
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var h http.Handler = s
	if front != nil {
		h = front(s)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// has reports an error for each of the words that a text lacks, and hasNot for
// each that it contains. The argument what names the text.
func has(t *testing.T, what, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q:\n%s", what, w, text)
		}
	}
}

func hasNot(t *testing.T, what, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(text, w) {
			t.Errorf("%s says %q:\n%s", what, w, text)
		}
	}
}
