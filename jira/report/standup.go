package report

import (
	"cmp"
	"slices"
	"time"
)

// Comment is that somebody commented on an issue.
type Comment struct {
	At time.Time
	By string
}

// Person is somebody's part in a stand-up.
type Person struct {
	Name    string
	Did     []Deed  // by issue, oldest first
	Doing   []Doing // assigned and in progress, longest in its status first
	Blocked []Issue // assigned, open, and flagged or blocked
}

// Deed is what somebody did to one issue.
type Deed struct {
	Issue     *Issue
	At        time.Time // the last of it
	From, To  string    // status, where it was moved
	Completed bool
	Created   bool
	Comments  int
	Fields    []string // others that were changed
}

// Doing is an issue in progress.
type Doing struct {
	*Issue
	Since time.Time
}

// Standup tells of each person what they did after since, what they have in
// progress and what of theirs is stuck. Who did something is the author of the
// change, not the assignee. People are in the order of their names.
func Standup(issues []Issue, done func(string) bool, since, now time.Time) []Person {
	people := map[string]*Person{}
	who := func(name string) *Person {
		if people[name] == nil {
			people[name] = &Person{Name: name}
		}
		return people[name]
	}
	for n := range issues {
		i := &issues[n]
		for name, d := range deeds(i, done, since, now) {
			p := who(name)
			p.Did = append(p.Did, *d)
		}
		if i.Epic || done(i.Status.ID) || i.Assignee == "" {
			continue
		}
		if i.Status.Category == "indeterminate" {
			p := who(i.Assignee)
			p.Doing = append(p.Doing, Doing{i, i.InStatusSince()})
		}
		if i.Flagged || len(i.BlockedBy) > 0 {
			p := who(i.Assignee)
			p.Blocked = append(p.Blocked, *i)
		}
	}
	var out []Person
	for _, p := range people {
		slices.SortFunc(p.Did, func(a, b Deed) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Issue.Key, b.Issue.Key)) })
		slices.SortStableFunc(p.Doing, func(a, b Doing) int { return a.Since.Compare(b.Since) })
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Person) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// deeds are what was done to an issue, by whom.
func deeds(i *Issue, done func(string) bool, since, now time.Time) map[string]*Deed {
	out := map[string]*Deed{}
	within := func(t time.Time) bool { return t.After(since) && !t.After(now) }
	by := func(name string, at time.Time) *Deed {
		d := out[name]
		if d == nil {
			d = &Deed{Issue: i}
			out[name] = d
		}
		if at.After(d.At) {
			d.At = at
		}
		return d
	}
	if within(i.Created) && i.Creator != "" {
		by(i.Creator, i.Created).Created = true
	}
	for _, c := range i.Changes {
		if !within(c.At) || c.By == "" {
			continue
		}
		d := by(c.By, c.At)
		if c.Field != Status {
			if !slices.Contains(d.Fields, c.Name) {
				d.Fields = append(d.Fields, c.Name)
			}
			continue
		}
		if d.From == "" {
			d.From = c.FromText
		}
		d.To, d.Completed = c.ToText, done(c.To)
	}
	for _, c := range i.Comments {
		if within(c.At) && c.By != "" {
			by(c.By, c.At).Comments++
		}
	}
	return out
}
