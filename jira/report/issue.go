package report

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Field identifies a field whose history the reports use.
type Field string

// The fields that a [Change] can have. A comment on a field says how its raw
// From and To values are written.
const (
	Status   Field = "status"   // ids
	Sprint   Field = "sprint"   // ids, comma-separated
	Estimate Field = "estimate" // decimal numbers
	Assignee Field = "assignee"
	Flag     Field = "flag"
	// Other stands for every further field. Only stand-ups and lists of events
	// use it.
	Other Field = "other"
)

// Change is one entry of an issue's history: one field got a new value.
type Change struct {
	At       time.Time
	By       string // display name of the author
	Field    Field
	Name     string // display name of the field
	From, To string // raw values, written as described at [Field]
	// FromText and ToText are the values as Jira displays them.
	FromText, ToText string
}

// IssueStatus is a workflow status.
type IssueStatus struct {
	ID, Name string
	Category string // key of the status category: new, indeterminate or done
}

// Issue is an issue with its history, reduced to the fields that reports use.
type Issue struct {
	Key, Summary, Type string
	Subtask, Epic      bool
	Status             IssueStatus
	Assignee           string // display name; "" if unassigned
	Parent             string // key and summary of the epic, or of a sub-task's parent
	Priority           string
	Estimate           *float64
	Sprints            []int64 // ids, closed sprints included
	ClosedSprints      []ClosedSprint
	Created, Updated   time.Time
	Due                string // like 2026-01-31; "" if there is none
	Flagged            bool
	BlockedBy          []string // keys of the open issues that block this one
	Changes            []Change // oldest first
	// Creator (a display name) and Comments are used by stand-ups only.
	Creator  string
	Comments []Comment
}

// ClosedSprint is a closed sprint that an issue was in. Jira keeps it on an issue
// that was not done in it.
type ClosedSprint struct {
	ID    int64
	Name  string
	Start time.Time
}

// carriedFrom returns the latest closed sprint before another that the issue was
// in; the zero value if there is none.
func (i *Issue) carriedFrom(s SprintInfo) ClosedSprint {
	var latest ClosedSprint
	for _, c := range i.ClosedSprints {
		if c.ID != s.ID && c.Start.Before(s.Start) && (latest.ID == 0 || c.Start.After(latest.Start)) {
			latest = c
		}
	}
	return latest
}

// fieldAt returns the raw value that a field had at a moment, with changes at
// exactly that moment applied. now is the field's current raw value.
//
// It walks backwards from the present. The newest change that is not after t
// gives the value with its To. If all changes are after t, the value is the From
// of the oldest one, and without any change it is now. For a status with the
// changes 1→2 on Monday and 2→3 on Friday, the value on Sunday is 1 and on
// Wednesday 2.
func (i *Issue) fieldAt(t time.Time, field Field, now string) string {
	value := now
	for n := len(i.Changes) - 1; n >= 0; n-- {
		c := i.Changes[n]
		if c.Field != field {
			continue
		}
		if !c.At.After(t) {
			return c.To
		}
		value = c.From
	}
	return value
}

// StatusAt returns the id of the status at a moment.
func (i *Issue) StatusAt(t time.Time) string { return i.fieldAt(t, Status, i.Status.ID) }

// InSprint reports whether the issue existed and was in the sprint with the
// given id at a moment.
func (i *Issue) InSprint(sprint int64, t time.Time) bool {
	return !i.Created.After(t) && listHasID(i.fieldAt(t, Sprint, joinIDs(i.Sprints)), sprint)
}

// EstimateAt returns the estimate at a moment, or nil if there was none.
func (i *Issue) EstimateAt(t time.Time) *float64 {
	now := ""
	if i.Estimate != nil {
		now = strconv.FormatFloat(*i.Estimate, 'f', -1, 64)
	}
	return parseNumber(i.fieldAt(t, Estimate, now))
}

// pointsAt returns the estimate at a moment, or 0 if there was none.
func (i *Issue) pointsAt(t time.Time) float64 {
	if e := i.EstimateAt(t); e != nil {
		return *e
	}
	return 0
}

// parseNumber parses a raw estimate. It returns nil for "" and for text that is
// not a number.
func parseNumber(s string) *float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return nil
	}
	return &v
}

// joinIDs writes sprint ids as a changelog does: "7, 8".
func joinIDs(ids []int64) string {
	var out []string
	for _, id := range ids {
		out = append(out, strconv.FormatInt(id, 10))
	}
	return strings.Join(out, ", ")
}

// listHasID reports whether a comma-separated list of ids, as a changelog
// writes it, contains id. It compares whole ids: 7 is not in "77".
func listHasID(list string, id int64) bool {
	want := strconv.FormatInt(id, 10)
	return slices.ContainsFunc(strings.Split(list, ","), func(s string) bool { return strings.TrimSpace(s) == want })
}

// Amount is an amount of work: a number of issues and the sum of their
// estimates.
type Amount struct {
	Issues int     `json:"issues"`
	Points float64 `json:"points"`
}

// Add counts one more issue with the given estimate.
func (a *Amount) Add(points float64) { a.Issues, a.Points = a.Issues+1, a.Points+points }
