package agile

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// getBacklogInput holds the arguments of jira_get_backlog.
type getBacklogInput struct {
	Board   string `json:"board,omitempty" doc:"name or number" loose:"true" min:"1"`
	Project string `json:"project,omitempty" doc:"or its project"`
	Skip    int    `json:"skip,omitempty" min:"0"`
	Limit   int    `json:"limit,omitempty" min:"1" max:"100" default:"25"`
}

// getBacklogOutput is the result of jira_get_backlog: one page of a backlog,
// with totals over all of it.
type getBacklogOutput struct {
	Board  string        `json:"board"`
	Issues []backlogItem `json:"issues"`
	// Total, Points and Unestimated are over all issues that were read, at most
	// maxBacklogIssues, and not over the page in Issues.
	Total int `json:"total"`
	// Capped reports that the backlog has more than maxBacklogIssues issues.
	Capped      bool    `json:"capped,omitempty"`
	Points      float64 `json:"points"`
	Unestimated int     `json:"unestimated"`
	// Unit is the name of the estimation field, "hours" for a field of time, or
	// "" on a board that counts issues.
	Unit string `json:"unit,omitempty"`
	// NextSkip is the skip argument for the next page, or 0 on the last one.
	NextSkip int    `json:"next_skip,omitempty"`
	Note     string `json:"note,omitempty"`

	// skip is the skip argument of this call; Trim computes NextSkip from it.
	skip int
}

// backlogItem is one issue of a backlog.
type backlogItem struct {
	Position int      `json:"place"` // position in the whole backlog, from 1
	Key      string   `json:"key"`
	Type     string   `json:"type"`
	Summary  string   `json:"summary"`
	Status   string   `json:"status"`
	Estimate *float64 `json:"estimate,omitempty"` // in the unit of the output; nil if not estimated
	Assignee string   `json:"assignee,omitempty"`
}

// maxBacklogIssues is the maximum number of issues of a backlog that one call
// reads. All of them are read, whatever the page, because the totals need them.
const maxBacklogIssues = 2000

// Markdown implements [kit.Output]: a line with the totals, then one line an
// issue.
func (o *getBacklogOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	total := strconv.Itoa(o.Total)
	if o.Capped {
		total = "more than " + total
	}
	fmt.Fprintf(&b, "Backlog of %s: %s issues", o.Board, total)
	if o.Unit != "" {
		fmt.Fprintf(&b, ", %s %s, %d not estimated", text.FormatNumber(o.Points), o.Unit, o.Unestimated)
	}
	b.WriteByte('.')
	for _, i := range o.Issues {
		fmt.Fprintf(&b, "\n%d. %s | %s | %s | %s", i.Position, i.Key, i.Type, i.Summary, i.Status)
		if o.Unit != "" {
			b.WriteString(" | " + estimateText(i.Estimate))
		}
		b.WriteString(text.PrefixIfSet(" | ", i.Assignee))
	}
	if o.NextSkip > 0 {
		fmt.Fprintf(&b, "\nMore: skip %d", o.NextSkip)
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note))
	return b.String()
}

// Trim implements [kit.Trimmer]. It drops the end of the page and sets NextSkip,
// so that the next call continues there.
func (o *getBacklogOutput) Trim(room *kit.Room) bool {
	all := o.Issues
	if len(all) < 2 {
		return false
	}
	room.Keep(1, len(all)-1, func(n int) { o.Issues, o.NextSkip = all[:n], o.skip+n })
	return true
}

// estimateText returns an estimate as text, or a dash for an issue without one.
func estimateText(f *float64) string {
	if f == nil {
		return "–"
	}
	return text.FormatNumber(*f)
}

// backlog handles jira_get_backlog. It reads the whole backlog for the totals
// and keeps the issues from skip on, at most limit. If the board's
// configuration cannot be read, a note says so: see [EstimatesOf].
func (b *boardTools) backlog(ctx context.Context, in getBacklogInput) (*getBacklogOutput, error) {
	board, err := FindBoard(ctx, b.Env, in.Board, in.Project)
	if err != nil {
		return nil, err
	}
	out := &getBacklogOutput{Board: board.Name, Issues: []backlogItem{}, skip: in.Skip}
	var config jira.BoardConfiguration
	missing := ""
	if board.Type != "kanban" { // a Kanban board has no estimates
		defer jira.AskAhead(ctx, func(ctx context.Context) error { _, err := b.Names.Fields(ctx); return err })()
		if config, missing, err = Configuration(ctx, b.Env, board); err != nil {
			return nil, err
		}
	}
	estimates := EstimatesOf(ctx, b.Env, board, config)
	out.Unit, out.Note = estimates.Unit, strings.TrimSpace(missing+" "+estimates.Note)
	fields := append([]string{"summary", "issuetype", "status", "assignee"}, estimates.Fields...)
	for issue, err := range b.Jira.Backlog(ctx, board.ID, fields) {
		if err != nil {
			return nil, err
		}
		if out.Capped = out.Total == maxBacklogIssues; out.Capped {
			break
		}
		out.Total++
		item := backlogItem{Position: out.Total, Key: issue.Key, Type: names.Format(issue.Fields["issuetype"]), Summary: text.OneLine(names.Format(issue.Fields["summary"])),
			Status: names.Format(issue.Fields["status"]), Assignee: names.Format(issue.Fields["assignee"])}
		if item.Estimate = estimates.of(ctx, issue); item.Estimate != nil {
			out.Points += *item.Estimate
		} else {
			out.Unestimated++
		}
		if out.Total > in.Skip && len(out.Issues) < in.Limit {
			out.Issues = append(out.Issues, item)
		}
	}
	if shown := in.Skip + len(out.Issues); shown < out.Total {
		out.NextSkip = shown
	}
	return out, nil
}

// of returns the estimate of an issue in the unit that people see, or nil.
func (e Estimates) of(ctx context.Context, issue jira.Issue) *float64 {
	for _, id := range e.Fields {
		if v, ok := jira.Number(ctx, issue, id); ok {
			if e.InSeconds() {
				v /= 3600
			}
			return &v
		}
	}
	return nil
}

// IsTimeField reports whether an estimation field holds time. Jira stores time
// in seconds, and the tools show it in hours.
func IsTimeField(field string) bool {
	return field == "timeoriginalestimate" || field == "timeestimate"
}
