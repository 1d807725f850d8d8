package write

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// UncertainError is a write whose answer was lost.
type UncertainError struct {
	Err  error
	What string // what may have happened
	Look string // how to look
}

func (e *UncertainError) Error() string {
	return fmt.Sprintf("%s may have happened: %v.", e.What, e.Err)
}

// Uncertain tells the adapter that it may have happened.
func (e *UncertainError) Uncertain() bool { return true }

func (e *UncertainError) Unwrap() error { return e.Err }

func (e *UncertainError) Hint() string { return "Do not repeat it blindly. Look first: " + e.Look }

func IsUncertain(err error) bool {
	var uncertain *UncertainError
	return errors.As(err, &uncertain)
}

// ManyError is a call on several issues, none of which went through.
type ManyError struct {
	Text string
	Errs []error
}

func (e *ManyError) Error() string { return e.Text }

func (e *ManyError) Unwrap() []error { return e.Errs }

// Hint is none: the text has those of each.
func (e *ManyError) Hint() string { return "" }

// Written sorts the error of a write: nil when Jira did it and only the
// answer was lost (then lost is true), an uncertainError when nobody knows.
func Written(err error, what, look string) (lost bool, _ error) {
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

// StoppedError is a way that was made in part.
type StoppedError struct {
	Text string
	Rest string // the call that makes the rest
	Err  error
}

func (e *StoppedError) Error() string {
	why := strings.TrimSpace(kit.Problem(e.Err))
	text := e.Text + ". Further: " + strings.TrimSuffix(why, ".") + "."
	if e.Rest != "" {
		text += " The rest of the way, with what is missing: jira_transition_issue " + e.Rest
	}
	return text
}

func (e *StoppedError) Unwrap() error { return e.Err }

// NothingDone hides that of the last hop.
func (e *StoppedError) NothingDone() bool { return false }
