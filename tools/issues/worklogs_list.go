package issues

import (
	"context"
	"fmt"
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
func (o *worklogsOutput) Markdown(m kit.Mark) string {
	if len(o.Worklogs) == 0 {
		return "No matching worklogs on " + o.Issue + "." + text.PrefixIfSet("\n", o.Note)
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
	out := &worklogsOutput{Issue: key, Worklogs: []worklogView{}, ByPerson: map[string]string{}, Note: understoodPeriod(in.Since, in.Until, wanted.since, wanted.until)}
	if len(all) >= maxWorklogs {
		out.Note = strings.TrimSpace(out.Note + fmt.Sprintf(" Only the first %d worklogs were read.", maxWorklogs))
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
