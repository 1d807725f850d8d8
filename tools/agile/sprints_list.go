package agile

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// listSprintsInput holds the arguments of jira_list_sprints.
type listSprintsInput struct {
	Board   string `json:"board,omitempty" doc:"name or number" loose:"true" min:"1"`
	Project string `json:"project,omitempty" doc:"or its project"`
	State   string `json:"state,omitempty" enum:"open,active,future,closed,all" default:"open"`
}

// listSprintsOutput is the result of jira_list_sprints.
type listSprintsOutput struct {
	Board   string       `json:"board"`
	Sprints []SprintView `json:"sprints"`
	Earlier int          `json:"earlier,omitempty"` // number of older sprints that are not shown

	// state is the state argument, for the message of an empty list.
	state string
}

// SprintView is one sprint as the tools show it. Its times are in the user's
// time zone, to the minute.
type SprintView struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	State       string `json:"state"` // future, active or closed
	Start       string `json:"start,omitempty"`
	End         string `json:"end,omitempty"`
	CompletedAt string `json:"completed,omitempty"` // when it was completed
	Goal        string `json:"goal,omitempty"`
	// DaysLeft says when an active sprint ends, in words: see [DaysLeft].
	DaysLeft string `json:"left,omitempty"`
	// OtherBoard reports that the sprint belongs to another board and has
	// issues on this one.
	OtherBoard bool `json:"of_another_board,omitempty"`
}

// maxSprintsShown is the maximum number of sprints in a list. The newest are
// kept.
const maxSprintsShown = 25

// Markdown implements [kit.Output]: one line a sprint.
func (o *listSprintsOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	if len(o.Sprints) == 0 {
		return fmt.Sprintf("%s has no sprint with state %s. Set state to all to list every sprint.", o.Board, o.state)
	}
	b.WriteString("Sprints of " + o.Board)
	if o.Earlier > 0 {
		fmt.Fprintf(&b, "; %d earlier ones are not shown", o.Earlier)
	}
	for _, s := range o.Sprints {
		fmt.Fprintf(&b, "\n%d | %s | %s%s%s%s", s.ID, s.Name, s.State, text.DateRange(s.Start, s.End), text.PrefixIfSet(", ", s.DaysLeft), text.PrefixIfSet(" | ", s.Goal))
		if s.OtherBoard {
			b.WriteString(" | of another board")
		}
	}
	return b.String()
}

// sprints handles jira_list_sprints. The state "open" stands for active and
// future, "all" for every state.
func (b *boardTools) sprints(ctx context.Context, in listSprintsInput) (*listSprintsOutput, error) {
	defer b.ZoneAhead(ctx)()
	board, err := FindBoard(ctx, b.Env, in.Board, in.Project)
	if err != nil {
		return nil, err
	}
	states := in.State
	switch in.State {
	case "open":
		states = "active,future"
	case "all":
		states = "active,future,closed"
	}
	all, err := b.Jira.Sprints(ctx, board.ID, states)
	if err != nil {
		return nil, ExplainNoSprints(err, board)
	}
	zone, err := b.ShownZone(ctx)
	if err != nil {
		return nil, err
	}
	out := &listSprintsOutput{Board: board.Name, Sprints: []SprintView{}, state: in.State}
	if out.Earlier = max(0, len(all)-maxSprintsShown); out.Earlier > 0 {
		all = all[out.Earlier:]
	}
	for _, s := range all {
		v := SprintView{ID: s.ID, Name: s.Name, State: s.State, Goal: text.OneLine(s.Goal), OtherBoard: s.OriginBoardID != board.ID, Start: text.LocalTime(s.Start, zone), End: text.LocalTime(s.End, zone), CompletedAt: text.LocalTime(s.CompletedAt, zone)}
		if end, err := time.Parse(time.RFC3339, s.End); err == nil && s.State == "active" {
			v.DaysLeft = DaysLeft(b.Now(), end, zone)
		}
		out.Sprints = append(out.Sprints, v)
	}
	return out, nil
}

// DaysLeft returns how far away the day of end is, by the calendar of the time
// zone and whatever the hour. For example, an end at 09:00 tomorrow gives "ends
// tomorrow" even at 23:00 today, and an end two days ago gives "2 days overdue".
// Both days are compared as midnights in UTC, where every day has 24 hours.
func DaysLeft(now, end time.Time, zone *time.Location) string {
	midnight := func(t time.Time) time.Time {
		y, m, d := t.In(zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	days := int(midnight(end).Sub(midnight(now)).Hours() / 24)
	switch {
	case days < 0:
		return fmt.Sprintf("%d days overdue", -days)
	case days == 0:
		return "ends today"
	case days == 1:
		return "ends tomorrow"
	}
	return fmt.Sprintf("%d days left", days)
}
