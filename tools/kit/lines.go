package kit

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// Text returns an output as the model reads it in a call, for a handler that
// puts it into an error.
func Text(ctx context.Context, out Output) string { return textOf(out, MarkOf(ctx)) }

// textOf returns the text of an output. While it is made, each text in the
// output is a value within a line ([Line]), so that no value of the service can
// begin a line of its own or add a cell to a table. Fields with the tag
//
//	text:"lines"
//
// keep their line breaks: texts that the output puts into a [Mark.Block], or the
// server's own with several lines. Unexported fields are not changed either.
func textOf(out Output, m Mark) string {
	lines := lineMaker{fields: map[reflect.Type][]int{}}
	lines.visit(reflect.ValueOf(out))
	defer func() {
		for _, undo := range slices.Backward(lines.restore) { // a value may have been visited twice
			undo()
		}
	}()
	return out.Markdown(m)
}

// lineMaker makes texts one line.
type lineMaker struct {
	restore []func() // undo that: the structured content has the texts as they are
	fields  map[reflect.Type][]int
}

// visit makes every text below a value one line.
func (l *lineMaker) visit(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			l.visit(v.Elem())
		}
	case reflect.String:
		if was := v.String(); v.CanSet() && hasBreak(was) {
			v.SetString(Line(was))
			l.restore = append(l.restore, func() { v.SetString(was) })
		}
	case reflect.Struct:
		for _, i := range l.fieldsOf(v.Type()) {
			l.visit(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			l.visit(v.Index(i))
		}
	case reflect.Map:
		for each := v.MapRange(); each.Next(); {
			was := each.Value()
			if was.Kind() == reflect.String && hasBreak(was.String()) {
				k := each.Key()
				v.SetMapIndex(k, reflect.ValueOf(Line(was.String())).Convert(was.Type()))
				l.restore = append(l.restore, func() { v.SetMapIndex(k, was) })
			}
		}
	}
}

// fieldsOf returns the fields of a struct type whose texts are made one line.
func (l *lineMaker) fieldsOf(t reflect.Type) []int {
	if known, ok := l.fields[t]; ok {
		return known
	}
	out := []int{}
	for i := range t.NumField() {
		if f := t.Field(i); (f.IsExported() || f.Anonymous) && f.Tag.Get("text") != "lines" {
			out = append(out, i)
		}
	}
	l.fields[t] = out
	return out
}

// Line returns a text of the service as a value within a line of the server's
// own, such as a cell of a table: line breaks become blanks, and the sign that
// separates cells is escaped.
func Line(text string) string {
	if !hasBreak(text) {
		return text
	}
	return strings.Join(strings.FieldsFunc(strings.ReplaceAll(text, "|", `\|`), isLineBreak), " ")
}

// hasBreak reports whether a text has a line break or the sign that separates cells.
// It decodes only what is not ASCII: it sees every text of an answer.
func hasBreak(text string) bool {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c >= utf8.RuneSelf:
			return strings.ContainsFunc(text[i:], func(r rune) bool { return r == '|' || isLineBreak(r) })
		case c == '|' || c <= '\r' && c >= '\n':
			return true
		}
	}
	return false
}

// isLineBreak reports whether a character ends a line somewhere: in Unicode, in
// a terminal or in a client's Markdown.
func isLineBreak(r rune) bool {
	return r >= '\n' && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}
