package kit

import (
	"context"
	"slices"
	"sync"
)

// The package has two context keys: one for the options that a caller sets for
// its calls beforehand, and one for the state of one call.

type optionsKey struct{}

// callOptions are the options that a caller sets for its calls. Each With…
// function returns a context with a changed copy.
type callOptions struct {
	caller      Caller     // what the transport knows: see [CallerOf]
	confirmed   bool       // a person has confirmed the calls already
	confirmWith string     // how this caller confirms, for people
	watch       func(Step) // receives the progress of the calls
	unmarked    bool       // the text is for people: see [Mark]
	structured  bool       // the caller wants structured content: see [Runner.sendsStructured]
}

func callOptionsOf(ctx context.Context) callOptions {
	o, _ := ctx.Value(optionsKey{}).(callOptions)
	return o
}

// withOptions returns a context with the options that change makes of a copy.
func withOptions(ctx context.Context, change func(*callOptions)) context.Context {
	o := callOptionsOf(ctx)
	change(&o)
	return context.WithValue(ctx, optionsKey{}, o)
}

// WithConfirmed returns a context whose calls a person has confirmed already.
func WithConfirmed(ctx context.Context) context.Context {
	return withOptions(ctx, func(o *callOptions) { o.confirmed = true })
}

// WithConfirmation returns a context whose caller confirms in its own way: a
// call that needs a confirmation fails with an error that names what the call
// would do and how to confirm it.
func WithConfirmation(ctx context.Context, how string) context.Context {
	return withOptions(ctx, func(o *callOptions) { o.confirmWith = how })
}

// WithWatcher returns a context whose calls report their progress to a function
// as well, for calls that no client made.
func WithWatcher(ctx context.Context, watch func(Step)) context.Context {
	return withOptions(ctx, func(o *callOptions) { o.watch = watch })
}

// WithStructured returns a context whose calls are answered with structured
// content beside the text, and whose lists of tools have output schemas.
func WithStructured(ctx context.Context) context.Context {
	return withOptions(ctx, func(o *callOptions) { o.structured = true })
}

// WithoutMarks returns a context whose calls are answered with text for people,
// in which nothing marks the service's texts.
func WithoutMarks(ctx context.Context) context.Context {
	return withOptions(ctx, func(o *callOptions) { o.unmarked = true })
}

type callStateKey struct{}

// callState is the state of one call.
type callState struct {
	*notes
	dryRun   bool
	mark     Mark
	progress *progress // nil where the client did not ask for it
}

func notesOf(ctx context.Context) (callState, bool) {
	s, ok := ctx.Value(callStateKey{}).(callState)
	return s, ok
}

func withState(ctx context.Context, s callState) context.Context {
	return context.WithValue(ctx, callStateKey{}, s)
}

// MarkOf returns the mark of a call, for a handler that puts the text of an
// output into an error. It is "" outside of a call.
func MarkOf(ctx context.Context) Mark {
	s, _ := notesOf(ctx)
	return s.mark
}

// IsDryRun reports whether the call is a dry run, which sends no write.
func IsDryRun(ctx context.Context) bool {
	s, _ := notesOf(ctx)
	return s.dryRun
}

// notes collects what is noted during one call: the service's ids of its
// requests, texts for its result, and whether it has come to a write. Handlers
// may run goroutines, so it has a mutex.
type notes struct {
	mu    sync.Mutex
	ids   []string
	texts []string
	wrote bool
	// onWrite is called before the first write of the call is sent; nil for none.
	onWrite func()
}

// maxNotes bounds the ids and the texts of one call.
const maxNotes = 50

func (n *notes) requests() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.ids)
}

func (n *notes) hasWritten() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.wrote
}

// RecordRequest notes the service's id of a request that was made for a call,
// for the audit line.
func RecordRequest(ctx context.Context, id string) {
	s, ok := notesOf(ctx)
	if !ok || id == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ids) < maxNotes {
		s.ids = append(s.ids, id)
	}
}

// RecordWrite notes that the call has come to the point of sending a write. From
// then on it counts against the limit of writes, even if it fails.
func RecordWrite(ctx context.Context) {
	if s, ok := notesOf(ctx); ok {
		s.mu.Lock()
		first := !s.wrote
		s.wrote = true
		s.mu.Unlock()
		if first && s.onWrite != nil {
			s.onWrite()
		}
	}
}

// AddNote adds a note to the result of a call: see [NoteTaker]. A note that was
// added before is not repeated.
func AddNote(ctx context.Context, text string) {
	s, ok := notesOf(ctx)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.texts) < maxNotes && !slices.Contains(s.texts, text) {
		s.texts = append(s.texts, text)
	}
}

// addTo adds the notes of a call to its output: to the preview of a dry run,
// or to an output that is a [NoteTaker]. It returns the notes that the output
// does not take; the runner puts them below the text. edit changes a note before,
// or leaves it out by returning "".
func (n *notes) addTo(out Output, edit func(string) string) (left []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, text := range n.texts {
		if text = edit(text); text == "" {
			continue
		}
		if r, ok := out.(dryRunOutput); ok && r.dryRunResult().DryRun != nil {
			r.dryRunResult().DryRun.Notes = append(r.dryRunResult().DryRun.Notes, text)
		} else if t, ok := out.(NoteTaker); ok {
			t.TakeNote(text)
		} else {
			left = append(left, text)
		}
	}
	return left
}
