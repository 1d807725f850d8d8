package agile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/keys"
	"github.com/seed-7d826362/jira-mcp/tools/internal/query"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/internal/write"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// planTools has the tools that move issues into sprints and rank them.
type planTools struct{ env.Env }

// newPlanTools returns the planning tools of one Jira user.
func newPlanTools(e env.Env) *planTools { return &planTools{e} }

// definePlanTools declares the tools that plan issues.
func definePlanTools() []kit.Tool {
	return kit.Group(newPlanTools,
		kit.Define(kit.Spec{
			Name: "jira_move_to_sprint", Title: "Move issues to a sprint", Effect: kit.Edit, ManyTargets: true, Toolset: "boards", Default: true,
			Description: "Move issues into a sprint, or into the backlog. Sub-tasks move with their parents.",
			Permissions: []string{"SCHEDULE_ISSUES"},
			Requires:    operation.Keys(jira.OpMoveToSprint, jira.OpMoveToBacklog, jira.OpBulkFetch, jira.OpFields),
			Optional:    operation.Keys(jira.OpBoards, jira.OpBoard, jira.OpSprints, jira.OpSprint, jira.OpSearch, jira.OpSearchProjects),
		}, (*planTools).moveToSprint),
		kit.Define(kit.Spec{
			Name: "jira_rank_issues", Title: "Rank issues", Effect: kit.Edit, ManyTargets: true, Toolset: "boards",
			Description: "Rank issues, in the given order, directly before or after another issue on boards and backlogs.",
			Permissions: []string{"SCHEDULE_ISSUES"},
			Requires:    operation.Keys(jira.OpRank),
		}, (*planTools).rank),
	)
}

// moveToSprintInput holds the arguments of jira_move_to_sprint.
type moveToSprintInput struct {
	Sprint string   `json:"sprint" doc:"name, number, current, next or backlog" loose:"true" min:"1"`
	Issues []string `json:"issues,omitempty" doc:"keys" max:"500"`
	JQL    string   `json:"jql,omitempty" doc:"or a query for the issues"`
	Board  string   `json:"board,omitempty" doc:"the sprint's board; default: from the first issue's project" loose:"true" min:"1"`
}

// Describe implements [kit.Describer]: the targets and the count decide whether
// the call needs a confirmation.
func (in moveToSprintInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issues...), Count: in.count()}
}

// count returns how many issues the call would move. The number of issues that
// a query finds is not known before the call, so that a call with jql counts as
// more than [kit.MaxUnconfirmedTargets] and always needs a confirmation.
func (in moveToSprintInput) count() int {
	if in.JQL != "" {
		return kit.MaxUnconfirmedTargets + 1
	}
	return len(in.Issues)
}

// moveToSprintOutput is the result of jira_move_to_sprint.
type moveToSprintOutput struct {
	Sprint   string            `json:"sprint"`
	Moved    []string          `json:"moved"`
	From     map[string]string `json:"from,omitempty"` // the sprint that each issue was in, by key; "" for the backlog
	NotMoved []string          `json:"left,omitempty"` // one sentence for each issue that was not moved, with the reason
	Notes    []string          `json:"notes,omitempty"`
	kit.DryRunResult
}

// Describe implements [kit.Describer].
func (o *moveToSprintOutput) Describe() kit.Description {
	return kit.Description{Targets: o.Moved, Unchanged: len(o.Moved) == 0}
}

// TakeNote implements [kit.NoteTaker].
func (o *moveToSprintOutput) TakeNote(text string) { o.Notes = append(o.Notes, text) }

// Markdown implements [kit.Output]: the moved keys, the sprints they were in,
// then the issues that were not moved.
func (o *moveToSprintOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	var b strings.Builder
	if len(o.Moved) == 0 {
		fmt.Fprintf(&b, "Nothing had to be moved to %s.", o.Sprint)
	} else {
		fmt.Fprintf(&b, "Moved %d to %s: %s", len(o.Moved), o.Sprint, text.JoinKeys(o.Moved, 50))
		if from := o.formerSprints(o.Moved); from != "" {
			b.WriteString("\nBefore: " + from)
		}
	}
	for _, line := range slices.Concat(o.NotMoved, o.Notes) {
		b.WriteString("\n" + line)
	}
	return b.String()
}

// formerSprints returns the sprints that the issues were in, as text, so that a
// caller can undo the move. For example, "PAY Sprint 13: PAY-4, PAY-9; backlog:
// PAY-30". If all issues come from one sprint, the text is only its name.
func (o *moveToSprintOutput) formerSprints(moved []string) string {
	var parts []string
	by := map[string][]string{}
	for _, key := range moved {
		by[o.From[key]] = append(by[o.From[key]], key)
	}
	for _, from := range sortedKeys(by) {
		name := from
		if from == "" {
			name = "backlog"
		}
		if len(by) == 1 {
			return name
		}
		parts = append(parts, name+": "+text.JoinKeys(by[from], 20))
	}
	return strings.Join(parts, "; ")
}

// maxMovedIssues is the maximum number of issues that one call moves.
const maxMovedIssues = 500

// moveToSprint handles jira_move_to_sprint. It has four steps:
//
//  1. resolveIssues turns the keys or the query into a list of keys.
//  2. resolveTarget finds the sprint.
//  3. selectMovable reads where the issues are now and drops those that need no
//     move.
//  4. moveIssues sends the rest to Jira, in parts.
func (p *planTools) moveToSprint(ctx context.Context, in moveToSprintInput) (*moveToSprintOutput, error) {
	list, err := resolveIssues(ctx, p.Env, in.Issues, in.JQL)
	if err != nil {
		return nil, err
	}
	target, err := p.resolveTarget(ctx, in.Sprint, in.Board, list[0])
	if err != nil {
		return nil, err
	}
	out := &moveToSprintOutput{Sprint: target.Name, Moved: []string{}, From: map[string]string{}}
	send, err := p.selectMovable(ctx, list, target, out)
	if err != nil {
		return nil, err
	}
	if kit.IsDryRun(ctx) && len(send) == 0 {
		out.DryRun = &kit.Preview{Summary: "move nothing", Notes: out.NotMoved}
		return out, nil
	}
	return out, p.moveIssues(ctx, send, target, out)
}

// resolveTarget returns the sprint that the arguments name; the zero id stands
// for the backlog. Without a board, it is a sprint of the project of the first
// issue.
func (p *planTools) resolveTarget(ctx context.Context, sprint, board, first string) (jira.Sprint, error) {
	sprint = strings.TrimSpace(sprint)
	if strings.EqualFold(sprint, "backlog") || strings.EqualFold(sprint, "none") {
		return jira.Sprint{Name: "the backlog"}, nil
	}
	project, _, _ := strings.Cut(first, "-")
	if board == "" {
		s, err := p.Names.Sprint(ctx, project, sprint)
		// A number is returned with itself as the name, without a check. The
		// sprint is read for its real name; without the scope for that, the
		// number has to do.
		if err == nil && s.Name == sprint {
			if full, err := p.Jira.Sprint(ctx, s.ID); err == nil {
				s = full
			} else if !jira.IsMissingScope(err) {
				return s, err
			}
		}
		return s, err
	}
	b, err := p.Names.Board(ctx, "", board)
	if err != nil {
		return jira.Sprint{}, err
	}
	return p.Names.SprintOf(ctx, b.ID, sprint)
}

// errNoIssuesGiven rejects a call with neither issues nor jql, or with both.
var errNoIssuesGiven = kit.NothingChanged("give either issues or jql")

// resolveIssues returns the keys of the issues that a list of keys or a query
// names; exactly one of the two must be given. It fails if a text is no key, if
// the query finds nothing, or if it finds more than maxMovedIssues.
func resolveIssues(ctx context.Context, d env.Env, resolved []string, q string) ([]string, error) {
	if (q == "") == (len(resolved) == 0) {
		return nil, errNoIssuesGiven
	}
	if q == "" {
		list, bad, err := keys.ParseAll(resolved)
		if err == nil && len(bad) > 0 {
			err = kit.NothingChanged("these are not issue keys: %s", strings.Join(bad, ", "))
		}
		return list, err
	}
	q, err := query.CheckJQL(q)
	if err != nil {
		return nil, err
	}
	found, err := jira.Collect(d.Jira.SearchIssues(ctx, jira.Search{JQL: q, Fields: []string{"key"}, Limit: maxMovedIssues + 1}), maxMovedIssues+1)
	switch {
	case err != nil:
		return nil, query.Explain(ctx, d, q, err)
	case len(found) == 0:
		return nil, kit.NothingChanged("no issue matches")
	case len(found) > maxMovedIssues:
		return nil, kit.NothingChanged("more than %d issues match: narrow the query", maxMovedIssues)
	}
	return keys.Of(found, len(found)), nil
}

// selectMovable returns the keys of the issues that must be moved. It reads the
// type and the sprint of each issue, and notes in out.From where the issues are
// now. A sub-task, which moves with its parent, and an issue that is in the
// target already go to out.NotMoved with a sentence instead. An issue that Jira
// does not find, or finds under another key, is an error, and then nothing is
// moved.
func (p *planTools) selectMovable(ctx context.Context, list []string, target jira.Sprint, out *moveToSprintOutput) (send []string, _ error) {
	field, err := p.Names.SprintField(ctx)
	if err != nil {
		return nil, err
	}
	var missing []string
	for part := range slices.Chunk(list, jira.MaxBulkFetch) {
		got, err := p.Jira.FetchIssues(ctx, part, []string{"issuetype", field}, nil)
		if err != nil {
			return nil, err
		}
		for _, key := range part {
			n := slices.IndexFunc(got.Issues, func(i jira.Issue) bool { return i.Key == key || i.ID == key })
			if n < 0 {
				missing = append(missing, key)
				continue
			}
			issue := got.Issues[n]
			kind, _ := jira.Value[jira.IssueType](issue.Fields, "issuetype")
			now := currentSprint(issue.Fields, field)
			switch {
			case kind.Level < 0:
				out.NotMoved = append(out.NotMoved, issue.Key+" is a sub-task: it moves with its parent.")
			case now.ID == target.ID:
				out.NotMoved = append(out.NotMoved, issue.Key+" was already there.")
			default:
				send = append(send, issue.Key)
				out.From[issue.Key] = now.Name
			}
		}
	}
	if len(missing) > 0 {
		return nil, kit.NothingChanged("not found, or their keys have changed: %s", text.JoinKeys(missing, 20))
	}
	return send, nil
}

// currentSprint returns the sprint that an issue is in now, or the zero value if
// it is in none. The sprint field also lists the closed sprints that the issue
// was in, so that the last one that is not closed counts.
func currentSprint(fields jira.Fields, field string) jira.Sprint {
	list, _ := jira.Value[[]jira.Sprint](fields, field)
	for n := len(list) - 1; n >= 0; n-- {
		if list[n].State != "closed" {
			return list[n]
		}
	}
	return jira.Sprint{}
}

// moveIssues moves the issues in parts of [jira.MaxAgileMove], the most that one
// request takes, and appends the keys of each part to out.Moved.
//
// The error of a part decides how it goes on:
//
//   - In a dry run nothing is sent, and the preview of the first part already
//     describes all of them.
//   - If Jira carried out the request but its answer was lost, the part counts
//     as moved, with a note.
//   - If Jira rejected the request, or it is unknown whether Jira carried it
//     out, the remaining parts are not sent.
func (p *planTools) moveIssues(ctx context.Context, send []string, target jira.Sprint, out *moveToSprintOutput) error {
	for part := range slices.Chunk(send, jira.MaxAgileMove) {
		if len(send) > jira.MaxAgileMove {
			kit.Progress(ctx, fmt.Sprintf("moved %d of %d", len(out.Moved), len(send)))
		}
		err := p.movePart(ctx, part, target)
		if write.IsDryRun(err) {
			out.DryRun = &kit.Preview{Summary: fmt.Sprintf("move %d to %s: %s", len(send), target.Name, text.JoinKeys(send, 50)), Notes: out.NotMoved}
			if from := out.formerSprints(send); from != "" {
				out.DryRun.Changes = []kit.Change{{Field: "Sprint", Before: from, After: target.Name}}
			}
			return nil
		}
		lost, err := write.ClassifyError(err, "The move", fmt.Sprintf(`jira_search {"jql":"key in (%s)","fields":["Sprint"]}`, text.JoinKeys(part, 10)))
		if err != nil {
			return p.partialMoveError(out, send, err)
		}
		if lost {
			out.Notes = append(out.Notes, "Jira accepted it; its answer was lost.")
		}
		out.Moved = append(out.Moved, part...)
	}
	return nil
}

// movePart moves one part to the target, in one request.
func (p *planTools) movePart(ctx context.Context, part []string, target jira.Sprint) error {
	if target.ID == 0 {
		return p.Jira.MoveToBacklog(ctx, part)
	}
	return p.Jira.MoveToSprint(ctx, target.ID, part)
}

// partialMoveError returns the error of a move that stopped at a part. If
// earlier parts were moved, the error says how many issues were moved and lists
// the others.
func (p *planTools) partialMoveError(out *moveToSprintOutput, send []string, err error) error {
	if len(out.Moved) == 0 {
		return err
	}
	left := send[len(out.Moved):]
	return &write.PartialError{Text: fmt.Sprintf("%d of %d were moved to %s", len(out.Moved), len(send), out.Sprint), Err: fmt.Errorf("%w. Not moved: %s", err, text.JoinKeys(left, 50))}
}

// rankInput holds the arguments of jira_rank_issues. Exactly one of Before and
// After is given.
type rankInput struct {
	Issues []string `json:"issues" doc:"keys, in the new order" max:"50"`
	Before string   `json:"before,omitempty" doc:"key"`
	After  string   `json:"after,omitempty" doc:"key"`
}

// Describe implements [kit.Describer].
func (in rankInput) Describe() kit.Description {
	return kit.Description{Targets: keys.Targets(in.Issues...)}
}

// rankOutput is the result of jira_rank_issues.
type rankOutput struct {
	Ranked   []string `json:"ranked"`
	Position string   `json:"where"`            // such as "before PAY-7"
	Failed   []string `json:"failed,omitempty"` // key and reason of each issue that Jira did not rank
	kit.DryRunResult
}

// Describe implements [kit.Describer].
func (o *rankOutput) Describe() kit.Description {
	return kit.Description{Targets: o.Ranked}
}

// Markdown implements [kit.Output].
func (o *rankOutput) Markdown(m kit.Mark) string {
	if o.DryRun != nil {
		return o.DryRun.Markdown(m)
	}
	text := fmt.Sprintf("Ranked %s %s.", strings.Join(o.Ranked, ", "), o.Position)
	if len(o.Ranked) == 0 {
		text = "No issue was ranked."
	}
	for _, f := range o.Failed {
		text += "\nNOT ranked: " + f
	}
	return text
}

// rank handles jira_rank_issues. Jira ranks up to [jira.MaxAgileMove] issues in
// one request, which is also the limit of the input, and can fail for single
// issues: its answer then has an entry for each with its own status.
func (p *planTools) rank(ctx context.Context, in rankInput) (*rankOutput, error) {
	list, err := resolveIssues(ctx, p.Env, in.Issues, "")
	if err != nil {
		return nil, err
	}
	if (in.Before == "") == (in.After == "") {
		return nil, kit.NothingChanged("give either before or after: an issue key")
	}
	mark, err := keys.Parse(in.Before + in.After)
	if err != nil {
		return nil, err
	}
	if slices.Contains(list, mark) {
		return nil, kit.NothingChanged("%s cannot be ranked relative to itself", mark)
	}
	out := &rankOutput{Ranked: list, Position: "before " + mark}
	before, after := mark, ""
	if in.After != "" {
		before, after, out.Position = "", mark, "after "+mark
	}
	results, err := p.Jira.Rank(ctx, list, before, after)
	if write.IsDryRun(err) {
		out.DryRun = &kit.Preview{Summary: fmt.Sprintf("rank %s %s", strings.Join(list, ", "), out.Position)}
		return out, nil
	}
	if _, err = write.ClassifyError(err, "The ranking", "the board"); err != nil {
		return nil, err
	}
	for _, r := range results {
		if r.Status >= 300 {
			out.Ranked = slices.DeleteFunc(out.Ranked, func(k string) bool { return k == r.Key })
			out.Failed = append(out.Failed, r.Key+": "+strings.Join(r.Errors, "; "))
		}
	}
	return out, nil
}

// sortedKeys returns the keys of a map in ascending order.
func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
