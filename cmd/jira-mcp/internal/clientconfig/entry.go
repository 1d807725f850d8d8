package clientconfig

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Server is a server for a client to start, or to connect to.
type Server struct {
	Command string // the program's full path
	Args    []string
	Env     map[string]string

	URL string // of a server over HTTP, in place of the others
	// BearerVariable is the environment variable from which the client takes the
	// bearer token of URL; "" for none. The token itself is never written.
	BearerVariable string
	// JiraVariable is the environment variable with the whole value of the header for
	// the user's own Jira credential; "" for none.
	JiraVariable string
}

// field is a member of an object.
type field struct {
	name  string
	value any // a text, a boolean, a list of texts or an object
}

// object is a JSON object or a TOML table in a fixed order.
type object []field

// with returns the object and one more member, unless its value is empty.
func (o object) with(name string, value any) object {
	switch v := value.(type) {
	case string:
		if v == "" {
			return o
		}
	case []string:
		if len(v) == 0 {
			return o
		}
	case object:
		if len(v) == 0 {
			return o
		}
	}
	return append(o, field{name, value})
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for n, f := range o {
		if n > 0 {
			b.WriteByte(',')
		}
		for part, v := range []any{f.name, f.value} {
			if part > 0 {
				b.WriteByte(':')
			}
			text, err := marshal(v)
			if err != nil {
				return nil, err
			}
			b.Write(text)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// marshal returns a value as JSON, without escaping <, > and &.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// texts returns a map as an object, sorted by name.
func texts(m map[string]string) object {
	var out object
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, field{name, m[name]})
	}
	return out
}

// JiraHeader carries the user's own Jira credential to a shared server.
const JiraHeader = "X-Jira-Authorization"

// headers returns the headers with the server's token and the user's Jira
// credential, in the client's notation for a variable, which has NAME in place of the
// variable's name.
func (s Server) headers(notation string) object {
	var out object
	if s.BearerVariable != "" {
		out = append(out, field{"Authorization", "Bearer " + strings.ReplaceAll(notation, "NAME", s.BearerVariable)})
	}
	if s.JiraVariable != "" {
		out = append(out, field{JiraHeader, strings.ReplaceAll(notation, "NAME", s.JiraVariable)})
	}
	return out
}

// local returns the members that nearly all clients have for a program.
func (s Server) local(before ...field) object {
	return append(object(before), field{"command", s.Command}).with("args", s.Args).with("env", texts(s.Env))
}

// plain is the form of Claude Desktop and Cursor.
func plain(s Server) object {
	if s.URL != "" {
		return object{{"url", s.URL}}.with("headers", s.headers("${env:NAME}"))
	}
	return s.local()
}

// claudeCodeEntry is the form of Claude Code.
func claudeCodeEntry(s Server) object { return s.typed("${NAME}") }

// vscodeEntry is the form of VS Code.
func vscodeEntry(s Server) object { return s.typed("${env:NAME}") }

// typed is the form with a member type, for clients with some notation for
// variables.
func (s Server) typed(notation string) object {
	if s.URL != "" {
		return object{{"type", "http"}, {"url", s.URL}}.with("headers", s.headers(notation))
	}
	return s.local(field{"type", "stdio"})
}

// codexEntry is the form of Codex.
func codexEntry(s Server) object {
	if s.URL != "" {
		out := object{{"url", s.URL}}.with("bearer_token_env_var", s.BearerVariable)
		if s.JiraVariable != "" {
			out = out.with("env_http_headers", object{{JiraHeader, s.JiraVariable}})
		}
		return out
	}
	return s.local()
}

// copilotEntry is the form of Copilot CLI, which offers no tools without tools.
func copilotEntry(s Server) object {
	if s.URL != "" {
		return append(object{{"type", "http"}, {"url", s.URL}}.with("headers", s.headers("${NAME}")), field{"tools", []string{"*"}})
	}
	return append(object{{"type", "local"}, {"command", s.Command}, {"args", append([]string{}, s.Args...)}}.with("env", texts(s.Env)), field{"tools", []string{"*"}})
}

// geminiEntry is the form of Gemini CLI.
func geminiEntry(s Server) object {
	if s.URL != "" {
		return object{{"httpUrl", s.URL}}.with("headers", s.headers("$NAME"))
	}
	return s.local()
}

// opencodeEntry is the form of opencode.
func opencodeEntry(s Server) object {
	if s.URL != "" {
		return object{{"type", "remote"}, {"url", s.URL}}.with("headers", s.headers("{env:NAME}"))
	}
	return object{{"type", "local"}, {"command", append([]string{s.Command}, s.Args...)}}.with("environment", texts(s.Env))
}

// windsurfEntry is the form of Windsurf.
func windsurfEntry(s Server) object {
	if s.URL != "" {
		return object{{"serverUrl", s.URL}}.with("headers", s.headers("${env:NAME}"))
	}
	return s.local()
}

// zedEntry is the form of Zed.
func zedEntry(s Server) object {
	if s.URL != "" {
		return object{{"url", s.URL}}.with("headers", s.headers("${NAME}"))
	}
	return object{{"command", s.Command}, {"args", append([]string{}, s.Args...)}, {"env", texts(s.Env)}}
}
