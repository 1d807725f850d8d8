package jira

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// outgoingRequest is an HTTP request with the facts that decide how it is sent.
type outgoingRequest struct {
	*http.Request
	op    operation.Operation
	issue string // the issue that a write changes; "" for other requests
	file  bool   // the answer is a file, which another host may serve
	// locate is set if the answer is a redirect, which is not followed.
	locate bool
}

// errTruncated reports an answer that ended early.
var errTruncated = errors.New("the answer was cut off")

// sendWithRetry sends a request to one endpoint and turns every kind of failure
// into an [*Error]; it returns only answers with a 2xx status. It sends a read
// again, at most maxTries times, if its answer ends early: [retrier] cannot do
// that, since it is done once the header has arrived.
func (c *Client) sendWithRetry(ctx context.Context, e endpoint, in request) (answer, error) {
	for try := 1; ; try++ {
		ans, err := c.exchange(ctx, e, in)
		if !errors.Is(err, errTruncated) || in.op.Writes() || c.maxWait == 0 || try == maxTries {
			return ans, err
		}
		if sleep(ctx, backoff(try)) != nil {
			return ans, err
		}
	}
}

// exchange sends one request, reads its answer and checks it.
func (c *Client) exchange(ctx context.Context, e endpoint, in request) (answer, error) {
	ans, err := c.exchangeRaw(ctx, e, in)
	if err != nil {
		return answer{}, err
	}
	if in.locate && ans.status >= 300 && ans.status < 400 {
		return ans, nil
	}
	if err := c.checkResponse(ctx, e, in.op, ans); err != nil {
		return answer{}, err
	}
	switch {
	case ans.readErr != nil && ctx.Err() != nil:
		return answer{}, c.transportError(in.op, e.base.Host, ctx.Err(), true)
	case ans.readErr != nil:
		return answer{}, unreadableError(in.op, ans, fmt.Errorf("%w: %w", errTruncated, ans.readErr))
	case len(ans.body) > maxAnswerSize:
		return answer{}, unreadableError(in.op, ans, nil)
	}
	return ans, nil
}

// exchangeRaw sends one request and returns its answer, whatever the status.
func (c *Client) exchangeRaw(ctx context.Context, e endpoint, in request) (answer, error) {
	out, err := c.newRequest(ctx, e, in)
	if err != nil {
		return answer{}, err
	}
	// With a connection, bytes may have left: from then on a failed write may
	// have had an effect.
	var connected atomic.Bool
	out.Request = out.WithContext(httptrace.WithClientTrace(out.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { connected.Store(false) }, // of the next try
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	started := c.now()
	res, err := c.send(out)
	if err != nil {
		return answer{}, c.transportError(in.op, e.base.Host, err, connected.Load())
	}
	defer res.Body.Close()
	requestID := res.Header.Get("Atl-Traceid")
	reportRequestID(ctx, requestID)
	body, readErr := c.readAll(res)
	c.log.DebugContext(ctx, "jira call", "operation", in.op.ID, "status", res.StatusCode,
		"bytes", len(body), "took", c.now().Sub(started), "trace", requestID)
	switch {
	case res.StatusCode < 200 || res.StatusCode > 299:
		body = c.redact(body)
	case !in.file:
		c.recordSite(body)
	}
	ans := answer{status: res.StatusCode, header: res.Header, body: body, readErr: readErr}
	if id := res.Header.Get("X-AAccountId"); id != "" {
		ans.identified = true
		c.lastAccountID.Store(&id)
	}
	return ans, nil
}

// readAll reads a body up to maxAnswerSize and one byte more, so that the
// caller can tell a larger one. If the length is not known, as of a compressed
// body, it reads into a buffer that is used again, and returns a copy of the right
// size.
func (c *Client) readAll(res *http.Response) ([]byte, error) {
	in := io.LimitReader(res.Body, maxAnswerSize+1)
	if n := res.ContentLength; n > 0 && n < maxAnswerSize {
		b := bytes.NewBuffer(make([]byte, 0, int(n)+bytes.MinRead))
		_, err := b.ReadFrom(in)
		return b.Bytes(), err
	}
	b, _ := c.buffers.Get().(*bytes.Buffer)
	if b == nil {
		b = &bytes.Buffer{}
	}
	b.Reset()
	_, err := b.ReadFrom(in)
	out := bytes.Clone(b.Bytes())
	if b.Cap() <= maxPooledBuffer {
		c.buffers.Put(b)
	}
	return out, err
}

// maxPooledBuffer is the size of the largest buffer that is used again.
const maxPooledBuffer = 1 << 20

// send sends a request; with a retrier it waits and repeats as that allows.
func (c *Client) send(out outgoingRequest) (*http.Response, error) {
	if c.retry != nil {
		return c.retry.send(out)
	}
	return c.sendOnce(out)
}

// sendOnce sends a request with the HTTP client for its kind.
func (c *Client) sendOnce(out outgoingRequest) (*http.Response, error) {
	switch {
	case out.locate:
		return c.clients.still.Do(out.Request)
	case out.file:
		return c.clients.files.Do(out.Request)
	case out.op.Writes():
		return c.clients.writes.Do(out.Request)
	}
	return c.clients.reads.Do(out.Request)
}

// newRequest builds the HTTP request for an endpoint: address, body, headers
// and credential.
func (c *Client) newRequest(ctx context.Context, e endpoint, in request) (outgoingRequest, error) {
	path, err := in.op.Resolve(in.path)
	if err != nil {
		return outgoingRequest{}, err
	}
	target := e.base.String() + path
	if len(in.query) > 0 {
		target += "?" + in.query.Encode()
	}
	body, mediaType, err := in.encode()
	if err != nil {
		return outgoingRequest{}, err
	}
	req, err := http.NewRequestWithContext(ctx, in.op.Method, target, body)
	if err != nil {
		return outgoingRequest{}, fmt.Errorf("jira: %s: %w", in.op.ID, err)
	}
	for name, values := range c.headers {
		req.Header[name] = slices.Clone(values)
	}
	if !e.cred.Token.IsZero() || e.cred.Email != "" {
		req.Header.Set("Authorization", e.authorization())
	}
	req.Header.Set("Accept", "application/json")
	if in.file {
		req.Header.Set("Accept", "*/*")
	}
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	if in.upload != nil {
		req.Header.Set("X-Atlassian-Token", "no-check")
	}
	if c.userAgent != "" {
		req.Header.Set("User-Agent", c.userAgent)
	}
	return outgoingRequest{Request: req, op: in.op, issue: in.issueWritten(), file: in.file, locate: in.locate}, nil
}

// encode returns the body of a request and its media type; nil and "" for none.
func (in request) encode() (body io.Reader, mediaType string, err error) {
	if in.upload != nil {
		if body, mediaType, err = in.upload.encode(); err != nil {
			return nil, "", fmt.Errorf("jira: %s: encode file: %w", in.op.ID, err)
		}
		return body, mediaType, nil
	}
	if in.body == nil {
		return nil, "", nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(in.body); err != nil {
		return nil, "", fmt.Errorf("jira: %s: encode body: %w", in.op.ID, err)
	}
	return &b, "application/json", nil
}

// issueWritten returns the issue that a write names in its path, since Jira
// limits the writes to one issue; "" for other requests.
func (in request) issueWritten() string {
	if in.op.Writes() && slices.Contains(in.op.Names, operation.Reference{Kind: operation.KindIssue, At: "path:issueIdOrKey"}) && len(in.path) > 0 {
		return in.path[0]
	}
	return ""
}

// operationOutsideJira returns a read at Jira's host or gateway that is not an
// operation of Jira's API: Atlassian's documents do not contain it.
func operationOutsideJira(id, path string) operation.Operation {
	return operation.Operation{ID: id, Method: http.MethodGet, Path: path}
}

// anonymousEndpoint returns an endpoint without a credential, for requests
// about the host.
func anonymousEndpoint(base *url.URL) endpoint { return endpoint{base: base} }
