//go:build unix

package issues

import (
	"os"
	"syscall"
)

// linkCount returns how many names an open file has.
func linkCount(_ *os.File, info os.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink) //nolint:unconvert // its type differs between systems
	}
	return 1
}
