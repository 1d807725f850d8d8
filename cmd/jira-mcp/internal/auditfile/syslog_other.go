//go:build !unix

package auditfile

import (
	"errors"
	"io"
	"os"
)

// openSyslog fails: this system has no syslog.
func openSyslog(string) (io.WriteCloser, error) {
	return nil, errors.New("syslog exists on Unix only; use fd:3 or JIRA_MCP_AUDIT_FILE")
}

// openDescriptor returns a file for a descriptor. The first line shows whether it
// takes text.
func openDescriptor(n int, name string) (*os.File, error) {
	file := os.NewFile(uintptr(n), name)
	if file == nil {
		return nil, errors.New("it is not open")
	}
	return file, nil
}
