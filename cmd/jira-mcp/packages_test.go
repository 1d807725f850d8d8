package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
)

// readRepository returns a file of the repository.
func readRepository(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(repository, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// bundleManifest is the part of deploy/mcpb/manifest.json that the tests read.
type bundleManifest struct {
	Server struct {
		Config struct {
			Env map[string]string `json:"env"`
		} `json:"mcp_config"`
	} `json:"server"`
	Fields map[string]struct {
		Type     string `json:"type"`
		Required bool   `json:"required"`
		Default  any    `json:"default"`
	} `json:"user_config"`
}

// TestPackagesNameSettings checks that the templates of packages set only
// variables that the program reads.
func TestPackagesNameSettings(t *testing.T) {
	var known []string
	for _, s := range config.Settings() {
		known = append(known, s.Name)
	}
	for _, file := range []string{"deploy/mcpb/manifest.json", "deploy/registry/server.json"} {
		names := regexp.MustCompile(`"(JIRA_[A-Z_]+)"`).FindAllStringSubmatch(readRepository(t, file), -1)
		if len(names) < 5 {
			t.Errorf("%s: only %d settings", file, len(names))
		}
		for _, name := range names {
			if !slices.Contains(known, name[1]) {
				t.Errorf("%s: the program does not read %s", file, name[1])
			}
		}
	}
}

// TestBundleRestrictions checks that no restriction of the bundle is an optional
// text. The program takes a placeholder of a blank text as unset, so that a
// restriction would silently not hold.
func TestBundleRestrictions(t *testing.T) {
	var m bundleManifest
	if err := json.Unmarshal([]byte(readRepository(t, "deploy/mcpb/manifest.json")), &m); err != nil {
		t.Fatal(err)
	}
	harmless := []string{"JIRA_API_TOKEN_EXPIRES", "JIRA_MCP_WORKING_DAYS"}
	for setting, value := range m.Server.Config.Env {
		name := strings.TrimSuffix(strings.TrimPrefix(value, "${user_config."), "}")
		field, ok := m.Fields[name]
		if !ok {
			t.Errorf("%s: no field %s", setting, name)
		}
		isSafe := field.Required || field.Type == "boolean" && field.Default != nil
		if !isSafe && !slices.Contains(harmless, setting) {
			t.Errorf("%s is an optional text", setting)
		}
	}
	if len(m.Server.Config.Env) != len(m.Fields) {
		t.Errorf("%d settings of %d fields", len(m.Server.Config.Env), len(m.Fields))
	}
}

// TestPackagesHaveOneName checks that the image and the npm package carry the
// name of server.json. The MCP registry takes it as proof of who owns them.
func TestPackagesHaveOneName(t *testing.T) {
	name := regexp.MustCompile(`(?m)^  "name": "(.+)"`).FindStringSubmatch(readRepository(t, "deploy/registry/server.json"))
	if name == nil {
		t.Fatal("server.json has no name")
	}
	for file, want := range map[string]string{
		"Dockerfile":              `io.modelcontextprotocol.server.name="` + name[1] + `"`,
		"deploy/npm/package.json": `"mcpName": "` + name[1] + `"`,
	} {
		if !strings.Contains(readRepository(t, file), want) {
			t.Errorf("%s has no %s", file, want)
		}
	}
}
