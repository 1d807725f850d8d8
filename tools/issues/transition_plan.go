package issues

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// Only administrators can read workflows; everybody else sees the transitions of
// an issue from its present status. To know what follows, this file reads the
// transitions of other issues of the same project and type that are in the later
// statuses now. Conditions of a workflow can make them differ, and the texts say
// so.

// maxSamples is the greatest number of other issues whose transitions one call
// reads.
const maxSamples = 8

// workflowSample knows the transitions from the statuses of a workflow, as other
// issues show them.
type workflowSample struct {
	tt     *transitionTools
	issues map[string]string            // an issue in each status, by the status's name in lower case
	read   map[string][]jira.Transition // the transitions from a status
}

// samples has the samples of one call by project, type and status, so that several
// issues of a call read the same other issues once.
type samples map[string]*workflowSample

// of returns the sample for an issue, which find makes if there is none yet.
func (s samples) of(issue jira.Issue, find func() *workflowSample) *workflowSample {
	project, _ := jira.Value[jira.ProjectRef](issue.Fields, "project")
	kind, _ := jira.Value[jira.IssueType](issue.Fields, "issuetype")
	id := strings.Join([]string{project.Key, kind.ID, names.Format(issue.Fields["status"])}, "\n")
	if _, ok := s[id]; !ok {
		s[id] = find()
	}
	return s[id]
}

// newWorkflowSample finds an issue of the project and type of an issue for each
// other status of the workflow, among the 100 that changed last. It returns nil
// if there is no type to search for or if the search fails.
func (tt *transitionTools) newWorkflowSample(ctx context.Context, issue jira.Issue) *workflowSample {
	project, _ := jira.Value[jira.ProjectRef](issue.Fields, "project")
	kind, _ := jira.Value[jira.IssueType](issue.Fields, "issuetype")
	if project.Key == "" || kind.ID == "" {
		return nil
	}
	query := fmt.Sprintf("project = %s AND issuetype = %s AND status != %s ORDER BY updated DESC",
		jql.Quote(project.Key), kind.ID, jql.Quote(names.Format(issue.Fields["status"])))
	page, err := tt.Jira.SearchPage(ctx, jira.Search{JQL: query, Fields: []string{"status"}, Limit: 100})
	if err != nil {
		return nil
	}
	s := &workflowSample{tt: tt, issues: map[string]string{}, read: map[string][]jira.Transition{}}
	for _, i := range page.Issues {
		status := strings.ToLower(names.Format(i.Fields["status"]))
		if s.issues[status] == "" && i.Key != issue.Key {
			s.issues[status] = i.Key
		}
	}
	return s
}

// workflowStatuses returns the statuses of an issue's workflow, and their names.
func (tt *transitionTools) workflowStatuses(ctx context.Context, issue jira.Issue) (_ []jira.Status, called []string, _ error) {
	project, _ := jira.Value[jira.ProjectRef](issue.Fields, "project")
	kind, _ := jira.Value[jira.IssueType](issue.Fields, "issuetype")
	list, err := tt.Names.WorkflowStatuses(ctx, project.Key, kind.ID)
	for _, s := range list {
		called = append(called, s.Name)
	}
	return list, names.Unique(called), err
}

// transitionsFrom returns the transitions from a status and the issue that shows
// them; "" if there is none, or if maxSamples issues were read already.
func (s *workflowSample) transitionsFrom(ctx context.Context, status string) (open []jira.Transition, shownBy string) {
	status = strings.ToLower(strings.TrimSpace(status))
	key := s.issues[status]
	if key == "" {
		return nil, ""
	}
	if known, ok := s.read[status]; ok {
		return known, key
	}
	if len(s.read) >= maxSamples {
		return nil, ""
	}
	open, err := s.tt.Jira.Transitions(ctx, key)
	if err != nil {
		delete(s.issues, status)
		return nil, ""
	}
	s.read[status] = open
	return open, key
}

// route is a path through a workflow.
type route struct {
	via     []string // the statuses in between
	shownBy []string // the issues that show the later steps
}

// findPath returns the shortest path from the transitions of an issue to a status.
// It passes through no status of the category Done.
func (s *workflowSample) findPath(ctx context.Context, open []jira.Transition, target string) (route, bool) {
	target = strings.TrimSpace(target)
	seen := map[string]bool{}
	type node struct {
		route
		status jira.Status
	}
	var queue []node
	enter := func(from route, open []jira.Transition) {
		for _, t := range open {
			if name := strings.ToLower(t.To.Name); !t.IsLoop() && !seen[name] {
				seen[name] = true
				queue = append(queue, node{from, t.To})
			}
		}
	}
	enter(route{}, open)
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if strings.EqualFold(at.status.Name, target) {
			return at.route, true
		}
		if at.status.Category.Key == "done" {
			continue
		}
		if open, key := s.transitionsFrom(ctx, at.status.Name); key != "" {
			enter(route{append(slices.Clone(at.via), at.status.Name), append(slices.Clone(at.shownBy), key)}, open)
		}
	}
	return route{}, false
}

// describePath says how an issue can reach the status in.To that no transition
// leads to: with the call that takes a path that other issues show, or else with
// the statuses of the workflow.
func (tt *transitionTools) describePath(ctx context.Context, issue jira.Issue, open []jira.Transition, in transitionInput) string {
	all, statuses, err := tt.workflowStatuses(ctx, issue)
	if err != nil {
		return "The statuses of its workflow cannot be read: " + err.Error()
	}
	in.To = names.StatusName(all, in.To)
	if !slices.ContainsFunc(statuses, func(s string) bool { return strings.EqualFold(s, strings.TrimSpace(in.To)) }) {
		return "Its workflow has no such status. Statuses of its workflow: " + strings.Join(statuses, ", ")
	}
	var found route
	ok := false
	if sample := tt.newWorkflowSample(ctx, issue); sample != nil {
		found, ok = sample.findPath(ctx, open, in.To)
	}
	if !ok || len(found.via) == 0 {
		return "No other issue shows a path to it. Statuses of its workflow: " + strings.Join(statuses, ", ")
	}
	in.Issue, in.Via = issue.Key, found.via
	call, _ := json.Marshal(in)
	return fmt.Sprintf("To get there, call jira_transition_issue %s (as %s shows it; conditions may differ)", call, strings.Join(found.shownBy, " and "))
}

// checkLaterSteps checks the steps of a path after the first one against other
// issues, before anything is sent. notes says of each step what is known. The
// error is that of a step whose screen requires a field that the call does not
// give, or does not have one that it gives.
func (tt *transitionTools) checkLaterSteps(ctx context.Context, issue jira.Issue, in transitionInput, known samples) (notes []string, _ error) {
	if len(in.Via) == 0 {
		return nil, nil
	}
	sample := known.of(issue, func() *workflowSample { return tt.newWorkflowSample(ctx, issue) })
	for n, from := range in.Via {
		step := transitionInput{To: in.To, Comment: in.Comment, Resolution: in.Resolution, Fields: in.Fields}
		if n+1 < len(in.Via) {
			step = transitionInput{To: in.Via[n+1]}
		}
		note, err := tt.checkLaterStep(ctx, sample, issue, from, step)
		if err != nil {
			return nil, err
		}
		notes = append(notes, fmt.Sprintf("Then %s → %s: %s.", from, strings.TrimSpace(step.To), note))
	}
	return notes, nil
}

// checkLaterStep checks one step of a path from a status, as another issue in
// that status shows it. A step with a comment is the last one.
func (tt *transitionTools) checkLaterStep(ctx context.Context, sample *workflowSample, issue jira.Issue, from string, step transitionInput) (note string, _ error) {
	const unchecked = "cannot be checked before"
	if sample == nil {
		return unchecked, nil
	}
	open, key := sample.transitionsFrom(ctx, from)
	candidates, byStatus := names.MatchTransitions(open, step.To)
	switch {
	case key == "":
		return unchecked, nil
	case len(candidates) == 0:
		return fmt.Sprintf("%s shows no such transition; conditions may differ", key), nil
	}
	t, err := tt.chooseTransition(ctx, candidates, byStatus, step)
	if err == nil {
		_, err = tt.fillScreen(ctx, issue.Key, t, step)
	}
	if err == nil && step.Comment != "" {
		_, err = tt.commentToSend(ctx, &subject{key: issue.Key, issue: &issue}, t, &jira.NewComment{})
	}
	if err != nil {
		return "", kit.NothingChanged("the later step from %s to %s does not fit, as %s shows it: %w", from, strings.TrimSpace(step.To), key, formProblems(err))
	}
	return fmt.Sprintf("with %q, as %s shows it; conditions may differ", t.Name, key), nil
}
