package reports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/agile"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// reportScope says which issues a report is about.
type reportScope struct {
	JQL     string `json:"jql,omitempty" doc:"which issues"`
	Project string `json:"project,omitempty" doc:"or all of a project"`
	Board   string `json:"board,omitempty" doc:"or of the board's project; done is its last column" loose:"true"`
}

// resolvedScope is what a report is about.
type resolvedScope struct {
	where string     // a query without an order
	of    string     // in words
	board jira.Board // none where its number is 0
	notes []string
}

// resolveScope finds what is meant.
func resolveScope(ctx context.Context, d env.Env, w reportScope) (s resolvedScope, err error) {
	if strings.TrimSpace(w.JQL+w.Project+w.Board) == "" {
		return s, errors.New("give jql, project or board")
	}
	if w.JQL != "" && w.Project != "" && w.Board == "" {
		return s, errors.New("give jql or project, not both: write project into the jql")
	}
	project := w.Project
	if w.Board != "" {
		if s.board, err = agile.FindBoard(ctx, d, w.Board, w.Project); err != nil {
			return s, err
		}
		if w.JQL == "" {
			return s, resolveBoardScope(ctx, d, &s)
		}
	}
	if w.JQL == "" {
		s.of, err = d.Names.Project(ctx, project)
		s.where = "project = " + jql.Quote(s.of)
		return s, err
	}
	if err := query.CheckJQL(w.JQL); err != nil {
		return s, err
	}
	q, err := jql.Parse(w.JQL)
	if err != nil {
		return s, err
	}
	q.OrderBy = nil
	s.where, s.of = q.String(), text.Shorten(text.OneLine(w.JQL), 60)
	return s, nil
}

// resolveBoardScope is what a board shows: what its filter finds, which can be of several
// projects. Behind a fence, or where the filter may not be known, it is the project
// that the board belongs to.
func resolveBoardScope(ctx context.Context, d env.Env, s *resolvedScope) error {
	config, err := d.Names.Configuration(ctx, s.board.ID)
	if readable(err) {
		return err
	}
	s.of = s.board.Name
	if id := config.Filter.ID; err == nil && d.Jira.Fence() == nil && id != "" && strings.Trim(id, "0123456789") == "" {
		s.where = "filter = " + id
		return nil
	}
	key := s.board.Location.ProjectKey
	if key == "" {
		return fmt.Errorf("%s belongs to no project, and its filter may not be known: give jql", s.board.Name)
	}
	s.where = "project = " + jql.Quote(key)
	s.notes = append(s.notes, "Only "+key+" is counted: what other projects the board shows may not be known here.")
	return nil
}

// maxReported is how many issues a report of what is open, or of a version, reads.
const maxReported = 2000

// loadIssues reads the issues of a query with some fields, up to maxReported; more
// says that there are more. Jira has a hundred on a page, each of which names the
// next.
func loadIssues(ctx context.Context, d env.Env, s resolvedScope, query string, fields []string) (list []jira.Issue, more bool, err error) {
	for issue, err := range d.Jira.SearchIssues(ctx, jira.Search{JQL: query, Fields: fields, Limit: 100}) {
		switch {
		case err != nil:
			return nil, false, explainScope(ctx, d, s, err)
		case len(list) == maxReported:
			return list, true, nil
		}
		if list = append(list, issue); len(list)%100 == 0 {
			kit.Progress(ctx, fmt.Sprintf("%d issues read", len(list)))
		}
	}
	return list, false, nil
}

// explainScope says of a query that Jira refused what is wrong with it.
func explainScope(ctx context.Context, d env.Env, s resolvedScope, err error) error {
	if s.where == "" {
		return err
	}
	return query.Explain(ctx, d, s.where, err)
}

// reported are the issues of a query as reports take them, without histories.
func (r *reportTools) reported(ctx context.Context, s resolvedScope, y *estimation, query string, fields ...string) (out []report.Issue, notes []string, err error) {
	list, more, err := loadIssues(ctx, r.Env, s, query, append(y.fields(), fields...))
	if err != nil {
		return nil, nil, err
	}
	if more {
		notes = append(notes, fmt.Sprintf("Only the first %d issues are counted.", maxReported))
	}
	for _, i := range list {
		out = append(out, y.issue(i, nil))
	}
	return out, slices.Concat(s.notes, y.notes, notes), nil
}

// told adds a note that is not there yet.
func told(notes []string, text string) []string {
	if slices.Contains(notes, text) {
		return notes
	}
	return append(notes, text)
}

// comments are those that an issue was read with.
func (y *estimation) comments(f jira.Fields) (out []report.Comment) {
	page, _ := jira.Value[struct {
		Comments []struct {
			Author  jira.User `json:"author"`
			Created string    `json:"created"`
		} `json:"comments"`
	}](f, "comment")
	for _, c := range page.Comments {
		out = append(out, report.Comment{At: when(c.Created), By: y.called(c.Author)})
	}
	return out
}
