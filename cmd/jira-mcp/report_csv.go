package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// writeCSV prints a list of a result: a column for each member, in the order in
// which they come, those of objects with a dot. Parts become rows of their own
// behind the members of what they are part of.
func (a *app) writeCSV(res *mcp.CallToolResult, list string, parts []string) error {
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
	t := &table{}
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
				t.set(own, "part", inert(part))
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
	dec := json.NewDecoder(strings.NewReader(string(item)))
	if _, err := dec.Token(); err != nil { // {
		return nil, err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		column := prefix + fmt.Sprint(name)
		switch {
		case slices.Contains(parts, column):
			var list []json.RawMessage
			if err := json.Unmarshal(value, &list); err != nil {
				return nil, err
			}
			inner[column] = list
		case value[0] == '{':
			if _, err := t.flatten(row, column+".", value, nil); err != nil {
				return nil, err
			}
		default:
			t.set(row, column, cell(value))
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

// inert is text as a cell, with an apostrophe where a spreadsheet would take it for
// a formula: it was written by other people. It is always in quotes, since what
// separates cells there may be another character (OWASP, "CSV Injection"), which
// encoding/csv would leave bare.
func inert(text string) string {
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
		return inert(v)
	case float64:
		return strconv.FormatFloat(math.Round(v*1e4)/1e4, 'f', -1, 64)
	case []any:
		var list []string
		for _, one := range v {
			list = append(list, fmt.Sprint(one))
		}
		return inert(strings.Join(list, "; "))
	}
	return fmt.Sprint(v)
}
