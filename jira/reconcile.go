package jira

import (
	"strconv"
	"sync"
	"time"
)

// Search in Jira Cloud is eventually consistent: for some time after a write, a
// search may miss an issue or see its old values. A search that lists the
// issue's id in reconcileIssues sees its present state. For example, a search
// right after a create of PAY-50 finds it only if the id of PAY-50 is listed.
const (
	maxReconcile    = 50              // Atlassian's document allows 50 ids
	reconcileWindow = 5 * time.Minute // how long a write counts as recent
)

// recentWrites holds the issues that this client wrote recently, newest last.
type recentWrites struct {
	now    func() time.Time
	mu     sync.Mutex
	writes []recentWrite
}

// recentWrite is one issue that was written.
type recentWrite struct {
	id int64
	at time.Time
}

// newRecentWrites returns an empty list.
func newRecentWrites(now func() time.Time) *recentWrites { return &recentWrites{now: now} }

// add records an issue's numeric id, and drops the ids that are old or too
// many. It ignores text that is not such an id.
func (r *recentWrites) add(id string) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.writes[:0]
	for _, w := range r.writes {
		if w.id != n && r.now().Sub(w.at) < reconcileWindow {
			kept = append(kept, w)
		}
	}
	kept = append(kept, recentWrite{n, r.now()})
	r.writes = kept
	if over := len(r.writes) - maxReconcile; over > 0 {
		r.writes = append(r.writes[:0], r.writes[over:]...)
	}
}

// list returns the ids to reconcile; nil if there are none.
func (r *recentWrites) list() []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []int64
	for _, w := range r.writes {
		if r.now().Sub(w.at) < reconcileWindow {
			ids = append(ids, w.id)
		}
	}
	return ids
}

// MarkWritten records that an issue was written, so that the next searches see
// it. Callers need it only for writes whose answers do not contain the issue's
// id: the client records the others itself.
func (c *Client) MarkWritten(issueID string) { c.recent.add(issueID) }
