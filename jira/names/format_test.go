package names_test

import (
	"encoding/json"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/names"
)

// TestFormat checks the text of values of every JSON form.
func TestFormat(t *testing.T) {
	for raw, want := range map[string]string{
		``: "", `null`: "", `""`: "", `"text"`: "text", `"a\"b\u00e9"`: `a"bé`, `5`: "5", `5.50`: "5.5", `true`: "true", `[]`: "", `{}`: "",
		`["a","b"]`: "a, b",
		`{"self":"https://x","id":"3","name":"In Progress","statusCategory":{"name":"Doing"}}`:                                            "In Progress",
		`{"accountId":"1","displayName":"Ana Silva","name":"ana"}`:                                                                        "Ana Silva",
		`{"value":"EU","id":"1","child":{"value":"Berlin","id":"2"}}`:                                                                     "EU > Berlin",
		`[{"id":31,"name":"Sprint 1"},{"name":"Sprint 2"}]`:                                                                               "Sprint 1, Sprint 2",
		`{ "key" : "PAY-1" , "fields" : {"name":"no","x":["}","\""]} }`:                                                                   "PAY-1",
		`{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"hi","marks":[{"type":"strong"}]}]}]}`: "**hi**",
		`{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"a\u202eb"}]}]}`:                       "ab",
		`{"progress":0,"total":0}`:          "",
		`{"name":5,"value":null,"key":"K"}`: "K",
	} {
		if got := names.Format(json.RawMessage(raw)); got != want {
			t.Errorf("Show(%s) = %q, want %q", raw, got, want)
		}
	}
}

// FuzzFormat checks that no valid JSON value makes Format panic.
func FuzzFormat(f *testing.F) {
	f.Add([]byte(`{"value":"EU","child":{"value":"Berlin"}}`))
	f.Add([]byte(`[{"a":[1,{"b":"}"}]},"x"]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if json.Valid(raw) {
			names.Format(json.RawMessage(raw))
		}
	})
}
