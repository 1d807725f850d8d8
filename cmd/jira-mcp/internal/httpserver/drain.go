package httpserver

import (
	"context"
	"errors"
	"net/http"
)

func (h *handler) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inFlight++
}

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

func (h *handler) busy() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.inFlight > 0 || h.streams.busy()
}

// drain stops listening, waits for the calls in flight to be answered, then
// ends the streams.
func (h *handler) drain(ctx context.Context, srv *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, Grace)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- srv.Shutdown(ctx) }()
	for h.busy() && ctx.Err() == nil {
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
