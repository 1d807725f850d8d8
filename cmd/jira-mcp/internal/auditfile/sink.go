package auditfile

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// OpenSink opens what a setting names as a second place for audit lines:
//
//	syslog           the system's log (Unix only)
//	syslog:/a/path   the same, at a socket
//	fd:3             a file descriptor that was open when the process started
//
// It fails for a descriptor that is not open, and for 0, 1 and 2, which are the
// process's own.
func OpenSink(name string) (io.WriteCloser, error) {
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case "syslog":
		return openSyslog(rest)
	case "fd":
		n, err := strconv.ParseUint(rest, 10, 16)
		if err != nil || n < 3 {
			return nil, fmt.Errorf("%s: must be fd: and a number from 3 on", name)
		}
		file, err := openDescriptor(int(n), name)
		if err != nil {
			return nil, fmt.Errorf("%s is not open for writing; start the server with %d>>FILE", name, n)
		}
		return file, nil
	}
	return nil, fmt.Errorf("%s: must be syslog, fd:3 or stdout", name)
}
