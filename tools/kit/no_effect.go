package kit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// NoEffectError is the error of a call that changed nothing, and its text says
// so. The runner acts on the type and not on the wording: a confirmation that
// was redeemed for the call holds again.
type NoEffectError struct {
	Err  error
	Note string // the sentence that says so
}

// Error implements error: what was wrong, and that nothing happened.
func (e *NoEffectError) Error() string {
	text := e.Err.Error()
	if strings.HasSuffix(text, ".") {
		return text + " " + e.Note
	}
	return text + ". " + e.Note
}

// Unwrap returns what was wrong.
func (e *NoEffectError) Unwrap() error { return e.Err }

// NothingDone reports that nothing was changed.
func (e *NoEffectError) NothingDone() bool { return true }

// Problem returns what was wrong, without the note.
func (e *NoEffectError) Problem() string { return e.Err.Error() }

// NothingChanged formats an error of a call that has changed nothing.
func NothingChanged(format string, args ...any) error {
	return &NoEffectError{fmt.Errorf(format, args...), "Nothing was changed"}
}

// NothingSent formats an error of a call that has sent nothing.
func NothingSent(format string, args ...any) error {
	return &NoEffectError{fmt.Errorf(format, args...), "Nothing was sent"}
}

// NothingDeleted formats an error of a call that has deleted nothing.
func NothingDeleted(format string, args ...any) error {
	return &NoEffectError{fmt.Errorf(format, args...), "Nothing was deleted"}
}

// NothingLogged formats an error of a call that has logged no work.
func NothingLogged(format string, args ...any) error {
	return &NoEffectError{fmt.Errorf(format, args...), "Nothing was logged"}
}

// nothingDone reports whether an error says that its call changed nothing. The
// outermost error that has the method NothingDone decides for what it wraps. Of
// several errors, each has to say so: of three issues that all failed, the
// first may be untouched and the last one changed.
func nothingDone(err error) bool {
	switch e := err.(type) { //nolint:errorlint // This walks the tree itself, since errors.As stops at the first.
	case interface{ NothingDone() bool }:
		return e.NothingDone()
	case interface{ Unwrap() error }:
		return nothingDone(e.Unwrap())
	case interface{ Unwrap() []error }:
		list := e.Unwrap()
		return len(list) > 0 && !slices.ContainsFunc(list, func(err error) bool { return !nothingDone(err) })
	}
	return false
}

// WithoutNote returns the text of an error without the note that nothing
// happened, for a message about several errors that says it once, or that
// cannot say it because a part of the call was done.
func WithoutNote(err error) string {
	var untouched interface {
		error
		Problem() string
	}
	if errors.As(err, &untouched) {
		return strings.Replace(err.Error(), untouched.Error(), untouched.Problem(), 1)
	}
	return err.Error()
}
