//go:build unix

package auditfile

import (
	"io"
	"log/syslog"
	"syscall"
)

// openSyslog connects to the system's log, or to the one at a socket.
func openSyslog(socket string) (io.WriteCloser, error) {
	if socket != "" {
		return syslog.Dial("unixgram", socket, syslog.LOG_INFO|syslog.LOG_AUTHPRIV, "jira-mcp")
	}
	return syslog.New(syslog.LOG_INFO|syslog.LOG_AUTHPRIV, "jira-mcp")
}

// isWritable reports whether a file descriptor takes text. The Go runtime has
// descriptors of its own, which refuse even an empty write.
func isWritable(fd uintptr) bool {
	_, err := syscall.Write(int(fd), nil)
	return err == nil
}
