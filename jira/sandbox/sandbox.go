// Package sandbox provides a Jira Cloud site in memory, as an http.Handler. It
// behaves as Jira does on the wire, oddities included, and starts with a
// realistic company in it. The demo, the --sandbox flag and the tests run
// against it.
//
// It speaks JSON over HTTP and shares no types with the client, so that a wrong
// JSON tag on one side cannot be hidden by the same mistake on the other. The
// tests check its requests and answers against Atlassian's own documents.
//
// A test of any Jira client starts a site in one line, with package
// sandboxtest, and calls it like any other HTTP server:
//
//	site := sandboxtest.Start(t, sandbox.Options{Now: clock})
//	req, err := http.NewRequest("GET", site.URL+"/rest/api/3/myself", nil)
//	req.SetBasicAuth(sandbox.Email, sandbox.ClassicToken)
//
// The packages below this one divide the work:
//
//   - wire is the HTTP layer: routes, requests, answers and refusals.
//   - access identifies callers and knows their permissions.
//   - store holds the state: projects, issues, sprints and their histories.
//   - search evaluates JQL on the store's search index.
//   - workflow defines the workflows and their transitions.
//   - seed fills a new site with the company.
package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/seed"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/wire"
)

// DefaultSearchDelay is the time after which a search sees a write.
const DefaultSearchDelay = 3 * time.Second

// Email and the tokens are the credentials of the sandbox's user. They are
// valid in a sandbox only. Package access describes where each kind of token is
// accepted.
const (
	Email         = "ana.silva@example.com"
	ClassicToken  = "sandbox-classic-token"
	ScopedToken   = "sandbox-scoped-token"
	ReadOnlyToken = "sandbox-read-token"
	ServiceToken  = "sandbox-service-token"
	OAuthToken    = "eyJhbGciOiJub25lIn0.e30.sandbox" // a JSON Web Token, as at Atlassian
	ExpiredToken  = "sandbox-expired-token"
	RevokedToken  = "sandbox-revoked-token"
)

// Options configure a sandbox. The zero value gives the usual site.
type Options struct {
	// Now is the site's clock; nil means time.Now.
	Now func() time.Time
	// SearchDelay is the time after which a search sees a write:
	// DefaultSearchDelay when 0, no delay when negative.
	SearchDelay time.Duration
	// Size is the least number of issues in the site.
	Size int
	// Tokens adds scoped tokens: the token's value mapped to its scopes.
	Tokens map[string][]string
	// MediaURL is the base URL of the host that serves attachments' files; empty
	// means the site itself.
	MediaURL string
	// Texts, if set, is shared between sites that are started one after another,
	// which saves half of the time to start one.
	Texts *seed.Texts
	// Setup, if set, changes the seeded site before the first request.
	Setup func(*store.Site)
}

// Sandbox is a running site. It implements http.Handler.
type Sandbox struct {
	server *wire.Server
	site   *store.Site
}

// New returns a site with its company in it. It fails only if the seed does.
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
	if o.Texts == nil {
		o.Texts = &seed.Texts{}
	}
	site := store.New(o.Now, o.SearchDelay)
	if err := seed.Fill(site, o.Size, o.Texts); err != nil {
		return nil, err
	}
	if o.Setup != nil {
		o.Setup(site)
		site.Reindex()
	}
	me := site.Users[0]
	all := []string{"read:jira-work", "write:jira-work", "read:jira-user", "read:permission:jira", "manage:jira-project"}
	tokens := []access.Token{
		{Value: ClassicToken, User: me, Kind: access.Classic},
		{Value: ScopedToken, User: me, Kind: access.Scoped, Scopes: all},
		{Value: ReadOnlyToken, User: me, Kind: access.Scoped, Scopes: []string{"read:jira-work", "read:jira-user"}},
		{Value: ServiceToken, User: me, Kind: access.Service, Scopes: all},
		{Value: OAuthToken, User: me, Kind: access.OAuth, Scopes: all},
		{Value: ExpiredToken, User: me, Kind: access.Expired},
		{Value: RevokedToken, User: me, Kind: access.Revoked},
	}
	s := &Sandbox{site: site}
	for _, p := range s.People() {
		at := slices.IndexFunc(site.Users, func(u *store.User) bool { return u.Email == p.Email })
		tokens = append(tokens, access.Token{Value: p.Token, User: site.Users[at], Kind: access.Classic})
	}
	for value, scopes := range o.Tokens {
		tokens = append(tokens, access.Token{Value: value, User: me, Kind: access.Scoped, Scopes: scopes})
	}
	server := wire.New(site, tokens)
	server.MediaURL = o.MediaURL
	s.server = server
	return s, nil
}

// Person is one of the people of the site, with a classic token. They see and may
// do different things: only Farah Haddad sees the project SECRET, for instance.
type Person struct{ Name, Email, Token string }

// People returns the staff of the site apart from the user with [Email].
func (s *Sandbox) People() []Person {
	var out []Person
	for n, u := range s.site.Users {
		if name, _, _ := strings.Cut(u.Email, "@"); n > 0 && u.Active && u.AccountType == "atlassian" {
			out = append(out, Person{u.Name, u.Email, "sandbox-classic-token-" + name})
		}
	}
	return out
}

// Revoke makes a token invalid, as its owner can at any time.
func (s *Sandbox) Revoke(token string) {
	s.server.SetToken(access.Token{Value: token, User: s.site.Users[0], Kind: access.Revoked})
}

// AddPerson adds an employee with a classic token, who may see and do what all
// employees may.
func (s *Sandbox) AddPerson(name, email, id, token string) {
	u := &store.User{ID: id, Name: name, Email: email, ShowEmail: true, AccountType: "atlassian", Active: true, TimeZone: "Europe/Berlin"}
	s.site.Configure(func() { s.site.Users = append(s.site.Users, u) })
	s.AddToken(email, token)
}

// AddToken gives a person a further classic token.
func (s *Sandbox) AddToken(email, token string) {
	for _, u := range s.site.Users {
		if u.Email == email {
			s.server.SetToken(access.Token{Value: token, User: u, Kind: access.Classic})
		}
	}
}

// ServeHTTP implements http.Handler. It serves the site at the root and
// Atlassian's API gateway below /ex/jira/{cloudId}.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.server.ServeHTTP(w, r) }

// CloudID returns the site's id at the gateway.
func (s *Sandbox) CloudID() string { return s.site.CloudID }

// IssueCount returns the number of issues in the site, including those that the
// sandbox's user cannot see.
func (s *Sandbox) IssueCount() int { return s.site.Count() }

// Throttle makes the next n API requests fail with status 429, a Retry-After of
// wait and a RateLimit-Reason of reason.
func (s *Sandbox) Throttle(n int, wait time.Duration, reason string) {
	s.server.Throttle(n, wait, reason)
}

// UnknownRequests lists the requests for which the sandbox has no endpoint.
func (s *Sandbox) UnknownRequests() []string { return s.server.UnknownRequests() }

// Site returns the site's state, for tests to inspect.
func (s *Sandbox) Site() *store.Site { return s.site }
