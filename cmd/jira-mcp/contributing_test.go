package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// exampleBlock matches a Go block of CONTRIBUTING.md with the comment that says
// where it belongs: a file of its own, the end of a file, or the place after a
// line.
var exampleBlock = regexp.MustCompile("(?ms)^<!-- (file|append|after \"(.+?)\"): (\\S+) -->\n```go\n(.*?)^```$")

// TestContributingExample builds the worked example of CONTRIBUTING.md, a tool
// with its operation and its endpoint in the sandbox, and runs its test.
func TestContributingExample(t *testing.T) {
	if testing.Short() {
		t.Skip("builds package jira and the packages above it again")
	}
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(repository, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	changed := map[string]string{} // the content by the file's path from the root
	read := func(file string) string {
		if content, ok := changed[file]; ok {
			return content
		}
		data, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	insert := func(file, anchor, code string) {
		content := read(file)
		if strings.Count(content, anchor) != 1 {
			t.Fatalf("%s has %q %d times", file, anchor, strings.Count(content, anchor))
		}
		changed[file] = strings.Replace(content, anchor, anchor+code, 1)
	}
	blocks := exampleBlock.FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 7 {
		t.Errorf("%d Go blocks with a place, want 7", len(blocks))
	}
	for _, block := range blocks {
		how, anchor, file, code := block[1], block[2], block[3], block[4]
		switch how {
		case "file":
			changed[file] = code
		case "append":
			changed[file] = read(file) + code
		default:
			insert(file, anchor+"\n", code)
		}
	}
	insert("tools/issues/issues.go", "defineWatchTools(), ", "defineVoteTools(), ") // as the text says
	insert("jira/operations.go", "OpRemoveWatcher, ", "OpVotes, ")

	overlay := struct{ Replace map[string]string }{map[string]string{}}
	dir := t.TempDir()
	for file, content := range changed {
		copied := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(copied, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(root, file)] = copied
	}
	data, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, data, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "-overlay", list, "-run", "^(TestVotes|TestOperationsAgainstTheDocuments)$", "./tools/issues", "./jira")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestVotes") {
		t.Errorf("%v\n%s", err, out)
	}
}
