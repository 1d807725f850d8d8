// Package auditfile writes an append-only file that only its owner can read.
// When the file reaches a size, it is renamed, and a new one begins. The name
// of an old file carries the time of its renaming; the oldest are removed.
// Several processes may write to the same file.
//
//	f, err := auditfile.Open("audit.jsonl", 10<<20, auditfile.Keep{Files: auditfile.MaxBackups})
//	_, err = f.Write(line)
//
// leaves audit.jsonl and, later, up to five files such as
// audit.jsonl.20261231T235959.000000000Z.
//
// Well-known libraries for rotating files do not fit: they keep a goroutine for
// good, and truncate or rewrite files, where this package must only append.
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

// MaxBackups is how many old files usually stay beside the current one.
const MaxBackups = 5

// File is an audit file. It is safe for concurrent use.
type File struct {
	path string
	max  int64 // the size in bytes from which on a new file begins
	keep Keep

	mu     sync.Mutex
	closed bool
	file   *os.File
	// notBefore is the size at which the next attempt to begin a new file is
	// made, after one has failed. Without it every line would try again.
	notBefore int64
}

// Keep says which old files stay. The zero value keeps all.
type Keep struct {
	Files int           // so many; 0 for any number
	Age   time.Duration // those that were renamed within so long; 0 for ever
}

// Open opens or creates the file at path, which begins anew from max bytes on.
// It rejects a file that others may read or write, since its content could be
// neither trusted nor kept private, and a symbolic link whose target does not
// exist: the file would be made wherever the link leads.
func Open(path string, max int64, keep Keep) (*File, error) {
	f := &File{path: path, max: max, keep: keep}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

// open opens the file at f.path and checks it. It checks before opening as
// well, since opening a named pipe waits for a reader.
func (f *File) open() error {
	info, err := os.Stat(f.path)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", f.path)
	}
	if _, linkErr := os.Lstat(f.path); errors.Is(err, fs.ErrNotExist) && linkErr == nil {
		return fmt.Errorf("%s is a link to a file that does not exist", f.path)
	}
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err = file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s is not a regular file", f.path)
	case hasFileModes && info.Mode().Perm()&0o077 != 0:
		err = fmt.Errorf("others can read or write %s (mode %04o); chmod 600 it", f.path, info.Mode().Perm())
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	f.file, f.notBefore = file, 0
	return nil
}

// Write implements io.Writer. It appends b as a whole. If the disk took only a
// part of it, Write ends the line, so that the next one is complete.
//
// The steps: lock the folder, since other processes may write too; compare the
// open file with the one that the path names now; reopen it if another process
// has renamed it, or rotate it if b would exceed the size; then append. A
// rotation that fails is reported, but b is written all the same, into the old
// file.
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
	// The file is checked on each write, since other processes write to it as
	// well, and may have renamed it.
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

// isCurrent reports whether the path still names the open file.
func (f *File) isCurrent(own fs.FileInfo) bool {
	there, err := os.Stat(f.path)
	return err == nil && os.SameFile(own, there)
}

// reopen opens the file that the path names now. If that fails, the old file
// stays open and is written on.
func (f *File) reopen() error {
	old := f.file
	if err := f.open(); err != nil {
		return err
	}
	return old.Close()
}

// rotate renames the current file and begins a new one. The new name is unique,
// so that nothing is overwritten even if the lock does not hold.
func (f *File) rotate() error {
	if err := os.Rename(f.path, f.backupPath()); err != nil {
		return err
	}
	return errors.Join(f.reopen(), f.prune())
}

// timestampLayout is the layout of the time in an old file's name. It sorts as
// text.
const timestampLayout = "20060102T150405.000000000Z"

// backupPath returns the path that the current file gets when it is renamed now.
func (f *File) backupPath() string { return f.path + "." + time.Now().UTC().Format(timestampLayout) }

// prune removes the old files that [Keep] does not keep. Only names with a time in
// the right layout count, so that files such as audit.jsonl.notes stay.
func (f *File) prune() error {
	entries, err := os.ReadDir(filepath.Dir(f.path))
	if err != nil {
		return err
	}
	type oldFile struct {
		path    string
		renamed time.Time
	}
	var old []oldFile
	for _, e := range entries {
		moment, ok := strings.CutPrefix(e.Name(), filepath.Base(f.path)+".")
		if at, err := time.Parse(timestampLayout, moment); ok && err == nil {
			old = append(old, oldFile{filepath.Join(filepath.Dir(f.path), e.Name()), at})
		}
	}
	slices.SortFunc(old, func(a, b oldFile) int { return a.renamed.Compare(b.renamed) })
	var failed error
	for n, one := range old {
		tooMany := f.keep.Files > 0 && len(old)-n > f.keep.Files
		tooOld := f.keep.Age > 0 && time.Since(one.renamed) > f.keep.Age
		if !tooMany && !tooOld {
			continue
		}
		if err := os.Remove(one.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// Close closes the file. Later writes fail with os.ErrClosed.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	return f.file.Close()
}
