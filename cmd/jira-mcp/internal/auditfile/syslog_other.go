//go:build !unix

package auditfile

import (
	"errors"
	"io"
)

// openSyslog fails: this system has no syslog.
func openSyslog(string) (io.WriteCloser, error) {
	return nil, errors.New("syslog exists on Unix only; use fd:3 or JIRA_MCP_AUDIT_FILE")
}

// isWritable returns true: the first line shows it.
func isWritable(uintptr) bool { return true }
