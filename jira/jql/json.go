package jql

import (
	"encoding/json"
	"strings"
)

// MarshalJSON returns the query's tree, with the positions of fields and
// operands as byte offsets:
//
//	{"where": …, "order": [{"field", "dir", "at"}]}
//	a clause: {"op": "and"|"or"|"not", "of": […]}, or
//	  {"field", "properties", "operator", "operand", "predicates", "at"}
//	an operand: {"value"}, {"keyword": "empty"}, {"function", "args"} or {"list"}
func (q *Query) MarshalJSON() ([]byte, error) {
	type node = map[string]any
	var field func(f Field) node
	var operand func(o Operand) node
	field = func(f Field) node {
		n := node{"field": f.Name, "at": f.At}
		var properties []node
		for _, p := range f.Properties {
			properties = append(properties, node{"key": p.Key, "path": append([]string{}, p.Path...)})
		}
		if properties != nil {
			n["properties"] = properties
		}
		return n
	}
	operand = func(o Operand) node {
		switch o := o.(type) {
		case *Value:
			return node{"value": o.Text, "at": o.At}
		case *Func:
			return node{"function": o.Name, "args": append([]string{}, o.Args...), "at": o.At}
		case *List:
			items := []node{}
			for _, item := range o.Items {
				items = append(items, operand(item))
			}
			return node{"list": items, "at": o.At}
		case *Empty:
			return node{"keyword": "empty", "at": o.At}
		}
		return nil
	}
	var clause func(c Clause) node
	all := func(cs []Clause) (out []node) {
		for _, c := range cs {
			out = append(out, clause(c))
		}
		return out
	}
	clause = func(c Clause) node {
		switch c := c.(type) {
		case *And:
			return node{"op": "and", "of": all(c.Clauses)}
		case *Or:
			return node{"op": "or", "of": all(c.Clauses)}
		case *Not:
			return node{"op": "not", "of": all([]Clause{c.Clause})}
		case *Term:
			n := field(c.Field)
			n["operator"] = string(c.Op)
			if c.Operand != nil {
				n["operand"] = operand(c.Operand)
			}
			var predicates []node
			for _, p := range c.Predicates {
				predicates = append(predicates, node{"op": p.Op, "operand": operand(p.Operand)})
			}
			if predicates != nil {
				n["predicates"] = predicates
			}
			return n
		}
		return nil
	}
	tree := node{"where": nil, "order": []node{}}
	if q.Where != nil {
		tree["where"] = clause(q.Where)
	}
	order := []node{}
	for _, s := range q.OrderBy {
		n := field(s.Field)
		n["dir"] = strings.ToLower(s.Dir)
		order = append(order, n)
	}
	tree["order"] = order
	return json.Marshal(tree)
}
