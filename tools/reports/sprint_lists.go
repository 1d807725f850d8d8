package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
)

// issueList is the issues behind one figure of a sprint report.
type issueList struct {
	Name   string        `json:"name"` // a value of the argument list
	Issues []SprintIssue `json:"issues"`

	total int // how many there are, before Trim shortens the list
}

// figures are the values of the argument list that stand for issues, with the
// items that belong to each.
var figures = map[string]func(report.Item) bool{
	"committed":         func(i report.Item) bool { return i.Committed },
	"added":             func(i report.Item) bool { return i.Added },
	"removed":           func(i report.Item) bool { return i.Outcome == report.Removed },
	"completed":         func(i report.Item) bool { return i.Outcome == report.Completed },
	"open":              isOpen,
	"cancelled":         func(i report.Item) bool { return i.Cancelled },
	"carried_in":        func(i report.Item) bool { return i.CarriedFrom != "" },
	"carried_over":      isOpen, // once the sprint is closed
	"completed_outside": func(i report.Item) bool { return i.Outcome == report.CompletedOutside },
}

// isOpen reports whether an item is left to do.
func isOpen(i report.Item) bool { return i.Outcome == report.NotDone && !i.Cancelled }

// setLists fills in the lists of issues that the argument list names.
func (o *sprintReportOutput) setLists(s *report.SprintReport) {
	for _, name := range o.full {
		belongs := figures[name]
		if belongs == nil || slices.ContainsFunc(o.Lists, func(l issueList) bool { return l.Name == name }) {
			continue
		}
		l := issueList{Name: name, Issues: []SprintIssue{}}
		for n, i := range s.Items { // o.Issues has the same order
			if !belongs(i) {
				continue
			}
			one := o.Issues[n]
			if name == "committed" || name == "added" || name == "carried_in" { // these figures count the estimate at entry
				one.Points = nil
				if i.Estimate != nil || i.InitialEstimate != 0 {
					one.Points = &i.InitialEstimate
				}
			}
			l.Issues = append(l.Issues, one)
		}
		l.total = len(l.Issues)
		o.Lists = append(o.Lists, l)
	}
}

// write writes the list: a line for each issue.
func (l issueList) write(b *strings.Builder, unit string) {
	fmt.Fprintf(b, "\n%s, %d:", strings.ReplaceAll(l.Name, "_", " "), l.total)
	for _, i := range l.Issues {
		fmt.Fprintf(b, "\n  %s %s | %s | %s", i.Key, i.Summary, OrNobody(i.Assignee), i.Status)
		switch {
		case unit == "":
		case i.Points == nil:
			b.WriteString(" | not estimated")
		default:
			b.WriteString(" | " + text.FormatNumber(*i.Points))
		}
		if i.Outcome == string(report.Removed) && l.Name != "removed" {
			b.WriteString(" | removed")
		}
		if l.Name == "carried_in" {
			b.WriteString(" | from " + i.CarriedFrom)
		}
	}
}
