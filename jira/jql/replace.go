package jql

// Replace returns the query with each term replaced by the result of replace,
// which may return the term itself. The receiver is not changed. An error of
// replace ends the operation.
func (q *Query) Replace(replace func(*Term) (Clause, error)) (*Query, error) {
	if q.Where == nil {
		return q, nil
	}
	where, err := replaceClause(q.Where, replace)
	if err != nil {
		return nil, err
	}
	return &Query{Where: where, OrderBy: q.OrderBy}, nil
}

// replaceClause returns a clause with its terms replaced.
func replaceClause(c Clause, replace func(*Term) (Clause, error)) (Clause, error) {
	all := func(cs []Clause) ([]Clause, error) {
		out := make([]Clause, len(cs))
		for i, sub := range cs {
			var err error
			if out[i], err = replaceClause(sub, replace); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	switch c := c.(type) {
	case *And:
		clauses, err := all(c.Clauses)
		return &And{clauses}, err
	case *Or:
		clauses, err := all(c.Clauses)
		return &Or{clauses}, err
	case *Not:
		inner, err := replaceClause(c.Clause, replace)
		return &Not{inner, c.At}, err
	case *Term:
		return replace(c)
	}
	return c, nil
}

// MatchNone returns a clause that no issue matches, since every issue is in a
// project.
func MatchNone() Clause { return &Term{Field: Field{Name: "project"}, Op: Is, Operand: &Empty{}} }

// MatchAll returns a clause that every issue matches, since every issue is in a
// project.
func MatchAll() Clause {
	return &Term{Field: Field{Name: "project"}, Op: IsNot, Operand: &Empty{}}
}
