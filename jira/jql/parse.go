package jql

import (
	"slices"
	"strings"
)

// maxDepth is the deepest nesting that Parse accepts, so that hostile text
// cannot exhaust the stack.
const maxDepth = 500

// Parse parses a query. An empty query and a mere ORDER BY are valid and have no
// condition. The error is an [*Error].
func Parse(src string) (*Query, error) {
	tokens, err := scan(src)
	if err != nil {
		return nil, err
	}
	p := &parser{src: src, tokens: tokens}
	q := &Query{}
	if !p.nextIs(tEOF, "") && !p.nextIs(tKeyword, "order") {
		if q.Where, err = p.or(0); err != nil {
			return nil, err
		}
	}
	if p.accept(tKeyword, "order") {
		if q.OrderBy, err = p.orderBy(); err != nil {
			return nil, err
		}
	}
	if !p.nextIs(tEOF, "") {
		if len(q.OrderBy) > 0 {
			return nil, p.unexpected("a comma or the end")
		}
		return nil, p.unexpected("AND, OR, ORDER BY or the end")
	}
	return q, nil
}

// parser is a recursive-descent parser with one token of lookahead. Each level
// of precedence has a method: or calls and, and calls not, and not calls term,
// which reads one comparison. For a = 1 OR b = 2 AND c = 3 the tree is
// therefore Or(a, And(b, c)).
type parser struct {
	src    string
	tokens []token
	pos    int // index of the next token
}

// peek returns the next token without consuming it.
func (p *parser) peek() token { return p.tokens[p.pos] }

// next consumes and returns the next token. It never moves past the end.
func (p *parser) next() token {
	t := p.tokens[p.pos]
	if t.kind != tEOF {
		p.pos++
	}
	return t
}

// nextIs reports whether the next token is of a kind and, unless text is "",
// has that text.
func (p *parser) nextIs(k tokenKind, text string) bool {
	t := p.peek()
	return t.kind == k && (text == "" || t.text == text)
}

// accept consumes the next token if it matches, as in nextIs, and reports
// whether it did.
func (p *parser) accept(k tokenKind, text string) bool {
	if p.nextIs(k, text) {
		p.pos++
		return true
	}
	return false
}

// unexpected returns an [*Error] at the next token. If that token is a reserved
// word or a keyword, the error says that it needs quotes, which is the usual
// mistake.
func (p *parser) unexpected(expected string) error {
	t := p.peek()
	isReserved := t.kind == tReserved || t.kind == tKeyword && len(t.text) > 1
	needsQuotes := isReserved && strings.HasPrefix(expected, "a value")
	if isReserved {
		expected += " (a reserved word needs quotes)"
	}
	return &Error{At: t.at, Got: p.src[t.at:t.end], Expected: expected, needsQuotes: needsQuotes}
}

// or parses clauses joined by OR, the operator that binds least.
func (p *parser) or(depth int) (Clause, error) {
	return p.chain(depth, "or", p.and, func(cs []Clause) Clause { return &Or{cs} })
}

// and parses clauses joined by AND.
func (p *parser) and(depth int) (Clause, error) {
	return p.chain(depth, "and", p.not, func(cs []Clause) Clause { return &And{cs} })
}

// chain parses clauses that are separated by a keyword. A single clause is
// returned as it is; several are joined into one.
func (p *parser) chain(depth int, word string, sub func(int) (Clause, error), join func([]Clause) Clause) (Clause, error) {
	var clauses []Clause
	for {
		c, err := sub(depth)
		if err != nil {
			return nil, err
		}
		clauses = append(clauses, c)
		if !p.accept(tKeyword, word) {
			break
		}
	}
	if len(clauses) == 1 {
		return clauses[0], nil
	}
	return join(clauses), nil
}

// not parses NOT or ! before a clause, a clause in parentheses, or a term. It is
// where nesting grows, so it checks the depth.
func (p *parser) not(depth int) (Clause, error) {
	if depth > maxDepth {
		return nil, p.unexpected("less nesting (at most 500 levels)")
	}
	at := p.peek().at
	if p.accept(tKeyword, "not") || p.accept(tSymbol, "!") {
		c, err := p.not(depth + 1)
		if err != nil {
			return nil, err
		}
		return &Not{c, at}, nil
	}
	if p.accept(tSymbol, "(") {
		c, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.accept(tSymbol, ")") {
			return nil, p.unexpected("AND, OR or a closing parenthesis")
		}
		return c, nil
	}
	return p.term(depth)
}

// term parses a field, an operator, its operand and its predicates.
func (p *parser) term(depth int) (Clause, error) {
	f, err := p.field()
	if err != nil {
		return nil, err
	}
	t := &Term{Field: f}
	if t.Op, err = p.operator(); err != nil {
		return nil, err
	}
	if t.Op != Changed {
		if t.Operand, err = p.operandFor(t.Op, depth); err != nil {
			return nil, err
		}
	}
	switch t.Op {
	case Was, WasNot, WasIn, WasNotIn, Changed:
		t.Predicates, err = p.predicates(t.Op, depth)
	}
	return t, err
}

// field parses a field: a name, a number (the id of a custom field) or cf[n].
// All but the number may have properties.
func (p *parser) field() (Field, error) {
	t := p.peek()
	f := Field{At: t.at, Quoted: t.kind == tQuoted}
	switch {
	case t.kind == tNumber:
		p.next()
		f.Name = t.text
		return f, nil
	case t.kind == tWord, t.kind == tQuoted:
		p.next()
		f.Name = t.text
	case p.nextIs(tKeyword, "cf"):
		p.next()
		if !p.accept(tSymbol, "[") {
			return f, p.unexpected("[ as in cf[12345]")
		}
		n := p.next()
		if n.kind != tNumber || strings.HasPrefix(n.text, "-") || !p.accept(tSymbol, "]") {
			// The error is about the token inside the brackets, not the one after it.
			p.pos--
			return f, p.unexpected("a custom field's number as in cf[12345]")
		}
		f.Name, f.Custom = "cf["+n.text+"]", true
	default:
		return f, p.unexpected("a field")
	}
	for p.accept(tSymbol, "[") {
		prop, err := p.property()
		if err != nil {
			return f, err
		}
		f.Properties = append(f.Properties, prop)
	}
	return f, nil
}

// property parses what follows the opening bracket of a property: a key, the
// closing bracket and any number of path parts.
func (p *parser) property() (Property, error) {
	var prop Property
	key, ok := p.argument()
	if !ok {
		return prop, p.unexpected("a property's name")
	}
	prop.Key = key
	if !p.accept(tSymbol, "]") {
		return prop, p.unexpected("a closing bracket")
	}
	for {
		part, ok := p.argument()
		if !ok {
			return prop, nil
		}
		prop.Path = append(prop.Path, part)
	}
}

// argument consumes a plain text or number and returns it, or false if the next
// token is neither.
func (p *parser) argument() (string, bool) {
	switch t := p.peek(); t.kind {
	case tWord, tQuoted, tNumber:
		p.next()
		return t.text, true
	}
	return "", false
}

// symbolOps are the operators that consist of symbols.
var symbolOps = []Op{Equals, NotEquals, Like, NotLike, Less, LessOrEqual, Greater, GreaterOrEqual}

// historyPredicates may follow WAS and CHANGED. FROM and TO may follow CHANGED
// only.
var historyPredicates = []string{"before", "after", "on", "during", "by"}

// expectedOperator describes the expected token in an error.
const expectedOperator = "an operator (= != ~ !~ < <= > >= IN, NOT IN, IS, IS NOT, WAS, CHANGED)"

// operator parses an operator, which may consist of several words (WAS NOT IN).
func (p *parser) operator() (Op, error) {
	t := p.peek()
	if t.kind == tSymbol && slices.Contains(symbolOps, Op(t.text)) {
		p.next()
		return Op(t.text), nil
	}
	switch {
	case p.accept(tKeyword, "in"):
		return In, nil
	case p.accept(tKeyword, "changed"):
		return Changed, nil
	case p.accept(tKeyword, "is"):
		if p.accept(tKeyword, "not") {
			return IsNot, nil
		}
		return Is, nil
	case p.accept(tKeyword, "not"):
		if p.accept(tKeyword, "in") {
			return NotIn, nil
		}
		return "", p.unexpected("IN")
	case p.accept(tKeyword, "was"):
		switch {
		case p.accept(tKeyword, "in"):
			return WasIn, nil
		case p.accept(tKeyword, "not"):
			if p.accept(tKeyword, "in") {
				return WasNotIn, nil
			}
			return WasNot, nil
		}
		return Was, nil
	}
	return "", p.unexpected(expectedOperator)
}

// operandFor parses the operand of an operator and checks that they fit: IN
// needs a list or a function, IS needs EMPTY, an ordering comparison takes no
// EMPTY, and only IN takes a list.
func (p *parser) operandFor(op Op, depth int) (Operand, error) {
	start := p.peek()
	o, err := p.operand(depth)
	if err != nil {
		return nil, err
	}
	_, isEmpty := o.(*Empty)
	_, isList := o.(*List)
	_, isValue := o.(*Value)
	bad := ""
	switch op {
	case In, NotIn, WasIn, WasNotIn:
		if isEmpty || isValue {
			bad = "a list in parentheses or a function"
		}
	case Is, IsNot:
		if !isEmpty {
			bad = "EMPTY or NULL (use = for a value)"
		}
	case Less, LessOrEqual, Greater, GreaterOrEqual:
		if isEmpty || isList {
			bad = "a value or a function"
		}
	default:
		if isList {
			bad = "a single value (use IN for a list)"
		}
	}
	if bad != "" {
		return nil, &Error{At: start.at, Got: p.src[start.at:start.end], Expected: bad}
	}
	return o, nil
}

// operand parses EMPTY, a list, a function call or a value.
func (p *parser) operand(depth int) (Operand, error) {
	t := p.peek()
	if p.accept(tKeyword, "empty") {
		return &Empty{t.at}, nil
	}
	if p.accept(tSymbol, "(") {
		return p.list(t.at, depth+1)
	}
	text, ok := p.argument()
	if !ok {
		return nil, p.unexpected("a value, a function or EMPTY")
	}
	if !p.accept(tSymbol, "(") {
		return &Value{text, t.at, t.kind == tQuoted}, nil
	}
	f := &Func{Name: text, At: t.at}
	for !p.accept(tSymbol, ")") {
		if len(f.Args) > 0 && !p.accept(tSymbol, ",") {
			return nil, p.unexpected("a comma or a closing parenthesis")
		}
		arg, ok := p.argument()
		if !ok {
			return nil, p.unexpected("an argument of " + text + "()")
		}
		f.Args = append(f.Args, arg)
	}
	return f, nil
}

// list parses the rest of a list after its opening parenthesis. Lists may be
// nested.
func (p *parser) list(at, depth int) (Operand, error) {
	if depth > maxDepth {
		return nil, p.unexpected("less nesting (at most 500 levels)")
	}
	l := &List{At: at}
	for {
		o, err := p.operand(depth)
		if err != nil {
			return nil, err
		}
		l.Items = append(l.Items, o)
		if p.accept(tSymbol, ")") {
			return l, nil
		}
		if !p.accept(tSymbol, ",") {
			return nil, p.unexpected("a comma or a closing parenthesis")
		}
	}
}

// predicates parses the predicates of a history operator, as in
// CHANGED FROM Open BY currentUser().
func (p *parser) predicates(op Op, depth int) ([]Predicate, error) {
	var out []Predicate
	for {
		t := p.peek()
		switch {
		case t.kind != tKeyword:
			return out, nil
		case slices.Contains(historyPredicates, t.text):
		case op == Changed && (t.text == "from" || t.text == "to"):
		default:
			return out, nil
		}
		p.next()
		o, err := p.operand(depth)
		if err != nil {
			return nil, err
		}
		out = append(out, Predicate{t.text, o})
	}
}

// orderBy parses the rest of ORDER BY after the first word.
func (p *parser) orderBy() ([]Sort, error) {
	if !p.accept(tKeyword, "by") {
		return nil, p.unexpected("BY")
	}
	var out []Sort
	for {
		f, err := p.field()
		if err != nil {
			return nil, err
		}
		s := Sort{Field: f}
		if t := p.peek(); p.accept(tKeyword, "asc") || p.accept(tKeyword, "desc") {
			s.Dir = strings.ToUpper(t.text)
		}
		out = append(out, s)
		if !p.accept(tSymbol, ",") {
			return out, nil
		}
	}
}
