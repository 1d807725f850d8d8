package reports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// flowInput are the arguments of jira_flow_report.
type flowInput struct {
	reportScope
	From string `json:"from,omitempty" doc:"2026-01-31; 90 days ago when not given"`
	To   string `json:"to,omitempty" doc:"now when not given"`
	Open int    `json:"open,omitempty" min:"1" max:"10000" doc:"how many open issues to forecast, when not all"`
	chartOption
}

// flowOutput is the result of jira_flow_report.
type flowOutput struct {
	Of       string                 `json:"of"`
	From     string                 `json:"from"`
	To       string                 `json:"to"`
	Issues   int                    `json:"issues"`
	Created  int                    `json:"created"`
	Resolved int                    `json:"resolved"`
	Open     int                    `json:"open"`
	GivenUp  int                    `json:"given_up"`        // cancelled and the like
	Weekly   float64                `json:"resolved_a_week"` // over the whole weeks of the period
	Cycle    report.Distribution    `json:"cycle_days"`
	Lead     report.Distribution    `json:"lead_days"`
	ByType   []typeFlow             `json:"by_type"`
	InStatus []report.StatusTime    `json:"days_in_status"`
	Doing    int                    `json:"in_progress_count"`
	WIP      []workInProgress       `json:"in_progress"` // oldest first
	Weeks    []report.Week          `json:"weeks"`
	Forecast *report.Forecast       `json:"forecast,omitempty"`
	Flow     []report.CumulativeDay `json:"cumulative"`
	Done     []flowPoint            `json:"done"`
	Notes    []string               `json:"notes"`

	weeks string // the last of them, in words: the list may be shortened
	past  bool   // the period ended before now

	charts
}

// typeFlow is the flow of one type of issue.
type typeFlow struct {
	Type  string              `json:"type"`
	Cycle report.Distribution `json:"cycle_days"`
	Lead  report.Distribution `json:"lead_days"`
}

// workInProgress is an issue in progress.
type workInProgress struct {
	Key      string  `json:"key"`
	Summary  string  `json:"summary"`
	Status   string  `json:"status"`
	Assignee string  `json:"assignee,omitempty"`
	Days     float64 `json:"days"`
}

// flowPoint is an issue that was done: when, and how long it took.
type flowPoint struct {
	Key   string  `json:"key"`
	At    string  `json:"at"`
	Cycle float64 `json:"cycle_days"`
}

const (
	flowDays     = 90
	maxFlow      = 20000
	forecastFrom = 12 // whole weeks
	fewWeeks     = 5
	flowSeed     = 1
)

// Markdown implements [kit.Output].
func (o *flowOutput) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Flow of %s, %s to %s: %d created, %d resolved (%s a week), %d open %s", o.Of, o.From, o.To, o.Created, o.Resolved, text.Number1(o.Weekly), o.Open, map[bool]string{false: "now", true: "at the end"}[o.past])
	if o.GivenUp > 0 {
		fmt.Fprintf(&b, ", %d given up", o.GivenUp)
	}
	spread := func(s report.Distribution) string {
		if s.Count == 0 {
			return "none"
		}
		return fmt.Sprintf("median %s, 85 %% within %s, 95 %% within %s (of %d)", text.Number1(s.Median), text.Number1(s.P85), text.Number1(s.P95), s.Count)
	}
	fmt.Fprintf(&b, "\nCycle time, days: %s\nLead time, days: %s", spread(o.Cycle), spread(o.Lead))
	for _, t := range o.ByType[:min(len(o.ByType), 5)] {
		fmt.Fprintf(&b, "\n  %s: cycle %s, lead %s median, %s 85 %%", t.Type, text.Number1(t.Cycle.Median), text.Number1(t.Lead.Median), text.Number1(t.Lead.P85))
	}
	var parts []string
	for _, s := range o.InStatus[:min(len(o.InStatus), 6)] {
		parts = append(parts, s.Status+" "+text.Number1(s.Days))
	}
	b.WriteString(text.Prefixed("\nMean days in status: ", strings.Join(parts, ", ")))
	parts = nil
	for _, w := range o.WIP[:min(len(o.WIP), 5)] {
		parts = append(parts, fmt.Sprintf("%s %s d (%s%s)", w.Key, text.Number1(w.Days), w.Status, text.Prefixed(", ", w.Assignee)))
	}
	fmt.Fprintf(&b, "\nIn progress: %d%s", o.Doing, text.Prefixed("; oldest ", strings.Join(parts, ", ")))
	b.WriteString(text.Prefixed("\nCreated/resolved by week: ", o.weeks))
	switch f := o.Forecast; {
	case f == nil:
	case f.NoThroughput:
		b.WriteString("\nNo forecast: nothing was resolved in the weeks that it would be drawn from.")
	default:
		fmt.Fprintf(&b, "\nForecast for %d open: 50 %% likely by %s, 85 %% by %s, 95 %% by %s (10,000 futures drawn from %d past weeks%s; as if nothing is added)", f.Open, likely(f.P50), likely(f.P85), likely(f.P95), f.Weeks, map[bool]string{true: ", too few to rely on"}[f.Weeks < fewWeeks])
	}
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String()
}

// likely is a day of a forecast in words.
func likely(day string) string {
	if day == "" {
		return "no day within ten years"
	}
	return day
}

// Trim implements [kit.Trimmer].
func (o *flowOutput) Trim(int) bool {
	switch {
	case len(o.Done) > 20:
		o.Done = o.Done[len(o.Done)/2:]
		o.Notes = told(o.Notes, "Shortened: done lists the last ones only.")
	case len(o.Flow) > 20:
		o.Flow = o.Flow[len(o.Flow)/2:]
		o.Notes = told(o.Notes, "Shortened: cumulative lists the last days only.")
	case len(o.Weeks) > 26:
		o.Weeks = o.Weeks[len(o.Weeks)/2:]
		o.Notes = told(o.Notes, "Shortened: weeks lists the last ones only.")
	case len(o.WIP) > 10:
		o.WIP = o.WIP[:len(o.WIP)/2]
		o.Notes = told(o.Notes, "Shortened: in_progress lists the oldest only.")
	default:
		return false
	}
	return true
}

// window is the period that is asked for.
func (in flowInput) window(now time.Time, zone *time.Location) (from, to time.Time, err error) {
	from, to = now.AddDate(0, 0, -flowDays), now
	if in.From != "" {
		if from, err = names.ParseTime(in.From, zone); err != nil {
			return from, to, fmt.Errorf("from: %w", err)
		}
	}
	if in.To != "" {
		if to, err = names.ParseTime(in.To, zone); err != nil {
			return from, to, fmt.Errorf("to: %w", err)
		}
		if len(strings.TrimSpace(in.To)) == len(time.DateOnly) { // that day too
			to = to.AddDate(0, 0, 1)
		}
	}
	if to.After(now) {
		to = now
	}
	if !from.Before(to) {
		return from, to, errors.New("from has to be before to, and in the past")
	}
	return from, to, nil
}

func (r *reportTools) flow(ctx context.Context, in flowInput) (*flowOutput, error) {
	zone, err := r.Zone(ctx)
	if err != nil {
		return nil, err
	}
	now := r.Now()
	from, to, err := in.window(now, zone)
	if err != nil {
		return nil, err
	}
	about, err := resolveScope(ctx, r.Env, in.reportScope)
	if err != nil {
		return nil, err
	}
	out := &flowOutput{Of: about.of, From: from.In(zone).Format(time.DateOnly), To: to.Add(-time.Nanosecond).In(zone).Format(time.DateOnly), past: to.Before(now), Notes: []string{}}
	q, err := r.flowQuestion(ctx, about.board, from, to, zone, out)
	if err != nil {
		return nil, err
	}
	flow := report.NewFlow(q)
	if err := r.stream(ctx, about, from, zone, flow, out); err != nil {
		return nil, err
	}
	out.fill(flow, in, now.In(zone))
	if in.Chart {
		err = out.draw(flow, from, to, zone)
	}
	return out, err
}

// flowQuestion is what is done, and what the statuses are.
func (r *reportTools) flowQuestion(ctx context.Context, board jira.Board, from, to time.Time, zone *time.Location, out *flowOutput) (report.FlowInput, error) {
	y := &estimation{done: map[string]bool{}}
	mapped := map[string]bool{}
	if board.ID != 0 {
		config, err := r.Names.Configuration(ctx, board.ID)
		if readable(err) {
			return report.FlowInput{}, err
		}
		if err != nil {
			out.Notes = append(out.Notes, "Done is by the category of the status: the board's columns could not be read ("+err.Error()+").")
		}
		for _, id := range config.Done() {
			y.done[id], y.columns = true, true
		}
		for _, column := range config.Columns.List {
			for _, s := range column.Statuses {
				mapped[s.ID] = true
			}
		}
	}
	states := map[string]jira.Status{}
	list, err := r.Names.Statuses(ctx)
	for _, s := range list {
		states[s.ID] = s
		if !y.columns {
			y.done[s.ID] = s.Category.Key == "done"
		}
	}
	category := func(id string) string {
		if kind := states[id].Category.Key; kind != "done" || !mapped[id] || y.isDone(id) {
			return kind
		}
		return "indeterminate" // a column before the last: it waits there
	}
	return report.FlowInput{From: from, To: to, IsDone: y.isDone, Category: category, Calendar: calendarIn(r.Env, zone),
		StatusName: func(id string) string {
			if s, ok := states[id]; ok {
				return s.Name
			}
			return id
		}}, err
}

// stream feeds the issues that matter to a period into a report, a thousand at a
// time: those that were written since it began, and those that are open.
func (r *reportTools) stream(ctx context.Context, about resolvedScope, from time.Time, zone *time.Location, flow *report.Flow, out *flowOutput) error {
	query := fmt.Sprintf(`(%s) AND (updated >= "%s" OR statusCategory != Done)`, about.where, from.In(zone).Format("2006-01-02 15:04"))
	var ids []string
	seen := map[string]bool{}
	out.Notes = append(out.Notes, about.notes...)
	for issue, err := range r.Jira.SearchIssues(ctx, jira.Search{JQL: query, Fields: []string{"key"}, Limit: 5000}) {
		if err != nil {
			return explainScope(ctx, r.Env, about, err)
		}
		if len(ids) == maxFlow {
			out.Notes = append(out.Notes, fmt.Sprintf("Only the first %d issues are counted.", maxFlow))
			break
		}
		if !seen[issue.ID] { // pages move while they are read
			seen[issue.ID] = true
			ids = append(ids, issue.ID)
		}
	}
	out.Issues = len(ids)
	y := &estimation{}
	done := 0
	for part := range slices.Chunk(ids, jira.MaxBulkChangelogs) {
		if len(ids) > jira.MaxBulkChangelogs {
			kit.ProgressOf(ctx, "reading histories of issues", done, len(ids))
		}
		var issues []jira.Issue
		var changes map[string][]jira.Change
		err := sideBySide(ctx,
			func(ctx context.Context) (err error) {
				issues, err = fetchIssues(ctx, r.Env, part, flowFields)
				return err
			},
			func(ctx context.Context) (err error) {
				changes, err = r.Jira.ChangesOf(ctx, part, []string{"status"})
				return err
			})
		if err != nil {
			return err
		}
		for _, i := range issues {
			one := y.issue(i, changes[i.ID])
			flow.Add(&one)
		}
		done += len(part)
	}
	return nil
}

var flowFields = []string{"summary", "issuetype", "status", "assignee", "created", "updated"}

// fill takes the figures out of a report.
func (o *flowOutput) fill(f *report.Flow, in flowInput, now time.Time) {
	o.Created, o.Resolved, o.Open, o.GivenUp = f.Created, f.Resolved, f.Open, f.GivenUp
	o.Cycle, o.Lead, o.InStatus, o.Weeks, o.Flow = f.CycleTimes(""), f.LeadTimes(""), f.TimeInStatus(), f.Weeks(), f.CumulativeFlow()
	o.ByType, o.WIP, o.Done = []typeFlow{}, []workInProgress{}, []flowPoint{}
	for _, t := range f.Types() {
		o.ByType = append(o.ByType, typeFlow{t, f.CycleTimes(t), f.LeadTimes(t)})
	}
	slices.SortStableFunc(f.WIP, func(a, b report.AgingIssue) int { return int(b.Days*100) - int(a.Days*100) })
	o.Doing = len(f.WIP)
	for _, w := range f.WIP {
		o.WIP = append(o.WIP, workInProgress(w))
	}
	for _, d := range f.Finished() {
		if d.Cycle >= 0 {
			o.Done = append(o.Done, flowPoint{d.Key, d.At.In(now.Location()).Format(time.DateOnly), d.Cycle})
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
		o.Weekly = float64(total) / float64(len(weeks))
	}
	weeks = weeks[max(0, len(weeks)-forecastFrom):]
	o.weeks = lastWeeks(o.Weeks, now)
	open := f.Open
	if in.Open > 0 {
		open = in.Open
	}
	if open > 0 && len(weeks) > 1 && !o.past {
		forecast := report.NewForecast(open, weeks, now, flowSeed)
		o.Forecast = &forecast
	}
	o.Notes = append(o.Notes, "Times are calendar days; cycle is from the first status in progress to done. Epics are left out.")
}

// lastWeeks tells of the last weeks; with their years where they are not of this one.
func lastWeeks(all []report.Week, now time.Time) string {
	var parts []string
	for _, w := range all[max(0, len(all)-6):] {
		day := w.Monday
		if strings.HasPrefix(day, now.Format("2006-")) {
			day = day[5:]
		}
		parts = append(parts, fmt.Sprintf("%s %d/%d", day, w.Created, w.Resolved))
	}
	return strings.Join(parts, ", ")
}
