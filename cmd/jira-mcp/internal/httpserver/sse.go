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

// newSSE is mcp-go's SSE server, without its permission for pages of any
// origin.
func newSSE(m *server.MCPServer, s *streams, narrow func(context.Context, *http.Request) context.Context) http.Handler {
	return server.NewSSEServer(m, server.WithSSEEndpoint(ssePath), server.WithMessageEndpoint(messagePath), server.WithUseFullURLForMessageEndpoint(false),
		server.WithKeepAlive(true), server.WithSSEDisableLocalhostProtection(true), server.WithSSECORS(server.WithCORSAllowedOrigins("null.invalid")),
		server.WithSessionIDGenerator(func(_ context.Context, r *http.Request) (string, error) { return s.open(r.Context()), nil }),
		server.WithSSEContextFunc(func(ctx context.Context, r *http.Request) context.Context {
			return context.WithValue(narrow(ctx, r), streamKey{}, s.context(r.URL.Query().Get("sessionId")))
		}))
}

type streamKey struct{}

// CancelWithStream is a middleware that ends a call when the SSE stream that
// would carry its answer is gone: mcp-go detaches calls from their POST.
func CancelWithStream(next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		ctx, cancel := WithStream(ctx)
		defer cancel()
		return next(ctx, req)
	}
}

// WithStream is a context that ends with the SSE stream, where there is one.
func WithStream(ctx context.Context) (context.Context, context.CancelFunc) {
	stream, ok := ctx.Value(streamKey{}).(context.Context)
	if !ok || stream == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(stream, cancel)
	return ctx, func() { stop(); cancel() }
}

// streams knows the open SSE streams and how many answers they owe.
type streams struct {
	mu   sync.Mutex
	live map[string]context.Context
	owed map[string]map[string]int // by stream, then by request id
	idle chan struct{}
}

func newStreams() *streams {
	return &streams{live: map[string]context.Context{}, owed: map[string]map[string]int{}, idle: make(chan struct{}, 1)}
}

func (s *streams) open(ctx context.Context) string {
	id := newID()
	s.mu.Lock()
	s.live[id] = ctx
	s.mu.Unlock()
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.live, id)
		delete(s.owed, id)
		s.tell()
	})
	return id
}

func (s *streams) context(id string) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live[id]
}

func (s *streams) begin(stream, request string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live[stream] == nil {
		return
	}
	if s.owed[stream] == nil {
		s.owed[stream] = map[string]int{}
	}
	s.owed[stream][request]++
}

// answered notes an answer on a stream. Streams do not know their own id
// here, so debts are paid from the stream's context.
func (s *streams) answered(ctx context.Context, request string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, open := range s.live {
		if owed := s.owed[id]; open == ctx && owed != nil {
			if owed[request]--; owed[request] <= 0 {
				delete(owed, request)
			}
			s.tell()
		}
	}
}

func (s *streams) tell() {
	select {
	case s.idle <- struct{}{}:
	default:
	}
}

func (s *streams) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, owed := range s.owed {
		if len(owed) > 0 {
			return true
		}
	}
	return false
}

// countingWriter is a stream's writer that notes the answers it carries.
type countingWriter struct {
	http.ResponseWriter
	streams *streams
	ctx     context.Context
}

// Write implements io.Writer: mcp-go writes one event a call.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	if _, data, ok := bytes.Cut(p, []byte("data:")); ok {
		var s jsonrpc.Scanner
		s.ScanResponse(data)
		if s.Response() {
			c.streams.answered(c.ctx, jsonrpc.CanonicalID(s.ID()))
		}
	}
	return n, err
}

// Flush implements http.Flusher.
func (c *countingWriter) Flush() {
	if f, ok := c.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}
