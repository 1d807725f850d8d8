package store

import (
	"slices"
)

// BoardFilterIDBase is added to a board's id to get the id of the board's
// filter.
const BoardFilterIDBase = 10350

// Contains reports whether an issue is on the board: it belongs to one of the
// board's projects and its status is mapped to a column. Epics are on kanban
// boards only, never on boards with sprints (contract, getIssuesForBoard).
func (b *Board) Contains(i *Issue) bool {
	return slices.Contains(b.Projects, i.Project) && (i.Type.Level <= 0 || b.Kind == "kanban") &&
		slices.ContainsFunc(b.Columns, func(c Column) bool { return slices.Contains(c.Statuses, i.Status) })
}

// DoneStatuses returns the statuses of the last column that has any. The board
// regards an issue in one of them as complete (contract, getConfiguration).
func (b *Board) DoneStatuses() []*Status {
	for n := len(b.Columns) - 1; n >= 0; n-- {
		if len(b.Columns[n].Statuses) > 0 {
			return b.Columns[n].Statuses
		}
	}
	return nil
}

// LeaveSprint removes an issue from the sprint that it is in now. Closed
// sprints stay in the list, as they are part of the issue's past.
func (i *Issue) LeaveSprint() {
	open := i.Sprint()
	i.Sprints = slices.DeleteFunc(slices.Clone(i.Sprints), func(s *Sprint) bool { return s == open })
}
