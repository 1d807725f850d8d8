package jql_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
)

// tree returns a query in the normal form of testdata/atlassian.json.
func tree(q *jql.Query) any {
	order := []any{}
	for _, s := range q.OrderBy {
		o := field(s.Field)
		o["dir"] = strings.ToLower(s.Dir)
		order = append(order, o)
	}
	var where any
	if q.Where != nil {
		where = clause(q.Where)
	}
	return map[string]any{"where": where, "order": order}
}

// field returns a field in that form.
func field(f jql.Field) map[string]any {
	m := map[string]any{"field": f.Name}
	var props []any
	for _, p := range f.Properties {
		path := []any{}
		for _, part := range p.Path {
			path = append(path, part)
		}
		props = append(props, map[string]any{"key": p.Key, "path": path})
	}
	if props != nil {
		m["properties"] = props
	}
	return m
}

// clause returns a clause in that form.
func clause(c jql.Clause) any {
	all := func(cs []jql.Clause) (out []any) {
		for _, c := range cs {
			out = append(out, clause(c))
		}
		return out
	}
	switch c := c.(type) {
	case *jql.And:
		return map[string]any{"op": "and", "of": all(c.Clauses)}
	case *jql.Or:
		return map[string]any{"op": "or", "of": all(c.Clauses)}
	case *jql.Not:
		return map[string]any{"op": "not", "of": all([]jql.Clause{c.Clause})}
	case *jql.Term:
		m := field(c.Field)
		m["operator"] = string(c.Op)
		if c.Operand != nil {
			m["operand"] = operand(c.Operand)
		}
		var preds []any
		for _, p := range c.Predicates {
			preds = append(preds, map[string]any{"op": p.Op, "operand": operand(p.Operand)})
		}
		if preds != nil {
			m["predicates"] = preds
		}
		return m
	}
	return nil
}

// operand returns an operand in that form.
func operand(o jql.Operand) any {
	switch o := o.(type) {
	case *jql.Value:
		return map[string]any{"value": o.Text}
	case *jql.Empty:
		return map[string]any{"keyword": "empty"}
	case *jql.Func:
		args := []any{}
		for _, a := range o.Args {
			args = append(args, a)
		}
		return map[string]any{"function": o.Name, "args": args}
	case *jql.List:
		var items []any
		for _, i := range o.Items {
			items = append(items, operand(i))
		}
		return map[string]any{"list": items}
	}
	return nil
}

// roundTrip converts Go values to the values that encoding/json decodes from
// them.
func roundTrip(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
