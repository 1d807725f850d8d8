package kit

import (
	"errors"
	"fmt"
	"strings"
)

// UntouchedError is a failure that has changed nothing, and says so. That nothing
// happened is a property of it, which the runner acts on (a confirmation that was
// redeemed for the call holds again), and not a matter of its wording.
type UntouchedError struct {
	Err  error
	Note string // how it says so
}

// Error implements error: what was wrong, and that nothing happened.
func (e *UntouchedError) Error() string {
	text := e.Err.Error()
	if strings.HasSuffix(text, ".") {
		return text + " " + e.Note
	}
	return text + ". " + e.Note
}

// Unwrap returns what was wrong.
func (e *UntouchedError) Unwrap() error { return e.Err }

// NothingDone reports that nothing was changed.
func (e *UntouchedError) NothingDone() bool { return true }

// Problem returns what was wrong, without the note.
func (e *UntouchedError) Problem() string { return e.Err.Error() }

// NothingChanged formats an error of a call that has changed nothing.
func NothingChanged(format string, args ...any) error {
	return &UntouchedError{fmt.Errorf(format, args...), "Nothing was changed"}
}

// NothingSent formats an error of a call that has sent nothing.
func NothingSent(format string, args ...any) error {
	return &UntouchedError{fmt.Errorf(format, args...), "Nothing was sent"}
}

// NothingDeleted formats an error of a call that has deleted nothing.
func NothingDeleted(format string, args ...any) error {
	return &UntouchedError{fmt.Errorf(format, args...), "Nothing was deleted"}
}

// NothingLogged formats an error of a call that has logged no work.
func NothingLogged(format string, args ...any) error {
	return &UntouchedError{fmt.Errorf(format, args...), "Nothing was logged"}
}

// Problem returns the text of an error without the note that nothing happened, for
// a message in which that is said once for several, or is not true of the whole.
func Problem(err error) string {
	var untouched interface {
		error
		Problem() string
	}
	if errors.As(err, &untouched) {
		return strings.Replace(err.Error(), untouched.Error(), untouched.Problem(), 1)
	}
	return err.Error()
}
