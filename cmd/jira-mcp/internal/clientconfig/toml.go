package clientconfig

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// errTOMLForm is the error of a file whose entry cannot be edited: an inline table
// or dotted keys in place of a table.
var errTOMLForm = errors.New("the entry is not a table of its own")

// tomlText is a TOML document, of which the tables of one server are edited.
type tomlText struct {
	text   []byte
	tables []tomlTable
	root   map[string]any
}

// tomlTable is a table of a document: from its header to the next one.
type tomlTable struct {
	path       []string
	begin, end int
	header     int               // where the header's line ends
	last       int               // where the line of its last value ends
	keys       map[string]tomlKV // its keys, without dotted ones
}

// tomlKV is where a key with its value is in the document.
type tomlKV struct{ begin, end int }

// parseTOML parses a text.
func parseTOML(text []byte) (*tomlText, error) {
	t := &tomlText{text: text}
	if err := toml.Unmarshal(text, &t.root); err != nil {
		return nil, err
	}
	var p unstable.Parser
	p.Reset(text)
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.Table && e.Kind != unstable.ArrayTable && e.Kind != unstable.KeyValue {
			continue
		}
		path, first, last := keyOf(e)
		n := len(t.tables)
		switch {
		case e.Kind != unstable.KeyValue:
			begin := bytes.LastIndexByte(text[:first], '\n') + 1
			if n > 0 {
				t.tables[n-1].end = begin
			}
			header := lineEnd(text, last)
			t.tables = append(t.tables, tomlTable{path, begin, len(text), header, header, map[string]tomlKV{}})
		case n > 0:
			at := tomlKV{int(e.Raw.Offset), int(e.Raw.Offset + e.Raw.Length)}
			t.tables[n-1].last = lineEnd(text, at.end)
			if len(path) == 1 {
				t.tables[n-1].keys[path[0]] = at
			}
		}
	}
	return t, p.Error()
}

// keyOf returns the parts of the key of a table or a value, and where it begins
// and ends.
func keyOf(e *unstable.Node) (path []string, begin, end int) {
	keys := e.Key()
	for keys.Next() {
		k := keys.Node()
		if path == nil {
			begin = int(k.Raw.Offset)
		}
		path, end = append(path, string(k.Data)), int(k.Raw.Offset+k.Raw.Length)
	}
	return path, begin, end
}

// lineEnd returns the offset behind the end of the line of an offset.
func lineEnd(text []byte, offset int) int {
	if n := bytes.IndexByte(text[offset:], '\n'); n >= 0 {
		return offset + n + 1
	}
	return len(text)
}

// table returns the table with a path; nil if there is none.
func (t *tomlText) table(path ...string) *tomlTable {
	n := slices.IndexFunc(t.tables, func(table tomlTable) bool { return slices.Equal(table.path, path) })
	if n < 0 {
		return nil
	}
	return &t.tables[n]
}

// get returns the value at a path; nil if it is not there.
func (t *tomlText) get(path []string) any {
	var at any = t.root
	for _, name := range path {
		m, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = m[name]
	}
	return at
}

// set returns the text with a server at a path, whose members are replaced one
// by one if it is there already.
func (t *tomlText) set(path []string, value object) ([]byte, error) {
	if t.get(path) == nil {
		return t.insert(path, value)
	}
	text := t.text
	for _, f := range value {
		current, err := parseTOML(text)
		if err != nil {
			return nil, err
		}
		if text, err = current.setMember(path, f); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// insert adds the tables of a server at the end of the text.
func (t *tomlText) insert(path []string, value object) ([]byte, error) {
	if _, isTable := t.get(path[:len(path)-1]).(map[string]any); !isTable && t.get(path[:len(path)-1]) != nil {
		return nil, fmt.Errorf("%s is not a table", strings.Join(path[:len(path)-1], "."))
	}
	var b strings.Builder
	if kept := bytes.TrimRight(t.text, " \t\r\n"); len(kept) > 0 {
		b.WriteString("\n")
		if !bytes.HasSuffix(t.text, []byte("\n")) {
			b.WriteString("\n")
		}
	}
	fmt.Fprintf(&b, "[%s]\n", tomlPath(path))
	for _, f := range value {
		fmt.Fprintf(&b, "%s = %s\n", tomlName(f.name), tomlValue(f.value))
	}
	return append(slices.Clone(t.text), t.withNewlines(b.String())...), nil
}

// setMember replaces a member of a server, or adds it behind the header.
func (t *tomlText) setMember(path []string, f field) ([]byte, error) {
	own := t.table(path...)
	if own == nil {
		return nil, errTOMLForm
	}
	if sub := t.table(append(slices.Clone(path), f.name)...); sub != nil {
		members, ok := f.value.(object)
		if !ok {
			return nil, errTOMLForm
		}
		text := t.text
		for _, m := range members {
			current, err := parseTOML(text)
			if err != nil {
				return nil, err
			}
			text = current.replace(current.table(append(slices.Clone(path), f.name)...), m)
		}
		return text, nil
	}
	if _, isKey := own.keys[f.name]; !isKey && t.get(append(slices.Clone(path), f.name)) != nil {
		return nil, errTOMLForm // dotted keys
	}
	return t.replace(own, f), nil
}

// replace returns the text with a key of a table replaced or added.
func (t *tomlText) replace(table *tomlTable, f field) []byte {
	line := tomlName(f.name) + " = " + tomlValue(f.value)
	if at, ok := table.keys[f.name]; ok {
		return slices.Concat(t.text[:at.begin], []byte(line), t.text[at.end:])
	}
	before := t.text[:table.header]
	if !bytes.HasSuffix(before, []byte("\n")) {
		line = "\n" + line
	}
	return slices.Concat(before, t.withNewlines(line+"\n"), t.text[table.header:])
}

// remove returns the text without a server, and whether it was there. Comments
// and blank lines before the next table belong to that.
func (t *tomlText) remove(path []string) ([]byte, bool, error) {
	if t.get(path) == nil {
		return t.text, false, nil
	}
	if t.table(path...) == nil {
		return t.text, false, errTOMLForm
	}
	text := t.text
	for _, table := range slices.Backward(t.tables) {
		if len(table.path) < len(path) || !slices.Equal(table.path[:len(path)], path) {
			continue
		}
		text = slices.Concat(text[:table.begin], text[table.last:])
	}
	for _, blank := range []string{"\r\n\r\n", "\n\n"} { // the empty line that insert writes
		if bytes.HasSuffix(text, []byte(blank)) && !bytes.HasSuffix(t.text, []byte(blank)) {
			text = text[:len(text)-len(blank)/2]
		}
	}
	return text, true, nil
}

// withNewlines returns text with the line ends of the document.
func (t *tomlText) withNewlines(text string) []byte {
	if bytes.Contains(t.text, []byte("\r\n")) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return []byte(text)
}

// tomlPath returns a dotted key.
func tomlPath(path []string) string {
	var parts []string
	for _, name := range path {
		parts = append(parts, tomlName(name))
	}
	return strings.Join(parts, ".")
}

// tomlName returns a name as a key, in quotes if it needs them.
func tomlName(name string) string {
	plain := name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	})
	if plain {
		return name
	}
	return tomlValue(name)
}

// tomlValue returns a value in one line.
func tomlValue(value any) string {
	switch v := value.(type) {
	case string:
		var b strings.Builder
		b.WriteByte('"')
		for _, r := range v {
			switch {
			case r == '"' || r == '\\':
				b.WriteString(`\` + string(r))
			case r < ' ' || r == 0x7f:
				fmt.Fprintf(&b, `\u%04X`, r)
			default:
				b.WriteRune(r)
			}
		}
		return b.String() + `"`
	case bool:
		return strconv.FormatBool(v)
	case []string:
		var parts []string
		for _, one := range v {
			parts = append(parts, tomlValue(one))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case object:
		var parts []string
		for _, f := range v {
			parts = append(parts, tomlName(f.name)+" = "+tomlValue(f.value))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return `""`
}
