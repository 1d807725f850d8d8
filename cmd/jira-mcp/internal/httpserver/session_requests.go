package httpserver

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

// checkSession reports whether a message over streamable HTTP may reach mcp-go,
// and answers it otherwise. It stops three kinds:
//
//   - A cancellation from a caller without a live session. mcp-go v1.2.1 keys
//     requests in flight by session id and request id, and all requests without
//     a session share the empty one, so that the cancellation would hit a call
//     of anybody. Callers of the modern era cancel by disconnecting.
//   - An initialize that would fail (see validInitialize).
//   - Another message of the older era without a session id.
//
// A message with an unknown session id passes; mcp-go answers it with 404.
func (t *tenant) checkSession(w http.ResponseWriter, r *http.Request, s *jsonrpc.Scanner, body []byte, modern bool) bool {
	session := r.Header.Get(server.HeaderKeySessionID)
	switch {
	case s.Method() == "notifications/cancelled" && (modern || !t.sessions.isKnown(session)):
		w.WriteHeader(http.StatusAccepted)
		return false
	case modern || s.Method() == "initialize":
		if s.Method() == "initialize" && !validInitialize(body) {
			writeError(w, http.StatusBadRequest, s.ID(), jsonrpc.InvalidParams, "initialize requires protocolVersion, capabilities and clientInfo")
			return false
		}
		return true
	case session == "":
		writeError(w, http.StatusBadRequest, s.ID(), jsonrpc.InvalidRequest, "the header Mcp-Session-Id is missing; initialize first")
		return false
	}
	return true
}

// serveInitialize serves the request that opens a session, of a size. If there are
// too many sessions, it ends an idle one.
func (t *tenant) serveInitialize(w http.ResponseWriter, r *http.Request, size int) {
	opened, ok := t.sessions.admit(t.caller(r), size)
	if !ok {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many sessions, and all of them are in use", http.StatusServiceUnavailable)
		return
	}
	defer func() { opened(w.Header().Get(server.HeaderKeySessionID)) }()
	t.inner.ServeHTTP(w, r)
}

// closeSession ends a session as its client's DELETE would, which is the only way
// in which mcp-go v1.2.1 ends one. Remove when it has a method for that.
func (t *tenant) closeSession(id string) {
	r, err := http.NewRequest(http.MethodDelete, t.prefix+mcpPath, nil) //nolint:noctx // it is not sent
	if err == nil {
		r.Header.Set(server.HeaderKeySessionID, id)
		t.inner.ServeHTTP(discard{http.Header{}}, r)
	}
	_, _ = t.sessions.Terminate(id) // in any case
}

// discard is a response that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// validInitialize reports whether an initialize request will succeed. mcp-go
// v1.2.1 opens a session for one that fails as well. Remove when it does not.
func validInitialize(body []byte) bool {
	var m struct {
		Params mcp.InitializeParams `json:"params"`
	}
	return json.Unmarshal(body, &m) == nil && m.Params.ProtocolVersion != ""
}

// sessionOf returns the id of a request's live session, or "".
func (t *tenant) sessionOf(r *http.Request) string {
	if t.transport == "sse" {
		if id := r.URL.Query().Get("sessionId"); t.streams.context(id) != nil {
			return id
		}
		return ""
	}
	if id := r.Header.Get(server.HeaderKeySessionID); t.sessions.isKnown(id) {
		return id
	}
	return ""
}

// serveSubscription serves a request whose answer stays open by design, so that it
// counts as a stream and its body is not counted.
func (t *tenant) serveSubscription(w http.ResponseWriter, r *http.Request, held *heldBody, id []byte) {
	if len(held.data) > maxSubscription {
		writeError(w, http.StatusRequestEntityTooLarge, id, jsonrpc.InvalidRequest, fmt.Sprintf("a subscription is longer than %d KiB", maxSubscription>>10))
		return
	}
	leave, ok := t.enterStream(w, r)
	if !ok {
		return
	}
	defer leave()
	held.release()
	ctx, cancel := t.untilClosing(r.Context())
	defer cancel()
	answer := newAnswerWriter(w, nil)
	answer.redact = t.redact
	defer answer.end()
	defer t.noticeIfClosing(answer)
	t.inner.ServeHTTP(answer, r.WithContext(ctx))
}

// enterStream counts a stream, or answers that there are too many.
func (t *tenant) enterStream(w http.ResponseWriter, r *http.Request) (leave func(), ok bool) {
	leave, ok = t.streams.enter(t.caller(r))
	if !ok {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many streams", http.StatusServiceUnavailable)
	}
	return leave, ok
}
