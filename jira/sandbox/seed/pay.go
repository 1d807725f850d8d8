package seed

import (
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// payPlan holds the number of issues that each sprint starts with, in the order
// of their keys; all others are the backlog.
var payPlan = []struct {
	sprint int // index into the site's sprints; -1 for the backlog
	count  int
}{{0, 16}, {1, 16}, {2, 18}, {3, 30}, {4, 8}, {-1, 1 << 30}}

// Special cases, by the position of an issue in its sprint. Sprint reports have
// to get each of them right.
const (
	caseCreatedInside = 15 // created after the sprint started
	caseRemoved       = 3  // planned, then removed
	caseInOutIn       = 5  // planned, removed, added again
	caseReestimated   = 7  // 3 points, then 8
	caseReopened      = 9  // done, then reopened
	caseDoneBefore    = 11 // done before the start of the sprint that it is in
	caseCancelled     = 12 // in a status of the category Done that is not in the last column
	caseAddedLate     = 13 // added after the start
	caseCarriedOver   = 2  // not done when the sprint closed, carried over to the next
)

// pay creates the issues of PAY: PAY-1, then epics, sub-tasks and standard
// issues in the order of the texts. Standard issues fill the sprints of
// payPlan.
func (b *builder) pay() error {
	list, err := records("PAY")
	if err != nil {
		return err
	}
	p := b.s.Project("PAY")
	// place is the position in payPlan, slot the position in that sprint.
	place, slot := 0, 0
	for n, r := range list {
		switch {
		case n == 0:
			err = b.referenceIssue(p, r)
		case r.kind == "Epic":
			err = b.epic(p, r, n)
		case r.kind == "Sub-task":
			err = b.subtask(p, r)
		default:
			if slot >= payPlan[place].count {
				place, slot = place+1, 0
			}
			err = b.sprintIssue(p, r, payPlan[place].sprint, slot)
			slot++
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// referenceIssue creates PAY-1, the reference issue: 8 blocks of description, 5
// comments, 2 links.
func (b *builder) referenceIssue(p *store.Project, r record) error {
	i, err := b.create(p, r, b.daysFromNow(-9.2), b.s.Users[dana])
	if err != nil {
		return err
	}
	i.Priority = b.s.Priorities[0]
	sprint, who := b.s.Sprints[3], b.s.Users[ana]
	i.Versions = p.Versions[1:2]
	b.setStoryPoints(i, b.daysFromNow(-8.5), who, r.points)
	b.setSprints(i, b.daysFromNow(-8), who, sprint)
	b.assign(i, b.daysFromNow(-6.6), who)
	b.transition(i, b.daysFromNow(-6.5), who, "In Progress", "")
	i.Custom[Severity] = b.s.Field(Severity).Options[0]
	return b.addComments(i, r.comments, func(n int) (*store.User, bool) {
		return b.s.Users[[]int{chidi, ben, farah, ana, ana}[n]], false
	})
}

// epic creates an epic in progress; n is its position in the texts.
func (b *builder) epic(p *store.Project, r record, n int) error {
	i, err := b.create(p, r, b.daysFromNow(-70+float64(n)), b.s.Users[ana])
	if err != nil {
		return err
	}
	i.Custom[GoLive] = b.now.AddDate(0, n-1, 0).Format(time.DateOnly)
	b.assign(i, b.daysFromNow(-64+float64(n)), b.staff(n))
	b.transition(i, b.daysFromNow(-55+float64(n)), b.staff(n), "In Progress", "")
	return b.addTeamComments(i, r.comments)
}

// subtask creates a sub-task that follows its parent: it is in the parent's
// sprints, and done shortly before the parent.
func (b *builder) subtask(p *store.Project, r record) error {
	parent := b.bySummary[r.parent]
	at := b.now.Add(-3 * 24 * time.Hour)
	if parent != nil {
		at = parent.Created.Add(20 * time.Hour)
	}
	i, err := b.create(p, r, minTime(at, b.now.Add(-time.Hour)), b.staff(len(b.all)))
	if err != nil {
		return err
	}
	if parent != nil {
		i.Sprints = parent.Sprints
		if parent.Assignee != nil {
			b.assign(i, i.Created.Add(2*time.Hour), parent.Assignee)
		}
		if parent.Status.Name != "To Do" {
			b.transition(i, parent.StatusChanged.Add(-5*time.Hour), i.Assignee, "In Progress", "")
		}
		if parent.Status.Name == "Done" {
			b.transition(i, parent.StatusChanged.Add(-2*time.Hour), i.Assignee, "Done", "Done")
		}
	}
	return b.addTeamComments(i, r.comments)
}

// minTime returns the earlier of two times.
func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// sprintIssue creates a story, bug or task before its sprint and takes it
// through the sprint, or through the special case of its position. Without a
// sprint (-1) the issue joins the backlog.
func (b *builder) sprintIssue(p *store.Project, r record, sprint, slot int) error {
	if sprint < 0 {
		return b.backlogIssue(p, r, slot)
	}
	sp := b.s.Sprints[sprint]
	start := sp.Start
	// at returns the time that many days after the sprint's start, but not
	// later than half an hour ago: an active sprint has no changes in the
	// future.
	at := func(days float64) time.Time {
		return minTime(start.Add(time.Duration(days*24*60)*time.Minute), b.now.Add(-30*time.Minute))
	}
	created := at(-7 + float64(slot)/5)
	inside := slot == caseCreatedInside && sp.State != "future"
	if inside {
		created = at(3)
	}
	if sp.State == "future" {
		created = b.daysFromNow(-3 + float64(slot)/8)
	}
	i, err := b.create(p, r, created, b.staff(slot+sprint))
	if err != nil {
		return err
	}
	lead, who := b.s.Users[ana], b.staff(slot*3+sprint)
	if slot == caseReestimated {
		r.points = 8
	}
	if r.points > 0 {
		first := r.points
		if slot == caseReestimated {
			first = 3
		}
		b.setStoryPoints(i, created.Add(time.Hour), lead, first)
	}
	if r.kind == "Bug" {
		i.Custom[Severity] = b.s.Field(Severity).Options[slot%4]
		i.Versions = p.Versions[:1]
	}
	switch {
	case sp.State == "future":
		b.setSprints(i, created.Add(2*time.Hour), lead, sp)
		return b.addTeamComments(i, r.comments)
	case inside || slot == caseAddedLate:
		b.setSprints(i, at(3.2), lead, sp)
	default:
		b.setSprints(i, start.Add(-20*time.Hour), lead, sp)
	}
	if slot%6 == 4 {
		i.DueDate = sp.Start.AddDate(0, 0, 9-slot/3).Format(time.DateOnly)
	}
	b.runSprint(i, sp, sprint, slot, at, who, lead)
	return b.addTeamComments(i, r.comments)
}

// runSprint takes an issue through its sprint: special cases first, then the
// regular way from To Do through In Progress and In Review to Done. In the
// active sprint some issues stop on the way, and those from position 22 on have
// not begun.
func (b *builder) runSprint(i *store.Issue, sp *store.Sprint, sprint, slot int, at func(float64) time.Time, who, lead *store.User) {
	active := sp.State == "active"
	pace := paces[(slot*5+sprint)%len(paces)]
	begin := 0.5 + float64(slot%10) + pace.shift
	if active {
		// All that is begun began, and is far enough along, before now.
		elapsed := b.now.Sub(sp.Start).Hours() / 24
		begin = 0.3 + float64(slot%10)*max(elapsed-2.4, 0.1)/9 + pace.shift
		pace.cycle = min(pace.cycle, 1.6)
	}
	// before holds the earlier sprints, without the one that the issue is in.
	before := i.Sprints[:len(i.Sprints)-1]
	switch slot {
	case caseRemoved:
		b.setSprints(i, at(5), lead, before...)
		return
	case caseInOutIn:
		b.setSprints(i, at(2), lead, before...)
		b.setSprints(i, at(4), lead, append(before[:len(before):len(before)], sp)...)
		begin = 4.5
	case caseReestimated:
		b.setStoryPoints(i, at(4), lead, 8)
		begin = 4.2
	case caseDoneBefore:
		b.assign(i, at(-3), who)
		b.transition(i, at(-2.5), who, "In Progress", "")
		b.transition(i, at(-1.5), who, "Done", "Done")
		return
	case caseCancelled:
		b.transition(i, at(4), lead, "Cancelled", "Won't Do")
		return
	case caseReopened:
		b.assign(i, at(1), who)
		b.transition(i, at(1.5), who, "In Progress", "")
		b.transition(i, at(4), who, "Done", "Done")
		b.transition(i, at(5), lead, "To Do", "")
		b.transition(i, at(5.5), who, "In Progress", "")
		if !active {
			b.transition(i, at(9), who, "Done", "Done")
		}
		return
	case caseCarriedOver:
		if !active {
			b.assign(i, at(8), who)
			b.transition(i, at(8.5), who, "In Progress", "")
			next := b.s.Sprints[sprint+1]
			b.setSprints(i, sp.Complete, lead, append(i.Sprints[:len(i.Sprints):len(i.Sprints)], next)...)
			if next.State == "closed" {
				b.transition(i, next.Start.Add(50*time.Hour), who, "Done", "Done")
			}
			return
		}
	}
	if active && slot >= 22 { // not begun, and some without an assignee
		if slot%2 == 0 {
			b.assign(i, at(1), who)
		}
		if slot == 26 {
			i.Custom[Flagged] = b.s.Field(Flagged).Options
		}
		return
	}
	b.assign(i, at(begin), who)
	b.transition(i, at(begin+0.1), who, "In Progress", "")
	if active && slot%5 == 0 {
		return
	}
	b.transition(i, at(begin+0.1+pace.cycle*0.7), who, "In Review", "")
	if active && slot%5 == 1 {
		return
	}
	i.FixVersions = i.Project.Versions[min(sprint, 2) : min(sprint, 2)+1]
	b.transition(i, at(min(begin+0.1+pace.cycle, 13+pace.shift)), who, "Done", "Done")
}

// paces are how long work takes, in days from In Progress to Done, and by how
// much it begins earlier or later than half past nine or so: a team's issues
// differ in both.
var paces = []struct{ cycle, shift float64 }{{0.4, 0.02}, {1.6, -0.04}, {1.1, 0.13}, {2.7, 0.06}, {0.7, -0.02}, {3.2, 0.17}, {1.4, 0.1}, {4.4, -0.05}, {0.9, 0.15}, {2.2, 0.04}, {1.3, 0.11}}

// backlogIssue creates a backlog issue. The newest are last; some have no
// estimate.
func (b *builder) backlogIssue(p *store.Project, r record, slot int) error {
	i, err := b.create(p, r, b.daysFromNow(-2.5+float64(slot)/12), b.staff(slot))
	if err != nil {
		return err
	}
	if r.points > 0 && slot%3 != 0 {
		b.setStoryPoints(i, i.Created.Add(time.Hour), b.s.Users[ana], r.points)
	}
	return b.addTeamComments(i, r.comments)
}
