package seed

import (
	"fmt"
	"strconv"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// The boards that [MoreBoards] adds to explain.
const (
	PlainTeamBoard = 10 // team-managed, without an estimation field
	PrivateBoard   = 11 // its filter is somebody else's and not shared
)

// MoreBoards adds boards to the site until it has twelve: a team-managed one
// without estimation, one whose filter the sandbox's user may not see, and copies
// of PAY's board, which show its sprints as those of another board. It is for
// sandbox.Options.Setup.
func MoreBoards(s *store.Site) {
	pay, mob := *s.Boards[0], *s.Boards[0]
	for _, b := range s.Boards {
		if b.Kind == "simple" {
			mob = *b
		}
	}
	mob.ID, mob.Name, mob.Estimation = PlainTeamBoard, "MOB without estimates", ""
	private := pay
	private.ID, private.Name = PrivateBoard, "Board of a private filter"
	s.Filters = append(s.Filters, &store.Filter{ID: strconv.FormatInt(store.BoardFilterIDBase+PrivateBoard, 10), Name: "Private", JQL: "project = PAY", Owner: s.Users[ben]})
	s.Boards = append(s.Boards, &mob, &private)
	for n := PrivateBoard + 1; len(s.Boards) < 12; n++ {
		copied := pay
		copied.ID, copied.Name = int64(n), fmt.Sprintf("PAY team %d", n-PrivateBoard)
		s.Boards = append(s.Boards, &copied)
	}
}
