package httpserver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

// The paths that are served. Everything else is answered with 404: mcp-go's
// handlers would answer every path.
const (
	mcpPath     = "/mcp"
	ssePath     = "/sse"
	messagePath = "/message"
	healthPath  = "/healthz"
)

// handler makes the checks in front of mcp-go's handlers, and knows the
// requests in flight.
type handler struct {
	transport string       // "http" or "sse"
	inner     http.Handler // mcp-go's handler
	redact    func([]byte) []byte
	sessions  *sessions
	bodies    *bodies
	streams   *streams
	wishes    *structuredSessions
	cancelled *cancellations
	prefix    string                // of all paths; "" for none
	hosts     []string              // allowed Host names; nil allows any
	origins   []string              // allowed hosts of an Origin, beside the server's own
	tokenHash [32]byte              // the SHA-256 of the bearer token
	auth      bool                  // a bearer token is required
	stop      func(context.Context) // ends what mcp-go runs in the background

	mu       sync.Mutex
	inFlight int           // requests that are not answered yet, streams aside
	idle     chan struct{} // wakes drain; holds one wake-up
	closing  chan struct{} // closed when streams have to end
}

// newHandler returns the handler for the transport in o.
//
// mcp-go's own check of the Host header is off, since allowedHosts replaces it.
// Its logger is off, since its lines name sessions. SessionTTL is set, since
// without one every initialize leaves a session behind.
func newHandler(m *server.MCPServer, o Options, token string) *handler {
	wishes := newStructuredSessions()
	h := &handler{transport: o.Transport, redact: o.Redact, sessions: newSessions(time.Now, wishes.forget), bodies: newBodies(o.BehindProxy), streams: newStreams(o.BehindProxy, wishes.forget), wishes: wishes, cancelled: newCancellations(), prefix: o.prefix(), auth: token != "", tokenHash: sha256.Sum256([]byte(token)),
		idle: make(chan struct{}, 1), closing: make(chan struct{}), origins: o.AllowedHosts}
	h.hosts = allowedHosts(o)
	if o.Transport == "sse" {
		h.inner = newSSEHandler(m, h.streams, h.prefix, o.narrow)
		h.stop = func(context.Context) {}
		return h
	}
	inner := server.NewStreamableHTTPServer(m, server.WithSessionIdManager(h.sessions), server.WithSessionIdleTTL(SessionTTL),
		server.WithDisableLocalhostProtection(true), server.WithStreamableHTTPLogger(slog.New(slog.DiscardHandler)),
		server.WithHTTPContextFunc(o.narrow))
	h.inner = inner
	h.stop = func(ctx context.Context) {
		if err := inner.Shutdown(ctx); err != nil {
			o.Log.Debug("closing sessions", "error", err)
		}
	}
	return h
}

// allowedHosts returns the names under which clients may address the server, or
// nil for any. The check defends against DNS rebinding: a page in a browser can
// point a name of its own at this machine, and its requests then carry that
// name in Host.
//
// On a loopback address localhost, 127.0.0.1 and ::1 are added to the
// configured names, and on another single address that address. Where the
// server listens on every address and no names are configured, any Host is
// accepted: there, the bearer token protects the server. For example, --listen
// 127.0.0.1:8080 with --allowed-hosts mcp.example.com gives mcp.example.com,
// localhost, 127.0.0.1, ::1.
func allowedHosts(o Options) []string {
	host, _, _ := net.SplitHostPort(o.Listen)
	hosts := slices.Clone(o.AllowedHosts)
	ip := net.ParseIP(host)
	switch {
	case isLoopback(host):
		hosts = append(hosts, "localhost", "127.0.0.1", "::1")
	case host == "" || ip != nil && ip.IsUnspecified():
		if len(hosts) == 0 {
			return nil
		}
	default:
		hosts = append(hosts, host)
	}
	return hosts
}

// withoutPrefix returns a path without the prefix, if it has it.
func (h *handler) withoutPrefix(path string) string {
	if rest, ok := strings.CutPrefix(path, h.prefix+"/"); ok {
		return "/" + rest
	}
	return path
}

// path returns the path that clients connect to, without the prefix.
func (h *handler) path() string {
	if h.transport == "sse" {
		return ssePath
	}
	return mcpPath
}

// ServeHTTP implements http.Handler. It checks path, Host, Origin and token in
// this order, then serves the method. A preflight needs no token. The health
// check comes first, since who asks for it has no token. A path may have the
// prefix or not, since some proxies remove it, and a slash at its end.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimSuffix(h.withoutPrefix(r.URL.Path), "/")
	if path == healthPath {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		_, _ = io.WriteString(w, "ok\n")
		return
	}
	if isOAuthPath(path) {
		http.Error(w, "this server has no OAuth; it requires its own token in the header Authorization: Bearer …", http.StatusNotFound)
		return
	}
	if path != h.path() && (h.transport != "sse" || path != messagePath) {
		http.NotFound(w, r)
		return
	}
	r.URL.Path, r.URL.RawPath = h.prefix+path, "" // as mcp-go's SSE server knows it
	if !h.hostAllowed(r.Host) {
		http.Error(w, "this Host is not allowed; see --allowed-hosts", http.StatusForbidden)
		return
	}
	if !h.originAllowed(r) {
		http.Error(w, "this Origin is not allowed; see --allowed-hosts", http.StatusForbidden)
		return
	}
	allowOrigin(w.Header(), r.Header.Get("Origin"))
	if isPreflight(r) { // browsers send it without the token
		servePreflight(w, r)
		return
	}
	if !h.authorized(r) {
		writeUnauthorized(w, r)
		return
	}
	switch r.Method {
	case http.MethodPost:
		h.servePost(w, r)
	case http.MethodGet:
		h.serveStream(w, r)
	case http.MethodDelete:
		if h.transport == "http" && !h.sessions.isKnown(r.Header.Get(server.HeaderKeySessionID)) {
			http.Error(w, "no such session", http.StatusNotFound)
			return
		}
		h.inner.ServeHTTP(w, r)
	default:
		w.Header().Set("Allow", "GET, POST, DELETE")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// servePost reads a message whole, rejects one that breaks a limit with an
// answer that carries its id, and passes the rest on to mcp-go.
//
// Three kinds of messages are passed on differently. A subscription stays open
// by design, so it is not counted as in flight and ends when the server does.
// Over SSE a request is counted by its stream. And over streamable HTTP up to
// 2025-11-25 a call goes on when its connection breaks.
func (h *handler) servePost(w http.ResponseWriter, r *http.Request) {
	var s jsonrpc.Scanner
	held, ok := h.readBody(w, r, &s)
	defer held.end()
	if !ok {
		return
	}
	body, modern := held.data, isModern(r, held.data)
	if h.transport == "http" && !h.checkSession(w, r, &s, body, modern) {
		return
	}
	if h.transport == "sse" {
		// The standard headers of 2026-07-28 belong to streamable HTTP. Over
		// SSE clients send the version alone, and mcp-go v1.2.1 would reject
		// the request because the others are missing.
		r.Header.Del(mcp.HeaderProtocolVersion)
	}
	if !modern {
		h.wishes.apply(h.sessionOf(r), s.Method(), r.Header)
	}
	if s.IsRequest() && h.transport == "sse" && s.Method() != "subscriptions/listen" {
		h.streams.addRequest(r.URL.Query().Get("sessionId"), jsonrpc.CanonicalID(s.ID()))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if s.Method() == "subscriptions/listen" {
		h.serveSubscription(w, r, held, s.ID())
		return
	}
	h.begin()
	defer h.end()
	var isCancelled func([]byte) bool
	if session := r.Header.Get(server.HeaderKeySessionID); h.transport == "http" && session != "" {
		h.cancelled.cancel(session, s.CancelledID(body))
		if s.IsRequest() {
			var end func()
			isCancelled, end = h.cancelled.begin(session, jsonrpc.CanonicalID(s.ID()))
			defer end()
		}
	} else if id := s.CancelledID(body); id != "" {
		h.streams.cancel(r.URL.Query().Get("sessionId"), id)
	}
	answer := newAnswerWriter(w, isCancelled)
	answer.id, answer.redact = s.ID(), h.redact
	defer answer.end()
	w = answer
	if h.transport == "http" && !modern {
		// Up to 2025-11-25 a connection that breaks does not cancel a request
		// (MCP, Transports: "Disconnection SHOULD NOT be interpreted as the
		// client cancelling its request"); 2026-07-28 says the contrary.
		r = r.WithContext(context.WithoutCancel(r.Context()))
	}
	if h.transport == "http" && s.Method() == "initialize" { // regardless of the protocol version that it names
		h.serveInitialize(w, r, len(body))
		return
	}
	defer h.sessions.use(r.Header.Get(server.HeaderKeySessionID))()
	h.inner.ServeHTTP(w, r)
}

// isModern reports whether a message belongs to the protocol era without a
// handshake (2026-07-28), which names its version in a header or in params._meta, as
// mcp-go decides it. A message that merely quotes the member's name does not.
func isModern(r *http.Request, body []byte) bool {
	if r.Header.Get(mcp.HeaderProtocolVersion) == mcp.ProtocolVersion20260728 {
		return true
	}
	if !bytes.Contains(body, []byte(metaVersion)) {
		return false
	}
	var m struct {
		Params struct {
			Meta map[string]json.RawMessage `json:"_meta"`
		} `json:"params"`
	}
	if json.Unmarshal(body, &m) != nil {
		return false
	}
	_, hasVersion := m.Params.Meta[metaVersion]
	return hasVersion
}

// metaVersion is the member of params._meta with the protocol version.
const metaVersion = "io.modelcontextprotocol/protocolVersion"

// untilClosing returns a context that also ends when the server does. Streams
// and subscriptions need it, since they do not end by themselves.
func (h *handler) untilClosing(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-h.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// writeError answers with an HTTP status and a JSON-RPC error.
func writeError(w http.ResponseWriter, status int, id []byte, code int, problem string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(jsonrpc.ErrorMessage(id, code, problem))
}

// serveStream serves a GET, which opens a stream from the server to the client.
// The stream ends when the server does. Over streamable HTTP it needs a live
// session; the modern era has none, and gets 405.
func (h *handler) serveStream(w http.ResponseWriter, r *http.Request) {
	if h.transport == "http" && !h.sessions.isKnown(r.Header.Get(server.HeaderKeySessionID)) {
		status := http.StatusNotFound
		if r.Header.Get(server.HeaderKeySessionID) == "" || r.Header.Get(mcp.HeaderProtocolVersion) == mcp.ProtocolVersion20260728 {
			status = http.StatusMethodNotAllowed
			w.Header().Set("Allow", "POST")
		}
		http.Error(w, "a stream requires a session; initialize first", status)
		return
	}
	ctx, cancel := h.untilClosing(r.Context())
	defer cancel()
	r = r.WithContext(ctx)
	answer := newAnswerWriter(w, func(response []byte) bool { return h.streams.isCancelled(ctx, response) })
	answer.redact = h.redact
	defer answer.end()
	w = answer
	if h.transport == "sse" {
		w = &countingWriter{ResponseWriter: w, streams: h.streams, ctx: ctx}
		leave, ok := h.enterStream(w, r)
		if !ok {
			return
		}
		defer leave()
	}
	defer h.sessions.use(r.Header.Get(server.HeaderKeySessionID))()
	h.inner.ServeHTTP(w, r)
}
