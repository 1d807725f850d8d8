//go:build unix

package auditfile_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/auditfile"
)

// TestSyslogSink checks that lines reach a syslog socket.
func TestSyslogSink(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "log")
	ln, err := net.ListenPacket("unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	sink, err := auditfile.OpenSink("syslog:" + socket)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	if _, err := fmt.Fprintln(sink, `{"tool":"jira_search"}`); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1000)
	n, _, err := ln.ReadFrom(b)
	if got := string(b[:n]); err != nil || !strings.Contains(got, "jira-mcp") || !strings.Contains(got, `{"tool":"jira_search"}`) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestDescriptorSink checks that lines reach a file that is open already, and that
// the process's own descriptors and closed ones are refused.
func TestDescriptorSink(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "lines"))
	if err != nil {
		t.Fatal(err)
	}
	// Closing a sink leaves the descriptor open for the next one.
	if first, err := auditfile.OpenSink(fmt.Sprint("fd:", file.Fd())); err != nil || first.Close() != nil {
		t.Fatal(err)
	}
	sink, err := auditfile.OpenSink(fmt.Sprint("fd:", file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintln(sink, "line"); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(file.Name()); string(data) != "line\n" {
		t.Errorf("%q", data)
	}
	_ = sink.Close()
	for _, name := range []string{"fd:0", "fd:1", "fd:2", "fd:900", "fd:x", "file:3"} {
		if _, err := auditfile.OpenSink(name); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
