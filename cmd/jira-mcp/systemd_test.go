package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
)

// TestSystemdUnit checks the unit in deploy/systemd: that the program knows its flags and
// settings, and, where systemd-analyze is present, that systemd knows its directives and
// rates the exposure as low.
func TestSystemdUnit(t *testing.T) {
	const dir = "../../deploy/systemd"
	text, err := os.ReadFile(filepath.Join(dir, "jira-mcp.service"))
	if err != nil {
		t.Fatal(err)
	}
	started := regexp.MustCompile(`(?m)^ExecStart=/usr/bin/jira-mcp (.*)$`).FindSubmatch(text)
	if started == nil {
		t.Fatal("the unit does not start /usr/bin/jira-mcp")
	}
	example, err := os.ReadFile(filepath.Join(dir, "environment.example"))
	if err != nil {
		t.Fatal(err)
	}
	for _, variant := range []string{string(example), regexp.MustCompile(`(?m)^JIRA_MCP_IDENTITY=.*$`).ReplaceAllString(strings.ReplaceAll(string(example), "#JIRA", "JIRA"), "")} {
		settings, err := config.ParseFile(variant)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(t.Context(), func(name string) (string, bool) { v, ok := settings[name]; return v, ok }); err != nil {
			t.Error(err)
		}
		for name := range settings {
			if err := unknownSettings([]string{name}); err != nil {
				t.Error(err)
			}
		}
	}
	args := strings.Fields(string(started[1]))
	a := newProcess(t, nil)
	if _, out, problem := a.run(t.Context(), append(args, "--help")...); !strings.Contains(out, "--auth-token-file") {
		t.Errorf("%v: %s%s", args, out, problem)
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed; the directives are not verified")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "jira-mcp.service")
	rewritten := strings.ReplaceAll(string(text), "/usr/bin/jira-mcp", self)
	if err := os.WriteFile(unit, []byte(rewritten), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), analyze, "verify", unit).CombinedOutput(); err != nil || len(strings.TrimSpace(string(out))) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--threshold=20", "--no-pager", unit).CombinedOutput(); err != nil {
		t.Errorf("the exposure is not low: %v\n%s", err, out)
	}
}
