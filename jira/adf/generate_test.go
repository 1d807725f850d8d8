package adf_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/jira/contracttest"
)

// generator makes random documents that are valid against Atlassian's schema.
// It walks the schema itself.
type generator struct {
	rnd     *rand.Rand
	defs    map[string]any
	avoid   map[string]bool // Definitions not to use.
	hostile bool            // Whether texts look like Markdown.
}

func newGenerator(t testing.TB, seed uint64, avoid ...string) *generator {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(contracttest.Dir(t), "adf-schema-full.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct{ Definitions map[string]any }
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	g := &generator{rnd: rand.New(rand.NewPCG(seed, 7)), defs: schema.Definitions, avoid: map[string]bool{}, hostile: true}
	for _, a := range avoid {
		g.avoid[a] = true
	}
	return g
}

// opaqueDefinitions holds the definitions of nodes that are shown as opaque.
var opaqueDefinitions = []string{"extension_node", "extension_with_marks_node", "bodiedExtension_node", "bodiedExtension_with_marks_node",
	"inlineExtension_node", "inlineExtension_with_marks_node", "syncBlock_node", "bodiedSyncBlock_node", "layoutSection_node", "layoutSection_full_node"}

// doc returns a random document.
func (g *generator) doc() any { return g.value(g.defs["doc_node"], "", 0) }

// value returns a random value for a schema. key is the name of the member.
func (g *generator) value(schema any, key string, depth int) any {
	s, _ := schema.(map[string]any)
	if ref, ok := s["$ref"].(string); ok {
		return g.value(g.defs[strings.TrimPrefix(ref, "#/definitions/")], key, depth)
	}
	if all, ok := s["allOf"].([]any); ok {
		merged := map[string]any{}
		for _, part := range all {
			v, _ := g.value(part, key, depth).(map[string]any)
			for k, x := range v {
				merged[k] = x
			}
		}
		if merged["type"] == "nestedExpand" {
			delete(merged, "marks") // Allowed by one part and refused by the other.
		}
		return merged
	}
	if any, ok := s["anyOf"].([]any); ok {
		return g.value(g.pick(any, depth), key, depth)
	}
	if enum, ok := s["enum"].([]any); ok {
		return enum[g.rnd.IntN(len(enum))]
	}
	switch s["type"] {
	case "object":
		return g.object(s, depth)
	case "array":
		return g.array(s, depth)
	case "string":
		return g.str(s, key)
	case "number":
		lo, hi := 0.0, 9.0
		if v, ok := s["minimum"].(float64); ok {
			lo = v
		}
		if v, ok := s["maximum"].(float64); ok {
			hi = v
		}
		if key == "colspan" || key == "rowspan" {
			return 1
		}
		return float64(int(lo) + g.rnd.IntN(int(hi-lo)+1))
	case "boolean":
		return g.rnd.IntN(2) == 0
	}
	return map[string]any{"any": []any{1, "x", nil}}
}

// pick chooses one of several alternatives. Far down it prefers those without
// children, so that documents end.
func (g *generator) pick(list []any, depth int) any {
	var allowed []any
	for _, alt := range list {
		ref, _ := alt.(map[string]any)["$ref"].(string)
		name := strings.TrimPrefix(ref, "#/definitions/")
		if g.avoid[name] {
			continue
		}
		if depth > 12 && !strings.HasPrefix(name, "paragraph_") && !strings.HasSuffix(name, "inline_node") && name != "taskItem_node" && name != "" &&
			!strings.HasPrefix(name, "table_") && !strings.HasPrefix(name, "media") && !strings.HasSuffix(name, "_mark") {
			continue
		}
		allowed = append(allowed, alt)
	}
	if len(allowed) == 0 {
		allowed = list
	}
	// Most inline content is text.
	if strings.Contains(fmt.Sprint(allowed[0]), "formatted_text") && g.rnd.IntN(2) == 0 {
		return allowed[0]
	}
	return allowed[g.rnd.IntN(len(allowed))]
}

// object returns a random object, with all required members.
func (g *generator) object(s map[string]any, depth int) any {
	out := map[string]any{}
	props, _ := s["properties"].(map[string]any)
	required := map[string]bool{}
	if list, ok := s["required"].([]any); ok {
		for _, r := range list {
			required[r.(string)] = true
		}
	}
	for _, k := range sortedKeys(props) {
		if required[k] || g.rnd.IntN(3) > 0 {
			out[k] = g.value(props[k], k, depth+1)
		}
	}
	return out
}

// sortedKeys returns the keys in ascending order, so that a seed always gives
// the same documents.
func sortedKeys(m map[string]any) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	for i := range out {
		for j := i + 1; j < len(out); j++ {
			if out[j] < out[i] {
				out[i], out[j] = out[j], out[i]
			}
		}
	}
	return out
}

// array returns a random array, with at most one mark of each type.
func (g *generator) array(s map[string]any, depth int) any {
	out := []any{}
	if tuple, ok := s["items"].([]any); ok {
		n := 1 + g.rnd.IntN(len(tuple))
		for _, item := range tuple[:n] {
			out = append(out, g.value(item, "", depth+1))
		}
		return out
	}
	lo, hi := 0, 4
	if depth > 7 {
		hi = 2
	}
	if v, ok := s["minItems"].(float64); ok {
		lo = int(v)
	}
	if v, ok := s["maxItems"].(float64); ok {
		hi = int(v)
	}
	if depth > 12 {
		hi = max(lo, 1)
	}
	n := lo
	if hi > lo {
		n += g.rnd.IntN(hi - lo + 1)
	}
	seen := map[string]bool{}
	for range n {
		if s["items"] == nil {
			break // The schema says nothing about these marks.
		}
		v := g.value(s["items"], "", depth+1)
		if m, ok := v.(map[string]any); ok && m["content"] == nil && m["text"] == nil { // No mark twice.
			kind, _ := m["type"].(string)
			if seen[kind] && isMark[kind] {
				continue
			}
			seen[kind] = true
		}
		out = append(out, v)
	}
	return out
}

// isMark holds the types of marks.
var isMark = map[string]bool{"link": true, "em": true, "strong": true, "strike": true, "subsup": true, "underline": true, "textColor": true,
	"annotation": true, "backgroundColor": true, "code": true, "alignment": true, "indentation": true, "fontSize": true, "breakout": true, "border": true,
	"dataConsumer": true, "fragment": true}

// pieces holds the parts of hostile texts.
var pieces = []string{"word", " ", "  ", "\n", "\t", "*", "**", "_", "__", "~~", "~", "`", "``", "```", "[", "]", "(", ")", "](", "<", ">", "<br>", "</u>", "<u>", "&", "&amp;",
	"&#32;", "\\", "\\\\", "#", "# ", "- ", "+ ", "1. ", "1) ", "1", ".", "> ", "|", "---", "===", "!", "![", "[x] ", "[ ] ", "[!NOTE]", "@Ana", "https://example.com/a_b?c=d&e", "www.example.com",
	"a@example.com", ":", "[a]: b", "é", "😀", "\u00a0", "\u200b", "\ufeff", "\u2028", "\r", "\r\n", "\v", "\x00", "\x01", "\x7f", "<details>", "</details>", "<!-- c -->", "{", "}", "$", "^", "=", "\"", "'",
	"<cut:1-2>", "<th>", "    ", "x", "y", "z", "=\n", "-\n", "|-|", ":-:", "&", ";", "#35", "amp;", "\u202e", "\u0301"}

// str returns a random string.
func (g *generator) str(s map[string]any, key string) string {
	switch pattern, _ := s["pattern"].(string); {
	case strings.Contains(pattern, "neutral"):
		return []string{"neutral", "green", "#ff00aa"}[g.rnd.IntN(3)]
	case strings.Contains(pattern, "{6}"):
		return fmt.Sprintf("#%06x", g.rnd.IntN(1<<24))
	}
	switch key {
	case "href", "url":
		return []string{"https://example.com/a", "https://example.com/a b(c)", "http://x.y/?q=1&amp;b=2|3", "/relative", "mailto:a@b.c", "javascript:alert(1)", "https://e.x/\\*_", "", "status:green", "https://é.example/ü"}[g.rnd.IntN(10)]
	case "timestamp":
		return []string{"1764028800000", "1764028800001", "soon", "-1"}[g.rnd.IntN(4)]
	case "language":
		return []string{"go", "c++", "plain text", "a`b", "adf:x-1", " x", "&amp;"}[g.rnd.IntN(7)]
	case "id":
		return pieces[g.rnd.IntN(len(pieces))] + "7"
	case "localId":
		return fmt.Sprintf("id-%d", g.rnd.IntN(1000000))
	}
	var b strings.Builder
	if minLength, _ := s["minLength"].(float64); minLength > 0 {
		b.WriteString(pieces[g.rnd.IntN(len(pieces))])
	}
	for range g.rnd.IntN(5) {
		if g.hostile && g.rnd.IntN(3) > 0 {
			b.WriteString(pieces[g.rnd.IntN(len(pieces))])
		} else {
			b.WriteString([]string{"the quick ", "brown", " fox", " jumps over", "."}[g.rnd.IntN(5)])
		}
	}
	return b.String()
}

// shape returns all that must survive Markdown: the tree of blocks, with the
// text and the inline nodes in each.
func shape(v any) string {
	var b strings.Builder
	writeShape(&b, v.(map[string]any))
	return b.String()
}

// shownLineEnds replaces line ends of other systems by those that are shown.
var shownLineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// writeShape appends the shape of n to b.
func writeShape(b *strings.Builder, n map[string]any) {
	kind, _ := n["type"].(string)
	switch kind {
	case "text":
		text, _ := n["text"].(string)
		s, _ := json.Marshal(shownLineEnds.Replace(text))
		b.Write(s[1 : len(s)-1])
		return
	case "hardBreak":
		b.WriteString("⏎")
		return
	}
	b.WriteString(kind)
	attrs, _ := n["attrs"].(map[string]any)
	switch kind {
	case "heading":
		fmt.Fprint(b, attrs["level"])
	case "mention", "emoji", "status", "placeholder":
		if text, ok := attrs["text"].(string); ok && strings.TrimSpace(text) != "" && attrs["id"] != "" {
			fmt.Fprintf(b, "=%q", shownLineEnds.Replace(text))
		}
	case "expand", "nestedExpand":
		if title, ok := attrs["title"].(string); ok && title != "" {
			fmt.Fprintf(b, "=%q", title)
		}
	case "panel":
		fmt.Fprint(b, attrs["panelType"])
	}
	content, _ := n["content"].([]any)
	b.WriteByte('(')
	for _, c := range content {
		writeShape(b, c.(map[string]any))
		if c.(map[string]any)["type"] != "text" && c.(map[string]any)["type"] != "hardBreak" {
			b.WriteByte(' ')
		}
	}
	b.WriteByte(')')
}
