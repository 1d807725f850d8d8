package httpserver

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// TestHeartbeats checks that a stream carries a comment at least every half minute,
// and that other answers carry none.
func TestHeartbeats(t *testing.T) {
	for mediaType, want := range map[string]string{
		"text/event-stream": "data: 1\n\n: keep-alive\n\n: keep-alive\n\n",
		"application/json":  "data: 1\n\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			rec := httptest.NewRecorder()
			w := newAnswerWriter(rec, nil)
			w.Header().Set("Content-Type", mediaType)
			w.WriteHeader(http.StatusOK)
			_, _ = w.Write([]byte("data: 1\n\n"))
			time.Sleep(59 * time.Second)
			w.end()
			time.Sleep(time.Hour)
			if got := rec.Body.String(); got != want {
				t.Errorf("%s: %q", mediaType, got)
			}
		})
	}
}
