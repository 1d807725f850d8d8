package jql

// Query is a parsed query. Where is nil when it restricts nothing.
type Query struct {
	Where   Clause
	OrderBy []Sort
}

// Bounded reports whether the query restricts anything at all. Jira Cloud
// refuses a search that does not (contract, SearchAndReconcileRequestBean.jql).
func (q *Query) Bounded() bool { return q.Where != nil }

// Sort is one field of ORDER BY.
type Sort struct {
	Field Field
	Dir   string // "ASC", "DESC" or "" for the field's own default
}

// Clause is a condition: [And], [Or], [Not] or [Term].
type Clause interface {
	// Pos is where the clause starts: an offset in bytes.
	Pos() int
	print(*printer, int)
}

// And holds when all of its clauses do; there are at least two.
type And struct{ Clauses []Clause }

// Or holds when one of its clauses does; there are at least two.
type Or struct{ Clauses []Clause }

// Not holds when its clause does not.
type Not struct {
	Clause Clause
	At     int
}

// Term compares a field with an operand.
type Term struct {
	Field      Field
	Op         Op
	Operand    Operand     // nil with Changed only
	Predicates []Predicate // with the history operators only
}

// Pos implements [Clause].
func (c *And) Pos() int { return c.Clauses[0].Pos() }

// Pos implements [Clause].
func (c *Or) Pos() int { return c.Clauses[0].Pos() }

// Pos implements [Clause].
func (c *Not) Pos() int { return c.At }

// Pos implements [Clause].
func (c *Term) Pos() int { return c.Field.At }

// Field names a field: by name, by id, as cf[12345], or as an entity property
// (issue.property[key].path).
type Field struct {
	Name string // unquoted; "cf[12345]" for the custom field form
	// Properties are the bracketed keys with the paths behind them.
	Properties []Property
	At         int
	// Quoted: the name was written in quotes.
	Quoted bool
	// Custom: it was written as cf[12345], and not as text that reads so.
	Custom bool
}

// Property is one [key] of a field, with the path behind the bracket.
type Property struct {
	Key  string
	Path []string
}

// Op is an operator, in canonical spelling.
type Op string

// The operators of JQL.
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

// Operand is what a field is compared with: [Value], [Empty], [Func] or [List].
type Operand interface{ printOperand(*printer) }

// Value is a text, a number, a date: JQL does not tell them apart.
type Value struct {
	Text   string // unquoted and unescaped
	At     int
	Quoted bool
}

// Empty is EMPTY or NULL.
type Empty struct{ At int }

// Func is a function call.
type Func struct {
	Name string
	Args []string
	At   int
}

// List is operands in parentheses; there is at least one.
type List struct {
	Items []Operand
	At    int
}

// Predicate narrows a history operator: from, to, by, on, before, after,
// during.
type Predicate struct {
	Op      string
	Operand Operand
}

// Walk calls visit for every term of the query, in order.
func (q *Query) Walk(visit func(*Term)) {
	if q.Where != nil {
		walk(q.Where, visit)
	}
}

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
