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

// sprintTools makes sprints, starts them and ends them.
type sprintTools struct{ planTools }

func newSprintTools(e env.Env) *sprintTools { return &sprintTools{planTools{e}} }

func defineSprintTools() []kit.Tool {
	return kit.Group(newSprintTools,
		kit.Define(kit.Spec{
			Name: "jira_manage_sprint", Title: "Manage sprints", Effect: kit.Manage, AlwaysConfirm: true, Toolset: "boards",
			Description: "Create, edit, start, complete or delete a sprint. Completing says where its open issues go. Starting, completing and deleting are confirmed first.",
			// Jira Software's own permission (manage sprints) is not asked for: a site
			// without it refuses to tell of any when that is among them.
			Requires: operation.Keys(jira.OpBoards, jira.OpSprints, jira.OpCreateSprint, jira.OpUpdateSprint, jira.OpDeleteSprint, jira.OpWholeSprint, jira.OpMyself),
			Optional: operation.Keys(jira.OpBoard, jira.OpSprint, jira.OpBoardConfiguration, jira.OpMoveToSprint, jira.OpSearchProjects),
		}, (*sprintTools).manage),
	)
}

// sprintInput are the arguments of jira_manage_sprint.
type sprintInput struct {
	Action  string  `json:"action" enum:"create,edit,start,complete,delete"`
	Sprint  string  `json:"sprint,omitempty" doc:"name, number, current or next; not for create" loose:"true"`
	Board   string  `json:"board,omitempty" doc:"name or number" loose:"true"`
	Project string  `json:"project,omitempty" doc:"or its project"`
	Name    string  `json:"name,omitempty" doc:"of a new sprint, or its new name"`
	Goal    *string `json:"goal,omitempty"`
	Start   string  `json:"start,omitempty" doc:"2026-01-31T09:00; now when a sprint without one is started"`
	End     string  `json:"end,omitempty"`
	Open    string  `json:"open_issues,omitempty" doc:"complete: where issues that are not done go: next, backlog, or a sprint" default:"backlog"`
}

// Describe implements [kit.Describer].
func (in sprintInput) Describe() kit.Description {
	return kit.Description{Unconfirmed: in.Action == "create" || in.Action == "edit"}
}

// sprintOutput is the result of jira_manage_sprint.
type sprintOutput struct {
	SprintView
	Did   string   `json:"did"`
	Notes []string `json:"notes,omitempty"`
	kit.DryRunResult
}

// TakeNote implements [kit.NoteTaker].
func (o *sprintOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// Markdown implements [kit.Output].
func (o *sprintOutput) Markdown() string {
	if o.DryRun != nil {
		return o.DryRun.Markdown()
	}
	s := o.Did
	if o.ID != 0 {
		s += fmt.Sprintf("\n%d | %s | %s%s%s", o.ID, o.Name, o.State, text.Span(o.Start, o.End), text.Prefixed(" | ", text.OneLine(o.Goal)))
	}
	for _, n := range o.Notes {
		s += "\n" + n
	}
	return s
}

func (m *sprintTools) manage(ctx context.Context, in sprintInput) (*sprintOutput, error) {
	board, err := FindBoard(ctx, m.planTools.Env, in.Board, in.Project)
	if err != nil {
		return nil, err
	}
	zone, err := m.Zone(ctx)
	if err != nil {
		return nil, err
	}
	change, err := in.change(zone)
	if err != nil {
		return nil, err
	}
	if in.Action == "create" {
		return m.create(ctx, in, board, change, zone)
	}
	if strings.TrimSpace(in.Sprint) == "" {
		return nil, kit.NothingChanged("give sprint: a name, a number, current or next")
	}
	s, err := m.Names.SprintOf(ctx, board.ID, in.Sprint)
	if err != nil {
		return nil, WithoutSprints(err, board)
	}
	if s.Board != 0 && s.Board != board.ID {
		return nil, kit.NothingChanged("%s is a sprint of another board (number %d), not of %s: give that board", s.Name, s.Board, board.Name)
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

// change reads what of a sprint is set.
func (in sprintInput) change(zone *time.Location) (jira.SprintChange, error) {
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
		at, err := names.ParseTime(date.given, zone)
		if err != nil {
			return out, kit.NothingChanged("%s: %w", date.what, err)
		}
		text := names.FormatTime(at)
		*date.into, times[n] = &text, at
	}
	if in.Start != "" && in.End != "" && !times[0].Before(times[1]) {
		return out, kit.NothingChanged("start has to be before end")
	}
	return out, nil
}

func View(s jira.Sprint, zone *time.Location) SprintView {
	return SprintView{ID: s.ID, Name: s.Name, State: s.State, Start: text.Local(s.Start, zone), End: text.Local(s.End, zone), Over: text.Local(s.CompletedAt, zone), Goal: s.Goal}
}

// rehearsedAs is the preview of a change of a sprint.
func rehearsedAs(would string, was jira.Sprint, change jira.SprintChange, also ...string) *sprintOutput {
	p := &kit.Preview{Summary: would, Also: also}
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
			p.Changes = append(p.Changes, kit.Change{Field: c.field, Before: cmp.Or(c.was, "empty"), After: text.OrEmpty(*c.to)})
		}
	}
	return &sprintOutput{DryRunResult: kit.DryRunResult{DryRun: p}}
}

func (m *sprintTools) create(ctx context.Context, in sprintInput, board jira.Board, change jira.SprintChange, zone *time.Location) (*sprintOutput, error) {
	if change.Name == nil {
		return nil, kit.NothingChanged("give name: that of the new sprint")
	}
	if in.Sprint != "" {
		return nil, kit.NothingChanged("sprint names one that there is; a new one has a name")
	}
	if !board.HasSprints() {
		return nil, kit.NothingChanged("%s has no sprints (its type is %s)", board.Name, board.Type)
	}
	change.Board = board.ID
	s, err := m.Jira.CreateSprint(ctx, change)
	if write.Rehearsed(err) {
		return rehearsedAs("create a sprint of "+board.Name, jira.Sprint{}, change), nil
	}
	lost, err := write.Written(err, "The sprint", fmt.Sprintf(`jira_list_sprints {"board":"%d"}`, board.ID))
	if err != nil {
		return nil, err
	}
	if lost {
		return &sprintOutput{Did: "Created the sprint " + *change.Name + "; Jira's answer was lost, and so its number."}, nil
	}
	return &sprintOutput{SprintView: View(s, zone), Did: "Created a sprint of " + board.Name + "."}, nil
}

// apply sends a change of a sprint.
func (m *sprintTools) apply(ctx context.Context, s jira.Sprint, change jira.SprintChange, zone *time.Location, would, did string, also ...string) (*sprintOutput, error) {
	now, err := m.Jira.UpdateSprint(ctx, s.ID, change)
	if write.Rehearsed(err) {
		return rehearsedAs(would, s, change, also...), nil
	}
	lost, err := write.Written(err, "The change of the sprint", fmt.Sprintf(`jira_list_sprints {"board":"%d","state":"all"}`, s.Board))
	if err != nil {
		return nil, err
	}
	out := &sprintOutput{SprintView: View(now, zone), Did: did}
	if lost {
		out.SprintView, out.Notes = SprintView{}, []string{"Jira accepted it; its answer was lost."}
	}
	return out, nil
}

func (m *sprintTools) edit(ctx context.Context, s jira.Sprint, change jira.SprintChange, zone *time.Location) (*sprintOutput, error) {
	if change == (jira.SprintChange{}) {
		return nil, kit.NothingChanged("give name, goal, start or end")
	}
	if s.State == "closed" && (change.Start != nil || change.End != nil) {
		return nil, kit.NothingChanged("%s is closed: only its name and goal can be changed (Jira passes over the rest)", s.Name)
	}
	return m.apply(ctx, s, change, zone, "edit the sprint "+s.Name, "Edited the sprint "+s.Name+".")
}

func (m *sprintTools) start(ctx context.Context, s jira.Sprint, change jira.SprintChange, zone *time.Location) (*sprintOutput, error) {
	if s.State != "future" {
		return nil, kit.NothingChanged("%s is %s; only a future sprint is started", s.Name, s.State)
	}
	if s.End == "" && change.End == nil {
		return nil, kit.NothingChanged("%s has no end: give end", s.Name)
	}
	if s.Start == "" && change.Start == nil {
		now := names.FormatTime(m.Now().In(zone))
		change.Start = &now
	}
	state := "active"
	change.State = &state
	return m.apply(ctx, s, change, zone, "start the sprint "+s.Name, "Started the sprint "+s.Name+".")
}

// complete ends a sprint first, and moves what is open after that: what is moved
// before would count as taken out of the sprint, and not as not done.
func (m *sprintTools) complete(ctx context.Context, board jira.Board, s jira.Sprint, in sprintInput, zone *time.Location) (*sprintOutput, error) {
	if s.State != "active" {
		return nil, kit.NothingChanged("%s is %s; only an active sprint is completed", s.Name, s.State)
	}
	open, note, err := m.open(ctx, board, s)
	if err != nil {
		return nil, err
	}
	target := jira.Sprint{Name: "the backlog"}
	if to := strings.TrimSpace(in.Open); !strings.EqualFold(to, "backlog") {
		if target, err = m.Names.SprintOf(ctx, board.ID, to); err != nil {
			return nil, kit.NothingChanged("open_issues: %w", err)
		}
		if target.State == "closed" || target.ID == s.ID {
			return nil, kit.NothingChanged("open_issues: %s is no sprint that they can go to", target.Name)
		}
	}
	what := fmt.Sprintf("%d issues are not done and go to %s: %s", len(open), target.Name, text.KeyList(open, 30))
	if len(open) == 0 {
		what = "All its issues are done."
	}
	state := "closed"
	out, err := m.apply(ctx, s, jira.SprintChange{State: &state}, zone, "complete the sprint "+s.Name, "Completed the sprint "+s.Name+".", strings.TrimSpace(what+" "+note))
	if err != nil || out.DryRun != nil {
		return out, err
	}
	if target.ID == 0 { // Jira leaves them there
		out.Notes = append(out.Notes, what)
		return out, nil
	}
	moved := &moveSprintOutput{Sprint: target.Name}
	if err := m.send(ctx, open, target, moved); err != nil {
		out.Notes = append(out.Notes, fmt.Sprintf("Of its %d open issues %d were moved to %s; the others are in the backlog: %s", len(open), len(moved.Moved), target.Name, kit.ErrorText(err)))
		return out, nil
	}
	out.Notes = append(out.Notes, what)
	return out, nil
}

// open are the issues of a sprint that are not done, those that the board does not
// show as well: not in the board's last column; where that may not be read, not in a status of the category Done.
func (m *sprintTools) open(ctx context.Context, board jira.Board, s jira.Sprint) (list []string, note string, _ error) {
	config, err := m.Jira.BoardConfiguration(ctx, board.ID)
	if err != nil {
		note = "(By the category of their status: the board's columns could not be read.)"
	}
	done := config.Done()
	for issue, err := range m.Jira.WholeSprint(ctx, s.ID, []string{"status", "issuetype"}) {
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

func (m *sprintTools) remove(ctx context.Context, board jira.Board, s jira.Sprint) (*sprintOutput, error) {
	count := 0
	for _, err := range m.Jira.WholeSprint(ctx, s.ID, []string{"status"}) {
		if err != nil {
			return nil, err
		}
		count++
	}
	err := m.Jira.DeleteSprint(ctx, s.ID)
	if write.Rehearsed(err) {
		return rehearsedAs(fmt.Sprintf("delete the %s sprint %s", s.State, s.Name), s, jira.SprintChange{},
			fmt.Sprintf("It has %d issues, which stay; those that are open go to the backlog.", count)), nil
	}
	lost, err := write.Written(err, "The delete", fmt.Sprintf(`jira_list_sprints {"board":"%d","state":"all"}`, board.ID))
	if err != nil {
		return nil, err
	}
	out := &sprintOutput{Did: fmt.Sprintf("Deleted the sprint %s. Its %d issues stay; those that are open are in the backlog.", s.Name, count)}
	if lost {
		out.Notes = []string{"Jira accepted it; its answer was lost."}
	}
	return out, nil
}
