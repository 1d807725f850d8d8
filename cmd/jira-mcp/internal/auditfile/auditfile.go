// Package auditfile is a file that is only added to, readable by its owner
// alone, and replaced by a new one when it has grown to a size. Old files keep
// their lines under the moment at which they were put aside; the oldest goes.
// Several processes may write to one file.
//
// Well-known rotating writers were weighed and left: they keep a goroutine for
// good, and cut or rewrite where this must only add.
package auditfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Keep is how many old files stay beside the present one.
const Keep = 5

// File is an audit file. It is safe for concurrent use.
type File struct {
	path string
	max  int64 // bytes, from which on a new file is begun

	mu     sync.Mutex
	closed bool
	file   *os.File
	// notBefore is the size from which on it is tried again to begin a new file
	// where that failed.
	notBefore int64
}

// Open opens or makes the file at path. A file that others may read or write
// is refused, since what it says could not be believed or kept.
func Open(path string, max int64) (*File, error) {
	f := &File{path: path, max: max}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) open() error {
	// Looked at before it is opened: opening a pipe waits for a reader.
	if info, err := os.Stat(f.path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", f.path)
	}
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s is not a regular file", f.path)
	case private && info.Mode().Perm()&0o077 != 0:
		err = fmt.Errorf("%s may be read or written by others (mode %04o); chmod 600 it", f.path, info.Mode().Perm())
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	f.file, f.notBefore = file, 0
	return nil
}

// Write implements io.Writer: b is added whole, at the end. A line that the
// disk took in part is ended, so that the next one is whole.
func (f *File) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return 0, os.ErrClosed
	}
	unlock, err := lock(filepath.Dir(f.path))
	if err != nil {
		return 0, err
	}
	defer unlock()
	// Looked at each time, since other processes write to it as well, and may
	// have put it aside.
	info, err := f.file.Stat()
	if err != nil {
		return 0, err
	}
	var rotated error
	switch size := info.Size(); {
	case !f.isCurrent(info):
		rotated = f.reopen()
	case size > 0 && size+int64(len(b)) > f.max && size >= f.notBefore:
		if rotated = f.rotate(); rotated != nil {
			f.notBefore = size + f.max
		}
	}
	n, err := f.file.Write(b)
	if err != nil && n > 0 {
		_, endErr := f.file.WriteString("\n")
		err = errors.Join(err, endErr)
	}
	return n, errors.Join(err, rotated)
}

// isCurrent reports whether the path still names the file that is written.
func (f *File) isCurrent(own fs.FileInfo) bool {
	there, err := os.Stat(f.path)
	return err == nil && os.SameFile(own, there)
}

// reopen goes on with the file that the path names now. Where that does not
// succeed the old one is written on.
func (f *File) reopen() error {
	old := f.file
	if err := f.open(); err != nil {
		return err
	}
	return old.Close()
}

// rotate puts the present file aside and begins another. A name that is new
// each time destroys nothing, should a lock not hold.
func (f *File) rotate() error {
	if err := os.Rename(f.path, f.aside()); err != nil {
		return err
	}
	return errors.Join(f.reopen(), f.prune())
}

// asideAs is how the moment is written in the name: it sorts as text.
const asideAs = "20060102T150405.000000000Z"

func (f *File) aside() string { return f.path + "." + time.Now().UTC().Format(asideAs) }

// prune removes the oldest of the files that were put aside.
func (f *File) prune() error {
	entries, err := os.ReadDir(filepath.Dir(f.path))
	if err != nil {
		return err
	}
	var old []string
	for _, e := range entries {
		moment, ok := strings.CutPrefix(e.Name(), filepath.Base(f.path)+".")
		if _, err := time.Parse(asideAs, moment); ok && err == nil {
			old = append(old, filepath.Join(filepath.Dir(f.path), e.Name()))
		}
	}
	slices.Sort(old)
	var failed error
	for len(old) > Keep {
		if err := os.Remove(old[0]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
		old = old[1:]
	}
	return failed
}

// Close closes the file. What is written afterwards is refused.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	return f.file.Close()
}
