package agile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// epicTools has the tool that reports the progress of an epic.
type epicTools struct{ env.Env }

// newEpicTools returns the epic tools of one Jira user.
func newEpicTools(e env.Env) *epicTools { return &epicTools{e} }

// defineEpicTools declares the tools for epics.
func defineEpicTools() []kit.Tool {
	return kit.Group(newEpicTools,
		kit.Define(kit.Spec{
			Name: "jira_get_epic", Title: "Get an epic's progress", Effect: kit.Read, Toolset: "boards",
			Description: "Get an epic with its children and its progress, by count and by points.",
			Permissions: []string{"BROWSE_PROJECTS"},
			Requires:    operation.Keys(jira.OpGetIssue, jira.OpSearch, jira.OpFields), Optional: operation.Keys(jira.OpCreatableIssueTypes, jira.OpSearchProjects),
		}, (*epicTools).get),
	)
}

// epicInput holds the arguments of jira_get_epic.
type epicInput struct {
	Epic    string `json:"epic" doc:"key, or summary with project"`
	Project string `json:"project,omitempty"`
	Limit   int    `json:"limit,omitempty" min:"0" max:"100" default:"25" doc:"children shown, open ones first"`
}

// epicOutput is the result of jira_get_epic. The amounts and Unestimated are
// over all children that were read, at most maxEpicChildren; Children lists
// only the first of them, open ones before done ones.
type epicOutput struct {
	Key        string        `json:"key"`
	Summary    string        `json:"summary"`
	Status     string        `json:"status"`
	Due        string        `json:"due,omitempty"`
	Assignee   string        `json:"assignee,omitempty"`
	URL        string        `json:"url,omitempty"`
	ToDo       report.Amount `json:"to_do"`
	InProgress report.Amount `json:"in_progress"`
	Done       report.Amount `json:"done"`
	// Unestimated is the number of children without story points.
	Unestimated int         `json:"unestimated"`
	Children    []epicChild `json:"children"`
	// NotShown is the number of children that were read and are not in
	// Children.
	NotShown int    `json:"not_shown,omitempty"`
	Note     string `json:"note,omitempty"`
}

// epicChild is one child issue of an epic.
type epicChild struct {
	Key      string   `json:"key"`
	Type     string   `json:"type"`
	Summary  string   `json:"summary"`
	Status   string   `json:"status"`
	Category string   `json:"category"`
	Points   *float64 `json:"points,omitempty"`
	Assignee string   `json:"assignee,omitempty"`
}

// maxEpicChildren is the maximum number of children of an epic that one call
// reads.
const maxEpicChildren = 1000

// Markdown implements [kit.Output]: the epic, its progress by count and by
// points, then one line a child.
func (o *epicOutput) Markdown(m kit.Mark) string {
	var b strings.Builder
	all := report.Amount{Issues: o.ToDo.Issues + o.InProgress.Issues + o.Done.Issues, Points: o.ToDo.Points + o.InProgress.Points + o.Done.Points}
	fmt.Fprintf(&b, "%s %s | %s%s%s\n%s\n", o.Key, o.Summary, o.Status, text.PrefixIfSet(" | due ", o.Due), text.PrefixIfSet(" | ", o.Assignee), o.URL)
	fmt.Fprintf(&b, "Done: %d of %d issues", o.Done.Issues, all.Issues)
	if all.Points > 0 {
		fmt.Fprintf(&b, ", %s of %s points (%.0f %%)", text.FormatNumber(o.Done.Points), text.FormatNumber(all.Points), 100*o.Done.Points/all.Points)
	}
	fmt.Fprintf(&b, ". In progress: %d. To do: %d. Not estimated: %d.", o.InProgress.Issues, o.ToDo.Issues, o.Unestimated)
	for _, c := range o.Children {
		fmt.Fprintf(&b, "\n%s | %s | %s | %s | %s%s", c.Key, c.Type, c.Summary, c.Status, estimateText(c.Points), text.PrefixIfSet(" | ", c.Assignee))
	}
	if o.NotShown > 0 {
		fmt.Fprintf(&b, "\n%d more are not shown: raise limit, or search with the JQL parent = %s.", o.NotShown, o.Key)
	}
	b.WriteString(text.PrefixIfSet("\n", o.Note))
	return b.String()
}

// get handles jira_get_epic. An issue counts as an epic by the hierarchy level
// of its type, so that renamed types and those above epics work as well.
func (e *epicTools) get(ctx context.Context, in epicInput) (*epicOutput, error) {
	key, err := e.findEpic(ctx, in)
	if err != nil {
		return nil, err
	}
	issue, err := e.Jira.GetIssue(ctx, key, []string{"summary", "status", "issuetype", "duedate", "assignee"}, nil)
	if err != nil {
		return nil, err
	}
	kind, _ := jira.Value[jira.IssueType](issue.Fields, "issuetype")
	if kind.Level < 1 {
		return nil, fmt.Errorf("%s is %s, not an epic. Use jira_get_issue to read it", issue.Key, text.WithArticle(kind.Name))
	}
	out := &epicOutput{Key: issue.Key, Summary: text.OneLine(names.Format(issue.Fields["summary"])), Status: names.Format(issue.Fields["status"]), Due: names.Format(issue.Fields["duedate"]),
		Assignee: names.Format(issue.Fields["assignee"]), URL: e.Jira.BrowseURL(issue.Key), Children: []epicChild{}}
	return out, e.addChildren(ctx, out, in.Limit)
}

// findEpic returns the key of the epic that the input names by key, page
// address or summary. Anything that contains a letter and is not a key is a
// summary, of an epic of the project or, without one, of any.
func (e *epicTools) findEpic(ctx context.Context, in epicInput) (string, error) {
	key, err := keys.ParseExact(in.Epic)
	if err == nil || !strings.ContainsFunc(in.Epic, unicode.IsLetter) {
		return key, err
	}
	project := e.Names.OnlyProject()
	if in.Project != "" {
		if project, err = e.Names.Project(ctx, in.Project); err != nil {
			return "", err
		}
	}
	key, err = e.Names.Epic(ctx, project, in.Epic)
	if within, keyErr := keys.Parse(in.Epic); err != nil && keyErr == nil { // "PAY-2 Saved cards"
		return within, nil
	}
	return key, err
}

// addChildren reads the children of an epic in the order of their ranks, adds
// them up by status category, and puts the first of them into the output: first
// the open ones, then the done ones, at most limit.
func (e *epicTools) addChildren(ctx context.Context, out *epicOutput, limit int) error {
	var points []string
	missing, err := env.Secondary(ctx, "the fields for estimates", func(ctx context.Context) (err error) {
		points, err = e.Names.PointFields(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if missing != "" {
		kit.AddNote(ctx, missing)
	}
	var open, done []epicChild
	query := jira.Search{JQL: "parent = " + jql.Quote(out.Key) + " ORDER BY rank", Limit: 100, Fields: append([]string{"summary", "issuetype", "status", "assignee"}, points...)}
	for issue, err := range e.Jira.SearchIssues(ctx, query) {
		if err != nil {
			return err
		}
		if len(open)+len(done) == maxEpicChildren {
			out.Note = fmt.Sprintf("Only the first %d children are counted.", maxEpicChildren)
			break
		}
		status, _ := jira.Value[jira.Status](issue.Fields, "status")
		child := epicChild{Key: issue.Key, Type: names.Format(issue.Fields["issuetype"]), Summary: text.OneLine(names.Format(issue.Fields["summary"])), Status: status.Name, Category: status.CategoryName(),
			Assignee: names.Format(issue.Fields["assignee"]), Points: pointsOf(ctx, issue, points)}
		value := 0.0
		if child.Points != nil {
			value = *child.Points
		} else {
			out.Unestimated++
		}
		switch status.Category.Key {
		case "done":
			out.Done.Add(value)
			done = append(done, child)
			continue
		case "new":
			out.ToDo.Add(value)
		default:
			out.InProgress.Add(value)
		}
		open = append(open, child)
	}
	all := slices.Concat(open, done)
	out.Children = append(out.Children, all[:min(len(all), limit)]...)
	out.NotShown = len(all) - len(out.Children)
	return nil
}

// pointsOf returns the estimate of an issue from the first of the fields that
// has a value, or nil. A site can have two fields for story points, of which an
// issue uses one.
func pointsOf(ctx context.Context, issue jira.Issue, ids []string) *float64 {
	for _, id := range ids {
		if v, ok := jira.Number(ctx, issue, id); ok {
			return &v
		}
	}
	return nil
}
