package issues

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// searchTools is the receiver of jira_search. filterTools embeds it, because a
// saved filter runs through the same search.
type searchTools struct{ env.Env }

// newSearchTools returns the receiver of the search tools for one user.
func newSearchTools(e env.Env) *searchTools { return &searchTools{e} }

// defineSearchTools declares jira_search.
func defineSearchTools() []kit.Tool {
	return kit.Group(newSearchTools,
		kit.Define(kit.Spec{
			Name: "jira_search", Title: "Search issues", Effect: kit.Read, Toolset: "issues", Default: true,
			Description: "Search issues with JQL; returns one line each. For the full text of known issues use jira_get_issue.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpSearch), Optional: append(query.ExplainOperations(), operation.Keys(jira.OpCount, jira.OpMyself)...),
		}, (*searchTools).search),
	)
}

// SearchInput holds the arguments of jira_search. It is exported for the
// prompts that run a search of their own.
type SearchInput struct {
	JQL    string   `json:"jql" doc:"e.g. project = PAY AND sprint in openSprints() AND statusCategory != Done ORDER BY priority"`
	Fields []string `json:"fields,omitempty" doc:"columns, by field name" max:"30"`
	Limit  int      `json:"limit,omitempty" min:"1" max:"100" default:"25"`
	Cursor string   `json:"cursor,omitempty" doc:"next page, from the last answer"`
	Count  bool     `json:"count,omitempty" doc:"include the approximate number of matches"`
}

// issueRow is one found issue: the default columns have fields of their own,
// all other columns are in Fields.
type issueRow struct {
	Key      string            `json:"key"`
	Type     string            `json:"type,omitempty"`
	Status   string            `json:"status,omitempty"`
	Priority string            `json:"priority,omitempty"`
	Assignee string            `json:"assignee,omitempty"`
	Summary  string            `json:"summary,omitempty"`
	ID       string            `json:"id,omitempty"` // only as a column, like URL
	URL      string            `json:"url,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"` // the other columns, by label
}

// searchOutput is the result of jira_search and of jira_run_filter: one page of
// rows and the cursor of the next page.
type searchOutput struct {
	Issues  []issueRow `json:"issues"`
	Cursor  string     `json:"cursor,omitempty"` // of the next page; empty on the last one
	Count   *int       `json:"approximate_count,omitempty"`
	LeftOut int        `json:"left_out,omitempty"` // number of rows that did not fit; Cursor starts at the first of them
	Note    string     `json:"note,omitempty"`     // what is missing, and why
	Now     string     `json:"now,omitempty"`      // if dates matter: of a relative query, or in a column of due dates

	complete    bool // Jira has no further page
	columns     []column
	browseURL   func(key string) string
	hasCutCells bool     // whether a cell was cut to maxCellChars
	origins     []cursor // the position of each row, so that Trim can point the cursor at it
}

// maxSearchPages is the maximum number of requests for one call: Jira may
// return fewer issues on a page than requested, or none.
const maxSearchPages = 10

// search runs a query and returns one page of in.Limit rows, collected from as
// many of Jira's pages as that takes, at most maxSearchPages.
//
// A cursor names one of Jira's pages and the number of issues to skip on it,
// because an answer may end in the middle of one of Jira's pages: if Trim drops
// rows 18 to 25 of a page, the next call requests that page again and skips 17
// issues. The first request therefore asks for in.Limit plus the skipped
// issues, at most 100.
//
// Every page of one search must be requested with the same ids of recently
// written issues (jira.Search.Reconcile), so the cursor carries them too. An
// issue that moves while pages are read is on two of them and counts once. Where
// Jira's pages bring nothing new or break off, a note says that the list may not
// be complete.
func (s *searchTools) search(ctx context.Context, in SearchInput) (*searchOutput, error) {
	var err error
	if in.JQL, err = query.CheckJQL(in.JQL); err != nil {
		return nil, err
	}
	at, err := parseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	out := &searchOutput{Issues: []issueRow{}, browseURL: s.Jira.BrowseURL}
	if out.columns, err = s.columns(ctx, in.Fields); err != nil {
		return nil, err
	}
	if query.IsRelative(in.JQL) || slices.ContainsFunc(out.columns, func(c column) bool { return c.id == "duedate" }) {
		out.Now = s.NowLine(ctx)
	}
	show := cellFormatter(ctx, s.Env)
	q := jira.Search{JQL: in.JQL, Page: at.Page, Reconcile: at.Reconcile, Limit: min(in.Limit+at.Skip, 100), Fields: fieldsOf(out.columns)}
	seen, idle, doubtful := map[string]bool{}, 0, false
	for n := 0; len(out.Issues) < in.Limit && n < maxSearchPages; n++ {
		page, err := s.Jira.SearchPage(ctx, q)
		if doubtful && jira.IsStatus(err, http.StatusBadRequest) {
			q.Page = ""
			break
		}
		if err != nil {
			var hints []string
			if in.Cursor != "" {
				hints = []string{"A cursor is valid only for the jql that returned it; omit it to start over."}
			}
			return nil, query.Explain(ctx, s.Env, in.JQL, err, hints...)
		}
		q.Reconcile = page.Reconcile
		idle++
		for n, issue := range page.Issues {
			if n < at.Skip || issue.ID != "" && seen[issue.ID] {
				continue
			}
			seen[issue.ID], idle = true, 0
			row, err := out.row(issue, show)
			if err != nil {
				return nil, err
			}
			out.Issues = append(out.Issues, row)
			out.origins = append(out.origins, cursor{q.Page, n, q.Reconcile})
		}
		q.Page, at.Skip = page.Next, max(at.Skip-len(page.Issues), 0)
		q.Limit, doubtful = in.Limit-len(out.Issues), page.IsDoubtful()
		if page.IsBrokenOff() || idle >= maxIdlePages {
			out.Note, q.Page = "The list may be incomplete: Jira returned no next page, or only pages without new issues.", ""
		}
		if q.Page == "" {
			break
		}
	}
	out.complete = q.Page == "" && out.Note == ""
	if q.Page != "" {
		out.Cursor = cursor{q.Page, 0, q.Reconcile}.encode()
	}
	if in.Count {
		if err := s.addCount(ctx, in.JQL, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// maxIdlePages is the number of Jira's pages without a new issue, one after the
// other, after which a search ends.
const maxIdlePages = 5

// addCount adds the number of matching issues. The issues are the answer: without
// the count, a note says why it is missing.
func (s *searchTools) addCount(ctx context.Context, query string, out *searchOutput) error {
	missing, err := env.Secondary(ctx, "the number of matching issues", func(ctx context.Context) error {
		n, err := s.Jira.CountIssues(ctx, query)
		if err == nil {
			n = max(n, len(out.Issues)) // the count may lag behind a write
			out.Count = &n
		}
		return err
	})
	out.Note = strings.TrimSpace(out.Note + " " + missing)
	return err
}

// Markdown implements [kit.Output]: a header, one line for each issue with its
// cells separated by " | ", and notes about cut cells and further issues.
func (o *searchOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	if o.Count != nil && len(o.Issues) > 0 {
		fmt.Fprintf(&b, "About %d issues match.\n", *o.Count)
	}
	if len(o.Issues) == 0 {
		b.WriteString("No issues found." + text.PrefixIfSet("\n", o.Note) + text.PrefixIfSet("\n", o.Now))
		return b.String()
	}
	b.Grow(100 * len(o.Issues))
	b.WriteString("key")
	for _, c := range o.columns {
		b.WriteString(" | " + kit.Line(c.label))
	}
	for _, r := range o.Issues {
		b.WriteString("\n" + r.Key)
		for _, c := range o.columns {
			b.WriteString(" | " + r.cell(c))
		}
	}
	if o.hasCutCells {
		b.WriteString("\nCells that end in … are cut; the issue itself has the full text.")
	}
	if o.LeftOut > 0 {
		fmt.Fprintf(&b, "\n%d more were found but did not fit.", o.LeftOut)
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note) + text.PrefixIfSet("\n", o.Now))
	switch {
	case o.Cursor != "":
		b.WriteString("\nMore: cursor " + o.Cursor)
	case o.complete:
		b.WriteString("\nNo more.")
	}
	return b.String()
}

// Trim implements [kit.Trimmer]: it removes rows from the end and moves the
// cursor to the first row that it removed. One row always remains, so that
// paging gets on.
func (o *searchOutput) Trim(room *kit.Room) bool {
	all := o.Issues
	if len(all) < 2 {
		return false
	}
	room.Keep(1, len(all)-1, func(n int) {
		o.Issues, o.LeftOut, o.Cursor = all[:n], len(all)-n, o.origins[n].encode()
	})
	return true
}

// cursor is a position in the results of a search: one of Jira's pages, the
// number of its issues to skip, and the ids of the issues that Jira reconciles
// (see jira.Search.Reconcile).
type cursor struct {
	Page      string
	Skip      int
	Reconcile []int64
}

// encode returns the cursor as text: Jira's page token, the number of issues to
// skip and the reconciled ids in base 36, separated by "~". It is short and not
// encoded any further, because a model pays for every character:
//
//	{"Page": "abc", "Skip": 3, "Reconcile": [10001, 10002]} → abc~3~7pt.7pu
func (c cursor) encode() string {
	var ids []string
	for _, id := range c.Reconcile {
		ids = append(ids, strconv.FormatInt(id, 36))
	}
	return fmt.Sprintf("%s~%d~%s", c.Page, c.Skip, strings.Join(ids, "."))
}

// parseCursor parses the text that encode returns; "" is the start of the
// results. The page token may itself contain "~", so the last two parts are
// split off and the rest is the token. Everything is checked, since a model may
// invent a cursor: at most 100 issues to skip, and at most 50 positive ids, the
// number that Jira accepts.
func parseCursor(s string) (cursor, error) {
	c := cursor{}
	if s == "" {
		return c, nil
	}
	c.Reconcile = []int64{} // not nil: the client must not add newer ids to a later page
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
		return cursor{}, errors.New("the cursor is not from jira_search; omit it to start from the first page")
	}
	return c, nil
}
