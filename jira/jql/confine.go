package jql

// Confine returns the query restricted to the projects with the given keys; it
// keeps ORDER BY. Without projects the result matches no issue.
//
// The restriction is joined to the parsed tree instead of the text, so that no
// text in the query can end it early: send the printed result, never the
// original text. A query text such as a = 1) OR (b = 2 does not parse in the
// first place, and a = 1 OR project = SECRET becomes project IN ("PAY") AND (a
// = 1 OR project = SECRET).
func (q *Query) Confine(projects []string) *Query {
	inside := &Term{Field: Field{Name: "project"}, Op: Is, Operand: &Empty{}} // every issue has a project
	if len(projects) > 0 {
		list := &List{}
		for _, p := range projects {
			list.Items = append(list.Items, &Value{Text: p, Quoted: true})
		}
		inside = &Term{Field: Field{Name: "project"}, Op: In, Operand: list}
	}
	confined := &Query{Where: inside, OrderBy: q.OrderBy}
	if q.Where != nil {
		// The printer keeps the parentheses of a chain within a chain.
		confined.Where = &And{[]Clause{inside, q.Where}}
	}
	return confined
}
