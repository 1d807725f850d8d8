package names

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
)

// Boards returns the boards of a project. Without a project it returns all
// boards that this server's user can see, or, behind a fence, those of the
// fence's projects.
func (n *Names) Boards(ctx context.Context, project string) ([]jira.Board, error) {
	return n.boards.Get(ctx, strings.ToUpper(project), func(ctx context.Context) ([]jira.Board, error) {
		f := n.jira.Fence()
		if project != "" || f == nil {
			return n.jira.Boards(ctx, project, "")
		}
		var out []jira.Board
		for _, key := range f.Projects() {
			list, err := n.jira.Boards(ctx, key, "")
			if err != nil {
				return nil, err
			}
			out = appendNew(out, boardID, list...)
		}
		return out, nil
	})
}

// appendNew appends to list the values whose ids are not in it yet.
func appendNew[T any](list []T, id func(T) int64, values ...T) []T {
	for _, v := range values {
		if !slices.ContainsFunc(list, func(known T) bool { return id(known) == id(v) }) {
			list = append(list, v)
		}
	}
	return list
}

// boardID returns the number of a board.
func boardID(b jira.Board) int64 { return b.ID }

// sprintNamed returns the only sprint of a board with a name that looks like a
// number.
func (n *Names) sprintNamed(ctx context.Context, board int64, name string) (jira.Sprint, bool) {
	all, err := n.jira.Sprints(ctx, board, "active,future,closed")
	if err != nil {
		return jira.Sprint{}, false
	}
	found := Match(all, name, func(s jira.Sprint) string { return s.Name }, func(jira.Sprint) string { return "" })
	if len(found) != 1 {
		return jira.Sprint{}, false
	}
	return found[0], true
}

// Configuration returns the configuration of a board, from the cache if
// possible. Reports use it.
func (n *Names) Configuration(ctx context.Context, board int64) (jira.BoardConfiguration, error) {
	return n.boardConfigs.Get(ctx, board, func(ctx context.Context) (jira.BoardConfiguration, error) {
		return n.jira.BoardConfiguration(ctx, board)
	})
}

// Board finds a board by name or number. An exact name wins over a number, which
// the name of another board can look like, and over a part of a name. Without a
// number or name it returns the default board of the project, which
// defaultBoard chooses.
func (n *Names) Board(ctx context.Context, project, given string) (jira.Board, error) {
	given = strings.TrimSpace(given)
	if id, err := strconv.ParseInt(given, 10, 64); err == nil {
		if all, err := n.Boards(ctx, project); err == nil {
			if named, isExact := boardsNamed(all, given); isExact && len(named) == 1 {
				return named[0], nil
			}
		}
		b, err := n.jira.Board(ctx, id)
		if jira.IsStatus(err, http.StatusNotFound) && n.jira.Fence() == nil {
			err = fmt.Errorf("no board with the number %d is visible to this server's user. jira_list_boards lists the boards", id)
		}
		return b, err
	}
	if given == "" && project == "" {
		project = n.OnlyProject()
	}
	all, err := n.Boards(ctx, project)
	if err != nil {
		return jira.Board{}, err
	}
	if given == "" {
		return defaultBoard(all, project)
	}
	found, isExact := boardsNamed(all, given)
	if !isExact && len(all) >= jira.MaxBoards && (project != "" || n.jira.Fence() == nil) { // the list is not complete
		more, err := n.jira.Boards(ctx, project, given)
		if err != nil {
			return jira.Board{}, err
		}
		found, _ = boardsNamed(more, given)
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		n.boards.Delete(strings.ToUpper(project))
		kind := "board"
		if project != "" {
			kind += " that shows " + strings.ToUpper(project) + " called"
		}
		return jira.Board{}, &UnknownError{Kind: kind, Given: given, Allowed: boardNames(all)}
	}
	return jira.Board{}, &UnknownError{Kind: "board", Given: given, Allowed: boardNames(found), Ambiguous: true}
}

// boardsNamed returns the boards with a name, and true, or else those whose name
// contains it.
func boardsNamed(all []jira.Board, name string) (found []jira.Board, isExact bool) {
	var part []jira.Board
	for _, b := range all {
		switch {
		case strings.EqualFold(b.Name, name):
			found = append(found, b)
		case strings.Contains(strings.ToLower(b.Name), strings.ToLower(name)):
			part = append(part, b)
		}
	}
	if found == nil {
		return part, false
	}
	return found, true
}

// OnlyProject returns the default for a project that a call omits: the only
// project inside the fence, or "" if there is not exactly one.
func (n *Names) OnlyProject() string {
	if f := n.jira.Fence(); f != nil && len(f.Projects()) == 1 {
		return f.Projects()[0]
	}
	return ""
}

// errBoardRequired is the error if neither a board nor a project is given.
var errBoardRequired = errors.New("give board (name or number) or project. jira_list_boards lists the boards")

// defaultBoard chooses the board of a project among those that show its issues.
// A board that belongs to the project comes before others, and one with sprints
// before one without. If several boards share the first of these ranks, the
// error lists them. Without a project there must be a single board.
func defaultBoard(all []jira.Board, project string) (jira.Board, error) {
	if project == "" && len(all) != 1 {
		return jira.Board{}, errBoardRequired
	}
	for _, like := range []func(jira.Board) bool{
		func(b jira.Board) bool { return b.Location.ProjectKey == strings.ToUpper(project) && b.HasSprints() },
		func(b jira.Board) bool { return b.Location.ProjectKey == strings.ToUpper(project) },
		jira.Board.HasSprints,
		func(jira.Board) bool { return true },
	} {
		var found []jira.Board
		for _, b := range all {
			if like(b) {
				found = append(found, b)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return jira.Board{}, &UnknownError{Kind: "board of", Given: project, Allowed: boardNames(found), Ambiguous: true}
		}
	}
	return jira.Board{}, fmt.Errorf("%s has no board visible to this server's user", strings.ToUpper(project))
}

// boardNames returns boards as errors list them: the name with the number.
func boardNames(list []jira.Board) []string {
	var out []string
	for _, b := range list {
		out = append(out, fmt.Sprintf("%s (number %d)", b.Name, b.ID))
	}
	return out
}

// relativeSprints are the words for a sprint that depend on the board, with the
// state of the sprint.
var relativeSprints = map[string]string{"": "active", "current": "active", "active": "active", "next": "future", "last": "closed", "previous": "closed"}

// IsRelativeSprint reports whether a text stands for a sprint of a board by its
// state, such as "current".
func IsRelativeSprint(given string) bool {
	return relativeSprints[strings.ToLower(strings.TrimSpace(given))] != ""
}

// SprintOf finds a sprint of a board by number or name, or as current (the
// active one, also for ""), next (the first future one) or last (the one that
// was closed last). The board's own sprints come before those that other boards
// share with it.
func (n *Names) SprintOf(ctx context.Context, board int64, given string) (jira.Sprint, error) {
	given = strings.TrimSpace(given)
	if id, err := strconv.ParseInt(given, 10, 64); err == nil && id > 0 {
		if named, ok := n.sprintNamed(ctx, board, given); ok {
			return named, nil
		}
		s, err := n.jira.Sprint(ctx, id)
		if jira.IsStatus(err, http.StatusNotFound) && n.jira.Fence() == nil {
			err = fmt.Errorf("no sprint with the number %d is visible to this server's user. jira_list_sprints lists the sprints", id)
		}
		return s, err
	}
	state := relativeSprints[strings.ToLower(given)]
	asked := state
	if state == "" {
		asked = "active,future,closed"
	}
	all, err := n.jira.Sprints(ctx, board, asked)
	if err != nil {
		return jira.Sprint{}, err
	}
	var found []jira.Sprint
	var names []string
	for _, s := range all {
		names = append(names, fmt.Sprintf("%s (%s, number %d)", s.Name, s.State, s.ID))
		if s.State == state || strings.EqualFold(s.Name, given) {
			found = append(found, s)
		}
	}
	own := slices.DeleteFunc(slices.Clone(found), func(s jira.Sprint) bool { return s.OriginBoardID != board })
	switch {
	case state == "future" && len(own) > 0:
		return own[0], nil
	case state == "closed" && len(own) > 0: // the order in which they were closed
		return slices.MaxFunc(own, func(a, b jira.Sprint) int { return strings.Compare(a.CompletedAt, b.CompletedAt) }), nil
	case len(own) == 1:
		return own[0], nil
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		names = nil
		if len(own) > 0 {
			found = own
		}
		for _, s := range found {
			names = append(names, fmt.Sprintf("%s (number %d)", s.Name, s.ID))
		}
		if state != "" {
			return jira.Sprint{}, fmt.Errorf("the board has several %s sprints: %s. Give sprint by name or number", state, strings.Join(names, "; "))
		}
		return jira.Sprint{}, &UnknownError{Kind: "sprint", Given: given, Allowed: names, Ambiguous: true}
	case state != "":
		return jira.Sprint{}, fmt.Errorf("the board has no %s sprint. jira_list_sprints lists its sprints", state)
	}
	slices.Reverse(names)
	return jira.Sprint{}, &UnknownError{Kind: "sprint", Given: given, Allowed: names}
}
