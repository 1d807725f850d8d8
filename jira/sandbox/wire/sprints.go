package wire

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/access"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/seed"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// This file changes sprints, and the sprints and ranks of issues.

// maxScheduled is the largest number of issues that one request moves to a
// sprint or the backlog, or ranks (contract).
const maxScheduled = 50

// findSprint returns the sprint of the path's {sprint}, or 404 if the caller
// cannot see it.
func (r *request) findSprint() (*store.Sprint, error) {
	id, _ := strconv.ParseInt(r.PathValue("sprint"), 10, 64)
	if s := r.site.Sprint(id); s != nil && r.canSeeSprint(s) {
		return s, nil
	}
	return nil, fail(http.StatusNotFound, "Sprint does not exist or you do not have permission to see it.")
}

// canSeeSprint reports whether the caller can see a sprint: "if the user can
// view the board that the sprint was created on, or view at least one of the
// issues in the sprint" (contract, getSprint).
func (r *request) canSeeSprint(s *store.Sprint) bool {
	return slices.ContainsFunc(r.site.Boards, func(b *store.Board) bool { return b.ID == s.Board && r.canSeeBoard(b) }) ||
		slices.ContainsFunc(r.site.All(), func(i *store.Issue) bool { return r.visible(i) && slices.Contains(i.Sprints, s) })
}

// schedulableIssues returns the issues of a request. It fails unless the caller
// may schedule each of them. It also refuses sub-tasks, which are in the sprint
// of their parent.
func (r *request) schedulableIssues(keys []string) ([]*store.Issue, error) {
	if len(keys) == 0 || len(keys) > maxScheduled {
		return nil, fail(http.StatusBadRequest, "Between 1 and %d issues can be given.", maxScheduled)
	}
	var out []*store.Issue
	for _, key := range keys {
		i := r.site.Issue(key)
		if !r.visible(i) {
			return nil, fail(http.StatusNotFound, "Issue with key or id '%s' does not exist or you do not have permission to see it.", key)
		}
		if !access.Can(r.user, i.Project, "SCHEDULE_ISSUES") {
			return nil, fail(http.StatusForbidden, "You do not have permission to schedule issues in project %s.", i.Project.Key)
		}
		if i.Type.IsSubtask() {
			return nil, fail(http.StatusBadRequest, "Issue %s is a sub-task: it is in the sprint of its parent.", i.Key)
		}
		out = append(out, i)
	}
	return out, nil
}

// changeSprints applies a change of sprints to the given issues and to their
// sub-tasks, and records it in the changelogs of the issues that it affects.
func (r *request) changeSprints(list []*store.Issue, change func(*store.Issue)) {
	for _, i := range list {
		ids := []int64{i.ID}
		for _, child := range r.site.Children(i.ID) {
			if child.Type.IsSubtask() {
				ids = append(ids, child.ID)
			}
		}
		for _, id := range ids {
			// The error is ignored: Update fails only if the issue was deleted
			// meanwhile.
			_, _ = r.site.Update(id, func(d *store.Issue) error {
				it := store.Item{Field: "Sprint", FieldID: seed.Sprint, FieldType: "custom"}
				it.From, it.FromText = store.SprintList(d.Sprints)
				change(d)
				if it.To, it.ToString = store.SprintList(d.Sprints); it.From == it.To {
					return nil
				}
				d.Updated = r.site.Now()
				d.History = append(d.History, &store.Change{ID: r.site.NextSerial(), Author: r.user, At: d.Updated, Items: []store.Item{it}})
				return nil
			})
		}
	}
}

// moveToSprint handles POST sprint/{sprint}/issue. The issues leave their open
// sprints for this one, and are ranked if the request names an issue to rank
// by. Closed sprints accept no issues.
func moveToSprint(r *request) (any, error) {
	var in rankRequest
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	s, err := r.findSprint()
	if err != nil {
		return nil, err
	}
	if s.State == "closed" {
		return nil, fail(http.StatusBadRequest, "Issues can only be moved to open or active sprints.")
	}
	list, err := r.schedulableIssues(in.Issues)
	if err != nil {
		return nil, err
	}
	r.changeSprints(list, func(d *store.Issue) {
		if !slices.Contains(d.Sprints, s) {
			d.LeaveSprint()
			d.Sprints = append(d.Sprints, s)
		}
	})
	if in.Before+in.After != "" {
		return nil, r.rank(list, in)
	}
	return nil, nil
}

// moveToBacklog handles POST backlog/issue: the issues leave their open
// sprints.
func moveToBacklog(r *request) (any, error) {
	var in struct {
		Issues []string `json:"issues"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	list, err := r.schedulableIssues(in.Issues)
	if err != nil {
		return nil, err
	}
	r.changeSprints(list, (*store.Issue).LeaveSprint)
	return nil, nil
}

// rankRequest ranks issues before or after another one, in the order given.
type rankRequest struct {
	Issues []string `json:"issues"`
	Before string   `json:"rankBeforeIssue"`
	After  string   `json:"rankAfterIssue"`
	Field  int64    `json:"rankCustomFieldId"`
}

// rankIssues handles PUT issue/rank.
func rankIssues(r *request) (any, error) {
	var in rankRequest
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	list, err := r.schedulableIssues(in.Issues)
	if err != nil {
		return nil, err
	}
	return nil, r.rank(list, in)
}

// rank ranks issues directly before or after another issue, the mark. Ranks are
// numbers: the new ones are spread evenly between the mark's rank and that of
// its nearest neighbour on the wanted side, at a distance of at most 1. The
// ranked issues themselves do not count as neighbours.
//
// For example, two issues ranked after a mark of rank 4, whose next neighbour
// has rank 4.6, get the ranks 4.2 and 4.4.
func (r *request) rank(list []*store.Issue, in rankRequest) error {
	if (in.Before == "") == (in.After == "") {
		return fail(http.StatusBadRequest, "Exactly one of rankBeforeIssue and rankAfterIssue must be given.")
	}
	mark := r.site.Issue(in.Before + in.After)
	if !r.visible(mark) || slices.Contains(list, mark) {
		return fail(http.StatusBadRequest, "The issue to rank by is not valid.")
	}
	low, high := mark.Rank, mark.Rank+1
	if in.Before != "" {
		low, high = mark.Rank-1, mark.Rank
	}
	for _, i := range r.site.All() {
		switch moved := slices.ContainsFunc(list, func(m *store.Issue) bool { return m.ID == i.ID }); {
		case moved || i.ID == mark.ID:
		case in.Before != "" && i.Rank < mark.Rank:
			low = max(low, i.Rank)
		case in.After != "" && i.Rank > mark.Rank:
			high = min(high, i.Rank)
		}
	}
	step := (high - low) / float64(len(list)+1)
	for n, i := range list {
		_, _ = r.site.Update(i.ID, func(d *store.Issue) error {
			d.Rank = low + step*float64(n+1)
			return nil
		})
	}
	return nil
}

// sprintRequest is a sprint in a request; absent keys leave a value unchanged.
// The keys after originBoardId are accepted and ignored, so that a client can
// send a sprint back as it received it.
type sprintRequest struct {
	Name     *string `json:"name"`
	Goal     *string `json:"goal"`
	Start    *string `json:"startDate"`
	End      *string `json:"endDate"`
	State    *string `json:"state"`
	Board    int64   `json:"originBoardId"`
	ID       int64   `json:"id"`
	Complete string  `json:"completeDate"`
	Created  string  `json:"createdDate"`
	Self     string  `json:"self"`
}

// maxSprintName is the largest length of a sprint's name in characters ("Sprint
// name must be shorter than 30 characters" is Jira's message).
const maxSprintName = 30

// apply sets the name, the goal and the dates of a sprint. Only name and goal
// of a closed sprint can change. The start must be before the end.
func (in *sprintRequest) apply(s *store.Sprint) error {
	if in.Name != nil {
		s.Name = strings.TrimSpace(*in.Name)
	}
	if s.Name == "" || len([]rune(s.Name)) > maxSprintName {
		return fail(http.StatusBadRequest, "The sprint name must have between 1 and %d characters.", maxSprintName)
	}
	if in.Goal != nil {
		s.Goal = *in.Goal
	}
	if s.State == "closed" {
		return nil // As the contract says: "changes to other fields will be ignored".
	}
	for _, date := range []struct {
		given *string
		into  *time.Time
	}{{in.Start, &s.Start}, {in.End, &s.End}} {
		if date.given == nil {
			continue
		}
		at, err := time.Parse("2006-01-02T15:04:05.000Z07:00", *date.given)
		if err != nil {
			if at, err = time.Parse(store.TimeLayout, *date.given); err != nil {
				return fail(http.StatusBadRequest, "The date must be in ISO format, such as 2015-04-11T15:22:00.000+10:00.")
			}
		}
		*date.into = at
	}
	if !s.Start.IsZero() && !s.End.IsZero() && !s.Start.Before(s.End) {
		return fail(http.StatusBadRequest, "The start date of a sprint must be before the end date.")
	}
	return nil
}

// checkManageSprints returns an error unless the caller can see the board and
// may manage sprints in all of its projects. The permission belongs to projects
// (Jira Software, Manage sprints), not to boards.
func (r *request) checkManageSprints(board int64) error {
	for _, b := range r.site.Boards {
		if b.ID != board || !r.canSeeBoard(b) {
			continue
		}
		for _, p := range b.Projects {
			if !access.Can(r.user, p, "MANAGE_SPRINTS_PERMISSION") {
				return fail(http.StatusForbidden, "You do not have permission to manage sprints in project %s.", p.Key)
			}
		}
		return nil
	}
	return fail(http.StatusNotFound, "The requested board cannot be viewed because it either does not exist or you do not have permission to view it.")
}

// createSprint handles POST sprint. A new sprint is in the state future.
func createSprint(r *request) (any, error) {
	var in sprintRequest
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if err := r.checkManageSprints(in.Board); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(r.site.Boards, func(b *store.Board) bool { return b.ID == in.Board && b.Kind != "kanban" }) {
		return nil, fail(http.StatusBadRequest, "The board does not support sprints")
	}
	id, _ := strconv.ParseInt(r.site.Serial(), 10, 64)
	s := &store.Sprint{ID: id, State: "future", Board: in.Board}
	if err := in.apply(s); err != nil {
		return nil, err
	}
	r.site.Configure(func() { r.site.Sprints = append(slices.Clone(r.site.Sprints), s) })
	return r.sprintDetails(s), nil
}

// updateSprint handles POST sprint/{sprint}. It changes the stored sprint in
// place, since the issues in the sprint refer to it. A sprint goes from future
// to active, which needs both dates, and from active to closed.
func updateSprint(r *request) (any, error) {
	var in sprintRequest
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	s, err := r.findSprint()
	if err != nil {
		return nil, err
	}
	if err := r.checkManageSprints(s.Board); err != nil {
		return nil, err
	}
	changed := *s
	if err := in.apply(&changed); err != nil {
		return nil, err
	}
	if in.State != nil && *in.State != s.State {
		switch {
		case *in.State == "active" && s.State == "future":
			if changed.Start.IsZero() || changed.End.IsZero() {
				return nil, fail(http.StatusBadRequest, "A start date and an end date are needed to start a sprint.")
			}
			changed.State = "active"
		case *in.State == "closed" && s.State == "active":
			changed.State, changed.Complete = "closed", r.site.Now()
		default:
			return nil, fail(http.StatusBadRequest, "The sprint cannot go from %s to %s.", s.State, *in.State)
		}
	}
	r.site.Configure(func() { *s = changed })
	return r.sprintDetails(s), nil
}

// deleteSprint handles DELETE sprint/{sprint}: "all open issues in the sprint
// will be moved to the backlog". Here all issues leave the sprint.
func deleteSprint(r *request) (any, error) {
	s, err := r.findSprint()
	if err != nil {
		return nil, err
	}
	if err := r.checkManageSprints(s.Board); err != nil {
		return nil, err
	}
	var in []*store.Issue
	for _, i := range r.site.All() {
		if slices.Contains(i.Sprints, s) && !i.Type.IsSubtask() {
			in = append(in, i)
		}
	}
	r.changeSprints(in, func(d *store.Issue) {
		d.Sprints = slices.DeleteFunc(slices.Clone(d.Sprints), func(x *store.Sprint) bool { return x == s })
	})
	r.site.Configure(func() {
		r.site.Sprints = slices.DeleteFunc(slices.Clone(r.site.Sprints), func(x *store.Sprint) bool { return x == s })
	})
	return nil, nil
}
