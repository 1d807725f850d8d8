//go:build unix

package tools_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestAPipeIsNoFile: opening one would wait for a writer.
func TestAPipeIsNoFile(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe"), 0o600); err != nil {
		t.Skip("this system makes no pipes: " + err.Error())
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	b := newBench(t, everything)
	b.files = root
	b.connect(everything, b.sandbox)
	b.refused("jira_add_attachment", `{"issue":"PAY-9","file":"pipe"}`, "no regular file")
}
