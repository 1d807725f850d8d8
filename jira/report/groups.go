package report

import (
	"cmp"
	"slices"
	"time"
)

// Group is a part of the work of a sprint or version, such as that of one person
// or epic.
type Group struct {
	Name       string  `json:"name"`
	Issues     int     `json:"issues"`
	Done       int     `json:"done"`
	Points     float64 `json:"points"`
	DonePoints float64 `json:"done_points"`
	// Left and LeftPoints are what is left to do; Unestimated counts the issues of
	// it without an estimate, which LeftPoints lacks.
	Left        int     `json:"left"`
	LeftPoints  float64 `json:"left_points"`
	Unestimated int     `json:"left_not_estimated"`
}

// groupSet collects groups by name.
type groupSet struct{ list []Group }

// add counts one issue in the group of the given name, which it creates if
// needed. isOpen reports that it is left to do.
func (g *groupSet) add(name string, i *Issue, points float64, done, isOpen bool) {
	n := slices.IndexFunc(g.list, func(g Group) bool { return g.Name == name })
	if n < 0 {
		n = len(g.list)
		g.list = append(g.list, Group{Name: name})
	}
	one := &g.list[n]
	one.Issues++
	one.Points += points
	if done {
		one.Done++
		one.DonePoints += points
	}
	if isOpen {
		one.Left++
		one.LeftPoints += points
		if i.Estimate == nil {
			one.Unestimated++
		}
	}
}

// sorted returns the groups, those with the most work first.
func (g *groupSet) sorted() []Group {
	slices.SortStableFunc(g.list, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(b.Issues, a.Issues), cmp.Compare(a.Name, b.Name))
	})
	if g.list == nil {
		return []Group{} // structured content has a list without items, and no null
	}
	return g.list
}

// GroupBy groups the items that are in the sprint at the end by a name, such as
// their assignee. The groups with the most work come first.
func (s *SprintReport) GroupBy(name func(Item) string) []Group {
	var g groupSet
	for _, i := range s.Items {
		if i.Outcome == Completed || i.Outcome == NotDone {
			g.add(name(i), i.Issue, i.FinalEstimate, i.Outcome == Completed, i.Outcome == NotDone && !i.Cancelled)
		}
	}
	return g.sorted()
}

// OpenItems returns the items that are in the sprint, not done, and accepted by
// like.
func (s *SprintReport) OpenItems(like func(Item) bool) []Item {
	var out []Item
	for _, i := range s.Items {
		if i.Outcome == NotDone && like(i) {
			out = append(out, i)
		}
	}
	return out
}

// ItemInProgress is an item in progress, with the moment since which it is in
// its status.
type ItemInProgress struct {
	Item
	Since time.Time
}

// InProgress returns the items in progress, longest in their status first.
func (s *SprintReport) InProgress() []ItemInProgress {
	var out []ItemInProgress
	for _, i := range s.OpenItems(func(i Item) bool { return i.Status.Category == "indeterminate" }) {
		out = append(out, ItemInProgress{i, i.InStatusSince()})
	}
	slices.SortStableFunc(out, func(a, b ItemInProgress) int { return a.Since.Compare(b.Since) })
	return out
}

// InStatusSince returns the moment at which the issue entered its current
// status: its last status change, or its creation if there is none.
func (i *Issue) InStatusSince() time.Time {
	at := i.Created
	for _, c := range i.Changes {
		if c.Field == Status && c.From != c.To {
			at = c.At
		}
	}
	return at
}

// Event is something that happened to an issue of a sprint: a change of a field,
// or its creation, which has the name "created" and no field.
type Event struct {
	At        time.Time
	By        string
	Key       string
	Field     Field
	Name      string
	From, To  string // values as Jira displays them
	Completes bool   // the issue became done
}

// EventsSince lists the creations and changes of a sprint's issues between
// q.Since and q.Now, oldest first.
func (q SprintInput) EventsSince(s *SprintReport) []Event {
	var out []Event
	for _, i := range s.Items {
		if i.Created.After(q.Since) {
			out = append(out, Event{At: i.Created, Key: i.Key, Name: "created"})
		}
		for _, c := range i.Changes {
			if c.At.After(q.Since) && !c.At.After(q.Now) {
				out = append(out, Event{c.At, c.By, i.Key, c.Field, c.Name, c.FromText, c.ToText, c.Field == Status && q.IsDone(c.To) && !q.IsDone(c.From)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int { return a.At.Compare(b.At) })
	return out
}
