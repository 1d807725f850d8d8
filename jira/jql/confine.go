package jql

// Confine returns the query restricted to projects, by key, with its ORDER BY.
// The restriction is joined to the whole tree, so that no text in the query
// can end it early: print the result, and send that. Without projects nothing
// matches.
func (q *Query) Confine(projects []string) *Query {
	inside := &Term{Field: Field{Name: "project"}, Op: Is, Operand: &Empty{}} // every issue has one
	if len(projects) > 0 {
		list := &List{}
		for _, p := range projects {
			list.Items = append(list.Items, &Value{Text: p, Quoted: true})
		}
		inside = &Term{Field: Field{Name: "project"}, Op: In, Operand: list}
	}
	confined := &Query{Where: inside, OrderBy: q.OrderBy}
	if q.Where != nil {
		// A chain in a chain keeps its parentheses when it is printed.
		confined.Where = &And{[]Clause{inside, q.Where}}
	}
	return confined
}
