package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/agile"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// sprintReportOutput is the result of jira_sprint_report. The amounts satisfy
// the equation of package report: by count, committed + added − removed =
// completed + not done.
type sprintReportOutput struct {
	Sprint agile.SprintView `json:"sprint"`
	Board  string           `json:"board,omitempty"`
	// Unit is the unit of the points, or "" if nothing is estimated.
	Unit string `json:"unit,omitempty"`

	Committed        report.Amount `json:"committed"`
	Added            report.Amount `json:"added"`
	Removed          report.Amount `json:"removed"`
	Reestimated      float64       `json:"reestimated"` // sum of the differences in estimate
	Completed        report.Amount `json:"completed"`
	NotDone          report.Amount `json:"not_done"`          // carried over, once the sprint is closed
	CompletedOutside report.Amount `json:"completed_outside"` // done before the sprint or before they entered it
	Subtasks         int           `json:"subtasks"`          // number of sub-tasks, which are in no other amount

	DaysTotal          float64  `json:"working_days"`
	DaysElapsed        float64  `json:"working_days_gone"`
	DaysLeft           float64  `json:"working_days_left"`
	Pace               float64  `json:"pace_a_day"`                     // completed on each working day so far
	NeededPace         float64  `json:"pace_needed"`                    // to complete the rest by the end
	ScopeChangePercent *float64 `json:"scope_change_percent,omitempty"` // nil if nothing was committed

	ByCategory []report.Group `json:"by_category"`
	ByAssignee []report.Group `json:"by_assignee"`
	ByType     []report.Group `json:"by_type"`
	ByEpic     []report.Group `json:"by_epic"`

	// The lists. Events has the changes after Since, Burndown one entry a day.
	Issues       []SprintIssue  `json:"issues"`
	ScopeChanges []scopeView    `json:"scope_changes"`
	Since        string         `json:"since"`
	Events       []eventView    `json:"since_then"`
	Attention    attentionLists `json:"attention"`
	Burndown     []report.Day   `json:"burndown"`
	Notes        []string       `json:"notes"`
	URL          string         `json:"url,omitempty"`

	zone *time.Location
	// eventsText describes the changes of scope and the recent events. It is
	// written before Trim can shorten the lists.
	eventsText string
	charts
}

// SprintIssue is one issue of a sprint with its outcome there.
type SprintIssue struct {
	Key      string   `json:"key"`
	Summary  string   `json:"summary"`
	Type     string   `json:"type"`
	Status   string   `json:"status"`
	Assignee string   `json:"assignee,omitempty"`
	Outcome  string   `json:"fate"` // a [report.Outcome]
	Added    bool     `json:"added_after_start,omitempty"`
	Reopened bool     `json:"reopened,omitempty"`
	Points   *float64 `json:"points,omitempty"` // final estimate; nil if not estimated
}

// scopeView is one change of the contents of a sprint after its start.
type scopeView struct {
	At     string  `json:"at"`
	By     string  `json:"by,omitempty"`
	Key    string  `json:"key"`
	Kind   string  `json:"what"`   // added, removed, re-estimated and so on: see [report.ScopeChange]
	Points float64 `json:"points"` // difference in estimate
}

// eventView is one recent change of an issue.
type eventView struct {
	At   string `json:"at"`
	By   string `json:"by,omitempty"`
	Key  string `json:"key"`
	What string `json:"what"`

	// status reports that the event is a change of status.
	status bool
}

// attentionLists lists the open issues that may need somebody's attention, by
// reason. The entries are keys, some with details behind them. An issue can be
// in several lists.
type attentionLists struct {
	Flagged []string `json:"flagged,omitempty"`
	Blocked []string `json:"blocked,omitempty"` // with the keys of the blockers
	// Waiting has the three issues that have been in progress the longest, with
	// status and working days.
	Waiting     []string `json:"waiting_longest,omitempty"`
	Unestimated []string `json:"unestimated,omitempty"`
	Unassigned  []string `json:"unassigned,omitempty"`
	// Untouched has the issues without a change for staleWorkingDays.
	Untouched []string `json:"untouched,omitempty"`
	Overdue   []string `json:"overdue,omitempty"`
	// Closed has the issues whose status is of the category Done but not in the
	// board's last column. They are in no other list but Blocked.
	Closed []string `json:"closed_not_done,omitempty"`
}

// newSprintReportOutput converts a report and its input to the output of the
// tool. Times are in the given zone.
func newSprintReportOutput(board jira.Board, q report.SprintInput, s *report.SprintReport, unit string, zone *time.Location) *sprintReportOutput {
	clock := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(text.DisplayTimeLayout)
	}
	sp := s.Sprint
	out := &sprintReportOutput{Sprint: agile.SprintView{ID: sp.ID, Name: sp.Name, State: sp.State, Goal: sp.Goal, End: clock(sp.End), CompletedAt: clock(sp.CompletedAt)}, Board: board.Name, Unit: unit,
		Committed: s.Committed, Added: s.Added, Removed: s.Removed, Reestimated: s.Reestimated, Completed: s.Completed, NotDone: s.NotDone, CompletedOutside: s.CompletedOutside, Subtasks: s.Subtasks,
		DaysTotal: s.Days.Total, DaysElapsed: s.Days.Elapsed, DaysLeft: s.Days.Remaining, Pace: s.Days.Pace, NeededPace: s.Days.NeededPace, ScopeChangePercent: s.Days.ScopeChangePercent,
		ByCategory: s.GroupBy(func(i report.Item) string { return categoryNames[i.Status.Category] }), ByAssignee: s.GroupBy(func(i report.Item) string { return OrNobody(i.Assignee) }),
		ByType: s.GroupBy(func(i report.Item) string { return i.Type }), ByEpic: s.GroupBy(func(i report.Item) string { return orNoEpic(i.Parent) }),
		Issues: []SprintIssue{}, ScopeChanges: []scopeView{}, Events: []eventView{}, Since: clock(q.Since), Burndown: s.DailyBurndown(q.Calendar, q.Now), Notes: []string{}, zone: zone}
	if sp.State != "future" { // a future sprint has the moment of the call here
		out.Sprint.Start = clock(sp.Start)
	}
	if sp.State == "active" && !sp.End.IsZero() {
		out.Sprint.DaysLeft = agile.DaysLeft(q.Now, sp.End, zone)
	}
	for _, i := range s.Items {
		out.Issues = append(out.Issues, SprintIssue{Key: i.Key, Summary: i.Summary, Type: i.Type, Status: i.Status.Name, Assignee: i.Assignee, Outcome: string(i.Outcome), Added: i.Added, Reopened: i.Reopened, Points: finalEstimate(i)})
	}
	for _, c := range s.ScopeChanges {
		out.ScopeChanges = append(out.ScopeChanges, scopeView{clock(c.At), c.By, c.Key, c.Kind, c.Points})
	}
	for _, e := range q.EventsSince(s) {
		out.Events = append(out.Events, eventView{clock(e.At), e.By, e.Key, eventText(e), e.Field == report.Status})
	}
	if out.Burndown == nil {
		out.Burndown = []report.Day{}
	}
	out.setAttention(q, s)
	out.eventsText = out.formatEvents()
	out.Notes = append(out.Notes, assumptions(q, s)...)
	return out
}

// categoryNames maps the keys of Jira's status categories to what reports call
// them.
var categoryNames = map[string]string{"new": "to do", "indeterminate": "in progress", "done": "done"}

// OrNobody returns a display name, or "nobody" for unassigned work.
func OrNobody(s string) string {
	if s == "" {
		return "nobody"
	}
	return s
}

// orNoEpic returns the name of an epic, or "no epic".
func orNoEpic(s string) string {
	if s == "" {
		return "no epic"
	}
	return s
}

// eventText describes an event, such as "To Do → In Progress" or "Priority:
// High → Low".
func eventText(e report.Event) string {
	switch {
	case e.Name == "created":
		return "created"
	case e.Field == report.Status:
		return text.ValueOrEmpty(e.From) + " → " + text.ValueOrEmpty(e.To)
	}
	return fmt.Sprintf("%s: %s → %s", e.Name, text.ValueOrEmpty(e.From), text.ValueOrEmpty(e.To))
}

// setAttention fills in the lists of issues that may need attention. A closed
// sprint has none.
func (o *sprintReportOutput) setAttention(q report.SprintInput, s *report.SprintReport) {
	if s.Sprint.State == "closed" {
		return
	}
	key := func(list []report.Item) (out []string) {
		for _, i := range list {
			out = append(out, i.Key)
		}
		return out
	}
	closed := func(i report.Item) bool { return i.Status.Category == "done" }
	is := func(like func(report.Item) bool) []string {
		return key(s.OpenItems(func(i report.Item) bool { return !closed(i) && like(i) }))
	}
	today := q.Now.In(o.zone).Format(time.DateOnly)
	o.Attention = attentionLists{Flagged: is(func(i report.Item) bool { return i.Flagged }), Unassigned: is(func(i report.Item) bool { return i.Assignee == "" }),
		Overdue: is(func(i report.Item) bool { return i.Due != "" && i.Due < today })}
	if o.Unit != "" {
		o.Attention.Unestimated = is(func(i report.Item) bool { return i.Estimate == nil })
	}
	for _, i := range s.OpenItems(func(i report.Item) bool { return len(i.BlockedBy) > 0 }) {
		o.Attention.Blocked = append(o.Attention.Blocked, i.Key+" by "+strings.Join(i.BlockedBy, ", "))
	}
	for _, i := range s.OpenItems(closed) {
		o.Attention.Closed = append(o.Attention.Closed, i.Key+" "+i.Status.Name)
	}
	stale := q.Calendar.WorkingDaysBefore(q.Now, q.StaleDays)
	o.Attention.Untouched = is(func(i report.Item) bool { return i.Updated.Before(stale) })
	waiting := s.InProgress()
	for _, w := range waiting[:min(len(waiting), 3)] {
		o.Attention.Waiting = append(o.Attention.Waiting, fmt.Sprintf("%s %s %s", w.Key, w.Status.Name, text.FormatNumber(q.Calendar.WorkingDays(w.Since, q.Now))))
	}
}

// assumptions returns the notes on what a report assumes because Jira does not
// expose it.
func assumptions(q report.SprintInput, s *report.SprintReport) []string {
	out := []string{"Assumed: " + calendarText(q.Calendar) + ". The start is the planned one: Jira's API does not expose the actual start."}
	if s.Sprint.State == "future" {
		out = []string{"It has not started: committed counts the issues planned now."}
	}
	return out
}

// calendarText describes a team's calendar, such as "work from Monday to
// Friday, no holidays".
func calendarText(c report.Calendar) string {
	names := []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	var days []string
	for n, works := range c.Weekdays {
		if works {
			days = append(days, names[n])
		}
	}
	text := "work on " + strings.Join(days, ", ")
	if slices.Equal(days, names[1:6]) {
		text = "work from Monday to Friday"
	}
	if len(c.Holidays) > 0 {
		return fmt.Sprintf("%s, except for %d configured holidays", text, len(c.Holidays))
	}
	return text + ", no holidays"
}

// amountText returns an amount as text, such as "12 (34.5)" for 12 issues of
// 34.5 points, or "12" if nothing is estimated.
func (o *sprintReportOutput) amountText(a report.Amount) string {
	if o.Unit == "" {
		return fmt.Sprint(a.Issues)
	}
	return fmt.Sprintf("%d (%s)", a.Issues, text.FormatNumber(a.Points))
}

// Markdown implements [kit.Output]. The most important figures come first. The
// text has at most 600 tokens for a sprint of 30 issues; a test checks that.
func (o *sprintReportOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	s := o.Sprint
	fmt.Fprintf(&b, "%s, %s%s%s%s%s", s.Name, s.State, text.DateRange(s.Start, s.End), text.PrefixIfSet(", completed ", substring(s.CompletedAt, 0, 10)), text.PrefixIfSet(", ", s.DaysLeft), text.PrefixIfSet(" | ", o.Board))
	b.WriteString(text.PrefixIfSet("\nGoal: ", s.Goal))
	unit := "issues"
	if o.Unit != "" {
		unit = "issues (" + o.Unit + ")"
	}
	fmt.Fprintf(&b, "\n%s: committed %s, added %s, removed %s", unit, o.amountText(o.Committed), o.amountText(o.Added), o.amountText(o.Removed))
	if o.Reestimated != 0 {
		fmt.Fprintf(&b, ", re-estimated %+g", o.Reestimated)
	}
	left := "not done"
	if s.State == "closed" {
		left = "carried over"
	}
	fmt.Fprintf(&b, "\nCompleted %s, %s %s", o.amountText(o.Completed), left, o.amountText(o.NotDone))
	if o.CompletedOutside.Issues > 0 {
		fmt.Fprintf(&b, ", completed outside %s", o.amountText(o.CompletedOutside))
	}
	if s.State != "future" && o.ScopeChangePercent != nil {
		fmt.Fprintf(&b, ". Scope change %+.0f %%", *o.ScopeChangePercent)
	}
	if s.State == "active" {
		b.WriteString("\n" + o.paceText())
	}
	o.writeGroups(&b)
	o.writeAttention(&b)
	b.WriteString(o.eventsText)
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String()
}

// paceText compares the pace so far with the pace that is needed to complete the
// rest. It gives no needed pace if the sprint has no end or no working day is
// left, because 0 would be wrong.
func (o *sprintReportOutput) paceText() string {
	unit := o.Unit
	if unit == "" {
		unit = "issues"
	}
	s := fmt.Sprintf("Pace %s %s a working day", text.FormatNumber(o.Pace), unit)
	switch {
	case o.DaysTotal == 0:
		return s + "; the sprint has no end date"
	case o.DaysLeft == 0:
		return s + "; no working day is left"
	}
	return s + fmt.Sprintf(", needed %s; %s of %s working days left", text.FormatNumber(o.NeededPace), text.FormatNumber(o.DaysLeft), text.FormatNumber(o.DaysTotal))
}

// The numbers of groups, keys and events that the text shows.
const shownGroups, shownKeys, shownEvents = 6, 6, 8

// writeGroups writes the breakdowns of the sprint, each in one line. The one by
// status category (the one with most == 3) is left out for a closed sprint,
// because the statuses are those of now and not those at its end.
func (o *sprintReportOutput) writeGroups(b *strings.Builder) {
	for _, g := range []struct {
		name string
		list []report.Group
		most int
	}{{"Status categories", o.ByCategory, 3}, {"People, done/total", o.ByAssignee, shownGroups}, {"Types", o.ByType, 4}, {"Epics", o.ByEpic, 4}} {
		if len(g.list) == 0 || g.most == 3 && o.Sprint.State == "closed" {
			continue
		}
		var parts []string
		for _, one := range g.list[:min(len(g.list), g.most)] {
			text := fmt.Sprintf("%s %d/%d", text.Shorten(one.Name, 28), one.Done, one.Issues)
			if g.most == 3 {
				text = fmt.Sprintf("%s %s", one.Name, o.amountText(report.Amount{Issues: one.Issues, Points: one.Points}))
			}
			parts = append(parts, text)
		}
		more := ""
		if n := len(g.list) - g.most; n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		fmt.Fprintf(b, "\n%s: %s%s", g.name, strings.Join(parts, ", "), more)
	}
}

// writeAttention writes one line for each list of attentionLists that is not
// empty.
func (o *sprintReportOutput) writeAttention(b *strings.Builder) {
	for _, part := range []struct {
		name string
		list []string
	}{{"Flagged", o.Attention.Flagged}, {"Blocked", o.Attention.Blocked}, {"Overdue", o.Attention.Overdue}, {"Longest in status, working days", o.Attention.Waiting}, {"Closed, but not done on the board", o.Attention.Closed}, {"Not estimated", o.Attention.Unestimated},
		{"Unassigned", o.Attention.Unassigned}, {fmt.Sprintf("Untouched for %d working days", staleWorkingDays), o.Attention.Untouched}} {
		if len(part.list) > 0 {
			fmt.Fprintf(b, "\n%s: %s", part.name, text.JoinKeys(part.list, shownKeys))
		}
	}
}

// formatEvents describes the changes of scope and, for an active sprint, the
// events since the given moment.
func (o *sprintReportOutput) formatEvents() string {
	var b strings.Builder
	var scope []string
	for _, c := range o.ScopeChanges {
		scope = append(scope, fmt.Sprintf("%s %s%s%s", substring(c.At, 5, 10), c.Kind, " "+c.Key, text.PrefixIfSet(" by ", c.By)))
	}
	if len(scope) > 0 {
		fmt.Fprintf(&b, "\nScope: %s", kit.Line(joinLast(scope, shownEvents)))
	}
	if o.Sprint.State == "active" {
		fmt.Fprintf(&b, "\nSince %s: %s", substring(o.Since, 5, 16), text.ValueOrNone(kit.Line(joinLast(summariseEvents(o.Events), shownEvents))))
	}
	return b.String()
}

// summariseEvents returns one line for each issue that had an event: its first
// and last status if its status changed, otherwise its last event. For example,
// the events "To Do → In Progress" and "In Progress → Done" of PAY-4 become
// "PAY-4 To Do → Done by Ana Silva". The lines are in the order of each issue's
// first event.
func summariseEvents(events []eventView) []string {
	// summary collects the events of one issue.
	type summary struct {
		key, from, to, by, what string
	}
	var all []*summary
	for _, e := range events {
		n := slices.IndexFunc(all, func(w *summary) bool { return w.key == e.Key })
		if n < 0 {
			n = len(all)
			all = append(all, &summary{key: e.Key})
		}
		w := all[n]
		if e.status {
			from, to, _ := strings.Cut(e.What, " → ")
			if w.from == "" {
				w.from = from
			}
			w.to, w.by = to, e.By
		}
		w.what = e.What + text.PrefixIfSet(" by ", e.By)
	}
	var out []string
	for _, w := range all {
		if w.to != "" {
			w.what = fmt.Sprintf("%s → %s by %s", w.from, w.to, w.by)
		}
		out = append(out, w.key+" "+w.what)
	}
	return out
}

// joinLast joins the last entries of a list, after the number of the earlier
// ones.
func joinLast(list []string, most int) string {
	if n := len(list) - most; n > 0 {
		return fmt.Sprintf("%d earlier; ", n) + strings.Join(list[n:], "; ")
	}
	return strings.Join(list, "; ")
}

// Trim implements [kit.Trimmer].
func (o *sprintReportOutput) Trim(room *kit.Room) bool {
	switch {
	case len(o.Events) > 20:
		o.Notes = addNote(o.Notes, "Not all events are listed; use since to narrow them.")
		return keepLast(room, &o.Events, 20)
	case len(o.ScopeChanges) > 20:
		o.Notes = addNote(o.Notes, "Only the last scope changes are listed.")
		return keepLast(room, &o.ScopeChanges, 20)
	case len(o.Issues) > 10:
		o.Notes = addNote(o.Notes, "Not all issues are listed here; jira_search with sprint = "+fmt.Sprint(o.Sprint.ID)+" lists them.")
		return keepFirst(room, &o.Issues, 10)
	}
	return false
}

// finalEstimate returns the estimate of an item when it left the sprint, or at
// the end. It is nil if the item has no estimate and had none then.
func finalEstimate(i report.Item) *float64 {
	if i.Estimate == nil && i.FinalEstimate == 0 {
		return nil
	}
	return &i.FinalEstimate
}

// substring returns the bytes of a text from one index to another, or all of it
// if it is too short. It takes dates and times out of ISO 8601: 5 to 10 of
// "2026-01-31T14:30Z" is "01-31".
func substring(text string, from, to int) string {
	if len(text) < to {
		return text
	}
	return text[from:to]
}
