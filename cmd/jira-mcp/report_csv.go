package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// newTable returns an empty table for a list of a result, as CSV.
//
// The columns come from the schema of the result, not from the rows, so that
// they are the same for every report of a kind, and are there without rows. They
// are in the schema's order; the member key of a nested object parent gets the
// column parent.key. Each element of the lists in parts becomes a row of its own,
// which begins with the members of the row that contains it. For example, with
// the part "issues",
//
//	{"name":"Fixed","issues":[{"key":"PAY-1"},{"key":"PAY-2"}]}
//
// gives the columns name and key, and the rows
//
//	"Fixed","PAY-1"
//	"Fixed","PAY-2"
//
// A member that the schema lacks gets a column at the end.
func newTable(schema json.RawMessage, list string, parts []string) *table {
	return &table{list: list, parts: parts, columns: columns(member(schema, "properties", list, "items"), "", parts)}
}

// addResult adds the rows of a result, each with some fixed cells.
func (t *table) addResult(res *mcp.CallToolResult, fixed map[string]string) error {
	data, err := json.Marshal(res.StructuredContent)
	if err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	var items []json.RawMessage
	if all[t.list] != nil {
		if err := json.Unmarshal(all[t.list], &items); err != nil {
			return err
		}
	}
	from := len(t.rows)
	for _, item := range items {
		if err := t.add(item, t.parts); err != nil {
			return err
		}
	}
	for _, row := range t.rows[from:] {
		maps.Copy(row, fixed)
	}
	return nil
}

// write writes the table, its header first.
func (t *table) write(w io.Writer) error {
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
	_, err := io.WriteString(w, b.String())
	return err
}

// columns returns the columns for the schema of a row. With several parts, the
// column "part" names the list that a row comes from; the columns of the parts'
// elements follow.
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

// jsonMember is one member of a JSON object.
type jsonMember struct {
	name  string
	value json.RawMessage
}

// members returns the members of an object in their order, or nil for any other
// value. A map would lose the order, which is that of the columns.
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

// member returns the value at a path of member names, or nil if there is none.
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

// table is the CSV file in the making. A row is a map from column to cell.
type table struct {
	list    string   // the list of the result that it shows
	parts   []string // see newTable
	columns []string
	rows    []map[string]string
}

// add appends the row of an item or, if there are parts, one row for each of
// their elements.
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

// flatten writes the members of an object into a row, and returns the lists
// that are parts.
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

// set writes a cell, and adds its column if the table lacks it.
func (t *table) set(row map[string]string, column, value string) {
	if !slices.Contains(t.columns, column) {
		t.columns = append(t.columns, column)
	}
	row[column] = value
}

// quoteFormula returns text as a cell. Other people wrote the text, and a
// spreadsheet would run it as a formula if it began with =, +, -, @, tab or
// carriage return; an apostrophe in front prevents that (OWASP, "CSV
// Injection"). The cell is always in quotes, since a spreadsheet may separate
// cells at another character than the comma, which encoding/csv would not
// quote: =1 becomes "'=1".
func quoteFormula(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		text = "'" + text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// cell returns a JSON value as a cell. Numbers have at most four decimals; the
// elements of a list are joined by semicolons.
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
