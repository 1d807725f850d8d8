package tools

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// queryError is a search that Jira refused, with what could be meant.
type queryError struct {
	err   error
	hints []string
}

func (e *queryError) Error() string { return e.err.Error() }
func (e *queryError) Unwrap() error { return e.err }

// Hint says what could be meant; else what the refusal itself advises.
func (e *queryError) Hint() string {
	var refused *jira.Error
	if len(e.hints) == 0 && errors.As(e.err, &refused) {
		return refused.Hint()
	}
	return strings.Join(e.hints, " ")
}

// explain adds to Jira's refusal of a query what its names could have meant.
// Where that cannot be found out the refusal stands as it is.
func (s *search) explain(ctx context.Context, in SearchIn, err error) error {
	var refused *jira.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest {
		return err
	}
	e := &queryError{err: err}
	if in.Cursor != "" {
		e.hints = append(e.hints, "A cursor belongs to the jql it came with; leave it out to start anew.")
	}
	q, parseErr := jql.Parse(in.JQL)
	fields, fieldsErr := s.Names.Fields(ctx)
	if parseErr != nil || fieldsErr != nil {
		return e
	}
	var known []string
	for _, f := range fields {
		known = append(append(known, f.Names...), f.Name)
	}
	q.Walk(func(t *jql.Term) {
		if hint := s.explainTerm(ctx, t, known, err.Error()); hint != "" && len(e.hints) < 5 {
			e.hints = append(e.hints, hint)
		}
	})
	return e
}

// explainTerm looks at one condition that Jira's words name.
func (s *search) explainTerm(ctx context.Context, t *jql.Term, known []string, words string) string {
	field := t.Field.Name
	if strings.Contains(words, "Field '"+field+"'") {
		if near := names.Nearest(field, known); near != "" {
			return fmt.Sprintf("Did you mean the field %q?", near)
		}
		return fmt.Sprintf("There is no field %q.", field)
	}
	for _, v := range values(t.Operand) {
		if !strings.Contains(words, "'"+v+"'") {
			continue
		}
		switch strings.ToLower(field) {
		case "assignee", "reporter", "creator":
			return s.explainPerson(ctx, field, v)
		case "status":
			return s.explainStatus(ctx, v)
		case "project", "space":
			return "jira_list_projects lists the projects this user sees."
		}
	}
	return ""
}

func values(o jql.Operand) []string {
	switch o := o.(type) {
	case *jql.Value:
		return []string{o.Text}
	case *jql.List:
		var out []string
		for _, item := range o.Items {
			out = append(out, values(item)...)
		}
		return out
	}
	return nil
}

func (s *search) explainPerson(ctx context.Context, field, who string) string {
	switch strings.ToLower(who) {
	case "me":
		return fmt.Sprintf("Write %s = currentUser().", field)
	case "unassigned", "none", "nobody":
		return fmt.Sprintf("Write %s IS EMPTY.", field)
	}
	found, err := s.Jira.FindUsers(ctx, who, 5)
	if err != nil || len(found) == 0 {
		return fmt.Sprintf("Nobody called %q was found.", who)
	}
	var list []string
	for _, u := range found {
		list = append(list, fmt.Sprintf("%s (%s)", jql.Quote(u.DisplayName), u.AccountID))
	}
	return "People called so, by name or account id: " + strings.Join(list, ", ") + "."
}

func (s *search) explainStatus(ctx context.Context, name string) string {
	all, err := s.Names.Statuses(ctx)
	if err != nil {
		return ""
	}
	var list []string
	for _, st := range all {
		list = append(list, st.Name)
	}
	return (&names.UnknownError{Kind: "status", Given: name, Allowed: names.Unique(list)}).Error()
}
