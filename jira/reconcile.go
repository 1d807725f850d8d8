package jira

import (
	"strconv"
	"sync"
	"time"
)

// Search in Jira Cloud is eventually consistent: an issue written a moment
// ago may be missing or stale. Naming its id in reconcileIssues makes search
// consistent for it; Atlassian's document allows 50 ids.
const (
	maxReconcile = 50
	recentFor    = 5 * time.Minute
)

// recentWrites remembers which issues this client wrote, newest last.
type recentWrites struct {
	now func() time.Time
	mu  sync.Mutex
	ids []recentWrite
}

type recentWrite struct {
	id int64
	at time.Time
}

func newRecentWrites(now func() time.Time) *recentWrites { return &recentWrites{now: now} }

// add notes an issue's numeric id; text that is not one is ignored.
func (r *recentWrites) add(id string) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.ids[:0]
	for _, w := range r.ids {
		if w.id != n && r.now().Sub(w.at) < recentFor {
			kept = append(kept, w)
		}
	}
	kept = append(kept, recentWrite{n, r.now()})
	r.ids = kept
	if over := len(r.ids) - maxReconcile; over > 0 {
		r.ids = append(r.ids[:0], r.ids[over:]...)
	}
}

// list returns the ids to reconcile, or nil.
func (r *recentWrites) list() []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []int64
	for _, w := range r.ids {
		if r.now().Sub(w.at) < recentFor {
			ids = append(ids, w.id)
		}
	}
	return ids
}

// MarkWritten tells the client that an issue was written, so that the next searches
// see it. The client's own writes do this by themselves where the id is known.
func (c *Client) MarkWritten(issueID string) { c.recent.add(issueID) }
