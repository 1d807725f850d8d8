package agile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
)

// Configuration returns how a board works: its columns, its filter and its
// estimation. It is empty if it cannot be read, for instance because the board's
// filter is private; missing then says why. The zero board has none.
func Configuration(ctx context.Context, d env.Env, board jira.Board) (config jira.BoardConfiguration, missing string, _ error) {
	if board.ID == 0 {
		return config, "", nil
	}
	missing, err := env.Secondary(ctx, "the board's configuration", func(ctx context.Context) (err error) {
		config, err = d.Names.Configuration(ctx, board.ID)
		return err
	})
	return config, missing, err
}

// Estimates describes the fields in which a team estimates.
type Estimates struct {
	// Fields are the ids of the fields; the first one with a value counts. There
	// are none if issues are counted.
	Fields []string
	Unit   string // for people: a field's name, "points" or "hours"; "" without a field
	Note   string // which fields were used in place of the board's own; "" for its own
}

// InSeconds reports whether the estimates are times in seconds.
func (e Estimates) InSeconds() bool { return len(e.Fields) == 1 && IsTimeField(e.Fields[0]) }

// EstimatesOf returns where a board keeps its estimates: in the field that its
// configuration names. Jira names none for some team-managed boards, and for
// boards whose configuration cannot be read, and a field can be hidden from this
// user; the site's fields for story points are used then, as they are without a
// board. Kanban boards and boards that count issues have no estimates.
func EstimatesOf(ctx context.Context, d env.Env, board jira.Board, config jira.BoardConfiguration) Estimates {
	switch {
	case config.Estimation.Type == "field" && isVisibleField(ctx, d, config.Estimation.Field.ID):
		out := Estimates{Fields: []string{config.Estimation.Field.ID}, Unit: config.Estimation.Field.Name}
		if out.InSeconds() {
			out.Unit = "hours"
		}
		return out
	case config.Estimation.Type != "" && config.Estimation.Type != "field", board.Type == "kanban":
		return Estimates{}
	}
	var all []jira.Field
	var ids []string
	missing, err := env.Secondary(ctx, "the site's fields", func(ctx context.Context) (err error) {
		if ids, err = d.Names.PointFields(ctx); err == nil {
			all, err = d.Names.Fields(ctx)
		}
		return err
	})
	if err != nil || missing != "" {
		return Estimates{Note: strings.TrimSpace("Issues are counted, since the fields for estimates are not known. " + missing)}
	}
	if len(ids) == 0 {
		return Estimates{}
	}
	out := Estimates{Fields: ids, Unit: "points"}
	var called []string
	for _, id := range ids {
		called = append(called, names.FieldName(all, id))
	}
	slices.Sort(called)
	if len(slices.Compact(slices.Clone(called))) < len(called) {
		out.Note = fmt.Sprintf("Several fields for estimates have one name; of each issue the first one with a value counts: %s.", strings.Join(ids, ", "))
		return out
	}
	if board.ID == 0 {
		return out
	}
	why := "Jira names no estimation field for the board"
	if config.Estimation.Type == "field" {
		why = fmt.Sprintf("The board's estimation field, %s, is not visible to this server's user", config.Estimation.Field.Name)
	}
	out.Note = fmt.Sprintf("%s; estimates are taken from %s.", why, strings.Join(slices.Compact(called), " or "))
	return out
}

// isVisibleField reports whether the site lists a custom field; true if the list
// cannot be read.
// Jira's own fields are visible to everybody.
func isVisibleField(ctx context.Context, d env.Env, id string) bool {
	if !strings.HasPrefix(id, "customfield_") {
		return true
	}
	all, err := d.Names.Fields(ctx)
	return err != nil || slices.ContainsFunc(all, func(f jira.Field) bool { return f.ID == id })
}
