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

// reportScope holds the arguments that choose the issues of a report. Inputs
// embed it.
type reportScope struct {
	JQL     string `json:"jql,omitempty" doc:"query for the issues"`
	Project string `json:"project,omitempty" doc:"or all issues of a project"`
	Board   string `json:"board,omitempty" doc:"or the issues of a board; done is its last column" loose:"true" min:"1"`
}

// resolvedScope is the set of issues that a report is about.
type resolvedScope struct {
	query   string     // the JQL query, without an order
	subject string     // what the issues are, for the reader
	board   jira.Board // the zero value if no board was given
	notes   []string
}

// resolveScope returns the scope that the arguments mean. They can be combined
// as follows:
//
//   - jql alone chooses the issues.
//   - project alone stands for all of its issues.
//   - board stands for the issues that it shows; project can then tell boards
//     of the same name apart.
//   - jql with board: the query chooses the issues, and the board only decides
//     how work is estimated and which statuses are done.
//
// The order of a query is removed, because the callers add their own conditions
// and order.
func resolveScope(ctx context.Context, d env.Env, w reportScope) (s resolvedScope, err error) {
	if strings.TrimSpace(w.JQL+w.Project+w.Board) == "" {
		if w.Project = d.Names.OnlyProject(); w.Project == "" {
			return s, errors.New("give jql, project or board")
		}
	}
	if w.JQL != "" && w.Project != "" && w.Board == "" {
		return s, errors.New("give jql or project, not both; put the project into jql")
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
		s.subject, err = d.Names.Project(ctx, project)
		s.query = "project = " + jql.Quote(s.subject)
		return s, err
	}
	if w.JQL, err = query.CheckJQL(w.JQL); err != nil {
		return s, err
	}
	q, err := jql.Parse(w.JQL)
	if err != nil {
		return s, err
	}
	q.OrderBy = nil
	s.query, s.subject = q.String(), text.Shorten(text.OneLine(w.JQL), 60)
	return s, nil
}

// resolveBoardScope sets the scope to the issues that a board shows. These are
// the ones that its filter finds, which can be of several projects. Behind a
// fence, or if the filter is unknown, the scope is the project that the board
// belongs to, with a note.
func resolveBoardScope(ctx context.Context, d env.Env, s *resolvedScope) error {
	config, missing, err := agile.Configuration(ctx, d, s.board)
	if err != nil {
		return err
	}
	s.subject = s.board.Name
	if id := config.Filter.ID; missing == "" && d.Jira.Fence() == nil && id != "" && strings.Trim(id, "0123456789") == "" {
		s.query = "filter = " + id
		return nil
	}
	key := s.board.Location.ProjectKey
	if key == "" {
		return fmt.Errorf("%s belongs to no project, and its filter cannot be used: give jql", s.board.Name)
	}
	s.query = "project = " + jql.Quote(key)
	s.notes = append(s.notes, "Only "+key+" is counted; the board's other projects could not be determined.")
	return nil
}

// maxReportIssues is the maximum number of issues that loadIssues returns.
const maxReportIssues = 2000

// loadIssues returns the issues that a query finds, with some of their fields,
// at most maxReportIssues. more is true if the query finds further ones. Jira
// returns pages of a hundred, and each names the next one, so that they cannot
// be read concurrently.
func loadIssues(ctx context.Context, d env.Env, s resolvedScope, query string, fields []string) (list []jira.Issue, more bool, err error) {
	for issue, err := range d.Jira.SearchIssues(ctx, jira.Search{JQL: query, Fields: fields, Limit: 100}) {
		switch {
		case err != nil:
			return nil, false, explainScope(ctx, d, s, err)
		case len(list) == maxReportIssues:
			return list, true, nil
		}
		if list = append(list, issue); len(list)%100 == 0 {
			kit.Progress(ctx, fmt.Sprintf("%d issues read", len(list)))
		}
	}
	return list, false, nil
}

// explainScope adds to Jira's rejection of a query what is wrong with the
// query. The zero scope stands for a query of this package, which needs no
// explanation.
func explainScope(ctx context.Context, d env.Env, s resolvedScope, err error) error {
	if s.query == "" {
		return err
	}
	return query.Explain(ctx, d, s.query, err)
}

// reportIssues returns the issues that a query finds, converted for package
// report, without their histories. notes holds all notes on the data so far.
func (r *reportTools) reportIssues(ctx context.Context, s resolvedScope, y *estimation, query string, fields ...string) (out []report.Issue, notes []string, err error) {
	list, more, err := loadIssues(ctx, r.Env, s, query, append(y.fields(), fields...))
	if err != nil {
		return nil, nil, err
	}
	if more {
		notes = append(notes, fmt.Sprintf("Only the first %d issues are counted.", maxReportIssues))
	}
	for _, i := range list {
		out = append(out, y.convertIssue(ctx, i, nil))
	}
	return out, slices.Concat(s.notes, y.notes, notes), nil
}

// addNote appends a note unless the notes have it already. Trim is called
// repeatedly, and several sprints can have the same note.
func addNote(notes []string, text string) []string {
	if slices.Contains(notes, text) {
		return notes
	}
	return append(notes, text)
}

// comments returns the authors and times of the comments that an issue was read
// with, or nil if its comments were not read.
func (e *estimation) comments(f jira.Fields) (out []report.Comment) {
	page, _ := jira.Value[struct {
		Comments []struct {
			Author  jira.User `json:"author"`
			Created string    `json:"created"`
		} `json:"comments"`
	}](f, "comment")
	for _, c := range page.Comments {
		out = append(out, report.Comment{At: parseTime(c.Created), By: e.uniqueName(c.Author)})
	}
	return out
}
