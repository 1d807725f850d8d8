package httpserver

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

const (
	// readyFor is how long an answer about readiness is used again: orchestrators probe
	// every few seconds, and their probes must not eat Jira's limits.
	readyFor = 30 * time.Second
	// probeTimeout bounds one check.
	probeTimeout = 5 * time.Second
)

// readiness knows whether the server can do its work.
type readiness struct {
	probe func(context.Context) error // nil for always
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	at      time.Time     // of the last answer
	err     error         // the last answer
	running chan struct{} // closed when the check that is under way has ended; nil for none
}

func newReadiness(probe func(context.Context) error, now func() time.Time, log *slog.Logger) *readiness {
	return &readiness{probe: probe, now: now, log: log}
}

// check returns why the server is not ready; nil if it is. It asks at most once in
// readyFor, one request for all who wait.
func (r *readiness) check(ctx context.Context) error {
	if r.probe == nil {
		return nil
	}
	r.mu.Lock()
	if !r.at.IsZero() && r.now().Sub(r.at) < readyFor {
		defer r.mu.Unlock()
		return r.err
	}
	running := r.running
	if running == nil {
		running = make(chan struct{})
		r.running = running
		go r.ask(context.WithoutCancel(ctx), running)
	}
	r.mu.Unlock()
	select {
	case <-running:
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask makes one check.
func (r *readiness) ask(ctx context.Context, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	err := r.probe(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil && r.err == nil:
		r.log.WarnContext(ctx, "not ready", "error", err)
	case err == nil && r.err != nil:
		r.log.InfoContext(ctx, "ready again")
	}
	r.at, r.err, r.running = r.now(), err, nil
	close(done)
}

// serveHealth serves /healthz, which says that the process lives, and /readyz, which says
// whether it can do its work. Who asks has no token, so neither says anything else.
func (h *handler) serveHealth(w http.ResponseWriter, r *http.Request, path string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if path == readyPath {
		problem := ""
		if h.isDraining() {
			problem = "the server is ending"
		} else if err := h.ready.check(r.Context()); err != nil {
			problem = "Jira does not answer, or it rejects the credential of this server if it has one; see the log for details"
		}
		if problem != "" {
			w.Header().Set("Retry-After", "5")
			http.Error(w, fmt.Sprintf("not ready: %s", problem), http.StatusServiceUnavailable)
			return
		}
	}
	_, _ = io.WriteString(w, "ok\n")
}
