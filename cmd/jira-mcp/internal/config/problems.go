package config

import (
	"errors"
	"fmt"
	"strings"
)

// Problem is one error in the settings, as one line for the user.
type Problem struct {
	Text string
	// Restricts reports whether the setting limits what the program may do, so
	// that the program must not go on without it.
	Restricts bool
}

// Problems are all errors in the settings.
type Problems []Problem

// Error implements error. It returns the problems, one a line.
func (p Problems) Error() string {
	var lines []string
	for _, problem := range p {
		lines = append(lines, problem.Text)
	}
	return strings.Join(lines, "\n")
}

// add returns the problems and one more, about a setting that restricts nothing.
func (p Problems) add(format string, args ...any) Problems {
	return append(p, Problem{Text: fmt.Sprintf(format, args...)})
}

// Mistake returns the problem of a setting that restricts nothing.
func Mistake(format string, args ...any) Problems { return Problems(nil).add(format, args...) }

// Restricts reports whether an error leaves a restriction undecided: one of its
// problems is about a setting that restricts, or it contains an error other than
// [Problems]. A program that goes on after such an error could do more than its
// owner allows.
func Restricts(err error) bool {
	switch e := err.(type) { //nolint:errorlint // every branch of the tree is examined
	case nil:
		return false
	case Problems:
		for _, problem := range e {
			if problem.Restricts {
				return true
			}
		}
		return false
	case interface{ Unwrap() []error }:
		for _, part := range e.Unwrap() {
			if Restricts(part) {
				return true
			}
		}
		return false
	}
	if inner := errors.Unwrap(err); inner != nil {
		return Restricts(inner)
	}
	return true
}
