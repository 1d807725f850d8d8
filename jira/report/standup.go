package report

import (
	"cmp"
	"slices"
	"time"
)

// Comment records who commented on an issue, and when. Stand-ups do not need the
// text.
type Comment struct {
	At time.Time
	By string
}

// Person is one person's part of a stand-up.
type Person struct {
	Name       string
	Activities []Activity        // one per issue, oldest first
	InProgress []IssueInProgress // assigned issues in progress, longest in their status first
	Blocked    []Issue           // assigned open issues that are flagged or blocked
}

// Activity is everything that one person did to one issue in the period.
type Activity struct {
	Issue     *Issue
	At        time.Time // the latest of it
	From, To  string    // first and last status, as displayed, if this person changed it
	Completed bool      // this person's last status change made it done
	Created   bool      // this person created the issue
	Comments  int       // number of comments
	Fields    []string  // display names of the other changed fields
}

// IssueInProgress is an issue in progress, with the moment since which it is in
// its status.
type IssueInProgress struct {
	*Issue
	Since time.Time
}

// Standup returns for each person what they did after since and up to now, which
// of their issues are in progress, and which are blocked or flagged. Activity
// belongs to the author of the change, not to the assignee. People are sorted by
// name.
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
		for name, d := range activitiesByPerson(i, done, since, now) {
			p := who(name)
			p.Activities = append(p.Activities, *d)
		}
		if i.Epic || done(i.Status.ID) || i.Assignee == "" {
			continue
		}
		if i.Status.Category == "indeterminate" {
			p := who(i.Assignee)
			p.InProgress = append(p.InProgress, IssueInProgress{i, i.InStatusSince()})
		}
		if i.Flagged || len(i.BlockedBy) > 0 {
			p := who(i.Assignee)
			p.Blocked = append(p.Blocked, *i)
		}
	}
	var out []Person
	for _, p := range people {
		slices.SortFunc(p.Activities, func(a, b Activity) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Issue.Key, b.Issue.Key)) })
		slices.SortStableFunc(p.InProgress, func(a, b IssueInProgress) int { return a.Since.Compare(b.Since) })
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Person) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// activitiesByPerson returns what was done to an issue, by the name of the
// person who did it.
func activitiesByPerson(i *Issue, done func(string) bool, since, now time.Time) map[string]*Activity {
	out := map[string]*Activity{}
	within := func(t time.Time) bool { return t.After(since) && !t.After(now) }
	by := func(name string, at time.Time) *Activity {
		d := out[name]
		if d == nil {
			d = &Activity{Issue: i}
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
