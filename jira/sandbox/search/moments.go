package search

import (
	"cmp"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// momentField returns the constructor of a date field. The comparable value is
// the time in UTC as RFC 3339, so = compares whole seconds.
func momentField(get func(*store.Issue) time.Time) func(Env) *field {
	return func(Env) *field {
		return &field{kind: kindMoment, ops: orderOps, moment: get,
			values: func(i *store.Issue) []string {
				if t := get(i); !t.IsZero() {
					return []string{t.UTC().Format(time.RFC3339)}
				}
				return nil
			},
			resolve: func(string) []string { return nil },
			sort:    func(a, b *store.Issue) int { return get(a).Compare(get(b)) }}
	}
}

// dueField returns the due date, which begins at midnight in the caller's time
// zone.
func dueField(env Env) *field {
	return momentField(func(i *store.Issue) time.Time {
		t, _ := time.ParseInLocation(time.DateOnly, i.DueDate, env.Zone)
		return t
	})(env)
}

// relativeDate matches one part of a relative date: a sign, a number and a unit.
var relativeDate = regexp.MustCompile(`^([+-]?)(\d+)([yMwdhm])?$`)

// moment parses a date literal: an absolute date or time in the caller's time
// zone, or an offset from now such as "-5d" or "-4w 2d". A sign applies to the
// parts after it too: "-4w 2d" is 30 days ago (Atlassian support, "JQL
// operators").
func (env Env) moment(t *jql.Term, s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, "2006/01/02", "2006-01-02 15:04", "2006/01/02 15:04"} {
		if at, err := time.ParseInLocation(layout, s, env.Zone); err == nil {
			return at, nil
		}
	}
	at, ok := offset(env.Site.Now().In(env.Zone), s)
	if !ok {
		return time.Time{}, errorf("Date value '%s' for field '%s' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", s, t.Field.Name)
	}
	return at, nil
}

// offset moves a time by the parts of an offset, from left to right, and
// reports whether s is an offset.
func offset(at time.Time, s string) (time.Time, bool) {
	parts, sign := strings.Fields(s), ""
	for _, part := range parts {
		if part[0] == '+' || part[0] == '-' {
			sign = part[:1]
		} else {
			part = sign + part
		}
		moved, ok := shift(at, part)
		if !ok {
			return at, false
		}
		at = moved
	}
	return at, len(parts) > 0
}

// shift moves a time by one part of an offset, and reports whether s is one.
// Years, months, weeks and days follow the calendar; hours and minutes are
// exact durations. A number above 100,000 is rejected.
func shift(at time.Time, s string) (time.Time, bool) {
	m := relativeDate.FindStringSubmatch(s)
	if m == nil {
		return at, false
	}
	n, err := strconv.Atoi(m[2])
	if err != nil || n > 100_000 {
		return at, false
	}
	if m[1] == "-" {
		n = -n
	}
	switch m[3] {
	case "y":
		return addMonths(at, 12*n), true
	case "M":
		return addMonths(at, n), true
	case "w":
		return at.AddDate(0, 0, 7*n), true
	case "d":
		return at.AddDate(0, 0, n), true
	case "h":
		return at.Add(time.Duration(n) * time.Hour), true
	}
	return at.Add(time.Duration(n) * time.Minute), true // the default unit is minutes
}

// addMonths moves a time by months. If the month has no such day, it returns its
// last day: a month after 31 January is 28 February.
func addMonths(at time.Time, n int) time.Time {
	moved := at.AddDate(0, n, 0)
	if moved.Day() != at.Day() {
		return moved.AddDate(0, 0, -moved.Day())
	}
	return moved
}

// timeFunc evaluates now(), startOfDay() and the other date functions. Weeks
// begin on Monday. Without a unit the optional argument counts the function's
// own periods: startOfWeek(-1) is the Monday of last week, startOfWeek("-1d")
// the Sunday before this week. The end of a period is the second before the
// next one begins, also after a move: endOfMonth("+1") is the end of next month
// (Atlassian support, "JQL functions").
func (env Env) timeFunc(fn *jql.Func) (time.Time, error) {
	at := env.Site.Now().In(env.Zone)
	name := strings.ToLower(fn.Name)
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, env.Zone)
	week := day.AddDate(0, 0, -int(day.Weekday()+6)%7)
	month := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, env.Zone)
	year := time.Date(at.Year(), 1, 1, 0, 0, 0, 0, env.Zone)
	unit, end := "d", time.Duration(0)
	switch name {
	case "now":
		return at, nil
	case "startofday":
		at = day
	case "endofday":
		at, end = day.AddDate(0, 0, 1), time.Second
	case "startofweek":
		at, unit = week, "w"
	case "endofweek":
		at, unit, end = week.AddDate(0, 0, 7), "w", time.Second
	case "startofmonth":
		at, unit = month, "M"
	case "endofmonth":
		at, unit, end = month.AddDate(0, 1, 0), "M", time.Second
	case "startofyear":
		at, unit = year, "y"
	case "endofyear":
		at, unit, end = year.AddDate(1, 0, 0), "y", time.Second
	default:
		return at, errorf("Unable to find JQL function '%s(%s)'.", fn.Name, strings.Join(fn.Args, ", "))
	}
	if len(fn.Args) == 0 {
		return at.Add(-end), nil
	}
	arg := fn.Args[0]
	if _, err := strconv.Atoi(arg); err == nil {
		arg += unit
	}
	moved, ok := shift(at, arg)
	if !ok {
		return at, errorf("'%s' is an invalid argument of the function '%s'.", fn.Args[0], fn.Name)
	}
	return moved.Add(-end), nil
}

// compare compiles <, <=, > and >=. Dates compare by time and numbers by value.
// Issue keys compare by number and only within the project of the literal: key
// > PAY-10 matches PAY-11 and never OPS-11. Priorities compare by urgency, so
// priority > Low matches High. Issues without a value never match.
func (env Env) compare(t *jql.Term, f *field) (predicate, error) {
	ok := func(c int) bool {
		switch t.Op {
		case jql.Less:
			return c < 0
		case jql.LessOrEqual:
			return c <= 0
		case jql.Greater:
			return c > 0
		}
		return c >= 0
	}
	switch {
	case f.moment != nil:
		at, err := env.operandMoment(t, t.Operand)
		if err != nil {
			return nil, err
		}
		return func(i *store.Issue) bool { m := f.moment(i); return !m.IsZero() && ok(m.Compare(at)) }, nil
	case f.kind == kindNumber || f.kind == kindIssue:
		return env.compareNumber(t, f, ok)
	}
	return env.comparePriority(t, f, ok)
}

// compareNumber compiles the comparison of a number, or of the number in an
// issue's key.
func (env Env) compareNumber(t *jql.Term, f *field, ok func(int) bool) (predicate, error) {
	v, isValue := t.Operand.(*jql.Value)
	if !isValue {
		return nil, errorf("The operator '%s' needs a value for the field '%s'.", t.Op, t.Field.Name)
	}
	number := v.Text
	if f.kind == kindIssue {
		number = number[strings.LastIndexByte(number, '-')+1:]
	}
	want, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsInf(want, 0) || math.IsNaN(want) {
		return nil, errorf("Value '%s' is invalid for the '%s' field.", v.Text, t.Field.Name)
	}
	if f.kind == kindIssue {
		if base := env.Site.Issue(v.Text); base == nil || !env.Visible(base) {
			return nil, errorf("An issue with key '%s' does not exist for field '%s'.", v.Text, t.Field.Name)
		}
	}
	prefix, _, _ := strings.Cut(v.Text, "-")
	return func(i *store.Issue) bool {
		n, has := f.number(i)
		return has && (f.kind == kindNumber || strings.EqualFold(i.Project.Key, prefix)) && ok(cmp.Compare(n, want))
	}, nil
}

// comparePriority compiles the comparison of priorities. The site lists them
// from the highest to the lowest, so the negated position orders them by
// urgency.
func (env Env) comparePriority(t *jql.Term, f *field, ok func(int) bool) (predicate, error) {
	wanted, _, err := env.operandValues(t, f, t.Operand)
	if err != nil {
		return nil, err
	}
	if len(wanted) != 1 {
		return nil, errorf("The operator '%s' needs one value for the field '%s'.", t.Op, t.Field.Name)
	}
	rank := func(id string) int {
		for n, p := range env.Site.Priorities {
			if p.ID == id {
				return -n
			}
		}
		return 0
	}
	return func(i *store.Issue) bool {
		return i.Priority != nil && ok(cmp.Compare(rank(i.Priority.ID), rank(wanted[0])))
	}, nil
}

// order compiles ORDER BY into a comparison of two issues. Its fields are
// compared one after the other until one differs. The newest issue comes first
// among equal ones and in queries without ORDER BY.
func (env Env) order(sorts []jql.Sort) (func(a, b *store.Issue) int, error) {
	// step is one field of ORDER BY; sign is -1 for descending order.
	type step struct {
		sort func(a, b *store.Issue) int
		sign int
	}
	var steps []step
	for _, s := range sorts {
		f := env.field(s.Field)
		if f == nil || f.sort == nil {
			return nil, errorf("Field '%s' does not exist or you do not have permission to view it.", s.Field.Name)
		}
		sign := 1
		switch {
		case s.Dir == "DESC":
			sign = -1
		case s.Dir == "" && (f.kind == kindMoment || strings.EqualFold(s.Field.Name, "priority")):
			sign = -1 // without a direction the latest and the most urgent come first
		}
		steps = append(steps, step{f.sort, sign})
	}
	return func(a, b *store.Issue) int {
		for _, s := range steps {
			if c := s.sort(a, b) * s.sign; c != 0 {
				return c
			}
		}
		return cmp.Compare(b.ID, a.ID)
	}, nil
}
