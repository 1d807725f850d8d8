// Package write has what all tools that write have in common: the errors of
// writes that may have happened or happened in part (outcome.go), previews and
// checks of dry runs (dryrun.go), calls on several issues (several.go), and
// waiting for Jira's bulk operations (bulktask.go).
package write

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// UncertainError is the error of a write whose answer was lost: nobody knows
// whether it was made.
type UncertainError struct {
	Err  error
	What string // what may have happened
	Look string // how to find out
}

// Error implements error: what may have happened, and the error that left it
// open.
func (e *UncertainError) Error() string {
	return fmt.Sprintf("%s may have happened: %s.", e.What, strings.TrimSuffix(e.Err.Error(), "."))
}

// Uncertain reports that the write may have happened, for the runner of package
// kit.
func (e *UncertainError) Uncertain() bool { return true }

// Unwrap returns the write's error.
func (e *UncertainError) Unwrap() error { return e.Err }

// Hint returns how to find out whether it happened.
func (e *UncertainError) Hint() string { return "Do not repeat it blindly. Check first: " + e.Look }

// IsUncertain reports whether an error is of a write that may have happened.
func IsUncertain(err error) bool {
	var uncertain *UncertainError
	return errors.As(err, &uncertain)
}

// AllFailedError is the error of a call on several issues of which all failed.
// Its text is the result of the call.
type AllFailedError struct {
	Text string
	Errs []error
}

// Error implements error.
func (e *AllFailedError) Error() string { return e.Text }

// Unwrap returns the errors of the issues.
func (e *AllFailedError) Unwrap() []error { return e.Errs }

// Hint returns "": the text has the hint of each error.
func (e *AllFailedError) Hint() string { return "" }

// ClassifyError sorts the error of a write. It returns nil with lost if Jira
// made the write and only its answer was unreadable, an [UncertainError] if
// nobody knows, and other errors as they are. what says what may have happened,
// look how to find out.
func ClassifyError(err error, what, look string) (lost bool, _ error) {
	switch {
	case err == nil:
		return false, nil
	case jira.OutcomeOf(err) == jira.Done:
		return true, nil
	case jira.OutcomeOf(err) == jira.Unknown:
		return false, &UncertainError{err, what, look}
	}
	return false, err
}

// PartialError is the error of a call that made only a part of several writes:
// of a transition in several steps, or of a move to a sprint in several
// requests.
type PartialError struct {
	Text string
	Rest string // the arguments of the call that makes the rest; "" for none
	Err  error
}

// Error implements error: what was done, why it stopped, and the call for the
// rest.
func (e *PartialError) Error() string {
	why := strings.TrimSpace(kit.WithoutNote(e.Err))
	text := e.Text + ". Cause: " + strings.TrimSuffix(why, ".") + "."
	if e.Rest != "" {
		text += " To continue, add what is missing: jira_transition_issue " + e.Rest
	}
	return text
}

// Unwrap returns the error at which it stopped.
func (e *PartialError) Unwrap() error { return e.Err }

// NothingDone reports false, whatever the error of the last write reports: the
// writes before it were made.
func (e *PartialError) NothingDone() bool { return false }
