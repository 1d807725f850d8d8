package httpserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

// slowBody is the beginning of a body whose rest does not come.
type slowBody struct {
	size int
	wait chan struct{}
}

// Read implements io.Reader.
func (s *slowBody) Read(p []byte) (int, error) {
	if s.size == 0 {
		<-s.wait
		return 0, io.ErrUnexpectedEOF
	}
	n := min(s.size, len(p))
	s.size -= n
	return n, nil
}

// TestBodiesAreBounded checks that many slow requests hold no more than the budget,
// that one network cannot take all of it, and that it is given back.
func TestBodiesAreBounded(t *testing.T) {
	b := newBodies(maxBodies / 2)
	wait := make(chan struct{})
	ended := make(chan error)
	for n := range 200 {
		go func() {
			held, err := b.read(fmt.Sprint("network ", n%4), &slowBody{size: jsonrpc.MaxMessage - 1, wait: wait})
			if errors.Is(err, errTooManyBodies) {
				held.end()
				ended <- err
				return
			}
			ended <- err
			held.end()
		}()
	}
	refused := 0
	for range 200 - maxBodies/jsonrpc.MaxMessage {
		if err := <-ended; errors.Is(err, errTooManyBodies) {
			refused++
		}
	}
	b.mu.Lock()
	total := b.total
	b.mu.Unlock()
	if refused < 180 || total > maxBodies {
		t.Errorf("%d requests were refused, %d bytes are held", refused, total)
	}
	close(wait)
	for range maxBodies / jsonrpc.MaxMessage {
		<-ended
	}
	held, err := b.read("another", bytes.NewReader(make([]byte, 5<<20)))
	if err != nil || len(held.data) != jsonrpc.MaxMessage+1 {
		t.Errorf("a body of 5 MiB: %d bytes, %v", len(held.data), err)
	}
	held.end()
	if !b.reserve("one", b.ofCaller) || b.reserve("one", 1) || !b.reserve("other", 1) {
		t.Error("the share of a network does not hold")
	}
}

// openSession opens a session for a caller at an address, and returns its id.
func openSession(t *testing.T, h *handler, address, clientName string) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/mcp",
		strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"`+clientName+`","version":"1"}}}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.RemoteAddr = address + ":50000"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("initialize: %d %s", w.Code, w.Body)
	}
	return w.Header().Get(server.HeaderKeySessionID)
}

// newTestHandler returns a handler with one tenant for all callers.
func newTestHandler(t *testing.T) (*handler, *tenant) {
	t.Helper()
	everyone := User{ID: "everyone", Open: func() (Tenant, error) { return Tenant{MCP: server.NewMCPServer("x", "1")}, nil }}
	h := newHandler(Options{Transport: "http", Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler), base: context.Background(),
		User: func(*http.Request) (User, error) { return everyone, nil }})
	one, release, err := h.users.Acquire(t.Context(), everyone.ID, func() (*tenant, func(), error) { return h.open(everyone) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { release(); h.users.Close() })
	return h, one
}

// TestSessionsMakeRoom checks that clients that open sessions and never end them
// lock nobody out: the caller with the most sessions loses the ones that it does
// not use.
func TestSessionsMakeRoom(t *testing.T) {
	h, everyone := newTestHandler(t)
	const most = 100
	h.sessions.limit = most * (sessionBytes + 500)
	quiet := openSession(t, h, "10.0.0.1", "quiet")
	busy := openSession(t, h, "10.0.0.2", "busy")
	end := everyone.sessions.use(busy)
	first := openSession(t, h, "10.0.0.2", "first")
	for n := range most + 50 {
		openSession(t, h, "10.0.0.2", fmt.Sprint("client ", n))
	}
	if n := len(h.sessions.live); n > most+5 || n < most-5 || h.sessions.bytes > h.sessions.limit {
		t.Errorf("%d sessions with %d bytes", n, h.sessions.bytes)
	}
	for id, want := range map[string]bool{quiet: true, busy: true, first: false} {
		if everyone.sessions.isKnown(id) != want {
			t.Errorf("a session is known: %v, want %v", !want, want)
		}
	}
	end()
	for n := range 20 { // large initialize requests count with what they keep
		openSession(t, h, "10.0.0.3", fmt.Sprint(n, strings.Repeat("x", 20<<10)))
	}
	if h.sessions.bytes > h.sessions.limit || len(h.sessions.live) > most-35 {
		t.Errorf("%d sessions with %d bytes", len(h.sessions.live), h.sessions.bytes)
	}
	for id := range h.sessions.live {
		_, _ = everyone.sessions.Terminate(id)
	}
	if h.sessions.bytes != 0 || h.sessions.opening != 0 {
		t.Errorf("%d bytes and %d opening are left", h.sessions.bytes, h.sessions.opening)
	}
}

// TestEveryInitializeIsCounted checks that a request that only quotes the name of the
// newer era's member opens a session like any other.
func TestEveryInitializeIsCounted(t *testing.T) {
	h, _ := newTestHandler(t)
	h.sessions.limit = 10 * (sessionBytes + 1000)
	for range 50 {
		openSession(t, h, "10.0.0.1", metaVersion)
	}
	if n := len(h.sessions.live); n > 11 || h.sessions.bytes == 0 {
		t.Errorf("%d sessions with %d bytes", n, h.sessions.bytes)
	}
}

// TestCancellationsOfOneID checks that the end of one request does not take the
// cancellation of another with the same id.
func TestCancellationsOfOneID(t *testing.T) {
	c := newCancellations()
	slow, endSlow := c.begin("s", "1")
	_, endQuick := c.begin("s", "1")
	endQuick()
	c.cancel("s", "1")
	if !slow(nil) {
		t.Error("the slow request is not cancelled")
	}
	endSlow()
	if len(c.open) > 0 {
		t.Errorf("%d requests are left", len(c.open))
	}
}

// unusedOwner is a tenant none of whose sessions may be ended.
type unusedOwner struct{ t *testing.T }

func (o unusedOwner) closeSession(string) { o.t.Error("a session was ended") }
func (o unusedOwner) sessionEnded(string) { o.t.Error("a session has ended") }

// TestAllSessionsInUse checks that no session in use is ended for a new one.
func TestAllSessionsInUse(t *testing.T) {
	s := newSessionTable(time.Now).of(unusedOwner{t})
	for range maxSessionBytes / sessionBytes {
		opened, ok := s.admit("one", 0)
		if !ok {
			t.Fatal("no room")
		}
		id := s.Generate()
		opened(id)
		s.use(id)
	}
	if _, ok := s.admit("two", 0); ok {
		t.Error("there is room for more")
	}
}

// TestStreamsAreBounded checks that one network cannot open all streams.
func TestStreamsAreBounded(t *testing.T) {
	s := newStreamTable(maxStreams / 2)
	n := 0
	for {
		if _, ok := s.enter("one"); !ok {
			break
		}
		n++
	}
	if _, ok := s.enter("two"); n != maxStreams/2 || !ok {
		t.Errorf("%d streams of one network; another may open one: %v", n, ok)
	}
}
