package jira

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/cache"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/fence"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

const (
	// maxAnswerSize is the size of the largest answer, in bytes after
	// decompression.
	maxAnswerSize = 32 << 20
	// DefaultTimeout is the time limit of one call, from dialling to the last byte.
	DefaultTimeout = 30 * time.Second
)

// Options configures a [Client]. Base and Credential are required.
type Options struct {
	// Base is the address of the API: https://SITE.atlassian.net, or a
	// gateway's address with its path prefix. New ignores a trailing slash.
	Base *url.URL
	// Site is the address that links for people begin with. If nil it is Base or,
	// if Base is at Atlassian's gateway, the address that Jira's first answer
	// contains.
	Site       *url.URL
	Credential credential.Source
	// Auth selects how and where the client presents the credential; see
	// [AuthAuto].
	Auth Auth
	// CloudID is the site's cloud id. If it is empty, the client asks the site.
	CloudID string
	// Gateway is the address of Atlassian's API gateway; [Gateway] if nil.
	Gateway *url.URL
	// Transport sends the requests; without a proxy if nil (see [NewTransport]).
	Transport http.RoundTripper
	Logger    *slog.Logger     // discards if nil
	Now       func() time.Time // time.Now if nil
	Timeout   time.Duration    // of one call; DefaultTimeout if 0
	// MaxWait is how long one call may wait in total, within Timeout, for rate
	// limits and before further tries. If it is 0, the client repeats nothing.
	MaxWait   time.Duration
	UserAgent string
	// Headers are sent with every request to the site and the gateway, for a
	// proxy in front of them that requires some.
	Headers http.Header
	// Fence confines the client to projects. There is no fence if nil.
	Fence *fence.Fence
	// BulkTasks holds the bulk operations that this server has submitted behind
	// a fence. It may outlive the client. An empty set if nil.
	BulkTasks *fence.BulkTasks
	// Identity is what [Identify] has found about the credential, which the client
	// then does not ask again. May be nil.
	Identity *Identity
	// Shared is shared with other clients of the site. May be nil.
	Shared *Shared
	// Redact removes secrets from error answers before anything else reads them,
	// since any server may echo the request. The client does not redact successful
	// answers, since edits are based on the content of issues. May be nil.
	Redact func([]byte) []byte
}

// Client calls Jira Cloud. It is safe for concurrent use.
type Client struct {
	headers       http.Header // from Options
	resolver      *endpointResolver
	credential    credential.Source
	site          atomic.Pointer[url.URL] // nil while unknown, behind a gateway
	clients       httpClients
	retry         *retrier // nil if MaxWait is 0
	log           *slog.Logger
	now           func() time.Time
	timeout       time.Duration
	maxWait       time.Duration
	userAgent     string
	identities    *cache.TTL[credential.Credential, identity] // what /myself returned
	recent        *recentWrites
	inUse         credentialInUse
	lastAccountID atomic.Pointer[string] // from the last answer that named one
	redact        func([]byte) []byte
	buffers       sync.Pool    // of *bytes.Buffer, for answers
	guard         *fence.Guard // nil without a fence
}

// New returns a client. It sends no request. It fails without Base or
// Credential.
func New(o Options) (*Client, error) {
	if o.Base == nil || o.Base.Host == "" {
		return nil, errors.New("jira: no site address")
	}
	if o.Credential == nil {
		return nil, errors.New("jira: no credential")
	}
	c := &Client{credential: o.Credential, headers: o.Headers, log: o.Logger, now: o.Now, timeout: o.Timeout, maxWait: o.MaxWait, userAgent: o.UserAgent, redact: o.Redact}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.timeout == 0 {
		c.timeout = DefaultTimeout
	}
	if c.redact == nil {
		c.redact = func(b []byte) []byte { return b }
	}
	c.resolver = newEndpointResolver(o, c.now, c.log)
	c.resolver.probe, c.resolver.askCloudID, c.resolver.otherSites, c.resolver.answered = c.probe, c.askCloudID, c.otherSites, o.Credential.ReportResult
	c.identities = cache.New[credential.Credential, identity](cache.Options{TTL: userTTL, Size: maxIdentities, Now: c.now})
	c.recent = newRecentWrites(c.now)
	switch {
	case o.Site != nil:
		c.site.Store(trimURL(o.Site))
	case !strings.HasPrefix(c.resolver.base.Path, gatewayPath):
		c.site.Store(c.resolver.base)
	}
	c.initTransport(o)
	if o.Identity != nil {
		c.remember(o.Identity)
	}
	if o.Fence != nil {
		c.guard = fence.NewGuard(fence.GuardOptions{Fence: o.Fence, Lookup: fenceLookup{c}, Now: c.now, Log: c.log, Tasks: o.BulkTasks})
	}
	return c, nil
}

// trimURL returns an address without trailing slash, query, fragment and user.
func trimURL(u *url.URL) *url.URL {
	t := *u
	t.Path, t.RawPath, t.RawQuery, t.Fragment, t.User = strings.TrimRight(u.Path, "/"), "", "", "", nil
	return &t
}

// Site returns the address that links for people begin with; "" while unknown.
func (c *Client) Site() string {
	if site := c.site.Load(); site != nil {
		return site.String()
	}
	return ""
}

// AttachmentURL returns the web page of a file, for people; "" if the site's
// address is not known.
func (c *Client) AttachmentURL(id, name string) string {
	if site := c.Site(); site != "" {
		return site + "/secure/attachment/" + url.PathEscape(id) + "/" + url.PathEscape(name)
	}
	return ""
}

// BrowseURL returns the address of an issue's page; "" while the site is
// unknown.
func (c *Client) BrowseURL(key string) string {
	if site := c.Site(); site != "" {
		return site + "/browse/" + url.PathEscape(key)
	}
	return ""
}

// selfPattern returns the pattern of a "self" address in an answer.
var selfPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`"self"\s*:\s*"(https?://[^/"]+)/rest/`)
})

// recordSite takes the site's address from an answer, if it is not known yet:
// the "self" addresses in an answer point to the site, also through the
// gateway. From "self":"https://example.atlassian.net/rest/api/3/issue/1" it
// takes https://example.atlassian.net.
func (c *Client) recordSite(body []byte) {
	if c.site.Load() != nil {
		return
	}
	if m := selfPattern().FindSubmatch(body); m != nil {
		if u, err := url.Parse(string(m[1])); err == nil {
			c.site.Store(u)
		}
	}
}

// request is one request to Jira before it becomes an HTTP request.
type request struct {
	op    operation.Operation
	path  []string // values of the path's placeholders, in order
	query url.Values
	body  any // marshalled as JSON; nil for none
	// upload is a file to send instead of body.
	upload *upload
	file   bool // the answer is a file's content, not JSON
	locate bool // the answer is a redirect, which is not followed
	exempt bool // a lookup of the fence, which does not check its own requests
	// issueFields are the fields of issues that the request asks for.
	issueFields []string
}

// noBody is the answer type of operations that return no body.
type noBody struct{}

// withCallLimits returns a context with the deadline and the wait budget of one
// call.
func (c *Client) withCallLimits(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(withWaitBudget(ctx), c.timeout)
}

// do makes one call and decodes its answer into a T. Every operation passes
// here, in these steps:
//
//  1. checkRequest refuses a request that leads outside the fence, and
//     checkDryRun a write of a dry run.
//  2. withCredential finds the endpoint for the credential. If Jira rejects the
//     credential, it repeats the following steps with another one.
//  3. sendWithRetry sends the request and checks the answer's status.
//  4. filterResponse removes from the answer what is outside the fence.
//  5. decode reads the answer.
//  6. confirmIdentity asks who is calling, if a read found nothing and the answer
//     does not name its user: it may be an anonymous answer (see auth_identity.go).
//
// redactError then hides from an error what is outside the fence.
func do[T any](ctx context.Context, c *Client, in request) (T, error) {
	ctx, cancel := c.withCallLimits(ctx)
	defer cancel()
	var out T
	in, err := c.checkRequest(ctx, in)
	if err != nil {
		return out, err
	}
	if err := checkDryRun(ctx, in.op); err != nil {
		return out, err
	}
	err = c.withCredential(ctx, in.op, func(e endpoint) error {
		ans, err := c.sendWithRetry(ctx, e, in)
		if err != nil {
			return err
		}
		if ans, err = c.filterResponse(ctx, in, ans); err != nil {
			return err
		}
		var zero T
		out = zero
		if err := decode(ctx, in, ans, &out); err != nil {
			return err
		}
		if !ans.identified && !in.op.Writes() && isEmpty(&out) {
			return c.confirmIdentity(ctx, e, in.op)
		}
		return nil
	})
	if err != nil {
		var zero T
		return zero, c.redactError(in, err)
	}
	if c.guard != nil && in.op.Writes() {
		c.guard.ForgetMissing()
	}
	return out, nil
}

// answer is an HTTP answer, read to its end.
type answer struct {
	status     int
	header     http.Header
	body       []byte
	identified bool  // Jira named the account that it answered
	readErr    error // the body ended early
}
