package form

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// missingError is the problem of a required field that was not given.
type missingError struct {
	field       jira.FieldMeta
	hasArgument bool // the tool has an argument for it
}

func (e *missingError) Error() string {
	text := e.field.Name + " is required"
	if allowed := allowedValues(e.field); allowed != "" {
		return text + "; allowed: " + allowed
	}
	return text + " (" + ValueKind(e.field) + ")"
}

// allowedValues lists the first 25 values of a field that has a list of them.
func allowedValues(m jira.FieldMeta) string {
	const most = 25
	allowed := AllowedValueNames(m)
	text := strings.Join(allowed[:min(len(allowed), most)], ", ")
	if n := len(allowed) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// reject adds a problem with a field's value and notes that the field is not
// missing.
func (f *Form) reject(m jira.FieldMeta, err error) {
	f.invalid[m.ID] = true
	f.Problems = append(f.Problems, err)
}

// Error is the error of a form that cannot be sent, with all its problems.
type Error struct{ Problems []error }

// Error implements error.
func (e *Error) Error() string { return e.Problem() + "\nNothing was sent." }

// Problem returns all problems, without the note that nothing was sent.
func (e *Error) Problem() string {
	var parts []string
	for _, p := range e.Problems {
		parts = append(parts, strings.TrimSuffix(p.Error(), "."))
	}
	return strings.Join(parts, ".\n") + "."
}

// NothingDone reports that nothing was sent.
func (e *Error) NothingDone() bool { return true }

// Unwrap returns the problems.
func (e *Error) Unwrap() []error { return e.Problems }

// Reason implements [kit.ErrorClass].
func (e *Error) Reason() string { return "fields" }

// Hint returns how to give a missing field for which the tool has no argument;
// else the hint of Jira's error, if looking up a name failed.
func (e *Error) Hint() string {
	for _, err := range e.Problems {
		var m *missingError
		if errors.As(err, &m) && !m.hasArgument {
			return fmt.Sprintf(`Give it as fields: [{"name": %q, "value": …}].`, m.field.Name)
		}
	}
	for _, err := range e.Problems { // errors of Jira, from looking up names
		var refused *jira.Error
		if errors.As(err, &refused) && refused.Hint() != "" {
			return refused.Hint()
		}
	}
	return ""
}

// Err returns an [Error] with all problems; nil if there are none.
func (f *Form) Err() error {
	if len(f.Problems) == 0 {
		return nil
	}
	return &Error{withoutRepeatedLists(f.Problems)}
}

// withoutRepeatedLists returns the problems with the list of a screen's fields in
// the first of them only, and not for every unknown field.
func withoutRepeatedLists(problems []error) []error {
	out := slices.Clone(problems)
	listed := false
	for n, err := range out {
		var unknown *names.UnknownError
		if !errors.As(err, &unknown) || unknown.Ambiguous || unknown.Of != "" || !strings.HasPrefix(unknown.Kind, "field") {
			continue
		}
		if listed {
			short := *unknown
			short.Suggestion, short.Allowed = names.Nearest(unknown.Given, unknown.Allowed), nil
			out[n] = &short
		}
		listed = true
	}
	return out
}

// Explain replaces field ids in Jira's error by names, and adds the allowed
// values. An error of a write that may have happened stays as it is.
func (f *Form) Explain(err error) error {
	var e *jira.Error
	var uncertain *write.UncertainError
	if errors.As(err, &uncertain) || !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	named := map[string]string{}
	for id, message := range e.Fields {
		for _, m := range f.Screen {
			if m.ID != id {
				continue
			}
			if allowed := allowedValues(m); allowed != "" {
				message += " Allowed: " + allowed + "."
			}
		}
		named[f.FieldName(id)] = message
	}
	explained := *e
	explained.Fields = named
	return &explained
}

// FailureText returns the error of one issue of a bulk create, with names and
// allowed values.
func (f *Form) FailureText(failure jira.CreateFailure) string {
	e := &jira.Error{Messages: failure.Errors.Messages, Fields: failure.Errors.Fields}
	return kit.ErrorText(f.Explain(e))
}

// AllowedValueNames returns the names of a field's allowed values; for a
// cascading field those of the second level as well. Names with a comma are in
// quotes, since the names are listed with commas.
func AllowedValueNames(m jira.FieldMeta) []string {
	return names.QuoteCommas(names.CascadeNames(m.Allowed))
}

// ValueKind describes in words what a field takes, with an example where the
// format is not obvious: "date, 2026-01-31".
func ValueKind(m jira.FieldMeta) string {
	words := map[string]string{"string": "text", "number": "number", "date": "date, 2026-01-31", "datetime": "time, 2026-01-31T14:30", "user": "person", "group": "group",
		"option": "one of", "version": "one of", "project": "one of, by name or key", "priority": "one of", "resolution": "one of", "securitylevel": "one of", "issuelink": "issue key", "timetracking": "time, 1d 2h", "option-with-child": "one of, such as Parent > Child"}
	switch {
	case names.AppForm(m) != "":
		return names.AppForm(m)
	case names.IsRichText(m):
		return "Markdown"
	case m.ID == "issuelinks":
		return "links, such as blocks PAY-2"
	case isWorklog(m):
		return "time spent, 1h 30m"
	case m.Schema.Items == "json":
		return "sprint: name, current or next"
	case strings.HasSuffix(m.Schema.Custom, ":url"):
		return "address"
	case m.Schema.Type == "array" && m.Schema.Items == "string":
		return "labels"
	case m.Schema.Type == "array" && m.Schema.Items == "user":
		return "people"
	case m.Schema.Type == "array" && m.Schema.Items == "group":
		return "groups"
	case m.Schema.Type == "array":
		return "any of"
	case words[m.Schema.Type] != "":
		return words[m.Schema.Type]
	}
	return m.Schema.Type
}
