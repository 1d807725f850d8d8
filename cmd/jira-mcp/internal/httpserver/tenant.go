package httpserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/principal"
	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/tenants"
)

// User is whom a request acts as: everybody alike, or the user whose credential it
// carries.
type User struct {
	// ID identifies the user's server: requests with the same ID share one.
	ID string
	// Account is the account whose callers count together in the bounds on sessions,
	// streams and bodies; "" if all act as one user, so that network addresses count.
	Account string
	// Open builds the user's server. It sends nothing.
	Open func() (Tenant, error)
}

// Tenant is the server of one user.
type Tenant struct {
	MCP *server.MCPServer
	// Redact removes secrets from errors: the process's and the user's own. It may be
	// nil.
	Redact func([]byte) []byte
	// Close ends what belongs to the server. It may be nil.
	Close func()
}

// MaxOfUser is how many servers one account may have: one for each of its credentials.
// Another one takes the place of an unused one of the same account.
const MaxOfUser = 8

// TenantIdle is how long the server of a user is kept without a request.
const TenantIdle = 10 * time.Minute

// tenant is one user's server behind the transport. Sessions, streams, cancellations
// and mcp-go's handler are its own, so that nothing of another user can be named
// here.
type tenant struct {
	*handler
	user       User
	inner      http.Handler // mcp-go's handler
	redact     func([]byte) []byte
	sessions   sessions
	streams    streams
	wishes     *structuredSessions
	cancelled  *cancellations
	ended      context.Context // done when the tenant's streams have to end
	endStreams context.CancelFunc
	stop       func() // ends what mcp-go runs in the background
}

// tenantOf returns the tenant of a request, built if there is none, or answers why
// there is none. The caller calls release when the request has been answered.
func (h *handler) tenantOf(w http.ResponseWriter, r *http.Request) (t *tenant, release func(), ok bool) {
	user, err := h.o.User(r)
	if err == nil {
		t, release, err = h.users.Acquire(r.Context(), user.ID, func() (*tenant, func(), error) { return h.open(user) })
	}
	var refused *principal.Refusal
	switch {
	case err == nil:
		return t, release, true
	case r.Context().Err() != nil:
	case errors.Is(err, tenants.ErrUserBusy):
		w.Header().Set("Retry-After", "30")
		writeError(w, http.StatusTooManyRequests, nil, jsonrpc.InvalidRequest, fmt.Sprintf("%v: at most %d for one account. Close a client with an open stream, or use the same API token in all clients", err, MaxOfUser))
	case errors.Is(err, tenants.ErrBusy):
		w.Header().Set("Retry-After", "30")
		writeError(w, http.StatusServiceUnavailable, nil, jsonrpc.InvalidRequest, fmt.Sprintf("%v: at most %d. The setting is JIRA_MCP_MAX_TENANTS", err, h.o.MaxTenants))
	case errors.As(err, &refused):
		writeRefusal(w, refused)
	default:
		h.o.Log.ErrorContext(r.Context(), "the server of a user could not be built", "account", user.Account, "error", err)
		writeError(w, http.StatusInternalServerError, nil, jsonrpc.InternalError, "the server could not start a session for this user; see its log for details")
	}
	return nil, nil, false
}

// writeRefusal answers a request that has no user.
func writeRefusal(w http.ResponseWriter, refused *principal.Refusal) {
	if refused.Challenge != "" {
		w.Header().Set("WWW-Authenticate", refused.Challenge)
	}
	if refused.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(refused.RetryAfter.Seconds())))
	}
	writeError(w, refused.Status, nil, jsonrpc.InvalidRequest, refused.Text)
}

// open builds the tenant of a user. close ends it; nobody uses it then.
//
// mcp-go's own check of the Host header is off, since allowedHosts replaces it.
// Its logger is off, since its lines name sessions. SessionTTL is set, since
// without one every initialize leaves a session behind.
func (h *handler) open(user User) (_ *tenant, closing func(), _ error) {
	opened, err := user.Open()
	if err != nil {
		return nil, nil, err
	}
	t := &tenant{handler: h, user: user, redact: opened.Redact, wishes: newStructuredSessions(), cancelled: newCancellations(), stop: func() {}}
	if t.redact == nil {
		t.redact = h.redact
	}
	t.sessions, t.streams = h.sessions.of(t), h.streams.of(t)
	t.ended, t.endStreams = context.WithCancel(h.o.base)
	if h.transport == "sse" {
		t.inner = newSSEHandler(opened.MCP, t.streams, h.prefix, h.o.narrow)
	} else {
		inner := server.NewStreamableHTTPServer(opened.MCP, server.WithSessionIdManager(t.sessions), server.WithSessionIdleTTL(SessionTTL),
			server.WithDisableLocalhostProtection(true), server.WithStreamableHTTPLogger(slog.New(slog.DiscardHandler)),
			server.WithHTTPContextFunc(h.o.narrow))
		t.inner = inner
		t.stop = func() {
			if err := inner.Shutdown(h.o.base); err != nil {
				h.o.Log.Debug("closing sessions", "error", err)
			}
		}
	}
	return t, func() {
		t.endStreams()
		t.stop()
		t.sessions.forgetAll()
		if opened.Close != nil {
			opened.Close()
		}
	}, nil
}

// sessionEnded implements [sessionOwner].
func (t *tenant) sessionEnded(id string) { t.wishes.forget(id) }

// caller returns whose requests count together with r: those of the user, or, if all
// callers act as one user, those of the network.
func (t *tenant) caller(r *http.Request) string {
	if t.user.Account != "" {
		return "account " + t.user.Account
	}
	return NetworkOf(r)
}

// ServeHTTP implements http.Handler, for a request that has passed all checks.
func (t *tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPost:
		t.servePost(w, r)
	case http.MethodGet:
		t.serveStream(w, r)
	case http.MethodDelete:
		if t.transport == "http" && !t.sessions.isKnown(r.Header.Get(server.HeaderKeySessionID)) {
			http.Error(w, "no such session", http.StatusNotFound)
			return
		}
		t.inner.ServeHTTP(w, r)
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
func (t *tenant) servePost(w http.ResponseWriter, r *http.Request) {
	var s jsonrpc.Scanner
	held, ok := t.readBody(w, r, t.caller(r), &s)
	defer held.end()
	if !ok {
		return
	}
	t.access.noteMessage(w, &s, held.data)
	if !t.begin(s.IsRequest()) {
		t.refuseWhileDraining(w, s.ID())
		return
	}
	end := sync.OnceFunc(t.end)
	defer end()
	body, modern := held.data, isModern(r, held.data)
	if t.transport == "http" && !t.checkSession(w, r, &s, body, modern) {
		return
	}
	if t.transport == "sse" {
		// The standard headers of 2026-07-28 belong to streamable HTTP. Over
		// SSE clients send the version alone, and mcp-go v1.2.1 would reject
		// the request because the others are missing.
		r.Header.Del(mcp.HeaderProtocolVersion)
	}
	if id := r.URL.Query().Get("sessionId"); t.transport == "sse" && t.streams.context(id) == nil {
		writeError(w, http.StatusNotFound, s.ID(), jsonrpc.InvalidRequest, "no such session; open a stream first")
		return
	}
	if !modern {
		t.wishes.apply(t.sessionOf(r), s.Method(), r.Header)
	}
	if s.IsRequest() && t.transport == "sse" && s.Method() != "subscriptions/listen" {
		t.streams.addRequest(r.URL.Query().Get("sessionId"), jsonrpc.CanonicalID(s.ID()))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if s.Method() == "subscriptions/listen" {
		end() // it stays open
		t.serveSubscription(w, r, held, s.ID())
		return
	}
	isCancelled, endCall := t.noteCancellation(r, &s, body)
	defer endCall()
	answer := newAnswerWriter(w, isCancelled)
	answer.id, answer.redact = s.ID(), t.redact
	defer answer.end()
	t.forward(answer, r, &s, len(body), modern)
}

// noteCancellation notes which request a message cancels, if it does, and returns how the
// message's own cancellation is seen; nil for never. The caller calls end.
func (t *tenant) noteCancellation(r *http.Request, s *jsonrpc.Scanner, body []byte) (isCancelled func([]byte) bool, end func()) {
	session := r.Header.Get(server.HeaderKeySessionID)
	if t.transport != "http" || session == "" {
		if id := s.CancelledID(body); id != "" {
			t.streams.cancel(r.URL.Query().Get("sessionId"), id)
		}
		return nil, func() {}
	}
	t.cancelled.cancel(session, s.CancelledID(body))
	if !s.IsRequest() {
		return nil, func() {}
	}
	return t.cancelled.begin(session, jsonrpc.CanonicalID(s.ID()))
}

// forward passes a message of a size on to mcp-go.
func (t *tenant) forward(w http.ResponseWriter, r *http.Request, s *jsonrpc.Scanner, size int, modern bool) {
	if t.transport == "http" && !modern {
		// Up to 2025-11-25 a connection that breaks does not cancel a request
		// (MCP, Transports: "Disconnection SHOULD NOT be interpreted as the
		// client cancelling its request"); 2026-07-28 says the contrary.
		r = r.WithContext(context.WithoutCancel(r.Context()))
	}
	if t.transport == "http" && s.Method() == "initialize" { // regardless of the protocol version that it names
		t.serveInitialize(w, r, size)
		return
	}
	defer t.sessions.use(r.Header.Get(server.HeaderKeySessionID))()
	t.inner.ServeHTTP(w, r)
}

// noticeIfClosing tells the client of a stream that the server ends, if it does.
func (h *handler) noticeIfClosing(stream *answerWriter) {
	select {
	case <-h.closing:
		stream.giveNotice()
	default:
	}
}

// untilClosing returns a context that also ends when the server or the tenant does. Streams
// and subscriptions need it, since they do not end by themselves.
func (t *tenant) untilClosing(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-t.closing:
			cancel()
		case <-t.ended.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// serveStream serves a GET, which opens a stream from the server to the client.
// The stream ends when the server does. Over streamable HTTP it needs a live
// session; the modern era has none, and gets 405.
func (t *tenant) serveStream(w http.ResponseWriter, r *http.Request) {
	if t.transport == "http" && !t.sessions.isKnown(r.Header.Get(server.HeaderKeySessionID)) {
		status := http.StatusNotFound
		if r.Header.Get(server.HeaderKeySessionID) == "" || r.Header.Get(mcp.HeaderProtocolVersion) == mcp.ProtocolVersion20260728 {
			status = http.StatusMethodNotAllowed
			w.Header().Set("Allow", "POST")
		}
		http.Error(w, "a stream requires a session; initialize first", status)
		return
	}
	ctx, cancel := t.untilClosing(r.Context())
	defer cancel()
	r = r.WithContext(ctx)
	answer := newAnswerWriter(w, func(response []byte) bool { return t.streams.isCancelled(ctx, response) })
	answer.redact = t.redact
	defer answer.end()
	defer t.noticeIfClosing(answer)
	w = answer
	if t.transport == "sse" {
		w = &countingWriter{ResponseWriter: w, streams: t.streams, ctx: ctx}
		leave, ok := t.enterStream(w, r)
		if !ok {
			return
		}
		defer leave()
	}
	defer t.sessions.use(r.Header.Get(server.HeaderKeySessionID))()
	t.inner.ServeHTTP(w, r)
}
