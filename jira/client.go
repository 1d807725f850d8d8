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
	// maxAnswer caps an answer, decompressed.
	maxAnswer = 32 << 20
	// DefaultTimeout bounds one call, from dialling to the last byte.
	DefaultTimeout = 30 * time.Second
)

// Options configure a [Client]. Base and Credential are required.
type Options struct {
	// Base is where the API is: https://SITE.atlassian.net, or a gateway with
	// its path prefix. A trailing slash is ignored.
	Base *url.URL
	// Site is what links shown to people start with. When nil it is Base, or,
	// where Base is a gateway, what Jira's first answer says.
	Site       *url.URL
	Credential credential.Source
	// Auth says where the credential works; see [AuthAuto].
	Auth Auth
	// CloudID is the site's, where it is known; else the site is asked.
	CloudID string
	// Gateway is Atlassian's API gateway; [Gateway] when nil.
	Gateway *url.URL
	// Transport carries requests; a direct way when nil (see [NewTransport]).
	Transport http.RoundTripper
	Logger    *slog.Logger     // discards when nil
	Now       func() time.Time // time.Now when nil
	Timeout   time.Duration    // per call; DefaultTimeout when 0
	// Patience is how long a call may wait in all for Jira to take it, within
	// Timeout; with 0 nothing is waited for and nothing sent again.
	MaxWait   time.Duration
	UserAgent string
	// Headers are sent with every request to the site and the gateway, as a
	// proxy in front of them may want.
	Headers http.Header
	// Fence confines the client to projects; nil does not.
	Fence *fence.Fence
	// BulkTasks are the bulk operations that this server has submitted, behind a
	// fence; they may outlive the client. New ones when nil.
	BulkTasks *fence.BulkTasks
	// Redact takes secrets out of answers that are errors, before anything else
	// sees them: whoever answers may echo the request. What an issue holds is
	// left as it is, since edits are made on it. May be nil.
	Redact func([]byte) []byte
}

// Client calls Jira Cloud. It is safe for concurrent use.
type Client struct {
	headers       http.Header // of the configuration
	resolver      *endpointResolver
	credential    credential.Source
	site          atomic.Pointer[url.URL] // nil while unknown, behind a gateway
	clients       clients
	retry         *retrier // nil: nothing is waited for or sent again
	log           *slog.Logger
	now           func() time.Time
	timeout       time.Duration
	maxWait       time.Duration
	userAgent     string
	users         *cache.TTL[credential.Credential, User] // as /myself told
	recent        *recentWrites
	inUse         credentialInUse
	lastAccountID atomic.Pointer[string] // the account id that Jira answered last
	redact        func([]byte) []byte
	guard         *fence.Guard // nil without a fence
}

// New makes a client. It sends nothing.
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
	c.resolver.probe, c.resolver.askCloudID, c.resolver.otherSites, c.resolver.answered = c.probe, c.askCloudID, c.otherSites, o.Credential.Answered
	c.users = cache.New[credential.Credential, User](cache.Options{TTL: userFresh, Size: maxUsers, Now: c.now})
	c.recent = newRecentWrites(c.now)
	switch {
	case o.Site != nil:
		c.site.Store(trimmed(o.Site))
	case !strings.HasPrefix(c.resolver.base.Path, gatewayPath):
		c.site.Store(c.resolver.base)
	}
	c.connect(o)
	if o.Fence != nil {
		c.guard = fence.NewGuard(fence.GuardOptions{Fence: o.Fence, Lookup: fenceLookup{c}, Now: c.now, Log: c.log, Tasks: o.BulkTasks})
	}
	return c, nil
}

func trimmed(u *url.URL) *url.URL {
	t := *u
	t.Path, t.RawPath, t.RawQuery, t.Fragment, t.User = strings.TrimRight(u.Path, "/"), "", "", "", nil
	return &t
}

// Site returns the address that links shown to people start with; "" while
// only the gateway's is known.
func (c *Client) Site() string {
	if site := c.site.Load(); site != nil {
		return site.String()
	}
	return ""
}

// BrowseURL is the page of an issue for people; "" while the site is unknown.
func (c *Client) BrowseURL(key string) string {
	if site := c.Site(); site != "" {
		return site + "/browse/" + url.PathEscape(key)
	}
	return ""
}

var selfURL = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`"self"\s*:\s*"(https?://[^/"]+)/rest/`)
})

// learnSite takes the site from an answer: absolute addresses in it point at
// the site, also through the gateway.
func (c *Client) learnSite(body []byte) {
	if c.site.Load() != nil {
		return
	}
	if m := selfURL().FindSubmatch(body); m != nil {
		if u, err := url.Parse(string(m[1])); err == nil {
			c.site.Store(u)
		}
	}
}

// request is one request before it is built.
type request struct {
	op    operation.Operation
	path  []string // values of the path's placeholders, in order
	query url.Values
	body  any // marshalled as JSON; nil sends none
	// upload is a file that is sent in place of body.
	upload *upload
	file   bool // the answer is a file's content, not JSON
	exempt bool // the fence's own question, which it does not check
}

// noBody is the answer type of operations that return no body.
type noBody struct{}

// begin bounds a call: its time, and what of it may be waiting.
func (c *Client) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(withWaitBudget(ctx), c.timeout)
}

// do sends one call and decodes its answer. Every operation passes here.
func do[T any](ctx context.Context, c *Client, in request) (T, error) {
	ctx, cancel := c.begin(ctx)
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
		if err := decode(in.op, ans, &out); err != nil {
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
		c.guard.MarkWritten()
	}
	return out, nil
}

// answer is what came back, read to its end.
type answer struct {
	status     int
	header     http.Header
	body       []byte
	identified bool  // Jira named the account it answered
	readErr    error // it broke off
}
