package clientconfig

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Server returns the server with a name, and whether it is there and starts this
// program, or is at an address: [File.Put] would mend it.
func (f *File) Server(name string) (Server, bool, error) {
	entry, err := f.Entry(name)
	if err != nil || entry == nil {
		return Server{}, false, err
	}
	s := Server{Env: map[string]string{}}
	for _, member := range []string{"url", "httpUrl", "serverUrl"} {
		if address, ok := entry[member].(string); ok {
			s.URL = address
		}
	}
	s.BearerVariable, _ = entry["bearer_token_env_var"].(string)
	if headers, ok := entry["env_http_headers"].(map[string]any); ok {
		s.JiraVariable, _ = headers[JiraHeader].(string)
	}
	if headers, ok := entry["headers"].(map[string]any); ok {
		s.BearerVariable, s.JiraVariable = variableIn(headers["Authorization"]), variableIn(headers[JiraHeader])
	}
	if words := wordsOf(entry); len(words) > 0 {
		s.Command, s.Args = words[0], words[1:]
	}
	for _, member := range []string{"env", "environment"} {
		variables, _ := entry[member].(map[string]any)
		for variable, value := range variables {
			s.Env[variable] = fmt.Sprint(value)
		}
	}
	return s, f.isOurs(entry, s), nil
}

// variables returns the pattern of a variable in the notations of the clients.
var variables = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\{(?:env:)?(\w+)\}|\{env:(\w+)\}|\$(\w+)`)
})

// variableIn returns the name of the variable in a header's value; "" for none.
func variableIn(value any) string {
	text, _ := value.(string)
	found := variables().FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	return found[1] + found[2] + found[3]
}

// mend returns the members of an entry that change when this program is
// installed again.
func mend(old map[string]any, want object, s Server) object {
	var out object
	kept, isLaunched := ownArguments(old)
	for _, m := range want {
		switch m.name {
		case "command":
			list, isList := m.value.([]string) // the program and its arguments in one
			switch {
			case isList && len(s.Args) == 0:
				m.value = append([]string{list[0]}, kept...)
			case !isList && isLaunched && len(s.Args) == 0:
				out = append(out, field{"args", append([]string{}, kept...)})
			}
		case "args":
			if len(s.Args) == 0 {
				continue
			}
		case "env", "environment", "headers":
			if len(m.value.(object)) == 0 {
				continue
			}
		default:
			if old[m.name] != nil && s.URL == "" {
				continue // such as the tools that the person allowed
			}
		}
		out = append(out, m)
	}
	return out
}

// ownArguments returns the arguments that an entry gives this program, and whether
// another program starts it, such as npx, whose own arguments are left out:
//
//	npx -y @seed-7d826362/jira-mcp serve → serve
func ownArguments(entry map[string]any) (own []string, isLaunched bool) {
	words := wordsOf(entry)
	for n, word := range words {
		if isOwnName(word) {
			return words[n+1:], n > 0
		}
	}
	if len(words) == 0 {
		return nil, false
	}
	return words[1:], false
}

// wordsOf returns the program of an entry and its arguments.
func wordsOf(entry map[string]any) []string {
	var out []string
	if command, ok := entry["command"].(string); ok {
		out = append(out, command)
	}
	for _, word := range append(asList(entry["command"]), asList(entry["args"])...) {
		out = append(out, fmt.Sprint(word))
	}
	return out
}

// isOwnName reports whether a word names this program: its file, or its package
// with or without a version.
func isOwnName(word string) bool {
	base := path.Base(strings.ReplaceAll(word, `\`, "/"))
	base, _, _ = strings.Cut(base, "@")
	return strings.TrimSuffix(strings.ToLower(base), ".exe") == "jira-mcp"
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// isOurs reports whether an entry is of this program: its program or one of its
// arguments is named like it, or it has the same address.
func (f *File) isOurs(entry map[string]any, s Server) bool {
	for _, address := range []string{"url", "httpUrl", "serverUrl"} {
		if entry[address] != nil {
			return s.URL != "" && entry[address] == s.URL
		}
	}
	if s.URL != "" {
		return false
	}
	return slices.ContainsFunc(wordsOf(entry), func(word string) bool { return f.Own != "" && word == f.Own || isOwnName(word) })
}
