package kit

import (
	"reflect"
	"regexp"
	"strings"
	"sync"
)

// toolName matches the names of tools in a text.
var toolName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b[a-z]+(?:_[a-z]+)+\b`) })

// withoutUnoffered returns a text without the advice to use tools that may not be
// named: each clause that names one is left out.
func withoutUnoffered(text string, mayName func(tool string) bool) string {
	for from := 0; from < len(text); {
		found := toolName().FindStringIndex(text[from:])
		if found == nil {
			break
		}
		at, end := from+found[0], from+found[1]
		if mayName(text[at:end]) {
			from = end
			continue
		}
		text, from = withoutClause(text, at, end)
	}
	return strings.TrimSpace(text)
}

// ownMembers are the members of outputs that have sentences of the server's own.
var ownMembers = map[string]bool{"Error": true, "Failed": true, "Note": true, "Notes": true}

// editAdvice edits each text in the members of an output that have the server's
// own sentences, wherever they stand in it: see ownMembers. A text of which
// nothing is left stays as it is, since it says why something was not done.
func editAdvice(v reflect.Value, isOwn bool, edit func(string) string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			editAdvice(v.Elem(), isOwn, edit)
		}
	case reflect.String:
		if isOwn && v.CanSet() {
			if left := edit(v.String()); left != "" {
				v.SetString(left)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() || f.Anonymous {
				editAdvice(v.Field(i), ownMembers[f.Name], edit)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			editAdvice(v.Index(i), isOwn, edit)
		}
	}
}

// withoutClause removes the clause around a part of a text, with the sign before
// it, and returns where the text goes on. Clauses end at a full stop or a
// semicolon, before a bracket and at the end of the line.
//
//	no project X is visible; jira_list_projects lists them → no project X is visible
func withoutClause(text string, at, end int) (string, int) {
	begin, next := 0, len(text)
	for _, sign := range []string{". ", "; ", " (", "\n"} {
		begin = max(begin, strings.LastIndex(text[:at], sign))
	}
	for _, sign := range []string{". ", ";", "\n"} {
		if n := strings.Index(text[end:], sign); n >= 0 {
			next = min(next, end+n)
		}
	}
	if strings.HasPrefix(text[begin:], " (") {
		if n := strings.Index(text[end:], ")"); n >= 0 && end+n < next {
			next = end + n + 1
		}
	} else if strings.HasPrefix(text[begin:], ". ") {
		begin++ // the full stop of the sentence before stays
		if strings.HasPrefix(text[next:], ". ") {
			next++
		}
	}
	if next == len(text) && strings.HasSuffix(text, ".") && begin > 0 && !strings.HasSuffix(text[:begin], ".") {
		return text[:begin] + ".", begin
	}
	return text[:begin] + text[next:], begin
}
