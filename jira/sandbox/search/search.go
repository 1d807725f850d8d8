// Package search evaluates JQL over the issues of the embedded site. It rejects
// queries with Jira's own messages. A construct that the package does not
// implement is an error too: the package never guesses a result.
//
// [Run] is the entry point. It parses a query with package jql, compiles the
// WHERE clause into one predicate over issues, compiles ORDER BY into one
// comparison, and then applies both to the issues of the search index:
//
//	issues, err := search.Run(env, "project = PAY ORDER BY created", nil)
//
// All names of a query (fields, values, functions) are resolved while it is
// compiled, so a query with an unknown name fails whether or not there are
// issues to search.
//
// Read search.go first (clauses and the operators of equality and text), then
// fields.go (the table of fields), moments.go (dates, comparison and sorting),
// history.go (WAS, CHANGED and functions over relations), and last the saved
// filters, the remaining fields and [Describe]. values.go lists the values that
// a client can suggest for a field.
package search

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// Env holds the site, the caller and the settings that a query is evaluated
// with.
type Env struct {
	Site *store.Site
	User *store.User
	Zone *time.Location // the caller's time zone, for dates and times without an offset
	// Visible reports whether the caller may see an issue. Run leaves out all
	// others, and functions and key literals treat them as nonexistent, so that
	// a query cannot reveal that they exist.
	Visible func(*store.Issue) bool

	depth int // nesting of saved filters
}

// Error represents a query that Jira rejects with status 400 and these
// messages.
type Error struct{ Messages []string }

// Error returns the messages, joined by semicolons.
func (e *Error) Error() string { return strings.Join(e.Messages, "; ") }

// errorf returns an [Error] with one formatted message.
func errorf(format string, args ...any) error {
	return &Error{[]string{fmt.Sprintf(format, args...)}}
}

// maxOrderBy is the highest number of fields in ORDER BY (contract,
// SearchAndReconcileRequestBean.jql).
const maxOrderBy = 7

// Run returns the visible issues that match the query, in its order. The search
// index lags behind writes; for the issue ids in fresh, Run uses the current
// state instead of the indexed one.
//
// The error is an [Error] if the query does not parse, has no restriction,
// names something unknown, or sorts by more than maxOrderBy fields.
func Run(env Env, query string, fresh []int64) ([]*store.Issue, error) {
	q, err := jql.Parse(query)
	if err != nil {
		return nil, errorf("Error in the JQL Query: %v", strings.TrimPrefix(err.Error(), "JQL, "))
	}
	if !q.Bounded() {
		return nil, errorf("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	if len(q.OrderBy) > maxOrderBy {
		return nil, errorf("The maximum number of fields in the 'ORDER BY' clause is %d.", maxOrderBy)
	}
	match, err := env.clause(q.Where)
	if err != nil {
		return nil, err
	}
	less, err := env.order(q.OrderBy)
	if err != nil {
		return nil, err
	}
	var out []*store.Issue
	for _, i := range env.Site.Searchable(fresh) {
		if env.Visible(i) && match(i) {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, less)
	return out, nil
}

// predicate reports whether an issue matches a clause.
type predicate func(*store.Issue) bool

// clause compiles a clause into a predicate. Each node of the syntax tree
// becomes a closure over the predicates of its children; a term is compiled by
// term.
func (env Env) clause(c jql.Clause) (predicate, error) {
	switch c := c.(type) {
	case *jql.And:
		all, err := env.clauses(c.Clauses)
		return func(i *store.Issue) bool {
			for _, p := range all {
				if !p(i) {
					return false
				}
			}
			return true
		}, err
	case *jql.Or:
		all, err := env.clauses(c.Clauses)
		return func(i *store.Issue) bool {
			for _, p := range all {
				if p(i) {
					return true
				}
			}
			return false
		}, err
	case *jql.Not:
		p, err := env.clause(c.Clause)
		return func(i *store.Issue) bool { return !p(i) }, err
	case *jql.Term:
		return env.term(c)
	}
	return nil, errorf("This query cannot be evaluated.")
}

// clauses compiles each clause and stops at the first error.
func (env Env) clauses(cs []jql.Clause) ([]predicate, error) {
	var out []predicate
	for _, c := range cs {
		p, err := env.clause(c)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// term compiles one condition: field, operator, operand. It checks, in this
// order, that the field exists and that the operator is one of the field's.
// Saved filters and the history operators (WAS, CHANGED) have rules of their
// own and branch off before the operator check.
func (env Env) term(t *jql.Term) (predicate, error) {
	if slices.Contains([]string{"filter", "savedfilter", "request", "searchrequest"}, strings.ToLower(t.Field.Name)) {
		return env.savedFilter(t)
	}
	f := env.field(t.Field)
	if f == nil {
		return nil, errorf("Field '%s' does not exist or you do not have permission to view it.", t.Field.Name)
	}
	if isHistory(t.Op) {
		return env.history(t, f)
	}
	if !slices.Contains(f.ops, t.Op) {
		return nil, errorf("The operator '%s' is not supported by the '%s' field.", t.Op, t.Field.Name)
	}
	switch t.Op {
	case jql.Is, jql.IsNot:
		want := t.Op == jql.Is
		return func(i *store.Issue) bool { return (len(f.values(i)) == 0) == want }, nil
	case jql.Like, jql.NotLike:
		return env.like(t, f)
	case jql.Less, jql.LessOrEqual, jql.Greater, jql.GreaterOrEqual:
		return env.compare(t, f)
	}
	return env.equal(t, f)
}

// equal compiles =, !=, IN and NOT IN. As in Jira, the negative operators do
// not match issues whose field is empty. For example, assignee != ana matches
// neither Ana's issues nor unassigned ones; only an explicit EMPTY in a
// positive list, as in assignee IN (ana, EMPTY), matches those.
func (env Env) equal(t *jql.Term, f *field) (predicate, error) {
	wanted, empty, err := env.operandValues(t, f, t.Operand)
	if err != nil {
		return nil, err
	}
	negative := t.Op == jql.NotEquals || t.Op == jql.NotIn
	return func(i *store.Issue) bool {
		values := f.values(i)
		if len(values) == 0 {
			return empty != negative && empty
		}
		found := slices.ContainsFunc(values, func(v string) bool { return slices.Contains(wanted, v) })
		return found != negative
	}, nil
}

// operandValues returns the comparable values that an operand stands for, in
// the same form as field.values returns them. empty reports whether EMPTY (or a
// literal such as Unresolved) is among them. A list combines its items.
//
// The name of a user, for instance, becomes the account ids of all users with
// that name, so a literal may stand for several values.
func (env Env) operandValues(t *jql.Term, f *field, o jql.Operand) (values []string, empty bool, err error) {
	switch o := o.(type) {
	case *jql.Empty:
		return nil, true, nil
	case *jql.List:
		for _, item := range o.Items {
			v, e, err := env.operandValues(t, f, item)
			if err != nil {
				return nil, false, err
			}
			values, empty = append(values, v...), empty || e
		}
		return values, empty, nil
	case *jql.Func:
		values, err := env.call(t, f, o)
		return values, false, err
	case *jql.Value:
		if f.moment != nil {
			at, err := env.moment(t, o.Text)
			return []string{at.UTC().Format(time.RFC3339)}, false, err
		}
		resolved := f.resolve(o.Text)
		if resolved == nil {
			return nil, false, errorf("The value '%s' does not exist for the field '%s'.", o.Text, t.Field.Name)
		}
		return resolved, slices.Contains(resolved, unresolved), nil
	}
	return nil, false, errorf("This operand cannot be evaluated.")
}

// listOperators are the operators that accept a list. CHANGED does so in its
// predicates, and a predicate by itself has no operator.
var listOperators = []jql.Op{jql.In, jql.NotIn, jql.WasIn, jql.WasNotIn, jql.Changed, ""}

// sprintFunctions maps the functions over sprints to the state of the sprints.
var sprintFunctions = map[string]string{"opensprints": "active", "closedsprints": "closed", "futuresprints": "future"}

// call evaluates a function that returns values. Each function applies only to
// fields of its kind: openSprints() on the assignee field is an unknown
// function. A function that returns a list needs an operator for lists
// (Atlassian support, "JQL functions"). Functions over dates are evaluated by
// timeFunc.
func (env Env) call(t *jql.Term, f *field, fn *jql.Func) ([]string, error) {
	name := strings.ToLower(fn.Name)
	if oneValue := f.moment != nil || name == "currentuser"; !oneValue && !slices.Contains(listOperators, t.Op) {
		return nil, errorf("The operator '%s' does not support the function '%s', which returns a list. Use 'in' or 'not in'.", t.Op, fn.Name)
	}
	switch {
	case name == "currentuser" && f.kind == kindUser:
		return []string{env.User.ID}, nil
	case name == "membersof" && f.kind == kindUser:
		return env.membersOf(fn)
	case name == "linkedissues" && f.kind == kindIssue:
		return env.linkedIssues(fn)
	case name == "updatedby" && f.kind == kindIssue:
		return env.updatedBy(t, fn)
	case f.kind == kindSprint && sprintFunctions[name] != "":
		var ids []string
		for _, s := range env.Site.Sprints {
			if s.State == sprintFunctions[name] {
				ids = append(ids, fmt.Sprint(s.ID))
			}
		}
		return ids, nil
	case (name == "releasedversions" || name == "unreleasedversions") && f.kind == kindSet:
		return env.versions(fn)
	case (name == "standardissuetypes" || name == "subtaskissuetypes") && f.kind == kindSet:
		return env.types(fn), nil
	case f.moment != nil:
		at, err := env.timeFunc(fn)
		return []string{at.UTC().Format(time.RFC3339)}, err
	}
	return nil, errorf("Unable to find JQL function '%s(%s)'.", fn.Name, strings.Join(fn.Args, ", "))
}

// like compiles ~ and !~. An issue matches if its text contains all words of
// the operand, in any order and regardless of case. A trailing * or ~ of a word
// is removed, because the substring comparison already accepts any
// continuation: "refu*" matches "refund". Unlike equal, !~ matches issues whose
// field is empty.
func (env Env) like(t *jql.Term, f *field) (predicate, error) {
	v, ok := t.Operand.(*jql.Value)
	if !ok {
		return nil, errorf("The operator '%s' needs a text for the field '%s'.", t.Op, t.Field.Name)
	}
	words := strings.FieldsFunc(strings.ToLower(v.Text), func(r rune) bool { return strings.ContainsRune(" \t\n\"'.,;:!?()[]{}-/+", r) })
	if len(words) == 0 {
		return nil, errorf("The text query '%s' for field '%s' is not allowed to start with character '%.1s'.", v.Text, t.Field.Name, v.Text)
	}
	negative := t.Op == jql.NotLike
	return func(i *store.Issue) bool {
		text := strings.ToLower(strings.Join(f.values(i), "\n"))
		for _, w := range words {
			if !strings.Contains(text, strings.TrimRight(w, "*~")) {
				return negative
			}
		}
		return !negative
	}, nil
}
