package httpserver

import (
	"net/http"
	"sync"
)

// HeaderStructured is the header with which a caller asks for structured content
// beside the text. [Options.Narrow] reads it.
const HeaderStructured = "X-MCP-Structured"

// structuredSessions remembers which sessions sent [HeaderStructured] with their
// last tools/list. A client of the older protocol eras that was given output
// schemas rejects a result without structured content, and some clients send
// the header with the list only. 2026-07-28 has no sessions: there, each request
// says it by itself.
type structuredSessions struct {
	mu   sync.Mutex
	wish map[string]string // the header's value by session id, for sessions that sent one
}

func newStructuredSessions() *structuredSessions {
	return &structuredSessions{wish: map[string]string{}}
}

// apply remembers the header of a request that lists tools, and adds the
// remembered one to other requests that have none.
func (s *structuredSessions) apply(session, method string, h http.Header) {
	if session == "" {
		return
	}
	given := h.Get(HeaderStructured)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case method != "tools/list":
		if wish := s.wish[session]; given == "" && wish != "" {
			h.Set(HeaderStructured, wish)
		}
	case given == "":
		delete(s.wish, session)
	default:
		s.wish[session] = given
	}
}

// forget removes a session that has ended.
func (s *structuredSessions) forget(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.wish, session)
}
