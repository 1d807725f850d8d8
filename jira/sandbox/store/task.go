package store

import (
	"time"
)

// Task represents a bulk operation, which Jira runs in the background while the
// client polls its progress. Here the polls themselves drive it: the first poll
// finds the task enqueued, the second processes half of the issues, and the
// third completes it. Tests thus see every state without waiting.
type Task struct {
	ID        string
	By        *User
	Issues    []int64
	Invalid   int // number of issues that do not exist or that the user does not see
	Submitted time.Time
	// Do changes one issue and returns "", or the reason why it could not.
	Do func(id int64) string

	polls  int              // number of polls
	done   int              // number of issues processed
	Failed map[int64]string // reasons by issue id
}

// SubmitTask enqueues a task and returns its id. Unless silent is set, it
// counts as notifying the users concerned by e-mail.
func (s *Site) SubmitTask(t *Task, silent bool) string {
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

// MailedTasks returns the number of bulk operations that notified users by
// e-mail.
func (s *Site) MailedTasks() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.mailed
}

// PollTask advances a task by one poll. It returns the task, its status and the
// number of issues processed so far; nil if there is no such task. Two
// concurrent polls never process the same issue: each claims its range of
// issues under the lock. The lock is released while Do runs, because Do itself
// writes to the site.
func (s *Site) PollTask(id string) (t *Task, status string, done int) {
	s.mu.Lock()
	if t = s.tasks[id]; t == nil {
		s.mu.Unlock()
		return nil, "", 0
	}
	t.polls++
	upTo := 0
	switch {
	case t.polls == 2:
		upTo = len(t.Issues) / 2
	case t.polls > 2:
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
	case t.polls == 1:
		return t, "ENQUEUED", 0
	case t.polls == 2:
		return t, "RUNNING", upTo
	}
	return t, "COMPLETE", upTo
}
