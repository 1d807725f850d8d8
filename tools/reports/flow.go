package reports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/agile"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// flowInput holds the arguments of jira_flow_report.
type flowInput struct {
	reportScope
	From string `json:"from,omitempty" doc:"2026-01-31, 2 months ago; default: 90 days ago"`
	To   string `json:"to,omitempty" doc:"default: now"`
	Open int    `json:"open,omitempty" min:"1" max:"10000" doc:"number of open issues to forecast; default: all"`
	chartOption
}

// flowOutput is the result of jira_flow_report.
type flowOutput struct {
	// Subject describes the issues that the report is about.
	Subject  string `json:"of"`
	From     string `json:"from"`
	To       string `json:"to"`
	Issues   int    `json:"issues"`
	Created  int    `json:"created"`
	Resolved int    `json:"resolved"`
	// Open, GivenUp and WIP show the end of the period.
	Open int `json:"open"`
	// GivenUp is the number of issues in a status of the category Done that
	// does not count as done, such as Cancelled.
	GivenUp int `json:"given_up"`
	// Weekly is the mean number of resolved issues over the whole weeks of the
	// period; nil if it has none.
	Weekly   *float64            `json:"resolved_a_week,omitempty"`
	Cycle    report.Distribution `json:"cycle_days"`
	Lead     report.Distribution `json:"lead_days"`
	ByType   []typeFlow          `json:"by_type"`
	InStatus []report.StatusTime `json:"days_in_status"`
	// InProgressCount is the length of WIP before Trim shortens it.
	InProgressCount int                    `json:"in_progress_count"`
	WIP             []workInProgress       `json:"in_progress"` // issues in progress, oldest first
	Weeks           []report.Week          `json:"weeks"`
	Forecast        *report.Forecast       `json:"forecast,omitempty"`
	Cumulative      []report.CumulativeDay `json:"cumulative"`
	Done            []finishedIssue        `json:"done"`
	NotRead         string                 `json:"not_counted,omitempty"` // which issues are missing in all figures
	Notes           []string               `json:"notes"`
	Query           string                 `json:"query"` // for the report's issues
	Now             string                 `json:"now"`

	// weeksText describes the last weeks. It is written before Trim can shorten
	// Weeks.
	weeksText string
	// past reports that the period ended before now.
	past bool

	charts
}

// typeFlow holds the cycle and lead times of one issue type.
type typeFlow struct {
	Type  string              `json:"type"`
	Cycle report.Distribution `json:"cycle_days"`
	Lead  report.Distribution `json:"lead_days"`
}

// workInProgress is one issue in progress. Its fields are those of
// [report.AgingIssue], from which it is converted.
type workInProgress struct {
	Key      string  `json:"key"`
	Summary  string  `json:"summary"`
	Status   string  `json:"status"`
	Assignee string  `json:"assignee,omitempty"`
	Days     float64 `json:"days"` // since work on it started
}

// finishedIssue is one finished issue: when it was done, and its cycle time.
type finishedIssue struct {
	Key   string  `json:"key"`
	At    string  `json:"at"`
	Cycle float64 `json:"cycle_days"`
}

// The limits and defaults of a flow report.
const (
	// defaultFlowDays is the length of the period in days if no start is given.
	defaultFlowDays = 90
	// maxFlowIssues is the maximum number of issues in one report.
	maxFlowIssues = 20000
	// forecastWeeks is the number of past whole weeks that a forecast samples.
	forecastWeeks = 12
	// minReliableWeeks is the number of weeks below which the text calls the
	// forecast unreliable.
	minReliableWeeks = 5
	// forecastSeed is fixed, so that the same data always gives the same
	// forecast.
	forecastSeed = 1
)

// Trim implements [kit.Trimmer]. It shortens the lists that are least important
// for the reader, one list a call: first the finished issues, then the days,
// the weeks and the issues in progress.
func (o *flowOutput) Trim(room *kit.Room) bool {
	switch {
	case len(o.Done) > 20:
		o.Notes = addNote(o.Notes, "Shortened: done lists the last ones only.")
		return keepLast(room, &o.Done, 20)
	case len(o.Cumulative) > 20:
		o.Notes = addNote(o.Notes, "Shortened: cumulative lists the last days only.")
		return keepLast(room, &o.Cumulative, 20)
	case len(o.Weeks) > 26:
		o.Notes = addNote(o.Notes, "Shortened: weeks lists the last ones only.")
		return keepLast(room, &o.Weeks, 26)
	case len(o.WIP) > 10:
		o.Notes = addNote(o.Notes, "Shortened: in_progress lists the oldest only.")
		return keepFirst(room, &o.WIP, 10)
	}
	return false
}

// period returns the period of the report. A date without a time means the
// whole day in the time zone, so that the period ends at the midnight after it.
// The period ends now at the latest, and must not be empty.
func (in flowInput) period(now time.Time, zone *time.Location) (from, to time.Time, err error) {
	from, to = now.AddDate(0, 0, -defaultFlowDays), now
	if in.From != "" {
		m, err := names.ParseMoment(in.From, now.In(zone), names.Past)
		if err != nil {
			return from, to, fmt.Errorf("from: %w", err)
		}
		from = m.At
	}
	if in.To != "" {
		m, err := names.ParseMoment(in.To, now.In(zone), names.Past)
		if err != nil {
			return from, to, fmt.Errorf("to: %w", err)
		}
		to = m.End()
	}
	if to.After(now) {
		to = now
	}
	if !from.Before(to) {
		return from, to, errors.New("from must be before to, and in the past")
	}
	return from, to, nil
}

// flow handles jira_flow_report.
func (r *reportTools) flow(ctx context.Context, in flowInput) (*flowOutput, error) {
	defer jira.AskAhead(ctx, func(ctx context.Context) error { _, err := r.Names.Statuses(ctx); return err })()
	zone, err := r.ShownZone(ctx)
	if err != nil {
		return nil, err
	}
	now := r.Now()
	from, to, err := in.period(now, zone)
	if err != nil {
		return nil, err
	}
	about, err := resolveScope(ctx, r.Env, in.reportScope)
	if err != nil {
		return nil, err
	}
	out := &flowOutput{Subject: about.subject, From: from.In(zone).Format(time.DateOnly), To: to.Add(-time.Nanosecond).In(zone).Format(time.DateOnly), past: to.Before(now), Notes: []string{}, Query: about.query, Now: text.Now(now, zone)}
	q, y, err := r.flowReportInput(ctx, about.board, from, to, zone, out)
	if err != nil {
		return nil, err
	}
	flow := report.NewFlow(q)
	if err := r.addIssues(ctx, about, from, zone, y, flow, out); err != nil {
		return nil, err
	}
	out.Notes = append(y.history.notes(), out.Notes...)
	out.fill(flow, in, now.In(zone))
	if in.Chart {
		err = out.draw(flow, from, to, zone)
	}
	return out, err
}

// flowReportInput returns the input of a flow report without its issues: the
// period, the calendar, and the meaning of the statuses. With a board, the
// statuses of its last column are done, otherwise those of the category Done.
//
// A status can have the category Done and be in a column before the last, for
// example "Ready to release". An issue in it waits for the last column, so that
// the status counts as in progress. A status of that category that is in no
// column keeps it, and its issues count as given up.
func (r *reportTools) flowReportInput(ctx context.Context, board jira.Board, from, to time.Time, zone *time.Location, out *flowOutput) (report.FlowInput, *estimation, error) {
	y := &estimation{done: map[string]bool{}, history: newHistoryNames(nil), ofIssues: map[string]jira.Status{}}
	mapped := map[string]bool{}
	config, missing, err := agile.Configuration(ctx, r.Env, board)
	if err != nil {
		return report.FlowInput{}, nil, err
	}
	if missing != "" {
		out.Notes = append(out.Notes, missing+" Done is decided by status category.")
	}
	for _, id := range config.DoneStatuses() {
		y.done[id], y.fromColumn = true, true
	}
	for _, column := range config.Columns.List {
		for _, s := range column.Statuses {
			mapped[s.ID] = true
		}
	}
	states := map[string]jira.Status{}
	list, missing, err := siteStatuses(ctx, r.Env)
	if missing != "" {
		out.Notes = append(out.Notes, missing)
	}
	y.history.statuses, y.history.onBoard = list, mapped
	for _, s := range list {
		states[s.ID] = s
		if !y.fromColumn {
			y.done[s.ID] = s.Category.Key == "done"
		}
	}
	statusOf := func(id string) jira.Status {
		if s, ok := states[id]; ok {
			return s
		}
		return y.ofIssues[id] // the site's list does not have it
	}
	category := func(id string) string {
		if kind := statusOf(id).Category.Key; kind != "done" || !mapped[id] || y.isDone(id) {
			return kind
		}
		return "indeterminate" // in a column before the last
	}
	return report.FlowInput{From: from, To: to, IsDone: y.isDone, Category: category, Calendar: teamCalendar(r.Env, zone),
		StatusName: func(id string) string {
			if s := statusOf(id); s.Name != "" {
				return s.Name
			}
			if name, ok := y.history.deleted[id]; ok {
				return name
			}
			return id
		}}, y, err
}

// addIssues reads the issues that matter to a period and adds them to a report:
// all that are open, and all that were updated since the period began. It first
// reads only ids, up to maxFlowIssues, and then the issues and their status
// changes in parts of [jira.MaxBulkChangelogs]. Each part is dropped once it is
// added, which bounds the memory: a test holds 10,000 issues to less than 100
// MB.
func (r *reportTools) addIssues(ctx context.Context, about resolvedScope, from time.Time, zone *time.Location, y *estimation, flow *report.Flow, out *flowOutput) error {
	query := fmt.Sprintf(`(%s) AND (updated >= "%s" OR statusCategory != Done)`, about.query, from.In(zone).Format("2006-01-02 15:04"))
	var ids []string
	seen := map[string]bool{}
	out.Notes = append(out.Notes, about.notes...)
	for issue, err := range r.Jira.SearchIssues(ctx, jira.Search{JQL: query, Fields: []string{"key"}, Limit: 5000}) {
		if err != nil {
			return explainScope(ctx, r.Env, about, err)
		}
		if len(ids) == maxFlowIssues {
			out.NotRead = fmt.Sprintf("Only the first %d issues that Jira returned are counted; there are more. Use a shorter period or fewer issues.", maxFlowIssues)
			break
		}
		if !seen[issue.ID] { // an issue that moves between pages is returned twice
			seen[issue.ID] = true
			ids = append(ids, issue.ID)
		}
	}
	out.Issues = len(ids)
	done := 0
	for part := range slices.Chunk(ids, jira.MaxBulkChangelogs) {
		if len(ids) > jira.MaxBulkChangelogs {
			kit.ProgressOf(ctx, "reading issue histories", done, len(ids))
		}
		var issues []jira.Issue
		var changes map[string][]jira.Change
		err := jira.InParallel(ctx,
			func(ctx context.Context) (err error) {
				issues, err = fetchIssues(ctx, r.Env, part, flowFields)
				return err
			},
			func(ctx context.Context) (err error) {
				changes, err = changesOf(ctx, r.Env, part, []string{"status"})
				return err
			})
		if err != nil {
			return err
		}
		for _, i := range issues {
			y.history.knowStatus(i)
		}
		if err := y.history.complete(ctx, r.Env, changes); err != nil {
			return err
		}
		for _, i := range issues {
			one := y.convertIssue(ctx, i, changes[i.ID])
			flow.Add(&one)
		}
		done += len(part)
	}
	return nil
}

// flowFields lists the fields that a flow report needs of each issue.
var flowFields = []string{"summary", "issuetype", "status", "assignee", "created", "updated"}

// fill copies the figures of a report into the output and adds the forecast.
// There is a forecast if issues are open (or the input says how many), if at
// least two whole weeks have passed, and if the period reaches until now.
func (o *flowOutput) fill(f *report.Flow, in flowInput, now time.Time) {
	o.Created, o.Resolved, o.Open, o.GivenUp = f.Created, f.Resolved, f.Open, f.GivenUp
	o.Cycle, o.Lead, o.InStatus, o.Weeks, o.Cumulative = f.CycleTimes(""), f.LeadTimes(""), f.TimeInStatus(), f.Weeks(), f.CumulativeFlow()
	o.ByType, o.WIP, o.Done = []typeFlow{}, []workInProgress{}, []finishedIssue{}
	for _, t := range f.Types() {
		o.ByType = append(o.ByType, typeFlow{t, f.CycleTimes(t), f.LeadTimes(t)})
	}
	slices.SortStableFunc(f.WIP, func(a, b report.AgingIssue) int { return int(b.Days*100) - int(a.Days*100) })
	o.InProgressCount = len(f.WIP)
	for _, w := range f.WIP {
		o.WIP = append(o.WIP, workInProgress(w))
	}
	for _, d := range f.Finished() {
		if d.Cycle >= 0 {
			o.Done = append(o.Done, finishedIssue{d.Key, d.At.In(now.Location()).Format(time.DateOnly), d.Cycle})
		}
	}
	if o.InStatus == nil {
		o.InStatus = []report.StatusTime{}
	}
	var weeks []int
	for _, w := range o.Weeks {
		if w.Whole {
			weeks = append(weeks, w.Resolved)
		}
	}
	if len(weeks) > 0 {
		total := 0
		for _, w := range weeks {
			total += w
		}
		weekly := float64(total) / float64(len(weeks))
		o.Weekly = &weekly
	}
	weeks = weeks[max(0, len(weeks)-forecastWeeks):]
	o.weeksText = lastWeeksText(o.Weeks, now)
	open := f.Open
	if in.Open > 0 {
		open = in.Open
	}
	if open > 0 && len(weeks) > 1 && !o.past {
		forecast := report.NewForecast(open, weeks, now, forecastSeed)
		o.Forecast = &forecast
	}
	o.Notes = append(o.Notes, "Times are in calendar days; cycle time runs from the first status in progress to done. Epics are left out.")
}
