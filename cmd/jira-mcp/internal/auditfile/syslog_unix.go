//go:build unix

package auditfile

import (
	"io"
	"log/syslog"
)

// openSyslog connects to the system's log, or to the one at a socket.
func openSyslog(socket string) (io.WriteCloser, error) {
	if socket != "" {
		return syslog.Dial("unixgram", socket, syslog.LOG_INFO|syslog.LOG_AUTHPRIV, "jira-mcp")
	}
	return syslog.New(syslog.LOG_INFO|syslog.LOG_AUTHPRIV, "jira-mcp")
}
