package reports

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
)

// This file reads issues and their histories from Jira, for package report.

// maxHistories is the maximum number of issues whose histories one sprint
// report reads.
const maxHistories = 2000

// loadHistories returns the changes of issues by issue id. It reads them
// concurrently, in parts of [jira.MaxBulkChangelogs]. fields are the ids of the
// fields whose changes are wanted; nil stands for all fields.
func loadHistories(ctx context.Context, d env.Env, ids, fields []string) (map[string][]jira.Change, error) {
	var lock sync.Mutex
	out := map[string][]jira.Change{}
	var ask []func(context.Context) error
	for part := range slices.Chunk(ids, jira.MaxBulkChangelogs) {
		ask = append(ask, func(ctx context.Context) error {
			got, err := changesOf(ctx, d, part, fields)
			lock.Lock()
			defer lock.Unlock()
			for id, changes := range got {
				out[id] = changes
			}
			return err
		})
	}
	return out, jira.InParallel(ctx, ask...)
}

// minSplit is the number of issues below which a refused question for their
// histories is not split further, and maxSingle the number whose histories are read
// one by one.
const (
	minSplit  = 25
	maxSingle = 300
)

// changesOf returns the changes of issues by issue id. If Jira refuses to return
// those of so many issues, it asks for halves; if it cannot return those of
// several issues, for each by itself, as far as they are not too many.
func changesOf(ctx context.Context, d env.Env, ids, fields []string) (map[string][]jira.Change, error) {
	out, err := d.Jira.ChangesOf(ctx, ids, fields)
	var e *jira.Error
	if err == nil || jira.IsNoAccess(err) || !errors.As(err, &e) || ctx.Err() != nil {
		return out, err
	}
	var lock sync.Mutex
	add := func(got map[string][]jira.Change) {
		lock.Lock()
		defer lock.Unlock()
		if out == nil {
			out = map[string][]jira.Change{}
		}
		maps.Copy(out, got)
	}
	isTooMany := e.Status == http.StatusBadRequest || e.Status == http.StatusRequestEntityTooLarge
	if isTooMany && len(ids) > minSplit { // unless Jira refuses a few as well
		_, failed := d.Jira.ChangesOf(ctx, ids[:minSplit], fields)
		isTooMany = failed == nil
	}
	var ask []func(context.Context) error
	switch {
	case isTooMany && len(ids) > minSplit:
		for half := range slices.Chunk(ids, (len(ids)+1)/2) {
			ask = append(ask, func(ctx context.Context) error {
				got, err := changesOf(ctx, d, half, fields)
				add(got)
				return err
			})
		}
	case len(ids) <= maxSingle:
		for _, id := range ids {
			ask = append(ask, func(ctx context.Context) error {
				history, err := d.Jira.NewestChanges(ctx, id, maxHistories)
				add(map[string][]jira.Change{id: history.Changes})
				return err
			})
		}
	default:
		return nil, err
	}
	err = jira.InParallel(ctx, ask...)
	return out, err
}

// fetchIssues returns issues by id, in the order of the ids. It reads them
// concurrently, in parts of [jira.MaxBulkFetch]. A warning gives the number of
// those that Jira did not return.
func fetchIssues(ctx context.Context, d env.Env, ids, fields []string) ([]jira.Issue, error) {
	parts := slices.Collect(slices.Chunk(ids, jira.MaxBulkFetch))
	lists := make([][]jira.Issue, len(parts))
	ask := make([]func(context.Context) error, len(parts))
	for n, part := range parts {
		ask[n] = func(ctx context.Context) error {
			got, err := d.Jira.FetchIssues(ctx, part, fields, nil)
			lists[n] = got.Issues
			return err
		}
	}
	err := jira.InParallel(ctx, ask...)
	all := slices.Concat(lists...)
	if missing := len(ids) - len(all); err == nil && missing > 0 {
		jira.Warn(ctx, fmt.Sprintf("%d of %d issues that were found could not be read; they are not counted.", missing, len(ids)))
	}
	return all, err
}

// sprintData is a sprint with all issues that were ever in it, as far as they
// could be found.
type sprintData struct {
	board  jira.Board
	sprint jira.Sprint
	issues []report.Issue
	notes  []string
	// incomplete reports that something could not be read that may be read later.
	incomplete bool
}

// loadSprint reads all issues that a report of a sprint needs.
//
// The difficulty is the issues that were removed from the sprint. Their sprint
// field no longer has it, so that only their histories show it. These are the
// steps:
//
//  1. sprintMembers reads the issues that are in the sprint.
//  2. removalCandidates finds the other issues of the same projects that were
//     updated since the sprint started. An issue that was removed later has
//     been updated since then.
//  3. The histories of both groups are read.
//  4. Each candidate whose history names the sprint is read in full and added.
//
// For example, PAY-9 left sprint 34 for the backlog. It is not a member, but
// its history has a change of the sprint field from "34" to "". It is added,
// and package report counts it as removed.
//
// A candidate that still has the sprint in its field is in the sprint but not
// on the board. The report does not count such issues; a note gives their
// number.
func loadSprint(ctx context.Context, d env.Env, y *estimation, board jira.Board, s jira.Sprint) (*sprintData, error) {
	out := &sprintData{board: board, sprint: s}
	members, err := sprintMembers(ctx, d, y, board, s, out)
	if err != nil {
		return nil, err
	}
	projects := []string{}
	if board.Location.ProjectKey != "" {
		projects = append(projects, board.Location.ProjectKey)
	}
	in := map[string]bool{}
	ids := []string{}
	for _, i := range members {
		project, _, _ := strings.Cut(i.Key, "-")
		if !slices.Contains(projects, project) {
			projects = append(projects, project)
		}
		in[i.ID], ids = true, append(ids, i.ID)
	}
	others, err := removalCandidates(ctx, d, projects, y.filterID, s, in, out)
	if err != nil {
		return nil, err
	}
	histories, err := loadHistories(ctx, d, append(ids, others...), y.historyFields())
	if err != nil {
		return nil, err
	}
	y.history.knowSprints(s)
	for _, i := range members {
		y.history.knowStatus(i)
		list, _ := jira.Value[[]jira.Sprint](i.Fields, y.sprintField)
		y.history.knowSprints(list...)
	}
	if err := y.history.complete(ctx, d, histories); err != nil {
		return nil, err
	}
	var left []string
	for _, id := range others {
		if wasInSprint(histories[id], y.sprintField, s.ID) {
			left = append(left, id)
		}
	}
	var gone []jira.Issue
	missing, err := env.Secondary(ctx, fmt.Sprintf("the issues that left the sprint (%d)", len(left)), func(ctx context.Context) (err error) {
		gone, err = fetchIssues(ctx, d, left, y.fields())
		return err
	})
	if err != nil {
		return nil, err
	}
	if missing != "" {
		out.incomplete = true
		out.notes = append(out.notes, missing+" They are missing in committed, added and removed.")
	}
	noField := 0
	for _, i := range members {
		y.history.checkEntry(histories[i.ID], s.ID)
		issue := y.convertIssue(i, histories[i.ID])
		if !slices.Contains(issue.Sprints, s.ID) { // Jira says that it is in the sprint
			issue.Sprints = append(issue.Sprints, s.ID)
			noField++
		}
		out.issues = append(out.issues, issue)
	}
	out.notes = append(out.notes, withoutSprintField(noField, len(members), y.sprintField)...)
	off := 0
	for _, i := range gone {
		issue := y.convertIssue(i, histories[i.ID])
		if slices.Contains(issue.Sprints, s.ID) { // in the sprint, but not on the board
			off++
			continue
		}
		out.issues = append(out.issues, issue)
	}
	if off > 0 {
		out.notes = append(out.notes, fmt.Sprintf("At least %d issues are in the sprint but not on this board; they are not counted.", off))
	}
	return out, nil
}

// withoutSprintField returns the note about issues of a sprint that came without
// it in their Sprint field. Only their histories show when they entered; without
// the field nothing does.
func withoutSprintField(missing, members int, field string) []string {
	switch {
	case missing == 0:
		return nil
	case field == "":
		return []string{"This user sees no field Sprint, so all issues in the sprint count as committed, or as added if they were created later. Issues that were removed are not known."}
	}
	return []string{fmt.Sprintf("%d of the %d issues that Jira lists in the sprint came without it in the field Sprint. They are counted; without a change in their history they count as committed.", missing, members)}
}

// sprintMembers returns the issues that are in the sprint: those on the board,
// or all of them if there is no board or this user may not read its issues.
func sprintMembers(ctx context.Context, d env.Env, y *estimation, board jira.Board, s jira.Sprint, out *sprintData) ([]jira.Issue, error) {
	if board.ID != 0 {
		list, err := jira.Collect(d.Jira.SprintIssues(ctx, board.ID, s.ID, y.fields()), maxHistories)
		if !jira.IsNoAccess(err) {
			return list, err
		}
		out.notes = append(out.notes, "All issues of the sprint are counted, including those not on the board: "+err.Error())
	}
	return jira.Collect(d.Jira.SearchIssues(ctx, jira.Search{JQL: fmt.Sprintf("sprint = %d ORDER BY rank", s.ID), Fields: y.fields(), Limit: 100}), maxHistories)
}

// removalCandidates returns the ids of the issues that were updated since the
// sprint started and are not in it. Issues are searched for in projects, and
// with the board's filter if that is possible, because a board can show other
// projects. The filter is left out behind a fence, and if Jira rejects it: a
// user who may see a board need not be allowed to see its filter.
func removalCandidates(ctx context.Context, d env.Env, projects []string, filter string, s jira.Sprint, in map[string]bool, out *sprintData) ([]string, error) {
	if s.Start == "" || len(projects) == 0 {
		return nil, nil
	}
	start, err := time.Parse(time.RFC3339, s.Start)
	if err != nil {
		return nil, nil //nolint:nilerr // without a start nothing can have left it
	}
	quoted := make([]string, len(projects))
	for n, p := range projects {
		quoted[n] = jql.Quote(p)
	}
	zone, err := d.Zone(ctx)
	if err != nil {
		return nil, err
	}
	// JQL reads times in the user's time zone, to the minute.
	scope := "project IN (" + strings.Join(quoted, ", ") + ")"
	since := fmt.Sprintf(` AND updated >= "%s" ORDER BY updated DESC`, start.In(zone).Format("2006-01-02 15:04"))
	if d.Jira.Fence() == nil && filter != "" && strings.Trim(filter, "0123456789") == "" { // the board can show other projects
		ids, err := searchIDs(ctx, d, "("+scope+" OR filter = "+filter+")"+since, projects, in, out)
		if !jira.IsStatus(err, http.StatusBadRequest) { // not the filter that cannot be seen
			return ids, err
		}
		out.notes = append(out.notes, "Issues that left the sprint were searched for only in "+strings.Join(projects, ", ")+": the board's filter cannot be read.")
	}
	return searchIDs(ctx, d, scope+since, projects, in, out)
}

// searchIDs returns the ids of the issues that a query finds, without those in
// the set in. It returns at most as many as keep the report within
// maxHistories; a note then says how many were searched.
func searchIDs(ctx context.Context, d env.Env, query string, projects []string, in map[string]bool, out *sprintData) ([]string, error) {
	most := maxHistories - len(in)
	seen := map[string]bool{}
	var ids []string
	for issue, err := range d.Jira.SearchIssues(ctx, jira.Search{JQL: query, Fields: []string{"key"}, Limit: maxHistories}) {
		if err != nil {
			return nil, err
		}
		if in[issue.ID] || seen[issue.ID] { // an issue that moves between pages is returned twice
			continue
		}
		seen[issue.ID] = true
		if len(ids) >= most {
			out.notes = append(out.notes, fmt.Sprintf("Issues that left the sprint were searched for only among the %d last updated in %s since it started; there are more.", most, strings.Join(projects, ", ")))
			break
		}
		ids = append(ids, issue.ID)
	}
	return ids, nil
}

// sprintInfo converts a sprint from Jira's form to that of package report.
func sprintInfo(s jira.Sprint) report.SprintInfo {
	out := report.SprintInfo{ID: s.ID, Name: s.Name, Goal: text.OneLine(s.Goal), State: s.State}
	for _, t := range []struct {
		text string
		into *time.Time
	}{{s.Start, &out.Start}, {s.End, &out.End}, {s.CompletedAt, &out.CompletedAt}} {
		*t.into, _ = time.Parse(time.RFC3339, t.text) // an unset time stays zero
	}
	return out
}
