package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Site represents the state of one Jira Cloud site. The exported fields (users,
// projects, fields …) are set up before the first request and are plain data.
// Issues are read and written with methods, which may be called from many
// goroutines.
//
// Search on Jira Cloud does not show a write at once. The site reproduces this:
// a write is added to pending, and Searchable moves it to index when its delay
// has passed.
type Site struct {
	CloudID string
	Title   string

	Users       []*User
	Groups      []*Group
	Projects    []*Project
	Fields      []*Field
	Types       []*IssueType
	Statuses    []*Status
	Priorities  []*Named // highest first
	Resolutions []*Named
	Teams       []*Team
	// RequestTypes and Organizations belong to the service desk.
	RequestTypes, Organizations []*Named
	LinkTypes                   []*LinkType
	Boards                      []*Board
	Sprints                     []*Sprint
	Filters                     []*Filter

	now   func() time.Time
	delay time.Duration

	mu      sync.RWMutex
	issues  map[int64]*Issue
	keys    map[string]int64 // every key that an issue has ever had
	order   []int64          // by creation
	nextID  int64            // for issues
	serial  int64            // for everything else
	index   map[int64]*Issue // the issues as search sees them
	pending []pendingWrite   // in the order of their times
	tasks   map[string]*Task
	mailed  int // bulk operations that notified users by e-mail
}

// pendingWrite is an issue that search shows from a given time on.
type pendingWrite struct {
	issue *Issue
	at    time.Time
}

// New returns an empty site. Search shows a write after the delay.
func New(now func() time.Time, delay time.Duration) *Site {
	return &Site{now: now, delay: delay, issues: map[int64]*Issue{}, keys: map[string]int64{}, index: map[int64]*Issue{}, nextID: 10000, serial: 20000}
}

// Now returns the time of the site's clock.
func (s *Site) Now() time.Time { return s.now() }

// Serial returns a new id for a comment, a link, a changelog entry and the
// like.
func (s *Site) Serial() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	return strconv.FormatInt(s.serial, 10)
}

// ReserveNumber reserves the next number of a project and returns it with a new
// issue id. A create that fails afterwards still uses the number up, as in Jira
// (JRACLOUD-78553).
func (s *Site) ReserveNumber(p *Project) (id int64, number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Next++
	s.nextID++
	return s.nextID, p.Next
}

// Put stores a new or changed issue. Search sees it after the delay.
func (s *Site) Put(i *Issue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.issues[i.ID]; !known {
		s.order = append(s.order, i.ID)
	}
	s.issues[i.ID] = i
	s.keys[i.Key] = i.ID
	s.pending = append(s.pending, pendingWrite{i, s.now().Add(s.delay)})
}

// Update stores the copy of an issue that change has changed, and returns it.
// It holds the lock meanwhile, so that no concurrent write is lost, as could
// happen with a read followed by a Put. change must not call methods that lock
// the site; it uses NextSerial for ids. If change returns an error, nothing is
// stored.
func (s *Site) Update(id int64, change func(*Issue) error) (*Issue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.issues[id]
	if !ok {
		return nil, fmt.Errorf("no issue %d", id)
	}
	c := old.Clone()
	if err := change(c); err != nil {
		return nil, err
	}
	s.issues[id] = c
	s.keys[c.Key] = id
	s.pending = append(s.pending, pendingWrite{c, s.now().Add(s.delay)})
	return c, nil
}

// Swap stores changed in place of was and returns true. If another write has
// changed the issue in the meantime, it stores nothing and returns false.
func (s *Site) Swap(was, changed *Issue) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.issues[was.ID] != was {
		return false
	}
	s.issues[was.ID] = changed
	s.keys[changed.Key] = was.ID
	s.pending = append(s.pending, pendingWrite{changed, s.now().Add(s.delay)})
	return true
}

// Delete removes issues. It also removes the links to them and the parent of
// their children. Search shows the deletion at once, and the changes to other
// issues after the delay.
func (s *Site) Delete(ids ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.issues, id)
		delete(s.index, id)
	}
	s.order = slices.DeleteFunc(s.order, func(id int64) bool { return slices.Contains(ids, id) })
	s.pending = slices.DeleteFunc(s.pending, func(p pendingWrite) bool { return slices.Contains(ids, p.issue.ID) })
	for key, id := range s.keys {
		if slices.Contains(ids, id) {
			delete(s.keys, key)
		}
	}
	for id, i := range s.issues {
		bound := slices.ContainsFunc(i.Links, func(l Link) bool { return slices.Contains(ids, l.Other) })
		if !bound && !slices.Contains(ids, i.Parent) {
			continue
		}
		c := i.Clone()
		c.Links = slices.DeleteFunc(slices.Clone(c.Links), func(l Link) bool { return slices.Contains(ids, l.Other) })
		if slices.Contains(ids, c.Parent) {
			c.Parent = 0
		}
		s.issues[id] = c
		s.pending = append(s.pending, pendingWrite{c, s.now().Add(s.delay)})
	}
}

// Alias lets lookups find an issue by a key that it had before it was moved.
func (s *Site) Alias(key string, id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[key] = id
}

// Reindex makes all writes so far visible to search.
func (s *Site) Reindex() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pending {
		s.index[p.issue.ID] = p.issue
	}
	s.pending = nil
}

// Issue returns the issue with an id or with any key that it has ever had, or
// nil.
func (s *Site) Issue(keyOrID string) *Issue {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if id, err := strconv.ParseInt(keyOrID, 10, 64); err == nil {
		return s.issues[id]
	}
	if id, ok := s.keys[strings.ToUpper(keyOrID)]; ok {
		return s.issues[id]
	}
	return nil
}

// ByID returns the issue with an id, or nil.
func (s *Site) ByID(id int64) *Issue {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.issues[id]
}

// Children returns the issues whose parent is id, in the order of their
// creation.
func (s *Site) Children(id int64) []*Issue {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []*Issue
	for _, other := range s.order {
		if i := s.issues[other]; i.Parent == id {
			out = append(out, i)
		}
	}
	return out
}

// Searchable returns the issues as search sees them now, in the order of their
// creation. It returns the current state of the issues in fresh, even if their
// last write has not reached the index yet.
func (s *Site) Searchable(fresh []int64) []*Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, done := s.now(), 0
	for _, p := range s.pending {
		if p.at.After(now) {
			break
		}
		s.index[p.issue.ID] = p.issue
		done++
	}
	s.pending = s.pending[done:]
	out := make([]*Issue, 0, len(s.order))
	for _, id := range s.order {
		i := s.index[id]
		if slices.Contains(fresh, id) {
			i = s.issues[id]
		}
		if i != nil {
			out = append(out, i)
		}
	}
	return out
}

// Count returns the number of stored issues.
func (s *Site) Count() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.order)
}

// Configure runs change under the site's lock. It is for changes to the data
// that is otherwise set up before the first request, such as versions and
// sprints.
func (s *Site) Configure(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// NextSerial is [Site.Serial] for callers that already hold the lock, such as
// the function given to [Site.Update].
func (s *Site) NextSerial() string {
	s.serial++
	return strconv.FormatInt(s.serial, 10)
}

// All returns the current state of all issues, in the order of their creation.
func (s *Site) All() []*Issue {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]*Issue, 0, len(s.order))
	for _, id := range s.order {
		out = append(out, s.issues[id])
	}
	return out
}
