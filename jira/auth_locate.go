package jira

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// Auth says where the API takes a credential, and how it is shown. Nothing in
// a token tells its kind, so that [AuthAuto] asks Jira.
type Auth string

// The ways.
const (
	// AuthFixed takes Base as it is, with HTTP Basic.
	AuthFixed Auth = ""
	// AuthAuto asks /myself before the first call: at the site, where classic
	// API tokens work; then at the gateway, where API tokens with scopes do,
	// and some of service accounts as Bearer.
	AuthAuto Auth = "auto"
	// AuthSite is HTTP Basic at the site.
	AuthSite Auth = "site"
	// AuthGateway is HTTP Basic at the gateway.
	AuthGateway Auth = "gateway"
	// AuthBearer is an OAuth 2.0 access token at the gateway.
	AuthBearer Auth = "bearer"
)

// Gateway is Atlassian's API gateway.
const Gateway = "https://api.atlassian.com"

// gatewayPath is how the path of an API base at Atlassian's gateway begins.
const gatewayPath = "/ex/jira/"

// endpoint is where the API takes the credential.
type endpoint struct {
	base   *url.URL
	cred   credential.Credential
	bearer bool
	kind   string // of the credential, in words
	why    string // it was chosen
}

// kinds of credentials, in words.
const (
	kindClassic = "API token without scopes (classic), at the site"
	kindScoped  = "API token with scopes, at the gateway"
	kindBearer  = "OAuth 2.0 access token, at the gateway"
)

// endpointResolver finds the place of a credential and remembers it, for as long as the
// credential is in use.
type endpointResolver struct {
	auth          Auth
	base, gateway *url.URL
	turn          chan struct{} // one search at a time; those who waited find its result
	cloudID       atomic.Pointer[string]
	given         bool // the cloud id was configured, beside the site
	atGateway     bool // the base is the gateway's own

	mu    sync.Mutex
	found map[credential.Credential]*resolution
	order []credential.Credential // of the findings, oldest first
	site  siteRefusal
}

// siteRefusal is the site's last refusal in a search.
type siteRefusal struct {
	cred  credential.Credential
	err   error
	until time.Time
}

// resolution is the result of a search: a place, or the refusal of a credential.
type resolution struct {
	endpoint endpoint
	err      error
	until    time.Time // of a refusal: when it is asked again
	// unsure: not every place that could take the credential was asked.
	inconclusive bool
}

// retryRejectedAfter is how long a credential that was refused is not tried again: a
// revoked token must not hammer Jira.
const retryRejectedAfter = 30 * time.Second

// retryInconclusiveAfter is the same where not every place could be asked. The site that
// refused it is left alone for refusedFor all the same.
const retryInconclusiveAfter = 3 * time.Second

// maxResolutions bounds how many credentials are remembered; more than the two of
// a rotation are old ones.
const maxResolutions = 8

func newEndpointResolver(o Options) *endpointResolver {
	l := &endpointResolver{auth: o.Auth, base: trimmed(o.Base), turn: make(chan struct{}, 1), found: map[credential.Credential]*resolution{}}
	if o.CloudID != "" {
		l.cloudID.Store(&o.CloudID)
		l.given = true
	}
	switch {
	case o.Gateway != nil:
		l.gateway = trimmed(o.Gateway)
	default:
		l.gateway, _ = url.Parse(Gateway)
	}
	if rest, ok := strings.CutPrefix(l.base.Path, gatewayPath); ok && !l.isFixed() {
		// The gateway itself was given: it says which site.
		l.atGateway = true
		gateway := *l.base
		gateway.Path = ""
		l.gateway = &gateway
		l.cloudID.Store(&rest)
		l.given = false
	}
	return l
}

// hosts are the places that the credential may be sent to.
func (l *endpointResolver) hosts() []*url.URL {
	if l.isFixed() {
		return []*url.URL{l.base}
	}
	return []*url.URL{l.base, l.gateway}
}

// endpointFor returns the place of a credential, looking for it if it is not known.
func (c *Client) endpointFor(ctx context.Context, cred credential.Credential) (endpoint, error) {
	l := c.resolver
	if f := l.known(cred, c.now()); f != nil {
		return f.endpoint, f.err
	}
	if l.isFixed() && !l.retryDue(cred, c.now()) {
		return l.fixed(cred), nil
	}
	leave, err := l.lock(ctx)
	if err != nil {
		return endpoint{}, err
	}
	defer leave()
	if f := l.known(cred, c.now()); f != nil {
		return f.endpoint, f.err
	}
	p, err := c.resolveEndpoint(ctx, cred)
	switch {
	case err == nil:
		if !l.isFixed() {
			c.log.InfoContext(ctx, "found where the credential works", "kind", p.kind)
		}
		l.note(cred, &resolution{endpoint: p})
	case isRejected(err) && !isInconclusive(err):
		l.note(cred, &resolution{err: err, until: c.now().Add(retryRejectedAfter)})
		c.credential.Answered(cred, false)
	case isRejected(err) && ctx.Err() == nil:
		l.note(cred, &resolution{err: err, until: c.now().Add(retryInconclusiveAfter), inconclusive: true})
	}
	return p, err
}

// isFixed reports that there is nothing to search: the place is configured.
func (l *endpointResolver) isFixed() bool { return l.auth == AuthFixed || l.auth == AuthSite }

func (l *endpointResolver) fixed(cred credential.Credential) endpoint {
	return endpoint{base: l.base, cred: cred, kind: kindClassic, why: "it is set so"}
}

// lock waits for the turn to search.
func (l *endpointResolver) lock(ctx context.Context) (leave func(), err error) {
	select {
	case l.turn <- struct{}{}:
		return func() { <-l.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// known is what an earlier search found for this credential, nil where none
// did.
func (l *endpointResolver) known(cred credential.Credential, now time.Time) *resolution {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.found[cred]
	if f == nil || f.err != nil && !now.Before(f.until) {
		return nil
	}
	return f
}

func (l *endpointResolver) note(cred credential.Credential, f *resolution) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.found[cred] == nil {
		l.order = append(l.order, cred)
	}
	if len(l.order) > maxResolutions {
		delete(l.found, l.order[0])
		l.order = l.order[1:]
	}
	l.found[cred] = f
}

// retryDue reports a credential whose refusal is old enough to ask again.
func (l *endpointResolver) retryDue(cred credential.Credential, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.found[cred]
	return f != nil && f.err != nil && !f.inconclusive && !now.Before(f.until)
}

// Endpoint is the place that takes the credential.
type Endpoint struct {
	Base string // of the API
	Kind string // of the credential, in words
	Why  string // what was asked, and what came back
}

// Endpoint tells which place takes the credential, asking for it if that is not
// known.
func (c *Client) Endpoint(ctx context.Context) (Endpoint, error) {
	ctx, cancel := c.begin(ctx)
	defer cancel()
	var w Endpoint
	err := c.withCredential(ctx, OpMyself, func(p endpoint) error {
		w = Endpoint{Base: p.base.String(), Kind: p.kind, Why: p.why}
		if !c.resolver.isFixed() {
			return nil // it was asked to be found
		}
		if _, err := c.askMyself(ctx, p); err != nil && !isMissingScope(err) {
			return err
		}
		return nil
	})
	return w, err
}

// CredentialKind says in words what kind of credential is in use, where that
// is known.
func (c *Client) CredentialKind() string {
	cred := c.inUse.current()
	if f := c.resolver.known(cred, c.now()); f != nil && f.err == nil {
		return f.endpoint.kind
	}
	if c.resolver.auth == AuthSite && !cred.Token.IsZero() {
		return kindClassic
	}
	return ""
}

// CredentialNotice says that the credential's token ends soon, or has; ""
// before, and where its end is not known.
func (c *Client) CredentialNotice(ctx context.Context) string {
	cred, err := c.credential.Credential(ctx)
	if err != nil {
		return ""
	}
	return cred.Expires.Notice(c.now())
}
