package httpserver

import (
	"crypto/rand"
	"errors"
	"sync"
)

// maxSessions bounds the number of sessions, and so the memory that they take.
const maxSessions = 10_000

// sessions is the set of live sessions of streamable HTTP. It implements
// mcp-go's server.SessionIdManager, since the managers of mcp-go v1.2.1 either
// accept any well-formed id or keep an id for ever (176 bytes each). Sessions
// that are idle for SessionTTL are ended by mcp-go, which calls Terminate.
// Remove when mcp-go has a manager that accepts live sessions only and forgets
// ended ones.
type sessions struct {
	mu   sync.Mutex
	live map[string]struct{}
	// ended is called with the id of a session that has ended.
	ended func(id string)
}

// newSessions returns an empty set. ended is called for each session that ends.
func newSessions(ended func(id string)) *sessions {
	return &sessions{live: map[string]struct{}{}, ended: ended}
}

// newID returns an id that nobody can guess: whoever knows a session's id can
// act in it.
func newID() string { return rand.Text() }

// errNoSession makes mcp-go answer 404, upon which a client initializes again.
var errNoSession = errors.New("no such session")

// Generate implements server.SessionIdManager. It returns the id of a new
// session.
func (s *sessions) Generate() string {
	id := newID()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live[id] = struct{}{}
	return id
}

// Validate implements server.SessionIdManager. An ended session is an unknown
// one: terminated is always false.
func (s *sessions) Validate(id string) (terminated bool, err error) {
	if !s.isKnown(id) {
		return false, errNoSession
	}
	return false, nil
}

// Terminate implements server.SessionIdManager. It forgets the session.
func (s *sessions) Terminate(id string) (notAllowed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, id)
	s.ended(id)
	return false, nil
}

// isKnown reports whether a session is live.
func (s *sessions) isKnown(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.live[id]
	return ok
}

// isFull reports whether there are maxSessions sessions.
func (s *sessions) isFull() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.live) >= maxSessions
}
