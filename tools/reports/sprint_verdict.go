package reports

import (
	"fmt"
	"math"

	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
)

// verdict returns how the sprint stands, in one or two sentences: whether it is
// on track, by how much not, and why.
func (o *sprintReportOutput) verdict() string {
	switch o.Sprint.State {
	case "future":
		return "Not started: " + o.amountWords(o.Committed) + " planned."
	case "closed":
		return o.closedVerdict()
	}
	return o.activeVerdict() + o.unestimatedText()
}

// closedVerdict says how much of the work a closed sprint completed.
func (o *sprintReportOutput) closedVerdict() string {
	done, all := o.measure(o.Completed), o.measure(o.Completed)+o.measure(o.Open)
	switch {
	case all == 0 && o.Completed.Issues+o.Open.Issues > 0: // in points, but none is left
		done, all = float64(o.Completed.Issues), float64(o.Completed.Issues+o.Open.Issues)
	case all == 0:
		return "It had no issues."
	}
	s := fmt.Sprintf("Completed %s of %s %s (%.0f %%)", text.FormatNumber(done), text.FormatNumber(all), o.unit(), 100*done/all)
	if o.Open.Issues == 0 {
		return s + ", nothing was carried over."
	}
	return s + ", carried over " + o.amountWords(o.Open) + "."
}

// activeVerdict compares the pace so far with the pace that is needed to complete
// the rest. Without an end, or without a working day left, there is no needed
// pace.
func (o *sprintReportOutput) activeVerdict() string {
	done, open := o.measure(o.Completed), o.measure(o.Open)
	all := done + open
	progress := fmt.Sprintf("%s of %s %s are done", text.FormatNumber(done), text.FormatNumber(all), o.unit())
	needed := fmt.Sprintf("%s a working day are needed, %s were reached", text.FormatNumber(o.NeededPace), text.FormatNumber(o.Pace))
	stay := open - o.Pace*o.DaysLeft
	switch {
	case o.Completed.Issues+o.Open.Issues == 0:
		return "It has no issues."
	case o.Open.Issues == 0:
		return "Everything is done: " + o.amountWords(o.Completed) + "."
	case o.Sprint.Start == "" || o.Sprint.End == "":
		return progress + "; the sprint lacks a start or end date, so no pace can be required."
	case o.DaysLeft == 0:
		return fmt.Sprintf("Over time: %s, and no working day is left.", progress)
	case o.DaysLeft < 0.1:
		return fmt.Sprintf("Nearly over: %s, and less than an hour of work is left.", progress)
	case o.DaysElapsed < 0.1:
		return fmt.Sprintf("Just started: %s; %s a working day are needed.", progress, text.FormatNumber(o.NeededPace))
	case stay < 0.5:
		return fmt.Sprintf("On track: %s after %.0f %% of the time; %s.", progress, o.timeGone(), needed)
	}
	return fmt.Sprintf("Behind: %s after %.0f %% of the time; %s. At this pace about %.0f stay open.", progress, o.timeGone(), needed, math.Max(stay, 1))
}

// unestimatedText warns that points do not show all of what is left.
func (o *sprintReportOutput) unestimatedText() string {
	if n := len(o.Attention.Unestimated); n > 0 {
		return fmt.Sprintf(" %d of the %d open issues have no estimate, so more is left than the points show.", n, o.Open.Issues)
	}
	return ""
}

// timeGone returns how much of the sprint's working time has passed, in per cent.
func (o *sprintReportOutput) timeGone() float64 {
	return 100 * math.Min(o.DaysElapsed/o.DaysTotal, 1)
}

// unit returns what the sprint is measured in.
func (o *sprintReportOutput) unit() string {
	if o.Unit == "" {
		return "issues"
	}
	return o.Unit
}

// measure returns an amount in the sprint's unit.
func (o *sprintReportOutput) measure(a report.Amount) float64 {
	if o.Unit == "" {
		return float64(a.Issues)
	}
	return a.Points
}
