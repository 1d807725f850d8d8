package search

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// historyFields maps the fields that have history operators to their ids in the
// changelog. WAS, WAS IN, WAS NOT, WAS NOT IN and CHANGED work on these fields
// only (Atlassian support, "JQL operators").
var historyFields = map[string]string{"assignee": "assignee", "fixversion": "fixVersions", "priority": "priority", "reporter": "reporter", "resolution": "resolution", "status": "status"}

// isHistory reports whether an operator searches the changelog.
func isHistory(op jql.Op) bool {
	return slices.Contains([]jql.Op{jql.Was, jql.WasNot, jql.WasIn, jql.WasNotIn, jql.Changed}, op)
}

// span represents the period in which a field had one value.
type span struct {
	values      []string // ids; none while the field was empty
	from, until time.Time
	by          *store.User // who set the value
}

// spans returns the periods of a field's values, oldest first. It replays the
// changelog: each entry ends the period of its From value and begins the next.
// The creation of an issue writes no entry, so the first period, which starts
// at the creation, has the From value of the first entry, or the current value
// if the field never changed. The last period ends now.
//
// Example: an issue created on Monday, moved on Tuesday from To Do to In
// Progress and not changed since, has the spans To Do (Monday to Tuesday, by
// the creator) and In Progress (Tuesday to now, by the author of the entry).
func spans(i *store.Issue, fieldID string, current []string, now time.Time) []span {
	var out []span
	at, by := i.Created, i.Creator
	for _, c := range i.History {
		for _, it := range c.Items {
			if it.FieldID != fieldID {
				continue
			}
			out = append(out, span{splitIDs(it.From), at, c.At, by})
			at, by = c.At, c.Author
		}
	}
	return append(out, span{current, at, now, by})
}

// splitIDs splits the ids of a changelog value, which lists several as "1, 2".
func splitIDs(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

// history compiles WAS, WAS IN, their negations and CHANGED, by comparing the
// spans of the field with the operand and the predicates after it.
func (env Env) history(t *jql.Term, f *field) (predicate, error) {
	id, ok := historyFields[strings.ToLower(t.Field.Name)]
	if !ok {
		return nil, errorf("History searches do not support the '%s' field.", t.Field.Name)
	}
	when, err := env.historyPredicates(t, f)
	if err != nil {
		return nil, err
	}
	now := env.Site.Now()
	if t.Op == jql.Changed {
		return func(i *store.Issue) bool {
			all := spans(i, id, f.values(i), now)
			for n := 1; n < len(all); n++ {
				if when.matchesChange(all[n-1], all[n]) {
					return true
				}
			}
			return false
		}, nil
	}
	wanted, empty, err := env.operandValues(t, f, t.Operand)
	if err != nil {
		return nil, err
	}
	negative := t.Op == jql.WasNot || t.Op == jql.WasNotIn
	return func(i *store.Issue) bool {
		found := slices.ContainsFunc(spans(i, id, f.values(i), now), func(s span) bool {
			is := len(s.values) == 0 && empty || slices.ContainsFunc(s.values, func(v string) bool { return slices.Contains(wanted, v) })
			return is && when.matchesSpan(s)
		})
		return found != negative
	}, nil
}

// historyFilter represents the predicates after a history operator, for
// instance FROM, BY and AFTER in: status CHANGED FROM Done BY ana AFTER -2w.
type historyFilter struct {
	from, to   []string // ids; nil if not given
	fromEmpty  bool
	toEmpty    bool
	by         []string
	start, end time.Time // the period of BEFORE, AFTER, ON and DURING; zero if open
}

// historyPredicates evaluates the predicates of a term. BEFORE, AFTER, ON and
// DURING become one period, in which all of them are true: ON covers one day in
// the caller's time zone, DURING the time between two dates.
func (env Env) historyPredicates(t *jql.Term, f *field) (historyFilter, error) {
	var w historyFilter
	for _, p := range t.Predicates {
		var err error
		var start, end time.Time
		switch p.Op {
		case "from":
			w.from, w.fromEmpty, err = env.operandValues(t, f, p.Operand)
		case "to":
			w.to, w.toEmpty, err = env.operandValues(t, f, p.Operand)
		case "by":
			err = env.narrowPeople(&w, p.Operand)
		case "before":
			end, err = env.operandMoment(t, p.Operand)
		case "after":
			start, err = env.operandMoment(t, p.Operand)
		case "on":
			if start, err = env.operandMoment(t, p.Operand); err == nil {
				day := start.In(env.Zone)
				start = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, env.Zone)
				end = start.AddDate(0, 0, 1)
			}
		case "during":
			list, ok := p.Operand.(*jql.List)
			if !ok || len(list.Items) != 2 {
				return w, errorf("The 'during' predicate needs a start and an end in parentheses.")
			}
			if start, err = env.operandMoment(t, list.Items[0]); err == nil {
				end, err = env.operandMoment(t, list.Items[1])
			}
		}
		if err != nil {
			return w, err
		}
		w.narrowPeriod(start, end)
	}
	return w, nil
}

// narrowPeriod restricts the period to its part between two times; a zero time
// restricts nothing.
func (w *historyFilter) narrowPeriod(start, end time.Time) {
	if start.After(w.start) {
		w.start = start
	}
	if !end.IsZero() && (w.end.IsZero() || end.Before(w.end)) {
		w.end = end
	}
}

// narrowPeople restricts the people to those that an operand of BY names. Of
// several BY predicates all have to be true, and one that names nobody matches
// nothing.
func (env Env) narrowPeople(w *historyFilter, o jql.Operand) error {
	ids, empty, err := env.operandValues(&jql.Term{Field: jql.Field{Name: "by"}}, builtins["assignee"](env), o)
	if err != nil {
		return err
	}
	if empty {
		return errorf("The 'by' predicate does not support EMPTY.")
	}
	if w.by != nil {
		ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(w.by, id) })
	}
	w.by = append([]string{}, ids...)
	return nil
}

// operandMoment returns the time of a date literal or a date function.
func (env Env) operandMoment(t *jql.Term, o jql.Operand) (time.Time, error) {
	switch o := o.(type) {
	case *jql.Func:
		return env.timeFunc(o)
	case *jql.Value:
		return env.moment(t, o.Text)
	}
	return time.Time{}, errorf("A date is needed for field '%s'.", t.Field.Name)
}

// matchesSpan reports whether a value was present at some time in the period
// and was set by one of the named people.
func (w historyFilter) matchesSpan(s span) bool {
	return (w.start.IsZero() || s.until.After(w.start)) && (w.end.IsZero() || s.from.Before(w.end)) && w.isBy(s.by)
}

// matchesChange reports whether the change between two adjacent spans happened
// in the period, was made by one of the named people, and has the FROM and TO
// values of the query. The start of the period is inclusive, the end exclusive.
func (w historyFilter) matchesChange(before, after span) bool {
	if !w.start.IsZero() && after.from.Before(w.start) || !w.end.IsZero() && !after.from.Before(w.end) || !w.isBy(after.by) {
		return false
	}
	is := func(values, wanted []string, empty bool) bool {
		if wanted == nil && !empty {
			return true
		}
		return len(values) == 0 && empty || slices.ContainsFunc(values, func(v string) bool { return slices.Contains(wanted, v) })
	}
	return is(before.values, w.from, w.fromEmpty) && is(after.values, w.to, w.toEmpty)
}

// isBy reports whether u is one of the people after BY; without BY everybody
// is.
func (w historyFilter) isBy(u *store.User) bool {
	return w.by == nil || u != nil && slices.Contains(w.by, u.ID)
}

// linkedIssues evaluates linkedIssues(key, phrase …): the ids of the issues
// linked to the given one. Phrases restrict it to links that read so from the
// given issue: with "blocks", only the issues that it blocks.
func (env Env) linkedIssues(fn *jql.Func) ([]string, error) {
	if len(fn.Args) == 0 {
		return nil, errorf("Function '%s' expected an issue key.", fn.Name)
	}
	i := env.Site.Issue(fn.Args[0])
	if i == nil || !env.Visible(i) {
		return nil, errorf("Issue '%s' could not be found in function '%s'.", fn.Args[0], fn.Name)
	}
	for _, phrase := range fn.Args[1:] {
		if !slices.ContainsFunc(env.Site.LinkTypes, func(l *store.LinkType) bool {
			return strings.EqualFold(l.Inward, phrase) || strings.EqualFold(l.Outward, phrase)
		}) {
			return nil, errorf("Issue link type '%s' could not be found in function '%s'.", phrase, fn.Name)
		}
	}
	found := []string{}
	for _, l := range i.Links {
		phrase := l.Type.Inward
		if l.Outward {
			phrase = l.Type.Outward
		}
		if len(fn.Args) == 1 || slices.ContainsFunc(fn.Args[1:], func(p string) bool { return strings.EqualFold(p, phrase) }) {
			found = append(found, strconv.FormatInt(l.Other, 10))
		}
	}
	return found, nil
}

// updatedBy evaluates updatedBy(user, from, to): the ids of the issues that the
// user created, changed or commented on in that time. Both dates are optional.
func (env Env) updatedBy(t *jql.Term, fn *jql.Func) ([]string, error) {
	if len(fn.Args) == 0 || len(fn.Args) > 3 {
		return nil, errorf("Function '%s' expected between 1 and 3 arguments.", fn.Name)
	}
	users := builtins["assignee"](env).resolve(fn.Args[0])
	if users == nil {
		return nil, errorf("The user '%s' could not be found in function '%s'.", fn.Args[0], fn.Name)
	}
	var bounds [2]time.Time
	for n, arg := range fn.Args[1:] {
		at, err := env.moment(t, arg)
		if err != nil {
			return nil, err
		}
		bounds[n] = at
	}
	did := func(u *store.User, at time.Time) bool {
		return u != nil && slices.Contains(users, u.ID) && (bounds[0].IsZero() || !at.Before(bounds[0])) && (bounds[1].IsZero() || at.Before(bounds[1]))
	}
	found := []string{}
	for _, i := range env.Site.Searchable(nil) {
		if did(i.Creator, i.Created) || slices.ContainsFunc(i.History, func(c *store.Change) bool { return did(c.Author, c.At) }) ||
			slices.ContainsFunc(i.Comments, func(c *store.Comment) bool { return did(c.Author, c.Created) }) {
			found = append(found, strconv.FormatInt(i.ID, 10))
		}
	}
	return found, nil
}

// membersOf evaluates membersOf(group): the account ids of the members.
func (env Env) membersOf(fn *jql.Func) ([]string, error) {
	if len(fn.Args) != 1 {
		return nil, errorf("Function '%s' expected '1' arguments but received '%d'.", fn.Name, len(fn.Args))
	}
	for _, g := range env.Site.Groups {
		if strings.EqualFold(g.Name, fn.Args[0]) || g.ID == fn.Args[0] {
			found := []string{}
			for _, u := range g.Members {
				found = append(found, u.ID)
			}
			return found, nil
		}
	}
	return nil, errorf("Function '%s' can not generate a list of usernames for group '%s'; the group does not exist.", fn.Name, fn.Args[0])
}
