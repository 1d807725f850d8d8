package contracttest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FastADF checks documents against the same schema as [ADF], but looks at a
// node's type before it tries an alternative: a general validator takes time
// exponential in the depth of a document. It knows the keywords that this
// schema uses, and fails on others; a test holds both to the same verdicts.
type FastADF struct {
	defs     map[string]any
	patterns map[string]*regexp.Regexp
}

// LoadFastADF reads the schema.
func LoadFastADF(t testing.TB) *FastADF {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(Dir(t), "adf-schema-full.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Definitions map[string]any `json:"definitions"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	return &FastADF{schema.Definitions, map[string]*regexp.Regexp{}}
}

// Check reports what is wrong with a document of plain Go values, as
// encoding/json makes them.
func (f *FastADF) Check(doc any) error { return f.check(f.defs["doc_node"], doc, "") }

func (f *FastADF) resolve(schema any) map[string]any {
	s, _ := schema.(map[string]any)
	for {
		ref, ok := s["$ref"].(string)
		if !ok {
			return s
		}
		s, _ = f.defs[strings.TrimPrefix(ref, "#/definitions/")].(map[string]any)
	}
}

// typeOf is the node type that a schema asks for, "" where it asks for none.
func (f *FastADF) typeOf(schema any) string {
	s := f.resolve(schema)
	if all, ok := s["allOf"].([]any); ok {
		for _, part := range all {
			if t := f.typeOf(part); t != "" {
				return t
			}
		}
		return ""
	}
	props, _ := s["properties"].(map[string]any)
	kind, _ := props["type"].(map[string]any)
	if enum, ok := kind["enum"].([]any); ok && len(enum) == 1 {
		name, _ := enum[0].(string)
		return name
	}
	return ""
}

func (f *FastADF) check(schema, v any, at string) error {
	s := f.resolve(schema)
	for key, arg := range s {
		if err := f.keyword(key, arg, s, v, at); err != nil {
			return err
		}
	}
	return nil
}

// keyword checks one keyword of a schema.
func (f *FastADF) keyword(key string, arg any, s map[string]any, v any, at string) error {
	switch key {
	case "properties":
		if m, ok := v.(map[string]any); ok {
			return f.object(s, m, at)
		}
	case "required", "additionalProperties", "description": // with properties
	case "items":
		if list, ok := v.([]any); ok {
			return f.items(arg, list, at)
		}
	case "anyOf":
		return f.anyOf(arg.([]any), v, at)
	case "allOf":
		for _, part := range arg.([]any) {
			if err := f.check(part, v, at); err != nil {
				return err
			}
		}
	default:
		if wrong := f.plain(key, arg, v); wrong != "" {
			return fmt.Errorf("%s: %s", at, wrong)
		}
	}
	return nil
}

func (f *FastADF) anyOf(alternatives []any, v any, at string) error {
	m, _ := v.(map[string]any)
	kind, _ := m["type"].(string)
	last := fmt.Errorf("%s: %q may not stand here", at, kind)
	for _, alt := range alternatives {
		if t := f.typeOf(alt); t != "" && kind != "" && t != kind {
			continue
		}
		if last = f.check(alt, v, at); last == nil {
			return nil
		}
	}
	return last
}

// plain checks a keyword that holds no schema, and says what is wrong.
func (f *FastADF) plain(key string, arg, v any) string {
	switch key {
	case "enum":
		if !slices.Contains(arg.([]any), v) {
			return fmt.Sprintf("%v is none of %v", v, arg)
		}
	case "type":
		if typeName(v) != arg {
			return fmt.Sprintf("%T is not %v", v, arg)
		}
	case "minItems", "maxItems":
		if list, ok := v.([]any); ok && outside(key, float64(len(list)), arg) {
			return fmt.Sprintf("%d items, %s %v", len(list), key, arg)
		}
	case "minLength":
		if str, ok := v.(string); ok && outside(key, float64(utf8.RuneCountInString(str)), arg) {
			return fmt.Sprintf("%q is too short", str)
		}
	case "minimum", "maximum":
		if n, ok := v.(float64); ok && outside(key, n, arg) {
			return fmt.Sprintf("%v, %s %v", n, key, arg)
		}
	case "pattern":
		if str, ok := v.(string); ok && !f.pattern(arg.(string)).MatchString(str) {
			return fmt.Sprintf("%q does not match %s", str, arg)
		}
	default:
		return fmt.Sprintf("the schema's keyword %s is not known here", key)
	}
	return ""
}

// outside compares with a limit, whose keyword says to which side.
func outside(key string, n float64, limit any) bool {
	l, _ := limit.(float64)
	if strings.HasPrefix(key, "max") {
		return n > l
	}
	return n < l
}

func typeName(v any) string {
	switch v.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case float64, json.Number:
		return "number"
	case bool:
		return "boolean"
	}
	return ""
}

func (f *FastADF) pattern(p string) *regexp.Regexp {
	if f.patterns[p] == nil {
		f.patterns[p] = regexp.MustCompile(p)
	}
	return f.patterns[p]
}

func (f *FastADF) object(s, v map[string]any, at string) error {
	props, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, r := range required {
		if _, ok := v[r.(string)]; !ok {
			return fmt.Errorf("%s: %v is missing", at, r)
		}
	}
	closed := s["additionalProperties"] == false
	for key, value := range v {
		prop, ok := props[key]
		if !ok {
			if closed {
				return fmt.Errorf("%s: unknown %s", at, key)
			}
			continue
		}
		if err := f.check(prop, value, at+"/"+key); err != nil {
			return err
		}
	}
	return nil
}

func (f *FastADF) items(schema any, list []any, at string) error {
	tuple, isTuple := schema.([]any)
	for i, item := range list {
		s := schema
		if isTuple {
			if i >= len(tuple) {
				return nil
			}
			s = tuple[i]
		}
		if err := f.check(s, item, fmt.Sprintf("%s/%d", at, i)); err != nil {
			return err
		}
	}
	return nil
}

// Types are the node and mark types that the schema knows, sorted.
func (f *FastADF) Types() []string {
	seen := map[string]bool{}
	for _, def := range f.defs {
		if t := f.typeOf(def); t != "" {
			seen[t] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
