// Package wire speaks Jira Cloud's REST API for the embedded site: the same
// paths, status codes, headers, error bodies and oddities, as strict as Jira.
// Unknown query parameters and unknown body keys are refused, which Jira does
// not always do: a client that sends one has a bug.
package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/search"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// Server is the site as an http.Handler.
type Server struct {
	Site   *store.Site
	Tokens []access.Token
	// Media is the address of the host that keeps files; the site's when empty.
	Media string

	mu      sync.Mutex
	unknown []string
	limits  []throttle
	traces  int
}

type throttle struct {
	wait   time.Duration
	reason string
}

// New makes the handler for a site.
func New(site *store.Site, tokens []access.Token) *Server {
	return &Server{Site: site, Tokens: tokens}
}

// Throttle makes the next n API requests fail with 429.
func (s *Server) Throttle(n int, wait time.Duration, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.limits = append(s.limits, throttle{wait, reason})
	}
}

// Unknown lists the requests that no endpoint answered.
func (s *Server) Unknown() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unknown)
}

type gatewayKey struct{}

// ServeHTTP implements http.Handler: the site's own addresses, and the
// gateway's below /ex/jira/{cloudId}.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if rest, ok := strings.CutPrefix(r.URL.Path, "/ex/jira/"); ok {
		id, _, _ := strings.Cut(rest, "/")
		if id != s.Site.CloudID {
			writeJSON(w, http.StatusNotFound, map[string]any{"code": 404, "message": "Not Found"})
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), gatewayKey{}, true))
		http.StripPrefix("/ex/jira/"+id, http.HandlerFunc(s.route)).ServeHTTP(w, r)
		return
	}
	s.route(w, r)
}

func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == "/_edge/tenant_info" {
		writeJSON(w, http.StatusOK, map[string]string{"cloudId": s.Site.CloudID})
		return
	}
	if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, mediaPath) {
		s.media(w, r)
		return
	}
	for _, rt := range routes {
		if rt.matches(r) {
			s.serve(w, r, rt)
			return
		}
	}
	s.notFound(w, r)
}

// matches compares segment by segment and notes the placeholders' values.
// http.ServeMux cannot hold these paths: issue/createmeta/{project}/issuetypes
// and issue/{key}/comment/{id} overlap. In the table, literals come first.
func (rt route) matches(r *http.Request) bool {
	if rt.method != r.Method {
		return false
	}
	want, got := strings.Split(rt.path, "/"), strings.Split(r.URL.EscapedPath(), "/")
	if len(want) != len(got) {
		return false
	}
	for n, w := range want {
		if !strings.HasPrefix(w, "{") && w != got[n] || got[n] == "" && n > 0 {
			return false
		}
	}
	for n, w := range want {
		if strings.HasPrefix(w, "{") {
			value, err := url.PathUnescape(got[n])
			if err != nil {
				return false
			}
			r.SetPathValue(strings.Trim(w, "{}"), value)
		}
	}
	return true
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if len(s.unknown) < 1000 {
		s.unknown = append(s.unknown, r.Method+" "+r.URL.Path)
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusNotFound, map[string]any{"errorMessages": []string{"dead link"}, "errors": map[string]string{}})
}

// route is one endpoint.
type route struct {
	method, path      string
	classic, granular []string // scopes
	query             []string // parameters it takes
	status            int      // of success
	anonymous         bool     // answered to nobody as well
	accepts           string   // the body's type, when it is not JSON
	bare              bool     // it takes no body
	handle            func(*request) (any, error)
}

// request is a call that passed the gate.
type request struct {
	*http.Request
	server  *Server
	site    *store.Site
	user    *store.User // nil for nobody
	body    []byte
	baseURL string // of the site, also through the gateway
	zone    *time.Location
}

// problem is an error answer.
type problem struct {
	status   int
	messages []string
	fields   map[string]string
}

func (p *problem) Error() string { return strings.Join(append(p.messages, values(p.fields)...), "; ") }

func fail(status int, message string, args ...any) *problem {
	return &problem{status: status, messages: []string{fmt.Sprintf(message, args...)}}
}

func failField(field, message string, args ...any) *problem {
	return &problem{status: http.StatusBadRequest, fields: map[string]string{field: fmt.Sprintf(message, args...)}}
}

const maxBody = 8 << 20

func (s *Server) serve(w http.ResponseWriter, r *http.Request, rt route) {
	h := w.Header()
	s.mu.Lock()
	s.traces++
	h.Set("Atl-Traceid", fmt.Sprintf("%032x", s.traces))
	var limit *throttle
	if len(s.limits) > 0 {
		limit, s.limits = &s.limits[0], s.limits[1:]
	}
	s.mu.Unlock()
	// For clients in other processes: this header asks for a 429 with as many
	// seconds to wait.
	if seconds, err := strconv.Atoi(r.Header.Get("X-Sandbox-Throttle")); err == nil {
		limit = &throttle{time.Duration(seconds) * time.Second, "jira-burst-based"}
	}
	if limit != nil {
		h.Set("Retry-After", strconv.Itoa(int(limit.wait.Seconds())))
		h.Set("RateLimit-Reason", limit.reason)
		writeJSON(w, http.StatusTooManyRequests, map[string]any{"errorMessages": []string{"Rate limit exceeded."}, "errors": map[string]string{}})
		return
	}

	gateway := r.Context().Value(gatewayKey{}) != nil
	caller := access.Identify(s.Tokens, r.Header, gateway)
	switch {
	case caller.User != nil:
		h.Set("X-AAccountId", caller.User.ID)
		h.Set("X-Seraph-LoginReason", "OK")
		if !caller.HasScopes(rt.classic, rt.granular) {
			writeJSON(w, http.StatusUnauthorized, map[string]any{"code": 401, "message": "Unauthorized; scope does not match"})
			return
		}
	case gateway:
		writeJSON(w, http.StatusUnauthorized, map[string]any{"code": 401, "message": "Unauthorized"})
		return
	default:
		if caller.Failed {
			h.Set("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")
		}
		if !rt.anonymous {
			http.Error(w, "Client must be authenticated to access this resource.", http.StatusUnauthorized)
			return
		}
	}
	s.answer(w, r, rt, caller.User)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, rt route, user *store.User) {
	req := &request{Request: r, server: s, site: s.Site, user: user, zone: time.UTC, baseURL: "http://" + r.Host}
	if user != nil {
		if zone, err := time.LoadLocation(user.TimeZone); err == nil {
			req.zone = zone
		}
	}
	out, err := req.run(w, rt)
	if err != nil {
		writeProblem(w, err)
		return
	}
	if _, nothing := out.(empty); nothing {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8") // as the document has it, though there is none
		w.WriteHeader(rt.status)
		return
	}
	if rt.status == http.StatusNoContent || out == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	switch out := out.(type) {
	case refusedAll:
		writeJSON(w, http.StatusBadRequest, out.body)
	case file:
		writeFile(w, out)
	case moved:
		w.Header().Set("Location", out.to)
		w.WriteHeader(http.StatusSeeOther)
	default:
		writeJSON(w, rt.status, out)
	}
}

func (r *request) run(w http.ResponseWriter, rt route) (any, error) {
	for name := range r.URL.Query() {
		if !slices.Contains(rt.query, name) {
			return nil, fail(http.StatusBadRequest, "Unknown query parameter '%s'.", name)
		}
	}
	if (r.Method == http.MethodPost || r.Method == http.MethodPut) && !rt.bare {
		accepts := "application/json"
		if rt.accepts != "" {
			accepts = rt.accepts
		}
		if ct := r.Header.Get("Content-Type"); !strings.HasPrefix(ct, accepts) {
			return nil, fail(http.StatusUnsupportedMediaType, "Content-Type '%s' is not supported.", ct)
		}
		if rt.accepts != "" {
			return rt.handle(r) // it reads the body itself
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			return nil, fail(http.StatusRequestEntityTooLarge, "The request is too large.")
		}
		r.body = body
	}
	return rt.handle(r)
}

// decode reads the body strictly.
func (r *request) decode(into any) error {
	dec := json.NewDecoder(strings.NewReader(string(r.body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fail(http.StatusBadRequest, "Invalid request payload. Refer to the REST API documentation and try again. (%v)", err)
	}
	return nil
}

func writeProblem(w http.ResponseWriter, err error) {
	var p *problem
	var bad *search.Error
	switch {
	case errors.As(err, &p):
	case errors.As(err, &bad):
		p = &problem{status: http.StatusBadRequest, messages: bad.Messages}
	default:
		p = fail(http.StatusInternalServerError, "Internal server error: %v", err)
	}
	if p.messages == nil {
		p.messages = []string{}
	}
	if p.fields == nil {
		p.fields = map[string]string{}
	}
	writeJSON(w, p.status, map[string]any{"errorMessages": p.messages, "errors": p.fields})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	// The client may be gone; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(v)
}

// number reads a query parameter that is a whole number.
func (r *request) number(name string, def, max int) (int, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return def, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, fail(http.StatusBadRequest, "'%s' is not a valid value for '%s'.", s, name)
	}
	return min(n, max), nil
}

// list reads a comma-separated, perhaps repeated parameter.
func (r *request) list(name string) []string {
	var out []string
	for _, v := range r.URL.Query()[name] {
		for _, s := range strings.Split(v, ",") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// time writes a moment as Jira does, in the user's zone.
func (r *request) time(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.In(r.zone).Format("2006-01-02T15:04:05.000-0700")
}
