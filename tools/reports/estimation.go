package reports

import (
	"context"
	"net/http"
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

// estimation is how a team measures: its fields, and what is done to it.
type estimation struct {
	sprint  string            // the sprint field's id
	points  string            // the estimate's field
	others  []string          // more such fields, of issues without a value in the first
	unit    string            // what people call that; "" where issues are counted
	seconds bool              // it holds seconds, and is shown in hours
	flag    string            // the field Flagged
	filter  string            // the number of the board's filter
	people  map[string]string // names that are taken, by the account that has them
	done    map[string]bool
	columns bool     // done is the board's last column, not a category
	notes   []string // what could not be read, and what was taken in its place
}

// isDone reports a status that is done, by id.
func (y *estimation) isDone(id string) bool { return y.done[id] }

// resolveEstimation reads how a board measures; board 0 is none.
func resolveEstimation(ctx context.Context, d env.Env, board jira.Board) (*estimation, error) {
	y := &estimation{done: map[string]bool{}, people: map[string]string{}}
	var fields []jira.Field
	var config jira.BoardConfiguration
	var unread error
	err := sideBySide(ctx,
		func(ctx context.Context) (err error) { fields, err = d.Names.Fields(ctx); return err },
		func(ctx context.Context) error {
			if board.ID == 0 {
				return nil
			}
			config, unread = d.Names.Configuration(ctx, board.ID)
			if readable(unread) {
				return unread
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		switch {
		case f.Schema.Custom == jira.SprintFieldType:
			y.sprint = f.ID
		case strings.EqualFold(f.Name, "Flagged") && f.Schema.Type == "array":
			y.flag = f.ID
		}
	}
	return y, resolveUnit(ctx, d, y, config, unread)
}

// readable reports an error that is not about what this server's user may read.
func readable(err error) bool {
	return err != nil && !jira.IsMissingScope(err) && !jira.IsStatus(err, http.StatusForbidden) && !jira.IsStatus(err, http.StatusNotFound)
}

// resolveUnit says what is done, and what is estimated in.
func resolveUnit(ctx context.Context, d env.Env, y *estimation, config jira.BoardConfiguration, unread error) error {
	y.filter = config.Filter.ID
	for _, id := range config.Done() {
		y.done[id], y.columns = true, true
	}
	if !y.columns {
		list, err := d.Names.Statuses(ctx)
		if err != nil {
			return err
		}
		for _, s := range list {
			y.done[s.ID] = s.Category.Key == "done"
		}
		switch {
		case unread == nil:
			y.notes = append(y.notes, "Done is by the category of the status; a board would say it by its last column.")
		default:
			y.notes = append(y.notes, "Done is by the category of the status, not the board's last column, and the estimates are story points: the board's set-up could not be read ("+unread.Error()+").")
		}
	}
	switch {
	case config.Estimation.Type == "field":
		y.points, y.unit = config.Estimation.Field.ID, config.Estimation.Field.Name
		if y.seconds = agile.InSeconds(y.points); y.seconds {
			y.unit = "hours"
		}
	case config.ID == 0: // no board, or one that cannot be read
		ids, err := d.Names.PointFields(ctx)
		if err != nil || len(ids) == 0 {
			return err
		}
		y.points, y.others, y.unit = ids[0], ids[1:], "points"
	}
	return nil
}

// fields are those that reports need of an issue.
func (y *estimation) fields() []string {
	out := []string{"summary", "issuetype", "status", "assignee", "priority", "parent", "created", "updated", "duedate", "issuelinks"}
	return append(out, y.custom()...)
}

// custom are the fields that this site or board has, where it has them.
func (y *estimation) custom() []string {
	return slices.DeleteFunc(append([]string{y.sprint, y.points, y.flag}, y.others...), func(id string) bool { return id == "" })
}

// watched are the fields whose changes reports need.
func (y *estimation) watched() []string {
	out := []string{"status", "assignee"}
	return append(out, y.custom()...)
}

// issue turns an issue of Jira's, with its changes, into one of a report's.
func (y *estimation) issue(i jira.Issue, changes []jira.Change) report.Issue {
	status, _ := jira.Value[jira.Status](i.Fields, "status")
	kind, _ := jira.Value[jira.IssueType](i.Fields, "issuetype")
	out := report.Issue{Key: i.Key, Summary: text.OneLine(names.Format(i.Fields["summary"])), Type: kind.Name, Subtask: kind.Level < 0, Epic: kind.Level > 0,
		Status: report.IssueStatus{ID: status.ID, Name: status.Name, Category: status.Category.Key}, Assignee: y.person(i.Fields, "assignee"), Priority: names.Format(i.Fields["priority"]),
		Created: moment(i.Fields, "created"), Updated: moment(i.Fields, "updated"), Due: names.Format(i.Fields["duedate"]), Flagged: y.flag != "" && names.Format(i.Fields[y.flag]) != "",
		Parent: parentOf(i.Fields), BlockedBy: blockers(i.Fields), Creator: y.person(i.Fields, "creator"), Comments: y.comments(i.Fields)}
	points := y.pointsIn(changes)
	for _, id := range append([]string{y.points}, y.others...) {
		if v, ok := jira.Value[float64](i.Fields, id); ok {
			v = y.scale(v)
			out.Estimate, points = &v, id
			break
		}
	}
	list, _ := jira.Value[[]jira.Sprint](i.Fields, y.sprint)
	for _, s := range list {
		out.Sprints = append(out.Sprints, s.ID)
	}
	for _, c := range changes {
		at := when(c.Created)
		by := ""
		if c.Author != nil {
			by = y.called(*c.Author)
		}
		for _, item := range c.Items {
			out.Changes = append(out.Changes, y.change(at, by, item, points))
		}
	}
	slices.SortStableFunc(out.Changes, func(a, b report.Change) int { return a.At.Compare(b.At) })
	return out
}

// pointsIn is the field that an issue was ever estimated in, for one that has no
// estimate now.
func (y *estimation) pointsIn(changes []jira.Change) string {
	for _, id := range y.others {
		for _, c := range changes {
			if slices.ContainsFunc(c.Items, func(i jira.ChangeItem) bool { return i.FieldID == id }) {
				return id
			}
		}
	}
	return y.points
}

func (y *estimation) person(f jira.Fields, field string) string {
	u, ok := jira.Value[jira.User](f, field)
	if !ok {
		return ""
	}
	return y.called(u)
}

// called is a person's name; of two who have the same, the second's has the end of
// the account's id behind it.
func (y *estimation) called(u jira.User) string {
	name := text.OneLine(u.DisplayName)
	if y.people == nil || u.AccountID == "" {
		return name
	}
	for _, name := range []string{name, name + " (…" + u.AccountID[max(0, len(u.AccountID)-5):] + ")"} {
		if whose, taken := y.people[name]; !taken || whose == u.AccountID {
			y.people[name] = u.AccountID
			return name
		}
	}
	return name + " (" + u.AccountID + ")"
}

// when reads a moment as Jira writes it, in either of its ways.
func when(s string) time.Time {
	at, err := time.Parse(jira.TimeLayout, s)
	if err != nil {
		at, _ = time.Parse(time.RFC3339, s)
	}
	return at
}

func (y *estimation) scale(v float64) float64 {
	if y.seconds {
		return v / 3600
	}
	return v
}

func (y *estimation) change(at time.Time, by string, item jira.ChangeItem, points string) report.Change {
	out := report.Change{At: at, By: by, Field: report.Other, Name: item.Field, From: item.FromID, To: item.ToID, FromText: item.From, ToText: item.To}
	switch {
	case item.FieldID == "status":
		out.Field = report.Status
	case item.FieldID == "assignee":
		out.Field = report.Assignee
	case item.FieldID == "":
	case item.FieldID == y.sprint:
		out.Field = report.Sprint
	case item.FieldID == points:
		out.Field, out.From, out.To = report.Estimate, y.amount(item.From), y.amount(item.To)
	case item.FieldID == y.flag:
		out.Field = report.Flag
	}
	return out
}

func (y *estimation) amount(text string) string {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return ""
	}
	return strconv.FormatFloat(y.scale(v), 'f', -1, 64)
}

func moment(f jira.Fields, id string) time.Time {
	at, _ := time.Parse(jira.TimeLayout, names.Format(f[id]))
	return at
}

// parentOf names an issue's epic: key and summary.
func parentOf(f jira.Fields) string {
	parent, ok := jira.Value[jira.Issue](f, "parent")
	if !ok {
		return ""
	}
	return strings.TrimSpace(parent.Key + " " + text.OneLine(names.Format(parent.Fields["summary"])))
}

// blockers are the open issues that an issue is blocked by: links whose phrase
// from here on says so.
func blockers(f jira.Fields) []string {
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
