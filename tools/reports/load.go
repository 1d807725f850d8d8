package reports

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
)

// How issues and their histories get from Jira into package report.

// sideBySide runs several questions at once; the client bounds how many are
// under way.
func sideBySide(ctx context.Context, ask ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	errs := make([]error, len(ask))
	for n, one := range ask {
		all.Go(func() {
			if errs[n] = one(ctx); errs[n] != nil {
				cancel() // the answer is not needed any more
			}
		})
	}
	all.Wait()
	var first error
	for _, err := range errs { // the cause, not what it cancelled
		if err != nil && (first == nil || context.Cause(ctx) != nil && strings.Contains(first.Error(), context.Canceled.Error())) {
			first = err
		}
	}
	return first
}

// maxHistories is how many issues' histories one report reads.
const maxHistories = 2000

// loadHistories reads what was changed on issues, by id, as many at once as Jira
// takes.
func loadHistories(ctx context.Context, d env.Env, ids, fields []string) (map[string][]jira.Change, error) {
	var lock sync.Mutex
	out := map[string][]jira.Change{}
	var ask []func(context.Context) error
	for part := range slices.Chunk(ids, jira.MaxBulkChangelogs) {
		ask = append(ask, func(ctx context.Context) error {
			got, err := d.Jira.ChangesOf(ctx, part, fields)
			lock.Lock()
			defer lock.Unlock()
			for id, changes := range got {
				out[id] = changes
			}
			return err
		})
	}
	return out, sideBySide(ctx, ask...)
}

// fetchIssues reads issues by id. The requests run side by side; the issues come in
// the order of their ids all the same.
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
	err := sideBySide(ctx, ask...)
	return slices.Concat(lists...), err
}

// sprintData is a sprint with the issues that were ever in it, as far as they can
// be found.
type sprintData struct {
	board  jira.Board
	sprint jira.Sprint
	issues []report.Issue
	notes  []string
}

// loadSprint reads the issues of a sprint, and those that left it: these do not
// carry it any more, and only their histories tell. They are looked for among the
// issues of the same projects that were written since it started.
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
	others, err := leaverCandidates(ctx, d, projects, y.filter, s, in, out)
	if err != nil {
		return nil, err
	}
	histories, err := loadHistories(ctx, d, append(ids, others...), y.watched())
	if err != nil {
		return nil, err
	}
	var left []string
	for _, id := range others {
		if carried(histories[id], y.sprint, s.ID) {
			left = append(left, id)
		}
	}
	gone, err := fetchIssues(ctx, d, left, y.fields())
	if err != nil {
		return nil, err
	}
	for _, i := range members {
		out.issues = append(out.issues, y.issue(i, histories[i.ID]))
	}
	off := 0
	for _, i := range gone {
		issue := y.issue(i, histories[i.ID])
		if slices.Contains(issue.Sprints, s.ID) { // it is in it, and not on the board
			off++
			continue
		}
		out.issues = append(out.issues, issue)
	}
	if off > 0 {
		out.notes = append(out.notes, fmt.Sprintf("At least %d issues are in the sprint and not on this board, and not counted.", off))
	}
	return out, nil
}

// sprintMembers are the issues that carry the sprint.
func sprintMembers(ctx context.Context, d env.Env, y *estimation, board jira.Board, s jira.Sprint, out *sprintData) ([]jira.Issue, error) {
	if board.ID != 0 {
		list, err := jira.Collect(d.Jira.SprintIssues(ctx, board.ID, s.ID, y.fields()), maxHistories)
		if !jira.IsMissingScope(err) {
			return list, err
		}
		out.notes = append(out.notes, "All issues of the sprint are counted, those that the board does not show as well: "+err.Error())
	}
	return jira.Collect(d.Jira.SearchIssues(ctx, jira.Search{JQL: fmt.Sprintf("sprint = %d ORDER BY rank", s.ID), Fields: y.fields(), Limit: 100}), maxHistories)
}

// leaverCandidates are the ids of issues of projects that were written since a sprint
// started and are not in it.
func leaverCandidates(ctx context.Context, d env.Env, projects []string, filter string, s jira.Sprint, in map[string]bool, out *sprintData) ([]string, error) {
	if s.Start == "" || len(projects) == 0 {
		return nil, nil
	}
	start, err := time.Parse(time.RFC3339, s.Start)
	if err != nil {
		return nil, nil //nolint:nilerr // it has not started
	}
	quoted := make([]string, len(projects))
	for n, p := range projects {
		quoted[n] = jql.Quote(p)
	}
	zone, err := d.Zone(ctx)
	if err != nil {
		return nil, err
	}
	// JQL takes moments in the user's zone, to the minute.
	scope := "project IN (" + strings.Join(quoted, ", ") + ")"
	since := fmt.Sprintf(` AND updated >= "%s" ORDER BY updated DESC`, start.In(zone).Format("2006-01-02 15:04"))
	if d.Jira.Fence() == nil && filter != "" && strings.Trim(filter, "0123456789") == "" { // a board can show other projects
		ids, err := searchIDs(ctx, d, "("+scope+" OR filter = "+filter+")"+since, projects, in, out)
		if !jira.IsStatus(err, http.StatusBadRequest) { // who may see a board need not see its filter
			return ids, err
		}
		out.notes = append(out.notes, "Issues that left were looked for in "+strings.Join(projects, ", ")+" alone: the board's filter may not be read.")
	}
	return searchIDs(ctx, d, scope+since, projects, in, out)
}

// searchIDs are the ids that a query finds, without those that are known.
func searchIDs(ctx context.Context, d env.Env, query string, projects []string, in map[string]bool, out *sprintData) ([]string, error) {
	most := maxHistories - len(in)
	seen := map[string]bool{}
	var ids []string
	for issue, err := range d.Jira.SearchIssues(ctx, jira.Search{JQL: query, Fields: []string{"key"}, Limit: maxHistories}) {
		if err != nil {
			return nil, err
		}
		if in[issue.ID] || seen[issue.ID] { // pages move while they are read
			continue
		}
		seen[issue.ID] = true
		if len(ids) >= most {
			out.notes = append(out.notes, fmt.Sprintf("Issues that left the sprint were looked for among the %d that were written last in %s since it started; there are more.", most, strings.Join(projects, ", ")))
			break
		}
		ids = append(ids, issue.ID)
	}
	return ids, nil
}

// carried reports a history in which an issue was ever in a sprint.
func carried(changes []jira.Change, field string, sprint int64) bool {
	id := strconv.FormatInt(sprint, 10)
	has := func(list string) bool {
		return slices.ContainsFunc(strings.Split(list, ","), func(s string) bool { return strings.TrimSpace(s) == id })
	}
	return slices.ContainsFunc(changes, func(c jira.Change) bool {
		return slices.ContainsFunc(c.Items, func(i jira.ChangeItem) bool { return i.FieldID == field && (has(i.FromID) || has(i.ToID)) })
	})
}

// info is a sprint as a report takes it.
func info(s jira.Sprint) report.SprintInfo {
	out := report.SprintInfo{ID: s.ID, Name: s.Name, Goal: text.OneLine(s.Goal), State: s.State}
	for _, t := range []struct {
		text string
		into *time.Time
	}{{s.Start, &out.Start}, {s.End, &out.End}, {s.CompletedAt, &out.CompletedAt}} {
		*t.into, _ = time.Parse(time.RFC3339, t.text) // not set: the zero time
	}
	return out
}
