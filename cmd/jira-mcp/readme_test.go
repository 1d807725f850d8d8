package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/tools"
)

var update = flag.Bool("update", false, "rewrite the generated parts of README.md")

// TestReadmeIsCurrent checks that the generated tables of README.md are up to
// date; with -update it writes them.
func TestReadmeIsCurrent(t *testing.T) {
	const file = "../../README.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list, settings strings.Builder
	list.WriteString("| tool | effect | toolset | what it does | arguments |\n| --- | --- | --- | --- | --- |\n")
	for _, tool := range tools.NewCatalog() {
		toolset := tool.Toolset
		if tool.Default {
			toolset += ", **default**"
		}
		fmt.Fprintf(&list, "| `%s` | %s | %s | %s | %s |\n", tool.Name, tool.Effect, toolset, tool.Description, arguments(tool.InputSchema(nil)))
	}
	list.WriteString("\n\\* required\n")
	settings.WriteString("| variable | what it is | also |\n| --- | --- | --- |\n")
	for _, s := range config.Settings() {
		also := ""
		if len(s.Aliases()) > 0 {
			also = "`" + strings.Join(s.Aliases(), "` `") + "`"
		}
		fmt.Fprintf(&settings, "| `%s` | %s | %s |\n", s.Name, s.Doc, also)
	}
	want := string(data)
	for name, body := range map[string]string{"tools": list.String(), "settings": settings.String(), "configurations": configurations(t)} {
		head, rest, ok1 := strings.Cut(want, "<!-- "+name+": generated, see cmd/jira-mcp/readme_test.go -->\n")
		_, tail, ok2 := strings.Cut(rest, "<!-- end of "+name+" -->")
		if !ok1 || !ok2 {
			t.Fatalf("README.md has no place for the %s", name)
		}
		want = head + "<!-- " + name + ": generated, see cmd/jira-mcp/readme_test.go -->\n\n" + body + "\n<!-- end of " + name + " -->" + tail
	}
	if want == string(data) {
		return
	}
	if !*update {
		t.Fatal("README.md is not current; go test ./cmd/jira-mcp -run Readme -update")
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// examples are example configurations of the server, from the smallest to the
// largest.
var examples = []struct{ name, settings string }{
	{"triage: read issues of one project", "JIRA_MCP_READ_ONLY=true JIRA_MCP_TOOLSETS=issues JIRA_MCP_PROJECTS=PAY"},
	{"draft comments, change nothing else", "JIRA_MCP_ALLOW=read,comment"},
	{"a pipeline that files issues", "JIRA_MCP_TOOLS=jira_create_issue JIRA_MCP_PROJECTS=OPS"},
	{"a team's assistant: read two projects, write in one", "JIRA_MCP_PROJECTS=PAY,OPS JIRA_MCP_WRITE_PROJECTS=PAY"},
	{"all there is", "JIRA_MCP_TOOLSETS=all JIRA_MCP_ALLOW=read,comment,create,edit,transition,manage,delete"},
}

// configurations returns a table of what jira-mcp tools and jira-mcp scopes
// print for the examples.
func configurations(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| for | settings | tools | scopes of the token |\n| --- | --- | --- | --- |\n")
	for _, e := range examples {
		env := map[string]string{}
		for _, setting := range strings.Fields(e.settings) {
			name, value, _ := strings.Cut(setting, "=")
			env[name] = value
		}
		var offered struct {
			Tools []struct{ Name string }
		}
		var need struct{ Required, Optional []string }
		for command, into := range map[string]any{"tools": &offered, "scopes": &need} {
			code, out, errs := newProcess(t, env).run(t.Context(), command, "--json")
			if err := json.Unmarshal([]byte(out), into); code != 0 || err != nil {
				t.Fatalf("%s: %d %s %v", command, code, errs, err)
			}
		}
		var names []string
		for _, tool := range offered.Tools {
			names = append(names, "`"+strings.TrimPrefix(tool.Name, "jira_")+"`")
		}
		scopes := "`" + strings.Join(need.Required, "` `") + "`"
		if len(need.Optional) > 0 {
			scopes += "; optional: `" + strings.Join(need.Optional, "` `") + "`"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", e.name, strings.ReplaceAll(e.settings, " ", "` `"), strings.Join(names, " "), scopes)
	}
	return b.String()
}
