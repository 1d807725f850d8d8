package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/issues"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// releaseInput holds the arguments of jira_release_report.
type releaseInput struct {
	Project string `json:"project"`
	Version string `json:"version" doc:"name, or 'next' for the unreleased one with the earliest date"`
}

// releaseOutput is the result of jira_release_report.
type releaseOutput struct {
	Project string `json:"project"`
	Version string `json:"version"`
	State   string `json:"state"`
	// WorkingDays is the time until the date of the version, or since it if it
	// has passed.
	WorkingDays float64       `json:"working_days"`
	DatePassed  bool          `json:"over,omitempty"`
	Unit        string        `json:"unit,omitempty"`
	Done        report.Amount `json:"done"`
	InProgress  report.Amount `json:"in_progress"`
	ToDo        report.Amount `json:"to_do"`
	Unestimated int           `json:"unestimated"`
	// BlockedCount and AtRiskCount are the lengths of Blocked and AtRisk before
	// Trim shortens them.
	BlockedCount int            `json:"blocked_count"`
	Blocked      []string       `json:"blocked"` // key, with the keys of the blockers
	AtRiskCount  int            `json:"at_risk_count"`
	AtRisk       []riskView     `json:"at_risk"`
	ByEpic       []report.Group `json:"by_epic"`
	ByType       []report.Group `json:"by_type"`
	Issues       []releaseIssue `json:"issues"` // without epics
	Notes        []string       `json:"notes"`
	Query        string         `json:"query"` // for the version's issues
	Now          string         `json:"now"`

	// hasDate reports that the version has a date and is not released; byPoints
	// that some issue has an estimate.
	isReleased, hasDate, byPoints bool
}

// riskView is one issue that may miss the date, with the reason.
type riskView struct {
	Key      string `json:"key"`
	Summary  string `json:"summary"`
	Status   string `json:"status"`
	Assignee string `json:"assignee,omitempty"`
	Reason   string `json:"why"`
}

// releaseIssue is one issue of the version.
type releaseIssue struct {
	Key       string   `json:"key"`
	Type      string   `json:"type"`
	Summary   string   `json:"summary"`
	Status    string   `json:"status"`
	State     string   `json:"state"` // done, in progress or to do
	Assignee  string   `json:"assignee,omitempty"`
	Epic      string   `json:"epic,omitempty"`
	Points    *float64 `json:"points,omitempty"`
	BlockedBy []string `json:"blocked_by,omitempty"`
	Reason    string   `json:"why,omitempty"` // it is at risk
}

// verdict says whether a version will be done by its date, or was when it was
// released.
func (o *releaseOutput) verdict() string {
	open := o.InProgress.Issues + o.ToDo.Issues
	all := o.Done.Issues + open
	switch {
	case all == 0:
		return "it has no issues."
	case o.isReleased:
		if open == 0 {
			return fmt.Sprintf("released with all %d issues done.", all)
		}
		return fmt.Sprintf("released with %d of %d issues open.", open, all)
	case open == 0:
		return fmt.Sprintf("ready, all %d issues are done.", all)
	case o.hasDate && o.DatePassed:
		return fmt.Sprintf("late, %d of %d issues are open and the date has passed.", open, all)
	case o.AtRiskCount > 0:
		return fmt.Sprintf("at risk, %d of %d issues are open, %d of them at risk and %d blocked.", open, all, o.AtRiskCount, o.BlockedCount)
	case !o.hasDate:
		return fmt.Sprintf("%d of %d issues are open, and it has no date.", open, all)
	}
	return fmt.Sprintf("on track, %d of %d issues are open and none is at risk.", open, all)
}

// Markdown implements [kit.Output].
func (o *releaseOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	show := func(a report.Amount) string {
		if !o.byPoints {
			return fmt.Sprint(a.Issues)
		}
		return fmt.Sprintf("%d (%s)", a.Issues, text.FormatNumber(a.Points))
	}
	fmt.Fprintf(&b, "%s %s: %s\n%s", o.Project, o.Version, o.verdict(), o.State)
	if o.hasDate {
		if o.DatePassed {
			fmt.Fprintf(&b, ", overdue by %s working days", text.FormatNumber(o.WorkingDays))
		} else {
			fmt.Fprintf(&b, ", %s working days left", text.FormatNumber(o.WorkingDays))
		}
	}
	all := o.Done.Issues + o.InProgress.Issues + o.ToDo.Issues
	unit := "issues"
	if o.byPoints {
		unit = "issues (" + o.Unit + ")"
	}
	fmt.Fprintf(&b, "\nDone %s of %d %s", show(o.Done), all, unit)
	if all > 0 {
		fmt.Fprintf(&b, ", %.0f %%", 100*float64(o.Done.Issues)/float64(all))
	}
	fmt.Fprintf(&b, "; in progress %s, to do %s", show(o.InProgress), show(o.ToDo))
	if o.byPoints && o.Unestimated > 0 {
		fmt.Fprintf(&b, "; %d open are not estimated", o.Unestimated)
	}
	fmt.Fprintf(&b, "\nBlocked: %s\nAt risk: %d", text.ValueOrNone(firstKeys(o.Blocked, o.BlockedCount)), o.AtRiskCount)
	for _, r := range o.AtRisk[:min(len(o.AtRisk), shownRisks)] {
		fmt.Fprintf(&b, "\n  %s %s (%s%s): %s", r.Key, text.Shorten(r.Summary, 60), r.Status, text.PrefixIfSet(", ", r.Assignee), r.Reason)
	}
	for _, g := range []struct {
		name string
		list []report.Group
	}{{"Epics, done/total", o.ByEpic}, {"Types", o.ByType}} {
		b.WriteString(text.PrefixIfSet("\n"+g.name+": ", groupList(g.list, shownEpics)))
	}
	isCut := o.AtRiskCount > shownRisks || o.BlockedCount > shownKeys || len(o.ByEpic) > shownEpics
	b.WriteString(issuesQuery(isCut, o.Query))
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String() + "\n" + o.Now
}

// The numbers of issues at risk, and of epics and types, that the text shows.
const shownRisks, shownEpics = 8, 6

// firstKeys joins the first keys of a list and adds the number of the others.
// all is the original length of the list, which may have been shortened.
func firstKeys(list []string, all int) string {
	text := strings.Join(list[:min(len(list), shownKeys)], ", ")
	if n := all - shownKeys; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// groupList describes the first groups, each with the number of issues that are
// done and of all its issues, such as "Checkout 4/7".
func groupList(list []report.Group, most int) string {
	var parts []string
	for _, g := range list[:min(len(list), most)] {
		parts = append(parts, fmt.Sprintf("%s %d/%d", text.Shorten(g.Name, 28), g.Done, g.Issues))
	}
	text := strings.Join(parts, ", ")
	if n := len(list) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// Trim implements [kit.Trimmer].
func (o *releaseOutput) Trim(room *kit.Room) bool {
	if len(o.Issues) <= 20 && len(o.AtRisk) <= 8 && len(o.Blocked) <= 20 && len(o.ByEpic) <= 10 {
		return false
	}
	o.Notes = addNote(o.Notes, "Lists are shortened; the JQL fixVersion = … lists the issues.")
	return keepFirst(room, &o.Issues, 20) || keepFirst(room, &o.AtRisk, 8) || keepFirst(room, &o.Blocked, 20) || keepFirst(room, &o.ByEpic, 10)
}

// release handles jira_release_report. There is no board, so that the category
// Done decides what is done. The date of the version includes that whole day in
// the user's time zone.
func (r *reportTools) release(ctx context.Context, in releaseInput) (*releaseOutput, error) {
	var project string
	var v jira.Version
	var zone *time.Location
	var y *estimation
	err := jira.InParallel(ctx,
		func(ctx context.Context) (err error) {
			project, v, err = findVersion(ctx, r.Env, in.Project, in.Version)
			return err
		},
		func(ctx context.Context) (err error) {
			zone, y, err = r.zoneAndEstimation(ctx, jira.Board{})
			return err
		})
	if err != nil {
		return nil, err
	}
	list, notes, err := r.reportIssues(ctx, resolvedScope{}, y, "fixVersion = "+v.ID+" ORDER BY rank")
	if err != nil {
		return nil, err
	}
	q := report.ReleaseInput{Issues: list, IsDone: y.isDone, Calendar: teamCalendar(r.Env, zone), Now: r.Now()}
	if day, err := time.ParseInLocation(time.DateOnly, v.ReleaseDate, zone); err == nil && !v.Released {
		q.Date = day.AddDate(0, 0, 1)
	}
	ready := report.NewReleaseReport(q)
	out := &releaseOutput{Project: project, Version: v.Name, State: issues.VersionState(v), WorkingDays: ready.WorkingDays, DatePassed: ready.DatePassed, Unit: y.unit, Done: ready.Done, InProgress: ready.InProgress, ToDo: ready.ToDo,
		Unestimated: ready.Unestimated, Blocked: []string{}, AtRisk: []riskView{}, ByEpic: nameEmptyGroup(ready.ByEpic, "no epic"), ByType: nameEmptyGroup(ready.ByType, ""), isReleased: v.Released, hasDate: !q.Date.IsZero(), byPoints: ready.ByPoints, Notes: notes, Query: "fixVersion = " + v.ID, Now: text.Now(r.Now(), zone)}
	for _, i := range ready.Blocked {
		out.Blocked = append(out.Blocked, i.Key+" by "+strings.Join(i.BlockedBy, ", "))
	}
	out.BlockedCount = len(ready.Blocked)
	out.AtRiskCount = len(ready.AtRisk)
	out.Issues = []releaseIssue{}
	for _, i := range ready.Issues {
		out.Issues = append(out.Issues, releaseIssue{i.Key, i.Type, i.Summary, i.Status.Name, i.State, i.Assignee, i.InEpic, i.Estimate, i.BlockedBy, i.Reason})
	}
	for _, i := range ready.AtRisk {
		out.AtRisk = append(out.AtRisk, riskView{i.Key, i.Summary, i.Status.Name, i.Assignee, i.Reason})
	}
	switch {
	case v.Released:
	case q.Date.IsZero():
		out.Notes = append(out.Notes, "The version has no release date. At risk: issues that are blocked, flagged or overdue.")
	default:
		out.Notes = append(out.Notes, fmt.Sprintf("At risk: issues that are blocked, flagged, overdue or due after the date, and, from %d working days before it, not started or unassigned. Assumed: %s.", report.RiskMarginDays, calendarText(q.Calendar)))
	}
	return out, nil
}

// nameEmptyGroup returns the groups with a name for the group that has none. The
// result is never nil.
func nameEmptyGroup(list []report.Group, nothing string) []report.Group {
	out := []report.Group{}
	for _, g := range list {
		if g.Name == "" {
			g.Name = nothing
		}
		out = append(out, g)
	}
	return out
}

// findVersion returns the project's key and the version with the given name.
// "next" is the unreleased version whose date comes first; if no version has a
// date, "next" is looked up as a name.
func findVersion(ctx context.Context, d env.Env, project, name string) (string, jira.Version, error) {
	key, err := d.Names.Project(ctx, project)
	if err != nil {
		return "", jira.Version{}, err
	}
	all, err := d.Jira.Versions(ctx, key)
	if err != nil {
		return "", jira.Version{}, query.ExplainMissingProject(err)
	}
	if len(all) == 0 {
		return "", jira.Version{}, fmt.Errorf("%s has no versions", key)
	}
	if strings.EqualFold(strings.TrimSpace(name), "next") {
		open := slices.DeleteFunc(slices.Clone(all), func(v jira.Version) bool { return v.Released || v.Archived || v.ReleaseDate == "" })
		if len(open) > 0 {
			return key, slices.MinFunc(open, func(a, b jira.Version) int { return strings.Compare(a.ReleaseDate, b.ReleaseDate) }), nil
		}
	}
	v, err := issues.FindVersion(all, name, "version")
	return key, v, err
}

// notesInput holds the arguments of jira_release_notes.
type notesInput struct {
	Project string `json:"project,omitempty"`
	Version string `json:"version,omitempty" doc:"name or 'next'"`
	JQL     string `json:"jql,omitempty" doc:"or a query; only done issues are used"`
}

// notesOutput is the result of jira_release_notes: what was done, in groups
// sorted by type and epic. It has the facts from which a client writes release
// notes.
type notesOutput struct {
	Subject string       `json:"of"`
	State   string       `json:"state,omitempty"`
	Done    int          `json:"done"`
	Open    int          `json:"open"`
	Groups  []notesGroup `json:"groups"`
	Notes   []string     `json:"notes"`
}

// notesGroup holds the finished issues of one type and one epic.
type notesGroup struct {
	Type   string      `json:"type"`
	Epic   string      `json:"epic,omitempty"`
	Issues []notesItem `json:"issues"`
}

// notesItem is one finished issue.
type notesItem struct {
	Key        string   `json:"key"`
	Summary    string   `json:"summary"`
	Resolution string   `json:"resolution,omitempty"` // "" for the usual ones, Done and Fixed
	Components []string `json:"components,omitempty"`
	Labels     []string `json:"labels,omitempty"`
}

// Markdown implements [kit.Output].
func (o *notesOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Done in %s%s: %d", o.Subject, text.PrefixIfSet(", ", o.State), o.Done)
	if o.Open > 0 {
		fmt.Fprintf(&b, " (%d are still open and not listed)", o.Open)
	}
	for _, g := range o.Groups {
		fmt.Fprintf(&b, "\n%s%s", g.Type, text.PrefixIfSet(" – ", g.Epic))
		for _, i := range g.Issues {
			fmt.Fprintf(&b, "\n  %s %s%s%s%s", i.Key, text.OneLine(i.Summary), text.PrefixIfSet(" | ", strings.Join(i.Components, ", ")), text.PrefixIfSet(" | ", strings.Join(i.Labels, ", ")), text.PrefixIfSet(" | resolution ", i.Resolution))
		}
	}
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String()
}

// listedNote is the end of the note that Trim writes, by which it finds its
// last one.
const listedNote = " are listed; to see the others, use jql by type or epic."

// Trim implements [kit.Trimmer]. It drops the last issues, with their groups,
// and notes how many are listed.
func (o *notesOutput) Trim(room *kit.Room) bool {
	all, total := o.Groups, 0
	for _, g := range all {
		total += len(g.Issues)
	}
	if total < 2 {
		return false
	}
	notes := slices.DeleteFunc(slices.Clone(o.Notes), func(n string) bool { return strings.HasSuffix(n, listedNote) })
	room.Keep(1, total-1, func(n int) {
		o.Groups, o.Notes = nil, append(slices.Clone(notes), fmt.Sprintf("%d of the %d%s", n, o.Done, listedNote))
		for _, g := range all {
			if n == 0 {
				break
			}
			g.Issues = g.Issues[:min(n, len(g.Issues))]
			n -= len(g.Issues)
			o.Groups = append(o.Groups, g)
		}
	})
	return true
}

// releaseNotes handles jira_release_notes, for a version or for a query.
func (r *reportTools) releaseNotes(ctx context.Context, in notesInput) (*notesOutput, error) {
	out := &notesOutput{Groups: []notesGroup{}, Notes: []string{}}
	if in.Project == "" && in.JQL == "" {
		in.Project = r.Names.OnlyProject()
	}
	var about resolvedScope
	switch {
	case in.JQL != "":
		var err error
		if about, err = resolveScope(ctx, r.Env, reportScope{JQL: in.JQL}); err != nil {
			return nil, err
		}
		out.Subject = about.subject
	case in.Project == "" || in.Version == "":
		return nil, fmt.Errorf("give project and version, or jql")
	default:
		project, v, err := findVersion(ctx, r.Env, in.Project, in.Version)
		if err != nil {
			return nil, err
		}
		about.query, out.Subject, out.State = "fixVersion = "+v.ID, project+" "+v.Name, issues.VersionState(v)
	}
	list, more, err := loadIssues(ctx, r.Env, about, about.query+" ORDER BY key", []string{"summary", "issuetype", "status", "parent", "resolution", "components", "labels"})
	if err != nil {
		return nil, err
	}
	if more {
		out.Notes = append(out.Notes, fmt.Sprintf("Only the first %d issues were read.", maxReportIssues))
	}
	for _, i := range list {
		out.addIssue(i)
	}
	slices.SortStableFunc(out.Groups, func(a, b notesGroup) int {
		if c := strings.Compare(a.Type, b.Type); c != 0 {
			return c
		}
		return strings.Compare(a.Epic, b.Epic)
	})
	return out, nil
}

// addIssue adds an issue to its group if it is done, and otherwise counts it as
// open. It ignores epics, which are the names of the groups, and sub-tasks,
// which are part of their parents.
func (o *notesOutput) addIssue(i jira.Issue) {
	kind, _ := jira.Value[jira.IssueType](i.Fields, "issuetype")
	status, _ := jira.Value[jira.Status](i.Fields, "status")
	switch {
	case kind.Level != 0:
		return
	case status.Category.Key != "done":
		o.Open++
		return
	}
	o.Done++
	epic := parentText(i.Fields)
	n := slices.IndexFunc(o.Groups, func(g notesGroup) bool { return g.Type == kind.Name && g.Epic == epic })
	if n < 0 {
		n = len(o.Groups)
		o.Groups = append(o.Groups, notesGroup{Type: kind.Name, Epic: epic})
	}
	item := notesItem{Key: i.Key, Summary: text.OneLine(names.Format(i.Fields["summary"]))}
	if res := names.Format(i.Fields["resolution"]); !slices.Contains([]string{"done", "fixed"}, strings.ToLower(res)) {
		item.Resolution = res
	}
	parts, _ := jira.Value[[]struct{ Name string }](i.Fields, "components")
	for _, c := range parts {
		item.Components = append(item.Components, text.OneLine(c.Name))
	}
	item.Labels, _ = jira.Value[[]string](i.Fields, "labels")
	o.Groups[n].Issues = append(o.Groups[n].Issues, item)
}
