// Package keys reads the issue and project keys that people and models type:
// keys, ids, page addresses and lists of them. The patterns are package key's.
package keys

import (
	"fmt"
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

// browseURL matches the address of an issue's page, with its key.
var browseURL = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^https?://\S+/browse/([^/?#\s]+)/?(?:[?#]\S*)?$`)
})

// FromURL returns the key in the address of an issue's page, as it is written
// there; ok is false for any other text.
func FromURL(s string) (issue string, ok bool) {
	if m := browseURL().FindStringSubmatch(s); m != nil && key.IsIssue(m[1]) {
		return m[1], true
	}
	return "", false
}

// maxIDDigits bounds an issue's id: Jira's ids are 64-bit numbers.
const maxIDDigits = 19

// isID reports whether s is an issue's id: a number without a leading zero.
func isID(s string) bool {
	return s != "" && s[0] != '0' && len(s) <= maxIDDigits && strings.Trim(s, "0123456789") == ""
}

// Parse returns the key or the id that a key, an id or a page address stands
// for; keys in upper case.
func Parse(s string) (string, error) {
	s = strings.TrimSpace(s)
	if issue, ok := FromURL(s); ok {
		s = issue
	}
	if issue, ok := key.ParseIssue(s); ok {
		return issue, nil
	}
	if isID(s) {
		return s, nil
	}
	return "", fmt.Errorf("%q is not an issue key (such as PAY-123) or an id. Use jira_search to find issues by words", text.Shorten(s, 60))
}

// ParseAll parses each of the given texts. It returns each key once, and in bad
// the texts that are no keys, shortened for a message; err is nil if there is
// at least one key.
func ParseAll(given []string) (keys, bad []string, err error) {
	for _, g := range given {
		issue, keyErr := Parse(g)
		switch {
		case keyErr != nil:
			bad, err = append(bad, text.Shorten(g, 60)), keyErr
		case !slices.Contains(keys, issue):
			keys = append(keys, issue)
		}
	}
	if len(keys) > 0 {
		err = nil
	}
	return keys, bad, err
}

// maxList is how many issues one call edits or transitions one by one.
const maxList = 50

// Split splits a text with several keys at commas, semicolons, brackets, quotes
// and white space.
func Split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(",;[]\"", r) || unicode.IsSpace(r) })
}

// ParseList parses a text with one or several keys and returns each once. It
// returns an error if a part of the text is no key, or if there are more than
// 50.
func ParseList(list string) ([]string, error) {
	var out []string
	for _, given := range Split(list) {
		issue, err := Parse(given)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, issue) {
			out = append(out, issue)
		}
	}
	switch {
	case len(out) == 0:
		_, err := Parse(list)
		return nil, err
	case len(out) > maxList:
		return nil, kit.NothingChanged("%d issues; at most %d at once. jira_bulk_update, if offered, accepts more", len(out), maxList)
	}
	return out, nil
}

// Targets returns those of the given texts that are keys or ids, for the audit
// line of a call: no other text of a caller goes into logs.
func Targets(given ...string) []string {
	var out []string
	for _, g := range given {
		if issue, err := Parse(g); err == nil {
			out = append(out, issue)
		}
	}
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
