package auditfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/auditfile"
)

func open(t *testing.T, path string, max int64) *auditfile.File {
	t.Helper()
	f, err := auditfile.Open(path, max)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestItIsOnlyAddedTo, by its owner alone.
func TestItIsOnlyAddedTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	for n := range 3 {
		f := open(t, path, 1<<20)
		if _, err := fmt.Fprintf(f, "line %d\n", n); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil || string(data) != "line 0\nline 1\nline 2\n" {
		t.Errorf("%q, %v", data, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := auditfile.Open(path, 1<<20); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by others: %v", err)
	}
	if _, err := auditfile.Open(t.TempDir(), 1<<20); err == nil {
		t.Error("a folder is taken for a file")
	}
	if _, err := auditfile.Open("/dev/null", 1<<20); err == nil {
		t.Error("a device is taken for a file")
	}
}

// TestANewFileIsBegunFromASizeOn, with no line lost or cut, by many writers and
// by two processes.
func TestANewFileIsBegunFromASizeOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	two := []*auditfile.File{open(t, path, 4000), open(t, path, 4000)}
	var wait sync.WaitGroup
	const writers, each = 8, 100 // 20 bytes a line: four files
	for w := range writers {
		wait.Go(func() {
			for n := range each {
				if _, err := fmt.Fprintf(two[w%2], "writer %03d line %03d\n", w, n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 || len(files) > 1+auditfile.Keep {
		t.Fatalf("%v, %v", files, err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		info, _ := os.Stat(file)
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", file, info.Mode())
		}
		for _, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
			if len(line) != len("writer 000 line 000") || seen[line] {
				t.Errorf("%s: %q", file, line)
			}
			seen[line] = true
		}
	}
	if len(seen) != writers*each {
		t.Errorf("%d lines of %d", len(seen), writers*each)
	}
}

// TestTheOldestGoes.
func TestTheOldestGoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	f := open(t, path, 10)
	for n := range 20 {
		if _, err := fmt.Fprintf(f, "line %02d\n", n); err != nil {
			t.Fatal(err)
		}
	}
	files, _ := filepath.Glob(path + "*")
	if len(files) != 1+auditfile.Keep {
		t.Fatalf("%v", files)
	}
	for n, want := range map[string]string{"": "line 19\n", ".1": "line 18\n", ".5": "line 14\n"} {
		if data, err := os.ReadFile(path + n); err != nil || string(data) != want {
			t.Errorf("%s: %q, %v", n, data, err)
		}
	}
}

// TestAFileThatCannotBeReplacedIsWrittenOn.
func TestAFileThatCannotBeReplacedIsWrittenOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	for n := range auditfile.Keep { // folders stand in the way of anybody, root too
		if err := os.MkdirAll(filepath.Join(fmt.Sprintf("%s.%d", path, n+1), "x"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, path, 20)
	failed := 0
	for n := range 6 {
		if _, err := fmt.Fprintf(f, "line %02d\n", n); err != nil {
			failed++
		}
	}
	data, err := os.ReadFile(path)
	if err != nil || string(data) != "line 00\nline 01\nline 02\nline 03\nline 04\nline 05\n" || failed == 0 {
		t.Errorf("%q, %v, %d failed", data, err, failed)
	}
}
