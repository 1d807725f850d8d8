package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// writeCSV prints a list of a result: a column for each member that the schema of
// results has, in its order, those of objects with a dot. Parts become rows of their
// own behind the members of what they are part of. The columns are the same whatever
// there is to tell.
func (a *app) writeCSV(res *mcp.CallToolResult, schema json.RawMessage, list string, parts []string) error {
	data, err := json.Marshal(res.StructuredContent)
	if err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	var items []json.RawMessage
	if err := json.Unmarshal(all[list], &items); err != nil {
		return err
	}
	t := &table{columns: columns(member(schema, "properties", list, "items"), "", parts)}
	for _, item := range items {
		if err := t.add(item, parts); err != nil {
			return err
		}
	}
	var b strings.Builder
	b.WriteString(strings.Join(t.columns, ",") + "\n")
	for _, row := range t.rows {
		for n, column := range t.columns {
			if n > 0 {
				b.WriteByte(',')
			}
			b.WriteString(row[column])
		}
		b.WriteByte('\n')
	}
	_, err = io.WriteString(a.out, b.String())
	return err
}

// columns are those of a schema's rows.
func columns(row json.RawMessage, prefix string, parts []string) []string {
	var out, inner []string
	for _, m := range members(member(row, "properties")) {
		switch properties := member(m.value, "properties"); {
		case slices.Contains(parts, prefix+m.name):
			for _, c := range columns(member(m.value, "items"), "", nil) {
				if !slices.Contains(inner, c) {
					inner = append(inner, c)
				}
			}
		case properties != nil:
			out = append(out, columns(m.value, prefix+m.name+".", nil)...)
		default:
			out = append(out, prefix+m.name)
		}
	}
	if len(parts) > 1 {
		out = append(out, "part")
	}
	return append(out, inner...)
}

type jsonMember struct {
	name  string
	value json.RawMessage
}

// members are an object's, in their order; none of anything else.
func members(object json.RawMessage) (out []jsonMember) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return out
		}
		m := jsonMember{name: fmt.Sprint(name)}
		if dec.Decode(&m.value) != nil {
			return out
		}
		out = append(out, m)
	}
	return out
}

// member goes down into objects; nil where there is nothing.
func member(object json.RawMessage, path ...string) json.RawMessage {
	for _, name := range path {
		n := slices.IndexFunc(members(object), func(m jsonMember) bool { return m.name == name })
		if n < 0 {
			return nil
		}
		object = members(object)[n].value
	}
	return object
}

type table struct {
	columns []string
	rows    []map[string]string
}

func (t *table) add(item json.RawMessage, parts []string) error {
	row := map[string]string{}
	inner, err := t.flatten(row, "", item, parts)
	if err != nil {
		return err
	}
	if len(parts) == 0 {
		t.rows = append(t.rows, row)
		return nil
	}
	for _, part := range parts {
		for _, one := range inner[part] {
			own := map[string]string{}
			for k, v := range row {
				own[k] = v
			}
			if len(parts) > 1 {
				t.set(own, "part", quoteFormula(part))
			}
			if _, err := t.flatten(own, "", one, nil); err != nil {
				return err
			}
			t.rows = append(t.rows, own)
		}
	}
	return nil
}

// flatten writes an object's members into a row; the lists that are parts are
// given back.
func (t *table) flatten(row map[string]string, prefix string, item json.RawMessage, parts []string) (map[string][]json.RawMessage, error) {
	inner := map[string][]json.RawMessage{}
	for _, m := range members(item) {
		column := prefix + m.name
		switch {
		case slices.Contains(parts, column):
			var list []json.RawMessage
			if err := json.Unmarshal(m.value, &list); err != nil {
				return nil, err
			}
			inner[column] = list
		case m.value[0] == '{':
			if _, err := t.flatten(row, column+".", m.value, nil); err != nil {
				return nil, err
			}
		default:
			t.set(row, column, cell(m.value))
		}
	}
	return inner, nil
}

func (t *table) set(row map[string]string, column, value string) {
	if !slices.Contains(t.columns, column) {
		t.columns = append(t.columns, column)
	}
	row[column] = value
}

// quoteFormula is text as a cell, with an apostrophe where a spreadsheet would take it for
// a formula: it was written by other people. It is always in quotes, since what
// separates cells there may be another character (OWASP, "CSV Injection"), which
// encoding/csv would leave bare.
func quoteFormula(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		text = "'" + text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// cell writes a value.
func cell(value json.RawMessage) string {
	var v any
	if json.Unmarshal(value, &v) != nil {
		return ""
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return quoteFormula(v)
	case float64:
		return strconv.FormatFloat(math.Round(v*1e4)/1e4, 'f', -1, 64)
	case []any:
		var list []string
		for _, one := range v {
			list = append(list, fmt.Sprint(one))
		}
		return quoteFormula(strings.Join(list, "; "))
	}
	return fmt.Sprint(v)
}
