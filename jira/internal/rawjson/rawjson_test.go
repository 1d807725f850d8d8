package rawjson_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/internal/rawjson"
)

// members returns an object as a map, read by [rawjson.Members].
func members(raw []byte) map[string]any {
	out := map[string]any{}
	rawjson.Members(raw, func(key, value []byte) bool {
		var name string
		var v any
		if json.Unmarshal([]byte(`"`+string(key)+`"`), &name) == nil && json.Unmarshal(value, &v) == nil {
			out[name] = v
		}
		return true
	})
	return out
}

// check compares [rawjson.Members] with encoding/json.
func check(t *testing.T, raw string) {
	t.Helper()
	var want map[string]any
	if json.Unmarshal([]byte(raw), &want) != nil || want == nil {
		members([]byte(raw)) // On any other text it only has to end.
		return
	}
	if got := members([]byte(raw)); !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", raw, got, want)
	}
}

var seeds = []string{`{}`, ` { "a" : 1 , "b":"x\"}" ,"c":[{"d":"]"}],"e":null,"f":{"g":{}} } `, `{"a":`, `[1]`, `{"a\u0062":true,"x":-1.5e3}`, `{"a":1,"a":2}`, `"x"`, ``, `{"`, `{"a"`, `{,}`}

func TestMembersAgreeWithEncodingJSON(t *testing.T) {
	for _, raw := range seeds {
		check(t, raw)
	}
}

func FuzzMembers(f *testing.F) {
	for _, raw := range seeds {
		f.Add(raw)
	}
	f.Fuzz(check)
}
