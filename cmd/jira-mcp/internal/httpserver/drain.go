package httpserver

import (
	"context"
	"errors"
	"net/http"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/jsonrpc"
)

// begin counts a request as in flight.
func (h *handler) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inFlight++
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

// drain ends the server in four steps: it reports that it is not ready and refuses new
// requests (503), waits for the calls in flight to be answered, ends the streams with a
// notice, and stops listening. It takes at most Grace and closes what is open then.
//
// It listens until the calls are answered, so that a proxy that has not noticed yet gets
// an answer with Retry-After, and not a refused connection. Streams end after the calls,
// since an SSE call is answered on one.
func (h *handler) drain(ctx context.Context, srv *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, Grace)
	defer cancel()
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	for h.isBusy() && ctx.Err() == nil {
		select {
		case <-h.idle:
		case <-h.streams.idle:
		case <-ctx.Done():
		}
	}
	close(h.closing)
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return srv.Close()
	}
	return err
}
