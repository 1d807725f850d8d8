package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Markdown implements [kit.Output]. It begins with the verdict. Every figure that
// could be taken for another is explained where it stands. The text has at most
// 700 tokens for a sprint of 30 issues, without lists; a test checks that.
func (o *sprintReportOutput) Markdown(kit.Mark) string {
	var b strings.Builder
	s := o.Sprint
	fmt.Fprintf(&b, "%s, %s. %s", s.Name, s.State, o.Verdict)
	fmt.Fprintf(&b, "\n%s%s%s%s", text.ValueOrNone(strings.TrimSpace(text.DateRange(s.Start, s.End))), text.PrefixIfSet(", completed ", substring(s.CompletedAt, 0, 10)), o.timeText(), text.PrefixIfSet(" | ", o.Board))
	b.WriteString(text.PrefixIfSet("\nGoal: ", s.Goal))
	o.writeFigures(&b)
	o.writeGroups(&b)
	o.writeAttention(&b)
	b.WriteString(o.eventsText)
	for _, l := range o.Lists {
		l.write(&b, o.Unit)
	}
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	if len(o.full) == 0 {
		b.WriteString("\nMore with list: open, carried_in, epics …")
	}
	return b.String() + "\n" + o.Now
}

// timeText says how much time an active sprint has left.
func (o *sprintReportOutput) timeText() string {
	if o.Sprint.State != "active" || o.DaysTotal == 0 || o.Sprint.Start == "" {
		return ""
	}
	return fmt.Sprintf(", %s of %s working days left", text.FormatNumber(min(o.DaysLeft, o.DaysTotal)), text.FormatNumber(o.DaysTotal))
}

// unitText returns what the figures count: "issues (Story Points)", or "issues".
func (o *sprintReportOutput) unitText() string {
	if o.Unit == "" {
		return "issues"
	}
	return "issues (" + o.Unit + ")"
}

// writeFigures writes the sums as two equations: what came in and went out, and
// what became of it.
func (o *sprintReportOutput) writeFigures(b *strings.Builder) {
	all := report.Amount{Issues: o.Completed.Issues + o.NotDone.Issues, Points: o.Completed.Points + o.NotDone.Points}
	fmt.Fprintf(b, "\n%s: committed %s, added %s, removed %s", o.unitText(), o.amountText(o.Committed), o.amountText(o.Added), o.amountText(o.Removed))
	if o.Reestimated != 0 {
		fmt.Fprintf(b, ", re-estimated %+g", o.Reestimated)
	}
	fmt.Fprintf(b, "; together %s", o.amountText(all))
	if o.ScopeChangePercent != nil && o.Sprint.State != "future" {
		fmt.Fprintf(b, " (scope change %+.0f %%)", *o.ScopeChangePercent)
	}
	if o.CarriedIn.Issues > 0 {
		fmt.Fprintf(b, ". Carried in %s of these, from %s", o.amountText(o.CarriedIn), strings.Join(o.CarriedFrom, ", "))
	}
	left := "open"
	if o.Sprint.State == "closed" {
		left = "carried over"
	}
	b.WriteString("\nOf these ")
	if o.Cancelled.Issues > 0 {
		fmt.Fprintf(b, "%s cancelled (%s); of the other ", o.amountText(o.Cancelled), cutList(o.cancelled, shownKeys, "cancelled"))
		all = report.Amount{Issues: all.Issues - o.Cancelled.Issues, Points: all.Points - o.Cancelled.Points}
	}
	fmt.Fprintf(b, "%s: completed %s, %s %s", o.amountText(all), o.amountText(o.Completed), left, o.amountText(o.Open))
	if o.Sprint.State != "closed" {
		b.WriteString(o.categoryText())
	}
	var besides []string
	if o.CompletedOutside.Issues > 0 {
		besides = append(besides, fmt.Sprintf("completed outside %s, already done when added", o.amountText(o.CompletedOutside)))
	}
	if o.Subtasks > 0 {
		besides = append(besides, fmt.Sprintf("%d sub-tasks, part of their parents", o.Subtasks))
	}
	b.WriteString(text.PrefixIfSet("\nNot in these figures: ", strings.Join(besides, "; ")))
}

// cancelledKeys returns the issues that were closed without being done, each with
// its status.
func (o *sprintReportOutput) cancelledKeys() []string {
	var out []string
	for _, i := range o.Issues {
		if i.Cancelled {
			out = append(out, i.Key+" "+i.Status)
		}
	}
	return out
}

// amountWords returns an amount in words, such as "3 issues (8 Story Points)".
func (o *sprintReportOutput) amountWords(a report.Amount) string {
	s := fmt.Sprintf("%d issues", a.Issues)
	if a.Issues == 1 {
		s = "1 issue"
	}
	if o.Unit == "" {
		return s
	}
	return fmt.Sprintf("%s (%s %s)", s, text.FormatNumber(a.Points), o.Unit)
}

// categoryText splits the open issues by status category.
func (o *sprintReportOutput) categoryText() string {
	var parts []string
	for _, g := range o.ByCategory {
		if g.Left > 0 {
			parts = append(parts, g.Name+" "+o.amountText(report.Amount{Issues: g.Left, Points: g.LeftPoints}))
		}
	}
	return text.PrefixIfSet(": ", strings.Join(parts, ", "))
}

// The numbers of people, keys and events that the text shows without the
// argument list.
const shownPeople, shownKeys, shownEvents = 20, 5, 4

// limit returns how many entries of a part the text shows: all if the argument
// list names the part.
func (o *sprintReportOutput) limit(part string, most int) int {
	if slices.Contains(o.full, part) {
		return 1_000_000
	}
	return most
}

// cutList joins the first entries of a list and gives the number of the others,
// with the argument that shows them.
func cutList(list []string, most int, part string) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more (list: %s)", strings.Join(list[:most], ", "), len(list)-most, part)
}

// writeGroups writes what each person has done and what is left for them, and,
// if the argument list names it, the progress by type and by epic.
func (o *sprintReportOutput) writeGroups(b *strings.Builder) {
	var people []string
	for _, g := range o.ByAssignee {
		if g.Done+g.Left == 0 { // only closed without being done
			continue
		}
		people = append(people, fmt.Sprintf("%s %s / %s", g.Name, o.amountText(report.Amount{Issues: g.Done, Points: g.DonePoints}), o.leftText(g)))
	}
	if len(people) > 0 {
		fmt.Fprintf(b, "\nPeople, done / left: %s", cutList(people, o.limit("people", shownPeople), "people"))
	}
	for _, g := range []struct {
		name, part string
		list       []report.Group
	}{{"Types, done/total", "types", o.ByType}, {"Epics, done/total", "epics", o.ByEpic}} {
		var parts []string
		for _, one := range g.list {
			parts = append(parts, fmt.Sprintf("%s %d/%d", one.Name, one.Done, one.Issues))
		}
		if len(parts) > 0 && slices.Contains(o.full, g.part) {
			fmt.Fprintf(b, "\n%s: %s", g.name, strings.Join(parts, ", "))
		}
	}
}

// leftText returns what is left for a person. Work without an estimate is named,
// since it is not zero work.
func (o *sprintReportOutput) leftText(g report.Group) string {
	switch {
	case o.Unit == "" || g.Left == 0 || g.Unestimated == 0:
		return o.amountText(report.Amount{Issues: g.Left, Points: g.LeftPoints})
	case g.Unestimated == g.Left:
		return fmt.Sprintf("%d (not estimated)", g.Left)
	}
	return fmt.Sprintf("%d (%s, %d not estimated)", g.Left, text.FormatNumber(g.LeftPoints), g.Unestimated)
}

// writeAttention writes one line for each list of attentionLists that is not
// empty.
func (o *sprintReportOutput) writeAttention(b *strings.Builder) {
	for _, part := range []struct {
		name string
		list []string
	}{{"Flagged", o.Attention.Flagged}, {"Blocked", o.Attention.Blocked}, {"Overdue", o.Attention.Overdue}, {"Longest in status, working days", o.Attention.Waiting}, {"Not estimated", o.Attention.Unestimated},
		{"Unassigned", o.Attention.Unassigned}, {fmt.Sprintf("Untouched for %d working days", staleWorkingDays), o.Attention.Untouched}} {
		if len(part.list) > 0 {
			fmt.Fprintf(b, "\n%s: %s", part.name, cutList(part.list, o.limit("attention", shownKeys), "attention"))
		}
	}
}

// formatEvents describes the changes of scope and, for an active sprint, the
// events since the given moment.
func (o *sprintReportOutput) formatEvents() string {
	var b strings.Builder
	var scope []string
	for _, c := range o.ScopeChanges {
		by := c.By
		if !slices.Contains(o.full, "scope") {
			by = ""
		}
		scope = append(scope, fmt.Sprintf("%s %s %s%s", substring(c.At, 5, 10), c.Kind, c.Key, text.PrefixIfSet(" by ", by)))
	}
	if len(scope) > 0 {
		fmt.Fprintf(&b, "\nScope: %s", kit.Line(joinLast(scope, o.limit("scope", shownEvents), "scope")))
	}
	if o.Sprint.State == "active" {
		fmt.Fprintf(&b, "\nSince %s: %s", substring(o.Since, 5, 16), text.ValueOrNone(kit.Line(joinLast(summariseEvents(o.Events), o.limit("events", shownEvents), "events"))))
	}
	return b.String()
}

// summariseEvents returns one line for each issue that had an event: its first
// and last status if its status changed, otherwise its last event. For example,
// the events "To Do → In Progress" and "In Progress → Done" of PAY-4 become
// "PAY-4 To Do → Done by Ana Silva". The lines are in the order of each issue's
// first event.
func summariseEvents(events []eventView) []string {
	// summary collects the events of one issue.
	type summary struct {
		key, from, to, by, what string
	}
	var all []*summary
	for _, e := range events {
		n := slices.IndexFunc(all, func(w *summary) bool { return w.key == e.Key })
		if n < 0 {
			n = len(all)
			all = append(all, &summary{key: e.Key})
		}
		w := all[n]
		if e.status {
			from, to, _ := strings.Cut(e.What, " → ")
			if w.from == "" {
				w.from = from
			}
			w.to, w.by = to, e.By
		}
		w.what = e.What + text.PrefixIfSet(" by ", e.By)
	}
	var out []string
	for _, w := range all {
		if w.to != "" {
			w.what = fmt.Sprintf("%s → %s by %s", w.from, w.to, w.by)
		}
		out = append(out, w.key+" "+w.what)
	}
	return out
}

// joinLast joins the last entries of a list, after the number of the earlier
// ones and the argument that shows them.
func joinLast(list []string, most int, part string) string {
	if n := len(list) - most; n > 0 {
		return fmt.Sprintf("%d earlier (list: %s); ", n, part) + strings.Join(list[n:], "; ")
	}
	return strings.Join(list, "; ")
}
