package reports

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// workloadInput holds the arguments of jira_workload.
type workloadInput struct {
	reportScope
	chartOption
}

// workloadOutput is the result of jira_workload.
type workloadOutput struct {
	Subject string        `json:"of"`
	Unit    string        `json:"unit,omitempty"` // of the points; "" if nothing is estimated
	Total   report.Amount `json:"open"`
	Mean    float64       `json:"mean"`           // per person, in points, or in issues if nothing is estimated
	InMean  int           `json:"people_in_mean"` // those with open work, in points those with an estimated issue
	People  []personLoad  `json:"people"`
	Notes   []string      `json:"notes"`
	Query   string        `json:"query"` // for the open issues
	Now     string        `json:"now"`

	// byPoints reports that amounts are compared by points.
	byPoints bool
	summary  string // the verdict, from the people before Trim leaves some out
	charts
}

// personLoad is the open work of one person, or the unassigned work.
type personLoad struct {
	Name        string        `json:"who"`
	Open        report.Amount `json:"open"`
	InProgress  report.Amount `json:"in_progress"`
	Unestimated int           `json:"unestimated"`
	RatioToMean *float64      `json:"times_the_mean,omitempty"` // nil for unassigned work, and in points for people without an estimated issue
	Overdue     []string      `json:"overdue,omitempty"`
	Blocked     []string      `json:"flagged_or_blocked,omitempty"`
}

// verdict names the person with the most work for its mean, and the work that
// nobody has.
func (o *workloadOutput) verdict() string {
	most := -1
	for n, p := range o.People {
		if p.RatioToMean != nil && (most < 0 || *p.RatioToMean > *o.People[most].RatioToMean) {
			most = n
		}
	}
	var parts []string
	if most >= 0 {
		p := o.People[most]
		amount := fmt.Sprintf("%d issues", p.Open.Issues)
		if o.byPoints {
			amount = fmt.Sprintf("%s %s in %d issues", text.FormatNumber(p.Open.Points), o.Unit, p.Open.Issues)
		}
		parts = append(parts, fmt.Sprintf("%s has the most: %s, %.1f times the mean", p.Name, amount, *p.RatioToMean))
	}
	unestimated := 0
	for _, p := range o.People {
		unestimated += p.Unestimated
		if p.Name == OrNobody("") {
			parts = append(parts, fmt.Sprintf("%d of %d open issues have no assignee", p.Open.Issues, o.Total.Issues))
		}
	}
	if o.byPoints && unestimated > 0 {
		parts = append(parts, fmt.Sprintf("%d have no estimate, so their work is not in the points", unestimated))
	}
	if len(parts) == 0 {
		return "No open work."
	}
	return strings.Join(parts, "; ") + "."
}

// Markdown implements [kit.Output]: a table with one row a person.
func (o *workloadOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	show := func(a report.Amount) string {
		if !o.byPoints {
			return fmt.Sprint(a.Issues)
		}
		return fmt.Sprintf("%d (%s)", a.Issues, text.FormatNumber(a.Points))
	}
	unit := "issues"
	if o.byPoints {
		unit = "issues (" + o.Unit + ")"
	}
	fmt.Fprintf(&b, "%s\nOpen work in %s: %s %s; %s %s a person on average", o.summary, o.Subject, show(o.Total), unit, text.FormatNumber(o.Mean), map[bool]string{true: o.Unit, false: "issues"}[o.byPoints])
	if o.byPoints {
		fmt.Fprintf(&b, " (of the %d with an estimated issue)", o.InMean)
	}
	b.WriteString("\nwho | open | in progress | times the mean")
	isCut := false
	for _, p := range o.People {
		times := "–"
		if p.RatioToMean != nil {
			times = fmt.Sprintf("%.1f", *p.RatioToMean)
		}
		fmt.Fprintf(&b, "\n%s | %s | %s | %s%s%s", p.Name, show(p.Open), show(p.InProgress), times, o.unestimatedCell(p)+text.PrefixIfSet(" | overdue ", text.JoinKeys(p.Overdue, shownLoad)), text.PrefixIfSet(" | flagged or blocked ", text.JoinKeys(p.Blocked, shownLoad)))
		isCut = isCut || len(p.Overdue) > shownLoad || len(p.Blocked) > shownLoad
	}
	b.WriteString(issuesQuery(isCut, o.Query))
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String() + "\n" + o.Now
}

// shownLoad is how many overdue or blocked issues the text shows for a person.
const shownLoad = 5

// unestimatedCell returns the table cell for a person's issues without an
// estimate, or "" if there are none or nobody's issues have estimates.
func (o *workloadOutput) unestimatedCell(p personLoad) string {
	if !o.byPoints || p.Unestimated == 0 {
		return ""
	}
	return fmt.Sprintf(" | %d not estimated", p.Unestimated)
}

// Trim implements [kit.Trimmer]. It drops the people with the least work.
func (o *workloadOutput) Trim(room *kit.Room) bool {
	if len(o.People) < 10 {
		return false
	}
	o.Notes = addNote(o.Notes, "Not all people are shown; narrow it with jql.")
	return keepFirst(room, &o.People, 5)
}

// workload handles jira_workload. The query finds issues that are open by their
// status category; of those, the ones that are done on the board are left out.
// Closed work, such as cancelled issues, is nobody's load even if the board's last
// column does not have it; a note says so.
func (r *reportTools) workload(ctx context.Context, in workloadInput) (*workloadOutput, error) {
	about, err := resolveScope(ctx, r.Env, in.reportScope)
	if err != nil {
		return nil, err
	}
	zone, y, err := r.zoneAndEstimation(ctx, about.board)
	if err != nil {
		return nil, err
	}
	list, notes, err := r.reportIssues(ctx, about, y, "("+about.query+") AND statusCategory != Done ORDER BY key")
	if err != nil {
		return nil, err
	}
	open := list[:0]
	for _, i := range list { // issues that are done on the board are not open
		if !y.isDone(i.Status.ID) {
			open = append(open, i)
		}
	}
	w := report.NewWorkload(open, r.Now().In(zone).Format(time.DateOnly))
	out := &workloadOutput{Subject: about.subject, Unit: y.unit, Total: w.Total, Mean: w.Mean, InMean: w.InMean, People: []personLoad{}, byPoints: w.ByPoints,
		Query: "(" + about.query + ") AND statusCategory != Done", Now: text.Now(r.Now(), zone),
		Notes: append(notes, "Epics are left out; sub-tasks count as issues, but their estimates are part of their parents'.")}
	if !w.ByPoints {
		out.Unit = ""
	}
	closed, missing, err := r.closedBeforeLastColumn(ctx, y)
	switch {
	case err != nil:
		return nil, err
	case missing != "":
		out.Notes = append(out.Notes, missing)
	case len(closed) > 0:
		out.Notes = append(out.Notes, fmt.Sprintf("Left out as closed, although not in the board's last column: issues in %s, if there are any.", strings.Join(closed, ", ")))
	}
	for _, p := range w.People {
		out.People = append(out.People, personLoad{OrNobody(p.Name), p.Open, p.InProgress, p.Unestimated, p.RatioToMean, p.Overdue, p.Blocked})
	}
	out.summary = out.verdict()
	if in.Chart {
		err = out.draw()
	}
	return out, err
}

// closedBeforeLastColumn returns the names of the statuses of the category Done
// that are on the board, but not in its last column. missing says why they are
// not known.
func (r *reportTools) closedBeforeLastColumn(ctx context.Context, y *estimation) (out []string, missing string, _ error) {
	if !y.fromColumn {
		return nil, "", nil
	}
	list, missing, err := siteStatuses(ctx, r.Env)
	for _, s := range list {
		if s.Category.Key == "done" && y.history.onBoard[s.ID] && !y.isDone(s.ID) {
			out = append(out, s.Name)
		}
	}
	return out, missing, err
}
