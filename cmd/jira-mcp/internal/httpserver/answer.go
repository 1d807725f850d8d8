package httpserver

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

// heartbeat is how often a stream carries a comment, which clients ignore (HTML,
// server-sent events). It is less than the minute after which proxies close a
// connection without traffic: that is the default of nginx and of AWS's load
// balancers.
const heartbeat = 25 * time.Second

// answerWriter writes the answer to a request, JSON or a stream of events:
//
//   - A stream asks proxies not to buffer it (nginx, X-Accel-Buffering) and has
//     heartbeats.
//   - A request that its client cancelled gets no answer (MCP, cancellation): a
//     stream ends without one, and JSON that has not begun becomes 202 without a
//     body. mcp-go v1.2.1 would answer.
//
// It relies on mcp-go writing one whole event per call.
type answerWriter struct {
	http.ResponseWriter
	isCancelled func(response []byte) bool // may be called several times
	id          []byte                     // of the request, as it is written; nil for a stream
	redact      func([]byte) []byte        // of errors; may be nil

	mu       sync.Mutex // orders writes, and guards the fields below
	started  bool       // the header is written
	isStream bool
	dropped  bool // the body is not written
	stop     chan struct{}
	stopped  chan struct{}
}

// newAnswerWriter returns a writer for one request. isCancelled reports whether a
// response, without its data prefix, is not wanted any more; nil for never. The
// caller has to call end.
func newAnswerWriter(w http.ResponseWriter, isCancelled func(response []byte) bool) *answerWriter {
	if isCancelled == nil {
		isCancelled = func([]byte) bool { return false }
	}
	return &answerWriter{ResponseWriter: w, isCancelled: isCancelled}
}

// Unwrap is for [http.ResponseController].
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements [http.ResponseWriter].
func (w *answerWriter) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(status)
}

func (w *answerWriter) writeHeader(status int) {
	if w.started {
		return
	}
	w.started = true
	h := w.Header()
	w.isStream = strings.HasPrefix(h.Get("Content-Type"), "text/event-stream")
	switch {
	case w.isStream:
		h.Set("X-Accel-Buffering", "no")
		w.stop, w.stopped = make(chan struct{}), make(chan struct{})
		go w.beat(w.stop, w.stopped)
	case w.isCancelled(nil):
		w.dropped = true
		h.Del("Content-Type")
		h.Del("Content-Length")
		status = http.StatusAccepted
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *answerWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(http.StatusOK)
	if w.dropped || w.isStream && w.isUnwanted(p) {
		return len(p), nil
	}
	_, err := w.ResponseWriter.Write(jsonrpc.RedactError(jsonrpc.RestoreID(p, w.id), w.redact))
	return len(p), err
}

// isUnwanted reports whether an event is the response to a cancelled request.
func (w *answerWriter) isUnwanted(event []byte) bool {
	_, data, ok := bytes.Cut(event, []byte("data:"))
	if !ok {
		return false
	}
	var s jsonrpc.Scanner
	s.ScanResponse(data)
	return s.IsResponse() && w.isCancelled(data)
}

// Flush implements [http.Flusher], without which mcp-go refuses to stream.
func (w *answerWriter) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(http.StatusOK)
	w.flush()
}

func (w *answerWriter) flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// beat writes heartbeats until stop is closed.
func (w *answerWriter) beat(stop, stopped chan struct{}) {
	defer close(stopped)
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			w.mu.Lock()
			_, _ = w.ResponseWriter.Write([]byte(": keep-alive\n\n"))
			w.flush()
			w.mu.Unlock()
		case <-stop:
			return
		}
	}
}

// closingNotice is the last that a stream carries when the server ends: a comment, which
// clients ignore, and how long they should wait before they connect again (HTML,
// server-sent events), in milliseconds.
const closingNotice = ": the server is ending; connect again\nretry: 2000\n\n"

// giveNotice writes closingNotice to a stream.
func (w *answerWriter) giveNotice() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.isStream && w.started {
		_, _ = w.ResponseWriter.Write([]byte(closingNotice))
		w.flush()
	}
}

// end ends the heartbeats. Nothing may be written after it.
func (w *answerWriter) end() {
	w.mu.Lock()
	stop, stopped := w.stop, w.stopped
	w.mu.Unlock()
	if stop != nil {
		close(stop)
		<-stopped
	}
}
