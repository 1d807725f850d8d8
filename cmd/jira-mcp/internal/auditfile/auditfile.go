// Package auditfile is a file that is only added to, readable by its owner
// alone, and replaced by a new one when it has grown to a size. Old files keep
// their lines under numbered names; the oldest goes.
//
// Well-known rotating writers were weighed and left: they keep a goroutine for
// good, and cut or rewrite where this must only add.
package auditfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// Keep is how many old files stay beside the present one.
const Keep = 5

// File is an audit file. It is safe for concurrent use.
type File struct {
	path string
	max  int64 // bytes, from which on a new file is begun

	mu   sync.Mutex
	file *os.File
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
	if f.file == nil { // closed, or a new file could not be begun
		if err := f.open(); err != nil {
			return 0, err
		}
	}
	// Asked each time, since other processes may add to it as well.
	info, err := f.file.Stat()
	if err != nil {
		return 0, err
	}
	var rotated error
	if size := info.Size(); size > 0 && size+int64(len(b)) > f.max && size >= f.notBefore {
		if rotated = f.rotate(info); rotated != nil {
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

// rotate gives the present file a number and begins another. Where that does
// not succeed the present one is written on. Another process may have done it.
func (f *File) rotate(own fs.FileInfo) error {
	old := f.file
	if there, err := os.Stat(f.path); err != nil || !os.SameFile(own, there) {
		if err := f.open(); err != nil {
			return err
		}
		return old.Close()
	}
	for n := Keep; n > 0; n-- {
		err := os.Rename(f.numbered(n-1), f.numbered(n))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := f.open(); err != nil {
		return err
	}
	return old.Close()
}

func (f *File) numbered(n int) string {
	if n == 0 {
		return f.path
	}
	return fmt.Sprintf("%s.%d", f.path, n)
}

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}
