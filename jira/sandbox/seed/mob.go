package seed

import (
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// MOB, the project of the mobile team, is team-managed: its board has the type
// simple, estimates are in the field Story point estimate, and two of its
// sprints are active at once. A further board (Release train) covers MOB and
// OPS together.

// The ids of the boards.
const (
	mobBoard   = 3
	trainBoard = 4
)

// mobProject returns the project MOB. screen and types are the helpers of
// fillProjects.
func mobProject(s *store.Site, screen func(required []string, more ...string) store.Screen, types func(names ...string) []*store.IssueType) *store.Project {
	p := &store.Project{ID: "10005", Key: "MOB", Name: "Mobile App", Kind: "software", Lead: s.Users[emeka], Workflow: "scrum", TeamManaged: true, Types: types("Epic", "Story", "Task", "Bug")}
	fields := []string{"components", "issuelinks", PointEstimate, Sprint, Flagged}
	p.Screens = map[string]store.Screen{"10000": screen(nil), "10001": screen(nil, fields...), "10002": screen(nil, fields...), "10004": screen(nil, fields...)}
	return p
}

// addMobBoards adds the boards of MOB, their sprints, and a filter for every
// board of the site. st returns statuses by name.
func addMobBoards(s *store.Site, now time.Time, st func(names ...string) []*store.Status) {
	mob, ops := s.Project("MOB"), s.Project("OPS")
	s.Boards = append(s.Boards,
		&store.Board{ID: mobBoard, Name: "MOB board", Kind: "simple", Projects: []*store.Project{mob}, Estimation: PointEstimate, Columns: []store.Column{
			{Name: "To Do", Statuses: st("To Do")}, {Name: "In Progress", Statuses: st("In Progress", "In Review")}, {Name: "Done", Statuses: st("Done", "Cancelled")}}},
		&store.Board{ID: trainBoard, Name: "Release train", Kind: "scrum", Projects: []*store.Project{ops, mob}, Columns: []store.Column{
			{Name: "Open", Statuses: st("To Do", "Backlog", "Selected for Development")}, {Name: "Doing", Statuses: st("In Progress", "In Review"), Min: 1, Max: 6},
			{Name: "Done", Statuses: st("Done", "Cancelled")}, {Name: "Archive"}}})
	for _, b := range s.Boards {
		var keys []string
		for _, p := range b.Projects {
			keys = append(keys, p.Key)
		}
		s.Filters = append(s.Filters, &store.Filter{ID: strconv.FormatInt(store.BoardFilterIDBase+b.ID, 10), Name: "Filter for " + b.Name, JQL: "project IN (" + strings.Join(keys, ", ") + ") ORDER BY Rank", Owner: s.Users[ben], Shared: true})
	}
	day := func(n int) time.Time {
		d := now.AddDate(0, 0, n)
		return time.Date(d.Year(), d.Month(), d.Day(), 9, 0, 0, 0, time.UTC)
	}
	s.Sprints = append(s.Sprints,
		&store.Sprint{ID: 41, Name: "MOB Sprint 6", Board: mobBoard, State: "closed", Goal: "First frame in a second", Start: day(-17), End: day(-3), Complete: day(-3).Add(7 * time.Hour)},
		&store.Sprint{ID: 42, Name: "MOB Sprint 7", Board: mobBoard, State: "active", Goal: "Statements offline", Start: day(-3), End: day(11)},
		&store.Sprint{ID: 43, Name: "MOB Hotfixes", Board: mobBoard, State: "active", Start: day(-2), End: day(5)},
		&store.Sprint{ID: 44, Name: "MOB Sprint 8", Board: mobBoard, State: "future"},
		&store.Sprint{ID: 51, Name: "Train 9", Board: trainBoard, State: "active", Goal: "One release for all", Start: day(-5), End: day(9)})
}

// mob creates the issues of MOB. It fills one sprint after another with them:
// the closed one, the two active ones, and the train's, which also takes three
// issues of OPS. The rest stays in the backlog.
func (b *builder) mob() error {
	list, err := records("MOB")
	if err != nil {
		return err
	}
	p := b.s.Project("MOB")
	lead := p.Lead
	for n, r := range list {
		i, err := b.create(p, r, b.daysFromNow(-24+float64(n)/6), b.staff(n))
		if err != nil {
			return err
		}
		if r.kind == "Epic" {
			continue
		}
		if r.points > 0 {
			b.setEstimate(i, i.Created.Add(time.Hour), lead, PointEstimate, "Story point estimate", r.points)
		}
		// The first two records are the epics.
		slot := n - 2
		switch {
		case slot < 5: // the closed sprint: all done but one, which is carried over
			b.setSprints(i, b.daysFromNow(-18), lead, b.s.Sprint(41))
			b.assign(i, b.daysFromNow(-16+float64(slot)), b.staff(slot+1))
			b.transition(i, b.daysFromNow(-15.5+float64(slot)), b.staff(slot+1), "In Progress", "")
			if slot == 4 {
				b.setSprints(i, b.s.Sprint(41).Complete, lead, b.s.Sprint(41), b.s.Sprint(42))
				continue
			}
			b.transition(i, b.daysFromNow(-13+float64(slot)), b.staff(slot+1), "Done", "Done")
		case slot < 10:
			b.setSprints(i, b.daysFromNow(-4), lead, b.s.Sprint(42))
			if slot < 8 {
				b.assign(i, b.daysFromNow(-2.5), b.staff(slot))
				b.transition(i, b.daysFromNow(-2), b.staff(slot), "In Progress", "")
			}
			if slot == 5 {
				b.transition(i, b.daysFromNow(-1), b.staff(slot), "Done", "Done")
			}
		case slot < 12:
			b.setSprints(i, b.daysFromNow(-2.5), lead, b.s.Sprint(43))
		case slot < 14:
			b.setSprints(i, b.daysFromNow(-6), lead, b.s.Sprint(51))
			b.transition(i, b.daysFromNow(-1.5), lead, "In Progress", "")
		}
	}
	for _, key := range []string{"OPS-40", "OPS-41", "OPS-42"} {
		if i := b.byKey(key); i != nil {
			b.setSprints(i, b.daysFromNow(-6), lead, b.s.Sprint(51))
		}
	}
	return nil
}

// byKey returns the issue with a key, or nil.
func (b *builder) byKey(key string) *store.Issue {
	for _, i := range b.all {
		if i.Key == key {
			return i
		}
	}
	return nil
}
