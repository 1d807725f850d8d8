package agile

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
)

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

// ExplainNoSprints returns an error that says that the board has no sprints if
// err is Jira's status 400, which is its answer for the sprints of such a
// board. It returns any other error unchanged.
func ExplainNoSprints(err error, board jira.Board) error {
	if board.IsWithoutSprints(err) {
		return fmt.Errorf("%s has no sprints (its type is %s). Use jira_flow_report for its flow of work", board.Name, board.Type)
	}
	return err
}
