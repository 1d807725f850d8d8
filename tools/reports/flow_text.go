package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// verdict says whether more work comes in than goes out.
func (o *flowOutput) verdict() string {
	switch {
	case o.Created > o.Resolved:
		return "More work came in than was finished"
	case o.Created < o.Resolved:
		return "More work was finished than came in"
	}
	return "As much work was finished as came in"
}

// Markdown implements [kit.Output].
func (o *flowOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	weekly := "no whole week in the period"
	if o.Weekly != nil {
		weekly = text.FormatNumber(*o.Weekly) + " a week"
	}
	if o.NotRead != "" {
		b.WriteString(o.NotRead + "\n")
	}
	fmt.Fprintf(&b, "Flow of %s, %s to %s. %s: %d created, %d resolved (%s), %d open %s", o.Subject, o.From, o.To, o.verdict(), o.Created, o.Resolved, weekly, o.Open, map[bool]string{false: "now", true: "at the end"}[o.past])
	if o.GivenUp > 0 {
		fmt.Fprintf(&b, ", %d given up", o.GivenUp)
	}
	spread := func(s report.Distribution) string {
		if s.Count == 0 {
			return "none"
		}
		return fmt.Sprintf("median %s, 85 %% within %s, 95 %% within %s (of %d)", text.FormatNumber(s.Median), text.FormatNumber(s.P85), text.FormatNumber(s.P95), s.Count)
	}
	fmt.Fprintf(&b, "\nCycle time, days: %s\nLead time, days: %s", spread(o.Cycle), spread(o.Lead))
	for _, t := range o.ByType[:min(len(o.ByType), 5)] {
		fmt.Fprintf(&b, "\n  %s: cycle median %s; lead median %s, 85 %% within %s", t.Type, text.FormatNumber(t.Cycle.Median), text.FormatNumber(t.Lead.Median), text.FormatNumber(t.Lead.P85))
	}
	var parts []string
	for _, s := range o.InStatus[:min(len(o.InStatus), 6)] {
		parts = append(parts, s.Status+" "+text.FormatNumber(s.Days))
	}
	b.WriteString(text.PrefixIfSet("\nMean days in status: ", strings.Join(parts, ", ")))
	parts = nil
	for _, w := range o.WIP[:min(len(o.WIP), shownInProgress)] {
		parts = append(parts, fmt.Sprintf("%s %s d (%s%s)", w.Key, text.FormatNumber(w.Days), w.Status, text.PrefixIfSet(", ", w.Assignee)))
	}
	fmt.Fprintf(&b, "\nIn progress: %d%s", o.InProgressCount, text.PrefixIfSet("; oldest ", strings.Join(parts, ", ")))
	b.WriteString(o.weeksText)
	switch f := o.Forecast; {
	case f == nil:
	case f.NoThroughput:
		b.WriteString("\nNo forecast: nothing was resolved in the past weeks it would use.")
	default:
		fmt.Fprintf(&b, "\nForecast for %d open: 50 %% likely by %s, 85 %% by %s, 95 %% by %s (10,000 simulation runs over %d past weeks%s; assumes no new issues)", f.Open, forecastDay(f.P50), forecastDay(f.P85), forecastDay(f.P95), f.Weeks, map[bool]string{true: ", too few to rely on"}[f.Weeks < minReliableWeeks])
	}
	b.WriteString(issuesQuery(o.InProgressCount > shownInProgress && !o.past, "("+o.Query+`) AND statusCategory = "In Progress"`))
	for _, n := range o.Notes {
		b.WriteString("\n" + n)
	}
	return b.String() + "\n" + o.Now
}

// shownInProgress is how many of the oldest issues in progress the text shows.
const shownInProgress = 5

// forecastDay returns a date of a forecast as text. An empty date lies beyond
// the ten years that a forecast simulates.
func forecastDay(day string) string {
	if day == "" {
		return "no day within ten years"
	}
	return day
}

// shownWeeks is the number of weeks that the text of a flow report lists.
const shownWeeks = 6

// lastWeeksText returns the line with the last weeks, each with its Monday and its
// numbers of created and resolved issues, such as "03-02 13/4, 03-09 29/8". It says
// if they are not all weeks of the period, and which are only partly in it. Mondays
// of another year include the year.
func lastWeeksText(all []report.Week, now time.Time) string {
	list := all[max(0, len(all)-shownWeeks):]
	var parts []string
	for n, w := range list {
		day := w.Monday
		if strings.HasPrefix(day, now.Format("2006-")) {
			day = day[5:]
		}
		part := fmt.Sprintf("%s %d/%d", day, w.Created, w.Resolved)
		if isEnd := n == len(list)-1 || n == 0 && len(list) == len(all); isEnd && !w.Whole {
			part += " (in part)"
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return ""
	}
	which := ""
	if len(list) < len(all) {
		which = fmt.Sprintf(", the last %d of %d weeks", len(list), len(all))
	}
	return fmt.Sprintf("\nCreated/resolved by week%s: %s", which, strings.Join(parts, ", "))
}
