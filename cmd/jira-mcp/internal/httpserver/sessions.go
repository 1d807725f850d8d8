package httpserver

import (
	"crypto/rand"
	"errors"
	"sync"
	"time"
)

const (
	// maxSessions and maxSessionBytes bound the sessions, and so the memory that
	// they take.
	maxSessions     = 10_000
	maxSessionBytes = 64 << 20
	// sessionBytes is what a session takes in mcp-go v1.2.1: 9.4 KiB, nearly all for
	// a channel of a hundred notifications that newStreamableHttpSession makes
	// (measured with 2,000 sessions), and as much again until the next garbage
	// collection.
	sessionBytes = 18 << 10
	// bytesOfInitialize is how often the data of an initialize request are kept: as
	// the client's name and its capabilities.
	bytesOfInitialize = 2
)

// sessions is the set of live sessions of streamable HTTP. It implements
// mcp-go's server.SessionIdManager, since the managers of mcp-go v1.2.1 either
// accept any well-formed id or keep an id for ever (176 bytes each). Sessions
// that are idle for SessionTTL are ended by mcp-go, which calls Terminate.
// Remove when mcp-go has a manager that accepts live sessions only and forgets
// ended ones.
//
// When the set is full, a new session takes the place of an idle one: see
// [sessions.admit].
type sessions struct {
	now   func() time.Time
	limit int // of bytes; maxSessionBytes but in tests

	mu    sync.Mutex
	live  map[string]*session
	bytes int
	// opening are the sessions that have been admitted and have no id yet.
	opening int
	// ended is called with the id of a session that has ended.
	ended func(id string)
}

// session is a live session.
type session struct {
	network  string // of the caller that opened it; "" until it is known
	bytes    int
	lastUsed time.Time
	inUse    int // calls and streams
}

// newSessions returns an empty set. ended is called for each session that ends.
func newSessions(now func() time.Time, ended func(id string)) *sessions {
	return &sessions{now: now, limit: maxSessionBytes, live: map[string]*session{}, ended: ended}
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
	s.live[id] = &session{lastUsed: s.now()}
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
	if known, ok := s.live[id]; ok {
		s.bytes -= known.bytes
	}
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

// use marks a session as used by a call or a stream until the returned function
// is called.
func (s *sessions) use(id string) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	used, ok := s.live[id]
	if !ok {
		return func() {}
	}
	used.inUse++
	used.lastUsed = s.now()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		used.inUse--
		used.lastUsed = s.now()
	}
}

// admit makes room for a session whose initialize request has a size. close ends a
// session by its id. It reports false if there is no room, since all sessions are
// in use. The caller calls opened with the id of the new session, or "" if none
// was opened.
//
// admit ends the session that has been idle longest among the unused sessions of
// the network with the most: a caller that opens many loses its own first.
func (s *sessions) admit(network string, size int, close func(id string)) (opened func(id string), ok bool) {
	need := sessionBytes + bytesOfInitialize*size
	for {
		s.mu.Lock()
		if len(s.live)+s.opening < maxSessions && s.bytes+need <= s.limit {
			s.opening++
			s.bytes += need
			s.mu.Unlock()
			return func(id string) { s.settle(id, network, need) }, true
		}
		idle := s.longestIdle()
		if one, ok := s.live[idle]; ok { // nobody can use it any more
			s.bytes -= one.bytes
			delete(s.live, idle)
		}
		s.mu.Unlock()
		if idle == "" {
			return nil, false
		}
		close(idle)
	}
}

// settle assigns what was admitted to a session, or gives it back.
func (s *sessions) settle(id, network string, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opening--
	if known, ok := s.live[id]; ok && known.bytes == 0 {
		known.network, known.bytes = network, size
		return
	}
	s.bytes -= size
}

// longestIdle returns the id of the session that was idle longest among the unused
// ones of the network with the most sessions; "" if all are in use. The lock is
// held.
func (s *sessions) longestIdle() string {
	count := map[string]int{}
	for _, one := range s.live {
		count[one.network]++
	}
	oldest := ""
	for id, one := range s.live {
		if one.inUse > 0 || one.bytes == 0 {
			continue
		}
		if than := s.live[oldest]; than == nil || count[one.network] > count[than.network] ||
			count[one.network] == count[than.network] && one.lastUsed.Before(than.lastUsed) {
			oldest = id
		}
	}
	return oldest
}
