package issues

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// column is a displayed field: its Jira field id, and its label in the table's
// header.
type column struct{ id, label string }

// defaultColumns are shown when the call names no fields. Their labels also
// replace the site's display names of these fields in calls that name them.
var defaultColumns = []column{{"issuetype", "type"}, {"status", "status"}, {"priority", "priority"}, {"assignee", "assignee"}, {"summary", "summary"}}

// maxCellChars is the maximum length of a cell, in characters.
const maxCellChars = 500

// idColumn and urlColumn are columns that are not fields: the issue's id and the
// address of its page.
const (
	idColumn  = "id"
	urlColumn = "url"
)

// columns returns the columns that a call names, labelled with the site's
// display names or with the labels of defaultColumns. It omits the key, which
// every row shows. Names that the site does not know become notes, and so do
// *all and *navigable, with which other clients ask for every field; without any
// other column, those are the default ones.
func (s *searchTools) columns(ctx context.Context, wanted []string) ([]column, error) {
	if len(wanted) == 0 {
		return defaultColumns, nil
	}
	var fields, remarks []string
	var out []column
	all, err := s.Names.Fields(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range wanted {
		if slices.ContainsFunc(all, func(f jira.Field) bool { return names.IsCalled(name, f.DisplayNames()...) }) { // a field wins over a word
			fields = append(fields, name)
			continue
		}
		switch plain := strings.ToLower(strings.TrimSpace(name)); {
		case strings.HasPrefix(plain, "*"):
			remarks = append(remarks, plain+" shows the default columns here; name the others that you need.")
		case strings.HasPrefix(plain, "-"): // excludes a field of *all
		case plain == "key" || plain == "issuekey" || plain == "issue key":
		case plain == idColumn:
			out = appendColumn(out, column{idColumn, idColumn})
		case plain == urlColumn || plain == "link" || plain == "self":
			out = appendColumn(out, column{urlColumn, urlColumn})
		default:
			fields = append(fields, name)
		}
	}
	ids, unknown, err := s.Names.KnownFieldIDs(ctx, fields)
	if err != nil {
		return nil, err
	}
	for _, u := range unknown {
		remarks = append(remarks, "Left out: "+u.Error())
	}
	for _, remark := range remarks {
		kit.AddNote(ctx, remark)
	}
	named, err := s.label(ctx, ids)
	if len(named) == 0 && len(remarks) > 0 {
		named = defaultColumns
	}
	return slices.Concat(named, out), err
}

// appendColumn appends a column unless it is there.
func appendColumn(list []column, c column) []column {
	if slices.Contains(list, c) {
		return list
	}
	return append(list, c)
}

// fieldsOf returns the ids of the fields that columns show. Without any field,
// Jira leaves out the key.
func fieldsOf(columns []column) []string {
	var out []string
	for _, c := range columns {
		if c.id != idColumn && c.id != urlColumn {
			out = append(out, c.id)
		}
	}
	if len(out) == 0 {
		return []string{"summary"}
	}
	return out
}

// label returns the columns of fields.
func (s *searchTools) label(ctx context.Context, ids []string) ([]column, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := s.Names.Fields(ctx)
	if err != nil {
		return nil, err
	}
	var out []column
	for _, id := range ids {
		if id == "issuekey" {
			continue // every row begins with the key
		}
		label := names.FieldName(all, id)
		for _, c := range defaultColumns {
			if c.id == id {
				label = c.label
			}
		}
		if slices.ContainsFunc(out, func(c column) bool { return c.label == label }) { // two fields of one name
			label += " (" + id + ")"
		}
		out = append(out, column{id, label})
	}
	return out, nil
}

// cellFormatter returns a function that renders a field's value as text, with
// timestamps in the user's time zone. It requests the zone when the first
// timestamp occurs, so a table without timestamps costs no request for it.
func cellFormatter(ctx context.Context, d env.Env) func(raw json.RawMessage) (string, error) {
	var zone *time.Location
	return func(raw json.RawMessage) (string, error) {
		s := names.Format(raw)
		if len(s) != len(jira.TimeLayout) || !strings.Contains(s, "T") || text.LocalTime(s, time.UTC) == s {
			return s, nil
		}
		if zone == nil {
			var err error
			if zone, err = d.ShownZone(ctx); err != nil {
				return "", err
			}
		}
		return text.LocalTime(s, zone), nil
	}
}

// row returns the row of an issue: one line of text for each column, with other
// columns cut to maxCellChars. It notes in the output whether a cell was cut.
func (o *searchOutput) row(issue jira.Issue, show func(json.RawMessage) (string, error)) (issueRow, error) {
	row := issueRow{Key: issue.Key}
	for _, c := range o.columns {
		s, err := show(issue.Fields[c.id])
		if err != nil {
			return row, err
		}
		s = text.OneLine(s)
		switch c.id {
		case idColumn:
			row.ID = issue.ID
		case urlColumn:
			row.URL = o.browseURL(issue.Key)
		case "issuetype":
			row.Type = s
		case "status":
			row.Status = s
		case "priority":
			row.Priority = s
		case "assignee":
			row.Assignee = s
		case "summary":
			row.Summary = s
		default:
			if s != "" {
				if row.Fields == nil {
					row.Fields = map[string]string{}
				}
				row.Fields[c.label] = text.Shorten(s, maxCellChars)
				o.hasCutCells = o.hasCutCells || row.Fields[c.label] != s
			}
		}
	}
	return row, nil
}

// cell returns the text of a cell, with "-" for an empty assignee or an empty
// other column.
func (r issueRow) cell(c column) string {
	switch c.id {
	case "issuetype":
		return r.Type
	case "status":
		return r.Status
	case "priority":
		return r.Priority
	case "assignee":
		if r.Assignee == "" {
			return "-"
		}
		return r.Assignee
	case "summary":
		return r.Summary
	case idColumn:
		return r.ID
	case urlColumn:
		return r.URL
	}
	if v := r.Fields[c.label]; v != "" {
		return v
	}
	return "-"
}
