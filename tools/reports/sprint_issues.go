package reports

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
)

// This file finds the issues of a sprint: those that are in it, and those that
// may have been.

// sprintMembers are the issues that are in a sprint.
type sprintMembers struct {
	list  []jira.Issue
	notes []string
}

// updatedIssues are the issues that were updated since a sprint started.
type updatedIssues struct {
	projects []string        // where they were searched for
	ids      []string        // the last updated first
	found    map[string]bool // by id
	read     map[string]jira.Issue
	more     bool // there are more than maxHistories
	notes    []string
}

// readSprint returns the issues that are in a sprint, and those updated since it
// started. Both are read at the same time where the board has a project. A second
// search finds the issues of the members' other projects, which the board's filter
// need not find any more.
func readSprint(ctx context.Context, d env.Env, y *estimation, board jira.Board, s jira.Sprint) (members *sprintMembers, updated *updatedIssues, err error) {
	updated = &updatedIssues{found: map[string]bool{}, read: map[string]jira.Issue{}}
	err = jira.InParallel(ctx,
		func(ctx context.Context) (err error) { members, err = readMembers(ctx, d, y, board, s); return err },
		func(ctx context.Context) error {
			if key := board.Location.ProjectKey; key != "" {
				return updated.searchProjects(ctx, d, y, s, key)
			}
			return nil
		})
	if err != nil {
		return nil, nil, err
	}
	var projects []string
	for _, i := range members.list {
		if project, _, _ := strings.Cut(i.Key, "-"); !slices.Contains(updated.projects, project) && !slices.Contains(projects, project) {
			projects = append(projects, project)
		}
	}
	if len(projects) > 0 {
		err = updated.searchProjects(ctx, d, y, s, projects...)
	}
	return members, updated, err
}

// readMembers returns the issues that are in the sprint: those on the board, or
// all of them if there is no board or this user may not read its issues.
func readMembers(ctx context.Context, d env.Env, y *estimation, board jira.Board, s jira.Sprint) (out *sprintMembers, err error) {
	out = &sprintMembers{}
	if board.ID != 0 {
		out.list, err = jira.Collect(d.Jira.SprintIssues(ctx, board.ID, s.ID, y.fields()), maxHistories)
		if !jira.IsNoAccess(err) {
			return out, err
		}
		out.notes = append(out.notes, "All issues of the sprint are counted, including those not on the board: "+err.Error())
	}
	out.list, err = jira.Collect(d.Jira.SearchIssues(ctx, jira.Search{JQL: fmt.Sprintf("sprint = %d ORDER BY rank", s.ID), Fields: y.fields(), Limit: 100}), maxHistories)
	return out, err
}

// searchProjects adds the issues of projects that were updated since the sprint
// started, and the first time those that the board's filter finds, because a
// board can show other projects. The filter is left out behind a fence, and if
// Jira rejects it: a user who may see a board need not be allowed to see its
// filter.
func (u *updatedIssues) searchProjects(ctx context.Context, d env.Env, y *estimation, s jira.Sprint, projects ...string) error {
	filter, isFirst := y.filterID, u.projects == nil
	u.projects = append(u.projects, projects...)
	start, err := time.Parse(time.RFC3339, s.Start)
	if err != nil {
		return nil //nolint:nilerr // without a start nothing can have left it
	}
	quoted := make([]string, len(projects))
	for n, p := range projects {
		quoted[n] = jql.Quote(p)
	}
	zone, err := d.ShownZone(ctx)
	if err != nil {
		return err
	}
	var fields []string
	if s.State != "closed" { // later, too many other issues were updated for one page
		fields = y.fields()
	}
	// JQL reads times in the user's time zone, to the minute.
	scope := "project IN (" + strings.Join(quoted, ", ") + ")"
	since := fmt.Sprintf(` AND updated >= "%s" ORDER BY updated DESC`, start.In(zone).Format("2006-01-02 15:04"))
	if isFirst && d.Jira.Fence() == nil && filter != "" && strings.Trim(filter, "0123456789") == "" {
		err := u.search(ctx, d, "("+scope+" OR filter = "+filter+")"+since, fields)
		if !jira.IsStatus(err, http.StatusBadRequest) { // not the filter that cannot be seen
			return err
		}
		u.notes = append(u.notes, "Issues that left the sprint were searched for only in "+strings.Join(projects, ", ")+": the board's filter cannot be read.")
	}
	return u.search(ctx, d, scope+since, fields)
}

// search adds the issues that a query finds, at most maxHistories. If fields are
// given and the issues are on one page, they are read with these fields, so that
// those that left the sprint need no further request. Otherwise only their ids
// are read: Jira returns thousands of ids at once, but only a hundred issues with
// fields.
func (u *updatedIssues) search(ctx context.Context, d env.Env, query string, fields []string) error {
	if len(fields) > 0 {
		page, err := d.Jira.SearchPage(ctx, jira.Search{JQL: query, Fields: fields, Limit: 100})
		if err != nil {
			return err
		}
		for _, issue := range page.Issues {
			u.add(issue)
			u.read[issue.ID] = issue
		}
		if page.Next == "" && !page.IsBrokenOff() {
			return nil
		}
	}
	for issue, err := range d.Jira.SearchIssues(ctx, jira.Search{JQL: query, Fields: []string{"key"}, Limit: maxHistories}) {
		if err != nil {
			return err
		}
		if len(u.ids) >= maxHistories {
			u.more = true
			break
		}
		u.add(issue)
	}
	return nil
}

// add adds an issue, unless it was found before.
func (u *updatedIssues) add(issue jira.Issue) {
	if !u.found[issue.ID] {
		u.found[issue.ID] = true
		u.ids = append(u.ids, issue.ID)
	}
}

// fetch returns issues by id, and reads those that the search has not read.
func (u *updatedIssues) fetch(ctx context.Context, d env.Env, ids, fields []string) ([]jira.Issue, error) {
	var out []jira.Issue
	var unread []string
	for _, id := range ids {
		if issue, ok := u.read[id]; ok {
			out = append(out, issue)
		} else {
			unread = append(unread, id)
		}
	}
	rest, err := fetchIssues(ctx, d, unread, fields)
	return append(out, rest...), err
}
