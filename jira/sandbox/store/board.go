package store

import "slices"

// BoardFilters is from where on the filters of boards are numbered, by the board.
const BoardFilters = 10350

// Holds reports an issue that is on the board: of its projects, in a status that
// a column has. Epics are on no board with sprints (contract, getIssuesForBoard).
func (b *Board) Holds(i *Issue) bool {
	return slices.Contains(b.Projects, i.Project) && (i.Type.Level <= 0 || b.Kind == "kanban") &&
		slices.ContainsFunc(b.Columns, func(c Column) bool { return slices.Contains(c.Statuses, i.Status) })
}

// Done are the statuses of the last column that has any: what is there is
// complete to the board (contract, getConfiguration).
func (b *Board) Done() []*Status {
	for n := len(b.Columns) - 1; n >= 0; n-- {
		if len(b.Columns[n].Statuses) > 0 {
			return b.Columns[n].Statuses
		}
	}
	return nil
}

// Leave takes an issue out of the sprint that it is in; closed ones stay.
func (i *Issue) Leave() {
	open := i.Sprint()
	i.Sprints = slices.DeleteFunc(slices.Clone(i.Sprints), func(s *Sprint) bool { return s == open })
}
