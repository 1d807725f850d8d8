package clientconfig

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// verify parses an edited text and compares it with the file: the entry must have
// the wanted members, and nothing else may have changed.
func (f *File) verify(text []byte, name string, want object) error {
	before, err := f.everything(f.text)
	if err != nil {
		return err
	}
	after, err := f.everything(text)
	if err != nil {
		return fmt.Errorf("the edited file could not be parsed: %w", err)
	}
	entry := without(after, f.pathOf(name))
	without(before, f.pathOf(name))
	if !reflect.DeepEqual(prune(before, f.Client.Key), prune(after, f.Client.Key)) {
		return errors.New("the edit would change something else in the file")
	}
	if (entry != nil) != (want != nil) || want != nil && !hasMembers(entry, want) {
		return errors.New("the edit did not take effect")
	}
	return nil
}

// hasMembers reports whether a decoded value has the members of an object, among
// others.
func hasMembers(value any, want object) bool {
	m, ok := value.(map[string]any)
	for _, f := range want {
		switch v := f.value.(type) {
		case object:
			ok = ok && hasMembers(m[f.name], v)
		case []string:
			list := []any{}
			for _, text := range v {
				list = append(list, text)
			}
			ok = ok && slices.Equal(asList(m[f.name]), list)
		default:
			ok = ok && m[f.name] == v
		}
	}
	return ok
}

// everything returns all of a text, decoded.
func (f *File) everything(text []byte) (map[string]any, error) {
	d, err := f.parse(text)
	if err != nil {
		return nil, err
	}
	if t, ok := d.(*tomlText); ok {
		if t.root == nil {
			t.root = map[string]any{}
		}
		return t.root, nil
	}
	value, err := d.value(nil)
	root, _ := value.(map[string]any)
	return root, err
}

// without removes the value at a path, and returns it.
func without(root map[string]any, path []string) any {
	at := root
	for _, name := range path[:len(path)-1] {
		next, ok := at[name].(map[string]any)
		if !ok {
			return nil
		}
		at = next
	}
	value := at[path[len(path)-1]]
	delete(at, path[len(path)-1])
	return value
}

// prune returns the object without the object with the servers, if that is empty:
// an edit may make it, or leave it.
func prune(root map[string]any, key []string) map[string]any {
	if list, ok := root[key[0]].(map[string]any); ok && len(key) == 1 && len(list) == 0 {
		root = maps.Clone(root)
		delete(root, key[0])
	}
	return root
}

// Change returns the lines that a text has and the file has not, with a +, and
// those that go, with a -, for people.
func (f *File) Change(text []byte) string {
	before, after := strings.SplitAfter(string(f.text), "\n"), strings.SplitAfter(string(text), "\n")
	begin := 0
	for begin < min(len(before), len(after)) && before[begin] == after[begin] {
		begin++
	}
	end := 0
	for end < min(len(before), len(after))-begin && before[len(before)-1-end] == after[len(after)-1-end] {
		end++
	}
	var b strings.Builder
	for _, part := range []struct {
		sign  string
		lines []string
	}{{"- ", before[begin : len(before)-end]}, {"+ ", after[begin : len(after)-end]}} {
		for _, line := range part.lines {
			if line != "" {
				b.WriteString(part.sign + strings.TrimRight(line, "\r\n") + "\n")
			}
		}
	}
	return b.String()
}
