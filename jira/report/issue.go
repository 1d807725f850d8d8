package report

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Field is a field whose history reports look at.
type Field string

// The fields.
const (
	Status   Field = "status"   // From and To are ids
	Sprint   Field = "sprint"   // From and To are ids, comma-separated
	Estimate Field = "estimate" // From and To are numbers
	Assignee Field = "assignee"
	Flag     Field = "flag"
	Other    Field = "other"
)

// Change is one change of one field.
type Change struct {
	At       time.Time
	By       string // display name
	Field    Field
	Name     string // what people call the field
	From, To string // as the field has them: see [Field]
	// FromText and ToText are what people see.
	FromText, ToText string
}

// State is a status.
type State struct {
	ID, Name string
	Category string // new, indeterminate or done
}

// Issue is an issue with its history, as far as reports need it.
type Issue struct {
	Key, Summary, Type string
	Subtask, Epic      bool
	Status             State
	Assignee           string // display name; "" for nobody
	Parent             string // of the epic: key and summary
	Priority           string
	Estimate           *float64
	Sprints            []int64 // closed ones too
	Created, Updated   time.Time
	Due                string // 2026-01-31
	Flagged            bool
	BlockedBy          []string // keys of open issues
	Changes            []Change // oldest first
	// Creator and Comments are for stand-ups alone.
	Creator  string
	Comments []Comment
}

// at is the value that a field had at a moment, a change at that moment included:
// what its last change until then left, and what it was before its first one after.
func (i *Issue) at(t time.Time, field Field, now string) string {
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

// StatusAt is the id of the status at a moment.
func (i *Issue) StatusAt(t time.Time) string { return i.at(t, Status, i.Status.ID) }

// InSprint reports whether the issue was in a sprint at a moment.
func (i *Issue) InSprint(sprint int64, t time.Time) bool {
	return !i.Created.After(t) && holds(i.at(t, Sprint, joined(i.Sprints)), sprint)
}

// EstimateAt is the estimate at a moment; nil for none.
func (i *Issue) EstimateAt(t time.Time) *float64 {
	now := ""
	if i.Estimate != nil {
		now = strconv.FormatFloat(*i.Estimate, 'f', -1, 64)
	}
	return number(i.at(t, Estimate, now))
}

func (i *Issue) pointsAt(t time.Time) float64 {
	if e := i.EstimateAt(t); e != nil {
		return *e
	}
	return 0
}

func number(s string) *float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return nil
	}
	return &v
}

func joined(ids []int64) string {
	var out []string
	for _, id := range ids {
		out = append(out, strconv.FormatInt(id, 10))
	}
	return strings.Join(out, ", ")
}

// holds reports a number in a list as a changelog writes it.
func holds(list string, id int64) bool {
	want := strconv.FormatInt(id, 10)
	return slices.ContainsFunc(strings.Split(list, ","), func(s string) bool { return strings.TrimSpace(s) == want })
}

// Amount is an amount of work.
type Amount struct {
	Issues int     `json:"issues"`
	Points float64 `json:"points"`
}

// Add counts one more issue of so many points.
func (a *Amount) Add(points float64) { a.Issues, a.Points = a.Issues+1, a.Points+points }
