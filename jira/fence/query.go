package fence

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/jql"
	"github.com/seed-7d826362/jira-mcp/jira/key"
	"github.com/seed-7d826362/jira-mcp/jira/operation"
)

// NameChecker answers the questions about names that arise while a query is
// checked. [Guard] has an implementation over a [Lookup].
type NameChecker interface {
	// Inside reports whether the thing with a name is inside. A thing that does
	// not exist is outside.
	Inside(ctx context.Context, kind operation.Kind, name string) (bool, error)
	// InsideNames returns the names of a kind that are inside, for error messages,
	// as far as checking a name has fetched them.
	InsideNames(ctx context.Context, kind operation.Kind) []string
	// Filters returns the queries of the saved filters with a name or id.
	Filters(ctx context.Context, nameOrID string) (queries []string, err error)
	// FieldKind returns what a custom field's values refer to (version, sprint,
	// …), or "" if they refer to nothing in a project or there is no such field.
	FieldKind(ctx context.Context, field string) (operation.Kind, error)
}

const (
	maxFilterDepth = 4  // how deep saved filters may name saved filters
	maxFilters     = 20 // saved filters in one query
)

// ConfineQuery returns a query restricted to the projects inside. The result is
// printed from the parsed tree and never contains the caller's own characters;
// send it, not text. ConfineQuery fails with an [*Error] if the query names
// something outside or cannot be checked, and with a [*jql.Error] if it does
// not parse; errors of names are returned as they are.
//
// It works in four steps:
//
//  1. Parse the text. Unbalanced input such as a = 1) OR (b = 2 fails here.
//  2. Check every term of the tree: each project, issue, version, component,
//     sprint, filter and function that it names has to be inside. The restriction
//     alone would not do: Jira refuses a query that names an unknown thing and
//     returns no issues for one outside, so that a caller could learn what exists.
//  3. Join the restriction to the tree, as the first half of an AND.
//  4. Print the tree, parse the text again and compare, in case printing and
//     parsing disagree.
//
// For example, around PAY
//
//	status = Done OR key = PAY-7 ORDER BY created
//
// becomes
//
//	project IN ("PAY") AND (status = Done OR key = PAY-7) ORDER BY created
//
// A saved filter is replaced by its query, since Jira would run it unchecked.
// In its query, names that are outside match nothing and are not refused: the
// author may have meant more projects than these, and the caller must not learn
// which. A filter that cannot match anything inside is outside itself.
func (f *Fence) ConfineQuery(ctx context.Context, text string, site NameChecker) (confined string, err error) {
	q, err := jql.Parse(text)
	if err != nil {
		return "", err
	}
	c := &queryChecker{ctx: ctx, fence: f, names: site}
	q, err = q.Replace(c.checkTerm)
	if err != nil {
		return "", err
	}
	seen, _ := f.Visible()
	if len(seen) == 0 {
		return "", f.ErrUndecidable("its user sees none of them")
	}
	confined = q.Confine(seen).String()
	if !f.isConfined(confined, q, seen) {
		return "", f.ErrUndecidable("cannot safely confine this query; rewrite it")
	}
	return confined, nil
}

// isConfined reports whether the text to be sent, parsed again, is the
// restriction to projects AND the whole query q in one piece. It does not trust
// the printer: a printed query that parses as another tree could contain an OR
// that escapes the restriction.
func (f *Fence) isConfined(sent string, q *jql.Query, projects []string) bool {
	back, err := jql.Parse(sent)
	if err != nil || len(back.OrderBy) != len(q.OrderBy) {
		return false
	}
	inside := (&jql.Query{}).Confine(projects).String()
	first := back.Where
	if q.Where != nil {
		and, ok := back.Where.(*jql.And)
		if !ok || len(and.Clauses) != 2 || (&jql.Query{Where: and.Clauses[1]}).String() != (&jql.Query{Where: q.Where}).String() {
			return false
		}
		first = and.Clauses[0]
	}
	return first != nil && (&jql.Query{Where: first}).String() == inside
}

// queryChecker checks the terms of one query and of the saved filters in it.
type queryChecker struct {
	ctx         context.Context // of the call of ConfineQuery; Replace passes none to checkTerm
	fence       *Fence
	names       NameChecker
	depth       int // nesting of saved filters; 0 in the caller's own text
	filterCount int // number of saved filters replaced so far
	insideCount int // number of things inside that the present saved filter names
}

// errOutside reports a name outside in a saved filter, where it is not refused
// but matches nothing. It never reaches the caller.
var errOutside = errors.New("outside")

// checkTerm checks a term and returns the clause that takes its place: the term
// itself, the query of a saved filter, or, for a name outside in a saved
// filter, a clause without that name.
func (c *queryChecker) checkTerm(t *jql.Term) (jql.Clause, error) {
	field := foldCase(t.Field.Name)
	if slices.Contains(filterFields, field) {
		clause, err := c.expandFilters(t)
		return c.replaceOutside(t, clause, err, jql.MatchAll())
	}
	clause, err := c.checkFieldTerm(field, t)
	// These operators do not match an issue whose field is empty (Atlassian
	// support, "JQL operators"), so that fixVersion != secret matches the
	// issues that have a version. WAS NOT matches empty fields too, and every
	// issue has a key and a project.
	others := jql.Clause(&jql.Term{Field: t.Field, Op: jql.IsNot, Operand: &jql.Empty{}})
	if t.Op == jql.WasNot || t.Op == jql.WasNotIn || slices.Contains(issueKeyFields, field) || field == "project" || field == "space" {
		others = jql.MatchAll()
	}
	return c.replaceOutside(t, clause, err, others)
}

// replaceOutside returns the clause for a term whose check ended with err. If
// the term names something outside, in a saved filter, nothing inside equals
// that thing: a positive term matches no issue, and a negative one matches
// others, which are all issues or those whose field has a value.
//
//	project = OPS            project IS EMPTY (no issue)
//	project != OPS           project IS NOT EMPTY (every issue)
//	fixVersion != secret     fixVersion IS NOT EMPTY
func (c *queryChecker) replaceOutside(t *jql.Term, clause jql.Clause, err error, others jql.Clause) (jql.Clause, error) {
	negative := slices.Contains([]jql.Op{jql.NotEquals, jql.NotIn, jql.IsNot, jql.WasNot, jql.WasNotIn, jql.NotLike}, t.Op)
	switch {
	case errors.Is(err, errOutside) && negative:
		return others, nil
	case errors.Is(err, errOutside):
		return jql.MatchNone(), nil
	}
	return clause, err
}

// checkFieldTerm checks a term on a field other than a saved filter's. It
// returns the term, or a copy with the shorter list that checkOperand returned.
func (c *queryChecker) checkFieldTerm(field string, t *jql.Term) (jql.Clause, error) {
	narrowed, err := c.checkOperand(field, t.Op, t.Operand)
	for i := 0; err == nil && i < len(t.Predicates); i++ {
		err = c.checkPredicate(field, t.Predicates[i])
	}
	if err != nil || narrowed == t.Operand {
		return t, err
	}
	other := *t
	other.Operand = narrowed
	return &other, nil
}

// foldCase returns a name in lower case as Jira may compare it. Jira may fold
// case by way of capitals, which equates more characters than lower case alone:
// "ſpace" is SPACE there, and "ıd" ID. Without this, such a spelling would
// evade the lists of fields below.
func foldCase(s string) string { return strings.ToLower(strings.ToUpper(strings.TrimSpace(s))) }

// checkPredicate checks a predicate of a history operator. FROM and TO take
// values of the field; BY takes people and the others take dates, which name
// nothing in a project. A list that is partly outside counts as outside as a
// whole.
func (c *queryChecker) checkPredicate(field string, p jql.Predicate) error {
	if p.Op != "from" && p.Op != "to" {
		field = "assignee" // a field whose values need no check
	}
	narrowed, err := c.checkOperand(field, jql.Was, p.Operand)
	if err == nil && narrowed != p.Operand {
		err = errOutside
	}
	return err
}

// checkOperand checks the right side of a term. In a saved filter it returns a
// list without the items outside, and errOutside if none is left: project in
// (PAY, OPS) becomes project IN (PAY).
func (c *queryChecker) checkOperand(field string, op jql.Op, o jql.Operand) (jql.Operand, error) {
	switch o := o.(type) {
	case *jql.List:
		kept := &jql.List{At: o.At}
		for _, item := range o.Items {
			item, err := c.checkOperand(field, op, item)
			if errors.Is(err, errOutside) {
				continue
			}
			if err != nil {
				return nil, err
			}
			kept.Items = append(kept.Items, item)
		}
		switch len(kept.Items) {
		case 0:
			return nil, errOutside
		case len(o.Items):
			return o, nil
		}
		return kept, nil
	case *jql.Func:
		return c.checkFunction(o)
	case *jql.Value:
		return o, c.checkValue(field, op, o.Text)
	}
	return o, nil
}

// Fields whose values name things in projects, and fields that hold saved
// filters, by name in lower case (Atlassian support, "JQL fields").
var (
	projectFields = []string{"project", "space", "parentproject", "parentspace"}
	// issueKeyFields name the issue itself. Every issue has one, and a project.
	issueKeyFields    = []string{"key", "issuekey", "issue", "id", "workitem", "work item", "workitemkey"}
	linkedIssueFields = []string{"parent", "epic link", "parent link", "issuelink", "epic"} // name another issue
	versionFields     = []string{"fixversion", "fix version", "fix versions", "fixversions", "affectedversion", "affects version", "affects versions", "affectsversion", "versions"}
	componentFields   = []string{"component", "components"}
	sprintFields      = []string{"sprint"}
	filterFields      = []string{"filter", "savedfilter", "request", "searchrequest"}
)

// Functions whose arguments name issues or projects, in lower case. A function
// that is neither here nor in harmlessFunctions is refused: its values may be
// outside.
var (
	issueFunctions   = []string{"linkedissues", "linkedworkitems", "childissuesof", "portfoliochildissuesof", "linkedissue"}
	projectFunctions = []string{"releasedversions", "unreleasedversions", "latestreleasedversion", "earliestunreleasedversion"}
)

// checkValue checks one value that a field is compared with, by the kind of
// thing that the field holds. For a field in none of the lists, such as a
// custom field, names.FieldKind tells what it refers to. If it refers to
// nothing, only a value that is an issue key is checked, as of an epic link.
func (c *queryChecker) checkValue(field string, op jql.Op, text string) error {
	free := op == jql.Like || op == jql.NotLike // a text to search for, not a name
	switch {
	case slices.Contains(projectFields, field):
		return c.checkName(operation.KindProject, text)
	case slices.Contains(issueKeyFields, field) || slices.Contains(linkedIssueFields, field):
		return c.checkName(operation.KindIssue, text)
	case free:
		return nil
	case slices.Contains(versionFields, field):
		return c.checkName(operation.KindVersion, text)
	case slices.Contains(componentFields, field):
		return c.checkName(operation.KindComponent, text)
	case slices.Contains(sprintFields, field):
		return c.checkName(operation.KindSprint, text)
	case isHarmlessField(field):
		return nil
	}
	kind, err := c.names.FieldKind(c.ctx, field)
	switch {
	case err != nil:
		return err
	case kind != "":
		return c.checkName(kind, text)
	case key.IsIssue(text):
		// The field may be an epic link or an issue picker.
		return c.checkName(operation.KindIssue, text)
	}
	return nil
}

// checkName checks that the thing with a name is inside. It returns errOutside
// for a name in a saved filter, and a refusal for one in the caller's text.
func (c *queryChecker) checkName(kind operation.Kind, name string) error {
	inside, err := c.names.Inside(c.ctx, kind, name)
	if err != nil {
		return err
	}
	switch {
	case inside:
		c.insideCount++
		return nil
	case c.depth > 0:
		return errOutside
	}
	return c.fence.ErrOutside(name, c.names.InsideNames(c.ctx, kind))
}

// checkFunction checks the things that a function call names in its arguments.
// In a saved filter it returns the call without the projects outside:
// releasedVersions(PAY, OPS) becomes releasedVersions(PAY).
func (c *queryChecker) checkFunction(fn *jql.Func) (jql.Operand, error) {
	name := foldCase(fn.Name)
	switch {
	case slices.Contains(harmlessFunctions, name):
		return fn, nil
	case slices.Contains(issueFunctions, name):
		if len(fn.Args) == 0 {
			return fn, nil
		}
		return fn, c.checkName(operation.KindIssue, fn.Args[0])
	case slices.Contains(projectFunctions, name):
		kept := &jql.Func{Name: fn.Name, At: fn.At}
		for _, arg := range fn.Args {
			err := c.checkName(operation.KindProject, arg)
			if errors.Is(err, errOutside) {
				continue
			}
			if err != nil {
				return nil, err
			}
			kept.Args = append(kept.Args, arg)
		}
		switch {
		case len(kept.Args) == len(fn.Args):
			return fn, nil
		case len(kept.Args) == 0:
			return nil, errOutside
		}
		return kept, nil
	}
	return nil, c.fence.ErrUndecidable("cannot check the function %s()", fn.Name)
}
