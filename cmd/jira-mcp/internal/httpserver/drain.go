package httpserver

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

// begin counts a message as in flight. It reports false if the server is ending and the
// message is a request: answers and cancellations for calls in flight are still taken.
func (h *handler) begin(isRequest bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if isRequest && h.draining {
		return false
	}
	h.inFlight++
	return true
}

// end counts a request as answered, and wakes drain after the last one. The
// channel idle holds one wake-up, and the send never blocks; drain checks
// isBusy again after each wake-up, so that none can be lost.
func (h *handler) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.inFlight--; h.inFlight == 0 {
		select {
		case h.idle <- struct{}{}:
		default:
		}
	}
}

// isBusy reports whether a request is in flight, or an SSE stream has an answer
// to deliver.
func (h *handler) isBusy() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.inFlight > 0 || h.streams.isBusy()
}

// isDraining reports whether the server is ending.
func (h *handler) isDraining() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.draining
}

// refuseWhileDraining refuses a new request or stream, since the server is ending.
func (h *handler) refuseWhileDraining(w http.ResponseWriter, id []byte) {
	w.Header().Set("Retry-After", "5")
	w.Header().Set("Connection", "close")
	writeError(w, http.StatusServiceUnavailable, id, jsonrpc.InvalidRequest, "the server is ending; try again")
}

// closeWithin is how long streams and connections may take to close at the end.
const closeWithin = 2 * time.Second

// drain ends the server in four steps: it reports that it is not ready and refuses new
// requests (503), waits for the calls in flight to be answered, ends the streams with a
// notice, and stops listening. It takes at most Grace and closes what is open then.
//
// While calls are in flight it listens, so that a proxy that has not noticed yet gets an
// answer with Retry-After, and not a refused connection. Streams end after the calls,
// since an SSE call is answered on one.
func (h *handler) drain(ctx context.Context, srv *http.Server) error {
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	h.awaitCalls(ctx)
	close(h.closing)
	ctx, cancel := context.WithTimeout(ctx, closeWithin)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return srv.Close()
	}
	return err
}

// awaitCalls waits until no call is in flight, but leaves time to close the streams
// within Grace.
func (h *handler) awaitCalls(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, Grace-closeWithin)
	defer cancel()
	for h.isBusy() && ctx.Err() == nil {
		select {
		case <-h.idle:
		case <-h.streams.idle:
		case <-ctx.Done():
		}
	}
}
