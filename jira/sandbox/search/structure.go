package search

import (
	"encoding/json"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

// Structure returns a query as jql/parse shows it, in JSON (contract, JqlQuery).
// The error is a syntax error of the query.
func Structure(query string) (json.RawMessage, error) {
	q, err := jql.Parse(query)
	if err != nil {
		return nil, &Error{Messages: []string{err.Error()}}
	}
	out := map[string]any{}
	if q.Where != nil {
		out["where"] = clauseJSON(q.Where)
	}
	var fields []any
	for _, s := range q.OrderBy {
		one := map[string]any{"field": fieldJSON(s.Field)}
		if s.Dir != "" {
			one["direction"] = strings.ToLower(s.Dir)
		}
		fields = append(fields, one)
	}
	if fields != nil {
		out["orderBy"] = map[string]any{"fields": fields}
	}
	return json.Marshal(out)
}

// clauseJSON returns a condition.
func clauseJSON(c jql.Clause) map[string]any {
	all := func(operator string, list []jql.Clause) map[string]any {
		clauses := []any{}
		for _, one := range list {
			clauses = append(clauses, clauseJSON(one))
		}
		return map[string]any{"operator": operator, "clauses": clauses}
	}
	switch c := c.(type) {
	case *jql.And:
		return all("and", c.Clauses)
	case *jql.Or:
		return all("or", c.Clauses)
	case *jql.Not:
		return all("not", []jql.Clause{c.Clause})
	case *jql.Term:
		out := map[string]any{"field": fieldJSON(c.Field), "operator": string(c.Op)}
		if c.Operand != nil {
			out["operand"] = operandJSON(c.Operand)
		}
		if c.Op == jql.Changed || strings.HasPrefix(string(c.Op), "was") {
			predicates := []any{}
			for _, p := range c.Predicates {
				predicates = append(predicates, map[string]any{"operator": strings.ToLower(p.Op), "operand": operandJSON(p.Operand)})
			}
			out["predicates"] = predicates
		}
		return out
	}
	return nil
}

// fieldJSON returns a field.
func fieldJSON(f jql.Field) map[string]any {
	return map[string]any{"name": f.Name, "encodedName": f.Name}
}

// operandJSON returns the right side of a comparison.
func operandJSON(o jql.Operand) map[string]any {
	switch o := o.(type) {
	case *jql.Value:
		encoded := o.Text
		if o.Quoted {
			encoded = jql.Quote(o.Text)
		}
		return map[string]any{"value": o.Text, "encodedValue": encoded}
	case *jql.Func:
		return map[string]any{"function": o.Name, "arguments": append([]string{}, o.Args...)}
	case *jql.List:
		values := []any{}
		for _, item := range o.Items {
			values = append(values, operandJSON(item))
		}
		return map[string]any{"values": values}
	}
	return map[string]any{"keyword": "empty"}
}
