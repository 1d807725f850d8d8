package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/agile"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// velocityInput holds the arguments of jira_velocity.
type velocityInput struct {
	Board   string `json:"board,omitempty" doc:"name or number" loose:"true" min:"1"`
	Project string `json:"project,omitempty" doc:"or its project"`
	Sprints int    `json:"sprints,omitempty" doc:"number of closed sprints" min:"1" max:"15" default:"5"`
	chartOption
}

// velocityOutput is the result of jira_velocity. Mean, Deviation, Lowest and
// Highest are over the completed work of the sprints, in the unit, or in issues
// without one.
type velocityOutput struct {
	Board            string           `json:"board"`
	Unit             string           `json:"unit,omitempty"`
	Sprints          []velocitySprint `json:"sprints"` // oldest first
	Mean             float64          `json:"mean"`
	Deviation        float64          `json:"standard_deviation"`
	Lowest           float64          `json:"lowest"`
	Highest          float64          `json:"highest"`
	CompletedPercent *float64         `json:"completed_of_committed_percent,omitempty"` // completed work includes what was added
	Notes            []string         `json:"notes"`

	charts
}

// velocitySprint holds the amounts of one closed sprint.
type velocitySprint struct {
	Name      string        `json:"name"`
	Committed report.Amount `json:"committed"`
	Completed report.Amount `json:"completed"`
	Added     report.Amount `json:"added"`
	Removed   report.Amount `json:"removed"`
}

// verdict says with what to plan, and how sure that is.
func (o *velocityOutput) verdict(unit string) string {
	if len(o.Sprints) == 0 {
		return o.Board + " has no closed sprint to measure."
	}
	how := "unevenly"
	switch variation := o.Deviation / max(o.Mean, 0.001); {
	case len(o.Sprints) < 3:
		how = "in too few sprints to rely on"
	case variation <= 0.15:
		how = "steadily"
	case variation <= 0.35:
		how = "with some variation"
	}
	s := fmt.Sprintf("%s completes %s %s a sprint on average, %s (lowest %s, highest %s, standard deviation %s).",
		o.Board, text.FormatNumber(o.Mean), unit, how, text.FormatNumber(o.Lowest), text.FormatNumber(o.Highest), text.FormatNumber(o.Deviation))
	if o.CompletedPercent != nil {
		s += fmt.Sprintf(" That is %.0f %% of what was committed; it includes work that was added later.", *o.CompletedPercent)
	}
	return s
}

// Markdown implements [kit.Output]: the mean, then a table with one row a
// sprint.
func (o *velocityOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	unit := o.Unit
	if unit == "" {
		unit = "issues"
	}
	b.WriteString(o.verdict(unit))
	b.WriteString("\nsprint | committed | completed | added | removed")
	show := func(a report.Amount) string {
		if o.Unit == "" {
			return fmt.Sprint(a.Issues)
		}
		return fmt.Sprintf("%d (%s)", a.Issues, text.FormatNumber(a.Points))
	}
	for _, s := range o.Sprints {
		fmt.Fprintf(&b, "\n%s | %s | %s | %s | %s", s.Name, show(s.Committed), show(s.Completed), show(s.Added), show(s.Removed))
	}
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String()
}

// velocity handles jira_velocity. It takes the last closed sprints of the board
// by their completion. If the board has closed sprints of its own, those that
// other boards share with it are left out. Amounts are in points if any of the
// sprints has estimates, otherwise in issues.
func (r *reportTools) velocity(ctx context.Context, in velocityInput) (*velocityOutput, error) {
	defer r.ZoneAhead(ctx)()
	board, err := agile.FindBoard(ctx, r.Env, in.Board, in.Project)
	if err != nil {
		return nil, err
	}
	all, err := r.Jira.Sprints(ctx, board.ID, "closed")
	if err != nil {
		return nil, agile.ExplainNoSprints(err, board)
	}
	all = slices.DeleteFunc(all, func(s jira.Sprint) bool { return s.Start == "" })
	if own := slices.DeleteFunc(slices.Clone(all), func(s jira.Sprint) bool { return s.OriginBoardID != board.ID }); len(own) > 0 {
		all = own
	}
	slices.SortStableFunc(all, func(a, b jira.Sprint) int { return strings.Compare(a.CompletedAt, b.CompletedAt) })
	all = all[max(0, len(all)-in.Sprints):]
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no closed sprint yet. Use jira_sprint_report for an open one", board.Name)
	}
	out := &velocityOutput{Board: board.Name, Sprints: []velocitySprint{}, Notes: []string{}}
	stands, err := r.computeSprints(ctx, board, all, out)
	if err != nil {
		return nil, err
	}
	byPoints := out.Unit != "" && slices.ContainsFunc(stands, func(s *report.SprintReport) bool { return s.Days.ByPoints })
	if !byPoints {
		out.Unit = ""
	}
	v := report.NewVelocity(stands, byPoints)
	for _, s := range v.Sprints {
		out.Sprints = append(out.Sprints, velocitySprint{s.Name, s.Committed, s.Completed, s.Added, s.Removed})
	}
	out.Mean, out.Deviation, out.Lowest, out.Highest, out.CompletedPercent = v.Mean, v.Deviation, v.Lowest, v.Highest, v.CompletedPercent
	if in.Chart {
		err = out.draw(byPoints)
	}
	return out, err
}

// computeSprints returns the reports of sprints, which are read at the same time,
// and adds their unit and notes to the output.
func (r *reportTools) computeSprints(ctx context.Context, board jira.Board, all []jira.Sprint, out *velocityOutput) ([]*report.SprintReport, error) {
	stands, units, notes := make([]*report.SprintReport, len(all)), make([]string, len(all)), make([][]string, len(all))
	var finished atomic.Int64
	ask := make([]func(context.Context) error, len(all))
	for n, s := range all {
		ask[n] = func(ctx context.Context) (err error) {
			_, stands[n], units[n], notes[n], err = r.computeSprint(ctx, &foundSprint{board: board, sprint: s}, r.Now())
			kit.ProgressOf(ctx, "reading sprints", int(finished.Add(1)), len(all))
			return err
		}
	}
	if err := jira.InParallel(ctx, ask...); err != nil {
		return nil, err
	}
	for n := range all {
		out.Unit = units[n]
		for _, note := range notes[n] {
			out.Notes = addNote(out.Notes, note)
		}
	}
	return stands, nil
}
