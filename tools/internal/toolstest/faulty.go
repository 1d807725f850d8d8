package toolstest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Wrote lists the requests that change something.
func Wrote(requests []string) []string {
	return slices.DeleteFunc(slices.Clone(requests), func(r string) bool {
		return strings.HasPrefix(r, "GET ") || strings.HasSuffix(r, "/search/jql") || strings.Contains(r, "/search/approximate") || strings.HasSuffix(r, "/bulkfetch") || strings.HasSuffix(r, "/permissions/check")
	})
}

// Faulty is a site whose answers to some requests a test makes up.
type Faulty struct {
	B     *Server
	Next  http.Handler
	Fault func(r *http.Request) int // a status; 0 passes on
}

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

func IsCreate(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/issue")
}
