package jql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// String prints the query so that it parses to the same tree: keywords in
// upper case, every text in double quotes unless it is plain.
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

// Quote returns text as a JQL literal in double quotes. The backslash and the
// quote are escaped, and what may not stand in a literal as it is (control
// characters) is written as \uXXXX. Text that is not UTF-8 loses what is not.
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
		case !quotable(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

type printer struct{ strings.Builder }

// Precedence of the contexts in which a clause is printed: what binds less
// tightly than its context goes into parentheses.
const (
	inOr = iota + 1
	inAnd
	inNot
)

func (c *Or) print(p *printer, context int) { p.chain(c.Clauses, " OR ", inOr, context) }

func (c *And) print(p *printer, context int) { p.chain(c.Clauses, " AND ", inAnd, context) }

// chain prints clauses of one kind. A nested clause of the same kind keeps
// its parentheses, so that the tree stays the same.
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

func (c *Not) print(p *printer, _ int) {
	p.WriteString("NOT ")
	c.Clause.print(p, inNot)
}

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

// text prints a literal: bare when it reads back as the same plain word.
func (p *printer) text(s string, quote bool) {
	if !quote && plain(s) {
		p.WriteString(s)
		return
	}
	p.WriteString(Quote(s))
}

func plain(s string) bool {
	if s == "" {
		return false
	}
	for _, r := range s {
		// ASCII only: what a lexer takes for a blank beyond it, who knows.
		if !bare(r) || r >= utf8.RuneSelf {
			return false
		}
	}
	lower := asciiLower(s)
	_, keyword := keywords[lower]
	return !keyword && !reserved[lower]
}

func (v *Value) printOperand(p *printer) { p.text(v.Text, v.Quoted) }

func (*Empty) printOperand(p *printer) { p.WriteString("EMPTY") }

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
