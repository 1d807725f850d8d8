//go:build unix

package auditfile

import (
	"os"
	"syscall"
)

// lock keeps other processes from looking at the file and putting it aside at
// the same time. It is on the folder, so that no file of its own is left there.
func lock(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return func() {}, nil //nolint:nilerr // the folder is gone, or may not be read: the file is written all the same
	}
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX); err != nil {
		_ = d.Close()
		return func() {}, nil //nolint:nilerr // not every file system has locks
	}
	return func() { _ = d.Close() }, nil
}
