package clientconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// maxFile is the size of the largest file that is edited, in bytes.
const maxFile = 64 << 20

// bom is the byte order mark that Windows editors write before UTF-8.
const bom = "\ufeff"

// ErrForeign is the error of an entry with our name that starts another program.
var ErrForeign = errors.New("the entry starts another program")

// File is a client's file.
type File struct {
	Client Client
	Path   string
	// Own is the path of this program, whose entries are recognised by it and by
	// the name jira-mcp. May be "".
	Own string

	text   []byte // without a byte order mark
	hadBOM bool
	info   fs.FileInfo // nil if there is no file yet
}

// Open reads a client's file. A file that does not exist is empty. The error of a
// file that cannot be parsed comes from [File.Put] and [File.Remove].
func Open(c Client, at string) (*File, error) {
	f := &File{Client: c, Path: at}
	if resolved, err := filepath.EvalSymlinks(at); err == nil {
		f.Path = resolved // tools for dotfiles link them: the target is written, the link stays
	}
	info, err := os.Stat(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s is not a regular file of at most %d MB", f.Path, maxFile>>20)
	}
	text, err := os.ReadFile(f.Path)
	if err != nil {
		return nil, err
	}
	f.info, f.hadBOM, f.text = info, bytes.HasPrefix(text, []byte(bom)), bytes.TrimPrefix(text, []byte(bom))
	return f, nil
}

// Exists reports whether there is a file.
func (f *File) Exists() bool { return f.info != nil }

// document is a parsed file.
type document interface {
	value(path []string) (any, error)
	put(path []string, entry object) ([]byte, error)
	remove(path []string) ([]byte, bool, error)
}

// parse parses a text in the client's format.
func (f *File) parse(text []byte) (document, error) {
	if f.Client.TOML {
		t, err := parseTOML(text)
		return t, err
	}
	j, err := parseJSONC(text)
	return j, err
}

func (t *tomlText) value(path []string) (any, error) { return t.get(path), nil }

func (t *tomlText) put(path []string, entry object) ([]byte, error) { return t.set(path, entry) }

func (j *jsonc) value(path []string) (any, error) { return j.get(path) }

// put sets the members of an entry one by one if the entry is there, so that its
// other members and its comments stay.
func (j *jsonc) put(path []string, entry object) ([]byte, error) {
	_, found, err := j.lookup(path)
	if err != nil {
		return nil, err
	}
	if !found {
		return j.set(path, entry)
	}
	text := j.text
	for _, m := range entry {
		current, err := parseJSONC(text)
		if err != nil {
			return nil, err
		}
		members := object{m}
		if inner, ok := m.value.(object); ok {
			members = inner // the variables that are there stay
		}
		for _, one := range members {
			at := append(slices.Clone(path), m.name)
			if _, ok := m.value.(object); ok {
				at = append(at, one.name)
			}
			if text, err = current.set(at, one.value); err != nil {
				return nil, err
			}
			if current, err = parseJSONC(text); err != nil {
				return nil, err
			}
		}
	}
	return text, nil
}

// Entry returns the server with a name as the file has it, or nil.
func (f *File) Entry(name string) (map[string]any, error) {
	d, err := f.parse(f.text)
	if err != nil {
		return nil, err
	}
	value, err := d.value(f.pathOf(name))
	if err != nil {
		return nil, err
	}
	entry, ok := value.(map[string]any)
	if value != nil && !ok {
		return nil, fmt.Errorf("%s is not an object", strings.Join(f.pathOf(name), "."))
	}
	return entry, nil
}

func (f *File) pathOf(name string) []string { return append(slices.Clone(f.Client.Key), name) }

// Put returns the text with a server. An entry of this program is mended: its
// command is replaced, and its arguments and variables, which may restrict the
// server, stay unless s has others. An entry of another program is [ErrForeign].
func (f *File) Put(name string, s Server) ([]byte, error) {
	old, err := f.Entry(name)
	if err != nil {
		return nil, err
	}
	want := f.Client.entry(s)
	if old != nil {
		if !f.isOurs(old, s) {
			return nil, ErrForeign
		}
		want = mend(old, want, s)
	}
	d, err := f.parse(f.text)
	if err != nil {
		return nil, err
	}
	text, err := d.put(f.pathOf(name), want)
	if err != nil {
		return nil, err
	}
	return text, f.verify(text, name, want)
}

// Remove returns the text without a server, and whether it was there.
func (f *File) Remove(name string) ([]byte, bool, error) {
	d, err := f.parse(f.text)
	if err != nil {
		return nil, false, err
	}
	text, found, err := d.remove(f.pathOf(name))
	if err != nil || !found {
		return f.text, false, err
	}
	return text, true, f.verify(text, name, nil)
}

// mend returns the members of an entry that change when this program is
// installed again.
func mend(old map[string]any, want object, s Server) object {
	var out object
	kept, isLaunched := ownArguments(old)
	for _, m := range want {
		switch m.name {
		case "command":
			list, isList := m.value.([]string) // the program and its arguments in one
			switch {
			case isList && len(s.Args) == 0:
				m.value = append([]string{list[0]}, kept...)
			case !isList && isLaunched && len(s.Args) == 0:
				out = append(out, field{"args", append([]string{}, kept...)})
			}
		case "args":
			if len(s.Args) == 0 {
				continue
			}
		case "env", "environment", "headers":
			if len(m.value.(object)) == 0 {
				continue
			}
		default:
			if old[m.name] != nil && s.URL == "" {
				continue // such as the tools that the person allowed
			}
		}
		out = append(out, m)
	}
	return out
}

// ownArguments returns the arguments that an entry gives this program, and whether
// another program starts it, such as npx, whose own arguments are left out:
//
//	npx -y @seed-7d826362/jira-mcp serve → serve
func ownArguments(entry map[string]any) (own []string, isLaunched bool) {
	words := wordsOf(entry)
	for n, word := range words {
		if isOwnName(word) {
			return words[n+1:], n > 0
		}
	}
	if len(words) == 0 {
		return nil, false
	}
	return words[1:], false
}

// wordsOf returns the program of an entry and its arguments.
func wordsOf(entry map[string]any) []string {
	var out []string
	if command, ok := entry["command"].(string); ok {
		out = append(out, command)
	}
	for _, word := range append(asList(entry["command"]), asList(entry["args"])...) {
		out = append(out, fmt.Sprint(word))
	}
	return out
}

// isOwnName reports whether a word names this program: its file, or its package
// with or without a version.
func isOwnName(word string) bool {
	base := path.Base(strings.ReplaceAll(word, `\`, "/"))
	base, _, _ = strings.Cut(base, "@")
	return strings.TrimSuffix(strings.ToLower(base), ".exe") == "jira-mcp"
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// isOurs reports whether an entry is of this program: its program or one of its
// arguments is named like it, or it has the same address.
func (f *File) isOurs(entry map[string]any, s Server) bool {
	for _, address := range []string{"url", "httpUrl", "serverUrl"} {
		if entry[address] != nil {
			return s.URL != "" && entry[address] == s.URL
		}
	}
	if s.URL != "" {
		return false
	}
	return slices.ContainsFunc(wordsOf(entry), func(word string) bool { return f.Own != "" && word == f.Own || isOwnName(word) })
}

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

// Snippet returns what a person adds to an empty file of the client.
func (c Client) Snippet(name string, s Server) string {
	f := &File{Client: c}
	text, err := f.Put(name, s)
	if err != nil {
		return ""
	}
	return string(text)
}

// Write replaces the file by a text, and returns the path of the backup of the
// former one; "" if there was none. It writes a temporary file in the same
// directory and renames it. If the file has changed since it was read, nothing is
// written.
func (f *File) Write(text []byte) (backup string, err error) {
	mode := fs.FileMode(0o600)
	if f.info != nil {
		now, err := os.Stat(f.Path)
		if err != nil || now.Size() != f.info.Size() || !now.ModTime().Equal(f.info.ModTime()) {
			return "", errors.New("the file has changed since it was read; run the command again")
		}
		mode = f.info.Mode().Perm()
		backup = f.Path + ".before-jira-mcp"
		if err := replaceFile(backup, f.withBOM(f.text), mode); err != nil {
			return "", fmt.Errorf("the backup: %w", err)
		}
	} else if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil { //nolint:gosec // as clients make it
		return "", err
	}
	return backup, replaceFile(f.Path, f.withBOM(text), mode)
}

// withBOM returns a text with the byte order mark that the file had.
func (f *File) withBOM(text []byte) []byte {
	if f.hadBOM {
		return append([]byte(bom), text...)
	}
	return text
}

// replaceFile writes a file through a temporary one.
func replaceFile(at string, text []byte, mode fs.FileMode) error {
	part, err := os.CreateTemp(filepath.Dir(at), "."+filepath.Base(at)+"-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part.Name()) }() // removes nothing after the rename
	_, err = part.Write(text)
	if err = errors.Join(err, part.Chmod(mode), part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), at)
}

// Server returns the server with a name, and whether it is there and starts this
// program, or is at an address: [File.Put] would mend it.
func (f *File) Server(name string) (Server, bool, error) {
	entry, err := f.Entry(name)
	if err != nil || entry == nil {
		return Server{}, false, err
	}
	s := Server{Env: map[string]string{}}
	for _, member := range []string{"url", "httpUrl", "serverUrl"} {
		if address, ok := entry[member].(string); ok {
			s.URL = address
		}
	}
	s.BearerVariable, _ = entry["bearer_token_env_var"].(string)
	if words := wordsOf(entry); len(words) > 0 {
		s.Command, s.Args = words[0], words[1:]
	}
	for _, member := range []string{"env", "environment"} {
		variables, _ := entry[member].(map[string]any)
		for variable, value := range variables {
			s.Env[variable] = fmt.Sprint(value)
		}
	}
	return s, f.isOurs(entry, s), nil
}

// IsSame reports whether a text is the file's.
func (f *File) IsSame(text []byte) bool { return f.info != nil && bytes.Equal(f.text, text) }

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
