package toolstest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// WriteRequests returns the requests that change something: Jira has reads by
// POST too.
func WriteRequests(requests []string) []string {
	return slices.DeleteFunc(slices.Clone(requests), func(r string) bool {
		return strings.HasPrefix(r, "GET ") || strings.HasSuffix(r, "/search/jql") || strings.Contains(r, "/search/approximate") || strings.HasSuffix(r, "/bulkfetch") || strings.HasSuffix(r, "/permissions/check")
	})
}

// Faulty is a site that answers some requests with an error. It records all of
// them.
type Faulty struct {
	B     *Server
	Next  http.Handler
	Fault func(r *http.Request) int // returns a status; 0 passes the request on
}

// ServeHTTP implements http.Handler.
func (f *Faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.B.Mu.Lock()
	f.B.Requests = append(f.B.Requests, r.Method+" "+r.URL.Path)
	f.B.Mu.Unlock()
	if status := f.Fault(r); status != 0 {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-AAccountId", "somebody")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"errorMessages": []string{"No."}})
		return
	}
	f.Next.ServeHTTP(w, r)
}

// IsCreate reports whether a request creates one issue.
func IsCreate(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/issue")
}
