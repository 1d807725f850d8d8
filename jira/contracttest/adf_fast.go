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

// FastADF checks documents against the same schema as [ADF], but fast enough
// for deep ones. The schema describes the content of a node by lists of
// alternatives (anyOf) that nest as deeply as the document. A general validator
// tries every alternative at every level, which takes time exponential in the
// depth. FastADF compares node types first: an alternative that demands another
// type than the node has is skipped without looking inside.
//
// It implements the keywords that this schema uses and fails on any other. A
// test checks that it and [ADF] give the same verdicts.
type FastADF struct {
	// The schema's definitions by name, as decoded from JSON.
	defs map[string]any
	// Compiled regular expressions by their source; filled on use, so a FastADF
	// is not safe for concurrent use.
	patterns map[string]*regexp.Regexp
}

// LoadFastADF reads the schema. It skips or fails the test if the schema is
// missing (see [Dir]).
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

// Check returns an error if a document violates the schema. The error names the
// path of the first violation found. The document must consist of the Go values
// that encoding/json decodes into an any.
func (f *FastADF) Check(doc any) error { return f.check(f.defs["doc_node"], doc, "") }

// resolve follows the references of a schema ($ref) to a definition without
// one.
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

// nodeType returns the node type that a schema demands, or "" if it demands none
// or several. A schema demands a type with a property "type" whose enum has one
// value; the parts of an allOf are searched for it.
func (f *FastADF) nodeType(schema any) string {
	s := f.resolve(schema)
	if all, ok := s["allOf"].([]any); ok {
		for _, part := range all {
			if t := f.nodeType(part); t != "" {
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

// check returns an error if v violates schema. at is the path of v in the
// document, for instance /content/0/attrs.
func (f *FastADF) check(schema, v any, at string) error {
	s := f.resolve(schema)
	for key, arg := range s {
		if err := f.keyword(key, arg, s, v, at); err != nil {
			return err
		}
	}
	return nil
}

// keyword checks v against one keyword of the schema s.
func (f *FastADF) keyword(key string, arg any, s map[string]any, v any, at string) error {
	switch key {
	case "properties":
		if m, ok := v.(map[string]any); ok {
			return f.object(s, m, at)
		}
	case "required", "additionalProperties", "description": // checked together with properties
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
		if wrong := f.simpleKeyword(key, arg, v); wrong != "" {
			return fmt.Errorf("%s: %s", at, wrong)
		}
	}
	return nil
}

// anyOf checks that v matches one of the alternatives. It skips those that
// demand another node type than v has. The error is that of the last
// alternative tried.
func (f *FastADF) anyOf(alternatives []any, v any, at string) error {
	m, _ := v.(map[string]any)
	kind, _ := m["type"].(string)
	last := fmt.Errorf("%s: %q may not stand here", at, kind)
	for _, alt := range alternatives {
		if t := f.nodeType(alt); t != "" && kind != "" && t != kind {
			continue
		}
		if last = f.check(alt, v, at); last == nil {
			return nil
		}
	}
	return last
}

// simpleKeyword checks a keyword that contains no schema. It returns what is
// wrong, or "".
func (f *FastADF) simpleKeyword(key string, arg, v any) string {
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
		if list, ok := v.([]any); ok && exceedsLimit(key, float64(len(list)), arg) {
			return fmt.Sprintf("%d items, %s %v", len(list), key, arg)
		}
	case "minLength":
		if str, ok := v.(string); ok && exceedsLimit(key, float64(utf8.RuneCountInString(str)), arg) {
			return fmt.Sprintf("%q is too short", str)
		}
	case "minimum", "maximum":
		if n, ok := v.(float64); ok && exceedsLimit(key, n, arg) {
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

// exceedsLimit reports whether n exceeds a limit: upwards for keywords that
// begin with max, downwards for all others.
func exceedsLimit(key string, n float64, limit any) bool {
	l, _ := limit.(float64)
	if strings.HasPrefix(key, "max") {
		return n > l
	}
	return n < l
}

// typeName returns the JSON Schema type of a decoded value, or "" for null.
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

// pattern returns the compiled regular expression p.
func (f *FastADF) pattern(p string) *regexp.Regexp {
	if f.patterns[p] == nil {
		f.patterns[p] = regexp.MustCompile(p)
	}
	return f.patterns[p]
}

// object checks the properties of an object: required ones, each known one by
// its own schema, and no unknown ones if additionalProperties is false.
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

// items checks a list. schema is one schema for all items, or a list of schemas
// by position; items beyond such a list are not checked.
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

// Types returns the node and mark types that the schema knows, sorted.
func (f *FastADF) Types() []string {
	seen := map[string]bool{}
	for _, def := range f.defs {
		if t := f.nodeType(def); t != "" {
			seen[t] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
