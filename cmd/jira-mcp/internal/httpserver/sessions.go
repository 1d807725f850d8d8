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

// sessionTable is the set of live sessions of streamable HTTP, of all tenants: the
// bounds hold for all of them together. A tenant knows it through its own [sessions]
// alone.
//
// When the table is full, a new session takes the place of an idle one: see
// [sessions.admit].
type sessionTable struct {
	now   func() time.Time
	limit int // of bytes; maxSessionBytes but in tests

	mu    sync.Mutex
	live  map[string]*session
	bytes int
	// opening are the sessions that have been admitted and have no id yet.
	opening int
}

// session is a live session.
type session struct {
	owner    sessionOwner
	caller   string // whose sessions count together; "" until it is known
	bytes    int
	lastUsed time.Time
	inUse    int // calls and streams
}

// sessionOwner is the tenant of a session.
type sessionOwner interface {
	// closeSession ends a session as its client's DELETE would.
	closeSession(id string)
	// sessionEnded is called for each session that has ended.
	sessionEnded(id string)
}

// newSessionTable returns an empty table.
func newSessionTable(now func() time.Time) *sessionTable {
	return &sessionTable{now: now, limit: maxSessionBytes, live: map[string]*session{}}
}

// sessions are the sessions of one tenant; those of others do not exist for it. It
// implements mcp-go's server.SessionIdManager, since the managers of mcp-go v1.2.1
// either accept any well-formed id or keep an id for ever (176 bytes each). Sessions
// that are idle for SessionTTL are ended by mcp-go, which calls Terminate. Remove
// when mcp-go has a manager that accepts live sessions only and forgets ended ones.
type sessions struct {
	*sessionTable
	owner sessionOwner
}

// of returns the sessions of a tenant.
func (s *sessionTable) of(owner sessionOwner) sessions { return sessions{s, owner} }

// find returns a live session of the tenant; nil if there is none. The lock is held.
func (s sessions) find(id string) *session {
	if one := s.live[id]; one != nil && one.owner == s.owner {
		return one
	}
	return nil
}

// forgetAll forgets all sessions of the tenant, which has ended.
func (s sessions) forgetAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, one := range s.live {
		if one.owner == s.owner {
			s.bytes -= one.bytes
			delete(s.live, id)
		}
	}
}

// newID returns an id that nobody can guess: whoever knows a session's id can
// act in it.
func newID() string { return rand.Text() }

// errNoSession makes mcp-go answer 404, upon which a client initializes again.
var errNoSession = errors.New("no such session")

// Generate implements server.SessionIdManager. It returns the id of a new
// session.
func (s sessions) Generate() string {
	id := newID()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live[id] = &session{owner: s.owner, lastUsed: s.now()}
	return id
}

// Validate implements server.SessionIdManager. An ended session is an unknown
// one: terminated is always false.
func (s sessions) Validate(id string) (terminated bool, err error) {
	if !s.isKnown(id) {
		return false, errNoSession
	}
	return false, nil
}

// Terminate implements server.SessionIdManager. It forgets the session.
func (s sessions) Terminate(id string) (notAllowed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.find(id); known != nil {
		s.bytes -= known.bytes
		delete(s.live, id)
	}
	s.owner.sessionEnded(id)
	return false, nil
}

// isKnown reports whether a session is live, and the tenant's.
func (s sessions) isKnown(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(id) != nil
}

// use marks a session as used by a call or a stream until the returned function
// is called.
func (s sessions) use(id string) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	used := s.find(id)
	if used == nil {
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

// admit makes room for a session of a caller whose initialize request has a size. It
// reports false if there is no room, since all sessions are in use. The caller calls
// opened with the id of the new session, or "" if none was opened.
//
// admit ends the session that has been idle longest among the unused sessions of the
// caller with the most: a caller that opens many loses its own first.
func (s sessions) admit(caller string, size int) (opened func(id string), ok bool) {
	need := sessionBytes + bytesOfInitialize*size
	for {
		s.mu.Lock()
		if len(s.live)+s.opening < maxSessions && s.bytes+need <= s.limit {
			s.opening++
			s.bytes += need
			s.mu.Unlock()
			return func(id string) { s.settle(id, caller, need) }, true
		}
		id := s.longestIdle()
		idle := s.live[id]
		if idle != nil { // nobody can use it any more
			s.bytes -= idle.bytes
			delete(s.live, id)
		}
		s.mu.Unlock()
		if idle == nil {
			return nil, false
		}
		idle.owner.closeSession(id)
	}
}

// settle assigns what was admitted to a session, or gives it back.
func (s sessions) settle(id, caller string, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opening--
	if known := s.find(id); known != nil && known.bytes == 0 {
		known.caller, known.bytes = caller, size
		return
	}
	s.bytes -= size
}

// longestIdle returns the id of the session that was idle longest among the unused
// ones of the caller with the most sessions; "" if all are in use. The lock is held.
func (s *sessionTable) longestIdle() string {
	count := map[string]int{}
	for _, one := range s.live {
		count[one.caller]++
	}
	oldest := ""
	for id, one := range s.live {
		if one.inUse > 0 || one.bytes == 0 {
			continue
		}
		if than := s.live[oldest]; than == nil || count[one.caller] > count[than.caller] ||
			count[one.caller] == count[than.caller] && one.lastUsed.Before(than.lastUsed) {
			oldest = id
		}
	}
	return oldest
}
