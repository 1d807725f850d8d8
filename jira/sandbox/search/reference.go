package search

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/sandbox/store"
)

// maxFilterDepth limits how deeply saved filters may refer to other saved
// filters. Jira rejects filters that refer to themselves; the limit detects
// such a cycle without following the references in advance.
const maxFilterDepth = 10

// savedFilter compiles filter = NAME, and its forms with != and IN, into the
// queries of saved filters that the caller may use. Functions such as
// currentUser() in a filter are evaluated for the caller, not for the filter's
// owner. The ORDER BY of a filter has no effect.
func (env Env) savedFilter(t *jql.Term) (predicate, error) {
	if env.depth >= maxFilterDepth {
		return nil, errorf("Field '%s' with value is part of a cycle of saved filters.", t.Field.Name)
	}
	if !slices.Contains([]jql.Op{jql.Equals, jql.NotEquals, jql.In, jql.NotIn}, t.Op) {
		return nil, errorf("The operator '%s' is not supported by the '%s' field.", t.Op, t.Field.Name)
	}
	list, ok := t.Operand.(*jql.List)
	if !ok {
		list = &jql.List{Items: []jql.Operand{t.Operand}}
	}
	var all []predicate
	for _, item := range list.Items {
		v, ok := item.(*jql.Value)
		if !ok {
			return nil, errorf("The operand is not supported by the '%s' field.", t.Field.Name)
		}
		f := env.Site.Filter(v.Text, env.User)
		if f == nil {
			return nil, errorf("A value with ID or name '%s' does not exist for the field '%s'.", v.Text, t.Field.Name)
		}
		q, err := jql.Parse(f.JQL)
		if err != nil {
			return nil, errorf("The saved filter '%s' does not parse.", v.Text)
		}
		inner := env
		inner.depth++
		p := predicate(func(*store.Issue) bool { return true })
		if q.Where != nil {
			if p, err = inner.clause(q.Where); err != nil {
				return nil, err
			}
		}
		all = append(all, p)
	}
	negative := t.Op == jql.NotEquals || t.Op == jql.NotIn
	return func(i *store.Issue) bool {
		return slices.ContainsFunc(all, func(p predicate) bool { return p(i) }) != negative
	}, nil
}

// linkField returns the field of an issue's linked issues, in either direction.
func linkField(env Env) *field {
	f := keyField(env)
	f.ops, f.number = setOps[:4:4], nil
	f.values = func(i *store.Issue) []string {
		var ids []string
		for _, l := range i.Links {
			ids = append(ids, strconv.FormatInt(l.Other, 10))
		}
		return ids
	}
	return f
}

// linkTypeField returns the field of an issue's link phrases, as the issue's
// own page shows them: "blocks" on one issue, "is blocked by" on the other.
func linkTypeField(env Env) *field {
	return setField(func(i *store.Issue) []string {
		var phrases []string
		for _, l := range i.Links {
			phrase := l.Type.Inward
			if l.Outward {
				phrase = l.Type.Outward
			}
			phrases = append(phrases, strings.ToLower(phrase))
		}
		return phrases
	}, func(s string) []string {
		for _, l := range env.Site.LinkTypes {
			if strings.EqualFold(l.Inward, s) || strings.EqualFold(l.Outward, s) {
				return []string{strings.ToLower(s)}
			}
		}
		return nil
	})
}

// attachmentsField returns the attachments field, which supports IS and IS NOT
// alone.
func attachmentsField(Env) *field {
	return &field{kind: kindSet, ops: []jql.Op{jql.Is, jql.IsNot}, resolve: func(string) []string { return nil }, values: func(i *store.Issue) []string {
		var ids []string
		for _, a := range i.Attachments {
			ids = append(ids, a.ID)
		}
		return ids
	}}
}

// countField returns the constructor of a number that every issue has.
func countField(get func(*store.Issue) float64) func(Env) *field {
	return func(Env) *field {
		f := numberField(func(i *store.Issue) (float64, bool) { return get(i), true })
		return f
	}
}

// numberField returns a field of numbers. Their shortest decimal form is the
// comparable value, so that 3 and 3.0 are equal. Empty fields sort as 0.
func numberField(number func(*store.Issue) (float64, bool)) *field {
	f := setField(func(i *store.Issue) []string {
		if v, ok := number(i); ok {
			return []string{strconv.FormatFloat(v, 'f', -1, 64)}
		}
		return nil
	}, func(s string) []string {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return nil
		}
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}
	})
	f.kind, f.ops, f.number = kindNumber, orderOps, number
	f.sort = func(a, b *store.Issue) int {
		x, _ := number(a)
		y, _ := number(b)
		return cmp.Compare(x, y)
	}
	return f
}

// usersField returns a custom field with several users.
func usersField(env Env, id string) *field {
	f := userField(func(*store.Issue) *store.User { return nil })(env)
	f.values = func(i *store.Issue) []string {
		list, _ := i.Custom[id].([]*store.User)
		var ids []string
		for _, u := range list {
			ids = append(ids, u.ID)
		}
		return ids
	}
	f.sort = func(a, b *store.Issue) int { return slices.Compare(f.values(a), f.values(b)) }
	return f
}

// dateField returns a custom date, which begins at midnight in the caller's
// time zone.
func dateField(env Env, id string) *field {
	return momentField(func(i *store.Issue) time.Time {
		s, _ := i.Custom[id].(string)
		t, _ := time.ParseInLocation(time.DateOnly, s, env.Zone)
		return t
	})(env)
}

// versions evaluates releasedVersions() and unreleasedVersions(): the ids of
// the versions of the named projects, or of all projects that the caller sees.
func (env Env) versions(fn *jql.Func) ([]string, error) {
	var projects []*store.Project
	for _, p := range env.Site.Projects {
		if p.Browsers == nil || slices.Contains(p.Browsers, env.User) {
			projects = append(projects, p)
		}
	}
	if len(fn.Args) > 0 {
		var asked []*store.Project
		for _, arg := range fn.Args {
			ids := projectField(env).resolve(arg)
			if ids == nil {
				return nil, errorf("Could not resolve the project '%s' provided to function '%s'.", arg, fn.Name)
			}
			asked = append(asked, env.Site.Project(ids[0]))
		}
		projects = asked
	}
	released := strings.EqualFold(fn.Name, "releasedVersions")
	ids := []string{}
	for _, p := range projects {
		for _, v := range p.Versions {
			if v.Released == released {
				ids = append(ids, v.ID)
			}
		}
	}
	return ids, nil
}

// types evaluates standardIssueTypes() and subtaskIssueTypes().
func (env Env) types(fn *jql.Func) []string {
	ids := []string{}
	for _, t := range env.Site.Types {
		if t.IsSubtask() == strings.HasPrefix(strings.ToLower(fn.Name), "subtask") {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// Reference describes a site's query language: the fields and functions that a
// client can offer while somebody writes a query.
type Reference struct {
	Fields    []FieldReference
	Functions []FunctionReference
}

// FieldReference describes a field and its operators.
type FieldReference struct {
	Value     string // as written in a query, quoted if necessary
	Display   string // as shown in a list
	CustomID  int64  // 0 for system fields
	Operators []jql.Op
	Types     []string // of the values, by their Java names
	Orderable bool     // whether ORDER BY takes it
}

// FunctionReference describes a function and the type of the values that it
// returns.
type FunctionReference struct {
	Value string
	List  bool // whether it returns several values
	Types []string
}

// typeNames maps kinds to the data types, as Atlassian names them.
var typeNames = map[kind]string{kindSet: "com.atlassian.jira.issue.status.Status", kindText: "java.lang.String", kindUser: "com.atlassian.jira.user.ApplicationUser",
	kindSprint: "com.atlassian.greenhopper.service.sprint.Sprint", kindMoment: "java.util.Date", kindNumber: "java.lang.Number", kindIssue: "com.atlassian.jira.issue.Issue"}

// Describe returns the fields and functions that a caller can use, with the
// fields sorted by name.
func Describe(env Env) Reference {
	var r Reference
	for name := range builtins {
		f := builtins[name](env)
		r.Fields = append(r.Fields, FieldReference{Value: spelling(name), Display: spelling(name), Operators: operators(f, name), Types: []string{typeNames[f.kind]}, Orderable: f.sort != nil})
	}
	for _, name := range []string{"filter", "savedFilter", "request", "searchRequest"} {
		r.Fields = append(r.Fields, FieldReference{Value: name, Display: name, Operators: setOps[:4:4], Types: []string{"com.atlassian.jira.issue.search.SearchRequest"}})
	}
	for _, def := range env.Site.Fields {
		if def.Custom == "" {
			continue
		}
		f := env.customField(def)
		value := def.Name
		if strings.Contains(value, " ") {
			value = strconv.Quote(value)
		}
		r.Fields = append(r.Fields, FieldReference{Value: value, Display: fmt.Sprintf("%s - cf[%d]", def.Name, def.CustomID), CustomID: def.CustomID,
			Operators: operators(f, ""), Types: []string{typeNames[f.kind]}, Orderable: f.sort != nil})
	}
	slices.SortFunc(r.Fields, func(a, b FieldReference) int {
		return strings.Compare(strings.ToLower(a.Value), strings.ToLower(b.Value))
	})
	for _, fn := range []struct {
		value string
		list  bool
		kind  kind
	}{
		{"currentUser()", false, kindUser}, {"membersOf(\"\")", true, kindUser}, {"linkedIssues(\"\")", true, kindIssue}, {"updatedBy(\"\")", true, kindIssue},
		{"openSprints()", true, kindSprint}, {"closedSprints()", true, kindSprint}, {"futureSprints()", true, kindSprint}, {"now()", false, kindMoment},
		{"startOfDay()", false, kindMoment}, {"startOfWeek()", false, kindMoment}, {"startOfMonth()", false, kindMoment}, {"startOfYear()", false, kindMoment},
		{"endOfDay()", false, kindMoment}, {"endOfWeek()", false, kindMoment}, {"endOfMonth()", false, kindMoment}, {"endOfYear()", false, kindMoment},
		{"releasedVersions()", true, kindSet}, {"unreleasedVersions()", true, kindSet}, {"standardIssueTypes()", true, kindSet}, {"subtaskIssueTypes()", true, kindSet},
	} {
		r.Functions = append(r.Functions, FunctionReference{fn.value, fn.list, []string{typeNames[fn.kind]}})
	}
	return r
}

// spelling returns the name of a built-in field as Jira writes it.
func spelling(name string) string {
	for _, s := range []string{"issueKey", "workItem", "statusCategory", "fixVersion", "affectedVersion", "createdDate", "updatedDate", "resolutionDate", "dueDate", "issueType",
		"issueLink", "issueLinkType", "statusCategoryChangedDate"} {
		if strings.EqualFold(s, name) {
			return s
		}
	}
	if strings.Contains(name, " ") {
		return strconv.Quote(name)
	}
	return name
}

// operators returns the operators of the field with a lower-case built-in name,
// history operators included.
func operators(f *field, name string) []jql.Op {
	out := slices.Clone(f.ops)
	if _, ok := historyFields[name]; ok {
		out = append(out, jql.Was, jql.WasNot, jql.WasIn, jql.WasNotIn, jql.Changed)
	}
	return out
}
