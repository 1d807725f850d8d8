package jira

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

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
	resolver      *endpointResolver
	credential    credential.Source
	site          atomic.Pointer[url.URL] // nil while unknown, behind a gateway
	http          *http.Client
	log           *slog.Logger
	now           func() time.Time
	timeout       time.Duration
	maxWait       time.Duration
	userAgent     string
	identity      *identity
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
	c := &Client{resolver: newEndpointResolver(o), credential: o.Credential, log: o.Logger, now: o.Now, timeout: o.Timeout, maxWait: o.MaxWait, userAgent: o.UserAgent}
	switch {
	case o.Site != nil:
		c.site.Store(trimmed(o.Site))
	case !strings.HasPrefix(c.resolver.base.Path, gatewayPath):
		c.site.Store(c.resolver.base)
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.timeout == 0 {
		c.timeout = DefaultTimeout
	}
	c.http = &http.Client{Transport: c.transportStack(o), CheckRedirect: c.checkRedirect}
	c.redact = o.Redact
	if c.redact == nil {
		c.redact = func(b []byte) []byte { return b }
	}
	if o.Fence != nil {
		c.guard = fence.NewGuard(fence.GuardOptions{Fence: o.Fence, Lookup: fenceLookup{c}, Now: c.now, Log: c.log, Tasks: o.BulkTasks})
	}
	c.identity = newIdentity(c.now)
	c.recent = newRecentWrites(c.now)
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
	err = c.withCredential(ctx, in.op, func(p endpoint) error {
		ans, err := c.sendWithRetry(ctx, p, in)
		if err != nil {
			return err
		}
		if ans, err = c.filterResponse(ctx, in, ans); err != nil {
			return err
		}
		var zero T
		out = zero
		if content, ok := any(&out).(*Content); ok {
			content.Type, content.Data = ans.header.Get("Content-Type"), ans.body
			return nil
		}
		if err := decode(in.op, ans, &out); err != nil {
			return err
		}
		if !ans.identified && !in.op.Writes() && isEmpty(&out) {
			return c.confirmIdentity(ctx, p, in.op)
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
	identified bool // Jira named the account it answered
}

// errTruncated is an answer that broke off.
var errTruncated = errors.New("the answer was cut off")

// sendWithRetry builds and sends a request to one place and turns every kind of
// failure into an *Error. It returns answers with a 2xx status only. A read
// whose answer breaks off is sent again, as one that got none is (see
// [retryTransport], which does not see the answer's end).
func (c *Client) sendWithRetry(ctx context.Context, p endpoint, in request) (answer, error) {
	for try := 1; ; try++ {
		ans, err := c.exchange(ctx, p, in)
		if !errors.Is(err, errTruncated) || !in.op.Repeatable || c.maxWait == 0 || try == maxTries {
			return ans, err
		}
		if sleep(ctx, backoff(try)) != nil {
			return ans, err
		}
	}
}

// exchange sends one request and reads its answer.
func (c *Client) exchange(ctx context.Context, p endpoint, in request) (answer, error) {
	req, err := c.newHTTPRequest(ctx, p, in)
	if err != nil {
		return answer{}, err
	}
	// Once a connection is held, bytes may have left: from then on a failed
	// write may have happened.
	var connected atomic.Bool
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { connected.Store(false) }, // of another try
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	started := c.now()
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, c.transportError(in.op, p.base.Host, err, connected.Load())
	}
	defer res.Body.Close()
	reportRequestID(ctx, res.Header.Get("Atl-Traceid"))
	body, readErr := readAll(res)
	c.log.DebugContext(ctx, "jira call", "operation", in.op.ID, "status", res.StatusCode,
		"bytes", len(body), "took", c.now().Sub(started), "trace", res.Header.Get("Atl-Traceid"))

	switch {
	case res.StatusCode < 200 || res.StatusCode > 299:
		body = c.redact(body)
	case !in.file:
		c.learnSite(body)
	}
	ans := answer{status: res.StatusCode, header: res.Header, body: body}
	if id := res.Header.Get("X-AAccountId"); id != "" {
		ans.identified = true
		c.lastAccountID.Store(&id)
	}
	if err := c.checkResponse(ctx, p, in.op, ans); err != nil {
		return answer{}, err
	}
	switch {
	case readErr != nil && ctx.Err() != nil:
		return answer{}, c.transportError(in.op, p.base.Host, ctx.Err(), true)
	case readErr != nil:
		return answer{}, unreadable(in.op, ans, fmt.Errorf("%w: %w", errTruncated, readErr))
	case len(body) > maxAnswer:
		return answer{}, unreadable(in.op, ans, nil)
	}
	return ans, nil
}

// readAll reads a body up to the cap, in one piece where its length is known.
func readAll(res *http.Response) ([]byte, error) {
	var b bytes.Buffer
	if n := res.ContentLength; n > 0 && n < maxAnswer {
		b.Grow(int(n) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(res.Body, maxAnswer+1))
	return b.Bytes(), err
}

func (c *Client) newHTTPRequest(ctx context.Context, p endpoint, in request) (*http.Request, error) {
	path, err := in.op.Resolve(in.path)
	if err != nil {
		return nil, err
	}
	ctx = context.WithValue(ctx, showingKey{}, showing{cred: p.cred, bearer: p.bearer, at: p.base})
	what := sending{op: in.op}
	if in.op.Writes() && slices.Contains(in.op.Names, operation.Naming{Kind: operation.KindIssue, At: "path:issueIdOrKey"}) && len(in.path) > 0 {
		what.issue = in.path[0]
	}
	ctx = context.WithValue(ctx, sendingKey{}, what)
	target := p.base.String() + path
	if len(in.query) > 0 {
		target += "?" + in.query.Encode()
	}
	var body io.Reader
	if in.body != nil {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(in.body); err != nil {
			return nil, fmt.Errorf("jira: %s: encode body: %w", in.op.ID, err)
		}
		body = &b
	}
	form := ""
	if in.upload != nil {
		if body, form, err = in.upload.encode(); err != nil {
			return nil, fmt.Errorf("jira: %s: encode file: %w", in.op.ID, err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, in.op.Method, target, body)
	if err != nil {
		return nil, fmt.Errorf("jira: %s: %w", in.op.ID, err)
	}
	req.Header.Set("Accept", "application/json")
	if in.file {
		req.Header.Set("Accept", "*/*")
		req = req.WithContext(context.WithValue(req.Context(), followKey{}, true))
	}
	switch {
	case form != "":
		req.Header.Set("Content-Type", form)
		req.Header.Set("X-Atlassian-Token", "no-check")
	case body != nil:
		req.Header.Set("Content-Type", "application/json")
	}
	if c.userAgent != "" {
		req.Header.Set("User-Agent", c.userAgent)
	}
	return req, nil
}
