package rawjson_test

import (
	"encoding/json"
	"fmt"
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

// TestElementsAgreeWithEncodingJSON compares [rawjson.Elements] with encoding/json.
func TestElementsAgreeWithEncodingJSON(t *testing.T) {
	for _, raw := range elementSeeds {
		checkElements(t, raw)
	}
}

func FuzzElements(f *testing.F) {
	for _, raw := range elementSeeds {
		f.Add(raw)
	}
	f.Fuzz(checkElements)
}

var elementSeeds = []string{`[]`, ` [ 1 , "x\"]" ,{"a":["]"]},null,[[]],true ] `, `[1`, `{}`, `[,]`, `["`, ``, `[1,2]x`}

func checkElements(t *testing.T, raw string) {
	t.Helper()
	got := []any{}
	rawjson.Elements([]byte(raw), func(value []byte) bool {
		var v any
		if json.Unmarshal(value, &v) == nil {
			got = append(got, v)
		}
		return true
	})
	var want []any
	if json.Unmarshal([]byte(raw), &want) == nil && want != nil && !reflect.DeepEqual(got, want) {
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

// BenchmarkMembers compares the package with encoding/json on what it is used
// for: finding two members of an issue of about 100 fields.
func BenchmarkMembers(b *testing.B) {
	fields := map[string]any{"summary": "a", "project": map[string]string{"key": "PAY"}}
	for i := range 100 {
		fields[fmt.Sprintf("customfield_%d", 10000+i)] = map[string]any{"self": "https://example.atlassian.net/rest/api/3/customFieldOption/1", "value": "b", "id": i}
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("rawjson", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			found := 0
			rawjson.Members(raw, func(key, _ []byte) bool {
				if string(key) == "summary" || string(key) == "project" {
					found++
				}
				return true
			})
			if found != 2 {
				b.Fatal(found)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			var all map[string]json.RawMessage
			if err := json.Unmarshal(raw, &all); err != nil || all["summary"] == nil || all["project"] == nil {
				b.Fatal(err)
			}
		}
	})
}
