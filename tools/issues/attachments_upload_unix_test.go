//go:build unix

package issues_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/seed-7d826362/jira-mcp/tools/internal/toolstest"
)

// TestNamedPipeIsRefused checks that a named pipe is refused: opening one would
// wait for a writer.
func TestNamedPipeIsRefused(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe"), 0o600); err != nil {
		t.Skip("this system makes no pipes: " + err.Error())
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	b := toolstest.New(t, toolstest.Everything)
	b.Files = root
	b.Connect(toolstest.Everything, b.Sandbox)
	b.Refused("jira_add_attachment", `{"issue":"PAY-9","file":"pipe"}`, "is not a regular file")
}
