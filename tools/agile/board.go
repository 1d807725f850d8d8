package agile

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// getBoardInput holds the arguments of jira_get_board.
type getBoardInput struct {
	Board   string `json:"board,omitempty" doc:"name or number" loose:"true" min:"1"`
	Project string `json:"project,omitempty" doc:"or its project"`
}

// getBoardOutput is the result of jira_get_board.
type getBoardOutput struct {
	boardView
	Columns    []columnView `json:"columns"`
	Estimation string       `json:"estimation"`                 // name of the estimation field, or "issue count"
	Field      string       `json:"estimation_field,omitempty"` // id of the estimation field
	Note       string       `json:"note,omitempty"`
}

// columnView is one column of a board.
type columnView struct {
	Name     string   `json:"name"`
	Statuses []string `json:"statuses"`
	// Min and Max are the column's limits on the number of issues; 0 for none.
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
	// Done reports that the board counts the issues in this column as complete.
	Done bool `json:"done,omitempty"`
}

// Markdown implements [kit.Output]: the board, then one line a column.
func (o *getBoardOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s | number %d | %s | %s\nEstimates in %s.", o.Name, o.ID, o.Type, o.Project, o.Estimation)
	for _, c := range o.Columns {
		fmt.Fprintf(&b, "\n%s: %s", c.Name, text.ValueOrNone(strings.Join(c.Statuses, ", ")))
		if c.Min > 0 {
			fmt.Fprintf(&b, ", at least %d", c.Min)
		}
		if c.Max > 0 {
			fmt.Fprintf(&b, ", at most %d", c.Max)
		}
		if c.Done {
			b.WriteString(" (done)")
		}
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note))
	return b.String()
}

// get handles jira_get_board. If the statuses cannot be read, the columns list
// them by id and a note gives the reason; without the permission for the board's
// configuration the columns are left out, and a note says why.
func (b *boardTools) get(ctx context.Context, in getBoardInput) (*getBoardOutput, error) {
	board, err := FindBoard(ctx, b.Env, in.Board, in.Project)
	if err != nil {
		return nil, err
	}
	// The configuration is the answer: only a user who may not read it gets the rest.
	config, err := b.Names.Configuration(ctx, board.ID)
	missing := ""
	switch {
	case jira.IsNoAccess(err):
		missing = "The board's configuration could not be read: " + err.Error()
	case err != nil:
		return nil, err
	}
	out := &getBoardOutput{boardView: boardView{ID: board.ID, Name: board.Name, Type: board.Type, Project: board.Location.ProjectKey}, Columns: []columnView{}, Estimation: "issue count"}
	estimates := EstimatesOf(ctx, b.Env, board, config)
	if len(estimates.Fields) > 0 {
		out.Estimation, out.Field = estimates.Unit, estimates.Fields[0]
	}
	if config.Estimation.Type == "field" { // the field's own name, not the unit
		out.Estimation = config.Estimation.Field.Name
	}
	out.Note = strings.TrimSpace(missing + " " + estimates.Note)
	if missing != "" { // the columns are not known
		if len(estimates.Fields) == 0 {
			out.Estimation = "unknown"
		}
		return out, nil
	}
	called := map[string]string{}
	var statuses []jira.Status
	unnamed, err := env.Secondary(ctx, "the names of the statuses", func(ctx context.Context) (err error) {
		statuses, err = b.Names.Statuses(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if unnamed != "" {
		out.Note = strings.TrimSpace(out.Note + " Statuses are shown by id. " + unnamed)
	}
	for _, s := range statuses {
		called[s.ID] = s.Name
	}
	done := config.DoneStatuses()
	for _, c := range config.Columns.List {
		// All done statuses are in one column, so that comparing the first is
		// enough.
		v := columnView{Name: c.Name, Statuses: []string{}, Min: c.Min, Max: c.Max, Done: len(c.Statuses) > 0 && len(done) > 0 && c.Statuses[0].ID == done[0]}
		for _, s := range c.Statuses {
			name := called[s.ID]
			if name == "" {
				name = s.ID
			}
			v.Statuses = append(v.Statuses, name)
		}
		out.Columns = append(out.Columns, v)
	}
	return out, nil
}
