package main

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestInstalledProgram checks which program the entry of a client starts.
func TestInstalledProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths are those of Unix")
	}
	t.Setenv("PATH", t.TempDir()) // without jira-mcp and npx
	for own, want := range map[string]string{
		"/usr/local/bin/jira-mcp": "/usr/local/bin/jira-mcp",
		"/home/ana/.npm/_npx/0a1b/node_modules/@seed-7d826362/jira-mcp-linux-x64/jira-mcp": "npx -y @seed-7d826362/jira-mcp",
		"/tmp/go-build123/b001/exe/jira-mcp":                                               "error: go run compiles",
	} {
		a := &app{executable: func() (string, error) { return own, nil }}
		s, err := a.serverFor(&installOptions{})
		got := strings.Join(append([]string{s.Command}, s.Args...), " ")
		if err != nil {
			got = "error: " + err.Error()
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", own, got)
		}
	}
}

// TestServerURLs checks the addresses that --http accepts.
func TestServerURLs(t *testing.T) {
	for raw, ok := range map[string]bool{"https://jira-mcp.example.com/mcp": true, "http://127.0.0.1:8080/mcp": true, "jira-mcp.example.com/mcp": false, "https://jira-mcp.example.com": false, "https://u:p@x.example/mcp": false, "ftp://x/mcp": false} {
		if err := checkServerURL(raw); (err == nil) != ok {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// TestFlagOf checks how a flag is found among the arguments of an entry.
func TestFlagOf(t *testing.T) {
	for line, want := range map[string]string{"--site acme serve": "acme", "serve --site=acme": "acme", "serve --site": "", "serve": ""} {
		if got := flagOf(strings.Fields(line), "--site"); got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
	if filepath.Separator == '/' && !isNPXCache("/x/_npx/y/jira-mcp") {
		t.Error("npx's cache is not recognised")
	}
}
