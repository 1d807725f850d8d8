package fence

import (
	"errors"
	"fmt"
	"strings"
)

// Error is the refusal of a request or an answer. It names the projects inside
// and nothing outside, not even whether a thing exists: otherwise a caller
// could find out by trying one name after another.
type Error struct {
	Projects []string // the projects inside; the writable ones if Writing
	ReadOnly bool     // the project may be read, but not written to
	Named    string   // the caller's own word for the thing, if known
	Allowed  []string // the things of its kind inside, if the list is short
	Why      string   // why the fence cannot decide; "" for things outside
}

// Error implements error.
func (e *Error) Error() string {
	list := strings.Join(e.Projects, ", ")
	switch {
	case e.Why != "":
		return fmt.Sprintf("this server is confined to the projects %s, and %s", list, e.Why)
	case e.ReadOnly:
		return fmt.Sprintf("this server may write only in the projects %s", list)
	}
	what := "the requested item"
	if e.Named != "" {
		what = fmt.Sprintf("%q", e.Named)
	}
	text := fmt.Sprintf("this server is confined to the projects %s; %s is not in them, or does not exist", list, what)
	if len(e.Allowed) > 0 {
		text += ". Allowed: " + strings.Join(e.Allowed, ", ")
	}
	return text
}

// Reason returns the error class that an audit line records.
func (e *Error) Reason() string { return "fence" }

// Hint returns what the caller can do next.
func (e *Error) Hint() string {
	if e.Named != "" {
		return "Name another, or leave it out. Only the person who runs this server can change its projects."
	}
	return "Only the person who runs this server can change that."
}

// ErrOutside returns the refusal of a thing that is outside or does not exist.
// named is the caller's word for it and may be empty; allowed are the things of
// its kind that are inside.
func (f *Fence) ErrOutside(named string, allowed []string) *Error {
	return &Error{Projects: f.Projects(), Named: named, Allowed: allowed}
}

// ErrNotWritable returns the refusal of a write to a read-only project.
func (f *Fence) ErrNotWritable() *Error { return &Error{Projects: f.Writable(), ReadOnly: true} }

// ErrUndecidable returns the refusal of something that the fence cannot decide
// about. The format gives the reason, as the rest of the sentence "this server
// is confined to the projects PAY, and …".
func (f *Fence) ErrUndecidable(format string, args ...any) *Error {
	return &Error{Projects: f.Projects(), Why: fmt.Sprintf(format, args...)}
}

// isOutside reports whether err refuses a thing because it is outside, rather
// than because the fence could not decide.
func isOutside(err error) bool {
	var refusal *Error
	return errors.As(err, &refusal) && refusal.Why == ""
}

// isRefusal reports whether err is a refusal of any kind.
func isRefusal(err error) bool {
	var refusal *Error
	return errors.As(err, &refusal)
}
