package jira

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSingleLines(t *testing.T) {
	for in, want := range map[string]string{
		`{"name":"a"}`:                                 `{"name":"a"}`,
		`{"name":"a\nb\r\nc"}`:                         `{"name":"a b  c"}`,
		`{"name" : "a\u2028b\u000Ac\u0085"}`:           `{"name" : "a b c "}`,
		"{\"summary\":\"a\u2028b\u0085c\"}":            `{"summary":"a b c"}`,
		`{"name":"C:\\new \"x\" \u00e9"}`:              `{"name":"C:\\new \"x\" \u00e9"}`,
		`{"text":"a\nb","name":"c\nd"}`:                `{"text":"a\nb","name":"c d"}`,
		`{"labels":["a\nb","c"],"description":"x\ny"}`: `{"labels":["a b","c"],"description":"x\ny"}`,
		`{"name":{"text":"a\nb"}}`:                     `{"name":{"text":"a\nb"}}`,
		`{"name":"a\n`:                                 `{"name":"a `,
		`{"name":"a\`:                                  `{"name":"a\`,
	} {
		given := []byte(in)
		if got := string(singleLines(given)); got != want {
			t.Errorf("%s becomes %s", in, got)
		}
		if string(given) != in {
			t.Errorf("%s was changed in place", in)
		}
	}
}

// FuzzSingleLines checks that a document stays as valid as it was, and that its
// names are one line.
func FuzzSingleLines(f *testing.F) {
	for _, s := range []string{`{"name":"a\nb"}`, `{"name":"\\n\u2028","x":"\n"}`, `["\n",{"summary":"\f"}]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := string(singleLines([]byte(in)))
		if json.Valid([]byte(in)) != json.Valid([]byte(out)) {
			t.Fatalf("%q becomes %q", in, out)
		}
		var v struct {
			Name string `json:"name"`
		}
		if json.Unmarshal([]byte(out), &v) == nil && !strings.Contains(strings.ToLower(out), `\u006`) && strings.ContainsAny(v.Name, "\n\r\v\f\u0085\u2028\u2029") && strings.Contains(out, `"name"`) && strings.Count(out, "name") == 1 {
			t.Fatalf("%q has a name of several lines: %q", out, v.Name)
		}
	})
}
