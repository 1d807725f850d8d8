package jql

// Replace returns the query with each term replaced by the result of replace,
// which may return the term itself. The receiver is not changed. An error of
// replace ends the operation.
func (q *Query) Replace(replace func(*Term) (Clause, error)) (*Query, error) {
	if q.Where == nil {
		return q, nil
	}
	where, err := replaced(q.Where, replace)
	if err != nil {
		return nil, err
	}
	return &Query{Where: where, OrderBy: q.OrderBy}, nil
}

// replaced returns a clause with its terms replaced.
func replaced(c Clause, replace func(*Term) (Clause, error)) (Clause, error) {
	all := func(cs []Clause) ([]Clause, error) {
		out := make([]Clause, len(cs))
		for i, sub := range cs {
			var err error
			if out[i], err = replaced(sub, replace); err != nil {
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
		inner, err := replaced(c.Clause, replace)
		return &Not{inner, c.At}, err
	case *Term:
		return replace(c)
	}
	return c, nil
}

// Nothing returns a clause that no issue matches, since every issue is in a
// project.
func Nothing() Clause { return &Term{Field: Field{Name: "project"}, Op: Is, Operand: &Empty{}} }

// Everything returns a clause that every issue matches, since every issue is in a
// project.
func Everything() Clause {
	return &Term{Field: Field{Name: "project"}, Op: IsNot, Operand: &Empty{}}
}
