package kit

import (
	"context"
	"reflect"
	"slices"
	"strings"
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
	var restore []func()
	toLines(reflect.ValueOf(out), &restore)
	defer func() {
		for _, undo := range slices.Backward(restore) { // a value may have been visited twice
			undo()
		}
	}()
	return out.Markdown(m)
}

// toLines makes every text below a value one line, and appends to restore what
// undoes it: the structured content has the texts as they are.
func toLines(v reflect.Value, restore *[]func()) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			toLines(v.Elem(), restore)
		}
	case reflect.String:
		if was := v.String(); v.CanSet() && strings.ContainsFunc(was, breaksLine) {
			v.SetString(Line(was))
			*restore = append(*restore, func() { v.SetString(was) })
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); (f.IsExported() || f.Anonymous) && f.Tag.Get("text") != "lines" {
				toLines(v.Field(i), restore)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			toLines(v.Index(i), restore)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			was := v.MapIndex(k)
			if was.Kind() == reflect.String && strings.ContainsFunc(was.String(), breaksLine) {
				v.SetMapIndex(k, reflect.ValueOf(Line(was.String())).Convert(was.Type()))
				*restore = append(*restore, func() { v.SetMapIndex(k, was) })
			}
		}
	}
}

// Line returns a text of the service as a value within a line of the server's
// own, such as a cell of a table: line breaks become blanks, and the sign that
// separates cells is escaped.
func Line(text string) string {
	if !strings.ContainsFunc(text, breaksLine) {
		return text
	}
	return strings.Join(strings.FieldsFunc(strings.ReplaceAll(text, "|", `\|`), isLineBreak), " ")
}

func breaksLine(r rune) bool { return r == '|' || isLineBreak(r) }

// isLineBreak reports whether a character ends a line somewhere: in Unicode, in
// a terminal or in a client's Markdown.
func isLineBreak(r rune) bool {
	return r >= '\n' && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}
