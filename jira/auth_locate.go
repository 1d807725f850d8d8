package jira

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/cache"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// The endpointResolver finds the endpoint that accepts a credential.
//
// An API token does not reveal its kind, and each kind is accepted in a
// different way: a classic token with HTTP Basic at the site, a token with
// scopes with HTTP Basic at Atlassian's gateway, a token of a service account
// or an OAuth access token as Bearer at the gateway. The resolver asks "who am
// I" (/myself) at one endpoint after the other, once before the first call, and
// remembers the answer as long as the credential is in use:
//
//	                     401                    401
//	site, Basic ────────────→ gateway, Basic ────────→ gateway, Bearer
//	   │ 200 (classic)           │ 200 (scoped)            │ 200 (access token)
//
// Any answer other than "wrong endpoint" (see [isWrongEndpoint]) ends the
// search: a server error says nothing about the token. What the results mean is
// in auth_probe.go; how a rejected credential is replaced is in auth_refresh.go;
// when Jira's answers are believed at all is in auth_identity.go.

// Auth selects how and where the client presents the credential.
type Auth string

// The ways of authentication.
const (
	// AuthFixed uses Base as it is, with HTTP Basic.
	AuthFixed Auth = ""
	// AuthAuto tries HTTP Basic at the site, then Basic at the gateway, then an
	// access token at the gateway.
	AuthAuto Auth = "auto"
	// AuthSite is AuthFixed for a Base that is the site, so that CredentialKind
	// can name the kind.
	AuthSite Auth = "site"
	// AuthGateway is HTTP Basic at the gateway.
	AuthGateway Auth = "gateway"
	// AuthBearer is an OAuth 2.0 access token at the gateway.
	AuthBearer Auth = "bearer"
)

// Gateway is Atlassian's API gateway.
const Gateway = "https://api.atlassian.com"

// gatewayPath is how the path of an API base at Atlassian's gateway begins; the
// site's cloud id follows.
const gatewayPath = "/ex/jira/"

// endpoint is an address of the API and a way to present a credential there.
type endpoint struct {
	base   *url.URL
	cred   credential.Credential
	bearer bool   // present it as Bearer, not as Basic
	kind   string // the kind of the credential, for people
	why    string // the reason for this endpoint, for people
}

// authorization returns the value of the Authorization header.
func (e endpoint) authorization() string {
	if e.bearer {
		return e.cred.Bearer()
	}
	return e.cred.Basic()
}

// Kinds of credentials, for people.
const (
	kindClassic = "API token without scopes (classic), at the site"
	kindScoped  = "API token with scopes, at the gateway"
	kindBearer  = "OAuth 2.0 access token, at the gateway"
	kindService = "API token of a service account, at the gateway"
)

const (
	// retryRejectedAfter is how long a rejected credential is not tried again,
	// so that a revoked token does not flood Jira with failing requests.
	retryRejectedAfter = 30 * time.Second
	// retryInconclusiveAfter is the same for an inconclusive rejection, after
	// which not every endpoint could be asked. The site that rejected the
	// credential is still not asked again for retryRejectedAfter.
	retryInconclusiveAfter = 3 * time.Second
	// maxResolutions is how many credentials are remembered. A rotation has
	// two; the others are old.
	maxResolutions = 8
	// resolutionTTL is longer than any process lives: a resolution is overwritten,
	// never forgotten, since [endpointResolver.retryDue] needs old rejections.
	resolutionTTL = 100 * 365 * 24 * time.Hour
)

// resolution is the result of a search: an endpoint, or the rejection of the
// credential.
type resolution struct {
	endpoint endpoint
	err      error
	until    time.Time // of a rejection: when to try the credential again
	// inconclusive reports that not every endpoint that could accept the
	// credential answered.
	inconclusive bool
}

// endpointResolver finds the endpoint of a credential and remembers it. It
// sends nothing itself: probe and the two functions after it do, so that the
// search can be followed without a network.
type endpointResolver struct {
	auth              Auth
	base, gateway     *url.URL
	*Shared                // the cloud id, nil while unknown
	cloudIDConfigured bool // the cloud id was configured together with the site
	atGateway         bool // the base is an address at the gateway

	// probe asks who is calling at an endpoint; nil means that the endpoint
	// accepts the credential.
	probe func(context.Context, endpoint) error
	// askCloudID requests the cloud id from the site.
	askCloudID func(context.Context) (string, error)
	// otherSites returns the sites that an access token is for.
	otherSites func(context.Context, credential.Credential) []string
	// answered reports to the credential's source whether Jira accepted it.
	answered func(cred credential.Credential, accepted bool)

	now            func() time.Time
	log            *slog.Logger
	searchLock     chan struct{} // a lock: one search at a time; callers that waited use its result
	resolutions    *cache.TTL[credential.Credential, resolution]
	siteRejections *cache.TTL[credential.Credential, error] // the site's rejections
}

// newEndpointResolver returns a resolver for the configured base. The caller
// sets the functions that send requests.
func newEndpointResolver(o Options, now func() time.Time, log *slog.Logger) *endpointResolver {
	r := &endpointResolver{auth: o.Auth, base: trimURL(o.Base), Shared: o.Shared, now: now, log: log, searchLock: make(chan struct{}, 1),
		resolutions:    cache.New[credential.Credential, resolution](cache.Options{TTL: resolutionTTL, Size: maxResolutions, Now: now}),
		siteRejections: cache.New[credential.Credential, error](cache.Options{TTL: retryRejectedAfter, Size: 1, Now: now})}
	if r.Shared == nil {
		r.Shared = &Shared{}
	}
	if o.CloudID != "" {
		r.cloudID.Store(&o.CloudID)
		r.cloudIDConfigured = true
	}
	if o.Gateway != nil {
		r.gateway = trimURL(o.Gateway)
	} else {
		r.gateway, _ = url.Parse(Gateway)
	}
	if id, ok := strings.CutPrefix(r.base.Path, gatewayPath); ok && !r.isFixed() {
		// The base is an address at the gateway; its path contains the cloud id.
		r.atGateway = true
		gateway := *r.base
		gateway.Path = ""
		r.gateway = &gateway
		r.cloudID.Store(&id)
		r.cloudIDConfigured = false
	}
	return r
}

// hosts returns the addresses that the credential may be sent to.
func (r *endpointResolver) hosts() []*url.URL {
	if r.isFixed() {
		return []*url.URL{r.base}
	}
	return []*url.URL{r.base, r.gateway}
}

// isFixed reports whether the endpoint is configured, so that there is nothing
// to find.
func (r *endpointResolver) isFixed() bool { return r.auth == AuthFixed || r.auth == AuthSite }

// fixedEndpoint returns the configured endpoint.
func (r *endpointResolver) fixedEndpoint(cred credential.Credential) endpoint {
	return endpoint{base: r.base, cred: cred, kind: kindClassic, why: "as configured"}
}

// resolve returns the endpoint of a credential, and finds it if it is not known.
// One search runs at a time; callers that waited for it share its result.
func (r *endpointResolver) resolve(ctx context.Context, cred credential.Credential) (endpoint, error) {
	if known, ok := r.resolution(cred); ok {
		return known.endpoint, known.err
	}
	if r.isFixed() && !r.retryDue(cred) {
		return r.fixedEndpoint(cred), nil // valid until Jira rejects a call
	}
	unlock, err := r.lock(ctx)
	if err != nil {
		return endpoint{}, err
	}
	defer unlock()
	if known, ok := r.resolution(cred); ok {
		return known.endpoint, known.err
	}
	e, err := r.find(ctx, cred)
	switch {
	case err == nil:
		if !r.isFixed() {
			r.log.InfoContext(ctx, "found an endpoint that accepts the credential", "kind", e.kind)
		}
		r.resolutions.Put(cred, resolution{endpoint: e})
	case IsCredentialRejected(err) && !isInconclusive(err):
		r.reject(cred, err)
	case IsCredentialRejected(err) && ctx.Err() == nil:
		r.rejectInconclusive(cred, err)
	}
	return e, err
}

// reject remembers that no endpoint accepts a credential.
func (r *endpointResolver) reject(cred credential.Credential, err error) {
	r.resolutions.Put(cred, resolution{err: err, until: r.now().Add(retryRejectedAfter)})
	r.answered(cred, false)
}

// rejectInconclusive remembers an inconclusive rejection, for a shorter time.
func (r *endpointResolver) rejectInconclusive(cred credential.Credential, err error) {
	r.resolutions.Put(cred, resolution{err: err, until: r.now().Add(retryInconclusiveAfter), inconclusive: true})
}

// lock waits until no other search is running, and returns the function that
// ends this one.
func (r *endpointResolver) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case r.searchLock <- struct{}{}:
		return func() { <-r.searchLock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// resolution returns the result that is valid now for a credential.
func (r *endpointResolver) resolution(cred credential.Credential) (resolution, bool) {
	known, _, ok := r.resolutions.Peek(cred)
	if !ok || known.err != nil && !r.now().Before(known.until) {
		return resolution{}, false
	}
	return known, true
}

// retryDue reports whether a rejected credential may be tried again.
func (r *endpointResolver) retryDue(cred credential.Credential) bool {
	known, _, ok := r.resolutions.Peek(cred)
	return ok && known.err != nil && !known.inconclusive && !r.now().Before(known.until)
}

// Endpoint describes where and how the API accepts the credential.
type Endpoint struct {
	Base string // address of the API
	Kind string // kind of the credential, for people
	Why  string // the endpoints that were asked, and their answers
}

// Endpoint returns the endpoint that accepts the credential, and finds it if it
// is not known. It asks a configured endpoint whether it does.
func (c *Client) Endpoint(ctx context.Context) (Endpoint, error) {
	ctx, cancel := c.withCallLimits(ctx)
	defer cancel()
	var found Endpoint
	err := c.withCredential(ctx, OpMyself, func(e endpoint) error {
		found = Endpoint{Base: e.base.String(), Kind: e.kind, Why: e.why}
		if !c.resolver.isFixed() {
			return nil // the search has probed it
		}
		if _, err := c.askMyself(ctx, e); err != nil && !IsMissingScope(err) {
			return err
		}
		return nil
	})
	return found, err
}

// CredentialKind returns the kind of the credential in use, for people; "" if
// it is not known.
func (c *Client) CredentialKind() string {
	cred := c.inUse.current()
	if known, ok := c.resolver.resolution(cred); ok && known.err == nil {
		return known.endpoint.kind
	}
	if c.resolver.auth == AuthSite && !cred.Token.IsZero() {
		return kindClassic
	}
	return ""
}

// CredentialNotice returns a sentence about a token that expires soon or has
// expired; "" before that, and if the date is not known.
func (c *Client) CredentialNotice(ctx context.Context) string {
	cred, err := c.credential.Credential(ctx)
	if err != nil {
		return ""
	}
	return cred.Expires.Notice(c.now())
}
