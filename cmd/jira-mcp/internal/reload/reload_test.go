package reload_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/reload"
)

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(a, "one")
	write(b, "two")
	var log bytes.Buffer
	files := &reload.Files{Log: slog.New(slog.NewTextHandler(&log, nil))}
	used, times := "", 0
	err := files.Add("the pair", []string{a, b}, func(texts [][]byte) error {
		times++
		if text := string(bytes.Join(texts, []byte("+"))); !strings.Contains(text, "bad") {
			used = text
			return nil
		}
		return errors.New("bad text")
	})
	if err != nil || used != "one+two" {
		t.Fatal(used, err)
	}
	expect := func(what, want string, wantTimes int) {
		t.Helper()
		if used != want || times != wantTimes {
			t.Errorf("%s: %s after %d uses, want %s after %d", what, used, times, want, wantTimes)
		}
	}
	files.Poll()
	expect("nothing changed", "one+two", 1)
	write(a, "three")
	files.Poll()
	expect("it may be half of a text", "one+two", 1)
	files.Poll()
	expect("it was the same twice", "three+two", 2)
	files.Poll()
	expect("it was used", "three+two", 2)
	write(b, "bad")
	for range 5 {
		files.Poll()
	}
	expect("it cannot be used, and is not tried again", "three+two", 3)
	if n := strings.Count(log.String(), "the pair cannot be used; the earlier one stays"); n != 1 {
		t.Errorf("reported %d times: %s", n, &log)
	}
	if err := os.Remove(b); err != nil {
		t.Fatal(err)
	}
	files.Poll()
	files.Poll()
	if n := strings.Count(log.String(), "no such file"); n != 1 {
		t.Errorf("reported %d times: %s", n, &log)
	}
	write(b, "four")
	files.Reload()
	expect("somebody asked", "three+four", 4)
	files.Reload()
	expect("asked again", "three+four", 5)
	if err := files.Add("another", []string{filepath.Join(dir, "none")}, func([][]byte) error { return nil }); !os.IsNotExist(err) {
		t.Error(err)
	}
	write(a, strings.Repeat("x", reload.MaxSize+1))
	files.Reload()
	expect("too large", "three+four", 5)
}
