package jira_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// callPartOperations calls the operations on parts of issues, and those of the
// agile and the bulk API.
func callPartOperations(t *testing.T, c *jira.Client, s *sandbox.Sandbox, key string, must func(error)) {
	ctx := t.Context()
	doc := map[string]any{"type": "doc", "version": 1, "content": []any{map[string]any{"type": "paragraph", "content": []any{map[string]any{"type": "text", "text": "hello"}}}}}

	comment, err := c.AddComment(ctx, key, jira.NewComment{Body: doc, Visibility: &jira.Visibility{Type: "role", Value: "Developers"}})
	must(err)
	held, err := c.Comment(ctx, key, comment.ID)
	must(err)
	if held.Visibility == nil || held.Visibility.Value != "Developers" {
		t.Errorf("the restriction is %+v", held.Visibility)
	}
	// An update without a visibility removes it, since the body replaces the
	// whole comment.
	edited, err := c.UpdateComment(ctx, key, comment.ID, jira.NewComment{Body: doc})
	must(err)
	if edited.Visibility != nil {
		t.Errorf("after an edit without it the restriction is %+v", edited.Visibility)
	}
	must(c.DeleteComment(ctx, key, comment.ID))
	if _, err := c.Comment(ctx, key, comment.ID); !jira.IsMissing(err) {
		t.Errorf("the comment is still there: %v", err)
	}

	types, err := c.LinkTypes(ctx)
	must(err)
	blocks := types[slices.IndexFunc(types, func(l jira.LinkType) bool { return l.Name == "Blocks" })]
	must(c.LinkIssues(ctx, blocks.ID, key, "PAY-9"))
	linked, err := c.GetIssue(ctx, key, []string{"issuelinks"}, nil)
	must(err)
	links, _ := jira.Value[[]jira.Link](linked.Fields, "issuelinks")
	if len(links) != 1 || links[0].Outward == nil || links[0].Outward.Key != "PAY-9" || links[0].Type.Outward != "blocks" {
		t.Fatalf("%s blocks PAY-9 reads as %+v", key, links)
	}
	must(c.DeleteLink(ctx, links[0].ID))
	must(c.AddRemoteLink(ctx, key, "https://example.com/a", "A"))
	must(c.AddRemoteLink(ctx, key, "https://example.com/a", "Again"))
	pages, err := c.RemoteLinks(ctx, key)
	must(err)
	if len(pages) != 1 || pages[0].Object.Title != "Again" {
		t.Fatalf("pages: %+v", pages)
	}
	must(c.DeleteRemoteLink(ctx, key, pages[0].ID))

	logged, err := c.AddWorklog(ctx, key, jira.NewWorklog{Seconds: 3600, Started: "2026-03-10T09:00:00.000+0100", Comment: doc})
	must(err)
	changed, err := c.UpdateWorklog(ctx, key, logged.ID, jira.NewWorklog{Seconds: 5400, Remaining: "2h"})
	must(err)
	if changed.Seconds != 5400 || changed.Started != logged.Started {
		t.Errorf("the worklog is %+v", changed)
	}
	list, err := c.Worklogs(ctx, key, time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), time.Time{}, 0)
	must(err)
	if list.Total != 1 {
		t.Errorf("%d worklogs", list.Total)
	}
	must(c.DeleteWorklog(ctx, key, logged.ID, "leave"))
	site, err := c.Configuration(ctx)
	must(err)
	if *site.TimeTracking.HoursPerDay != 7.5 {
		t.Errorf("%+v", site)
	}

	ben := s.Site().Users[2].ID
	must(c.AddWatcher(ctx, "PAY-9", ben))
	watchers, err := c.Watchers(ctx, "PAY-9")
	must(err)
	if watchers.Count != len(watchers.People) || !slices.ContainsFunc(watchers.People, func(u jira.User) bool { return u.AccountID == ben }) {
		t.Errorf("watchers: %+v", watchers)
	}
	must(c.RemoveWatcher(ctx, "PAY-9", ben))
	other := slices.IndexFunc(s.Site().All()[20:], func(i *store.Issue) bool {
		return i.Project.Key == "PAY" && i.Reporter != s.Site().Users[0] && i.Resolution == nil
	})
	voted := s.Site().All()[20+other].Key
	must(c.Vote(ctx, voted, true))
	must(c.Vote(ctx, voted, false))

	changes, err := jira.Collect(c.Changes(ctx, "PAY-1"), 1000)
	must(err)
	if len(changes) == 0 {
		t.Error("PAY-1 has no history")
	}
	file, err := c.AddAttachment(ctx, key, "ü log.txt", jira.Content{Type: "text/plain", Data: []byte("line")})
	must(err)
	if content, err := c.AttachmentContent(ctx, file.ID); err != nil || string(content.Data) != "line" || file.Name != "ü log.txt" {
		t.Errorf("the file is %+v: %v", file, err)
	}

	meta, err := c.AttachmentMeta(ctx, file.ID)
	must(err)
	if meta.Size != 4 || meta.Type != "text/plain" {
		t.Errorf("the file's metadata are %+v", meta)
	}

	versions, err := c.Versions(ctx, "PAY")
	must(err)
	made, err := c.CreateVersion(ctx, map[string]any{"projectId": 10000, "name": "26.0-" + key, "releaseDate": "2026-12-01"})
	must(err)
	released, err := c.UpdateVersion(ctx, made.ID, map[string]any{"released": true, "moveUnfixedIssuesTo": versions[len(versions)-1].Self})
	must(err)
	if !released.Released || released.Name != "26.0-"+key {
		t.Errorf("the version is %+v", released)
	}
	components, err := c.Components(ctx, "PAY")
	must(err)
	filters, err := c.FindFilters(ctx, "open", 10)
	must(err)
	if len(components) < 5 || len(filters) != 2 || filters[0].JQL == "" || filters[0].Owner == nil {
		t.Errorf("%d components, filters %+v", len(components), filters)
	}
	histories, err := c.ChangesOf(ctx, []string{"PAY-1", "PAY-11", "PAY-12"}, []string{"status", "customfield_10020"})
	must(err)
	if len(histories) < 2 {
		t.Errorf("histories of %d issues", len(histories))
	}
	for id, list := range histories {
		if at, err := time.Parse("2006-01-02T15:04:05.000-0700", list[0].Created); err != nil || at.Year() < 2024 {
			t.Errorf("%s: the first change was at %s", id, list[0].Created)
		}
	}
	callSiteOperations(t, c, must)
	callBulkOperations(t, c, s, must)
	callAgileOperations(t, c, must)
}

// callSiteOperations calls the operations on queries and permissions, and
// deletes an issue.
func callSiteOperations(t *testing.T, c *jira.Client, must func(error)) {
	ctx := t.Context()
	reference, err := c.JQLReference(ctx)
	must(err)
	if len(reference.Fields) < 20 || len(reference.Functions) < 10 {
		t.Errorf("%d fields and %d functions of JQL", len(reference.Fields), len(reference.Functions))
	}
	if values, err := c.SuggestValues(ctx, "status", "in"); err != nil || !slices.Contains(values, "In Progress") {
		t.Errorf("statuses that begin with in: %q (%v)", values, err)
	}
	if may, err := c.MyPermissions(ctx, []string{"CREATE_ISSUES", "BROWSE_PROJECTS"}, "PAY"); err != nil || !may["CREATE_ISSUES"] || !may["BROWSE_PROJECTS"] {
		t.Errorf("permissions in PAY: %v (%v)", may, err)
	}
	made, err := c.CreateIssue(ctx, jira.NewIssue{Fields: map[string]any{"project": map[string]any{"key": "PAY"}, "issuetype": map[string]any{"name": "Task"}, "summary": "to delete"}})
	must(err)
	must(c.DeleteIssue(ctx, made.Key, true))
	if _, err := c.GetIssue(ctx, made.Key, nil, nil); !jira.IsStatus(err, http.StatusNotFound) {
		t.Errorf("a deleted issue: %v", err)
	}
}

// callAgileOperations calls the agile operations. They have scopes of their
// own, which two of the tokens lack.
func callAgileOperations(t *testing.T, c *jira.Client, must func(error)) {
	ctx := t.Context()
	boards, err := c.Boards(ctx, "PAY", "")
	if jira.IsMissingScope(err) {
		return
	}
	must(err)
	sprints, err := c.Sprints(ctx, boards[0].ID, "active,future")
	must(err)
	if len(boards) != 1 || len(sprints) != 2 || sprints[0].State != "active" {
		t.Fatalf("boards %+v, sprints %+v", boards, sprints)
	}
	board, err := c.Board(ctx, boards[0].ID)
	must(err)
	config, err := c.BoardConfiguration(ctx, board.ID)
	must(err)
	if done := config.DoneStatuses(); board.Location.ProjectKey != "PAY" || len(done) != 1 || config.Estimation.Field.Name != "Story Points" {
		t.Errorf("board %+v, done %v, estimated in %+v", board, done, config.Estimation)
	}
	in, err := jira.Collect(c.SprintIssues(ctx, board.ID, sprints[0].ID, []string{"status"}), 1000)
	must(err)
	backlog, err := jira.Collect(c.Backlog(ctx, board.ID, []string{"status"}), 1000)
	must(err)
	whole, err := jira.Collect(c.AllSprintIssues(ctx, sprints[0].ID, []string{"status"}), 1000)
	must(err)
	if len(in) < 30 || len(backlog) < 10 || len(whole) != len(in) {
		t.Errorf("%d in the sprint, %d in the backlog", len(in), len(backlog))
	}
	text := func(s string) *string { return &s }
	made, err := c.CreateSprint(ctx, jira.SprintChange{Name: text("Try"), OriginBoardID: board.ID, Goal: text("see"), Start: text("2027-01-04T09:00:00.000+0000"), End: text("2027-01-15T17:00:00.000+0000")})
	must(err)
	keys := []string{backlog[0].Key, backlog[1].Key}
	must(c.MoveToSprint(ctx, made.ID, keys))
	_, err = c.Rank(ctx, keys, "", backlog[5].Key)
	must(err)
	must(c.MoveToBacklog(ctx, keys[:1]))
	started, err := c.UpdateSprint(ctx, made.ID, jira.SprintChange{State: text("active")})
	must(err)
	read, err := c.Sprint(ctx, made.ID)
	must(err)
	if started.State != "active" || read.Goal != "see" || read.OriginBoardID != board.ID {
		t.Errorf("started %+v, read %+v", started, read)
	}
	must(c.DeleteSprint(ctx, made.ID))
}

// callBulkOperations calls the bulk operations.
func callBulkOperations(t *testing.T, c *jira.Client, s *sandbox.Sandbox, must func(error)) {
	ctx := t.Context()
	issue := func(summary string, more ...string) jira.NewIssue {
		fields := map[string]any{"project": map[string]string{"key": "PAY"}, "issuetype": map[string]string{"id": "10002"}, "summary": summary}
		for _, m := range more {
			fields[m] = "nonsense"
		}
		return jira.NewIssue{Fields: fields}
	}
	made, err := c.CreateIssues(ctx, []jira.NewIssue{issue("one"), issue("two", "nofield"), issue("three")})
	must(err)
	if len(made.Issues) != 2 || len(made.Failures) != 1 || made.Failures[0].Element != 1 || made.Failures[0].Errors.Fields["nofield"] == "" {
		t.Fatalf("the bulk create made %+v", made)
	}
	refused, err := c.CreateIssues(ctx, []jira.NewIssue{issue("x", "nofield")})
	must(err)
	if len(refused.Issues) != 0 || len(refused.Failures) != 1 {
		t.Errorf("all refused: %+v", refused)
	}
	keys := []string{made.Issues[0].Key, made.Issues[1].Key}
	edit := jira.BulkEdit{Input: map[string]any{"labelsFields": []any{map[string]any{"fieldId": "labels", "bulkEditMultiSelectFieldOption": "ADD", "labels": []any{map[string]string{"name": "swept"}}}}}, Fields: []string{"labels"}}
	task, err := c.SubmitEdit(ctx, keys, edit, false)
	must(err)
	done := waitForTask(t, c, task, must)
	if len(done.Processed) != 2 || len(done.Failed) != 0 || s.Site().MailedTasks() != 0 {
		t.Errorf("the bulk edit: %+v, %d mails", done, s.Site().MailedTasks())
	}
	steps, err := c.BulkTransitions(ctx, keys)
	must(err)
	if len(steps) != 1 || len(steps[0].Transitions) == 0 || steps[0].Transitions[0].To.Name == "" {
		t.Fatalf("moves in common: %+v", steps)
	}
	task, err = c.SubmitTransition(ctx, map[string][]string{"11": keys}, false)
	must(err)
	if done = waitForTask(t, c, task, must); len(done.Processed) != 2 {
		t.Errorf("the bulk transition: %+v", done)
	}
	task, err = c.SubmitMove(ctx, keys[:1], jira.MoveTarget{Project: "OPS", TypeID: "10002"}, false)
	must(err)
	if done = waitForTask(t, c, task, must); len(done.Processed) != 1 {
		t.Errorf("the bulk move: %+v", done)
	}
	moved, err := c.GetIssue(ctx, keys[0], []string{"project"}, nil)
	must(err)
	if p, _ := jira.Value[jira.ProjectRef](moved.Fields, "project"); p.Key != "OPS" || moved.Key == keys[0] {
		t.Errorf("it is %s in %s", moved.Key, p.Key)
	}
}

// waitForTask asks for a task's progress until it has finished.
func waitForTask(t *testing.T, c *jira.Client, task string, must func(error)) jira.BulkProgress {
	t.Helper()
	for range 10 {
		p, err := c.BulkProgress(t.Context(), task)
		must(err)
		if p.Finished() {
			return p
		}
	}
	t.Fatal("the task does not end")
	return jira.BulkProgress{}
}
