package fence

import (
	"errors"
	"slices"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

// filter puts the queries of saved filters in the place of their names.
func (c *checker) filter(t *jql.Term) (jql.Clause, error) {
	var names []string
	switch o := t.Operand.(type) {
	case *jql.Value:
		names = []string{o.Text}
	case *jql.List:
		for _, item := range o.Items {
			v, ok := item.(*jql.Value)
			if !ok {
				return nil, c.fence.Cannot("takes saved filters by name or number only")
			}
			names = append(names, v.Text)
		}
	}
	if len(names) == 0 || !slices.Contains([]jql.Op{jql.Equals, jql.NotEquals, jql.In, jql.NotIn}, t.Op) {
		return nil, c.fence.Cannot("takes saved filters by name or number only")
	}
	var all []jql.Clause
	for _, name := range names {
		clause, err := c.saved(name)
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

// saved is the confined query of a saved filter.
func (c *checker) saved(who string) (jql.Clause, error) {
	if c.depth >= maxFilterDepth {
		return nil, c.fence.Cannot("follows saved filters that name saved filters %d deep only", maxFilterDepth)
	}
	if c.filters++; c.filters > maxFilters {
		return nil, c.fence.Cannot("runs at most %d saved filters in a query", maxFilters)
	}
	text, found, err := c.site.Filter(who)
	if err != nil {
		return nil, err
	}
	outer := [2]int{c.named, c.inside}
	c.named, c.inside = 0, 0
	c.depth++
	clause := jql.Everything() // a filter without a condition
	if found {
		var q *jql.Query
		if q, err = jql.Parse(text); err == nil {
			q, err = q.Replace(c.term)
		}
		if err == nil && q.Where != nil {
			clause = q.Where
		}
	}
	c.depth--
	named, inside := c.named, c.inside
	c.named, c.inside = outer[0]+named, outer[1]+inside
	var wrong *jql.Error
	var refusal *Error
	switch {
	case errors.As(err, &wrong): // its text is not the caller's to see
		return nil, c.outside()
	case errors.As(err, &refusal) && refusal.Why != "":
		return nil, c.fence.Cannot("cannot judge what a saved filter in this query names")
	case err != nil:
		return nil, err
	case !found || named > 0 && inside == 0:
		return nil, c.outside()
	}
	return clause, nil
}

// outside is the refusal of a name in the caller's text, or in a saved filter's.
func (c *checker) outside() error {
	if c.depth > 0 {
		return errOutside
	}
	return c.fence.Refuse()
}
