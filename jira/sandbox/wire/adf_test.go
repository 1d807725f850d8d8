package wire

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
)

// TestChildrenMatchSchema compares the tables of the allowed children, and of
// the nodes that must not be empty, with Atlassian's schema.
func TestChildrenMatchSchema(t *testing.T) {
	w := schemaWalk{definitions(t)}
	held, full := map[string]map[string]bool{}, map[string]bool{}
	for name, def := range w.defs {
		for kind := range w.types(def) {
			for _, content := range w.members(def, "content") {
				if strings.HasSuffix(name, "_node") {
					if held[kind] == nil {
						held[kind] = map[string]bool{}
					}
					maps.Copy(held[kind], w.types(content["items"]))
					if content["minItems"] == 1.0 {
						full[kind] = true
					}
				}
			}
		}
	}
	delete(held, "text")
	for kind, want := range held {
		got := map[string]bool{}
		for _, defs := range held {
			for child := range defs {
				if allowsChild(kind, child) {
					got[child] = true
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" && len(want) > 0 {
			t.Errorf("%s may hold (-schema +sandbox):\n%s", kind, diff)
		}
	}
	for kind := range allowedContent {
		if held[kind] == nil {
			t.Errorf("the schema gives %s no content", kind)
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(full)), strings.Fields(nonEmptyNodes)); diff != "" {
		t.Errorf("nodes that are not empty (-schema +sandbox):\n%s", diff)
	}
}

// TestMarksMatchSchema compares the table of marks with Atlassian's schema.
func TestMarksMatchSchema(t *testing.T) {
	w := schemaWalk{definitions(t)}
	held := map[string]map[string]bool{}
	for name, def := range w.defs {
		if strings.HasSuffix(name, "_node") {
			for kind := range w.types(def) {
				for _, marks := range w.members(def, "marks") {
					for mark := range w.types(marks["items"]) {
						add(held, kind, mark)
					}
				}
			}
		}
	}
	for kind, want := range held {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), sorted(strings.Fields(allowedMarks[kind]))); diff != "" {
			t.Errorf("marks of %s (-schema +sandbox):\n%s", kind, diff)
		}
	}
	for kind := range allowedMarks {
		if held[kind] == nil {
			t.Errorf("the schema gives %s no marks", kind)
		}
	}
}

// definitions returns the definitions of Atlassian's schema by name.
func definitions(t *testing.T) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(contracttest.Dir(t), "adf-schema-full.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct{ Definitions map[string]any }
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	return schema.Definitions
}

// TestAttributesMatchSchema compares the tables of attributes with
// Atlassian's schema.
func TestAttributesMatchSchema(t *testing.T) {
	w := schemaWalk{definitions(t)}
	ways, enums := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, def := range w.defs {
		s := w.resolve(def)
		props, _ := s["properties"].(map[string]any)
		required, _ := s["required"].([]any)
		if props["attrs"] == nil {
			continue
		}
		for kind := range w.types(def) {
			attrs := w.resolve(props["attrs"])
			alternatives, _ := attrs["anyOf"].([]any)
			if alternatives == nil {
				alternatives = []any{attrs}
			}
			for _, a := range alternatives {
				a := w.resolve(a)
				var names []string
				list, _ := a["required"].([]any)
				for _, name := range list {
					names = append(names, name.(string))
				}
				slices.Sort(names)
				if slices.Contains(required, any("attrs")) {
					add(ways, kind, strings.Join(names, " "))
				}
				attrProps, _ := a["properties"].(map[string]any)
				for name, p := range attrProps {
					values, _ := w.resolve(p)["enum"].([]any)
					for _, v := range values {
						add(enums, kind+"."+name, v.(string))
					}
				}
			}
		}
	}
	for kind, want := range ways {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), sorted(strings.Split(requiredAttrs[kind], "|"))); diff != "" {
			t.Errorf("%s needs (-schema +sandbox):\n%s", kind, diff)
		}
	}
	for kind := range requiredAttrs {
		if ways[kind] == nil {
			t.Errorf("the schema asks for no attributes of %s", kind)
		}
	}
	for name, allowed := range attrValues {
		if want := enums[name]; want != nil {
			if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), sorted(strings.Fields(allowed))); diff != "" {
				t.Errorf("%s is one of (-schema +sandbox):\n%s", name, diff)
			}
		}
	}
}

// sorted returns a sorted copy of a list.
func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// add adds a value to the set under a key.
func add(m map[string]map[string]bool, key, value string) {
	if m[key] == nil {
		m[key] = map[string]bool{}
	}
	m[key][value] = true
}

// TestCheckRichText checks which documents are valid.
func TestCheckRichText(t *testing.T) {
	doc := func(content string) json.RawMessage {
		return json.RawMessage(`{"type":"doc","version":1,"content":[` + content + `]}`)
	}
	for content, ok := range map[string]bool{
		`{"type":"heading","attrs":{"level":7}}`: false, `{"type":"heading","attrs":{"level":6}}`: true, `{"type":"heading"}`: false,
		`{"type":"panel","attrs":{"panelType":"loud"},"content":[{"type":"paragraph"}]}`:                                                                     false,
		`{"type":"taskList","attrs":{"localId":"a"},"content":[{"type":"taskItem","attrs":{"state":"TODO"}}]}`:                                               false,
		`{"type":"paragraph","content":[{"type":"mention","attrs":{"text":"@a"}}]}`:                                                                          false,
		`{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"textColor","attrs":{"color":"red"}}]}]}`:                                 false,
		`{"type":"paragraph","content":[{"type":"status","attrs":{"text":"","color":"blue"}}]}`:                                                              false,
		`{"type":"mediaSingle","attrs":{"layout":"center"},"content":[{"type":"media","attrs":{"type":"external","url":"https://x"}}]}`:                      true,
		`{"type":"mediaSingle","attrs":{"layout":"center"},"content":[{"type":"media","attrs":{"type":"file","url":"https://x","id":"a","collection":""}}]}`: false,
		`{"type":"paragraph","marks":[{"type":"strong"}]}`:                                                                                                   false,
		`{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"codeBlock","marks":[{"type":"breakout","attrs":{"mode":"wide"}}]}]}`:               false,
		`{"type":"codeBlock","marks":[{"type":"breakout","attrs":{"mode":"wide"}}]}`:                                                                         true,
		`{"type":"future"}`: false,
	} {
		if err := checkRichText(doc(content)); (err == nil) != ok {
			t.Errorf("%s: %v", content, err)
		}
	}
}

// schemaWalk reads the definitions of a JSON schema.
type schemaWalk struct{ defs map[string]any }

// resolve follows the references of a schema and returns the referenced schema.
func (w schemaWalk) resolve(schema any) map[string]any {
	s, _ := schema.(map[string]any)
	for s["$ref"] != nil {
		s, _ = w.defs[strings.TrimPrefix(s["$ref"].(string), "#/definitions/")].(map[string]any)
	}
	return s
}

// types returns the node types that a schema allows, through references,
// alternatives and combinations.
func (w schemaWalk) types(schema any) map[string]bool {
	out := map[string]bool{}
	if list, ok := schema.([]any); ok { // A list holds the schemas of items by position.
		for _, s := range list {
			maps.Copy(out, w.types(s))
		}
		return out
	}
	s := w.resolve(schema)
	for _, key := range []string{"anyOf", "allOf"} {
		list, _ := s[key].([]any)
		for _, part := range list {
			maps.Copy(out, w.types(part))
		}
	}
	props, _ := s["properties"].(map[string]any)
	kind, _ := props["type"].(map[string]any)
	enum, _ := kind["enum"].([]any)
	for _, e := range enum {
		out[e.(string)] = true
	}
	return out
}

// members returns the schemas of a node's member, such as its content or marks,
// from all parts of a combination.
func (w schemaWalk) members(schema any, name string) []map[string]any {
	s := w.resolve(schema)
	var out []map[string]any
	all, _ := s["allOf"].([]any)
	for _, part := range all {
		out = append(out, w.members(part, name)...)
	}
	if props, ok := s["properties"].(map[string]any); ok && props[name] != nil {
		out = append(out, w.resolve(props[name]))
	}
	return out
}
