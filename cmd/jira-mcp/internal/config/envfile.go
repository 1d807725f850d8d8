package config

import (
	"fmt"
	"regexp"
	"strings"
)

// assignment matches a line of a settings file: NAME=value, with blanks around
// the parts, and with the word export that shells need.
var assignment = regexp.MustCompile(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$`)

// comment matches a comment after a value without quotes.
var comment = regexp.MustCompile(`\s+#.*$`)

// ParseFile reads a file of NAME=value lines. Values are taken literally: no
// variable is expanded and no backslash is an escape, since either would change a
// token or a Windows path silently. One pair of quotes around a value is
// removed. Empty lines and lines that begin with # are left out; a comment after
// a value needs a blank before its #. A name that occurs twice with different
// values is an error: the later line could lift a restriction of the earlier one.
//
// An error names the line by its number and shows none of it, since it may hold
// a secret.
func ParseFile(text string) (map[string]string, error) {
	values := map[string]string{}
	for n, line := range strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := assignment.FindStringSubmatch(line)
		if parts == nil {
			return nil, fmt.Errorf("line %d is not NAME=value", n+1)
		}
		value, ok := unquote(parts[2])
		if !ok {
			return nil, fmt.Errorf("line %d begins a value with a quote that does not end on that line", n+1)
		}
		if earlier, isSet := values[parts[1]]; isSet && earlier != value {
			return nil, fmt.Errorf("line %d sets %s a second time, to another value; keep one of the lines", n+1, parts[1])
		}
		values[parts[1]] = value
	}
	return values, nil
}

// unquote returns a value without the quotes around it and without the comment
// behind it. It reports false if a quote is not closed.
func unquote(value string) (string, bool) {
	if value == "" || value[0] != '"' && value[0] != '\'' {
		return comment.ReplaceAllString(value, ""), true
	}
	end := strings.LastIndexByte(value, value[0])
	if rest := strings.TrimSpace(value[end+1:]); end == 0 || rest != "" && rest[0] != '#' {
		if inner := strings.IndexByte(value[1:], value[0]); inner >= 0 && strings.HasPrefix(strings.TrimSpace(value[inner+2:]), "#") {
			return value[1 : inner+1], true // a quote in the comment
		}
		return "", false
	}
	if inner := strings.IndexByte(value[1:], value[0]) + 1; inner < end && strings.HasPrefix(strings.TrimSpace(value[inner+1:]), "#") {
		end = inner
	}
	return value[1:end], true
}
