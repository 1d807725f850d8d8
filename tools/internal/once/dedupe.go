// Package once keeps parallel and repeated calls from doing the same thing
// twice: [Dedupe] recognises an issue that was created already, and
// [KeyedMutex] lets edits of one issue follow one another.
package once

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/invisible"
	"golang.org/x/text/unicode/norm"
)

// Dedupe recognises creates that were made already: a model that lost track
// sends the same again. It knows creates of this process alone, not those of
// other processes or of people in Jira.
//
// A create is identified by fingerprints, for example one of its arguments and
// one of the fields that are sent; it repeats another if one of them is the
// same:
//
//	mine, earlier, err := dedupe.Begin(ctx, nil, false, fingerprints…)
//	// without earlier: create the issue, then
//	dedupe.Finish(mine, Result{Key: "PAY-133", Readable: true})
type Dedupe struct {
	now func() time.Time

	mu      sync.Mutex
	entries map[Fingerprint]*Entry
}

// Fingerprint is a hash of everything that makes two creates the same.
type Fingerprint [sha256.Size]byte

// FingerprintOf returns the fingerprint of values, which have to be encodable
// as JSON: values that are not would all have the same fingerprint. What a form
// sends always is.
func FingerprintOf(values ...any) Fingerprint {
	data, _ := json.Marshal(values) // see above
	var v any
	if json.Unmarshal(data, &v) == nil {
		data, _ = json.Marshal(canonical(v)) // a value that JSON gave
	}
	return sha256.Sum256(data)
}

// canonical returns a value in the form in which values with one meaning agree: text
// in Unicode's NFC without invisible characters, and lists of names sorted and
// without repetitions.
func canonical(v any) any {
	switch v := v.(type) {
	case string:
		return strings.Join(strings.Fields(norm.NFC.String(invisible.Clean(v))), " ")
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, value := range v {
			out[name] = canonical(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		isSet := len(v) > 0
		for n, element := range v {
			isSet = isSet && isName(element)
			out[n] = canonical(element)
		}
		if isSet {
			return asSet(out)
		}
		return out
	}
	return v
}

// isName reports whether an element of a list is a name, or an object that only
// names something, as Jira's options, versions and people do.
func isName(v any) bool {
	if _, isText := v.(string); isText {
		return true
	}
	o, ok := v.(map[string]any)
	for member := range o {
		ok = ok && slices.Contains([]string{"id", "name", "value", "key", "accountId", "op"}, member)
	}
	return ok && len(o) > 0
}

// asSet returns a list sorted by the JSON of its elements, each once.
func asSet(list []any) []any {
	by := map[string]any{}
	for _, v := range list {
		data, _ := json.Marshal(v) // a value that JSON gave
		by[string(data)] = v
	}
	var out []any
	for _, text := range slices.Sorted(maps.Keys(by)) {
		out = append(out, by[text])
	}
	return out
}

// Entry is one create: in progress, made, or possibly made. At is the time when
// it began; once the create has finished, the time when it ended.
type Entry struct {
	done chan struct{} // closed when Result is set
	At   time.Time
	Result

	// previous is the entry that each of its fingerprints belonged to before.
	// It counts again if this create makes nothing.
	previous map[Fingerprint]*Entry
}

// Result is how a create ended. The zero value means that its answer was lost:
// the issue may have been created.
type Result struct {
	Key      string
	Readable bool // the issue was read afterwards, so it was deleted if it cannot be read now
	Failed   bool // nothing was created
}

const (
	// dedupeTTL is how long an identical create counts as the same one.
	dedupeTTL = 10 * time.Minute
	// maxEntries bounds the remembered fingerprints.
	maxEntries = 5000
)

// NewDedupe returns a Dedupe that remembers nothing yet.
func NewDedupe(now func() time.Time) *Dedupe {
	return &Dedupe{now: now, entries: map[Fingerprint]*Entry{}}
}

// Begin registers a create under its fingerprints and returns its entry in
// mine, or returns in earlier the create that it repeats. If an identical
// create is in progress, Begin waits for it, and registers this one if that one
// failed.
//
// own is the create's own entry if it was registered before and further
// fingerprints are now known, else nil. again registers it even if it repeats
// another one. The caller has to call [Dedupe.Finish] with mine.
func (dd *Dedupe) Begin(ctx context.Context, own *Entry, again bool, ids ...Fingerprint) (mine, earlier *Entry, err error) {
	for {
		dd.mu.Lock()
		f := dd.find(ids, own)
		if f == nil || again {
			mine = dd.register(own, ids)
			dd.mu.Unlock()
			return mine, nil, nil
		}
		dd.mu.Unlock()
		select {
		case <-f.done:
			if !f.Failed {
				return nil, f, nil
			}
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// Completed returns an earlier identical create that has finished; nil if there
// is none.
func (dd *Dedupe) Completed(ids ...Fingerprint) *Entry {
	dd.mu.Lock()
	defer dd.mu.Unlock()
	if f := dd.find(ids, nil); f != nil && f.isDone() {
		return f
	}
	return nil
}

// find returns the entry other than own that has one of the fingerprints and
// still counts: in progress, or finished in the last ten minutes and not
// failed. The lock is held.
func (dd *Dedupe) find(ids []Fingerprint, own *Entry) *Entry {
	for _, id := range ids {
		if f := dd.entries[id]; f != nil && f != own && (!f.isDone() || !f.Failed && dd.now().Sub(f.At) < dedupeTTL) {
			return f
		}
	}
	return nil
}

// register puts an entry under fingerprints, a new one if own is nil, and keeps
// the previous ones. The lock is held.
func (dd *Dedupe) register(own *Entry, ids []Fingerprint) *Entry {
	if own == nil {
		dd.evict()
		own = &Entry{done: make(chan struct{}), At: dd.now(), previous: map[Fingerprint]*Entry{}}
	}
	for _, id := range ids {
		if before := dd.entries[id]; before != own {
			own.previous[id], dd.entries[id] = before, own
		}
	}
	return own
}

func (e *Entry) isDone() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// Finish stores how a create ended and wakes the calls that wait for it. A
// failed one is removed.
func (dd *Dedupe) Finish(f *Entry, outcome Result) {
	dd.mu.Lock()
	defer dd.mu.Unlock()
	f.Result, f.At = outcome, dd.now()
	if f.Failed {
		dd.remove(f)
	} else {
		f.previous = nil
	}
	close(f.done)
}

// Forget removes a create whose issue is gone, so that it can be made anew.
func (dd *Dedupe) Forget(f *Entry) {
	dd.mu.Lock()
	defer dd.mu.Unlock()
	dd.remove(f)
}

// remove removes an entry and puts back the entry before it, skipping those
// that failed: if PAY-133 was created and two more creates of the same fail, in
// any order, the fingerprint belongs to PAY-133 again. The lock is held.
func (dd *Dedupe) remove(f *Entry) {
	for id, other := range dd.entries {
		if other != f {
			continue
		}
		before := f.previous[id]
		for before != nil && before.isDone() && before.Failed {
			before = before.previous[id]
		}
		if before != nil {
			dd.entries[id] = before
		} else {
			delete(dd.entries, id)
		}
	}
}

// evict drops expired entries once the limit is reached, and the oldest
// finished one if that is not enough. The lock is held.
func (dd *Dedupe) evict() {
	if len(dd.entries) < maxEntries {
		return
	}
	var first *Entry
	for id, f := range dd.entries {
		switch {
		case !f.isDone():
		case dd.now().Sub(f.At) >= dedupeTTL:
			delete(dd.entries, id)
		case first == nil || f.At.Before(first.At):
			first = f
		}
	}
	if len(dd.entries) >= maxEntries && first != nil {
		dd.remove(first)
	}
}

// Ago returns how long ago a time was, like "5 min ago".
func (dd *Dedupe) Ago(at time.Time) string {
	d := dd.now().Sub(at)
	if d < time.Minute {
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min ago", int(d.Minutes()))
}
