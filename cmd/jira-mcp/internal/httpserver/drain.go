package httpserver

import (
	"context"
	"errors"
	"net/http"
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

// drain ends the server in three steps: it stops listening, waits for the calls
// in flight to be answered, and then ends the streams. It takes at most Grace
// and closes what is open then.
//
// The order matters. Shutdown waits for open connections, and a stream is one
// that never ends by itself; but an SSE call is answered on a stream. So
// Shutdown runs in the background, and the streams are closed when no call
// needs them.
func (h *handler) drain(ctx context.Context, srv *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, Grace)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- srv.Shutdown(ctx) }()
	for h.isBusy() && ctx.Err() == nil {
		select {
		case <-h.idle:
		case <-h.streams.idle:
		case <-ctx.Done():
		}
	}
	close(h.closing)
	err := <-closed
	if errors.Is(err, context.DeadlineExceeded) {
		return srv.Close()
	}
	return err
}
