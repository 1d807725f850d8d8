// Package key recognises and parses the keys of projects (PAY) and issues
// (PAY-123).
//
// There are two questions, and so two sets of functions:
//
//   - Is something in a text, an answer or a query a key? [IsProject],
//     [IsIssue], [SplitIssue] and [FindIssues] use the widest pattern, since a
//     fence that overlooks a key lets it pass.
//   - May something be used as a key argument? [ParseProject] and [ParseIssue]
//     accept what a Jira site can have, within bounds, and return it in upper case.
//
// Every accepted key is also recognised. Package tools/internal/keys builds on
// this one and adds what people type: page addresses, ids and lists.
package key

import (
	"regexp"
	"strings"
	"sync"
)

// Bounds of the arguments that are accepted. Jira's own limit for project keys
// is 10 characters, which an administrator can raise (Atlassian support,
// "Change the project key format").
const (
	maxProject      = 31  // characters of a project key by itself
	maxIssueProject = 100 // characters of the project key in an issue key
	maxNumber       = 10  // digits of an issue's number
)

// IsProject reports whether s has the form of a project key: a letter, then
// letters, digits and underscores, in any case.
func IsProject(s string) bool {
	if s == "" || !isLetter(s[0]) {
		return false
	}
	for i := 1; i < len(s); i++ {
		if !isLetter(s[i]) && !isDigit(s[i]) && s[i] != '_' {
			return false
		}
	}
	return true
}

// ParseProject returns a project key argument in upper case; ok is false if s
// is not a project key of 2 to 31 characters.
func ParseProject(s string) (key string, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) < 2 || len(s) > maxProject || !IsProject(s) {
		return "", false
	}
	return strings.ToUpper(s), true
}

// IsIssue reports whether s is an issue key and nothing else, in any case.
func IsIssue(s string) bool {
	_, _, ok := SplitIssue(s)
	return ok
}

// SplitIssue returns the two parts of an issue key: PAY-123 is PAY and 123.
func SplitIssue(s string) (project, number string, ok bool) {
	project, number, ok = strings.Cut(s, "-")
	if !ok || number == "" || !IsProject(project) || strings.Trim(number, "0123456789") != "" {
		return "", "", false
	}
	return project, number, true
}

// ParseIssue returns an issue key argument in upper case; ok is false if s is
// not one. The number must not begin with a zero.
func ParseIssue(s string) (key string, ok bool) {
	s = strings.TrimSpace(s)
	project, number, ok := SplitIssue(s)
	if !ok || len(project) > maxIssueProject || len(number) > maxNumber || number[0] == '0' {
		return "", false
	}
	return strings.ToUpper(s), true
}

// issueKeyPattern returns the pattern of keys within a text. Only upper case
// counts there: "covid-19" is a word.
var issueKeyPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b[A-Z][A-Z0-9_]*-[0-9]+\b`)
})

// FindIssues returns the issue keys in a text, in order, as often as they occur.
func FindIssues(text string) []string { return issueKeyPattern().FindAllString(text, -1) }

func isLetter(b byte) bool { return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' }

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
