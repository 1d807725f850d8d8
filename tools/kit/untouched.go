package kit

import (
	"errors"
	"fmt"
	"strings"
)

// UntouchedError is the error of a call that changed nothing, and its text says
// so. The runner acts on the type and not on the wording: a confirmation that
// was redeemed for the call holds again.
type UntouchedError struct {
	Err  error
	Note string // the sentence that says so
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

// Problem returns the text of an error without the note that nothing happened,
// for a message that says it once for several errors, or of which it is not
// true as a whole.
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
