package agile

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// boardTools has the read tools for boards, their sprints and their backlogs.
type boardTools struct{ env.Env }

// newBoardTools returns the board tools of one Jira user.
func newBoardTools(e env.Env) *boardTools { return &boardTools{e} }

// defineBoardTools declares the tools that read boards, sprints and backlogs.
func defineBoardTools() []kit.Tool {
	return kit.Group(newBoardTools,
		kit.Define(kit.Spec{
			Name: "jira_list_boards", Title: "List boards", Effect: kit.Read, Toolset: "boards", Default: true,
			Description: "List the boards of a project, or all boards, with their active sprints.",
			Requires:    operation.Keys(jira.OpBoards), Optional: operation.Keys(jira.OpSprints, jira.OpSearchProjects),
		}, (*boardTools).list),
		kit.Define(kit.Spec{
			Name: "jira_list_sprints", Title: "List sprints", Effect: kit.Read, Toolset: "boards", Default: true,
			Description: "List a board's sprints with state, dates and goal. For a sprint's progress use jira_sprint_report.",
			Requires:    operation.Keys(jira.OpBoards, jira.OpSprints), Optional: operation.Keys(jira.OpBoard, jira.OpSearchProjects, jira.OpMyself),
		}, (*boardTools).sprints),
		kit.Define(kit.Spec{
			Name: "jira_get_board", Title: "Get a board's configuration", Effect: kit.Read, Toolset: "boards",
			Description: "Get a board's columns with their statuses and limits, and its estimation field.",
			Requires:    operation.Keys(jira.OpBoards, jira.OpBoardConfiguration), Optional: operation.Keys(jira.OpBoard, jira.OpStatuses, jira.OpFields, jira.OpSearchProjects),
		}, (*boardTools).get),
		kit.Define(kit.Spec{
			Name: "jira_get_backlog", Title: "Get a backlog", Effect: kit.Read, Toolset: "boards",
			Description: "Get a board's backlog in rank order, with estimates.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpBoards, jira.OpBacklog), Optional: operation.Keys(jira.OpBoard, jira.OpBoardConfiguration, jira.OpFields, jira.OpSearchProjects),
		}, (*boardTools).backlog),
	)
}

// listBoardsInput holds the arguments of jira_list_boards.
type listBoardsInput struct {
	Project string `json:"project,omitempty" doc:"key or name"`
	Query   string `json:"query,omitempty" doc:"part of the name"`
}

// listBoardsOutput is the result of jira_list_boards.
type listBoardsOutput struct {
	Boards []boardView `json:"boards"`
	// More reports that there are further boards, because the list was cut or
	// because Jira gave as many as [jira.MaxBoards].
	More bool `json:"more,omitempty"`
	// Note says which active sprints are missing and why; "" if none are.
	Note string `json:"note,omitempty"`
}

// boardView is one board as the tools show it.
type boardView struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Type    string `json:"type"` // scrum, kanban, or simple for a board of a team-managed project
	Project string `json:"project,omitempty"`
	// Sprints holds the names of the active sprints that the board shows. Those
	// that were made on another board are marked.
	Sprints []string `json:"active_sprints,omitempty"`

	// unknown reports that the active sprints are not known, for the text.
	unknown bool
}

// The limits of jira_list_boards.
const (
	// maxBoardsShown is the maximum number of boards in a list.
	maxBoardsShown = 50
	// maxBoardsWithSprints is the number of boards whose active sprints are
	// looked up, which takes one request for each.
	maxBoardsWithSprints = 20
)

// Markdown implements [kit.Output]: a table with one row a board.
func (o *listBoardsOutput) Markdown(m kit.Mark) string {
	if len(o.Boards) == 0 {
		return "No matching board is visible to this server's user." + text.PrefixIfSet(" ", o.Note)
	}
	var b strings.Builder
	b.WriteString("number | board | type | project | active sprints")
	for _, v := range o.Boards {
		sprints := strings.Join(v.Sprints, ", ")
		if v.unknown {
			sprints = "?"
		}
		fmt.Fprintf(&b, "\n%d | %s | %s | %s | %s", v.ID, v.Name, v.Type, v.Project, sprints)
	}
	if o.More {
		b.WriteString("\nThere are more; give project or query.")
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note))
	return b.String()
}

// list handles jira_list_boards. It filters by name the boards that
// [names.Names] knows. If that list is full ([jira.MaxBoards]), a matching
// board can be missing from it, so that Jira filters instead.
func (b *boardTools) list(ctx context.Context, in listBoardsInput) (*listBoardsOutput, error) {
	project, err := ProjectKey(ctx, b.Env, in.Project)
	if err != nil {
		return nil, err
	}
	all, err := b.Names.Boards(ctx, project)
	if err != nil {
		return nil, query.ExplainMissingProject(err)
	}
	out := &listBoardsOutput{Boards: []boardView{}}
	// The full list can lack the wanted boards. Behind a fence, searching again
	// needs a project.
	if in.Query != "" && len(all) >= jira.MaxBoards && (project != "" || b.Jira.Fence() == nil) {
		if all, err = b.Jira.Boards(ctx, project, strings.TrimSpace(in.Query)); err != nil {
			return nil, err
		}
	}
	for _, one := range all {
		if !strings.Contains(strings.ToLower(one.Name), strings.ToLower(strings.TrimSpace(in.Query))) {
			continue
		}
		if out.More = len(out.Boards) == maxBoardsShown; out.More {
			break
		}
		out.Boards = append(out.Boards, boardView{ID: one.ID, Name: one.Name, Type: one.Type, Project: one.Location.ProjectKey})
	}
	out.More = out.More || len(all) >= jira.MaxBoards
	return out, b.addActiveSprints(ctx, out)
}

// addActiveSprints adds the active sprints of the first boards, those that were
// made on other boards with a mark. The sprints of each board are asked for at
// the same time. The note says for which boards they are not known.
func (b *boardTools) addActiveSprints(ctx context.Context, out *listBoardsOutput) error {
	var withSprints []*boardView
	for n := range out.Boards {
		if out.Boards[n].Type != "kanban" {
			withSprints = append(withSprints, &out.Boards[n])
		}
	}
	if n := len(withSprints) - maxBoardsWithSprints; n > 0 {
		out.Note = fmt.Sprintf("Active sprints were looked up for the first %d boards only, not for the %d marked with ?; give project or query.", maxBoardsWithSprints, n)
		for _, board := range withSprints[maxBoardsWithSprints:] {
			board.unknown = true
		}
		withSprints = withSprints[:maxBoardsWithSprints]
	}
	found, failed := make([][]jira.Sprint, len(withSprints)), make([]error, len(withSprints))
	late, err := env.Secondary(ctx, "active sprints", func(ctx context.Context) error {
		var all sync.WaitGroup
		for n, board := range withSprints {
			all.Go(func() { found[n], failed[n] = b.Jira.Sprints(ctx, board.ID, "active") })
		}
		all.Wait()
		return ctx.Err()
	})
	var unread []string
	why := ""
	if late != "" {
		why = fmt.Sprintf("Jira did not answer within %d seconds", int(env.SecondaryTimeout.Seconds()))
	}
	for n, board := range withSprints {
		switch {
		case jira.IsStatus(failed[n], http.StatusBadRequest): // a team-managed board without sprints
		case failed[n] != nil:
			board.unknown, unread = true, append(unread, board.Name)
			why = cmp.Or(why, failed[n].Error())
		}
		for _, s := range found[n] {
			board.Sprints = append(board.Sprints, activeSprint(s, board.ID))
		}
	}
	if len(unread) > 0 {
		out.Note = strings.TrimSpace(out.Note + " The active sprints of " + text.JoinKeys(unread, maxUnreadShown) + " could not be read: " + why)
	}
	return err
}

// maxUnreadShown is the number of boards that a note names.
const maxUnreadShown = 5

// activeSprint returns the name of a sprint, with a mark if it was made on another
// board than the one that shows it.
func activeSprint(s jira.Sprint, board int64) string {
	if s.OriginBoardID != board && s.OriginBoardID != 0 {
		return s.Name + " (of another board)"
	}
	return s.Name
}

// ProjectKey returns the key of a project that is given by key, id or name, or
// "" if none is given.
func ProjectKey(ctx context.Context, d env.Env, given string) (string, error) {
	if strings.TrimSpace(given) == "" {
		return "", nil
	}
	return d.Names.Project(ctx, given)
}

// FindBoard returns the board with the given name or number. Without one, it
// returns the default board of the project.
func FindBoard(ctx context.Context, d env.Env, board, project string) (jira.Board, error) {
	key, err := ProjectKey(ctx, d, project)
	if err != nil {
		return jira.Board{}, err
	}
	return d.Names.Board(ctx, key, board)
}

// FindBoardOf is [FindBoard] for a call that names a sprint: a sprint's number is
// enough, or a name that only one sprint has, since Jira knows the board that it
// was made on.
func FindBoardOf(ctx context.Context, d env.Env, sprint, board, project string) (jira.Board, error) {
	b, err := FindBoard(ctx, d, board, project)
	if err == nil || strings.TrimSpace(board+project) != "" || strings.TrimSpace(sprint) == "" {
		return b, err
	}
	s, failed := sprintAnywhere(ctx, d, strings.TrimSpace(sprint))
	switch {
	case failed != nil:
		return b, failed
	case s.OriginBoardID == 0:
		return b, err // it asks for the board
	}
	return d.Names.Board(ctx, "", strconv.FormatInt(s.OriginBoardID, 10))
}

// sprintAnywhere finds a sprint of any board by number or name. It returns the
// zero value if there is none, or for words such as current, which say nothing
// without a board.
func sprintAnywhere(ctx context.Context, d env.Env, given string) (jira.Sprint, error) {
	if id, err := strconv.ParseInt(given, 10, 64); err == nil && id > 0 {
		s, err := d.Jira.Sprint(ctx, id)
		if !jira.IsStatus(err, http.StatusNotFound) {
			return s, err
		}
	}
	if names.IsRelativeSprint(given) {
		return jira.Sprint{}, nil
	}
	s, ok, err := d.Names.SprintNamed(ctx, given)
	if err != nil || !ok {
		return jira.Sprint{}, err
	}
	return d.Jira.Sprint(ctx, s.ID) // the field of an issue does not tell the board it was made on
}

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
	zone, err := b.Zone(ctx)
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

// ExplainNoSprints returns an error that says that the board has no sprints if
// err is Jira's status 400, which is its answer for the sprints of such a
// board. It returns any other error unchanged.
func ExplainNoSprints(err error, board jira.Board) error {
	if jira.IsStatus(err, http.StatusBadRequest) {
		return fmt.Errorf("%s has no sprints (its type is %s). Use jira_flow_report for its flow of work", board.Name, board.Type)
	}
	return err
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

// errNoIssuesGiven rejects a call with neither issues nor jql, or with both.
var errNoIssuesGiven = kit.NothingChanged("give either issues or jql")
