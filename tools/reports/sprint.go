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
	Verdict string           `json:"verdict"` // in one or two sentences, without the sprint's name
	Sprint  agile.SprintView `json:"sprint"`
	Board   string           `json:"board,omitempty"`
	// Unit is the unit of the points, or "" if nothing is estimated.
	Unit string `json:"unit,omitempty"`

	Committed        report.Amount `json:"committed"`
	Added            report.Amount `json:"added"`
	Removed          report.Amount `json:"removed"`
	Reestimated      float64       `json:"reestimated"` // sum of the differences in estimate
	Completed        report.Amount `json:"completed"`
	NotDone          report.Amount `json:"not_done"`          // carried over, once the sprint is closed
	CompletedOutside report.Amount `json:"completed_outside"` // done before the sprint or before they entered it
	// Open is what is left to do: NotDone without Cancelled, which is closed in a
	// status that does not count as done.
	Open      report.Amount `json:"open"`
	Cancelled report.Amount `json:"cancelled"`
	// CarriedIn came from earlier sprints, whose names are in CarriedFrom. It is a
	// part of Committed and Added.
	CarriedIn   report.Amount `json:"carried_in"`
	CarriedFrom []string      `json:"carried_from,omitempty"`
	Subtasks    int           `json:"subtasks"` // number of sub-tasks, which are in no other amount

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

	// Lists has the issues of the figures that the argument list names.
	Lists []issueList `json:"lists,omitempty"`
	Now   string      `json:"now"`

	cancelled []string // the keys of the cancelled issues, each with its status

	full []string // the parts that the argument list shows in full
	zone *time.Location
	// eventsText describes the changes of scope and the recent events. It is
	// written before Trim can shorten the lists.
	eventsText string
	charts
}

// SprintIssue is one issue of a sprint with its outcome there.
type SprintIssue struct {
	Key      string `json:"key"`
	Summary  string `json:"summary"`
	Type     string `json:"type"`
	Status   string `json:"status"`
	Assignee string `json:"assignee,omitempty"`
	Outcome  string `json:"fate"` // a [report.Outcome]
	Added    bool   `json:"added_after_start,omitempty"`
	Reopened bool   `json:"reopened,omitempty"`
	// CarriedFrom is the name of the sprint that the issue came from.
	CarriedFrom string   `json:"carried_from,omitempty"`
	Cancelled   bool     `json:"cancelled,omitempty"`
	Points      *float64 `json:"points,omitempty"` // final estimate; nil if not estimated
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
func newSprintReportOutput(board jira.Board, q report.SprintInput, s *report.SprintReport, unit string, zone *time.Location, lists []string) *sprintReportOutput {
	clock := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(text.DisplayTimeLayout)
	}
	sp := s.Sprint
	out := &sprintReportOutput{Sprint: agile.SprintView{ID: sp.ID, Name: sp.Name, State: sp.State, Goal: sp.Goal, End: clock(sp.End), CompletedAt: clock(sp.CompletedAt)}, Board: board.Name, Unit: unit,
		Open: s.Open(), Cancelled: s.Cancelled, CarriedIn: s.CarriedIn, full: lists, Now: text.Now(q.Now, zone),
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
		out.Issues = append(out.Issues, SprintIssue{Key: i.Key, Summary: i.Summary, Type: i.Type, Status: i.Status.Name, Assignee: i.Assignee, Outcome: string(i.Outcome), Added: i.Added, Reopened: i.Reopened, CarriedFrom: i.CarriedFrom, Cancelled: i.Cancelled, Points: finalEstimate(i)})
	}
	for _, i := range out.Issues {
		if i.CarriedFrom != "" && !slices.Contains(out.CarriedFrom, i.CarriedFrom) {
			out.CarriedFrom = append(out.CarriedFrom, i.CarriedFrom)
		}
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
	out.setLists(s)
	out.cancelled = out.cancelledKeys()
	out.Verdict = out.verdict()
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
	out := []string{"Assumed: " + calendarText(q.Calendar) + "; the planned start (Jira's API lacks the actual one)."}
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
	if o.Unit == "" || a.Issues == 0 {
		return fmt.Sprint(a.Issues)
	}
	return fmt.Sprintf("%d (%s)", a.Issues, text.FormatNumber(a.Points))
}

// longestList returns the list with the most issues; nil if there is none.
func (o *sprintReportOutput) longestList() (longest *issueList) {
	for n := range o.Lists {
		if longest == nil || len(o.Lists[n].Issues) > len(longest.Issues) {
			longest = &o.Lists[n]
		}
	}
	return longest
}

// Trim implements [kit.Trimmer].
func (o *sprintReportOutput) Trim(room *kit.Room) bool {
	if room.HasStructured() { // what only the structured content has goes first
		switch {
		case len(o.Events) > 20:
			o.Notes = addNote(o.Notes, "Not all events are listed; use since to narrow them.")
			return keepLast(room, &o.Events, 20)
		case len(o.ScopeChanges) > 20:
			o.Notes = addNote(o.Notes, "Only the last scope changes are listed.")
			return keepLast(room, &o.ScopeChanges, 20)
		case len(o.Issues) > 10:
			o.Notes = addNote(o.Notes, "Not all issues are listed here; the JQL sprint = "+fmt.Sprint(o.Sprint.ID)+" lists them.")
			return keepFirst(room, &o.Issues, 10)
		}
	}
	longest := o.longestList()
	if longest == nil || len(longest.Issues) <= 10 {
		return false
	}
	o.Notes = addNote(o.Notes, "Not all issues of the lists are shown; the JQL sprint = "+fmt.Sprint(o.Sprint.ID)+" lists the sprint's.")
	return keepFirst(room, &longest.Issues, 10)
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
