package httpserver

import (
	"bytes"
	"context"
	"net/http"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

// newSSEHandler returns mcp-go's SSE server, configured so that the checks of
// handler hold:
//
//   - The CORS setting names an origin that no page has. Without one, mcp-go
//     v1.2.1 sends "Access-Control-Allow-Origin: *". Remove when it does not.
//   - mcp-go's own Host check is off, since handler checks Host.
//   - The session id generator registers the stream with streams, since it is
//     the only place where mcp-go shows the context of a new stream.
//   - The context of each call carries the context of its stream, which
//     [WithStream] uses.
func newSSEHandler(m *server.MCPServer, s streams, prefix string, narrow func(context.Context, *http.Request) context.Context) http.Handler {
	return server.NewSSEServer(m, server.WithStaticBasePath(prefix), server.WithSSEEndpoint(ssePath), server.WithMessageEndpoint(messagePath), server.WithUseFullURLForMessageEndpoint(false),
		server.WithKeepAlive(true), server.WithSSEDisableLocalhostProtection(true), server.WithSSECORS(server.WithCORSAllowedOrigins("null.invalid")),
		server.WithSessionIDGenerator(func(_ context.Context, r *http.Request) (string, error) { return s.open(r.Context()), nil }),
		server.WithSSEContextFunc(func(ctx context.Context, r *http.Request) context.Context {
			return context.WithValue(narrow(ctx, r), streamKey{}, s.context(r.URL.Query().Get("sessionId")))
		}))
}

// streamKey is the context key of the stream's context.
type streamKey struct{}

// CancelWithStream is a middleware that ends a call when the SSE stream that
// would carry its answer is gone. mcp-go v1.2.1 detaches calls from their POST,
// which returns at once, and does not tie them to the stream either. Over stdio
// and streamable HTTP it does nothing. Remove when mcp-go ends the calls of a
// stream with the stream.
func CancelWithStream(next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		ctx, cancel := WithStream(ctx)
		defer cancel()
		return next(ctx, req)
	}
}

// WithStream returns a context that ends with the call's SSE stream, or ctx
// itself if the call did not come over SSE. Prompts, resources and completions
// need it as well, since middleware sees tool calls only.
func WithStream(ctx context.Context) (context.Context, context.CancelFunc) {
	stream, ok := ctx.Value(streamKey{}).(context.Context)
	if !ok || stream == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(stream, cancel)
	return ctx, func() { stop(); cancel() }
}

// streamTable knows the open SSE streams of all tenants and the requests that they
// have yet to answer. The POST that brings a request over SSE returns at once, so the
// number of open POSTs does not tell whether calls are in flight. A tenant knows it
// through its own [streams] alone.
type streamTable struct {
	mu      sync.Mutex
	live    map[string]*stream // by session id
	idle    chan struct{}      // wakes drain; holds one wake-up
	entered map[string]int     // the number of streams by caller
	most    int                // of one caller
}

// stream is an open SSE stream.
type stream struct {
	owner   sessionOwner
	ctx     context.Context
	pending map[string]int  // the number of open requests, by request id
	unasked map[string]bool // those that their client has cancelled
}

// newStreamTable returns a table without streams.
func newStreamTable(most int) *streamTable {
	return &streamTable{most: most, entered: map[string]int{}, live: map[string]*stream{}, idle: make(chan struct{}, 1)}
}

// streams are the streams of one tenant; those of others do not exist for it.
type streams struct {
	*streamTable
	owner sessionOwner
}

// of returns the streams of a tenant.
func (s *streamTable) of(owner sessionOwner) streams { return streams{s, owner} }

// find returns an open stream of the tenant; nil if there is none. The lock is held.
func (s streams) find(id string) *stream {
	if one := s.live[id]; one != nil && one.owner == s.owner {
		return one
	}
	return nil
}

// maxStreams is the number of streams at once. mcp-go v1.2.1 keeps two channels of
// a hundred elements and three goroutines for each, about 40 KiB. One network may
// have its share of them: see shareOf.
const maxStreams = maxSessionBytes / (40 << 10)

// enter counts a stream of a caller. It reports false if there are too many.
func (s *streamTable) enter(caller string) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := 0
	for _, n := range s.entered {
		total += n
	}
	if total >= maxStreams || s.entered[caller] >= s.most {
		return nil, false
	}
	s.entered[caller]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.entered[caller]--; s.entered[caller] == 0 {
			delete(s.entered, caller)
		}
	}, true
}

// open registers a stream under a new session id, until ctx is done.
func (s streams) open(ctx context.Context) string {
	id := newID()
	s.mu.Lock()
	s.live[id] = &stream{owner: s.owner, ctx: ctx, pending: map[string]int{}, unasked: map[string]bool{}}
	s.mu.Unlock()
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.live, id)
		s.owner.sessionEnded(id)
		s.notifyIdle()
	})
	return id
}

// context returns the context of a stream, or nil if it is not open.
func (s streams) context(id string) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.find(id); one != nil {
		return one.ctx
	}
	return nil
}

// addRequest counts a request that a stream has to answer. A request for a
// stream that is not open is not counted: nothing could answer it.
func (s streams) addRequest(id, request string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.find(id); one != nil {
		one.pending[request]++
	}
}

// cancel notes that a client has cancelled a request that its stream has to answer.
func (s streams) cancel(id, request string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.find(id); one != nil && one.pending[request] > 0 {
		one.unasked[request] = true
	}
}

// isCancelled reports whether a response on the stream with the context ctx answers
// a request that was cancelled.
func (s streams) isCancelled(ctx context.Context, response []byte) bool {
	var m jsonrpc.Scanner
	m.ScanResponse(response)
	request := jsonrpc.CanonicalID(m.ID())
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.live {
		if one.ctx == ctx && one.unasked[request] {
			delete(one.unasked, request)
			return true
		}
	}
	return false
}

// answered counts an answer on the stream with the context ctx. The writer of a
// stream does not know its session id, so that the stream is found by its
// context.
func (s streams) answered(ctx context.Context, request string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.live {
		if one.ctx == ctx {
			if one.pending[request]--; one.pending[request] <= 0 {
				delete(one.pending, request)
			}
			s.notifyIdle()
		}
	}
}

// notifyIdle wakes drain, which then checks isBusy again.
func (s *streamTable) notifyIdle() {
	select {
	case s.idle <- struct{}{}:
	default:
	}
}

// isBusy reports whether any stream has a request to answer.
func (s *streamTable) isBusy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.live {
		if len(one.pending) > 0 {
			return true
		}
	}
	return false
}

// countingWriter is the writer of an SSE stream. It notes the answers that the
// stream carries.
type countingWriter struct {
	http.ResponseWriter
	streams streams
	ctx     context.Context
}

// Write implements io.Writer. It relies on mcp-go writing one whole event, with
// one line "data: …", per call.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	if _, data, ok := bytes.Cut(p, []byte("data:")); ok {
		var s jsonrpc.Scanner
		s.ScanResponse(data)
		if s.IsResponse() {
			c.streams.answered(c.ctx, jsonrpc.CanonicalID(s.ID()))
		}
	}
	return n, err
}

// Flush implements http.Flusher, without which mcp-go refuses to stream.
func (c *countingWriter) Flush() {
	if f, ok := c.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}
