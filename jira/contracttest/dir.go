// Package contracttest holds requests and answers against Atlassian's own
// documents: the OpenAPI descriptions of Jira Cloud and the JSON schema of
// Atlassian Document Format. Only tests use it.
package contracttest

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Dir returns the folder with Atlassian's documents: JIRA_MCP_CONTRACTS, or
// shared/contracts beside the repository. Where they are absent the test is
// skipped with one line, and fails when CI=true.
func Dir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("JIRA_MCP_CONTRACTS")
	if dir == "" {
		_, file, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(file), "..", "..", "..", "shared", "contracts")
	}
	if _, err := os.Stat(filepath.Join(dir, "jira-platform-v3.json")); err != nil {
		const msg = "Atlassian's documents are not here; set JIRA_MCP_CONTRACTS to their folder"
		if os.Getenv("CI") == "true" {
			t.Fatal(msg)
		}
		t.Skip(msg)
	}
	return dir
}
