package reports

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/names"
	"github.com/seed-7d826362/jira-mcp/jira/report"
	"github.com/seed-7d826362/jira-mcp/tools/agile"
	"github.com/seed-7d826362/jira-mcp/tools/internal/env"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
)

// estimation describes how a team works, as far as reports depend on it: in
// which fields a board keeps its estimates, which statuses count as done, and
// which custom fields hold the sprint and the flag. It also converts issues
// from Jira's form to that of package report.
type estimation struct {
	sprintField       string                 // id of the sprint field; "" if the site has none
	pointsField       string                 // id of the estimation field; "" on a board that counts issues
	otherPointsFields []string               // ids of further estimation fields, for issues without a value in the first
	unit              string                 // display name of the unit; "" on a board that counts issues
	inSeconds         bool                   // the estimation field holds seconds; reports show hours
	flagField         string                 // id of the field Flagged; "" if the site has none
	filterID          string                 // id of the board's filter
	accounts          map[string]string      // account id by display name, for uniqueName
	done              map[string]bool        // whether a status counts as done, by status id
	fromColumn        bool                   // done is taken from the board's last column, not from the status categories
	missing           string                 // why the board's configuration could not be read; "" if it was
	notes             []string               // data that could not be read, and what was assumed instead
	history           historyNames           // to complete items of histories
	ofIssues          map[string]jira.Status // the statuses that issues have, by id; nil if not needed
}

// isDone reports whether the status with this id counts as done.
func (e *estimation) isDone(id string) bool { return e.done[id] }

// resolveEstimation returns the estimation of a board. The zero board stands
// for none: then the status categories decide what is done, and the site's
// fields for story points hold the estimates. A board whose configuration
// cannot be read is treated the same, with a note. The fields, the board's
// configuration and, without a board, the statuses are read at the same time.
func resolveEstimation(ctx context.Context, d env.Env, board jira.Board) (*estimation, error) {
	y := &estimation{done: map[string]bool{}, accounts: map[string]string{}}
	if board.ID == 0 {
		defer jira.AskAhead(ctx, func(ctx context.Context) error { _, err := d.Names.Statuses(ctx); return err })()
	}
	var fields []jira.Field
	var config jira.BoardConfiguration
	err := jira.InParallel(ctx,
		func(ctx context.Context) (err error) { fields, err = d.Names.Fields(ctx); return err },
		func(ctx context.Context) (err error) {
			config, y.missing, err = agile.Configuration(ctx, d, board)
			return err
		})
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		switch {
		case f.Schema.Custom == jira.SprintFieldType:
			y.sprintField = f.ID
		case names.IsCalled("Flagged", f.DisplayNames()...) && f.Schema.Type == "array":
			y.flagField = f.ID
		}
	}
	if err := applyConfiguration(ctx, d, y, board, config); err != nil {
		return nil, err
	}
	y.history = newHistoryNames(fields, y.customFields()...)
	y.history.sprintField = y.sprintField
	for _, column := range config.Columns.List {
		for _, s := range column.Statuses {
			y.history.onBoard[s.ID] = true
		}
	}
	return y, nil
}

// applyConfiguration sets the done statuses and the estimation fields of y,
// from the board's configuration or, if there is none, from the site.
//
// A board's own definition of done is its last column that has any status. That
// is not the same as the status category Done: a status such as Cancelled can
// have that category and be in another column, or in none.
func applyConfiguration(ctx context.Context, d env.Env, y *estimation, board jira.Board, config jira.BoardConfiguration) error {
	y.filterID = config.Filter.ID
	for _, id := range config.DoneStatuses() {
		y.done[id], y.fromColumn = true, true
	}
	if !y.fromColumn {
		list, missing, err := siteStatuses(ctx, d)
		if err != nil {
			return err
		}
		for _, s := range list {
			y.done[s.ID] = s.Category.Key == "done"
		}
		if missing != "" {
			y.notes = append(y.notes, missing)
		}
		y.notes = append(y.notes, strings.TrimSpace(y.missing+" Done is decided by status category, not by a board's last column."))
	}
	estimates := agile.EstimatesOf(ctx, d, board, config)
	if len(estimates.Fields) > 0 {
		y.pointsField, y.otherPointsFields = estimates.Fields[0], estimates.Fields[1:]
	}
	if y.unit, y.inSeconds = estimates.Unit, estimates.InSeconds(); estimates.Note != "" {
		y.notes = append(y.notes, estimates.Note)
	}
	return ctx.Err()
}

// fields returns the ids of the issue fields that reports need.
func (e *estimation) fields() []string {
	out := []string{"summary", "issuetype", "status", "assignee", "priority", "parent", "created", "updated", "duedate", "issuelinks"}
	return append(out, e.customFields()...)
}

// customFields returns the ids of the custom fields that reports need, without
// those that this site or board does not have.
func (e *estimation) customFields() []string {
	return slices.DeleteFunc(append([]string{e.sprintField, e.pointsField, e.flagField}, e.otherPointsFields...), func(id string) bool { return id == "" })
}

// historyFields returns the ids of the fields whose changes reports need.
func (e *estimation) historyFields() []string {
	out := []string{"status", "assignee"}
	return append(out, e.customFields()...)
}

// convertIssue converts an issue with its changes from Jira's form to that of
// package report. The changes come out oldest first.
//
// An issue has one estimate, but a site can have several estimation fields. The
// first one with a value counts, and only changes of that field become changes
// of the estimate.
func (e *estimation) convertIssue(ctx context.Context, i jira.Issue, changes []jira.Change) report.Issue {
	status, _ := jira.Value[jira.Status](i.Fields, "status")
	kind, _ := jira.Value[jira.IssueType](i.Fields, "issuetype")
	if _, known := e.done[status.ID]; !known && !e.fromColumn { // the site's list does not have it
		e.done[status.ID] = status.Category.Key == "done"
	}
	if e.ofIssues != nil {
		e.ofIssues[status.ID] = status
	}
	out := report.Issue{Key: i.Key, Summary: text.OneLine(names.Format(i.Fields["summary"])), Type: kind.Name, Subtask: kind.Level < 0, Epic: kind.Level > 0,
		Status: report.IssueStatus{ID: status.ID, Name: status.Name, Category: status.Category.Key}, Assignee: e.userIn(i.Fields, "assignee"), Priority: names.Format(i.Fields["priority"]),
		Created: timeField(i.Fields, "created"), Updated: timeField(i.Fields, "updated"), Due: names.Format(i.Fields["duedate"]), Flagged: e.flagField != "" && names.Format(i.Fields[e.flagField]) != "",
		Parent: parentText(i.Fields), BlockedBy: openBlockers(i.Fields), Creator: e.userIn(i.Fields, "creator"), Comments: e.comments(i.Fields)}
	points := e.changedPointsField(changes)
	for _, id := range append([]string{e.pointsField}, e.otherPointsFields...) {
		if v, ok := jira.Number(ctx, i, id); ok {
			v = e.convertEstimate(v)
			out.Estimate, points = &v, id
			break
		}
	}
	list, _ := jira.Value[[]jira.Sprint](i.Fields, e.sprintField)
	for _, s := range list {
		out.Sprints = append(out.Sprints, s.ID)
		if s.State == "closed" {
			out.ClosedSprints = append(out.ClosedSprints, report.ClosedSprint{ID: s.ID, Name: text.OneLine(s.Name), Start: parseTime(s.Start)})
		}
	}
	for _, c := range changes {
		at := parseTime(c.Created)
		by := ""
		if c.Author != nil {
			by = e.uniqueName(*c.Author)
		}
		for _, item := range c.Items {
			out.Changes = append(out.Changes, e.convertChange(at, by, item, points))
		}
	}
	slices.SortStableFunc(out.Changes, func(a, b report.Change) int { return a.At.Compare(b.At) })
	unplaced := slices.ContainsFunc(changes, func(c jira.Change) bool {
		return slices.ContainsFunc(c.Items, func(i jira.ChangeItem) bool { return i.FieldID == "" })
	})
	e.history.checkDone(out, e.isDone(out.Status.ID), unplaced)
	return out
}

// changedPointsField returns the id of the field that an issue without an
// estimate was estimated in before, according to its changes. Without such a
// change it is the first field.
func (e *estimation) changedPointsField(changes []jira.Change) string {
	for _, id := range e.otherPointsFields {
		for _, c := range changes {
			if slices.ContainsFunc(c.Items, func(i jira.ChangeItem) bool { return i.FieldID == id }) {
				return id
			}
		}
	}
	return e.pointsField
}

// userIn returns the display name of the user in a field, or "" if it is empty.
func (e *estimation) userIn(f jira.Fields, field string) string {
	u, ok := jira.Value[jira.User](f, field)
	if !ok {
		return ""
	}
	return e.uniqueName(u)
}

// uniqueName returns a display name for a user that no other user of this report
// has. Reports group by name, so that two people of the same name must not
// become one. The second of them gets the end of the account id: "Ana Silva"
// and "Ana Silva (…4f2c1)". A flow report does not group by person and has no
// map of accounts; names stay as they are then.
func (e *estimation) uniqueName(u jira.User) string {
	name := text.OneLine(u.DisplayName)
	if e.accounts == nil || u.AccountID == "" {
		return name
	}
	for _, name := range []string{name, name + " (…" + u.AccountID[max(0, len(u.AccountID)-5):] + ")"} {
		if whose, taken := e.accounts[name]; !taken || whose == u.AccountID {
			e.accounts[name] = u.AccountID
			return name
		}
	}
	return name + " (" + u.AccountID + ")"
}

// convertEstimate converts an estimate from Jira's unit to that of the reports:
// seconds to hours, everything else unchanged.
func (e *estimation) convertEstimate(v float64) float64 {
	if e.inSeconds {
		return v / 3600
	}
	return v
}

// convertChange converts one item of a history entry. points is the id of the
// field that holds the issue's estimate. A change of a field that has no
// meaning of its own for reports becomes [report.Other].
func (e *estimation) convertChange(at time.Time, by string, item jira.ChangeItem, points string) report.Change {
	out := report.Change{At: at, By: by, Field: report.Other, Name: item.Field, From: item.FromID, To: item.ToID, FromText: item.From, ToText: item.To}
	switch {
	case item.FieldID == "status":
		out.Field = report.Status
	case item.FieldID == "assignee":
		out.Field = report.Assignee
	// An item without an id must not match a field that the site does not have,
	// whose id is empty too.
	case item.FieldID == "":
	case item.FieldID == e.sprintField:
		out.Field = report.Sprint
	case item.FieldID == points:
		out.Field, out.From, out.To = report.Estimate, e.convertEstimateText(item.From), e.convertEstimateText(item.To)
	case item.FieldID == e.flagField:
		out.Field = report.Flag
	}
	return out
}

// convertEstimateText converts an estimate in a history entry, which is decimal
// text, to the unit of the reports. It returns "" if the text is no number.
func (e *estimation) convertEstimateText(text string) string {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return ""
	}
	return strconv.FormatFloat(e.convertEstimate(v), 'f', -1, 64)
}

// timeField returns the time in a field, or the zero time.
func timeField(f jira.Fields, id string) time.Time {
	at, _ := time.Parse(jira.TimeLayout, names.Format(f[id]))
	return at
}

// parentText returns the key and the summary of an issue's parent, such as
// "PAY-1 Checkout", or "" if it has none. The parent of a story is its epic.
func parentText(f jira.Fields) string {
	parent, ok := jira.Value[jira.Issue](f, "parent")
	if !ok {
		return ""
	}
	return strings.TrimSpace(parent.Key + " " + text.OneLine(names.Format(parent.Fields["summary"])))
}

// openBlockers returns the keys of the open issues that block an issue. Link
// types are configurable, so that a link counts if its inward phrase contains
// "blocked by". A blocker is open while its status does not have the category
// Done.
func openBlockers(f jira.Fields) []string {
	links, _ := jira.Value[[]jira.Link](f, "issuelinks")
	var out []string
	for _, l := range links {
		if l.Inward == nil || !strings.Contains(strings.ToLower(l.Type.Inward), "blocked by") {
			continue
		}
		status, _ := jira.Value[jira.Status](l.Inward.Fields, "status")
		if status.Category.Key != "done" {
			out = append(out, l.Inward.Key)
		}
	}
	return out
}
