package kit

import (
	"context"
	"slices"
	"sync"
)

type callStateKey struct{}

// callState are what is noted during one call: the service's ids of its requests,
// and what its result has to say beside its own words.
type callState struct {
	mu      sync.Mutex
	ids     []string
	remarks []string
	wrote   bool
}

const maxNotes = 50

func (n *callState) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.ids)
}

// NoteRequest notes the service's id of a request that was made for a call, for
// the audit line.
func NoteRequest(ctx context.Context, id string) {
	n, ok := ctx.Value(callStateKey{}).(*callState)
	if !ok || id == "" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.ids) < maxNotes {
		n.ids = append(n.ids, id)
	}
}

// NoteWrite notes that the call has come to the point of sending a write.
func NoteWrite(ctx context.Context) {
	if n, ok := ctx.Value(callStateKey{}).(*callState); ok {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.wrote = true
	}
}

func (n *callState) written() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.wrote
}

// AddNote notes what the result of a call that writes has to say beside its own
// words: see [NoteTaker].
func AddNote(ctx context.Context, text string) {
	n, ok := ctx.Value(callStateKey{}).(*callState)
	if !ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.remarks) < maxNotes && !slices.Contains(n.remarks, text) {
		n.remarks = append(n.remarks, text)
	}
}

// NoteTaker is an output of a tool that writes which takes remarks. Those of a
// rehearsal go into its preview.
type NoteTaker interface{ Remark(text string) }

// addNotes gives an output the remarks that were noted.
func (n *callState) addNotes(out Output) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, text := range n.remarks {
		if r, ok := out.(dryRunner); ok && r.dryRunResult().DryRun != nil {
			r.dryRunResult().DryRun.Also = append(r.dryRunResult().DryRun.Also, text)
		} else if r, ok := out.(NoteTaker); ok {
			r.Remark(text)
		}
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
