package agile

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// sprintTools has the tool that creates, edits, starts, completes and deletes
// sprints. It embeds planTools, because completing a sprint also moves issues.
type sprintTools struct{ planTools }

// newSprintTools returns the sprint tools of one Jira user.
func newSprintTools(e env.Env) *sprintTools { return &sprintTools{planTools{e}} }

// defineSprintTools declares the tool that manages sprints.
func defineSprintTools() []kit.Tool {
	return kit.Group(newSprintTools,
		kit.Define(kit.Spec{
			Name: "jira_manage_sprint", Title: "Manage sprints", Effect: kit.Manage, AlwaysConfirm: true, Toolset: "boards",
			Description: "Create, edit, start, complete or delete a sprint. When completing, choose where its open issues go. Starting, completing and deleting require confirmation.",
			// Permissions does not list Jira Software's own permission to
			// manage sprints: a site that does not have it rejects the whole
			// query for permissions in which it occurs.
			Requires: operation.Keys(jira.OpBoards, jira.OpSprints, jira.OpCreateSprint, jira.OpUpdateSprint, jira.OpDeleteSprint, jira.OpAllSprintIssues, jira.OpMyself),
			Optional: operation.Keys(jira.OpBoard, jira.OpSprint, jira.OpBoardConfiguration, jira.OpMoveToSprint, jira.OpSearchProjects, jira.OpFields, jira.OpSearch),
		}, (*sprintTools).manage),
	)
}

// sprintInput holds the arguments of jira_manage_sprint.
type sprintInput struct {
	Action     string  `json:"action" enum:"create,edit,start,complete,delete"`
	Sprint     string  `json:"sprint,omitempty" doc:"name, number, current or next; not for create" loose:"true" min:"1"`
	Board      string  `json:"board,omitempty" doc:"name or number" loose:"true" min:"1"`
	Project    string  `json:"project,omitempty" doc:"or its project"`
	Name       string  `json:"name,omitempty" doc:"for a new sprint, or a new name"`
	Goal       *string `json:"goal,omitempty"`
	Start      string  `json:"start,omitempty" doc:"2026-01-31T09:00, next Monday 9:00; default: now, when starting a sprint that has no start date"`
	End        string  `json:"end,omitempty"`
	OpenIssues string  `json:"open_issues,omitempty" doc:"complete: target of open issues: next, backlog or a sprint" default:"backlog"`
}

// Describe implements [kit.Describer]: creating and editing a sprint need no
// confirmation, the other actions do.
func (in sprintInput) Describe() kit.Description {
	return kit.Description{Unconfirmed: in.Action == "create" || in.Action == "edit"}
}

// sprintOutput is the result of jira_manage_sprint. The sprint is the one after
// the change; it is empty if the sprint was deleted or Jira's answer was lost.
type sprintOutput struct {
	SprintView
	Message string   `json:"did"` // what was done, in a sentence
	Notes   []string `json:"notes,omitempty"`
	kit.DryRunResult
}

// TakeNote implements [kit.NoteTaker].
func (o *sprintOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// Markdown implements [kit.Output].
func (o *sprintOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	s := o.Message
	if o.ID != 0 {
		s += fmt.Sprintf("\n%d | %s | %s%s%s", o.ID, o.Name, o.State, text.DateRange(o.Start, o.End), text.PrefixIfSet(" | ", text.OneLine(o.Goal)))
	}
	for _, n := range o.Notes {
		s += "\n" + n
	}
	return s
}

// manage handles jira_manage_sprint. It finds the board and the sprint and
// leaves the action to the method of its name. It rejects a sprint of another
// board, because the board's own columns and sprints decide which issues are
// done and where the others can go.
func (m *sprintTools) manage(ctx context.Context, in sprintInput) (*sprintOutput, error) {
	board, err := FindBoardOf(ctx, m.planTools.Env, in.Sprint, in.Board, in.Project)
	if err != nil {
		return nil, err
	}
	zone, err := m.Zone(ctx)
	if err != nil {
		return nil, err
	}
	change, err := in.sprintChange(m.Now().In(zone))
	if err != nil {
		return nil, err
	}
	defer m.Names.ForgetSprints()
	if in.Action == "create" {
		return m.create(ctx, in, board, change, zone)
	}
	if strings.TrimSpace(in.Sprint) == "" {
		return nil, kit.NothingChanged("sprint is required: a name, a number, current or next")
	}
	s, err := m.Names.SprintOf(ctx, board.ID, in.Sprint)
	if err != nil {
		return nil, ExplainNoSprints(err, board)
	}
	if s.OriginBoardID != 0 && s.OriginBoardID != board.ID {
		return nil, kit.NothingChanged("%s belongs to another board (number %d), not to %s: set board to that number", s.Name, s.OriginBoardID, board.Name)
	}
	switch in.Action {
	case "edit":
		return m.edit(ctx, s, change, zone)
	case "start":
		return m.start(ctx, s, change, zone)
	case "complete":
		return m.complete(ctx, board, s, in, zone)
	}
	return m.remove(ctx, board, s)
}

// sprintChange returns the new values that the input sets. Dates without a time
// zone are in the user's. It fails if a date cannot be read, or if start is not
// before end.
func (in sprintInput) sprintChange(now time.Time) (jira.SprintChange, error) {
	out := jira.SprintChange{Goal: in.Goal}
	if name := strings.TrimSpace(in.Name); name != "" {
		out.Name = &name
	}
	var times [2]time.Time
	for n, date := range []struct {
		given string
		into  **string
		what  string
	}{{in.Start, &out.Start, "start"}, {in.End, &out.End, "end"}} {
		if date.given == "" {
			continue
		}
		m, err := names.ParseMoment(date.given, now, names.Future)
		if err != nil {
			return out, kit.NothingChanged("%s: %w", date.what, err)
		}
		text := names.FormatTime(m.At)
		*date.into, times[n] = &text, m.At
	}
	if in.Start != "" && in.End != "" && !times[0].Before(times[1]) {
		return out, kit.NothingChanged("start must be before end")
	}
	return out, nil
}

// NewSprintView returns a sprint as the tools show it, with its times in a time
// zone.
func NewSprintView(s jira.Sprint, zone *time.Location) SprintView {
	return SprintView{ID: s.ID, Name: s.Name, State: s.State, Start: text.LocalTime(s.Start, zone), End: text.LocalTime(s.End, zone), CompletedAt: text.LocalTime(s.CompletedAt, zone), Goal: s.Goal}
}

// dryRunOutput returns the preview of a dry run: what the call would do, in
// words, with the values before and after of each field that change sets. The
// zero value of was stands for a new sprint, whose fields have no value before.
func dryRunOutput(would string, was jira.Sprint, change jira.SprintChange, also ...string) *sprintOutput {
	p := &kit.Preview{Summary: would, Notes: also}
	for _, c := range []struct {
		field string
		was   string
		to    *string
	}{{"Name", was.Name, change.Name}, {"Goal", was.Goal, change.Goal}, {"Start", was.Start, change.Start}, {"End", was.End, change.End}} {
		switch {
		case c.to == nil:
		case was.ID == 0:
			p.Changes = append(p.Changes, kit.Change{Field: c.field, After: *c.to})
		default:
			p.Changes = append(p.Changes, kit.Change{Field: c.field, Before: cmp.Or(c.was, "empty"), After: text.ValueOrEmpty(*c.to)})
		}
	}
	return &sprintOutput{DryRunResult: kit.DryRunResult{DryRun: p}}
}

// create creates a future sprint of the board. If Jira's answer is lost, the
// result has the name of the sprint and no number.
func (m *sprintTools) create(ctx context.Context, in sprintInput, board jira.Board, change jira.SprintChange, zone *time.Location) (*sprintOutput, error) {
	if change.Name == nil {
		return nil, kit.NothingChanged("name is required for a new sprint")
	}
	if in.Sprint != "" {
		return nil, kit.NothingChanged("sprint refers to an existing sprint; give only name for a new one")
	}
	if !board.HasSprints() {
		return nil, kit.NothingChanged("%s has no sprints (its type is %s)", board.Name, board.Type)
	}
	change.OriginBoardID = board.ID
	s, err := m.Jira.CreateSprint(ctx, change)
	if write.IsDryRun(err) {
		return dryRunOutput("create a sprint on "+board.Name, jira.Sprint{}, change), nil
	}
	lost, err := write.ClassifyError(err, "The sprint", fmt.Sprintf(`jira_list_sprints {"board":"%d"}`, board.ID))
	if err != nil {
		return nil, err
	}
	if lost {
		return &sprintOutput{Message: "Created the sprint " + *change.Name + "; Jira's answer was lost, so its number is not known."}, nil
	}
	return &sprintOutput{SprintView: NewSprintView(s, zone), Message: "Created a sprint on " + board.Name + "."}, nil
}

// update sends a change of a sprint to Jira. would describes the change for a
// dry run, with further sentences in also; did describes it for the result.
func (m *sprintTools) update(ctx context.Context, s jira.Sprint, change jira.SprintChange, zone *time.Location, would, did string, also ...string) (*sprintOutput, error) {
	now, err := m.Jira.UpdateSprint(ctx, s.ID, change)
	if write.IsDryRun(err) {
		return dryRunOutput(would, s, change, also...), nil
	}
	lost, err := write.ClassifyError(err, "The change of the sprint", fmt.Sprintf(`jira_list_sprints {"board":"%d","state":"all"}`, s.OriginBoardID))
	if err != nil {
		return nil, err
	}
	out := &sprintOutput{SprintView: NewSprintView(now, zone), Message: did}
	if lost {
		out.SprintView, out.Notes = SprintView{}, []string{"Jira accepted it; its answer was lost."}
	}
	return out, nil
}

// edit changes the name, the goal or the dates of a sprint. Jira ignores new
// dates of a closed sprint without an error, so that edit rejects them itself.
func (m *sprintTools) edit(ctx context.Context, s jira.Sprint, change jira.SprintChange, zone *time.Location) (*sprintOutput, error) {
	if change == (jira.SprintChange{}) {
		return nil, kit.NothingChanged("give name, goal, start or end")
	}
	if s.State == "closed" && (change.Start != nil || change.End != nil) {
		return nil, kit.NothingChanged("%s is closed: only its name and goal can be changed (Jira ignores the rest)", s.Name)
	}
	return m.update(ctx, s, change, zone, "edit the sprint "+s.Name, "Edited the sprint "+s.Name+".")
}

// start starts a future sprint. Without a start date, it starts now; without an
// end date, the call fails.
func (m *sprintTools) start(ctx context.Context, s jira.Sprint, change jira.SprintChange, zone *time.Location) (*sprintOutput, error) {
	if s.State != "future" {
		return nil, kit.NothingChanged("%s is %s; only a future sprint can be started", s.Name, s.State)
	}
	if s.End == "" && change.End == nil {
		return nil, kit.NothingChanged("%s has no end date: give end", s.Name)
	}
	if s.Start == "" && change.Start == nil {
		now := names.FormatTime(m.Now().In(zone))
		change.Start = &now
	}
	state := "active"
	change.State = &state
	return m.update(ctx, s, change, zone, "start the sprint "+s.Name, "Started the sprint "+s.Name+".")
}

// complete closes an active sprint, and moves its open issues afterwards. The
// order matters: an issue that is moved first leaves the sprint while it is
// active, so that reports count it as removed and not as not done.
//
// Jira itself puts the open issues of a closed sprint into the backlog, so that
// nothing has to be moved for that target. If the move to another sprint fails,
// the sprint is closed all the same; the result says how many issues were moved
// and that the others are in the backlog.
func (m *sprintTools) complete(ctx context.Context, board jira.Board, s jira.Sprint, in sprintInput, zone *time.Location) (*sprintOutput, error) {
	if s.State != "active" {
		return nil, kit.NothingChanged("%s is %s; only an active sprint can be completed", s.Name, s.State)
	}
	open, note, err := m.openIssues(ctx, board, s)
	if err != nil {
		return nil, err
	}
	target := jira.Sprint{Name: "the backlog"}
	if to := strings.TrimSpace(in.OpenIssues); !strings.EqualFold(to, "backlog") {
		if target, err = m.Names.SprintOf(ctx, board.ID, to); err != nil {
			return nil, kit.NothingChanged("open_issues: %w", err)
		}
		if target.State == "closed" || target.ID == s.ID {
			return nil, kit.NothingChanged("open_issues: %s is closed or is the sprint to complete; choose another one", target.Name)
		}
	}
	what := fmt.Sprintf("%d open issues move to %s: %s", len(open), target.Name, text.JoinKeys(open, 30))
	if len(open) == 0 {
		what = "All its issues are done."
	}
	state := "closed"
	out, err := m.update(ctx, s, jira.SprintChange{State: &state}, zone, "complete the sprint "+s.Name, "Completed the sprint "+s.Name+".", strings.TrimSpace(what+" "+note))
	if err != nil || out.DryRun != nil {
		return out, err
	}
	if note != "" {
		out.Notes = append(out.Notes, note)
	}
	// Jira has already put them there.
	if target.ID == 0 {
		out.Notes = append(out.Notes, what)
		return out, nil
	}
	moved := &moveToSprintOutput{Sprint: target.Name}
	if err := m.moveIssues(ctx, open, target, moved); err != nil {
		out.Notes = append(out.Notes, fmt.Sprintf("Of its %d open issues, %d were moved to %s; the others are in the backlog: %s", len(open), len(moved.Moved), target.Name, kit.ErrorText(err)))
		return out, nil
	}
	out.Notes = append(out.Notes, what)
	return out, nil
}

// openIssues returns the keys of the issues of a sprint that are not done,
// including those that the board does not show. An issue is done if its status
// is in the board's last column. If the board's configuration cannot be read,
// it is done if its status has the category Done, and note says so. Sub-tasks
// are left out, because they go with their parents.
func (m *sprintTools) openIssues(ctx context.Context, board jira.Board, s jira.Sprint) (list []string, note string, _ error) {
	config, missing, err := Configuration(ctx, m.Env, board)
	if err != nil {
		return nil, "", err
	}
	if missing != "" {
		note = "(Done is decided by status category. " + missing + ")"
	}
	done := config.DoneStatuses()
	for issue, err := range m.Jira.AllSprintIssues(ctx, s.ID, []string{"status", "issuetype"}) {
		if err != nil {
			return nil, "", err
		}
		status, _ := jira.Value[jira.Status](issue.Fields, "status")
		kind, _ := jira.Value[jira.IssueType](issue.Fields, "issuetype")
		over := slices.Contains(done, status.ID) || done == nil && status.Category.Key == "done"
		if kind.Level >= 0 && !over {
			list = append(list, issue.Key)
		}
	}
	return list, note, nil
}

// remove deletes a sprint. Its issues stay; the result says how many there are.
func (m *sprintTools) remove(ctx context.Context, board jira.Board, s jira.Sprint) (*sprintOutput, error) {
	count := 0
	for _, err := range m.Jira.AllSprintIssues(ctx, s.ID, []string{"status"}) {
		if err != nil {
			return nil, err
		}
		count++
	}
	err := m.Jira.DeleteSprint(ctx, s.ID)
	if write.IsDryRun(err) {
		return dryRunOutput(fmt.Sprintf("delete the %s sprint %s", s.State, s.Name), s, jira.SprintChange{},
			fmt.Sprintf("It has %d issues, which are kept; open ones go to the backlog.", count)), nil
	}
	lost, err := write.ClassifyError(err, "The delete", fmt.Sprintf(`jira_list_sprints {"board":"%d","state":"all"}`, board.ID))
	if err != nil {
		return nil, err
	}
	out := &sprintOutput{Message: fmt.Sprintf("Deleted the sprint %s. Its %d issues are kept; open ones are in the backlog.", s.Name, count)}
	if lost {
		out.Notes = []string{"Jira accepted it; its answer was lost."}
	}
	return out, nil
}
