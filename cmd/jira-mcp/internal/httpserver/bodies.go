package httpserver

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

const (
	// maxBodies is how many bytes of request bodies the server holds at once.
	// 200 slow bodies of 4 MiB would otherwise take 1.9 GiB.
	maxBodies = 64 << 20
	// maxSubscription is the size of the largest request for a subscription, whose
	// bytes are not counted: it stays open.
	maxSubscription = 64 << 10
	// firstRead is the size of the first buffer for a body. Most are smaller.
	firstRead = 4 << 10
)

// errTooManyBodies reports a body that does not fit beside those of other requests.
var errTooManyBodies = errors.New("the server holds too many large requests at the moment")

// NetworkOf returns the network of a request's caller: see [kit.Caller.Network].
func NetworkOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return kit.Caller{Address: host}.Network()
}

// bodies counts the bytes of the bodies that are held.
type bodies struct {
	// ofCaller is how many bytes one caller may hold: see [shareOf].
	ofCaller int

	mu    sync.Mutex
	total int
	by    map[string]int // by caller
}

func newBodies(ofCaller int) *bodies { return &bodies{ofCaller: ofCaller, by: map[string]int{}} }

// shareOf returns how much of a limit one caller may take: half of it, so that one
// cannot take all, or all of it if callers are told apart by an address that they
// share.
func shareOf(limit int, shareAddress bool) int {
	if shareAddress {
		return limit
	}
	return limit / 2
}

// reserve counts more bytes of a caller's bodies. It reports false if they would
// be too many.
func (b *bodies) reserve(caller string, size int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.total+size > maxBodies || b.by[caller]+size > b.ofCaller {
		return false
	}
	b.total += size
	b.by[caller] += size
	return true
}

// release takes bytes out of the count again.
func (b *bodies) release(caller string, size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.total -= size
	if b.by[caller] -= size; b.by[caller] == 0 {
		delete(b.by, caller)
	}
}

// heldBody is a body, or its beginning, whose bytes are counted.
type heldBody struct {
	of     *bodies
	caller string
	data   []byte
	// released reports that the bytes are not counted any more.
	released bool
}

// read reads a body up to [jsonrpc.MaxMessage] and one byte more, so that the
// caller can tell a longer one. It counts the buffer as it grows, and not the
// length that the request declares: a slow sender takes no more than it has sent.
// The caller has to call end, also after an error.
func (b *bodies) read(caller string, from io.Reader) (*heldBody, error) {
	h := &heldBody{of: b, caller: caller}
	for {
		if len(h.data) == cap(h.data) {
			if !h.grow() {
				return h, errTooManyBodies
			}
		}
		n, err := from.Read(h.data[len(h.data):min(cap(h.data), jsonrpc.MaxMessage+1)])
		h.data = h.data[:len(h.data)+n]
		switch {
		case errors.Is(err, io.EOF) || err == nil && len(h.data) > jsonrpc.MaxMessage:
			return h, nil
		case err != nil:
			return h, err
		}
	}
}

// grow doubles the buffer. It counts the new one while the old one is still held.
func (h *heldBody) grow() bool {
	was := cap(h.data)
	size := min(max(2*was, firstRead), jsonrpc.MaxMessage+1)
	if !h.of.reserve(h.caller, size) {
		return false
	}
	grown := make([]byte, len(h.data), size)
	copy(grown, h.data)
	h.data = grown
	h.of.release(h.caller, was)
	return true
}

// end gives the bytes back, if [heldBody.release] has not.
func (h *heldBody) end() {
	h.release()
	h.data = nil
}

// release takes the bytes out of the count; the body stays readable.
func (h *heldBody) release() {
	if !h.released {
		h.of.release(h.caller, cap(h.data))
	}
	h.released = true
}

// readBody reads the body of a request whole, and the envelope of its message into
// s. It answers a request that breaks a limit, with the message's id as far as it is
// known, and then reports false. The caller has to call end in any case.
func (h *handler) readBody(w http.ResponseWriter, r *http.Request, caller string, s *jsonrpc.Scanner) (*heldBody, bool) {
	// This deadline is for the body alone: http.Server.ReadTimeout would also
	// end the context of a call that takes longer.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(readTimeout))
	if r.ContentLength > jsonrpc.MaxMessage {
		w.Header().Set("Connection", "close")
		writeError(w, http.StatusRequestEntityTooLarge, nil, jsonrpc.InvalidRequest, jsonrpc.Validate(int(r.ContentLength), true, &jsonrpc.Scanner{}))
		return &heldBody{of: h.bodies}, false
	}
	held, err := h.bodies.read(caller, io.TeeReader(r.Body, s))
	if errors.Is(err, errTooManyBodies) {
		w.Header().Set("Connection", "close")
		w.Header().Set("Retry-After", "5")
		writeError(w, http.StatusServiceUnavailable, s.ID(), jsonrpc.InvalidRequest, err.Error())
		return held, false
	}
	body := held.data
	size := len(body)
	if err == nil && size > jsonrpc.MaxMessage {
		// Read on, up to maxScanned bytes, for the id to answer with.
		_, err = io.Copy(s, io.LimitReader(r.Body, maxScanned))
		w.Header().Set("Connection", "close")
	}
	if err != nil {
		// The deadline stays, since net/http would wait for the rest of the
		// body without one.
		w.Header().Set("Connection", "close")
		http.Error(w, "the request could not be read in time", http.StatusRequestTimeout)
		return held, false
	}
	_ = control.SetReadDeadline(time.Time{})
	if problem := jsonrpc.Validate(size, utf8.Valid(body), s); problem != "" {
		status := http.StatusBadRequest
		if size > jsonrpc.MaxMessage {
			status = http.StatusRequestEntityTooLarge
		}
		writeError(w, status, s.ID(), jsonrpc.InvalidRequest, problem)
		return held, false
	}
	if !json.Valid(body) {
		writeError(w, http.StatusBadRequest, nil, jsonrpc.ParseError, "the request is not JSON")
		return held, false
	}
	return held, true
}
