// Package sandboxtest starts the embedded Jira Cloud site in tests. It suits
// tests of any Jira client, in this module and in others:
//
//	site := sandboxtest.Start(t, sandbox.Options{})
//	// site.URL answers as https://example.atlassian.net would.
//	req.SetBasicAuth(sandbox.Email, sandbox.ClassicToken)
//
// Each test gets a site of its own with about 270 issues in five projects, so
// tests can run in parallel and write as they like. Package sandbox describes
// the options, among them a clock, a delay of the search index and a function
// that changes the site before the first request.
package sandboxtest

import (
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
)

// Site is a running site. The embedded [sandbox.Sandbox] changes and inspects
// it.
type Site struct {
	*sandbox.Sandbox
	URL  string   // the site's address, http://127.0.0.1:PORT
	Base *url.URL // the same address, parsed
}

// Gateway returns the site's address at Atlassian's API gateway, where tokens
// with scopes and OAuth access tokens are accepted.
func (s *Site) Gateway() string { return s.URL + "/ex/jira/" + s.CloudID() }

// Start starts a site on the loopback interface and stops it at the end of the
// test. It fails the test if the site cannot start.
func Start(t testing.TB, o sandbox.Options) *Site {
	t.Helper()
	site, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &Site{Sandbox: site, URL: server.URL, Base: base}
}
