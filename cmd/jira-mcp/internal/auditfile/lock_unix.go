//go:build unix

package auditfile

import (
	"os"
	"syscall"
)

// lock keeps other processes from checking and renaming the file at the same
// time. It locks the folder, so that no lock file is left there. A folder that
// cannot be locked is no error: the file is written all the same.
func lock(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return func() {}, nil //nolint:nilerr // the folder is gone or unreadable: write the file all the same
	}
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX); err != nil {
		_ = d.Close()
		return func() {}, nil //nolint:nilerr // not every file system supports locks
	}
	return func() { _ = d.Close() }, nil
}
