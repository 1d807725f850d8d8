package httpserver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

// Paths that are served. Everything else is 404.
const (
	mcpPath     = "/mcp"
	ssePath     = "/sse"
	messagePath = "/message"
	healthPath  = "/healthz"
)

// handler is the guards in front of mcp-go's handlers.
type handler struct {
	transport string
	inner     http.Handler
	sessions  *sessions
	streams   *streams
	hosts     []string // allowed Host names; nil allows any
	origins   []string
	tokenHash [32]byte
	auth      bool
	stop      func(context.Context) // of what mcp-go runs in the background

	mu       sync.Mutex
	inFlight int
	idle     chan struct{}
	closing  chan struct{} // closed when streams have to end
}

func newHandler(m *server.MCPServer, o Options, token string) *handler {
	h := &handler{transport: o.Transport, sessions: newSessions(), streams: newStreams(), auth: token != "", tokenHash: sha256.Sum256([]byte(token)),
		idle: make(chan struct{}, 1), closing: make(chan struct{}), origins: o.AllowedHosts}
	h.hosts = allowedHosts(o)
	if o.Transport == "sse" {
		h.inner = newSSE(m, h.streams, o.narrow)
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

// allowedHosts are the names under which the server may be addressed. A page
// in a browser can point its own name at this machine (DNS rebinding); its
// requests then carry that name. Where every address is listened on and no
// names are configured, any is taken: the bearer token protects there.
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

func (h *handler) path() string {
	if h.transport == "sse" {
		return ssePath
	}
	return mcpPath
}

// ServeHTTP implements http.Handler: the guards in order, then mcp-go.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == healthPath {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		_, _ = io.WriteString(w, "ok\n")
		return
	}
	if r.URL.Path != h.path() && (h.transport != "sse" || r.URL.Path != messagePath) {
		http.NotFound(w, r)
		return
	}
	if !h.hostAllowed(r.Host) {
		http.Error(w, "this Host is not served here; see --allowed-hosts", http.StatusForbidden)
		return
	}
	if !h.originAllowed(r) {
		http.Error(w, "requests from this Origin are not served; see --allowed-hosts", http.StatusForbidden)
		return
	}
	if !h.authorized(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="jira-mcp"`)
		http.Error(w, "a bearer token is needed", http.StatusUnauthorized)
		return
	}
	switch r.Method {
	case http.MethodPost:
		h.post(w, r)
	case http.MethodGet:
		h.stream(w, r)
	case http.MethodDelete:
		if h.transport == "http" && !h.sessions.known(r.Header.Get(server.HeaderKeySessionID)) {
			http.Error(w, "no such session", http.StatusNotFound)
			return
		}
		h.inner.ServeHTTP(w, r)
	default:
		w.Header().Set("Allow", "GET, POST, DELETE")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (h *handler) hostAllowed(hostport string) bool {
	if h.hosts == nil {
		return true
	}
	host := hostport
	if name, _, err := net.SplitHostPort(hostport); err == nil {
		host = name
	}
	return slices.ContainsFunc(h.hosts, func(a string) bool {
		return strings.EqualFold(strings.Trim(host, "[]"), a) || strings.EqualFold(hostport, a)
	})
}

// originAllowed refuses pages of other sites. Programs send no Origin.
func (h *handler) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	return strings.EqualFold(u.Host, r.Host) || slices.ContainsFunc(h.origins, func(a string) bool {
		return strings.EqualFold(u.Hostname(), a) || strings.EqualFold(u.Host, a)
	})
}

func (h *handler) authorized(r *http.Request) bool {
	if !h.auth {
		return true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return subtle.ConstantTimeCompare(sum[:], h.tokenHash[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}

// post reads a message whole, refuses what is out of bounds with its own id,
// and passes the rest on.
func (h *handler) post(w http.ResponseWriter, r *http.Request) {
	// A deadline for the body alone: http.Server.ReadTimeout would also end
	// the context of a call that takes longer.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(readTimeout))
	var s jsonrpc.Scanner
	body, err := io.ReadAll(io.TeeReader(io.LimitReader(r.Body, jsonrpc.MaxMessage+1), &s))
	size := len(body)
	if err == nil && size > jsonrpc.MaxMessage {
		// Read on a little, for the id to answer with.
		_, err = io.Copy(&s, io.LimitReader(r.Body, maxScanned))
		w.Header().Set("Connection", "close")
	}
	if err != nil {
		// The deadline stays: net/http would wait for the rest without one.
		w.Header().Set("Connection", "close")
		http.Error(w, "the request could not be read in time", http.StatusRequestTimeout)
		return
	}
	_ = control.SetReadDeadline(time.Time{})
	if problem := jsonrpc.Validate(size, utf8.Valid(body), &s); problem != "" {
		status := http.StatusBadRequest
		if size > jsonrpc.MaxMessage {
			status = http.StatusRequestEntityTooLarge
		}
		refuse(w, status, s.ID(), jsonrpc.InvalidRequest, problem)
		return
	}
	if !json.Valid(body) {
		refuse(w, http.StatusBadRequest, nil, jsonrpc.ParseError, "the request is not JSON")
		return
	}
	if h.transport == "http" && !h.sessionFits(w, r, &s, body) {
		return
	}
	if h.transport == "sse" {
		// The standard headers of 2026-07-28 belong to streamable HTTP. Over
		// SSE clients send the version alone, and mcp-go would miss the rest.
		r.Header.Del(mcp.HeaderProtocolVersion)
	}
	if s.Request() && h.transport == "sse" && s.Method() != "subscriptions/listen" {
		h.streams.begin(r.URL.Query().Get("sessionId"), jsonrpc.CanonicalID(s.ID()))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if s.Method() == "subscriptions/listen" { // stays open by design
		ctx, cancel := h.untilClosing(r.Context())
		defer cancel()
		h.inner.ServeHTTP(w, r.WithContext(ctx))
		return
	}
	h.begin()
	defer h.end()
	if h.transport == "http" && !isModern(r, body) {
		// Up to 2025-11-25 a connection that breaks does not cancel a request
		// (MCP, Transports: "Disconnection SHOULD NOT be interpreted as the
		// client cancelling its request"); 2026-07-28 says the contrary.
		r = r.WithContext(context.WithoutCancel(r.Context()))
	}
	h.inner.ServeHTTP(w, r)
}

// isModern reports a message of the era without a handshake.
func isModern(r *http.Request, body []byte) bool {
	return r.Header.Get(mcp.HeaderProtocolVersion) == mcp.ProtocolVersion20260728 || bytes.Contains(body, []byte("io.modelcontextprotocol/protocolVersion"))
}

// validInitialize reports whether an initialize will succeed: mcp-go opens a
// session for one that fails as well.
func validInitialize(body []byte) bool {
	var m struct {
		Params mcp.InitializeParams `json:"params"`
	}
	return json.Unmarshal(body, &m) == nil && m.Params.ProtocolVersion != ""
}

// untilClosing ends a stream's context when the server is done.
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

// sessionFits answers what must not reach mcp-go: a cancellation from a
// caller without a session of its own (mcp-go would look for the request
// among everybody's), and legacy messages without a session.
func (h *handler) sessionFits(w http.ResponseWriter, r *http.Request, s *jsonrpc.Scanner, body []byte) bool {
	modern := isModern(r, body)
	session := r.Header.Get(server.HeaderKeySessionID)
	switch {
	case s.Method() == "notifications/cancelled" && (modern || !h.sessions.known(session)):
		w.WriteHeader(http.StatusAccepted)
		return false
	case modern || s.Method() == "initialize":
		if s.Method() == "initialize" && !modern && !validInitialize(body) {
			refuse(w, http.StatusBadRequest, s.ID(), jsonrpc.InvalidParams, "initialize needs protocolVersion, capabilities and clientInfo")
			return false
		}
		if s.Method() == "initialize" && h.sessions.full() {
			http.Error(w, "too many sessions", http.StatusServiceUnavailable)
			return false
		}
		return true
	case session == "":
		refuse(w, http.StatusBadRequest, s.ID(), jsonrpc.InvalidRequest, "the header Mcp-Session-Id is missing; initialize first")
		return false
	}
	return true
}

func refuse(w http.ResponseWriter, status int, id []byte, code int, problem string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(jsonrpc.ErrorMessage(id, code, problem))
}

// stream serves a GET: a stream that ends when the server does.
func (h *handler) stream(w http.ResponseWriter, r *http.Request) {
	if h.transport == "http" && !h.sessions.known(r.Header.Get(server.HeaderKeySessionID)) {
		status := http.StatusNotFound
		if r.Header.Get(server.HeaderKeySessionID) == "" || r.Header.Get(mcp.HeaderProtocolVersion) == mcp.ProtocolVersion20260728 {
			status = http.StatusMethodNotAllowed
			w.Header().Set("Allow", "POST")
		}
		http.Error(w, "a stream belongs to a session: initialize first", status)
		return
	}
	ctx, cancel := h.untilClosing(r.Context())
	defer cancel()
	r = r.WithContext(ctx)
	if h.transport == "sse" {
		w = &countingWriter{ResponseWriter: w, streams: h.streams, ctx: ctx}
	}
	h.inner.ServeHTTP(w, r)
}
