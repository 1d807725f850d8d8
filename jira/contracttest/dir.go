// Package contracttest checks requests and answers against Atlassian's own
// documents: the OpenAPI descriptions of Jira Cloud and the JSON schema of
// Atlassian Document Format (ADF). Only tests use it. Most wrap a handler; an
// exchange that violates a document then fails the test:
//
//	server := httptest.NewServer(contracttest.Load(t).Wrap(t, handler))
//
// Read openapi.go first: [Contract] and its exceptions. adf.go checks rich text
// with a general validator, adf_fast.go does so for deep documents, scopes.go
// reads the OAuth scopes of an operation, and dir.go finds the documents, which
// are not part of the repository.
package contracttest

import (
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// WrapIfAvailable returns h wrapped by [Contract.Wrap] if Atlassian's documents
// are available, and h itself if they are not. It is for tests whose subject is
// something else: without the documents they still test that. With CI=true the
// documents have to be there.
func WrapIfAvailable(t testing.TB, h http.Handler) http.Handler {
	t.Helper()
	if _, found := contractsDir(); !found && os.Getenv("CI") != "true" {
		return h
	}
	return Load(t).Wrap(t, h)
}

// contractsDir returns the folder of the documents (see [Dir]) and reports
// whether they are there.
func contractsDir() (dir string, found bool) {
	if dir = os.Getenv("JIRA_MCP_CONTRACTS"); dir == "" {
		_, file, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(file), "..", "..", "..", "shared", "contracts")
	}
	_, err := os.Stat(filepath.Join(dir, "jira-platform-v3.json"))
	return dir, err == nil
}

// Dir returns the folder of Atlassian's documents: JIRA_MCP_CONTRACTS, or
// shared/contracts beside the repository. If they are absent it skips the test
// with one line; with CI=true it fails the test.
func Dir(t testing.TB) string {
	t.Helper()
	dir, found := contractsDir()
	if !found {
		const msg = "Atlassian's documents are not here; set JIRA_MCP_CONTRACTS to their folder"
		if os.Getenv("CI") == "true" {
			t.Fatal(msg)
		}
		t.Skip(msg)
	}
	return dir
}
