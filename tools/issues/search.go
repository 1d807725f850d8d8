package issues

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// searchTools finds issues.
type searchTools struct{ env.Env }

func newSearchTools(e env.Env) *searchTools { return &searchTools{e} }

func defineSearchTools() []kit.Tool {
	return kit.Group(newSearchTools,
		kit.Define(kit.Spec{
			Name: "jira_search", Title: "Search issues", Effect: kit.Read, Toolset: "issues", Default: true,
			Description: "Find issues with JQL; one line each. For the full text of known issues use jira_get_issue.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpSearch), Optional: append(query.ExplainKeys(), operation.Keys(jira.OpCount, jira.OpMyself)...),
		}, (*searchTools).search),
	)
}

// SearchInput are the arguments of jira_search.
type SearchInput struct {
	JQL    string   `json:"jql" doc:"e.g. project = PAY AND sprint in openSprints() AND statusCategory != Done ORDER BY priority"`
	Fields []string `json:"fields,omitempty" doc:"columns, by field name" max:"30"`
	Limit  int      `json:"limit,omitempty" min:"1" max:"100" default:"25"`
	Cursor string   `json:"cursor,omitempty" doc:"next page, from the last answer"`
	Count  bool     `json:"count,omitempty" doc:"say about how many match"`
}

// issueRow is one issue found.
type issueRow struct {
	Key      string            `json:"key"`
	Type     string            `json:"type,omitempty"`
	Status   string            `json:"status,omitempty"`
	Priority string            `json:"priority,omitempty"`
	Assignee string            `json:"assignee,omitempty"`
	Summary  string            `json:"summary,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"` // other columns, by name
}

// searchOutput is the result of jira_search.
type searchOutput struct {
	Issues []issueRow `json:"issues"`
	Cursor string     `json:"cursor,omitempty"` // of the next page
	Count  *int       `json:"approximate_count,omitempty"`
	Cut    int        `json:"left_out,omitempty"` // rows that did not fit; the cursor has them

	columns []column
	cells   bool     // some cells are cut
	origins []cursor // where each row can be fetched again
}

// column is a field shown; label is its name in the header.
type column struct{ id, label string }

var defaultColumns = []column{{"issuetype", "type"}, {"status", "status"}, {"priority", "priority"}, {"assignee", "assignee"}, {"summary", "summary"}}

// maxCell is how many characters a cell shows.
const maxCell = 500

// maxSearchPages bounds the requests of one search: Jira may give fewer issues
// a page than asked, even none.
const maxSearchPages = 10

func (s *searchTools) search(ctx context.Context, in SearchInput) (*searchOutput, error) {
	if err := query.CheckJQL(in.JQL); err != nil {
		return nil, err
	}
	at, err := openCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	out := &searchOutput{Issues: []issueRow{}, columns: defaultColumns}
	if len(in.Fields) > 0 {
		if out.columns, err = s.columns(ctx, in.Fields); err != nil {
			return nil, err
		}
	}
	show := cellFormatter(ctx, s.Env)
	q := jira.Search{JQL: in.JQL, Page: at.Page, Reconcile: at.Reconcile, Limit: min(in.Limit+at.Skip, 100)}
	for _, c := range out.columns {
		q.Fields = append(q.Fields, c.id)
	}
	for n := 0; len(out.Issues) < in.Limit && n < maxSearchPages; n++ {
		page, err := s.Jira.SearchPage(ctx, q)
		if err != nil {
			var hints []string
			if in.Cursor != "" {
				hints = []string{"A cursor belongs to the jql it came with; leave it out to start anew."}
			}
			return nil, query.Explain(ctx, s.Env, in.JQL, err, hints...)
		}
		if page.Next != "" && page.Next == q.Page {
			return nil, errors.New("the search does not get on: Jira names the same next page again")
		}
		q.Reconcile = page.Reconcile
		for n, issue := range page.Issues {
			if n < at.Skip {
				continue
			}
			row, err := out.row(issue, show)
			if err != nil {
				return nil, err
			}
			out.Issues = append(out.Issues, row)
			out.origins = append(out.origins, cursor{q.Page, n, q.Reconcile})
		}
		q.Page, at.Skip = page.Next, max(at.Skip-len(page.Issues), 0)
		q.Limit = in.Limit - len(out.Issues)
		if page.Next == "" {
			break
		}
	}
	if q.Page != "" {
		out.Cursor = cursor{q.Page, 0, q.Reconcile}.seal()
	}
	if in.Count {
		n, err := s.Jira.CountIssues(ctx, in.JQL)
		if err != nil {
			return nil, err
		}
		n = max(n, len(out.Issues)) // the count may lag behind a write
		out.Count = &n
	}
	return out, nil
}

func (s *searchTools) columns(ctx context.Context, wanted []string) ([]column, error) {
	ids, err := s.Names.FieldIDs(ctx, wanted)
	if err != nil {
		return nil, err
	}
	all, err := s.Names.Fields(ctx)
	if err != nil {
		return nil, err
	}
	var out []column
	for _, id := range ids {
		if id == "id" || id == "issuekey" {
			continue // the key is always shown
		}
		label := names.FieldName(all, id)
		for _, c := range defaultColumns {
			if c.id == id {
				label = c.label
			}
		}
		out = append(out, column{id, label})
	}
	return out, nil
}

// cellFormatter shows values, moments in the user's zone, which is asked for when
// the first moment turns up.
func cellFormatter(ctx context.Context, d env.Env) func(raw json.RawMessage) (string, error) {
	var zone *time.Location
	return func(raw json.RawMessage) (string, error) {
		s := names.Format(raw)
		if len(s) != len(jira.TimeLayout) || !strings.Contains(s, "T") || text.Local(s, time.UTC) == s {
			return s, nil
		}
		if zone == nil {
			var err error
			if zone, err = d.Zone(ctx); err != nil {
				return "", err
			}
		}
		return text.Local(s, zone), nil
	}
}

func (o *searchOutput) row(issue jira.Issue, show func(json.RawMessage) (string, error)) (issueRow, error) {
	row := issueRow{Key: issue.Key}
	for _, c := range o.columns {
		s, err := show(issue.Fields[c.id])
		if err != nil {
			return row, err
		}
		s = text.OneLine(s)
		switch c.id {
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
				row.Fields[c.label] = text.Shorten(s, maxCell)
				o.cells = o.cells || row.Fields[c.label] != s
			}
		}
	}
	return row, nil
}

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
	}
	if v := r.Fields[c.label]; v != "" {
		return v
	}
	return "-"
}

// Markdown implements [kit.Output].
func (o *searchOutput) Markdown() string {
	var b strings.Builder
	if o.Count != nil && len(o.Issues) > 0 {
		fmt.Fprintf(&b, "About %d issues match.\n", *o.Count)
	}
	if len(o.Issues) == 0 {
		b.WriteString("No issues found.")
		return b.String()
	}
	b.Grow(100 * len(o.Issues))
	b.WriteString("key")
	for _, c := range o.columns {
		b.WriteString(" | " + c.label)
	}
	for _, r := range o.Issues {
		b.WriteString("\n" + r.Key)
		for _, c := range o.columns {
			b.WriteString(" | " + r.cell(c))
		}
	}
	if o.cells {
		b.WriteString("\nCells that end in … are cut; jira_get_issue has them whole.")
	}
	if o.Cut > 0 {
		fmt.Fprintf(&b, "\n%d more were found but did not fit here.", o.Cut)
	}
	if o.Cursor != "" {
		b.WriteString("\nMore: cursor " + o.Cursor)
	}
	return b.String()
}

// Trim implements [kit.Trimmer]: it leaves out rows from the end and moves
// the cursor to the first of them.
func (o *searchOutput) Trim(over int) bool {
	dropped := 0
	for len(o.Issues) > 1 && dropped < over {
		last := len(o.Issues) - 1
		data, _ := json.Marshal(o.Issues[last])
		dropped += utf8.RuneCount(data)
		o.Cursor = o.origins[last].seal()
		o.Issues, o.Cut = o.Issues[:last], o.Cut+1
	}
	return dropped > 0
}

// cursor is a place in the results of a search: a page of Jira's, and how
// many of its issues to pass over.
type cursor struct {
	Page      string
	Skip      int
	Reconcile []int64
}

// seal writes the cursor for a model to hand back: Jira's own page token
// first, since a model pays for every character.
func (c cursor) seal() string {
	var ids []string
	for _, id := range c.Reconcile {
		ids = append(ids, strconv.FormatInt(id, 36))
	}
	return fmt.Sprintf("%s~%d~%s", c.Page, c.Skip, strings.Join(ids, "."))
}

func openCursor(s string) (cursor, error) {
	c := cursor{}
	if s == "" {
		return c, nil
	}
	c.Reconcile = []int64{} // as on the first page, and no others
	parts := strings.Split(s, "~")
	ok := len(parts) >= 3
	if ok {
		c.Page = strings.Join(parts[:len(parts)-2], "~")
		skip, err := strconv.Atoi(parts[len(parts)-2])
		c.Skip, ok = skip, err == nil && skip >= 0 && skip <= 100
		for _, text := range strings.FieldsFunc(parts[len(parts)-1], func(r rune) bool { return r == '.' }) {
			id, err := strconv.ParseInt(text, 36, 64)
			ok = ok && err == nil && id > 0
			c.Reconcile = append(c.Reconcile, id)
		}
	}
	if !ok || len(c.Reconcile) > 50 {
		return cursor{}, errors.New("the cursor is not one that jira_search gave; leave it out to start from the first page")
	}
	return c, nil
}
