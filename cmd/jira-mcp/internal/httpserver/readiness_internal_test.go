package httpserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestProbesAskSeldom checks that any number of probes asks Jira once in 30 seconds, and
// that its answer is reported.
func TestProbesAskSeldom(t *testing.T) {
	now := time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	asked, failure := 0, error(nil)
	h, _ := newTestHandler(t)
	h.ready = newReadiness(func(context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		asked++
		return failure
	}, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	shown := ""
	probe := func() int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/readyz", nil))
		if w.Code != http.StatusOK {
			shown = w.Body.String()
		}
		return w.Code
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if code := probe(); code != http.StatusOK {
				t.Errorf("status %d", code)
			}
		})
	}
	wg.Wait()
	failure = errors.New("down")
	now = now.Add(29 * time.Second)
	if code := probe(); code != http.StatusOK || asked != 1 {
		t.Errorf("status %d after %d requests", code, asked)
	}
	now = now.Add(time.Second)
	if code := probe(); code != http.StatusServiceUnavailable || asked != 2 {
		t.Errorf("status %d after %d requests", code, asked)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/healthz", nil))
	if w.Code != http.StatusOK {
		t.Error("a process that lives is not alive:", w.Code)
	}
	if !strings.Contains(shown, "not ready") || strings.Contains(shown, "down") {
		t.Errorf("a probe shows %q", shown)
	}
}
