// Package contracttest holds requests and answers against Atlassian's own
// documents: the OpenAPI descriptions of Jira Cloud and the JSON schema of
// Atlassian Document Format. Only tests use it.
package contracttest

import (
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Optional puts the contract in front of a handler where Atlassian's documents
// are at hand, and returns the handler as it is where they are not: a test of
// something else then still tests it. With CI=true they have to be there.
func Optional(t testing.TB, h http.Handler) http.Handler {
	t.Helper()
	if _, found := folder(); !found && os.Getenv("CI") != "true" {
		return h
	}
	return Load(t).Wrap(t, h)
}

func folder() (dir string, found bool) {
	if dir = os.Getenv("JIRA_MCP_CONTRACTS"); dir == "" {
		_, file, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(file), "..", "..", "..", "shared", "contracts")
	}
	_, err := os.Stat(filepath.Join(dir, "jira-platform-v3.json"))
	return dir, err == nil
}

// Dir returns the folder with Atlassian's documents: JIRA_MCP_CONTRACTS, or
// shared/contracts beside the repository. Where they are absent the test is
// skipped with one line, and fails when CI=true.
func Dir(t testing.TB) string {
	t.Helper()
	dir, found := folder()
	if !found {
		const msg = "Atlassian's documents are not here; set JIRA_MCP_CONTRACTS to their folder"
		if os.Getenv("CI") == "true" {
			t.Fatal(msg)
		}
		t.Skip(msg)
	}
	return dir
}
