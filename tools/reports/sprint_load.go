package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
)

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
//  1. readMembers reads the issues that are in the sprint. At the same time,
//     updatedIssues finds the issues of the board that were updated since the
//     sprint started: an issue that was removed later has been updated since
//     then. The candidates are those that are not in the sprint.
//  2. The histories of both groups are read.
//  3. Each candidate whose history names the sprint is added. It is read first
//     if the search has not returned its fields.
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
	members, updated, err := readSprint(ctx, d, y, board, s)
	if err != nil {
		return nil, err
	}
	out.notes = append(out.notes, slices.Concat(members.notes, updated.notes)...)
	in := map[string]bool{}
	ids := []string{}
	for _, i := range members.list {
		in[i.ID], ids = true, append(ids, i.ID)
	}
	others := slices.DeleteFunc(slices.Clone(updated.ids), func(id string) bool { return in[id] })
	if most := maxHistories - len(members.list); len(others) > most || updated.more {
		others = others[:min(most, len(others))]
		out.notes = append(out.notes, fmt.Sprintf("Issues that left the sprint were searched for only among the %d last updated in %s since it started; there are more.", len(others), strings.Join(updated.projects, ", ")))
	}
	histories, err := loadHistories(ctx, d, append(ids, others...), y.historyFields())
	if err != nil {
		return nil, err
	}
	y.history.knowSprints(s)
	for _, i := range members.list {
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
		gone, err = updated.fetch(ctx, d, left, y.fields())
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
	for _, i := range members.list {
		y.history.checkEntry(histories[i.ID], s.ID)
		issue := y.convertIssue(ctx, i, histories[i.ID])
		if !slices.Contains(issue.Sprints, s.ID) { // Jira says that it is in the sprint
			issue.Sprints = append(issue.Sprints, s.ID)
			noField++
		}
		out.issues = append(out.issues, issue)
	}
	out.notes = append(out.notes, withoutSprintField(noField, len(members.list), y.sprintField)...)
	off := 0
	for _, i := range gone {
		issue := y.convertIssue(ctx, i, histories[i.ID])
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
