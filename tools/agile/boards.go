package agile

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/seed-7d826362/jira-mcp/jira"
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
		case jira.Board{Type: board.Type}.IsWithoutSprints(failed[n]): // a team-managed board without sprints
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
