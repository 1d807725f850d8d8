package kit

import (
	"context"
	"slices"
	"sync"
)

type notesKey struct{}

// notes are the service's ids of the requests of one call.
type notes struct {
	mu  sync.Mutex
	ids []string
}

const maxNotes = 50

func (n *notes) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.ids)
}

// NoteRequest notes the service's id of a request that was made for a call, for
// the audit line.
func NoteRequest(ctx context.Context, id string) {
	n, ok := ctx.Value(notesKey{}).(*notes)
	if !ok || id == "" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.ids) < maxNotes {
		n.ids = append(n.ids, id)
	}
}

func (r *Runner) audit(ctx context.Context, c Call) {
	if r.Hooks.Audit != nil {
		r.Hooks.Audit(ctx, c)
	}
}

func (r *Runner) budget() int {
	if r.Budget > 0 {
		return r.Budget
	}
	return DefaultBudget
}

func (r *Runner) clean(s string) string {
	if r.Hooks.Clean == nil {
		return s
	}
	return r.Hooks.Clean(s)
}
