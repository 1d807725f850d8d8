package fence

import (
	"errors"
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

// expandFilters returns the queries of the saved filters that a term names, to
// take the term's place: several are joined with OR, and a negative operator
// becomes NOT. Other operators and functions are refused, since they do not say
// which filters to check.
//
//	filter in (bugs, mine)     type = Bug OR assignee = currentUser()
//	filter != mine             NOT assignee = currentUser()
func (c *queryChecker) expandFilters(t *jql.Term) (jql.Clause, error) {
	var names []string
	switch o := t.Operand.(type) {
	case *jql.Value:
		names = []string{o.Text}
	case *jql.List:
		for _, item := range o.Items {
			v, ok := item.(*jql.Value)
			if !ok {
				return nil, c.fence.ErrUndecidable("accepts saved filters only by name or number")
			}
			names = append(names, v.Text)
		}
	}
	if len(names) == 0 || !slices.Contains([]jql.Op{jql.Equals, jql.NotEquals, jql.In, jql.NotIn}, t.Op) {
		return nil, c.fence.ErrUndecidable("accepts saved filters only by name or number")
	}
	var all []jql.Clause
	for _, name := range names {
		clause, err := c.expandFilter(name)
		if errors.Is(err, errOutside) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, clause)
	}
	if len(all) == 0 {
		return nil, errOutside
	}
	either := all[0]
	if len(all) > 1 {
		either = &jql.Or{Clauses: all}
	}
	if t.Op == jql.NotEquals || t.Op == jql.NotIn {
		return &jql.Not{Clause: either, At: t.Field.At}, nil
	}
	return either, nil
}

// expandFilter returns the confined query of the saved filter with a name or
// id. A name that several filters share is refused unless only one of them can
// match something inside. The limits bound the work for filters that name
// filters, and end a cycle.
func (c *queryChecker) expandFilter(who string) (jql.Clause, error) {
	if c.depth >= maxFilterDepth {
		return nil, c.fence.ErrUndecidable("follows saved filters nested at most %d deep", maxFilterDepth)
	}
	if c.filterCount++; c.filterCount > maxFilters {
		return nil, c.fence.ErrUndecidable("runs at most %d saved filters in a query", maxFilters)
	}
	queries, err := c.names.Filters(c.ctx, who)
	if err != nil {
		return nil, err
	}
	var found []jql.Clause
	for _, query := range queries {
		clause, err := c.confineSaved(query)
		switch {
		case errors.Is(err, errOutside):
		case err != nil:
			return nil, err
		default:
			found = append(found, clause)
		}
	}
	switch len(found) {
	case 0:
		return nil, c.outsideError(who)
	case 1:
		return found[0], nil
	}
	return nil, c.fence.ErrUndecidable("several saved filters have this name; use the number")
}

// confineSaved returns the confined condition of a saved filter's query. It
// returns errOutside, so that the filter looks as if it did not exist, where
//
//   - nothing inside can match it;
//   - the query does not parse, since the error would quote it;
//   - it cannot be checked (an unknown function, for example) and names nothing
//     inside: it is none of the caller's business.
//
// A filter that cannot be checked but names something inside is refused, in
// words that do not quote it either.
func (c *queryChecker) confineSaved(query string) (jql.Clause, error) {
	outer := c.insideCount
	c.insideCount = 0
	c.depth++
	clause := jql.MatchAll() // for a filter without a condition
	q, err := jql.Parse(query)
	if err == nil {
		q, err = q.Replace(c.checkTerm)
	}
	if err == nil && q.Where != nil {
		clause = q.Where
	}
	c.depth--
	inside := c.insideCount
	c.insideCount += outer
	var wrong *jql.Error
	var refusal *Error
	switch {
	case errors.As(err, &wrong):
		return nil, errOutside
	case errors.As(err, &refusal) && refusal.Why != "" && inside == 0:
		return nil, errOutside
	case errors.As(err, &refusal) && refusal.Why != "":
		return nil, c.fence.ErrUndecidable("cannot check a saved filter in this query")
	case err != nil:
		return nil, err
	case extentOf(clause) == matchesNone:
		return nil, errOutside
	}
	return clause, nil
}

// matchExtent tells how many issues a clause matches, as far as that is certain.
type matchExtent int

const (
	matchesSome matchExtent = iota
	matchesNone
	matchesAll
)

// extentOf returns the extent of a clause. It knows only the clauses that take
// the place of others, project IS EMPTY and project IS NOT EMPTY, and works out
// NOT, AND and OR of them. project IS EMPTY AND (status = Done OR project IS
// EMPTY), say, matches none: the filter was project = OPS AND (status = Done OR
// key = OPS-1), which is outside.
func extentOf(c jql.Clause) matchExtent {
	switch c := c.(type) {
	case *jql.Not:
		switch extentOf(c.Clause) {
		case matchesNone:
			return matchesAll
		case matchesAll:
			return matchesNone
		}
	case *jql.And:
		return combineExtents(c.Clauses, matchesNone, matchesAll)
	case *jql.Or:
		return combineExtents(c.Clauses, matchesAll, matchesNone)
	case *jql.Term:
		if _, empty := c.Operand.(*jql.Empty); empty && c.Field.Name == "project" {
			return map[jql.Op]matchExtent{jql.Is: matchesNone, jql.IsNot: matchesAll}[c.Op]
		}
	}
	return matchesSome
}

// combineExtents returns the extent of clauses joined by AND or OR. One clause
// with the extent decides is enough (none for AND, all for OR); clauses with
// the extent neutral do not change the result.
func combineExtents(clauses []jql.Clause, decides, neutral matchExtent) matchExtent {
	out := neutral
	for _, c := range clauses {
		switch extentOf(c) {
		case decides:
			return decides
		case matchesSome:
			out = matchesSome
		}
	}
	return out
}

// outsideError returns the error for the name of a saved filter that is
// outside: a refusal in the caller's text, errOutside in another saved filter.
func (c *queryChecker) outsideError(name string) error {
	if c.depth > 0 {
		return errOutside
	}
	return c.fence.ErrOutside(name, nil)
}
