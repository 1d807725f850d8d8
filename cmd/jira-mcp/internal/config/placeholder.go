package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// normalise returns a value of the setting in one spelling. Its errors do not
// name the variable; the caller adds it.
//
// Two mistakes are the same for all kinds of settings, and are checked first: a
// placeholder that nobody replaced, and quotes that a tool left around the value.
func (s Setting) normalise(raw string) (string, error) {
	if found := placeholderIn(s.kind, raw); found != "" {
		if s.secret && !IsPlaceholder(raw) || len(SecretWords(found)) > 0 {
			found = "the value"
		}
		return "", fmt.Errorf("%s is a placeholder that was not replaced; MCP clients pass it on as it is unless they know the name, so write the value itself into the client's configuration, or remove the variable", found)
	}
	if quoted(raw) && s.kind != "command" {
		return "", errors.New("it is in quotes, which are part of the value here; remove them")
	}
	return normalise(s.kind, raw)
}

// unfilledOption matches the text that Claude Desktop passes on for an optional
// field of a bundle that was left blank.
var unfilledOption = regexp.MustCompile(`^\$\{user_config\.[^}]*\}$`)

// isUnfilledOption reports whether a value stands for an optional field that was
// left blank. It counts as not set, except for a restriction, for which nobody
// can say whether the person wanted it.
func isUnfilledOption(raw string) bool { return unfilledOption.MatchString(raw) }

// variables match a variable or a field that the client, a shell or a template
// should have replaced, anywhere in a value: ${NAME}, ${env:NAME}, ${input:id},
// {{name}}, <your-api-token>.
var variables = regexp.MustCompile(`\$\{[^{}]*\}|\{\{[^{}]*\}\}|<[^<>]+>`)

// placeholders match values that are a placeholder as a whole: $NAME, %NAME%, an
// ellipsis, your-api-token.
var placeholders = regexp.MustCompile(`(?i)^(?:\$[a-z_][a-z0-9_]*|%[a-z_][a-z0-9_]*%|…|\.\.\.|x{3,}|\*{3,}|(?:change|replace)[-_ ]?(?:me|this)|(?:your|my|enter|paste|insert)[-_ .].*(?:token|key|here)|your[-_.]?e?-?mail(?:@.*)?|(?:https://)?your[-_]?(?:site|domain|company|org|instance|name|team|workspace)(?:\.atlassian\.net)?/?)$`)

// placeholderIn returns the placeholder in a value of some kind, or "" if there
// is none. A command line may contain anything, so only a placeholder in place
// of all of it counts.
func placeholderIn(kind, raw string) string {
	found := placeholders.FindString(raw)
	if kind == "path" && strings.HasPrefix(found, "$") {
		return "" // the check of paths explains that $ is not expanded
	}
	if part := variables.FindString(raw); found == "" && (kind != "command" || part == raw) {
		found = part
	}
	return found
}

// IsPlaceholder reports whether all of a value is a placeholder, so that it is no
// secret, even in place of one. A token in the brackets of a placeholder is none.
func IsPlaceholder(raw string) bool {
	return raw != "" && placeholderIn("token", raw) == raw && len(SecretWords(raw)) == 0
}

// quoted reports whether a value has the same quote at both ends.
func quoted(raw string) bool {
	for _, pair := range []string{`""`, `''`, "“”", "‘’", "«»", "``"} {
		open, end := pair[:len(pair)/2], pair[len(pair)/2:]
		if len(raw) >= len(pair) && strings.HasPrefix(raw, open) && strings.HasSuffix(raw, end) {
			return true
		}
	}
	return false
}
