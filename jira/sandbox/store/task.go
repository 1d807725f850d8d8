package store

import "time"

// Task is a bulk operation, which goes on while its progress is looked at: the
// first look finds it enqueued, the second half-way, the third done.
type Task struct {
	ID        string
	By        *User
	Issues    []int64
	Invalid   int // that do not exist, or are not seen
	Submitted time.Time
	// Do changes one issue; the reason why it could not, else.
	Do func(id int64) string

	looks  int
	done   int
	Failed map[int64]string
}

// Submit takes up a task. Everybody concerned is told by mail, unless silent.
func (s *Site) Submit(t *Task, silent bool) string {
	t.ID, t.Submitted, t.Failed = s.Serial(), s.now(), map[int64]string{}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tasks == nil {
		s.tasks = map[string]*Task{}
	}
	s.tasks[t.ID] = t
	if !silent {
		s.mailed++
	}
	return t.ID
}

// Mailed counts the bulk operations that told people by mail.
func (s *Site) Mailed() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.mailed
}

// Look goes on with a task and tells its status and how many issues are dealt
// with; nil when there is none.
func (s *Site) Look(id string) (t *Task, status string, done int) {
	s.mu.Lock()
	if t = s.tasks[id]; t == nil {
		s.mu.Unlock()
		return nil, "", 0
	}
	t.looks++
	upTo := 0
	switch {
	case t.looks == 2:
		upTo = len(t.Issues) / 2
	case t.looks > 2:
		upTo = len(t.Issues)
	}
	from := t.done
	t.done = max(t.done, upTo)
	s.mu.Unlock()
	for n := from; n < upTo; n++ {
		if why := t.Do(t.Issues[n]); why != "" {
			s.mu.Lock()
			t.Failed[t.Issues[n]] = why
			s.mu.Unlock()
		}
	}
	switch {
	case t.looks == 1:
		return t, "ENQUEUED", 0
	case t.looks == 2:
		return t, "RUNNING", upTo
	}
	return t, "COMPLETE", upTo
}
