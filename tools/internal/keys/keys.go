// Package keys reads the issue and project keys that people and models type:
// keys, ids, page addresses, keys within a text, and lists of them. The
// patterns are package key's.
package keys

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/key"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
	"github.com/seed-7d826362/jira-mcp/tools/kit"
)

// address matches a web address within a text. Brackets, quotes and angle
// brackets end it, as in Markdown.
var address = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`https?://[^\s()\[\]<>"']+`) })

// FromURL returns the key in the address of one of Jira's pages about an issue,
// as it is written there; ok is false for any other text. A key counts only at
// its place: the end of the path (/browse/PAY-1, …/issues/PAY-1, a queue or a
// portal of a service desk), or the issue that a board has selected.
func FromURL(s string) (issue string, ok bool) {
	if address().FindString(s) != s {
		return "", false
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", false
	}
	if selected := u.Query().Get("selectedIssue"); key.IsIssue(selected) {
		return selected, true
	}
	parts := strings.Split(strings.TrimSuffix(u.Path, "/"), "/")
	n := len(parts) - 1
	if n < 1 || !key.IsIssue(parts[n]) {
		return "", false
	}
	if before := parts[n-1]; before != "browse" && before != "issues" && !slices.Contains(parts, "servicedesk") {
		return "", false
	}
	return parts[n], true
}

// maxIDDigits bounds an issue's id: Jira's ids are 64-bit numbers.
const maxIDDigits = 19

// isID reports whether s is an issue's id: a number without a leading zero.
func isID(s string) bool {
	return s != "" && s[0] != '0' && len(s) <= maxIDDigits && strings.Trim(s, "0123456789") == ""
}

// bullets matches the bullets and the numbers of a list of several lines or in one:
// "- PAY-1", "1) PAY-1 2) PAY-2".
var bullets = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)(^[ \t]*)[-*+•][ \t]+|(^|[ \t,;])\d+[.)][ \t]+`)
})

// hyphens are written in place of the hyphen of a key, mostly by word processors
// and by models that copy from them.
var hyphens = strings.NewReplacer("\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2212", "-", "\ufe63", "-", "\uff0d", "-")

// ParseExact returns the key or the id that is all of a text: a key or an id,
// alone or in brackets, with a number sign, with another hyphen, as an
// address or as a Markdown link. Keys are in upper case. It is for arguments that
// may also be a summary.
func ParseExact(s string) (string, error) {
	found := read(s)
	if len(found.keys) == 1 && found.isList {
		return found.keys[0], nil
	}
	return "", notKey(s)
}

// Parse returns the key or the id that a text stands for. If the text has
// exactly one key, as in "PAY-1: Card payments fail", it is that one.
func Parse(s string) (string, error) {
	found := read(s)
	switch {
	case len(found.keys) == 1 && found.bad == "":
		return found.keys[0], nil
	case len(found.keys) > 1:
		return "", fmt.Errorf("%q names several issues (%s); give one", text.Shorten(s, 60), text.JoinKeys(found.keys, 5))
	}
	return "", notKey(s)
}

func notKey(s string) error {
	return fmt.Errorf("%q is not an issue key (such as PAY-123) or an id. Use jira_search to find issues by words", text.Shorten(s, 60))
}

// reading is what [read] finds in a text.
type reading struct {
	keys   []string // each once, in upper case, and ids
	isList bool     // the text has nothing else
	bad    string   // a part of a list that is no key
}

// read finds the keys and ids in a text. It takes the text for a list if its
// first part is one: then each part has to be. Otherwise it is a text with keys
// in it, where only upper case counts: "covid-19" is a word.
func read(s string) reading {
	var r reading
	add := func(issue string) {
		if issue = strings.ToUpper(issue); !slices.Contains(r.keys, issue) {
			r.keys = append(r.keys, issue)
		}
	}
	s = strings.TrimSpace(s)
	rest := hyphens.Replace(address().ReplaceAllStringFunc(s, func(a string) string {
		if issue, ok := FromURL(strings.TrimRight(a, ".,;:!?")); ok {
			return " " + issue + " "
		}
		return " no-issue "
	}))
	rest = bullets().ReplaceAllString(rest, "$1$2")
	words := split(rest)
	others := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return key.IsIssue(w) || isID(w) })
	if len(words) > 0 && len(others) == 0 {
		r.isList = true
		for _, w := range words {
			if issue, ok := key.ParseIssue(w); ok {
				add(issue)
			} else if isID(w) {
				add(w)
			} else {
				return reading{} // a number with a leading zero
			}
		}
		return r
	}
	first, _, isSeparated := strings.Cut(rest, ",")
	if issue, ok := key.ParseIssue(strings.Trim(first, " #[]")); ok && isSeparated {
		r.bad = others[0]
		add(issue)
		return r
	}
	if before, _, ok := strings.Cut(rest, ":"); ok {
		if issue, ok := key.ParseIssue(before); ok { // "pay-1: title"
			add(issue)
		}
	}
	for _, word := range strings.FieldsFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;:()[]<>\"'`#|*•!?", r) }) {
		// A key is a word by itself: in a path, a branch or an address it is a part
		// of something else.
		if issue, ok := key.ParseIssue(strings.TrimRight(word, ".")); ok && strings.ToUpper(word) == word {
			add(issue)
		}
	}
	return r
}

// split splits a text at commas, semicolons, white space, brackets, quotes and
// number signs. It leaves out what stands between the items of a list.
func split(list string) []string {
	words := strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(",;[]()<>\"'`#|*•", r) || unicode.IsSpace(r) })
	return slices.DeleteFunc(words, func(w string) bool { return w == "&" || w == "+" || strings.EqualFold(w, "and") })
}

// ParseAll parses each of the given texts, which may be lists. It returns each
// key once, and in bad the texts that are no keys, shortened for a message; err is
// nil if there is at least one key.
func ParseAll(given []string) (keys, bad []string, err error) {
	for _, g := range given {
		found, keyErr := parseParts(g)
		if keyErr != nil {
			bad, err = append(bad, text.Shorten(g, 60)), keyErr
		}
		for _, issue := range found {
			if !slices.Contains(keys, issue) {
				keys = append(keys, issue)
			}
		}
	}
	if len(keys) > 0 {
		err = nil
	}
	return keys, bad, err
}

// parseParts returns the keys of a text with one key, or with a list of them.
func parseParts(s string) ([]string, error) {
	found := read(s)
	switch {
	case found.bad != "":
		return nil, notKey(found.bad)
	case len(found.keys) > 1 && !found.isList:
		return nil, fmt.Errorf("%q names several issues (%s); give their keys alone", text.Shorten(s, 60), text.JoinKeys(found.keys, 5))
	case len(found.keys) == 0:
		return nil, notKey(s)
	}
	return found.keys, nil
}

// maxList is how many issues one call edits or transitions one by one.
const maxList = 50

// ParseList parses a text with one or several keys and returns each once. It
// returns an error if a part of the list is no key, or if there are more than
// 50.
func ParseList(list string) ([]string, error) {
	out, err := parseParts(list)
	if err != nil {
		return nil, err
	}
	if len(out) > maxList {
		return nil, kit.NothingChanged("%d issues; at most %d at once. jira_bulk_update, if offered, accepts more", len(out), maxList)
	}
	return out, nil
}

// Targets returns the keys and ids that the given texts stand for, for the audit
// line of a call and the number of issues that it writes to: no other text of a
// caller goes into logs.
func Targets(given ...string) []string {
	out, _, _ := ParseAll(given)
	return out
}

// ProjectTarget returns the project's key for an audit line if the text is one;
// nil otherwise.
func ProjectTarget(given string) []string {
	if project, ok := key.ParseProject(given); ok {
		return []string{project}
	}
	return nil
}

// Of returns the keys of the first most issues.
func Of(list []jira.Issue, most int) []string {
	var out []string
	for _, i := range list[:min(len(list), most)] {
		out = append(out, i.Key)
	}
	return out
}
