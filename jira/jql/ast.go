package jql

// Query is a parsed query. Where is nil if the query has no condition.
type Query struct {
	Where   Clause
	OrderBy []Sort
}

// Bounded reports whether the query has a condition. Jira Cloud rejects a search
// that has none (contract, SearchAndReconcileRequestBean.jql).
func (q *Query) Bounded() bool { return q.Where != nil }

// Sort is one field of ORDER BY.
type Sort struct {
	Field Field
	Dir   string // "ASC", "DESC", or "" for the field's default
}

// Clause is a condition: [And], [Or], [Not] or [Term]. The set is closed,
// because the interface has an unexported method.
type Clause interface {
	// Pos returns the byte offset at which the clause starts.
	Pos() int
	// print writes the clause for a context, which decides whether it needs
	// parentheses.
	print(*printer, int)
}

// And is true if all of its clauses are. It has at least two.
type And struct{ Clauses []Clause }

// Or is true if at least one of its clauses is. It has at least two.
type Or struct{ Clauses []Clause }

// Not is true if its clause is false.
type Not struct {
	Clause Clause
	At     int // byte offset of NOT or !
}

// Term compares a field with an operand.
type Term struct {
	Field      Field
	Op         Op
	Operand    Operand     // nil for Changed only
	Predicates []Predicate // for the history operators only
}

// Pos implements [Clause].
func (c *And) Pos() int { return c.Clauses[0].Pos() }

// Pos implements [Clause].
func (c *Or) Pos() int { return c.Clauses[0].Pos() }

// Pos implements [Clause].
func (c *Not) Pos() int { return c.At }

// Pos implements [Clause].
func (c *Term) Pos() int { return c.Field.At }

// Field refers to a field: by name, by id, as cf[12345], or as an entity
// property (issue.property[key].path).
type Field struct {
	Name string // unquoted; "cf[12345]" for the custom field form
	// Properties are the keys in brackets, each with the path behind it.
	Properties []Property
	At         int // byte offset
	// Quoted reports whether the query has the name in quotes.
	Quoted bool
	// Custom reports whether the query has the field as cf[12345]. It is false for
	// quoted text that merely looks so.
	Custom bool
}

// Property is one [key] of a field, with the path behind the bracket.
type Property struct {
	Key  string
	Path []string
}

// Op is an operator in canonical spelling.
type Op string

// The operators of JQL. Those from Was on are the history operators.
const (
	Equals         Op = "="
	NotEquals      Op = "!="
	Like           Op = "~"
	NotLike        Op = "!~"
	Less           Op = "<"
	LessOrEqual    Op = "<="
	Greater        Op = ">"
	GreaterOrEqual Op = ">="
	In             Op = "in"
	NotIn          Op = "not in"
	Is             Op = "is"
	IsNot          Op = "is not"
	Was            Op = "was"
	WasNot         Op = "was not"
	WasIn          Op = "was in"
	WasNotIn       Op = "was not in"
	Changed        Op = "changed"
)

// Operand is the right side of a comparison: [Value], [Empty], [Func] or [List].
type Operand interface{ printOperand(*printer) }

// Value is a text, a number or a date. JQL does not distinguish them.
type Value struct {
	Text   string // unquoted and unescaped
	At     int
	Quoted bool
}

// Empty is EMPTY or its synonym NULL.
type Empty struct{ At int }

// Func is a function call, such as currentUser().
type Func struct {
	Name string
	Args []string
	At   int
}

// List is a list of operands in parentheses. It has at least one.
type List struct {
	Items []Operand
	At    int
}

// Predicate narrows a history operator. Its Op is from, to, by, on, before,
// after or during.
type Predicate struct {
	Op      string
	Operand Operand
}

// Walk calls visit for every term of the query, in the order of the text.
func (q *Query) Walk(visit func(*Term)) {
	if q.Where != nil {
		walk(q.Where, visit)
	}
}

// walk calls visit for every term below a clause.
func walk(c Clause, visit func(*Term)) {
	switch c := c.(type) {
	case *And:
		for _, sub := range c.Clauses {
			walk(sub, visit)
		}
	case *Or:
		for _, sub := range c.Clauses {
			walk(sub, visit)
		}
	case *Not:
		walk(c.Clause, visit)
	case *Term:
		visit(c)
	}
}
