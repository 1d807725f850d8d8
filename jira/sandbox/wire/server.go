// Package wire is the HTTP layer of the sandbox. It serves Jira Cloud's REST
// API for a site of package store with Jira's paths, status codes, headers,
// error bodies and oddities, and is as strict as Jira. It also refuses unknown
// query parameters and unknown keys of a body, which Jira does not always do: a
// client that sends one has a bug.
//
// A request goes through these steps:
//
//  1. [Server.ServeHTTP] strips the gateway's prefix from the path.
//  2. Server.route looks up the endpoint in the table in routes.go.
//  3. Server.serve throttles the request, identifies the caller and checks the
//     scopes of the token.
//  4. request.run checks the query parameters and reads the body.
//  5. The endpoint's handler checks permissions, reads or changes the store,
//     and returns the value to render or an error.
//  6. Server.answer writes the value as JSON, or the error as Jira does.
//
// Read server.go and routes.go first, then read.go and render.go (issues as
// JSON), then write.go and setter.go (a change of an issue, field by field).
// Each of the other files holds one resource of the API, such as comments.go,
// worklogs.go or sprints.go. The files adf.go and adf_attrs.go validate rich
// text.
//
// Handlers have the signature
//
//	func getIssue(r *request) (any, error)
//
// and return a map (see [object]) for a JSON answer, nil for 204 No Content, or
// one of the types emptyAnswer, allFailed, file and redirect for other answers.
// An error of type [problem] becomes Jira's error body.
package wire

import (
	"bytes"
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

// Server serves one site. It implements http.Handler; requests may run
// concurrently.
type Server struct {
	Site *store.Site
	// MediaURL is the base URL of the host that serves attachments' files; empty
	// means the site itself.
	MediaURL string

	// mu guards the fields below: the tokens, which are replaced and never changed in
	// place, the requests without an endpoint, the pending
	// failures from Throttle, and the number of the last trace id.
	mu      sync.Mutex
	tokens  []access.Token
	unknown []string
	limits  []throttle
	traces  int
}

// throttle is one request to be answered with status 429.
type throttle struct {
	wait   time.Duration
	reason string
}

// New returns the handler for a site. tokens are the credentials it accepts.
func New(site *store.Site, tokens []access.Token) *Server {
	return &Server{Site: site, tokens: tokens}
}

// SetToken adds a token, or replaces the one with its value.
func (s *Server) SetToken(token access.Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(slices.DeleteFunc(slices.Clone(s.tokens), func(t access.Token) bool { return t.Value == token.Value }), token)
}

// currentTokens returns the tokens that count now.
func (s *Server) currentTokens() []access.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

// Throttle makes the next n API requests fail with status 429, a Retry-After of
// wait and a RateLimit-Reason of reason.
func (s *Server) Throttle(n int, wait time.Duration, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.limits = append(s.limits, throttle{wait, reason})
	}
}

// UnknownRequests lists the requests for which there is no endpoint, as "METHOD
// path". It keeps the first 1,000.
func (s *Server) UnknownRequests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unknown)
}

// gatewayKey is the context key that marks requests to the gateway.
type gatewayKey struct{}

// ServeHTTP implements http.Handler: the site's own paths, and those of
// Atlassian's API gateway below /ex/jira/{cloudId}. The gateway accepts other
// credentials than the site does (see access.Identify), so the request's
// context records where it arrived.
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

// route passes a request to its endpoint. Two paths are not in the table of
// routes, since they are no part of the REST API and need no credential: the
// site's cloud id and the files of attachments.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == "/_edge/tenant_info" {
		writeJSON(w, http.StatusOK, map[string]string{"cloudId": s.Site.CloudID})
		return
	}
	if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, mediaPath) {
		s.serveMedia(w, r)
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

// matches reports whether the route serves the request, and stores the values
// of the path's placeholders in it. It compares the paths segment by segment,
// on the escaped path, so that %2F does not separate segments.
//
// http.ServeMux cannot hold these paths, since
// issue/createmeta/{project}/issuetypes and issue/{key}/comment/{id} overlap.
// The first matching row of the table wins; there, literals come before
// placeholders.
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

// notFound answers 404 and records the request for [Server.UnknownRequests].
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if len(s.unknown) < 1000 {
		s.unknown = append(s.unknown, r.Method+" "+r.URL.Path)
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusNotFound, map[string]any{"errorMessages": []string{"dead link"}, "errors": map[string]string{}})
}

// route is one endpoint of the API.
type route struct {
	// method and path select the endpoint; the path's segments in braces are
	// placeholders.
	method, path string
	// classic and granular are the OAuth scopes of the operation. A scoped
	// token needs all scopes of one of the two lists.
	classic, granular []string
	// query lists the query parameters that the endpoint accepts.
	query []string
	// status is the status of a successful answer.
	status int
	// anonymous endpoints also answer callers without a credential.
	anonymous bool
	// accepts is the content type of the body, if it is not JSON. The handler
	// then reads the body itself.
	accepts string
	// bare marks a POST or PUT without a body.
	bare bool
	// handle is the handler; see the package comment for its results.
	handle func(*request) (any, error)
}

// request is one API call after routing, throttling and authentication.
// Handlers are functions of a request, and the lookup, parsing and rendering
// helpers are its methods, since most of them depend on the caller: on the
// permissions, the time zone or the address under which the site was called.
type request struct {
	*http.Request
	server *Server
	site   *store.Site
	// user is the caller; nil if the call is anonymous.
	user *store.User
	body []byte
	// baseURL is the site's address, also for calls through the gateway.
	baseURL string
	// zone is the caller's time zone; UTC if the call is anonymous.
	zone *time.Location
}

// problem is an error answer: a status, and messages for the request as a whole
// (errorMessages) or by field (errors).
type problem struct {
	status   int
	messages []string
	fields   map[string]string
}

// Error implements error. It joins all messages.
func (p *problem) Error() string { return strings.Join(append(p.messages, values(p.fields)...), "; ") }

// fail returns a problem with one message for the whole request.
func fail(status int, message string, args ...any) *problem {
	return &problem{status: status, messages: []string{fmt.Sprintf(message, args...)}}
}

// failField returns a problem with status 400 and one message for a field.
func failField(field, message string, args ...any) *problem {
	return &problem{status: http.StatusBadRequest, fields: map[string]string{field: fmt.Sprintf(message, args...)}}
}

// maxBody is the largest accepted JSON body: 8 MiB.
const maxBody = 8 << 20

// serve decides whether a request may reach the handler of its route. It sets a
// trace id, answers the failures from Throttle with 429, identifies the caller,
// and checks the scopes of the caller's token.
//
// The form of a refusal depends on the address: the gateway answers 401 with
// JSON of its own, the site with plain text. With a wrong credential an
// anonymous endpoint of the site still answers, but with the header
// X-Seraph-LoginReason: AUTHENTICATED_FAILED.
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
	// A client in another process cannot call Throttle. It sends this header to
	// get a 429 with that number of seconds to wait.
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
	caller := access.Identify(s.currentTokens(), r.Header, gateway)
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

// answer calls the handler and writes its result. A nil result becomes 204,
// also where the route's status is 200: PUT issue answers a body only if the
// caller asks for it with returnIssue.
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
	if _, nothing := out.(emptyAnswer); nothing {
		// The document declares the type, though the body is empty.
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		w.WriteHeader(rt.status)
		return
	}
	if rt.status == http.StatusNoContent || out == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	switch out := out.(type) {
	case allFailed:
		writeJSON(w, http.StatusBadRequest, out.body)
	case file:
		writeFile(w, out)
	case redirect:
		w.Header().Set("Location", out.to)
		w.WriteHeader(http.StatusSeeOther)
	default:
		writeJSON(w, rt.status, out)
	}
}

// run checks the query parameters and the content type against the route, reads
// the body, and calls the handler. Bodies of other types than JSON remain
// unread; the handler streams them.
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
			return rt.handle(r) // The handler reads the body itself.
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			return nil, fail(http.StatusRequestEntityTooLarge, "The request is too large.")
		}
		r.body = body
	}
	return rt.handle(r)
}

// decode reads the JSON body into a value and refuses unknown keys with 400.
func (r *request) decode(into any) error { return decodeStrictly(r.body, into) }

// decodeStrictly decodes a JSON value; an unknown key is an error.
func decodeStrictly(raw []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fail(http.StatusBadRequest, "Invalid request payload. Refer to the REST API documentation and try again. (%v)", err)
	}
	return nil
}

// writeProblem writes an error in Jira's form, {"errorMessages": [], "errors":
// {}}, both keys always present. JQL errors have status 400; any other error
// than a problem is a bug of the sandbox and has status 500.
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

// writeJSON writes a value with a status. Jira names the character set.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	// The error is ignored: the connection is gone, so no answer can report it.
	_ = json.NewEncoder(w).Encode(v)
}

// intParam returns a query parameter as a whole number: def if it is absent, and
// max if it is larger than that. Negative numbers and other texts fail with
// 400.
func (r *request) intParam(name string, def, max int) (int, error) {
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

// listParam returns the items of a comma-separated parameter, which may be
// repeated: fields=a,b&fields=c gives a, b and c.
func (r *request) listParam(name string) []string {
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

// formatTime returns a moment in Jira's format and in the caller's zone, or nil
// (JSON null) for the zero time.
func (r *request) formatTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.In(r.zone).Format(store.TimeLayout)
}
