package httpserver

import (
	"crypto/rand"
	"errors"
	"sync"
)

// maxSessions bounds what sessions can hold in memory.
const maxSessions = 10_000

// sessions is the list of live sessions: mcp-go's own either accept any
// well-formed id or never forget one.
type sessions struct {
	mu   sync.Mutex
	live map[string]struct{}
}

func newSessions() *sessions { return &sessions{live: map[string]struct{}{}} }

func newID() string { return rand.Text() }

var errNoSession = errors.New("no such session")

// Generate implements server.SessionIdManager.
func (s *sessions) Generate() string {
	id := newID()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live[id] = struct{}{}
	return id
}

// Validate implements server.SessionIdManager.
func (s *sessions) Validate(id string) (terminated bool, err error) {
	if !s.known(id) {
		return false, errNoSession
	}
	return false, nil
}

// Terminate implements server.SessionIdManager.
func (s *sessions) Terminate(id string) (notAllowed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, id)
	return false, nil
}

func (s *sessions) known(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.live[id]
	return ok
}

func (s *sessions) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.live) >= maxSessions
}
