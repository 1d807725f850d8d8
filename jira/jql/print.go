package jql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// String returns the query as text that parses to the same tree. Keywords are in
// upper case, and every text is in double quotes unless it is plain.
func (q *Query) String() string {
	p := &printer{}
	if q.Where != nil {
		q.Where.print(p, 0)
	}
	for i, s := range q.OrderBy {
		switch {
		case i > 0:
			p.WriteString(", ")
		case q.Where != nil:
			p.WriteString(" ORDER BY ")
		default:
			p.WriteString("ORDER BY ")
		}
		p.field(s.Field)
		if s.Dir != "" {
			p.WriteString(" " + s.Dir)
		}
	}
	return p.String()
}

// Quote returns text as a JQL literal in double quotes, for use in a query that
// is built from strings. It escapes the backslash, the quote and line breaks,
// and writes characters that a literal must not contain (control characters) as
// \uXXXX. Bytes that are not valid UTF-8 are dropped. For example, He said "no"
// becomes "He said \"no\"".
func Quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case !isQuotable(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// printer collects the text of a query.
type printer struct{ strings.Builder }

// The contexts in which a clause is printed, in order of precedence. A clause
// that does not bind more tightly than its context gets parentheses; context 0
// is the top level.
const (
	contextOr = iota + 1
	contextAnd
	contextNot
)

// print implements [Clause].
func (c *Or) print(p *printer, context int) { p.chain(c.Clauses, " OR ", contextOr, context) }

// print implements [Clause].
func (c *And) print(p *printer, context int) { p.chain(c.Clauses, " AND ", contextAnd, context) }

// chain prints clauses of one kind. A nested clause of the same kind keeps its
// parentheses, so that the tree stays the same: And(a, And(b, c)) prints as
// a AND (b AND c).
func (p *printer) chain(clauses []Clause, joint string, own, context int) {
	if context >= own {
		p.WriteByte('(')
		defer p.WriteByte(')')
	}
	for i, c := range clauses {
		if i > 0 {
			p.WriteString(joint)
		}
		c.print(p, own)
	}
}

// print implements [Clause].
func (c *Not) print(p *printer, _ int) {
	p.WriteString("NOT ")
	c.Clause.print(p, contextNot)
}

// print implements [Clause]. A term never needs parentheses.
func (c *Term) print(p *printer, _ int) {
	p.field(c.Field)
	p.WriteString(" " + strings.ToUpper(string(c.Op)))
	if c.Operand != nil {
		p.WriteByte(' ')
		c.Operand.printOperand(p)
	}
	for _, pred := range c.Predicates {
		p.WriteString(" " + strings.ToUpper(pred.Op) + " ")
		pred.Operand.printOperand(p)
	}
}

// field prints a field. A custom field is printed as cf[12345] only if it was
// written so: a name that merely looks so is quoted.
func (p *printer) field(f Field) {
	if f.Custom {
		p.WriteString(f.Name)
	} else {
		p.text(f.Name, f.Quoted)
	}
	for _, prop := range f.Properties {
		p.WriteByte('[')
		p.text(prop.Key, false)
		p.WriteByte(']')
		for i, part := range prop.Path {
			if i > 0 {
				p.WriteByte(' ')
			}
			p.text(part, false)
		}
	}
}

// text prints a literal, without quotes if it reads back as the same plain word
// and quote is false.
func (p *printer) text(s string, quote bool) {
	if !quote && isPlain(s) {
		p.WriteString(s)
		return
	}
	p.WriteString(Quote(s))
}

// isPlain reports whether a text reads back as the same word without quotes.
func isPlain(s string) bool {
	if s == "" {
		return false
	}
	for _, r := range s {
		// Only ASCII counts as plain: beyond it, Jira's lexer might treat other
		// characters as blanks.
		if !isBare(r) || r >= utf8.RuneSelf {
			return false
		}
	}
	lower := asciiLower(s)
	_, keyword := keywords[lower]
	return !keyword && !reservedWords[lower]
}

// printOperand implements [Operand].
func (v *Value) printOperand(p *printer) { p.text(v.Text, v.Quoted) }

// printOperand implements [Operand].
func (*Empty) printOperand(p *printer) { p.WriteString("EMPTY") }

// printOperand implements [Operand].
func (f *Func) printOperand(p *printer) {
	p.text(f.Name, false)
	p.WriteByte('(')
	for i, a := range f.Args {
		if i > 0 {
			p.WriteString(", ")
		}
		p.text(a, false)
	}
	p.WriteByte(')')
}

// printOperand implements [Operand].
func (l *List) printOperand(p *printer) {
	p.WriteByte('(')
	for i, o := range l.Items {
		if i > 0 {
			p.WriteString(", ")
		}
		o.printOperand(p)
	}
	p.WriteByte(')')
}
