package clientconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// IsSame reports whether a text is the file's.
func (f *File) IsSame(text []byte) bool { return f.info != nil && bytes.Equal(f.text, text) }
