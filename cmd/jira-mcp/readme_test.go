package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/tools"
)

var update = flag.Bool("update", false, "rewrite the generated parts of README.md")

// TestReadmeIsCurrent keeps the generated tables of README.md.
func TestReadmeIsCurrent(t *testing.T) {
	const file = "../../README.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list, settings strings.Builder
	list.WriteString("| tool | effect | what it does | arguments |\n| --- | --- | --- | --- |\n")
	for _, tool := range tools.Catalog(tools.Deps{}) {
		fmt.Fprintf(&list, "| `%s` | %s | %s | %s |\n", tool.Name, tool.Effect, tool.Description, arguments(tool.InputSchema(nil)))
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
	for name, body := range map[string]string{"tools": list.String(), "settings": settings.String()} {
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
