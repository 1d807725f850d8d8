// Package query checks JQL before it is sent and explains why Jira refused it.
//
// [CheckJQL] finds what needs no request: syntax errors and queries that
// restrict nothing. [Explain] looks up the names in a refused query, field by
// field. For example, it adds to the refusal of
//
//	status = Dne
//
// the sentence that the status does not exist, with the site's similar
// statuses.
package query

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// queryError is Jira's refusal of a query, with hints to what may be meant.
type queryError struct {
	err   error
	hints []string
}

func (e *queryError) Error() string { return e.err.Error() }
func (e *queryError) Unwrap() error { return e.err }

// Hint returns the hints; without any, the hint of the refusal itself.
func (e *queryError) Hint() string {
	var refused *jira.Error
	if len(e.hints) == 0 && errors.As(e.err, &refused) {
		return refused.Hint()
	}
	return strings.Join(e.hints, " ")
}

// ExplainOperations returns the operations, by key, that [Explain] calls.
func ExplainOperations() []string {
	return operation.Keys(jira.OpFields, jira.OpFindUsers, jira.OpStatuses, jira.OpJQLReference, jira.OpSuggestValues)
}

// Explain adds to Jira's refusal of a query (status 400) what is wrong with its
// names: unknown fields, operators, functions and values. Other errors are
// returned as they are, and so is a refusal that cannot be explained. hints are
// further ones of the caller.
//
// It looks up every name of the query by itself, rather than the names in
// Jira's message, since behind a fence that message is not passed on: it could
// tell of projects outside.
func Explain(ctx context.Context, d env.Env, text string, err error, hints ...string) error {
	var refused *jira.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest {
		return err
	}
	e := &queryError{err: err, hints: hints}
	q, parseErr := jql.Parse(text)
	if parseErr != nil {
		return e
	}
	x := &explainer{Env: d, refusal: err.Error()}
	x.reference, x.referenceErr = d.Names.QueryReference(ctx)
	x.fields, x.fieldsErr = d.Names.Fields(ctx)
	q.Walk(func(t *jql.Term) { x.checkTerm(ctx, t) })
	for _, sort := range q.OrderBy {
		x.checkField(sort.Field.Name)
	}
	e.hints = append(e.hints, x.hints...)
	return e
}

// maxHints bounds the hints on one query.
const maxHints = 5

// explainer checks the conditions of one query that Jira refused.
type explainer struct {
	env.Env
	refusal      string            // Jira's message
	reference    jira.JQLReference // the fields and functions that JQL knows here
	fields       []jira.Field
	hints        []string
	referenceErr error
	fieldsErr    error
}

// hint adds a hint, once.
func (x *explainer) hint(text string, args ...any) {
	if text = fmt.Sprintf(text, args...); len(x.hints) < maxHints && !slices.Contains(x.hints, text) {
		x.hints = append(x.hints, text)
	}
}

// checkTerm checks one condition in this order: its field, its operator, its
// functions, its values. A condition on an unknown field is not checked
// further.
func (x *explainer) checkTerm(ctx context.Context, t *jql.Term) {
	known, meta := x.checkField(t.Field.Name)
	if !known {
		return // its values mean nothing
	}
	if meta != nil && len(meta.Operators) > 0 && !slices.ContainsFunc(meta.Operators, func(op string) bool { return strings.EqualFold(op, string(t.Op)) }) {
		x.hint("%q does not support %s, only %s.", meta.Name(), strings.ToUpper(string(t.Op)), strings.ToUpper(strings.Join(meta.Operators, ", ")))
		return
	}
	for _, name := range functionNames(t) {
		// Other servers leave out the functions.
		if len(x.reference.Functions) > 0 && !slices.ContainsFunc(x.reference.Functions, func(f jira.JQLFunction) bool { return strings.EqualFold(f.Name(), name) }) {
			var all []string
			for _, f := range x.reference.Functions {
				all = append(all, f.Name())
			}
			x.hintUnknown("function", name+"()", names.Nearest(name, all), "()")
		}
	}
	for _, v := range values(t.Operand) {
		x.checkValue(ctx, strings.ToLower(t.Field.Name), v)
	}
}

// hintUnknown adds a hint that there is no such function or field, with the
// nearest name; behind is what follows it.
func (x *explainer) hintUnknown(what, given, near, behind string) {
	if near == "" {
		x.hint("No %s %s.", what, given)
		return
	}
	x.hint("No %s %s. Did you mean %s%s?", what, given, near, behind)
}

// checkField reports whether a field exists, as far as that is known, and
// returns what queries may do with it, or nil. It adds a hint if it does not
// exist, or is written in another way: queries call fields by their clause
// names (Fix versions is fixVersion there, a custom field cf[10016]), which
// differ from the names that people see.
//
// Without both lists of fields, or if Jira's message does not name the field,
// it counts as known: a wrong hint is worse than none.
func (x *explainer) checkField(name string) (known bool, _ *jira.JQLField) {
	if id, custom := strings.CutPrefix(strings.ToLower(name), "customfield_"); custom {
		x.hint("In JQL it is written cf[%s].", id)
		return false, nil
	}
	for i, f := range x.reference.Fields {
		if f.IsNamed(name) {
			return true, &x.reference.Fields[i]
		}
	}
	var all []string
	for _, f := range x.fields {
		called := f.Names
		if f.Custom {
			called = append(slices.Clone(called), f.Name)
		}
		if slices.ContainsFunc(called, func(n string) bool { return strings.EqualFold(n, name) }) {
			return true, nil
		}
		all = append(all, called...)
		if !f.Custom && names.IsCalled(name, f.DisplayNames()...) && len(f.Names) > 0 {
			x.hint("In JQL %q is written %s.", f.Name, f.Names[0])
			return false, nil
		}
	}
	// Only if both lists are known, and Jira's message is about this field.
	passedOn := x.Jira.Fence() == nil
	if len(x.reference.Fields) == 0 || x.fieldsErr != nil || passedOn && !strings.Contains(x.refusal, "'"+name+"'") {
		return true, nil
	}
	for _, f := range x.reference.Fields {
		if f.CustomID == "" { // whether custom fields belong here is in the site's list
			all = append(all, f.Name())
		}
	}
	x.hintUnknown("field", fmt.Sprintf("%q", name), quoteIfSet(names.Nearest(name, all)), "")
	return false, nil
}

// quoteIfSet returns a text in quotes, or "" if it is empty.
func quoteIfSet(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("%q", s)
}

// functionNames returns the names of the functions in a condition and its
// predicates.
func functionNames(t *jql.Term) []string {
	var out []string
	var look func(jql.Operand)
	look = func(o jql.Operand) {
		switch o := o.(type) {
		case *jql.Func:
			out = append(out, o.Name)
		case *jql.List:
			for _, item := range o.Items {
				look(item)
			}
		}
	}
	look(t.Operand)
	for _, p := range t.Predicates {
		look(p.Operand)
	}
	return out
}

// checkValue checks a value that Jira's message names; behind a fence, where the
// message is not passed on, any value.
func (x *explainer) checkValue(ctx context.Context, field, v string) {
	if x.Jira.Fence() == nil && !strings.Contains(x.refusal, "'"+v+"'") {
		return
	}
	text := ""
	switch field {
	case "assignee", "reporter", "creator":
		if !names.IsAccountID(v) {
			text = explainPerson(ctx, x.Env, field, v)
		}
	case "status":
		text = explainStatus(ctx, x.Env, v)
	case "project", "space":
		text = x.explainValue(ctx, field, v)
		if text != "" {
			text += " "
		}
		text += "jira_list_projects lists the visible projects."
	default:
		text = x.explainValue(ctx, field, v)
	}
	if text != "" {
		x.hint("%s", text)
	}
}

// values returns the texts of an operand's values, without functions.
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

// explainValue returns a hint with the values that Jira suggests for a field,
// the nearest first; "" if there are none, or behind a fence. Jira returns only
// some values at once, so a second request asks for those that begin with the
// first two characters.
func (x *explainer) explainValue(ctx context.Context, field, v string) string {
	if x.Jira.Fence() != nil {
		return ""
	}
	known, err := x.Jira.SuggestValues(ctx, field, "")
	if short := []rune(v); err == nil && names.Nearest(v, known) == "" && len(short) > 2 {
		// Jira may have more than it returned.
		more, _ := x.Jira.SuggestValues(ctx, field, string(short[:2]))
		known = names.Unique(append(known, more...))
	}
	if err != nil || len(known) == 0 {
		return ""
	}
	return (&names.UnknownError{Kind: field, Given: v, Allowed: known}).Error()
}

// explainPerson returns a hint on the value of a field for people.
func explainPerson(ctx context.Context, d env.Env, field, who string) string {
	switch strings.ToLower(who) {
	case "me":
		return fmt.Sprintf("Write %s = currentUser().", field)
	case "unassigned", "none", "nobody":
		return fmt.Sprintf("Write %s IS EMPTY.", field)
	}
	found, err := d.Jira.FindUsers(ctx, who, 5)
	switch {
	case err != nil:
		return fmt.Sprintf("The person could not be looked up: %s", kit.ErrorText(err))
	case len(found) == 0 && d.Jira.Fence() != nil:
		return fmt.Sprintf("Nobody called %q can be assigned in this server's projects; use the account id for anyone else.", who)
	case len(found) == 0:
		return fmt.Sprintf("Nobody called %q was found.", who)
	}
	var list []string
	for _, u := range found {
		you := ""
		if d.Jira.IsCaller(u.AccountID) {
			you = ", you"
		}
		list = append(list, fmt.Sprintf("%s (%s%s)", jql.Quote(kit.Plain(u.DisplayName)), u.AccountID, you))
	}
	return "Matching people, by name or account id: " + strings.Join(list, ", ") + "."
}

// explainStatus returns a hint with the statuses of the site, or "" if the
// status exists.
func explainStatus(ctx context.Context, d env.Env, name string) string {
	all, err := d.Names.Statuses(ctx)
	if err != nil {
		return ""
	}
	var list []string
	for _, st := range all {
		// JQL folds the case, but no accents.
		if strings.EqualFold(st.Name, name) || st.Untranslated != "" && strings.EqualFold(st.Untranslated, name) || st.ID == name {
			return ""
		}
		list = append(list, st.Name)
	}
	return (&names.UnknownError{Kind: "status", Given: name, Allowed: names.Unique(list)}).Error()
}

// maxOrderBy is Jira's limit (contract, SearchAndReconcileRequestBean.jql).
const maxOrderBy = 7

// CheckJQL returns an error for a query that Jira cannot answer: a syntax error
// with its position, a query without a restriction, or too many fields to sort
// by. It returns the query with quotes around reserved words that are values.
func CheckJQL(src string) (string, error) {
	src = jql.QuoteReserved(src)
	q, err := jql.Parse(src)
	var syntax *jql.Error
	if errors.As(err, &syntax) {
		return src, kit.NothingSent("%w", syntax)
	}
	if !q.Bounded() {
		return src, errors.New("this JQL has no restriction, and Jira rejects such queries. Add one, for example: created >= -30d " + q.String())
	}
	if len(q.OrderBy) > maxOrderBy {
		return src, fmt.Errorf("ORDER BY has %d fields; Jira allows %d", len(q.OrderBy), maxOrderBy)
	}
	return src, nil
}
