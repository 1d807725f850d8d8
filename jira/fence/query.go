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

// Site answers the questions that judging a query raises. [Guard] implements it
// over a [Lookup].
type Site interface {
	// Inside reports whether something that a query names is inside. A thing
	// that does not exist is outside.
	Inside(ctx context.Context, kind operation.Kind, name string) (bool, error)
	// Known returns the names of a kind inside, where judging a name has asked
	// for their list; for error messages.
	Known(ctx context.Context, kind operation.Kind) []string
	// Filters returns the queries of the saved filters with a name or id.
	Filters(ctx context.Context, nameOrID string) (queries []string, err error)
	// FieldKind returns what a custom field's values refer to (version, sprint,
	// …); "" if they refer to nothing in a project, or if there is no such field.
	FieldKind(ctx context.Context, field string) (operation.Kind, error)
}

const (
	maxFilterDepth = 4  // of filters that name filters
	maxFilters     = 20 // in one query
)

// Query confines a query. What it returns is printed from the tree, never the
// caller's characters, and is what to send.
//
// Everything that the query names has to be inside: whether it is refused or
// finds nothing would tell whether a thing exists. A saved filter is put in its
// place in the tree, and what it names outside matches nothing: its author may
// have meant more projects than these. A filter that nothing inside can match is
// outside itself.
func (f *Fence) Query(ctx context.Context, text string, site Site) (confined string, err error) {
	q, err := jql.Parse(text)
	if err != nil {
		return "", err
	}
	c := &checker{ctx: ctx, fence: f, site: site}
	q, err = q.Replace(c.term)
	if err != nil {
		return "", err
	}
	seen, _ := f.Visible()
	if len(seen) == 0 {
		return "", f.ErrUndecidable("its user sees none of them")
	}
	confined = q.Confine(seen).String()
	if !f.confines(confined, q, seen) {
		return "", f.ErrUndecidable("cannot send this query on safely; write it in another way")
	}
	return confined, nil
}

// confines reads back what would be sent: the fence's condition has to stand
// first, with the whole of the query in one piece behind it.
func (f *Fence) confines(sent string, q *jql.Query, projects []string) bool {
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

// checker walks a query and holds what it names to the fence.
type checker struct {
	ctx     context.Context // of the one call of Query: the walk of the tree takes no argument
	fence   *Fence
	site    Site
	depth   int // of saved filters; 0 in the caller's own text
	filters int // that were put in so far
	inside  int // how much that is inside a saved filter names
}

// errOutside is a name in a saved filter that is outside.
var errOutside = errors.New("outside")

// term checks a condition, and puts another in its place where it is one on a
// saved filter, or in a saved filter and on something outside.
func (c *checker) term(t *jql.Term) (jql.Clause, error) {
	field := folded(t.Field.Name)
	if slices.Contains(filterFields, field) {
		clause, err := c.filter(t)
		return c.orNothing(t, clause, err, jql.MatchAll())
	}
	clause, err := c.plain(field, t)
	// != and NOT IN do not match where the field is empty (Atlassian support,
	// "JQL operators"); WAS NOT does.
	others := jql.Clause(&jql.Term{Field: t.Field, Op: jql.IsNot, Operand: &jql.Empty{}})
	if t.Op == jql.WasNot || t.Op == jql.WasNotIn || slices.Contains(ownFields, field) || field == "project" || field == "space" {
		others = jql.MatchAll()
	}
	return c.orNothing(t, clause, err, others)
}

// orNothing puts in the place of a condition on what is outside one that
// nothing matches, or the others where it is negative.
func (c *checker) orNothing(t *jql.Term, clause jql.Clause, err error, others jql.Clause) (jql.Clause, error) {
	negative := slices.Contains([]jql.Op{jql.NotEquals, jql.NotIn, jql.IsNot, jql.WasNot, jql.WasNotIn, jql.NotLike}, t.Op)
	switch {
	case errors.Is(err, errOutside) && negative:
		return others, nil
	case errors.Is(err, errOutside):
		return jql.MatchNone(), nil
	}
	return clause, err
}

// plain checks a condition that is on no saved filter.
func (c *checker) plain(field string, t *jql.Term) (jql.Clause, error) {
	narrowed, err := c.operand(field, t.Op, t.Operand)
	for i := 0; err == nil && i < len(t.Predicates); i++ {
		err = c.predicate(field, t.Predicates[i])
	}
	if err != nil || narrowed == t.Operand {
		return t, err
	}
	other := *t
	other.Operand = narrowed
	return &other, nil
}

// folded is a name as a Jira may read it that folds case by way of capitals:
// ſpace is SPACE there, and ıd ID.
func folded(s string) string { return strings.ToLower(strings.ToUpper(strings.TrimSpace(s))) }

// predicate: FROM and TO take values of the field, BY people, the others
// moments.
func (c *checker) predicate(field string, p jql.Predicate) error {
	if p.Op != "from" && p.Op != "to" {
		field = "assignee" // people and moments name nothing of a project
	}
	narrowed, err := c.operand(field, jql.Was, p.Operand)
	if err == nil && narrowed != p.Operand {
		err = errOutside
	}
	return err
}

// operand checks what a field is compared with. In a saved filter a list is
// returned without what is outside.
func (c *checker) operand(field string, op jql.Op, o jql.Operand) (jql.Operand, error) {
	switch o := o.(type) {
	case *jql.List:
		kept := &jql.List{At: o.At}
		for _, item := range o.Items {
			item, err := c.operand(field, op, item)
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
		return c.function(o)
	case *jql.Value:
		return o, c.value(field, op, o.Text)
	}
	return o, nil
}

// Fields whose values name things of projects, and saved filters (Atlassian
// support, "JQL fields").
var (
	projectFields = []string{"project", "space", "parentproject", "parentspace"}
	// ownFields name the issue itself; every issue has one, and a project.
	ownFields       = []string{"key", "issuekey", "issue", "id", "workitem", "work item", "workitemkey"}
	otherFields     = []string{"parent", "epic link", "parent link", "issuelink", "epic"} // name another issue
	versionFields   = []string{"fixversion", "fix version", "fix versions", "fixversions", "affectedversion", "affects version", "affects versions", "affectsversion", "versions"}
	componentFields = []string{"component", "components"}
	sprintFields    = []string{"sprint"}
	filterFields    = []string{"filter", "savedfilter", "request", "searchrequest"}
)

// Functions by what their arguments name. A function in none of these lists is
// refused: it may give what is outside.
var (
	ofIssues   = []string{"linkedissues", "linkedworkitems", "childissuesof", "portfoliochildissuesof", "linkedissue"}
	ofProjects = []string{"releasedversions", "unreleasedversions", "latestreleasedversion", "earliestunreleasedversion"}
)

func (c *checker) value(field string, op jql.Op, text string) error {
	free := op == jql.Like || op == jql.NotLike // a text to look for, not a name
	switch {
	case slices.Contains(projectFields, field):
		return c.ask(operation.KindProject, text)
	case slices.Contains(ownFields, field) || slices.Contains(otherFields, field):
		return c.ask(operation.KindIssue, text)
	case free:
		return nil
	case slices.Contains(versionFields, field):
		return c.ask(operation.KindVersion, text)
	case slices.Contains(componentFields, field):
		return c.ask(operation.KindComponent, text)
	case slices.Contains(sprintFields, field):
		return c.ask(operation.KindSprint, text)
	case isHarmlessField(field):
		return nil
	}
	kind, err := c.site.FieldKind(c.ctx, field)
	switch {
	case err != nil:
		return err
	case kind != "":
		return c.ask(kind, text)
	case key.IsIssue(text):
		// A custom field of which nothing else is known, such as an epic link.
		return c.ask(operation.KindIssue, text)
	}
	return nil
}

// ask turns what is found of a name into an error.
func (c *checker) ask(kind operation.Kind, name string) error {
	inside, err := c.site.Inside(c.ctx, kind, name)
	if err != nil {
		return err
	}
	switch {
	case inside:
		c.inside++
		return nil
	case c.depth > 0:
		return errOutside
	}
	return c.fence.ErrOutside(name, c.site.Known(c.ctx, kind))
}

// function checks what a function names. In a saved filter it is returned
// without the projects that are outside.
func (c *checker) function(fn *jql.Func) (jql.Operand, error) {
	name := folded(fn.Name)
	switch {
	case slices.Contains(harmlessFunctions, name):
		return fn, nil
	case slices.Contains(ofIssues, name):
		if len(fn.Args) == 0 {
			return fn, nil
		}
		return fn, c.ask(operation.KindIssue, fn.Args[0])
	case slices.Contains(ofProjects, name):
		kept := &jql.Func{Name: fn.Name, At: fn.At}
		for _, arg := range fn.Args {
			err := c.ask(operation.KindProject, arg)
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
	return nil, c.fence.ErrUndecidable("does not know what the function %s() names", fn.Name)
}
