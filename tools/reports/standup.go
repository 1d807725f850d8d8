package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// standupInput holds the arguments of jira_standup.
type standupInput struct {
	reportScope
	Since  string `json:"since,omitempty" doc:"2026-01-31T14:30; default: a working day ago"`
	Person string `json:"person,omitempty" doc:"only the person with this name"`
}

// standupOutput is the result of jira_standup.
type standupOutput struct {
	Subject string          `json:"of"`
	Since   string          `json:"since"`
	People  []personStandup `json:"people"`
	Notes   []string        `json:"notes"`
	Now     string          `json:"now"`

	whole   bool   // one person: nothing is cut
	summary string // the verdict, from the lists before Trim shortens them
}

// personStandup is the part of one person.
type personStandup struct {
	Name string `json:"name"`
	// Finished lists what the person made done, and Did what else they changed,
	// created or commented on, oldest first. Who is the assignee does not matter.
	Finished []standupItem `json:"finished"`
	Did      []standupItem `json:"did"`
	// InProgress and Blocked list issues that are assigned to the person.
	InProgress []standupItem `json:"in_progress"`
	Blocked    []standupItem `json:"blocked"`
}

// standupItem is one issue, with what happened to it or what holds it up.
type standupItem struct {
	Key     string `json:"key"`
	Summary string `json:"summary"`
	What    string `json:"what"`
}

// Markdown implements [kit.Output]. Each list shows at most shownStandup issues,
// and the summary of an issue is written only where the issue occurs first.
func (o *standupOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Stand-up of %s, since %s: %s", o.Subject, o.Since, o.summary)
	told := map[string]bool{} // keys whose summary has been written
	list := func(items []standupItem) string {
		var parts []string
		most := shownStandup
		if o.whole {
			most = len(items)
		}
		for _, i := range items[:min(len(items), most)] {
			s := i.Key
			if !told[i.Key] {
				told[i.Key] = true
				s += " " + text.Shorten(i.Summary, 50)
			}
			parts = append(parts, s+text.PrefixIfSet(" (", i.What)+map[bool]string{true: ")"}[i.What != ""])
		}
		text := strings.Join(parts, "; ")
		if n := len(items) - most; n > 0 {
			text += fmt.Sprintf("; %d more (set person)", n)
		}
		return text
	}
	for _, p := range o.People {
		fmt.Fprintf(&b, "\n%s%s%s%s%s", p.Name, text.PrefixIfSet("\n  finished: ", list(p.Finished)), text.PrefixIfSet("\n  did: ", list(p.Did)), text.PrefixIfSet("\n  in progress: ", list(p.InProgress)), text.PrefixIfSet("\n  blocked: ", list(p.Blocked)))
	}
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String() + "\n" + o.Now
}

// shownStandup is how many issues of a list the text shows for each person,
// unless the call names one.
const shownStandup = 5

// verdict sums up what all people finished, have in progress and wait for.
func (o *standupOutput) verdict() string {
	finished, inProgress, blocked := 0, 0, 0
	for _, p := range o.People {
		finished, inProgress, blocked = finished+len(p.Finished), inProgress+len(p.InProgress), blocked+len(p.Blocked)
	}
	if len(o.People) == 0 {
		return "nobody did anything, and nothing is in progress."
	}
	return fmt.Sprintf("%d people; %d issues finished, %d in progress, %d blocked or flagged.", len(o.People), finished, inProgress, blocked)
}

// Trim implements [kit.Trimmer]. It first shortens the lists of all people to the
// same length, three issues at least, and then drops the last people.
func (o *standupOutput) Trim(room *kit.Room) bool {
	const fewIssues, fewPeople = 3, 3
	all, most := slices.Clone(o.People), 0
	for _, p := range all {
		most = max(most, len(p.Did), len(p.InProgress), len(p.Finished), len(p.Blocked))
	}
	if most > fewIssues {
		o.Notes = addNote(o.Notes, "Lists are shortened; use jql with assignee for one person.")
		room.Keep(fewIssues, most-1, func(n int) {
			for i, p := range all {
				p.Did, p.InProgress = p.Did[max(0, len(p.Did)-n):], p.InProgress[:min(len(p.InProgress), n)]
				p.Finished, p.Blocked = p.Finished[max(0, len(p.Finished)-n):], p.Blocked[:min(len(p.Blocked), n)]
				o.People[i] = p
			}
		})
		return true
	}
	if len(all) <= fewPeople {
		return false
	}
	o.Notes = addNote(o.Notes, "Not all people are shown.")
	return keepFirst(room, &o.People, fewPeople)
}

// maxStandupIssues is the maximum number of issues whose histories a stand-up
// reads.
const maxStandupIssues = 1000

// standup handles jira_standup. It searches for the issues that were updated in
// the period, that are in progress, or that are flagged or blocked, and has
// package report decide from their histories who did what.
func (r *reportTools) standup(ctx context.Context, in standupInput) (*standupOutput, error) {
	about, err := resolveScope(ctx, r.Env, in.reportScope)
	if err != nil {
		return nil, err
	}
	defer jira.AskAhead(ctx, func(ctx context.Context) error { _, err := r.Names.LinkTypes(ctx); return err })()
	zone, y, err := r.zoneAndEstimation(ctx, about.board)
	if err != nil {
		return nil, err
	}
	now := r.Now()
	since, err := r.recentSince(in.Since, zone)
	if err != nil {
		return nil, err
	}
	stuck, noLinks, err := r.blockedClause(ctx, y)
	if err != nil {
		return nil, err
	}
	query := fmt.Sprintf(`(%s) AND (updated >= "%s" OR statusCategory = "In Progress"%s) ORDER BY updated DESC`, about.query, since.In(zone).Format("2006-01-02 15:04"), stuck)
	list, more, err := loadIssues(ctx, r.Env, about, query, append(y.fields(), "creator", "comment"))
	if err != nil {
		return nil, err
	}
	out := &standupOutput{Subject: about.subject, Since: since.In(zone).Format(text.DisplayTimeLayout), People: []personStandup{}, Notes: slices.Concat(about.notes, y.notes), Now: text.Now(now, zone), whole: in.Person != ""}
	if len(list) > maxStandupIssues || more {
		list = list[:min(len(list), maxStandupIssues)]
		out.Notes = append(out.Notes, fmt.Sprintf("Only the %d most recently updated issues are included.", maxStandupIssues))
	}
	var ids []string
	for _, i := range list {
		ids = append(ids, i.ID)
	}
	var histories map[string][]jira.Change
	noHistories, err := env.Secondary(ctx, "the histories of the issues", func(ctx context.Context) (err error) {
		if histories, err = loadHistories(ctx, r.Env, ids, nil); err == nil {
			err = y.history.complete(ctx, r.Env, histories)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if noHistories != "" {
		histories = nil // a part of them would count as all
		noHistories += " Changes are not listed, and the time in a status counts from the creation."
	}
	for _, missing := range []string{noLinks, noHistories} {
		if missing != "" {
			out.Notes = append(out.Notes, missing)
		}
	}
	var issues []report.Issue
	for _, i := range list {
		issues = append(issues, y.convertIssue(ctx, i, histories[i.ID]))
	}
	person := names.Fold(in.Person)
	if person == "me" {
		me, err := r.Jira.Myself(ctx)
		if err != nil {
			return nil, err
		}
		person = names.Fold(text.OneLine(me.DisplayName))
	}
	var others []string
	for _, p := range report.Standup(issues, y.isDone, since, now) {
		if !hasNamePrefix(p.Name, person) {
			others = append(others, p.Name)
			continue
		}
		out.People = append(out.People, newPersonStandup(p, teamCalendar(r.Env, zone), now))
	}
	if person != "" && len(out.People) == 0 {
		return nil, fmt.Errorf("nobody called %q has recent activity, or work in progress or blocked. People: %s", text.Shorten(in.Person, 60), text.ValueOrNone(strings.Join(others, ", ")))
	}
	out.summary = out.verdict()
	out.Notes = append(out.Notes, "Finished and did are by who made the change, whoever the assignee is; worklogs are not included.")
	return out, nil
}

// blockedClause returns the part of a query that finds assigned open issues
// that are flagged or blocked, as far as the site has the field Flagged and
// link types for blocking. It returns "" if it has neither. missing says why the
// link types are not known; "" if they are.
func (r *reportTools) blockedClause(ctx context.Context, y *estimation) (clause, missing string, _ error) {
	var parts []string
	if id, ok := strings.CutPrefix(y.flagField, "customfield_"); ok {
		parts = append(parts, "cf["+id+"] IS NOT EMPTY")
	}
	var types []jira.LinkType
	missing, err := env.Secondary(ctx, "the types of links", func(ctx context.Context) (err error) {
		types, err = r.Names.LinkTypes(ctx)
		return err
	})
	if err != nil {
		return "", "", err
	}
	for _, t := range types {
		if strings.Contains(strings.ToLower(t.Inward), "blocked by") {
			parts = append(parts, "issueLinkType = "+jql.Quote(t.Inward))
		}
	}
	if len(parts) == 0 {
		return "", missing, nil
	}
	return " OR statusCategory != Done AND assignee IS NOT EMPTY AND (" + strings.Join(parts, " OR ") + ")", missing, nil
}

// hasNamePrefix reports whether a name, or one of the words in it, begins with
// the given words. words must be in the form of [names.Fold]; "" matches every
// name.
func hasNamePrefix(name, words string) bool {
	name = names.Fold(name)
	return strings.HasPrefix(name, words) || strings.Contains(name, " "+words)
}

// newPersonStandup converts the part of one person to the output of the tool.
func newPersonStandup(p report.Person, c report.Calendar, now time.Time) personStandup {
	out := personStandup{Name: p.Name, Finished: []standupItem{}, Did: []standupItem{}, InProgress: []standupItem{}, Blocked: []standupItem{}}
	for _, d := range p.Activities {
		item := standupItem{d.Issue.Key, d.Issue.Summary, activityText(d)}
		if d.Completed {
			item.What = strings.TrimPrefix(strings.TrimPrefix(item.What, "completed"), ", ")
			out.Finished = append(out.Finished, item)
			continue
		}
		out.Did = append(out.Did, item)
	}
	for _, d := range p.InProgress {
		out.InProgress = append(out.InProgress, standupItem{d.Key, d.Summary, fmt.Sprintf("%s for %s working days", d.Status.Name, text.FormatNumber(c.WorkingDays(d.Since, now)))})
	}
	for _, i := range p.Blocked {
		what := "flagged"
		if len(i.BlockedBy) > 0 {
			what = "by " + strings.Join(i.BlockedBy, ", ")
		}
		out.Blocked = append(out.Blocked, standupItem{i.Key, i.Summary, what})
	}
	return out
}

// activityText describes what a person did to an issue, such as "filed, To Do →
// In Progress, 2 comments". Other changed fields are named only if the status
// did not change.
func activityText(d report.Activity) string {
	var parts []string
	if d.Created {
		parts = append(parts, "filed")
	}
	switch {
	case d.To != "" && d.Completed:
		parts = append(parts, "completed")
	case d.To != "" && d.To != d.From:
		parts = append(parts, d.From+" → "+d.To)
	}
	if d.Comments == 1 {
		parts = append(parts, "commented")
	} else if d.Comments > 1 {
		parts = append(parts, fmt.Sprintf("%d comments", d.Comments))
	}
	if len(d.Fields) > 0 && d.To == "" {
		parts = append(parts, "changed "+text.JoinKeys(d.Fields, 3))
	}
	return strings.Join(parts, ", ")
}
