package auditfile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/auditfile"
)

func open(t *testing.T, path string, max int64) *auditfile.File {
	t.Helper()
	f, err := auditfile.Open(path, max, auditfile.Keep{Files: auditfile.MaxBackups})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestFileIsAppendOnly checks that a file is appended to when it is opened
// again, and that a file that others can access is rejected.
func TestFileIsAppendOnly(t *testing.T) {
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
	if _, err := auditfile.Open(path, 1<<20, auditfile.Keep{}); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by others: %v", err)
	}
	if _, err := auditfile.Open(t.TempDir(), 1<<20, auditfile.Keep{}); err == nil {
		t.Error("a folder is taken for a file")
	}
	if _, err := auditfile.Open("/dev/null", 1<<20, auditfile.Keep{}); err == nil {
		t.Error("a device is taken for a file")
	}
}

// TestRotationBySize checks that no line is lost or cut when
// several goroutines and several processes, which know nothing of each other,
// write until the file is renamed.
func TestRotationBySize(t *testing.T) {
	for range 20 {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		var wait sync.WaitGroup
		const processes, writers, each = 4, 2, 100 // 20 bytes a line: two and a half files
		for p := range processes {
			f := open(t, path, 6000)
			for w := range writers {
				wait.Go(func() {
					for n := range each {
						if _, err := fmt.Fprintf(f, "writer %d-%d line %03d\n", p, w, n); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		wait.Wait()
		seen := map[string]bool{}
		for _, file := range files(t, path) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			info, _ := os.Stat(file)
			if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v", file, info.Mode())
			}
			for _, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
				if line != "" && (len(line) != len("writer 0-0 line 000") || seen[line]) {
					t.Errorf("%s: %q", file, line)
				}
				seen[line] = line != ""
			}
		}
		delete(seen, "")
		if len(seen) != processes*writers*each {
			t.Fatalf("%d lines of %d, in %v", len(seen), processes*writers*each, files(t, path))
		}
	}
}

// files returns the current file and the renamed ones, oldest first.
func files(t *testing.T, path string) []string {
	t.Helper()
	aside, err := filepath.Glob(path + ".*")
	if err != nil || len(aside) > auditfile.MaxBackups {
		t.Fatalf("%v, %v", aside, err)
	}
	slices.Sort(aside)
	return append(aside, path)
}

// TestOldestFilesAreRemoved checks that the oldest renamed files are removed,
// and that other files with a similar name are not.
func TestOldestFilesAreRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	f := open(t, path, 10)
	if err := os.WriteFile(path+".notes", nil, 0o600); err != nil { // a file of somebody else
		t.Fatal(err)
	}
	for n := range 20 {
		if _, err := fmt.Fprintf(f, "line %02d\n", n); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(path + ".notes"); err != nil {
		t.Fatal(err)
	}
	var all string
	for _, file := range files(t, path) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all += string(data)
	}
	if all != "line 14\nline 15\nline 16\nline 17\nline 18\nline 19\n" {
		t.Errorf("%q", all)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("late\n")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

// TestUnrotatableFileIsAppendedTo checks that a file is written on
// when it cannot be renamed since its folder is gone, and that the error is
// returned.
func TestUnrotatableFileIsAppendedTo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a folder with an open file cannot be removed there")
	}
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "audit.jsonl")
	f := open(t, path, 20)
	if _, err := fmt.Fprintln(f, "line 00"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, filepath.Join(filepath.Dir(dir), "moved")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for n := range 6 {
		if _, err := fmt.Fprintf(f, "line %02d\n", n+1); err != nil {
			failed++
		}
	}
	data, err := os.ReadFile(filepath.Join(filepath.Dir(dir), "moved"))
	if err != nil || string(data) != "line 00\nline 01\nline 02\nline 03\nline 04\nline 05\nline 06\n" || failed == 0 {
		t.Errorf("%q, %v, %d failed", data, err, failed)
	}
}

// TestRenamedFileIsNotAppendedTo checks that a process notices that
// another one has renamed the file. Lines of different sizes make one of them
// rename it where the other would still have written.
func TestRenamedFileIsNotAppendedTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	a, b := open(t, path, 1000), open(t, path, 1000)
	write := func(f *auditfile.File, line string, n int) {
		t.Helper()
		if _, err := fmt.Fprintln(f, strings.Repeat(line, n)); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		write(b, "b", 600)
	}
	write(a, "a", 10)
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), "aaaaaaaaaa") {
		t.Errorf("it is not in the present file: %d bytes, %v", len(data), err)
	}
}

// TestOldFilesAreRemovedByAge checks that a file for writes loses its old files by
// their age alone, however many there are.
func TestOldFilesAreRemovedByAge(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "audit.writes.jsonl")
	old := path + "." + time.Now().Add(-48*time.Hour).UTC().Format("20060102T150405.000000000Z")
	if err := os.WriteFile(old, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := auditfile.Open(path, 10, auditfile.Keep{Age: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for n := range 20 {
		if _, err := fmt.Fprintf(f, "line number %d\n", n); err != nil {
			t.Fatal(err)
		}
	}
	files, _ := filepath.Glob(path + "*")
	if len(files) != 20 || slices.Contains(files, old) {
		t.Errorf("%d files: %v", len(files), files)
	}
}

// TestDanglingLinkIsRefused checks that no file is made where a link leads.
func TestDanglingLinkIsRefused(t *testing.T) {
	dir := t.TempDir()
	link, target := filepath.Join(dir, "audit.jsonl"), filepath.Join(dir, "elsewhere")
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	if _, err := auditfile.Open(link, 1<<20, auditfile.Keep{}); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("the target was made")
	}
}
