package kit

import (
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
