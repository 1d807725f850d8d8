// Package search evaluates JQL over the issues of the embedded site, with
// Jira's own words for what it refuses. What it does not know is refused as
// well, never guessed.
package search

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// Env is what a query is evaluated in.
type Env struct {
	Site    *store.Site
	User    *store.User
	Zone    *time.Location // for dates without a time
	Visible func(*store.Issue) bool

	depth int // of saved filters
}

// Error is a query Jira refuses, with 400 and these messages.
type Error struct{ Messages []string }

// Error implements error.
func (e *Error) Error() string { return strings.Join(e.Messages, "; ") }

func refuse(format string, args ...any) error {
	return &Error{[]string{fmt.Sprintf(format, args...)}}
}

// maxOrderBy is how many fields ORDER BY may have (contract,
// SearchAndReconcileRequestBean.jql).
const maxOrderBy = 7

// Run returns the issues that match, in order. fresh lists ids that are
// looked at as they are rather than as the index has them.
func Run(env Env, query string, fresh []int64) ([]*store.Issue, error) {
	q, err := jql.Parse(query)
	if err != nil {
		return nil, refuse("Error in the JQL Query: %v", strings.TrimPrefix(err.Error(), "JQL, "))
	}
	if !q.Bounded() {
		return nil, refuse("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	if len(q.OrderBy) > maxOrderBy {
		return nil, refuse("The maximum number of fields in the 'ORDER BY' clause is %d.", maxOrderBy)
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

type predicate func(*store.Issue) bool

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
	return nil, refuse("This query cannot be evaluated.")
}

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

func (env Env) term(t *jql.Term) (predicate, error) {
	if slices.Contains([]string{"filter", "savedfilter", "request", "searchrequest"}, strings.ToLower(t.Field.Name)) {
		return env.saved(t)
	}
	f := env.field(t.Field)
	if f == nil {
		return nil, refuse("Field '%s' does not exist or you do not have permission to view it.", t.Field.Name)
	}
	if isHistory(t.Op) {
		return env.history(t, f)
	}
	if !slices.Contains(f.ops, t.Op) {
		return nil, refuse("The operator '%s' is not supported by the '%s' field.", t.Op, t.Field.Name)
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

// equal handles =, !=, IN and NOT IN. The negative forms do not match issues
// where the field is empty, as in Jira.
func (env Env) equal(t *jql.Term, f *field) (predicate, error) {
	wanted, empty, err := env.wanted(t, f, t.Operand)
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

// wanted turns an operand into the values it stands for.
func (env Env) wanted(t *jql.Term, f *field, o jql.Operand) (values []string, empty bool, err error) {
	switch o := o.(type) {
	case *jql.Empty:
		return nil, true, nil
	case *jql.List:
		for _, item := range o.Items {
			v, e, err := env.wanted(t, f, item)
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
			return nil, false, refuse("The value '%s' does not exist for the field '%s'.", o.Text, t.Field.Name)
		}
		return resolved, slices.Contains(resolved, unresolved), nil
	}
	return nil, false, refuse("This operand cannot be evaluated.")
}

// call evaluates the functions that give values.
func (env Env) call(t *jql.Term, f *field, fn *jql.Func) ([]string, error) {
	name := strings.ToLower(fn.Name)
	switch {
	case name == "currentuser" && f.kind == kindUser:
		return []string{env.User.ID}, nil
	case name == "membersof" && f.kind == kindUser:
		return env.members(fn)
	case name == "linkedissues" && f.kind == kindIssue:
		return env.linked(fn)
	case name == "updatedby" && f.kind == kindIssue:
		return env.updatedBy(t, fn)
	case f.kind == kindSprint && (name == "opensprints" || name == "closedsprints" || name == "futuresprints"):
		state := map[string]string{"opensprints": "active", "closedsprints": "closed", "futuresprints": "future"}[name]
		var ids []string
		for _, s := range env.Site.Sprints {
			if s.State == state {
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
	return nil, refuse("Unable to find JQL function '%s(%s)'.", fn.Name, strings.Join(fn.Args, ", "))
}

// like matches words: all of them, in any order, with * at the end of a word
// for its beginning.
func (env Env) like(t *jql.Term, f *field) (predicate, error) {
	v, ok := t.Operand.(*jql.Value)
	if !ok {
		return nil, refuse("The operator '%s' needs a text for the field '%s'.", t.Op, t.Field.Name)
	}
	words := strings.FieldsFunc(strings.ToLower(v.Text), func(r rune) bool { return strings.ContainsRune(" \t\n\"'.,;:!?()[]{}-/+", r) })
	if len(words) == 0 {
		return nil, refuse("The text query '%s' for field '%s' is not allowed to start with character '%.1s'.", v.Text, t.Field.Name, v.Text)
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
