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
			Description: "Log time spent on an issue. Reduces the remaining estimate by that time unless remaining is set.",
			Permissions: []string{"WORK_ON_ISSUES"},
			Requires:    operation.Keys(jira.OpAddWorklog, jira.OpMyself), Optional: operation.Keys(jira.OpConfiguration, jira.OpFindUsers, jira.OpFindAssignable, jira.OpAttachmentContent, jira.OpGetIssue, jira.OpMyPermissions),
		}, (*worklogTools).log),
		kit.Define(kit.Spec{
			Name: "jira_get_worklogs", Title: "List worklogs", Effect: kit.Read, Toolset: "worklogs",
			Description: "List the time logged on an issue, with totals by person.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpWorklogs, jira.OpMyself),
		}, (*worklogTools).list),
		kit.Define(kit.Spec{
			Name: "jira_update_worklog", Title: "Edit a worklog", Effect: kit.Edit, Toolset: "worklogs",
			Description: "Edit the time, start or comment of a worklog.",
			Permissions: []string{"EDIT_OWN_WORKLOGS", "EDIT_ALL_WORKLOGS"},
			Requires:    operation.Keys(jira.OpWorklogs, jira.OpUpdateWorklog, jira.OpMyself), Optional: operation.Keys(jira.OpConfiguration, jira.OpFindUsers, jira.OpFindAssignable, jira.OpGetIssue, jira.OpAttachmentContent),
		}, (*worklogTools).change),
		kit.Define(kit.Spec{
			Name: "jira_delete_worklog", Title: "Delete a worklog", Effect: kit.Delete, Toolset: "worklogs",
			Description: "Delete a worklog permanently. Requires confirmation.",
			Permissions: []string{"DELETE_OWN_WORKLOGS", "DELETE_ALL_WORKLOGS"},
			Requires:    operation.Keys(jira.OpWorklogs, jira.OpDeleteWorklog),
		}, (*worklogTools).remove),
	)
}

// worklogInput holds the arguments of jira_log_work.
type worklogInput struct {
	Issue     string `json:"issue" doc:"key"`
	Time      string `json:"time" doc:"e.g. 1h 30m"`
	Started   string `json:"started,omitempty" doc:"2026-01-31T09:00, yesterday 14:00; default: now"`
	Comment   string `json:"comment,omitempty" doc:"Markdown"`
	Remaining string `json:"remaining,omitempty" loose:"true" doc:"time left; leave: keep the estimate"`
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
func (o *worklogOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
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
func (w *worklogTools) parseEntry(ctx context.Context, key, spent, started, comment, remaining string) (jira.NewWorklog, *time.Location, error) {
	zone, err := w.Zone(ctx)
	if err != nil {
		return jira.NewWorklog{}, nil, err
	}
	out := jira.NewWorklog{}
	var problems []error
	if spent != "" {
		out.Seconds, err = w.Names.Duration(ctx, spent)
		if err == nil && out.Seconds < 60 {
			err = errors.New("the minimum is one minute")
		}
		problems = append(problems, prefixError("time", err))
	}
	if started != "" {
		m, err := names.ParseMoment(started, w.Now().In(zone), names.Past)
		problems = append(problems, prefixError("started", err))
		out.Started = names.FormatTime(m.At)
	}
	if !text.IsBlank(comment) {
		doc, err := w.Names.Document(ctx, "Comment", comment, names.Place{Issue: key})
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
	entry, zone, err := w.parseEntry(ctx, key, in.Time, in.Started, in.Comment, in.Remaining)
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
		o.Notes = append(o.Notes, fmt.Sprintf("Jira stored %s.", names.FormatHours(logged.Seconds)))
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

// updateWorklogInput holds the arguments of jira_update_worklog. Empty arguments
// leave their parts as they are.
type updateWorklogInput struct {
	Issue     string `json:"issue" doc:"key"`
	Worklog   string `json:"worklog" doc:"id" loose:"true"`
	Time      string `json:"time,omitempty" doc:"e.g. 1h 30m"`
	Started   string `json:"started,omitempty" doc:"2026-01-31T09:00"`
	Comment   string `json:"comment,omitempty"`
	Remaining string `json:"remaining,omitempty" loose:"true" doc:"time left; leave: keep the estimate"`
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
		return nil, errors.New("nothing to change; set time, started or comment")
	}
	entry, zone, err := w.parseEntry(ctx, key, in.Time, in.Started, in.Comment, in.Remaining)
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
	Remaining string `json:"remaining,omitempty" loose:"true" doc:"leave: keep the remaining estimate"`
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
		return nil, errors.New("remaining must be leave (keeps the estimate) or omitted (the estimate grows by the logged time)")
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
