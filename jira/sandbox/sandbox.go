// Package sandbox is a Jira Cloud site in memory, as an http.Handler. It
// behaves as Jira does on the wire, oddities included, and starts with a
// realistic company in it. The demo, the --sandbox flag and the tests run
// against it.
//
// It speaks JSON over HTTP and shares no types with the client, so that a
// wrong JSON tag on one side cannot be hidden by the same mistake on the
// other. Its requests and answers are held against Atlassian's own documents.
package sandbox

import (
	"net/http"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/seed"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/wire"
)

// DefaultSearchDelay is how long search takes to show a write.
const DefaultSearchDelay = 3 * time.Second

// The sandbox's user and tokens. They open nothing but a sandbox.
const (
	Email         = "ana.silva@example.com"
	ClassicToken  = "sandbox-classic-token"
	ScopedToken   = "sandbox-scoped-token"
	ReadOnlyToken = "sandbox-read-token"
	OAuthToken    = "sandbox-oauth-token"
	ExpiredToken  = "sandbox-expired-token"
	RevokedToken  = "sandbox-revoked-token"
)

// Options configure a sandbox. The zero value is the usual one.
type Options struct {
	Now         func() time.Time // time.Now when nil
	SearchDelay time.Duration    // DefaultSearchDelay when 0; negative for none
	Size        int              // how many issues at least
	// Tokens are more tokens with scopes, each with its own.
	Tokens map[string][]string
	Media  string // address of the host that keeps files; the site's own when empty
	// Change may change what is in the site before it is used.
	Change func(*store.Site)
}

// Sandbox is a running site.
type Sandbox struct {
	server *wire.Server
	site   *store.Site
}

// New makes a site with its company in it.
func New(o Options) (*Sandbox, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	switch {
	case o.SearchDelay == 0:
		o.SearchDelay = DefaultSearchDelay
	case o.SearchDelay < 0:
		o.SearchDelay = 0
	}
	site := store.New(o.Now, o.SearchDelay)
	if err := seed.Fill(site, o.Size); err != nil {
		return nil, err
	}
	if o.Change != nil {
		o.Change(site)
		site.Reindex()
	}
	me := site.Users[0]
	all := []string{"read:jira-work", "write:jira-work", "read:jira-user", "read:permission:jira", "manage:jira-project"}
	tokens := []access.Token{
		{Value: ClassicToken, User: me, Kind: access.Classic},
		{Value: ScopedToken, User: me, Kind: access.Scoped, Scopes: all},
		{Value: ReadOnlyToken, User: me, Kind: access.Scoped, Scopes: []string{"read:jira-work", "read:jira-user"}},
		{Value: OAuthToken, User: me, Kind: access.OAuth, Scopes: all},
		{Value: ExpiredToken, User: me, Kind: access.Expired},
		{Value: RevokedToken, User: me, Kind: access.Revoked},
	}
	for value, scopes := range o.Tokens {
		tokens = append(tokens, access.Token{Value: value, User: me, Kind: access.Scoped, Scopes: scopes})
	}
	server := wire.New(site, tokens)
	server.Media = o.Media
	return &Sandbox{server: server, site: site}, nil
}

// ServeHTTP implements http.Handler: the site at its root, the gateway below
// /ex/jira/{cloudId}.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.server.ServeHTTP(w, r) }

// CloudID is the site's id at the gateway.
func (s *Sandbox) CloudID() string { return s.site.CloudID }

// Issues is the number of issues in the site, visible or not.
func (s *Sandbox) Issues() int { return s.site.Count() }

// Throttle makes the next n requests fail with 429, a Retry-After and a
// RateLimit-Reason.
func (s *Sandbox) Throttle(n int, wait time.Duration, reason string) {
	s.server.Throttle(n, wait, reason)
}

// Unknown lists the requests that no endpoint of the sandbox answers.
func (s *Sandbox) Unknown() []string { return s.server.Unknown() }

// Site is what is in the site, for tests to look at.
func (s *Sandbox) Site() *store.Site { return s.site }
