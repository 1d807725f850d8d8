package issues

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// worklogTools is the receiver of the tools for worklogs: time that is logged
// on issues.
type worklogTools struct{ env.Env }

// newWorklogTools returns the receiver of the worklog tools for one user.
func newWorklogTools(e env.Env) *worklogTools { return &worklogTools{e} }

// defineWorklogTools declares the tools that log, list, change and delete time.
func defineWorklogTools() []kit.Tool {
	return kit.Group(newWorklogTools,
		kit.Define(kit.Spec{
			Name: "jira_log_work", Title: "Log work", Effect: kit.Edit, Toolset: "worklogs", Default: true,
			Description: "Log time spent on an issue. The remaining estimate shrinks by it unless remaining is given.",
			Permissions: []string{"WORK_ON_ISSUES"},
			Requires:    operation.Keys(jira.OpAddWorklog, jira.OpMyself), Optional: operation.Keys(jira.OpConfiguration, jira.OpFindUsers, jira.OpGetIssue, jira.OpMyPermissions),
		}, (*worklogTools).log),
		kit.Define(kit.Spec{
			Name: "jira_get_worklogs", Title: "Logged work", Effect: kit.Read, Toolset: "worklogs",
			Description: "List the time logged on an issue, with sums by person.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpWorklogs, jira.OpMyself),
		}, (*worklogTools).list),
		kit.Define(kit.Spec{
			Name: "jira_update_worklog", Title: "Change logged work", Effect: kit.Edit, Toolset: "worklogs",
			Description: "Change the time, start or comment of a worklog.",
			Permissions: []string{"EDIT_OWN_WORKLOGS", "EDIT_ALL_WORKLOGS"},
			Requires:    operation.Keys(jira.OpWorklogs, jira.OpUpdateWorklog, jira.OpMyself), Optional: operation.Keys(jira.OpConfiguration, jira.OpFindUsers),
		}, (*worklogTools).change),
		kit.Define(kit.Spec{
			Name: "jira_delete_worklog", Title: "Delete logged work", Effect: kit.Delete, Toolset: "worklogs",
			Description: "Delete a worklog for good. It is confirmed first.",
			Permissions: []string{"DELETE_OWN_WORKLOGS", "DELETE_ALL_WORKLOGS"},
			Requires:    operation.Keys(jira.OpWorklogs, jira.OpDeleteWorklog),
		}, (*worklogTools).remove),
	)
}

// worklogInput holds the arguments of jira_log_work.
type worklogInput struct {
	Issue     string `json:"issue" doc:"key"`
	Time      string `json:"time" doc:"e.g. 1h 30m"`
	Started   string `json:"started,omitempty" doc:"2026-01-31T09:00; now when absent"`
	Comment   string `json:"comment,omitempty" doc:"Markdown"`
	Remaining string `json:"remaining,omitempty" doc:"time left to do, or leave"`
}

// Describe implements [kit.Describer].
func (in worklogInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// worklogOutput is the result of the tools that log or change time. verb begins
// the sentence of the text, such as "Logged".
type worklogOutput struct {
	Issue     string   `json:"issue"`
	ID        string   `json:"id,omitempty"`
	Time      string   `json:"time"`
	Start     string   `json:"started,omitempty"`
	Estimates string   `json:"estimates,omitempty"` // the issue's estimates after the call
	Notes     []string `json:"notes,omitempty"`
	kit.DryRunResult

	verb string
}

// TakeNote implements [kit.NoteTaker].
func (o *worklogOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// Markdown implements [kit.Output].
func (o *worklogOutput) Markdown() string {
	if o.DryRun != nil {
		return o.DryRun.Markdown()
	}
	text := fmt.Sprintf("%s %s on %s, started %s%s.", o.verb, o.Time, o.Issue, o.Start, text.PrefixIfSet(", worklog ", o.ID)) + text.PrefixIfSet("\n", o.Estimates)
	for _, n := range o.Notes {
		text += "\n" + n
	}
	return text
}

// parseEntry converts the arguments of a worklog to Jira's form and returns it
// with the user's time zone. Seconds is 0 if no time is given, and Started is
// "" if no start is given. Time and remaining accept durations such as "1h
// 30m", in the site's working days and weeks; less than a minute is refused. An
// empty remaining lets Jira reduce the estimate, and "leave" keeps it. All
// problems are reported in one error.
func (w *worklogTools) parseEntry(ctx context.Context, spent, started, comment, remaining string) (jira.NewWorklog, *time.Location, error) {
	zone, err := w.Zone(ctx)
	if err != nil {
		return jira.NewWorklog{}, nil, err
	}
	out := jira.NewWorklog{}
	var problems []error
	if spent != "" {
		out.Seconds, err = w.Names.Duration(ctx, spent)
		if err == nil && out.Seconds < 60 {
			err = errors.New("at least a minute is logged")
		}
		problems = append(problems, prefixError("time", err))
	}
	if started != "" {
		at, err := names.ParseTime(started, zone)
		problems = append(problems, prefixError("started", err))
		out.Started = names.FormatTime(at)
	}
	if !text.IsBlank(comment) {
		doc, err := w.Names.Document(ctx, "Comment", comment)
		problems = append(problems, err)
		out.Comment = doc
	}
	switch remaining = strings.TrimSpace(remaining); strings.ToLower(remaining) {
	case "", "leave":
		out.Remaining = strings.ToLower(remaining)
	default:
		left, err := w.Names.Duration(ctx, remaining)
		problems = append(problems, prefixError("remaining", err))
		out.Remaining = names.FormatMinutes(left)
	}
	if err := errors.Join(problems...); err != nil {
		return out, zone, kit.NothingLogged("%w", err)
	}
	return out, zone, nil
}

// prefixError adds an argument's name to an error, and leaves nil as it is.
func prefixError(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

// log logs time on an issue and returns the worklog and the new estimates as
// Jira stores them.
//
// If Jira accepted the write but its answer was lost, the result warns not to
// log the time again. A dry run shows the present estimates, since Jira
// computes the new ones only when it writes.
func (w *worklogTools) log(ctx context.Context, in worklogInput) (*worklogOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	entry, zone, err := w.parseEntry(ctx, in.Time, in.Started, in.Comment, in.Remaining)
	if err != nil {
		return nil, err
	}
	if entry.Started == "" { // fixed here, so that a repeat of the request has the same start
		entry.Started = names.FormatTime(w.Now().In(zone))
	}
	if err := write.CheckPermission(ctx, w.Env, key, "WORK_ON_ISSUES", "log work on"); err != nil {
		return nil, err
	}
	logged, err := w.Jira.AddWorklog(ctx, key, entry)
	out := &worklogOutput{Issue: key, verb: "Logged", Time: names.FormatHours(entry.Seconds), Start: text.LocalTime(entry.Started, zone)}
	if write.IsDryRun(err) {
		out.DryRun = &kit.Preview{Summary: fmt.Sprintf("log %s on %s, started %s", out.Time, key, out.Start)}
		if out.Estimates, err = w.estimates(ctx, key); err != nil {
			return nil, err
		}
		if out.Estimates != "" {
			out.DryRun.Notes = []string{"Now: " + out.Estimates}
		}
		return out, nil
	}
	lost, err := write.ClassifyError(err, "The worklog", fmt.Sprintf(`jira_get_issue {"issues":[%q],"fields":["Time tracking"]}`, key))
	if err != nil {
		return nil, err
	}
	if lost {
		out.Notes = append(out.Notes, "Jira accepted it; its answer was lost. Do not log it again.")
		return out, nil
	}
	out.setStored(logged, zone)
	if out.Estimates, err = w.estimates(ctx, key); err != nil {
		out.Notes = append(out.Notes, "The estimates could not be read back: "+kit.ErrorText(err))
	}
	return out, nil
}

// setStored copies the stored worklog's id and start to the output, and adds a
// note if Jira stored another time than the one that was sent.
func (o *worklogOutput) setStored(logged jira.Worklog, zone *time.Location) {
	if logged.Seconds > 0 && names.FormatHours(logged.Seconds) != o.Time {
		o.Notes = append(o.Notes, fmt.Sprintf("Jira holds %s.", names.FormatHours(logged.Seconds)))
	}
	o.ID = logged.ID
	if logged.Started != "" {
		o.Start = text.LocalTime(logged.Started, zone)
	}
}

// estimates returns an issue's estimates and logged time as text.
func (w *worklogTools) estimates(ctx context.Context, key string) (string, error) {
	issue, err := w.Jira.GetIssue(ctx, key, []string{"timetracking"}, nil)
	if err != nil {
		return "", err
	}
	return names.Format(issue.Fields["timetracking"]), nil
}

// worklogsInput holds the arguments of jira_get_worklogs. Since and Until are
// days, both included.
type worklogsInput struct {
	Issue  string `json:"issue" doc:"key"`
	Author string `json:"author,omitempty" doc:"part of the name"`
	Since  string `json:"since,omitempty" doc:"2026-01-31"`
	Until  string `json:"until,omitempty"`
}

// Describe implements [kit.Describer].
func (in worklogsInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// worklogsOutput is the result of jira_get_worklogs: worklogs in Jira's order
// and their sums, formatted as hours and minutes.
type worklogsOutput struct {
	Issue    string            `json:"issue"`
	Worklogs []worklogView     `json:"worklogs"`
	Total    string            `json:"total"`
	ByPerson map[string]string `json:"by_person,omitempty"`
	Note     string            `json:"note,omitempty"`

	people []string // the people in the order of their first worklog, since a map has none
}

// worklogView is a worklog as the tool shows it.
type worklogView struct {
	ID      string `json:"id"`
	Author  string `json:"author,omitempty"`
	Started string `json:"started"`
	Time    string `json:"time"`
	Comment string `json:"comment,omitempty"`
}

// Markdown implements [kit.Output].
func (o *worklogsOutput) Markdown() string {
	if len(o.Worklogs) == 0 {
		return "No time is logged on " + o.Issue + " that was asked for."
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s logged on %s", o.Total, o.Issue)
	for n, who := range o.people {
		b.WriteString([]string{": ", ", "}[min(n, 1)] + who + " " + o.ByPerson[who])
	}
	for _, w := range o.Worklogs {
		fmt.Fprintf(&b, "\n%s | %s | %s | id %s%s", w.Started, w.Author, w.Time, w.ID, text.PrefixIfSet(" | ", text.OneLine(w.Comment)))
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note))
	return b.String()
}

// maxWorklogs is the maximum number of worklogs read of an issue.
const maxWorklogs = 5000

// list returns the worklogs of an issue in a period, and their sums by person.
// Jira selects by the start of the work; the author is selected here.
func (w *worklogTools) list(ctx context.Context, in worklogsInput) (*worklogsOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	zone, err := w.Zone(ctx)
	if err != nil {
		return nil, err
	}
	wanted, err := newEntryFilter(ctx, w.Env, in.Since, in.Until, in.Author, zone)
	if err != nil {
		return nil, err
	}
	all, err := w.worklogs(ctx, key, wanted.since, wanted.until)
	if err != nil {
		return nil, err
	}
	out := &worklogsOutput{Issue: key, Worklogs: []worklogView{}, ByPerson: map[string]string{}}
	if len(all) >= maxWorklogs {
		out.Note = fmt.Sprintf("Only the first %d worklogs were read.", maxWorklogs)
	}
	sums, total := map[string]int64{}, int64(0)
	for _, one := range all {
		if !wanted.includesAuthor(one.Author) {
			continue
		}
		v := worklogView{ID: one.ID, Started: text.LocalTime(one.Started, zone), Time: names.FormatHours(one.Seconds), Comment: names.Format(one.Comment)}
		if one.Author != nil {
			v.Author = one.Author.DisplayName
		}
		if _, known := sums[v.Author]; !known {
			out.people = append(out.people, v.Author)
		}
		sums[v.Author] += one.Seconds
		total += one.Seconds
		out.Worklogs = append(out.Worklogs, v)
	}
	for who, sum := range sums {
		out.ByPerson[who] = names.FormatHours(sum)
	}
	out.Total = names.FormatHours(total)
	return out, nil
}

// worklogs returns the worklogs of an issue that were started in a period, up
// to maxWorklogs; zero times leave the period open. It reads all pages.
func (w *worklogTools) worklogs(ctx context.Context, key string, since, until time.Time) ([]jira.Worklog, error) {
	var all []jira.Worklog
	for len(all) < maxWorklogs {
		page, err := w.Jira.Worklogs(ctx, key, since, until, len(all))
		if err != nil {
			return nil, err
		}
		all = append(all, page.Worklogs...)
		if len(page.Worklogs) == 0 || len(all) >= page.Total {
			break
		}
	}
	return all, nil
}

// findWorklog returns the worklog of an issue with an id. If there is none, the
// error lists the issue's first 20 worklogs.
func (w *worklogTools) findWorklog(ctx context.Context, key, id string) (jira.Worklog, error) {
	all, err := w.worklogs(ctx, key, time.Time{}, time.Time{})
	if err != nil {
		return jira.Worklog{}, err
	}
	var list []string
	for _, one := range all {
		if one.ID == strings.TrimSpace(id) {
			return one, nil
		}
		list = append(list, fmt.Sprintf("%s (%s, %s)", one.ID, names.FormatHours(one.Seconds), one.Started))
	}
	return jira.Worklog{}, fmt.Errorf("%s has no worklog %q. Its worklogs: %s", key, text.Shorten(id, 40), text.ValueOrNone(strings.Join(list[:min(len(list), 20)], ", ")))
}

// updateWorklogInput holds the arguments of jira_update_worklog. Empty arguments
// leave their parts as they are.
type updateWorklogInput struct {
	Issue     string `json:"issue" doc:"key"`
	Worklog   string `json:"worklog" doc:"id" loose:"true"`
	Time      string `json:"time,omitempty" doc:"e.g. 1h 30m"`
	Started   string `json:"started,omitempty" doc:"2026-01-31T09:00"`
	Comment   string `json:"comment,omitempty"`
	Remaining string `json:"remaining,omitempty" doc:"time left to do, or leave"`
}

// Describe implements [kit.Describer].
func (in updateWorklogInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// change changes the time, the start or the comment of a worklog. It reads the
// worklog first, for the preview of a dry run and because Jira accepts no
// change without the time: if no time is given, the present one is sent again.
func (w *worklogTools) change(ctx context.Context, in updateWorklogInput) (*worklogOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	if text.IsBlank(in.Time) && text.IsBlank(in.Started) && text.IsBlank(in.Comment) {
		return nil, errors.New("nothing to change was given: time, started or comment")
	}
	entry, zone, err := w.parseEntry(ctx, in.Time, in.Started, in.Comment, in.Remaining)
	if err != nil {
		return nil, err
	}
	was, err := w.findWorklog(ctx, key, in.Worklog)
	if err != nil {
		return nil, err
	}
	if entry.Seconds == 0 { // Jira accepts no change without the time
		entry.Seconds = was.Seconds
	}
	changed, err := w.Jira.UpdateWorklog(ctx, key, was.ID, entry)
	out := &worklogOutput{Issue: key, ID: was.ID, verb: "Now logged:", Time: names.FormatHours(entry.Seconds), Start: text.LocalTime(was.Started, zone)}
	if entry.Started != "" {
		out.Start = text.LocalTime(entry.Started, zone)
	}
	if write.IsDryRun(err) {
		out.DryRun = &kit.Preview{Summary: fmt.Sprintf("change worklog %s of %s", was.ID, key), Changes: []kit.Change{
			{Field: "Time", Before: names.FormatHours(was.Seconds), After: out.Time}, {Field: "Started", Before: text.LocalTime(was.Started, zone), After: out.Start}}}
		if entry.Comment != nil {
			out.DryRun.Changes = append(out.DryRun.Changes, kit.Change{Field: "Comment", Before: text.ValueOrEmpty(names.Format(was.Comment)), After: in.Comment})
		}
		return out, nil
	}
	lost, err := write.ClassifyError(err, "The change", "jira_get_worklogs")
	if err != nil {
		return nil, err
	}
	if lost {
		out.Notes = append(out.Notes, "Jira accepted it; its answer was lost.")
		return out, nil
	}
	out.setStored(changed, zone)
	return out, nil
}

// deleteWorklogInput holds the arguments of jira_delete_worklog.
type deleteWorklogInput struct {
	Issue     string `json:"issue" doc:"key"`
	Worklog   string `json:"worklog" doc:"id" loose:"true"`
	Remaining string `json:"remaining,omitempty" doc:"leave: keep the remaining estimate"`
}

// Describe implements [kit.Describer].
func (in deleteWorklogInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// remove deletes a worklog. It reads the worklog first, so that the result and
// the confirmation can describe it. The remaining estimate grows by the logged
// time unless remaining is "leave".
func (w *worklogTools) remove(ctx context.Context, in deleteWorklogInput) (*deletedOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	remaining := strings.ToLower(strings.TrimSpace(in.Remaining))
	if remaining != "" && remaining != "leave" {
		return nil, errors.New("remaining is leave, or nothing: then the estimate grows by what was logged")
	}
	was, err := w.findWorklog(ctx, key, in.Worklog)
	if err != nil {
		return nil, err
	}
	who := "somebody"
	if was.Author != nil {
		who = was.Author.DisplayName
	}
	what := fmt.Sprintf("worklog %s of %s, by %s: %s, started %s", was.ID, key, who, names.FormatHours(was.Seconds), was.Started)
	return deleteResult(key, what, w.Jira.DeleteWorklog(ctx, key, was.ID, remaining), "jira_get_worklogs")
}
