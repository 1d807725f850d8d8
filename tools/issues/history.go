package issues

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/form"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// historyTools is the receiver of jira_get_history.
type historyTools struct{ env.Env }

// newHistoryTools returns the receiver of the history tools for one user.
func newHistoryTools(e env.Env) *historyTools { return &historyTools{e} }

// defineHistoryTools declares jira_get_history.
func defineHistoryTools() []kit.Tool {
	return kit.Group(newHistoryTools,
		kit.Define(kit.Spec{
			Name: "jira_get_history", Title: "Get an issue's history", Effect: kit.Read, Toolset: "issues", Default: true,
			Description: "Get an issue's history: who changed what and when, newest first, and how long it was in each status. Comments are in jira_get_issue.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpGetIssue, jira.OpChangelog, jira.OpMyself), Optional: operation.Keys(jira.OpBulkChangelogs),
		}, (*historyTools).history),
	)
}

// historyInput holds the arguments of jira_get_history.
type historyInput struct {
	Issue  string   `json:"issue" doc:"key"`
	Fields []string `json:"fields,omitempty" doc:"only these, by name" max:"20"`
	Since  string   `json:"since,omitempty" doc:"2026-01-31, 2 weeks ago"`
	Skip   int      `json:"skip,omitempty" min:"0" doc:"changes to skip, from the last answer"`
}

// Describe implements [kit.Describer].
func (in historyInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issue)}
}

// historyOutput is the result of jira_get_history: changes of single fields,
// newest first, and the time in each status. Total counts the changes that
// match the call's fields and period.
type historyOutput struct {
	Issue    string       `json:"issue"`
	Created  string       `json:"created"`
	Changes  []changeView `json:"changes"`
	Total    int          `json:"total"`
	Next     int          `json:"next_skip,omitempty"`
	NotRead  string       `json:"not_read,omitempty"` // which edits are missing in what follows
	Statuses []statusTime `json:"time_in_status,omitempty"`
	Note     string       `json:"note,omitempty"`

	skip int
}

// changeView is the change of one field. One edit in Jira can change several.
type changeView struct {
	At    string `json:"at"`
	By    string `json:"by"`
	Field string `json:"field"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// statusTime is the time that an issue spent in a status, in calendar time. Now
// marks the present status.
type statusTime struct {
	Status  string `json:"status"`
	Time    string `json:"time"`
	Seconds int64  `json:"seconds"`
	Now     bool   `json:"now,omitempty"`
}

// historyPage is the number of changes in one answer, and maxChanges the
// maximum number of edits read from Jira.
const (
	historyPage = 200
	maxChanges  = 10_000
)

// Markdown implements [kit.Output]. Changes by the same person at the same time
// share one heading.
func (o *historyOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, created %s%s", o.Issue, o.Created, text.PrefixIfSet("\n", o.NotRead))
	for n, s := range o.Statuses {
		b.WriteString([]string{"\nTime in status: ", "; "}[min(n, 1)] + s.Status + " " + s.Time)
		if s.Now {
			b.WriteString(" (now)")
		}
	}
	if len(o.Changes) == 0 {
		b.WriteString("\nNo changes.")
	}
	last := ""
	for _, c := range o.Changes {
		if head := c.At + " " + c.By; head != last {
			b.WriteString("\n" + head)
			last = head
		}
		fmt.Fprintf(&b, "\n  %s: %s → %s", c.Field, text.ValueOrEmpty(c.From), text.ValueOrEmpty(c.To))
	}
	if o.Next > 0 {
		fmt.Fprintf(&b, "\n%d–%d of %d; more: skip %d", o.skip+1, o.skip+len(o.Changes), o.Total, o.Next)
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note))
	return b.String()
}

// Trim implements [kit.Trimmer]: it removes the oldest changes and moves
// next_skip accordingly.
func (o *historyOutput) Trim(room *kit.Room) bool {
	all := o.Changes
	if len(all) < 2 {
		return false
	}
	room.Keep(1, len(all)-1, func(n int) { o.Changes, o.Next = all[:n], o.skip+n })
	return true
}

// history returns the changes of an issue, newest first, and the time in each
// status. The newest maxChanges edits are read; NotRead says what is missing. The
// time in each status is computed from all of them, whatever period and fields
// the call selects. A field can be given by id or by
// the display name that it had in the change. If no change matches, the note
// lists the fields that did change.
func (h *historyTools) history(ctx context.Context, in historyInput) (*historyOutput, error) {
	key, err := keys.Parse(in.Issue)
	if err != nil {
		return nil, err
	}
	if in.Since != "" { // a wrong date is wrong in any time zone, and needs no request
		if _, _, err := parsePeriod(in.Since, "", h.Now()); err != nil {
			return nil, err
		}
	}
	issue, history, zone, err := h.read(ctx, key)
	if err != nil {
		return nil, err
	}
	var since time.Time
	if in.Since != "" {
		if since, _, err = parsePeriod(in.Since, "", h.Now().In(zone)); err != nil {
			return nil, err
		}
	}
	changes := history.Changes
	out := &historyOutput{Issue: issue.Key, Created: text.LocalTime(names.Format(issue.Fields["created"]), zone), Changes: []changeView{}, skip: in.Skip, Note: understoodPeriod(in.Since, "", since, time.Time{})}
	out.Statuses = timeInStatus(issue, history, h.Now())
	switch {
	case history.Gaps > 0:
		out.NotRead = fmt.Sprintf("Jira counts %d more edits than it returned: changes may be missing, and the time in each status is not known.", history.Gaps)
	case history.Older > 0:
		out.NotRead = fmt.Sprintf("The %d oldest edits were not read; the changes and the times begin on %s.", history.Older, text.LocalTime(changes[0].Created, zone))
	case history.Newer:
		out.NotRead = fmt.Sprintf("Only the %d oldest edits were read, since Jira did not say how many there are. Newer changes and the time in each status are not known.", len(changes))
	}
	var wanted []changeView
	seen := map[string]bool{}
	for _, c := range slices.Backward(changes) {
		at, timeErr := time.Parse(jira.TimeLayout, c.Created)
		if timeErr == nil && at.Before(since) {
			break
		}
		for _, item := range c.Items {
			seen[item.Field] = true
			if len(in.Fields) > 0 && !slices.ContainsFunc(in.Fields, func(f string) bool {
				return form.IsField(item, f, f) || names.IsCalled(f, item.Field, issue.Names[item.FieldID])
			}) {
				continue
			}
			wanted = append(wanted, changeView{At: text.LocalTime(c.Created, zone), By: form.AuthorName(c), Field: item.Field, From: text.Shorten(text.OneLine(item.From), 300), To: text.Shorten(text.OneLine(item.To), 300)})
		}
	}
	out.Total = len(wanted)
	if len(wanted) == 0 && len(seen) > 0 && len(in.Fields) > 0 {
		out.Note = strings.TrimSpace("Changed fields: " + strings.Join(slices.Sorted(maps.Keys(seen)), ", ") + ". " + out.Note)
	}
	wanted = wanted[min(in.Skip, len(wanted)):]
	if len(wanted) > historyPage {
		wanted, out.Next = wanted[:historyPage], in.Skip+historyPage
	}
	out.Changes = append(out.Changes, wanted...)
	return out, nil
}

// read reads an issue, its history and the user's time zone at the same time. Of
// several errors it returns that of the issue.
func (h *historyTools) read(ctx context.Context, key string) (issue jira.Issue, history jira.History, zone *time.Location, err error) {
	var unread, noZone error
	jira.Together(
		func() {
			issue, err = h.Jira.GetIssue(ctx, key, []string{"created", "status"}, []string{"names"})
		},
		func() { history, unread = h.Jira.NewestChanges(ctx, key, maxChanges) },
		func() { zone, noZone = h.ShownZone(ctx) })
	for _, other := range []error{noZone, unread} {
		if err == nil {
			err = other
		}
	}
	return issue, history, zone, err
}

// timeInStatus returns the time that an issue spent in each status, from its
// creation until now, in the order in which it first entered them. Several
// stays in one status are added up.
//
// Times are grouped by status id, so that a renamed status is one entry under its
// newest name. Items without ids are grouped by name.
//
// Jira records no change for the creation. The first status is therefore the
// one from which the first change of status leads away, or the present status
// if there is no such change. For example:
//
//	created 09:00, To Do → In Progress at 10:00, now 12:00
//	→ To Do 1h, In Progress 2h
//
// If older changes were not read, the times begin with the first one that was. It
// returns nil if others may be missing, or if that moment cannot be parsed.
func timeInStatus(issue jira.Issue, history jira.History, now time.Time) []statusTime {
	changes, begin := history.Changes, names.Format(issue.Fields["created"])
	if history.Older > 0 && len(changes) > 0 && history.Gaps == 0 {
		begin = changes[0].Created
	}
	from, err := time.Parse(jira.TimeLayout, begin)
	if err != nil || history.Newer || history.Gaps > 0 {
		return nil
	}
	status, _ := jira.Value[jira.Status](issue.Fields, "status")
	present := cmp.Or(status.Name, names.Format(issue.Fields["status"]))
	current := newestStatusNames(changes)
	if status.ID != "" {
		current[status.ID] = present
	}
	shown := func(name string) string { // histories keep the original name
		if names.IsCalled(name, status.Names()...) {
			return present
		}
		return name
	}
	var out []statusTime
	add := func(id, name string, d time.Duration) {
		name = shown(cmp.Or(current[id], name))
		if i := slices.IndexFunc(out, func(s statusTime) bool { return s.Status == name }); i >= 0 {
			out[i].Seconds += int64(max(d, 0).Seconds())
			return
		}
		out = append(out, statusTime{Status: name, Seconds: int64(max(d, 0).Seconds())})
	}
	lastID, last := status.ID, present
	for _, c := range changes {
		for _, item := range c.Items {
			at, err := time.Parse(jira.TimeLayout, c.Created)
			if !form.IsField(item, "status", "status") || err != nil {
				continue
			}
			add(item.FromID, item.From, at.Sub(from))
			from, lastID, last = at, item.ToID, item.To
		}
	}
	add(lastID, cmp.Or(last, present), now.Sub(from))
	for n := range out {
		out[n].Time = formatElapsed(time.Duration(out[n].Seconds) * time.Second)
		out[n].Now = out[n].Status == present
	}
	return out
}

// newestStatusNames returns the name that each status has in the newest change, by
// id. The changes are ordered from the oldest.
func newestStatusNames(changes []jira.Change) map[string]string {
	out := map[string]string{}
	for _, c := range changes {
		for _, item := range c.Items {
			if !form.IsField(item, "status", "status") {
				continue
			}
			for id, name := range map[string]string{item.FromID: item.From, item.ToID: item.To} {
				if id != "" {
					out[id] = name
				}
			}
		}
	}
	return out
}

// formatElapsed formats calendar time with its two largest units: "3d 4h", "4h
// 5m" or "5m". A day has 24 hours here, unlike in Jira's worklogs.
func formatElapsed(d time.Duration) string {
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%dd %dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh %dm", hours, minutes)
	}
	return fmt.Sprintf("%dm", minutes)
}
