package keys

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/tools/internal/text"
)

func KeysUpTo(list []jira.Issue, most int) []string {
	var out []string
	for _, i := range list[:min(len(list), most)] {
		out = append(out, i.Key)
	}
	return out
}

// CleanKeys sorts out what is not a key, which is an error only when nothing
// else was asked for.
func CleanKeys(given []string) (keys, bad []string, err error) {
	for _, g := range given {
		key, keyErr := CleanKey(g)
		switch {
		case keyErr != nil:
			bad, err = append(bad, text.Shorten(g, 60)), keyErr
		case !slices.Contains(keys, key):
			keys = append(keys, key)
		}
	}
	if len(keys) > 0 {
		err = nil
	}
	return keys, bad, err
}

var issueKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9_]{0,99}-[1-9][0-9]{0,9}|[1-9][0-9]{0,18})$`)
})

var BrowseURL = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^https?://\S+/browse/([A-Za-z][A-Za-z0-9_]*-[0-9]+)/?(?:[?#]\S*)?$`)
})

// CleanKey brings an issue's key, id or page address to what Jira takes.
func CleanKey(s string) (string, error) {
	s = strings.TrimSpace(s)
	if m := BrowseURL().FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	if !issueKey().MatchString(s) {
		return "", fmt.Errorf("%q is not an issue key like PAY-123, nor an id. jira_search finds issues by words", text.Shorten(s, 60))
	}
	return strings.ToUpper(s), nil
}

var projectKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{1,30}$`)
})

// ProjectOf is a project's key, where the argument is one.
func ProjectOf(given string) []string {
	if given = strings.TrimSpace(given); projectKey().MatchString(given) {
		return []string{strings.ToUpper(given)}
	}
	return nil
}

// KeysOf are those of the arguments that are keys or ids of issues: nothing
// else of what was said goes into logs.
func KeysOf(given ...string) []string {
	var out []string
	for _, g := range given {
		if key, err := CleanKey(g); err == nil {
			out = append(out, key)
		}
	}
	return out
}

// maxTogether is how many issues one call edits or moves one by one.
const maxTogether = 50

// SplitKeys takes keys apart that are given in one text.
func SplitKeys(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;[]\"", r) || unicode.IsSpace(r) })
}

// Together are the keys of a call on one or several issues, each once.
func Together(text string) ([]string, error) {
	var out []string
	for _, given := range SplitKeys(text) {
		key, err := CleanKey(given)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	switch {
	case len(out) == 0:
		_, err := CleanKey(text)
		return nil, err
	case len(out) > maxTogether:
		return nil, fmt.Errorf("%d issues; at most %d at once. jira_bulk_update takes more, where it is offered. Nothing was changed", len(out), maxTogether)
	}
	return out, nil
}
