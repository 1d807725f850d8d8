package issues

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// worklogsInput holds the arguments of jira_get_worklogs. Since and Until are
// days, both included.
type worklogsInput struct {
	Issue  string `json:"issue" doc:"key"`
	Author string `json:"author,omitempty" doc:"part of the name"`
	Since  string `json:"since,omitempty" doc:"2026-01-31, last Monday"`
	Until  string `json:"until,omitempty"`
	// Subtasks adds the worklogs of the issue's sub-tasks.
	Subtasks bool `json:"with_subtasks,omitempty" doc:"also the time on its sub-tasks"`
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
	Note     string            `json:"note,omitempty" text:"lines"`
	Now      string            `json:"now"`

	people []string // the people in the order of their first worklog, since a map has none
}

// worklogView is a worklog as the tool shows it.
type worklogView struct {
	Issue   string `json:"issue"`
	ID      string `json:"id"`
	Author  string `json:"author,omitempty"`
	Started string `json:"started"`
	Time    string `json:"time"`
	Comment string `json:"comment,omitempty"`
}

// Markdown implements [kit.Output].
func (o *worklogsOutput) Markdown(m kit.Mark) string {
	if len(o.Worklogs) == 0 {
		return "No matching worklogs on " + o.Issue + "." + text.PrefixIfSet("\n", o.Note) + "\n" + o.Now
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s logged on %s", o.Total, o.Issue)
	for n, who := range o.people {
		b.WriteString([]string{": ", ", "}[min(n, 1)] + who + " " + o.ByPerson[who])
	}
	for _, w := range o.Worklogs {
		fmt.Fprintf(&b, "\n%s%s | %s | %s | id %s%s", w.on(o.Issue), w.Started, w.Author, w.Time, w.ID, text.PrefixIfSet(" | ", text.OneLine(w.Comment)))
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note) + "\n" + o.Now)
	return b.String()
}

// on returns the sub-task that the worklog is on, as the first cell of its line;
// "" for one of the issue itself.
func (w worklogView) on(issue string) string {
	if w.Issue == issue {
		return ""
	}
	return w.Issue + " | "
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
	zone, err := w.ShownZone(ctx)
	if err != nil {
		return nil, err
	}
	wanted, err := newEntryFilter(ctx, w.Env, in.Since, in.Until, in.Author, zone)
	if err != nil {
		return nil, err
	}
	all, notes, err := w.readAll(ctx, key, in.Subtasks, wanted)
	if err != nil {
		return nil, err
	}
	out := &worklogsOutput{Issue: key, Now: text.Now(w.Now(), zone), Worklogs: []worklogView{}, ByPerson: map[string]string{}, Note: strings.TrimSpace(understoodPeriod(in.Since, in.Until, wanted.since, wanted.until) + notes)}
	sums, total := map[string]int64{}, int64(0)
	for _, one := range all {
		if !wanted.includesAuthor(one.Author) {
			continue
		}
		v := worklogView{Issue: one.issue, ID: one.ID, Started: text.LocalTime(one.Started, zone), Time: names.FormatHours(one.Seconds), Comment: names.Format(one.Comment)}
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

// worklogOn is a worklog with the key of its issue.
type worklogOn struct {
	jira.Worklog
	issue string
}

// maxWorklogIssues is the number of sub-tasks whose worklogs are read.
const maxWorklogIssues = 50

// readAll returns the worklogs of an issue and, if withSubtasks is set, of its
// sub-tasks, by start, with a note on what was not read.
func (w *worklogTools) readAll(ctx context.Context, key string, withSubtasks bool, wanted entryFilter) (out []worklogOn, note string, _ error) {
	list := []string{key}
	if withSubtasks {
		issue, err := w.Jira.GetIssue(ctx, key, []string{"subtasks"}, nil)
		if err != nil {
			return nil, "", err
		}
		for _, s := range listOf[jira.Issue](issue.Fields, "subtasks") {
			list = append(list, s.Key)
		}
		if n := len(list) - 1; n > maxWorklogIssues {
			list, note = list[:maxWorklogIssues+1], fmt.Sprintf(" Only the first %d of %d sub-tasks were read.", maxWorklogIssues, n)
		}
	}
	logs := make([][]jira.Worklog, len(list))
	var read []func(context.Context) error
	for n, issue := range list {
		read = append(read, func(ctx context.Context) (err error) {
			logs[n], err = w.worklogs(ctx, issue, wanted.since, wanted.until)
			return err
		})
	}
	if err := jira.InParallel(ctx, read...); err != nil {
		return nil, "", err
	}
	for n, issue := range list {
		if len(logs[n]) >= maxWorklogs {
			note += fmt.Sprintf(" Only the first %d worklogs of %s were read.", maxWorklogs, issue)
		}
		for _, one := range logs[n] {
			out = append(out, worklogOn{one, issue})
		}
	}
	slices.SortStableFunc(out, func(a, b worklogOn) int { return strings.Compare(a.Started, b.Started) })
	return out, note, nil
}

// worklogs returns the worklogs of an issue that were started in a period, up
// to maxWorklogs; zero times leave the period open. It reads all pages.
func (w *worklogTools) worklogs(ctx context.Context, key string, since, until time.Time) ([]jira.Worklog, error) {
	return jira.Collect(w.Jira.AllWorklogs(ctx, key, since, until), maxWorklogs)
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
