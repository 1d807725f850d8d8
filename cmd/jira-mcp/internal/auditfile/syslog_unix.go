//go:build unix

package auditfile

import (
	"errors"
	"io"
	"log/syslog"
	"os"
	"syscall"
)

// openSyslog connects to the system's log, or to the one at a socket.
func openSyslog(socket string) (io.WriteCloser, error) {
	if socket != "" {
		return syslog.Dial("unixgram", socket, syslog.LOG_INFO|syslog.LOG_AUTHPRIV, "jira-mcp")
	}
	return syslog.New(syslog.LOG_INFO|syslog.LOG_AUTHPRIV, "jira-mcp")
}

// openDescriptor returns a file for a copy of a descriptor, so that closing it
// leaves the process's own open: the settings may be read again. It fails for one
// that does not take text. The Go runtime has descriptors of its own, which refuse
// even an empty write.
func openDescriptor(n int, name string) (*os.File, error) {
	own, err := syscall.Dup(n)
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(own)
	if _, err := syscall.Write(own, nil); err != nil {
		return nil, errors.Join(err, syscall.Close(own))
	}
	return os.NewFile(uintptr(own), name), nil
}
